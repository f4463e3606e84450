"""`Side`: the results and the score vectors of a baseline, or of today."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vidcat.training.monitoring.origins import VideoOrigins
from vidcat.training.monitoring.tally import Tally, UnfitResults, tally_results
from vidcat.training.monitoring.vectors import VectorTally, tally_vectors

_RESULTS: Final = ".jsonl"
_VECTORS: Final = ".parquet"


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """What is known of one side: results, score vectors, or both."""

    tally: Tally | None = None
    """Of the results."""
    vectors: VectorTally | None = None
    """Of the score vectors."""

    @property
    def videos(self) -> int:
        """Videos with a result, or with score vectors where there are no results."""
        if self.tally is not None:
            return self.tally.videos
        return 0 if self.vectors is None else self.vectors.videos

    @property
    def bundles(self) -> tuple[str, ...]:
        """Hashes of what made its results and vectors, the commonest first."""
        counts = {} if self.tally is None else dict(self.tally.bundles)
        if self.vectors is not None:
            counts.setdefault(self.vectors.bundle, self.vectors.videos)
        return tuple(sorted(counts, key=lambda one: -counts[one]))


def read_side(
    *paths: Path,
    origins: VideoOrigins | None = None,
    progress: Callable[[int], None] | None = None,
) -> Side:
    """Reads the results and score vectors of one side.

    Args:
        *paths: Results (`.jsonl`), score vectors (`.parquet`), or folders of both.
        origins: Owners and languages of the videos. Defaults to knowing none.
        progress: Told how many results, then how many vectors were read.

    Raises:
        UnfitResults: If a path is neither, a folder has none, or what is in them
            cannot be compared with anything.
        InvalidResults: If a line of results is damaged; names file and line.
        InvalidScoreVectors: If score vectors are damaged.
        OSError: If a file cannot be read.
    """
    files = [file for path in paths for file in _files(path)]
    results = [file for file in files if file.suffix == _RESULTS]
    vectors = [file for file in files if file.suffix == _VECTORS]
    return Side(
        tally=tally_results(results, origins=origins, progress=progress)
        if results
        else None,
        vectors=tally_vectors(vectors, origins=origins, progress=progress)
        if vectors
        else None,
    )


def _files(path: Path) -> list[Path]:
    kinds = (_RESULTS, _VECTORS)
    if path.is_dir():
        found = sorted(one for one in path.iterdir() if one.suffix in kinds)
        if found:
            return found
    elif path.suffix in kinds:
        return [path]
    received = "a folder with neither" if path.is_dir() else repr(path.name)
    raise UnfitResults(
        f"{path}: must be results of `vidcat classify --json` ({_RESULTS}), their "
        f"score vectors ({_VECTORS}), or a folder of both. Received: {received}"
    )
