"""Described, labelled videos: what a training learns from."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

METADATA_FIELDS = ("owner", "upload_category", "language", "numbers")
"""The arrays that `Examples.metadata` consists of."""


class HasFrames(Protocol):
    """One video's features, as `vidcat.inference.features.FrameFeatures` has them."""

    def frames(self) -> NDArray[np.float32]:
        """The features, of shape `(frames, feature_dim)`."""


class InvalidExamples(ValueError):
    """The examples do not fit together, or a video's features cannot be used."""


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Labelled videos with their features, of which nothing is read until needed.

    Raises:
        InvalidExamples: If there are none, ids repeat or have no features, or an
            array does not fit.
    """

    ids: Sequence[str]
    """The videos, N different ids."""
    features: Mapping[str, HasFrames]
    """Their features by id; may hold more videos."""
    labels: NDArray[np.int8]
    """Shape `(N, labels)`: 1 yes, 0 no, -1 unknown."""
    metadata: Mapping[str, NDArray[Any]] | None = None
    """Arrays of length N by `METADATA_FIELDS`, as `MetadataEncoder.encode` gives
    them; `None` to train on frames alone."""

    def __post_init__(self) -> None:
        self._check_ids()
        self._check_labels()
        self._check_metadata()

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def feature_dim(self) -> int:
        """Width of the features, taken from the first video."""
        return self.frames(0).shape[1]

    def frames(self, row: int, feature_dim: int | None = None) -> NDArray[np.float32]:
        """The features of one video.

        Args:
            row: Its position.
            feature_dim: The width that they must have, if any.

        Returns:
            Finite float array of shape `(frames, feature_dim)`.

        Raises:
            InvalidExamples: If there is no frame, a value is not finite, or the
                width is another; the text names the id.
        """
        name = self.ids[row]
        frames = self.features[name].frames()
        if frames.ndim != 2 or not frames.size:
            raise InvalidExamples(
                f"Video {name!r}: features must be of shape (frames, feature_dim) with "
                f"at least one frame. Received: shape={frames.shape}"
            )
        if feature_dim is not None and frames.shape[1] != feature_dim:
            raise InvalidExamples(
                f"Video {name!r}: features must be {feature_dim} wide, as the first "
                f"video's are. Received: shape={frames.shape}"
            )
        if not np.isfinite(frames).all():
            frame, place = np.argwhere(~np.isfinite(frames))[0]
            raise InvalidExamples(
                f"Video {name!r}: features must be finite. Received: "
                f"frames[{frame}, {place}]={frames[frame, place]}"
            )
        return frames

    @cached_property
    def content_hash(self) -> str:
        """Hash of ids, labels, metadata, and the features of a few of the videos."""
        digest = hashlib.sha256()
        for name in self.ids:
            digest.update(name.encode() + b"\0")
        digest.update(np.ascontiguousarray(self.labels).tobytes())
        for name, values in sorted((self.metadata or {}).items()):
            digest.update(name.encode() + np.ascontiguousarray(values).tobytes())
        # All features may be hundreds of gigabytes; another projection or encoder
        # shows in any of them.
        for row in range(0, len(self), max(1, len(self) // 8)):
            digest.update(np.ascontiguousarray(self.frames(row)).tobytes())
        return digest.hexdigest()

    def _check_ids(self) -> None:
        if not len(self.ids):
            raise InvalidExamples("`ids` must not be empty. Received: 0 videos")
        if len(set(self.ids)) < len(self.ids):
            twice = Counter(self.ids).most_common(1)[0][0]
            raise InvalidExamples(f"`ids` must differ. Received: {twice!r} twice")
        missing = [name for name in self.ids if name not in self.features]
        if missing:
            raise InvalidExamples(
                "Every id must have features. Received: none for "
                f"{missing[0]!r}, {len(missing)} of {len(self)} ids in all"
            )

    def _check_labels(self) -> None:
        labels = self.labels
        if labels.ndim != 2 or len(labels) != len(self) or not labels.shape[1]:
            raise InvalidExamples(
                f"`labels` must be of shape ({len(self)}, labels). Received: "
                f"shape={labels.shape}"
            )
        bad = np.argwhere(~np.isin(labels, (-1, 0, 1)))
        if bad.size:
            row, column = bad[0]
            raise InvalidExamples(
                "`labels` must be 1 (yes), 0 (no) or -1 (unknown). Received: "
                f"{labels[row, column]} for {self.ids[row]!r}, label {column}"
            )

    def _check_metadata(self) -> None:
        if self.metadata is None:
            return
        if sorted(self.metadata) != sorted(METADATA_FIELDS):
            raise InvalidExamples(
                f"`metadata` must have {sorted(METADATA_FIELDS)}. Received: "
                f"{sorted(self.metadata)}"
            )
        for name, values in self.metadata.items():
            if len(values) != len(self):
                raise InvalidExamples(
                    f"`metadata[{name!r}]` must have {len(self)} rows. Received: "
                    f"{len(values)} rows"
                )
            bad = np.argwhere(~np.isfinite(values))
            if bad.size:
                raise InvalidExamples(
                    f"Video {self.ids[bad[0][0]]!r}: metadata must be finite. "
                    f"Received: {name}={values[bad[0][0]]}"
                )
