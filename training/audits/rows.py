"""The table that a person reviews: pairs of a video and a category, with a verdict."""

import csv
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Literal, get_args

from vidcat.inference.catalog import spreadsheet_rows
from vidcat.inference.catalogs.spreadsheet_cells import bared, shielded
from vidcat.inference.files.whole_files import replace_text
from vidcat.inference.results import SCORE_DECIMALS

Stratum = Literal["random", "disagreement"]
Verdict = Literal["yes", "no", "unsure"]

_MOST_WEIGHT: Final = 1_000_000_000
"""More decisions than any catalog has: where `.` parts thousands, a spreadsheet makes
13421052631578947 of 1.3421052631578947."""
_REQUIRED: Final = ("id", "category_id", "stratum", "weight", "verdict")


class InvalidAudit(ValueError):
    """A reviewed table cannot be used; the text names row, column and remedy."""


@dataclass(frozen=True, kw_only=True)
class AuditRow:
    """One question for a person: does this category apply to this video?

    Its fields, but for `place`, are the columns of the table.
    """

    id: str
    """The video's id."""
    path: str | None = None
    """Its file."""
    category_id: str
    category_path: str = ""
    """The category's names from the root down."""
    teacher_score: float | None = None
    """Calibrated probability of the text categorizer."""
    student_score: float | None = None
    """Calibrated probability of the visual categorizer, where it gave one."""
    stratum: Stratum
    """`random`: drawn by lot among what the teacher says; `disagreement`: chosen."""
    weight: float | None = None
    """For how many of the teacher's decisions a random row stands; `None` for others.
    """
    verdict: Verdict | None = None
    """`None` until somebody has looked."""
    remark: str = ""
    """What the reviewer wants to add."""
    place: str = field(default="", compare=False)
    """Its file, and where it stands in there, for messages."""


COLUMNS: Final = tuple(one.name for one in fields(AuditRow) if one.name != "place")


def write_audit(rows: Iterable[AuditRow], path: Path) -> None:
    """Writes rows as a CSV file for a spreadsheet; one that is there is replaced."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for row in rows:
        cells = [_cell(name, getattr(row, name)) for name in COLUMNS]
        table.writerow(map(shielded, cells))
    replace_text(path, text.getvalue())


def check_no_verdicts(path: Path) -> None:
    """Refuses a table that a draw would replace although somebody has worked on it.

    Args:
        path: The table; need not be there.

    Raises:
        InvalidAudit: If it has verdicts or remarks.
        InvalidCatalog: If something else is there.
    """
    if not path.exists():
        return
    reviewed = sum(
        bool(cells.get("verdict", "").strip() or cells.get("remark", "").strip())
        for _, cells in spreadsheet_rows(path)
    )
    if reviewed:
        raise InvalidAudit(
            f"{path}: must have no verdicts, which a new draw would replace. Received: "
            f"{reviewed} rows with a verdict or a remark. Give another folder, or move "
            "the table away."
        )


def _cell(name: str, value: str | float | None) -> str:
    if value is None:
        return ""
    # A score is for people; weights must add up again.
    return f"{value:.{SCORE_DECIMALS}f}" if name.endswith("_score") else str(value)


def read_audit(path: Path) -> list[AuditRow]:
    """Reads a table that may have been reviewed in a spreadsheet.

    Its columns may stand in any order, and other columns among them.

    Args:
        path: The CSV file.

    Returns:
        Its rows, each with its place.

    Raises:
        InvalidAudit: If columns are missing, or a row is wrong or comes twice; the
            text names file, row and column.
        InvalidCatalog: If it is no table at all.
        OSError: If it cannot be read.
    """
    rows: list[AuditRow] = []
    places: dict[tuple[str, str], str] = {}
    for place, cells in spreadsheet_rows(path):
        if missing := [name for name in _REQUIRED if name not in cells]:
            raise InvalidAudit(
                f"{path}, row 1: the columns must include {list(_REQUIRED)}. "
                f"Missing: {missing}. Keep the columns that `vidcat audit draw` wrote."
            )
        try:
            stripped = {name: bared(text.strip()) for name, text in cells.items()}
            row = _row(f"{path}, {place}", stripped)
        except ValueError as error:
            raise InvalidAudit(f"{path}, {place}: {error}") from None
        pair = (row.id, row.category_id)
        if pair in places:
            raise InvalidAudit(
                f"{path}, {place}: a video and a category must come once. Received: "
                f"id={row.id!r}, category_id={row.category_id!r}, which "
                f"{places[pair]} has too. Remove one of them."
            )
        places[pair] = place
        rows.append(row)
    if not rows:
        raise InvalidAudit(f"{path}: an audit must have at least one row.")
    return rows


def _row(place: str, cells: Mapping[str, str]) -> AuditRow:
    for name in ("id", "category_id"):
        if not cells[name]:
            raise ValueError(f"`{name}` must be given. Received: {name}=''")
    stratum: Stratum = _one_of(get_args(Stratum), "stratum", cells["stratum"])
    weight = _number("weight", cells["weight"])
    if stratum == "random" and (weight is None or not 1 <= weight <= _MOST_WEIGHT):
        raise ValueError(
            f"`weight` of a random row must be 1 to {_MOST_WEIGHT:,}. Received: "
            f"weight={cells['weight']!r}. Have the spreadsheet keep the column as text."
        )
    # Spreadsheets and people write `Yes`.
    verdict = cells["verdict"].casefold()
    return AuditRow(
        id=cells["id"],
        path=cells.get("path") or None,
        category_id=cells["category_id"],
        category_path=cells.get("category_path", ""),
        teacher_score=_number("teacher_score", cells.get("teacher_score", "")),
        student_score=_number("student_score", cells.get("student_score", "")),
        stratum=stratum,
        weight=weight,
        verdict=_one_of(get_args(Verdict), "verdict", verdict) if verdict else None,
        remark=cells.get("remark", ""),
        place=place,
    )


def _one_of(choices: tuple[str, ...], name: str, text: str) -> Any:
    if text not in choices:
        raise ValueError(
            f"`{name}` must be one of {list(choices)}"
            f"{', or empty' if name == 'verdict' else ''}. Received: {name}={text!r}"
        )
    return text


def _number(name: str, text: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"`{name}` must be a number. Received: {name}={text!r}")
    return value
