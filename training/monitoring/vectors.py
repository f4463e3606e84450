"""Counts score vectors: the scores of every category, said or not."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from vidcat.inference.export.score_vectors import ScoreVectors, read_score_vectors
from vidcat.training.monitoring.origins import VideoOrigins
from vidcat.training.monitoring.owners import OwnerCounts
from vidcat.training.monitoring.score_tally import ScoreCounter, ScoresOf, ScoreTally

_PARTS: Final[tuple[Literal["text", "visual"], ...]] = ("text", "visual")


@dataclass(frozen=True, kw_only=True, eq=False)
class VectorTally:
    """The score vectors of one side."""

    sources: tuple[str, ...]
    """The files that were read."""
    videos: int
    """Their rows."""
    taxonomy: str
    """Version that the labels belong to."""
    bundle: str
    """Content hash of what made them."""
    scores: ScoreTally
    """Scores of text and of frames, of the videos where they spoke."""


def tally_vectors(
    paths: Iterable[Path],
    *,
    origins: VideoOrigins | None = None,
    progress: Callable[[int], None] | None = None,
) -> VectorTally:
    """Counts score vectors, a batch at a time.

    Args:
        paths: Parquet files that one bundle made.
        origins: Owners of the videos. Defaults to knowing none.
        progress: Told how many videos were read.

    Raises:
        InvalidScoreVectors: If a file is damaged, or of another bundle than the first.
        OSError: If a file cannot be read.
    """
    stored = read_score_vectors(*paths)
    counting = _Counting(origins)
    for batch in stored.batches():
        counting.add(batch)
        if progress is not None:
            progress(counting.videos)
    return VectorTally(
        sources=tuple(map(str, stored.files)),
        videos=counting.videos,
        taxonomy=stored.scored_by.taxonomy_version,
        bundle=stored.scored_by.bundle,
        scores=counting.scores(),
    )


class _Counting:
    """What `tally_vectors` has counted so far."""

    def __init__(self, origins: VideoOrigins | None) -> None:
        self.videos = 0
        self._counter = ScoreCounter()
        self._owners = None if origins is None else OwnerCounts(origins.owner)

    def add(self, batch: ScoreVectors) -> None:
        self.videos += len(batch)
        for part in _PARTS:
            vectors = getattr(batch, part)
            labels = getattr(batch.scored_by, part)
            if vectors is None or labels is None:
                continue
            # A part that is silent has no number.
            spoke = ~(vectors != vectors).any(axis=1)  # noqa: PLR0124
            said = vectors[spoke]
            for label, column in zip(labels.ids, said.T, strict=True):
                self._counter.add(ScoresOf(part, label), column)
            self._counter.add(ScoresOf(part, None), said.max(axis=1))
            if self._owners is not None:
                for head, has_spoken in zip(batch.heads, spoke, strict=True):
                    if has_spoken:
                        self._owners.add(head.id, [part])

    def scores(self) -> ScoreTally:
        counts = self._counter.counts()
        owners = None if self._owners is None else self._owners.sums()
        effective = {
            of: float(found.sum()) if owners is None else owners.equal_owners(of.source)
            for of, found in counts.items()
        }
        return ScoreTally(counts=counts, effective=effective)
