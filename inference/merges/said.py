"""`Said`: what text or frames say of one video, or why they say nothing."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Said:
    """What one source says of one video.

    Raises:
        ValueError: If a probability is not one.
    """

    state: str
    """State of this part of the result: `ok`, or why it is not."""
    probabilities: NDArray[Any] | None = None
    """Calibrated, of shape `(labels of the source,)`, kept as float32; `None` where it
    is silent."""
    status: str = "no_category"
    """The status of a result that is left without a category by both."""
    note: str | None = None
    """What a reader of the result should know of this part."""
    language: str | None = None
    """Primary subtag of the language that a text was read in; `None` where it is not
    known, and for frames."""

    def __post_init__(self) -> None:
        if self.probabilities is None:
            return
        # As they are stored beside results: what is decided anew from a file must see
        # the very numbers that the first decision saw.
        rounded = np.asarray(self.probabilities, np.float32)
        bad = np.flatnonzero(~((rounded >= 0) & (rounded <= 1)))
        if bad.size:
            raise ValueError(
                "`probabilities` must be from 0 to 1. Received: "
                f"probabilities[{bad[0]}]={rounded[bad[0]]}"
            )
        object.__setattr__(self, "probabilities", rounded)


NO_MODEL: Final = Said(state="no_model")
"""What text says where there is no text model."""


def crashed(video_id: str, error: Exception) -> Said:
    """What is said where a model or its runtime raised an error."""
    return Said(
        state="error",
        status="model_error",
        note=f"{video_id}: {type(error).__name__}: {error}",
    )
