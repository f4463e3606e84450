"""Which of several attempts at a video is its result."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vidcat.inference.results import has_failed

Line = Mapping[str, Any]
"""An attempt's object of JSON."""


def chosen(attempts: Iterable[Line]) -> Line:
    """The attempt that counts; the same in whatever order they come.

    The latest run wins, for the row, the file or the bundle may have changed; but what
    was answered is not lost to a failure of the same row, file and bundle.

    Args:
        attempts: Of one id, at least one.
    """
    first, *others = attempts
    # Of most videos: ranking it would write its line anew for nothing.
    if not others:
        return first
    latest = max(first, *others, key=_latest)
    same = [one for one in (first, *others) if _made_of(one) == _made_of(latest)]
    return max(same, key=lambda one: (_is_whole(one), *_latest(one)))


def result_line(attempt: Line) -> str:
    """The result of an attempt, as `vidcat classify --json` prints it."""
    result = {name: value for name, value in attempt.items() if name != "attempt"}
    return json.dumps(result, ensure_ascii=False)


def ledger_row(attempt: Line) -> dict[str, Any]:
    """What became of an input, in one row."""
    return {
        "id": attempt["id"],
        "status": attempt["status"],
        "parts": attempt["parts"],
        "reason": attempt["reason"],
        "run": attempt["attempt"]["run"],
    }


def is_current(attempt: Line, latest_runs: Mapping[str, str]) -> bool:
    """Whether an attempt stands: wrong rows do until their catalog is read again.

    Args:
        attempt: The attempt.
        latest_runs: The last run of each catalog, by the catalog's name.
    """
    about = attempt["attempt"]
    catalog = about.get("catalog")
    return catalog is None or latest_runs.get(catalog) in (None, about["run"])


def lists_of(attempts: Sequence[Line]) -> dict[str, list[str]]:
    """The lines that one id adds to each list of the results.

    Args:
        attempts: All attempts at the id that stand, at least one.

    Returns:
        Lines by the name of the list: `results` and `ledger` always; where something
        failed also `reasons`, and `catalog` or `bad_rows`.
    """
    found = chosen(attempts)
    ledger = json.dumps(ledger_row(found), ensure_ascii=False)
    lines = {"results": [result_line(found)], "ledger": [ledger]}
    row = found["attempt"].get("row")
    if row is None:
        return lines
    if found["status"] == "bad_row":
        wrong = {"place": found["id"], "reason": found["reason"], **row}
        return {**lines, "bad_rows": [json.dumps(wrong, ensure_ascii=False)]}
    return {**lines, "reasons": [ledger], "catalog": [json.dumps(row)]}


def _latest(attempt: Line) -> tuple[str, bool, str]:
    # The text decides between equals, so that their order does not.
    return attempt["attempt"]["run"], _is_whole(attempt), json.dumps(attempt)


def _is_whole(attempt: Line) -> bool:
    """Whether nothing in it failed."""
    return not has_failed(attempt["status"], attempt["parts"])


def _made_of(attempt: Line) -> tuple[Any, ...]:
    key = attempt["key"]
    row = attempt["attempt"].get("row_sha256")
    return row, key["source_version"], key["bundle"]
