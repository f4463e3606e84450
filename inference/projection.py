"""`Projection`: from an encoder's values to the values that are stored."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Literal
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.files.whole_files import replacing

_ARRAYS: Final = ("mean", "components", "scale", "eigenvalues")


class InvalidProjection(ValueError):
    """A file holds no projection, or one whose checksum does not fit."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Projection:
    """`(values - mean) @ components.T * scale`, fitted in training, applied here.

    Raises:
        ValueError: If the arrays do not fit each other.
    """

    mean: NDArray[np.float32]
    """Of shape `(D,)`: the mean of the frames it was fitted on."""
    components: NDArray[np.float32]
    """Of shape `(W, D)`: principal directions; `(0, D)` where nothing is turned
    and W is D."""
    scale: NDArray[np.float32]
    """Of shape `(W,)`: brings each direction to variance 1."""
    eigenvalues: NDArray[np.float32]
    """Of shape `(W,)`: variance along each direction, before whitening."""

    def __post_init__(self) -> None:
        for name in _ARRAYS:
            values = np.ascontiguousarray(getattr(self, name), np.float32)
            object.__setattr__(self, name, values)
        turned = len(self.components)
        width = turned if turned else len(self.mean)
        shapes = [getattr(self, name).shape for name in _ARRAYS]
        expected = [(len(self.mean),), (turned, len(self.mean)), (width,), (width,)]
        if shapes != expected:
            raise ValueError(
                "`mean`, `components`, `scale` and `eigenvalues` must have the shapes "
                f"(D,), (W, D), (W,), (W,). Received: shapes={shapes}"
            )

    @classmethod
    def identity(cls, width: int) -> "Projection":
        """The projection that changes nothing, for values of that width."""
        ones = np.ones(width, np.float32)
        return cls(
            mean=np.zeros(width, np.float32),
            components=np.zeros((0, width), np.float32),
            scale=ones,
            eigenvalues=ones,
        )

    @property
    def kind(self) -> Literal["pca", "none", "identity"]:
        """`pca`; `none` where values are only standardised; `identity`."""
        if len(self.components):
            return "pca"
        unchanged = not self.mean.any() and (self.scale == 1).all()
        return "identity" if unchanged else "none"

    @property
    def input_width(self) -> int:
        """Values that a frame has before, D."""
        return len(self.mean)

    @property
    def width(self) -> int:
        """Values that a frame has afterwards, W."""
        return len(self.scale)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 over the shapes and little-endian bytes of the four arrays."""
        total = hashlib.sha256()
        for name in _ARRAYS:
            values = getattr(self, name)
            total.update(f"{name}{values.shape}".encode())
            total.update(values.astype("<f4").tobytes())
        return total.hexdigest()

    def apply(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Projects frames.

        Args:
            values: Float array of shape `(N, D)`.

        Returns:
            Float array of shape `(N, W)`; once quantised, a row is the same bytes
            alone and among others.

        Raises:
            ValueError: If the rows have another width than D.
        """
        if values.ndim != len(("N", "D")) or values.shape[1] != self.input_width:
            raise ValueError(
                f"`values` must have the shape (N, {self.input_width}). "
                f"Received: shape={values.shape}"
            )
        # A matrix product adds up in an order that depends on its size. In float64
        # that changes nothing that float32, let alone eight bits, can tell apart.
        turned = values.astype(np.float64) - self.mean
        if len(self.components):
            turned = turned @ self._wide_components
        return (turned * self.scale).astype(np.float32)

    @cached_property
    def _wide_components(self) -> NDArray[np.float64]:
        return self.components.T.astype(np.float64)

    def save(self, path: Path) -> None:
        """Writes the arrays as `.npz`, without pickle, in one step."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        with replacing(path) as file:
            np.savez(file, **arrays, sha256=np.array(self.sha256))

    @classmethod
    def load(cls, path: Path) -> "Projection":
        """Reads what `save` wrote.

        Raises:
            FileNotFoundError: If there is no such file.
            InvalidProjection: If it holds no projection or a changed one.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                projection = cls(**{name: file[name] for name in _ARRAYS})
                recorded = str(file["sha256"])
        except (BadZipFile, EOFError, KeyError, TypeError, ValueError) as error:
            raise InvalidProjection(f"{path}: holds no projection ({error})") from error
        if recorded != projection.sha256:
            raise InvalidProjection(
                f"{path}: its arrays do not fit its checksum {recorded}"
            )
        return projection
