"""Makes a catalog ready for fitting: rows, parts, labels, metadata."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.features import FeatureStore
from vidcat.inference.merges.policy import MergeKind
from vidcat.inference.metadata import MetadataEncoder
from vidcat.inference.scope import Scope
from vidcat.inference.video import Video
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.dataset import Examples
from vidcat.training.deciding.promise import Promise
from vidcat.training.describing.projection_split import require_split
from vidcat.training.labels import label_matrix
from vidcat.training.measuring.selection import Selection, select_videos
from vidcat.training.metadata import fit_metadata_encoder
from vidcat.training.splits import (
    Part,
    SplitError,
    SplitKey,
    absent_categories,
    assign_parts,
)


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """What a training is asked for, beside the network's own settings."""

    label_set: LabelSet = field(
        default_factory=lambda: LabelSet.default().visual_only()
    )
    """The categories wanted; those with too few examples are dropped."""
    scope: Scope = field(default_factory=Scope)
    """Durations of the videos to train and measure on."""
    promise: Promise = field(default_factory=Promise)
    """What the thresholds are to hold."""
    min_examples: int = 10
    """Training videos that a category needs."""
    split_by: SplitKey = "auto"
    """`owner`, `id`, or `auto`: by owner where rows have one."""
    embed_encoder: bool = False
    """Whether the bundle is to hold the weights of a keras.applications network; an
    encoder that is a file of its own is always put inside."""
    comparisons: bool = True
    """Whether to fit the average baseline, and the network without metadata."""
    merge: MergeKind | None = None
    """How a text model is put together with the frames; `None` for the best that the
    truth of the calibration part allows (`merge_kind`)."""

    def __post_init__(self) -> None:
        if self.min_examples < 1:
            raise ValueError(
                "`min_examples` must be at least 1. "
                f"Received: min_examples={self.min_examples}"
            )


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A catalog made ready for fitting."""

    selection: Selection
    parts: Mapping[str, Part]
    label_set: LabelSet
    """The categories with enough examples."""
    dropped: tuple[str, ...]
    """Ids of the categories without."""
    absent: Mapping[str, tuple[str, ...]]
    """For each part of the split, the kept categories without an example there."""
    labels: NDArray[np.int8]
    """Shape `(videos, labels)`: 1 yes, 0 no, -1 unknown."""
    metadata: MetadataEncoder | None
    as_of: datetime

    def rows(self, *parts: str) -> NDArray[np.intp]:
        """Positions of the videos that belong to any of these parts."""
        chosen = [self.parts[video.id] in parts for video in self.selection.videos]
        return np.flatnonzero(chosen)

    def videos(self, *parts: str) -> list[Video]:
        """The videos that belong to any of these parts."""
        return [self.selection.videos[row] for row in self.rows(*parts)]

    def examples(
        self, store: FeatureStore, rows: NDArray[np.intp], metadata: bool
    ) -> Examples:
        """Those videos as the network takes them."""
        videos = [self.selection.videos[row] for row in rows]
        encoder = self.metadata if metadata else None
        return Examples(
            ids=[video.id for video in videos],
            features=store,
            labels=self.labels[rows],
            metadata=(
                None if encoder is None else encoder.encode(videos, as_of=self.as_of)
            ),
        )


class TooFewExamples(ValueError):
    """No category has enough training videos."""


def prepare(
    videos: Sequence[Video], store: FeatureStore, options: TrainOptions
) -> Prepared:
    """Selects rows, splits them, and lays out their labels.

    Raises:
        NothingUsable: If no row can be used.
        SplitError: If a part of the split would be empty.
        TooFewExamples: If no category has enough training videos.
    """
    require_split(store.folder, options.split_by)
    selection = select_videos(
        videos, store.duration_seconds, store.__contains__, options.scope
    )
    # Also rows without features have a part: a failure counts as not covered.
    labelled = [video for video in videos if video.labels is not None]
    parts = assign_parts(labelled, key=options.split_by)
    _require_every_part(selection, parts)
    wanted = options.label_set
    taxonomy = load_iab(wanted.taxonomy_version)
    labels = label_matrix(selection.videos, wanted, taxonomy)
    training = np.array([parts[video.id] == "train" for video in selection.videos])
    counts = (labels[training] == 1).sum(axis=0)
    enough = counts >= options.min_examples
    if not enough.any():
        raise TooFewExamples(
            f"No category has {options.min_examples} training videos (the best has "
            f"{counts.max()}); --min-examples lowers what is asked for."
        )
    kept = [name for name, keep in zip(wanted.ids, enough, strict=True) if keep]
    trained_on = [
        video
        for video, is_training in zip(selection.videos, training, strict=True)
        if is_training
    ]
    as_of = _as_of(selection.videos)
    return Prepared(
        selection=selection,
        parts=parts,
        label_set=wanted.select(kept),
        dropped=tuple(name for name in wanted.ids if name not in set(kept)),
        absent=absent_categories(
            labels[:, enough], kept, [parts[video.id] for video in selection.videos]
        ),
        labels=labels[:, enough],
        metadata=fit_metadata_encoder(trained_on, as_of=as_of),
        as_of=as_of,
    )


def _require_every_part(selection: Selection, parts: Mapping[str, Part]) -> None:
    found = {parts[video.id] for video in selection.videos}
    if empty := sorted({"train", "validation", "calibration", "test"} - found):
        raise SplitError(
            f"No described video in scope falls into {', '.join(empty)} "
            f"({len(selection.videos)} videos can be used). Describe more videos, or "
            "describe and train with --split-by id."
        )


def _as_of(videos: Sequence[Video]) -> datetime:
    # The newest upload, not today: the same catalog must train the same network.
    dates = [video.uploaded_at for video in videos if video.uploaded_at is not None]
    return max(dates, default=datetime.now(UTC))
