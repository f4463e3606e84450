"""`Tally`: what is said of the videos of one side, counted as the results go by."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from vidcat.inference.language import UNKNOWN_LANGUAGE
from vidcat.inference.result_lines import ResultLine, read_result_lines
from vidcat.inference.results import ANSWERED
from vidcat.training.monitoring.origins import VideoOrigins
from vidcat.training.monitoring.owners import (
    LEAST_OWNERS,
    FloatArray,
    OwnerCounts,
    OwnerSums,
    variance_of_ratio,
)
from vidcat.training.monitoring.score_tally import ScoreCounter, ScoresOf, ScoreTally

Kind = Literal["category", "status", "text", "visual", "language"]
"""What a share is of."""


_PROGRESS_EVERY: Final = 1000
_VIDEOS, _ANSWERED, _COVERED, _SAID = "videos", "answered", "covered", "said"


class UnfitResults(ValueError):
    """Results cannot be compared: there are none, or their taxonomies differ."""


class Fact(NamedTuple):
    """Something that is true of some of the videos."""

    kind: Kind
    id: str
    """Id of the category, status, state of the part, or language."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Tally:
    """The counts of one side."""

    sources: tuple[str, ...]
    """The files that were read."""
    videos: int
    """Results, but for those that were skipped: theirs stand elsewhere."""
    answered: int
    """Videos that got an answer: categories, or none."""
    skipped: int
    """Results that say only that a video was done before."""
    facts: Mapping[Fact, int]
    """In how many videos each fact is true; categories: of those with an answer."""
    taxonomy: str
    """Version that the categories belong to."""
    bundles: Mapping[str, int]
    """Results by the hash of what made them."""
    categories_per_video: float
    """Mean of the videos with an answer, parents included; NaN without any."""
    categories_variance: float
    """Of that mean; infinite where it cannot be told."""
    scores: ScoreTally
    """Scores of the categories that were said."""
    ids: npt.NDArray[np.uint64]
    """Hashes of the ids, ascending."""
    owners: OwnerSums | None
    """The same counts by owner, where owners are known."""
    not_in_catalog: int
    """Videos that the catalogs do not have; 0 without catalogs."""

    def whole(self, fact: Fact) -> int:
        """How many videos the share of a fact is of."""
        return self.answered if fact.kind == "category" else self.videos

    def by_owner(self, fact: Fact) -> tuple[FloatArray, FloatArray] | None:
        """Videos of each owner in which a fact is true, and all that count for it.

        `None` where owners are not known.
        """
        if self.owners is None:
            return None
        whole = _ANSWERED if fact.kind == "category" else _VIDEOS
        return self.owners.by_owner(fact), self.owners.by_owner(whole)

    @property
    def ids_twice(self) -> int:
        """How many results have an id that another one before them has."""
        return len(self.ids) - len(np.unique(self.ids))


def tally_results(
    paths: Iterable[Path],
    *,
    origins: VideoOrigins | None = None,
    progress: Callable[[int], None] | None = None,
) -> Tally:
    """Counts the results of some files, which may be larger than memory.

    Args:
        paths: Files of result lines.
        origins: Owners and languages of the videos. Defaults to knowing none.
        progress: Told how many results were read.

    Raises:
        InvalidResults: If a line is no result; names file and line.
        UnfitResults: If there is no result that was not skipped, or they are of
            several taxonomies.
        OSError: If a file cannot be read.
    """
    sources = tuple(paths)
    counting = _Counting(origins)
    for source in sources:
        for result in read_result_lines(source):
            counting.add(result)
            if progress is not None and counting.results % _PROGRESS_EVERY == 0:
                progress(counting.results)
    return counting.tally(tuple(map(str, sources)))


class _Counting:
    """What `tally_results` has counted so far."""

    def __init__(self, origins: VideoOrigins | None) -> None:
        self.results = 0
        self._origins = origins
        self._facts: Counter[Fact] = Counter()
        self._taxonomies: Counter[str] = Counter()
        self._bundles: Counter[str] = Counter()
        self._sizes: Counter[int] = Counter()
        self._scores = ScoreCounter()
        self._hashes = array("Q")
        self._owners = None if origins is None else OwnerCounts(origins.owner)
        self._not_in_catalog = 0

    def add(self, result: ResultLine) -> None:
        self.results += 1
        self._taxonomies[result.taxonomy] += 1
        self._bundles[result.bundle] += 1
        if result.status == "skipped":
            return
        facts = [Fact("status", result.status)]
        facts += [Fact("text", state) for state in _state(result, "text")]
        facts += [Fact("visual", state) for state in _state(result, "visual")]
        if self._origins is not None:
            self._not_in_catalog += result.id not in self._origins.owner
            language = self._origins.language.get(result.id)
            name = UNKNOWN_LANGUAGE if language is None else language
            facts.append(Fact("language", name))
        said = result.scores if result.status in ANSWERED else {}
        facts += [Fact("category", one) for one in said]
        self._facts.update(facts)
        if result.status in ANSWERED:
            self._sizes[len(said)] += 1
        for category, score in said.items():
            self._scores.add_one(ScoresOf("results", category), score)
        if said:
            self._scores.add_one(ScoresOf("results", None), max(said.values()))
        digest = blake2b(result.id.encode("utf-8", "surrogatepass"), digest_size=8)
        self._hashes.append(int.from_bytes(digest.digest()))
        if self._owners is not None:
            answered = [_ANSWERED] * (result.status in ANSWERED)
            covered = [_COVERED] * bool(said)
            self._owners.add(
                result.id, [*facts, _VIDEOS, *answered, *covered, *[_SAID] * len(said)]
            )

    def tally(self, sources: tuple[str, ...]) -> Tally:
        self._check(sources)
        answered = sum(self._sizes.values())
        owners = None if self._owners is None else self._owners.sums()
        mean, variance = self._categories_per_video(owners)
        (taxonomy,) = self._taxonomies
        counts = self._scores.counts()
        return Tally(
            sources=sources,
            videos=len(self._hashes),
            answered=answered,
            skipped=self.results - len(self._hashes),
            facts=self._facts,
            taxonomy=taxonomy,
            bundles=self._bundles,
            categories_per_video=mean,
            categories_variance=variance,
            scores=ScoreTally(
                counts=counts,
                effective={
                    of: _worth(owners, of, int(found.sum()))
                    for of, found in counts.items()
                },
            ),
            ids=np.sort(np.array(self._hashes, np.uint64)),
            owners=owners,
            not_in_catalog=self._not_in_catalog,
        )

    def _check(self, sources: tuple[str, ...]) -> None:
        named = ", ".join(sources)
        if not self._hashes:
            raise UnfitResults(
                f"{named}: must hold the result of one video at least. Received: "
                f"{self.results} results, all of them skipped."
                if self.results
                else f"{named}: must hold the result of one video at least. Received: "
                "no line. See whether the videos were categorized at all."
            )
        if len(self._taxonomies) > 1:
            raise UnfitResults(
                f"{named}: results must be of one taxonomy. Received: "
                f"{dict(self._taxonomies)}. Keep those of each version apart."
            )

    def _categories_per_video(self, owners: OwnerSums | None) -> tuple[float, float]:
        """Mean number of categories of a video, and its variance."""
        answered = sum(self._sizes.values())
        if answered == 0:
            return float("nan"), float("inf")
        said = sum(size * videos for size, videos in self._sizes.items())
        mean = said / answered
        if owners is not None:
            sums, videos = owners.by_owner(_SAID), owners.by_owner(_ANSWERED)
            return mean, variance_of_ratio(sums, videos)
        if answered < LEAST_OWNERS:
            return mean, float("inf")
        squares = sum((size - mean) ** 2 * n for size, n in self._sizes.items())
        return mean, squares / (answered - 1) / answered


def _state(result: ResultLine, part: str) -> list[str]:
    return [result.parts[part]] if part in result.parts else []


def _worth(owners: OwnerSums | None, of: ScoresOf, scores: int) -> float:
    if owners is None:
        return float(scores)
    if of.category is None:
        return owners.equal_owners(_COVERED)
    return owners.equal_owners(Fact("category", of.category))
