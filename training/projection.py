"""Fits the projection that `vidcat.inference.projection` applies."""

from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.projection import Projection

ProjectionKind = Literal["pca", "none"]

MAX_WIDTH: Final = 1024
"""Most values that a frame has afterwards, as many as in YouTube-8M."""

FRAMES_PER_VALUE: Final = 10
"""Frames that each value of the projection must rest on."""

_EIGENVALUE_FLOOR: Final = 1e-6


def fit_projection(
    frames: NDArray[np.float32], kind: ProjectionKind = "pca"
) -> Projection:
    """Fits principal components and their variances, or the variances alone.

    The width of `pca` is the least of `MAX_WIDTH`, a tenth of the frames, and the
    rank of their covariance. Variances below a millionth of the largest count as
    that: whitening would blow up what is noise.

    Args:
        frames: Values of an encoder, of shape `(N, D)`, N at least 2; only frames
            of the training part, or the measurement is not honest.
        kind: `pca` turns, cuts and whitens; `none` only brings each value to mean
            0 and variance 1. Defaults to `pca`.

    Returns:
        The projection; the same frames in the same order give the same.

    Raises:
        ValueError: If there are too few frames, they are all the same, or `kind`
            is unknown.
    """
    if kind not in get_args(ProjectionKind):
        raise ValueError(
            f"`kind` must be one of {list(get_args(ProjectionKind))}. "
            f"Received: kind={kind!r}"
        )
    if frames.ndim != len(("N", "D")) or len(frames) < len(("one", "another")):
        raise ValueError(
            f"`frames` must have the shape (2 or more, D). Received: {frames.shape}"
        )
    if (frames == frames[0]).all():
        raise ValueError(
            f"`frames` must not be all the same. Received: {len(frames)} equal frames"
        )
    return _fit_pca(frames) if kind == "pca" else _fit_standardisation(frames)


def _fit_pca(frames: NDArray[np.float32]) -> Projection:
    from sklearn.decomposition import PCA

    # Of more frames than values the covariance is the smaller matrix.
    solver = "covariance_eigh" if len(frames) > frames.shape[1] else "full"
    pca = PCA(svd_solver=solver).fit(frames.astype(np.float64))
    variances = np.asarray(pca.explained_variance_)
    # Of what float32 cannot tell from nothing, in squares as variances are.
    noise = variances[0] * (max(frames.shape) * np.finfo(np.float32).eps) ** 2
    rank = int((variances > noise).sum())
    width = max(1, min(MAX_WIDTH, len(frames) // FRAMES_PER_VALUE, rank))
    eigenvalues = np.maximum(variances[:width], variances[0] * _EIGENVALUE_FLOOR)
    return Projection(
        mean=pca.mean_.astype(np.float32),
        components=pca.components_[:width].astype(np.float32),
        scale=(1 / np.sqrt(eigenvalues)).astype(np.float32),
        eigenvalues=eigenvalues.astype(np.float32),
    )


def _fit_standardisation(frames: NDArray[np.float32]) -> Projection:
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(frames.astype(np.float64))
    variances = np.asarray(scaler.var_)
    eigenvalues = np.maximum(variances, variances.max() * _EIGENVALUE_FLOOR)
    return Projection(
        mean=scaler.mean_.astype(np.float32),
        components=np.zeros((0, frames.shape[1]), np.float32),
        scale=(1 / np.sqrt(eigenvalues)).astype(np.float32),
        eigenvalues=eigenvalues.astype(np.float32),
    )
