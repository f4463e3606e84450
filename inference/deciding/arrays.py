"""Checks that arrays and fitted values have one value for each label."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating]
BoolArray = npt.NDArray[np.bool_]


def same_length(**fields: Sequence[object]) -> None:
    """Refuses fields that differ in length.

    Raises:
        ValueError: If they do.
    """
    lengths = {name: len(values) for name, values in fields.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(
            f"{', '.join(f'`{name}`' for name in fields)} must have one value for "
            f"each label. Received: lengths {lengths}"
        )


def check_width(name: str, values: FloatArray, labels: int) -> None:
    """Refuses an array that has not one column for each label.

    Raises:
        ValueError: If it has not.
    """
    if values.ndim != 2 or values.shape[1] != labels:
        raise ValueError(
            f"`{name}` must have the shape (videos, {labels}). "
            f"Received: {name} of shape {values.shape}"
        )
