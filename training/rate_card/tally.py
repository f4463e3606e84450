"""What results say of each category, counted as they go by."""

import bisect
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple

from vidcat.inference.language import UNKNOWN_LANGUAGE
from vidcat.inference.result_lines import (
    ResultLine,
    SaidCategory,
    read_result_lines,
)
from vidcat.inference.results import EvidenceSpan
from vidcat.inference.video import Video
from vidcat.taxonomy.iab import load_iab

SPARES: Final = 2
"""Samples kept for each one that is wanted: some files may not open."""

_PROGRESS_EVERY: Final = 1000


class UnfitResults(ValueError):
    """Results cannot be counted: none, a video twice, or made by several models."""


class Sample(NamedTuple):
    """A video drawn by lot among those of a category."""

    lot: int
    """The lower, the earlier it is drawn."""
    id: str
    path: str
    evidence: EvidenceSpan | None
    """The seconds that speak most for the category."""


@dataclass(kw_only=True)
class CategoryTally:
    """One category in the results."""

    videos: int = 0
    """Videos of which it is said, implied by a category below it or not."""
    seconds: float = 0.0
    """What those of known duration last together."""
    unknown_durations: int = 0
    """Videos whose duration is not known."""
    scores: float = 0.0
    """Sum of the scores."""
    with_evidence: int = 0
    """Videos with seconds that speak for it."""
    languages: Counter[str] = field(default_factory=Counter)
    """Videos by language, of those in the catalog."""
    samples: list[Sample] = field(default_factory=list)
    """Drawn by lot, in their order."""


@dataclass(kw_only=True)
class ResultTally:
    """All categories in the results, and the videos they are of."""

    categories: dict[str, CategoryTally]
    """By id; those that are said at all."""
    statuses: Counter[str]
    """Results by status."""
    not_in_catalog: int
    """Videos that the catalog does not have."""
    taxonomy: str
    bundle: str
    """Content hash of the model behind all results."""

    @property
    def videos(self) -> int:
        """Videos with a result; `skipped` ones have theirs elsewhere."""
        return self.statuses.total() - self.statuses["skipped"]


def tally_results(
    path: Path,
    catalog: Mapping[str, Video] | None,
    *,
    samples: int,
    progress: Callable[[int], None] | None = None,
) -> ResultTally:
    """Counts a file of results, which may be larger than memory.

    Args:
        path: Result lines of `vidcat classify --json`.
        catalog: The videos by id, for durations, languages and files; `None` without.
        samples: How many videos to draw of each category; twice as many are kept.
        progress: Told how many results were read.

    Raises:
        InvalidResults: If a line is no result; names file and line.
        UnfitResults: If there is none, a video has two, or they are of several
            bundles or taxonomies.
        OSError: If the file cannot be read.
    """
    categories: dict[str, CategoryTally] = {}
    not_in_catalog = 0
    statuses: Counter[str] = Counter()
    origin: tuple[str, str] | None = None
    seen: set[bytes] = set()
    for number, result in enumerate(read_result_lines(path), start=1):
        if origin not in {None, (result.taxonomy, result.bundle)}:
            raise UnfitResults(
                f"{result.place}: results must be of one bundle and one taxonomy. "
                f"Received: bundle {result.bundle!r}, taxonomy {result.taxonomy!r} "
                f"after {origin}. Keep those of each bundle apart."
            )
        origin = (result.taxonomy, result.bundle)
        statuses[result.status] += 1
        if progress is not None and number % _PROGRESS_EVERY == 0:
            progress(number)
        if result.status == "skipped":
            continue
        digest = _digest(result.id)
        if digest in seen:
            raise UnfitResults(
                f"{result.place}: a video must have one result. Received: a second one "
                f"of {result.id!r}. Keep one of them."
            )
        seen.add(digest)
        video = None if catalog is None else catalog.get(result.id)
        not_in_catalog += catalog is not None and video is None
        for said in result.categories:
            if said.id not in categories:
                _check_known(said.id, result)
            tally = categories.setdefault(said.id, CategoryTally())
            _count(tally, said, video)
            if samples and video is not None and video.path is not None:
                lot = int.from_bytes(_digest(f"{said.id} {result.id}"))
                sample = Sample(lot, result.id, video.path, said.best_span)
                _draw(tally.samples, sample, SPARES * samples)
    if origin is None:
        raise UnfitResults(f"{path}: must hold a result at least. Received: no line.")
    return ResultTally(
        categories=categories,
        statuses=statuses,
        not_in_catalog=not_in_catalog,
        taxonomy=origin[0],
        bundle=origin[1],
    )


def _check_known(category_id: str, result: ResultLine) -> None:
    if category_id not in load_iab(result.taxonomy):
        raise UnfitResults(
            f"{result.place}: categories must be of the taxonomy {result.taxonomy}. "
            f"Received: {category_id!r}. Categorize that video again, or remove the "
            "line."
        )


def _count(tally: CategoryTally, said: SaidCategory, video: Video | None) -> None:
    tally.videos += 1
    tally.scores += said.score
    tally.with_evidence += bool(said.evidence)
    seconds = None if video is None else video.duration_seconds
    tally.unknown_durations += seconds is None
    tally.seconds += seconds or 0.0
    if video is not None:
        # `pt-BR` and `pt` are one language to a buyer.
        language = (video.language or UNKNOWN_LANGUAGE).split("-")[0].lower()
        tally.languages[language] += 1


def _draw(samples: list[Sample], sample: Sample, most: int) -> None:
    """Keeps those with the lowest lots, in their order."""
    if len(samples) < most or sample.lot < samples[-1].lot:
        bisect.insort(samples, sample)
        del samples[most:]


def _digest(text: str) -> bytes:
    """The same on every machine, for the same text."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
