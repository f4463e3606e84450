"""`Beside`: what a backfill writes beside its results, features and scores."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vidcat.inference.backfill.folder import (
    BackfillFolder,
    UnfitResultsFolder,
    require_no_pattern,
)
from vidcat.inference.bundle import Bundle
from vidcat.inference.catalogs.fields import is_url, whole_path
from vidcat.inference.export.score_columns import require_pyarrow
from vidcat.inference.export.score_shards import runs_in, settle_scores
from vidcat.inference.feature_store.settling import settle_store
from vidcat.inference.files.own_folder import check_out_folder, sole_writer
from vidcat.inference.pipeline.serving import Serving
from vidcat.inference.pipeline.storing import prepare_store
from vidcat.inference.remote.local_folder import local_folder


@dataclass(frozen=True, kw_only=True)
class Beside:
    """Where features and scores go.

    Folders on this machine are checked before a run and settled after it. Those in a
    bucket are prepared by the workers, since they have the bundle, and stay as they
    were written: who reads them takes the newest row of each video.
    """

    features: str | None = None
    """Folder of a feature store, absolute or a URL; `None` stores none."""
    scores: str | None = None
    """Folder of score vectors, likewise."""

    @classmethod
    def at(cls, features: str | None, scores: str | None) -> "Beside":
        """The folders of these names.

        Raises:
            UnfitFolder: If one cannot be written to.
            PyarrowMissing: If scores are asked for and pyarrow is not installed.
        """
        if scores is not None:
            require_pyarrow()
        return cls(features=_folder(features), scores=_folder(scores))

    @contextmanager
    def prepared(self, serving: Serving, results: BackfillFolder) -> Iterator[None]:
        """Makes the folders ready, and keeps others from writing into the store.

        Args:
            serving: Names the bundle.
            results: The folder of the results.

        Raises:
            FeatureSpaceMismatch: If the store holds features of another space.
            UnfitResultsFolder: If there are scores behind other results.
            FolderInUse: If another process is writing to the store.
        """
        if self.scores is not None and not is_url(self.scores):
            _check_scores(Path(self.scores), results)
        if self.features is None or is_url(self.features):
            yield
            return
        with sole_writer(Path(self.features)):
            # Its text model is not needed, and may take long to load.
            bundle = Bundle.load(local_folder(serving.bundle), visual_only=True)
            if serving.frame_weights is not None:
                bundle = bundle.with_encoder_at(serving.frame_weights)
            prepare_store(self.features, serving, bundle)
            yield

    def settle(self, results: BackfillFolder) -> None:
        """Leaves one row a video in the folders of this machine.

        Args:
            results: The folder of the results, settled.
        """
        if self.features is not None and not is_url(self.features):
            settle_store(Path(self.features))
        if self.scores is not None and not is_url(self.scores):
            settle_scores(Path(self.scores), results.ledger())


NOTHING_BESIDE: Final = Beside()


def _folder(path: str | None) -> str | None:
    if path is None:
        return None
    require_no_pattern(path)
    if is_url(path):
        return path.rstrip("/")
    check_out_folder(Path(path))
    return whole_path(path)


def _check_scores(folder: Path, results: BackfillFolder) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    others = runs_in(folder) - set(results.runs())
    if others:
        raise UnfitResultsFolder(
            f"{folder}: must hold the scores behind {results.path} alone. Received: "
            f"those of {sorted(others)[0]}, a run that is not among them. Give another "
            "folder, or move them away."
        )
