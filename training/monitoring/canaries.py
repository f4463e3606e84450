"""Canary clips: what was once said of them must be said again, to the last digit."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vidcat.inference.files.whole_files import replace_text
from vidcat.inference.result_lines import (
    ResultLine,
    parse_result_line,
    read_result_lines,
)
from vidcat.inference.results import ANSWERED, SCORE_DECIMALS
from vidcat.inference.video import Video

if TYPE_CHECKING:
    from vidcat.inference.categorizer import Categorizer


@dataclass(frozen=True, kw_only=True)
class CanaryChange:
    """Something that is not said of a clip as it was."""

    id: str
    """The clip."""
    category: str | None
    """The category; `None` where it is not about one."""
    text: str
    """What has changed, in words, without the clip's id."""


@dataclass(frozen=True, kw_only=True)
class CanaryCheck:
    """What became of the canaries."""

    file: str
    """Where their first results are kept."""
    clips: int
    """Clips that were categorized again."""
    compared: int
    """Those of them that have a kept result; 0 when the results were kept just now."""
    tolerance: float
    """Differences of scores up to this one were let pass."""
    changes: tuple[CanaryChange, ...]
    """Every change; none is how it should be."""
    remarks: tuple[str, ...]
    """What a reader should know beside."""


def canary_categorizer(categorizer: "Categorizer") -> "Categorizer":
    """The categorizer that canaries are categorized with.

    The age of a video is taken at the time of the training, so that it does not grow
    and scores do not change with it; and nobody needs evidence.

    Args:
        categorizer: As it serves.
    """
    # Loads Keras, which comparing results does without.
    from vidcat.inference.categorizer import Categorizer

    bundle = categorizer.bundle
    return Categorizer(
        bundle,
        categorizer.encoder,
        categorizer.sampler,
        evidence=False,
        enforce_scope=categorizer.enforce_scope,
        as_of=datetime.fromisoformat(bundle.provenance["as_of"]),
    )


def check_canaries(
    clips: Sequence[Video],
    categorizer: "Categorizer",
    file: Path,
    *,
    tolerance: float = 0.0,
    progress: Callable[[int], None] | None = None,
) -> CanaryCheck:
    """Categorizes canaries again and compares; the first time, keeps the results.

    Args:
        clips: Rows of a catalog that is kept for this.
        categorizer: That of `canary_categorizer`.
        file: The kept results, as result lines. Is written where it is missing.
        tolerance: Differences of scores to let pass. Defaults to `0.0`: the same
            clip gives the same bytes, as long as nothing has changed.
        progress: Told how many clips are done.

    Returns:
        What has changed.

    Raises:
        InvalidResults: If the file is damaged; names the line.
        OSError: If it cannot be read or written.
    """
    # What is wrong with the file is to be told before the work.
    kept = _kept(file)
    results: list[str] = []
    for result in categorizer.categorize_many(clips):
        results.append(json.dumps(result.to_json()))
        if progress is not None:
            progress(len(results))
    now = [
        parse_result_line(line.encode(), f"clip {number}")
        for number, line in enumerate(results, start=1)
    ]
    if kept is None:
        replace_text(file, "".join(line + "\n" for line in results))
        broken = sum(one.status not in ANSWERED for one in now)
        remark = f"Their results were kept in {file}; the next run compares with them."
        unfit = f"{broken} of them could not be categorized: a canary should be sound."
        return CanaryCheck(
            file=str(file),
            clips=len(results),
            compared=0,
            tolerance=tolerance,
            changes=(),
            remarks=(remark, unfit) if broken else (remark,),
        )
    return compare_canaries(kept, now, file=file, tolerance=tolerance)


def _kept(file: Path) -> list[ResultLine] | None:
    """The results that are kept; `None` where they are still to be."""
    if file.exists():
        return list(read_result_lines(file))
    if not file.parent.is_dir():
        raise FileNotFoundError(
            f"{file}: the folder must be there, for the results of the canaries to be "
            "kept in. Make it, or give another file."
        )
    return None


def compare_canaries(
    kept: Iterable[ResultLine],
    now: Iterable[ResultLine],
    *,
    file: Path,
    tolerance: float,
) -> CanaryCheck:
    """Compares what is said of clips with what was said of them once.

    Args:
        kept: The results of the first time.
        now: Those of this time.
        file: Where the first are kept.
        tolerance: As in `check_canaries`.
    """
    before = {one.id: one for one in kept}
    after = {one.id: one for one in now}
    changes: list[CanaryChange] = []
    for name, old in before.items():
        new = after.get(name)
        if new is None:
            text = "it is not among the canaries any more"
            changes.append(CanaryChange(id=name, category=None, text=text))
        else:
            changes += _changes(old, new, tolerance)
    compared = before.keys() & after.keys()
    remarks = []
    if added := len(after) - len(compared):
        remarks.append(
            f"{added} of them have no kept result and were not compared: move the "
            "file of kept results away to keep those of all."
        )
    if any(before[one].bundle != after[one].bundle for one in compared):
        remarks.append(
            "The bundle is not the one of the kept results. If that is as wanted, "
            "changes are as well: move the file away to keep new ones."
        )
    return CanaryCheck(
        file=str(file),
        clips=len(after),
        compared=len(compared),
        tolerance=tolerance,
        changes=tuple(changes),
        remarks=tuple(remarks),
    )


def _changes(old: ResultLine, new: ResultLine, tolerance: float) -> list[CanaryChange]:
    texts: list[tuple[str | None, str]] = []
    if old.content_sha256 != new.content_sha256 and None not in {
        old.content_sha256,
        new.content_sha256,
    }:
        texts.append((None, "its file is another one than the first time"))
    if old.status != new.status:
        texts.append((None, f"its status is {new.status}, not {old.status}"))
    for part in old.parts.keys() | new.parts.keys():
        state, was = new.parts.get(part, "missing"), old.parts.get(part, "missing")
        if state != was:
            texts.append((None, f"its {part} is {state}, not {was}"))
    scores, were = new.scores, old.scores
    for category in were | scores:
        score, was_score = scores.get(category), were.get(category)
        if score is None:
            texts.append((category, f"is not said any more (was {was_score:.4f})"))
        elif was_score is None:
            texts.append((category, f"is said now ({score:.4f}) and was not"))
        # Half of the last digit: decimals are not exact in binary.
        elif abs(score - was_score) > tolerance + 0.5 * 10**-SCORE_DECIMALS:
            texts.append((category, f"scores {score:.4f}, not {was_score:.4f}"))
    return [
        CanaryChange(id=new.id, category=category, text=text)
        for category, text in texts
    ]
