"""`Said`: what text or frames say of one video, or why they say nothing."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Said:
    """What one source says of one video."""

    state: str
    """State of this part of the result: `ok`, or why it is not."""
    probabilities: NDArray[np.float64] | None = None
    """Calibrated, of shape `(labels of the source,)`; `None` where it is silent."""
    status: str = "no_category"
    """The status of a result that is left without a category by both."""
    note: str | None = None
    """What a reader of the result should know of this part."""


NO_MODEL: Final = Said(state="no_model")
"""What text says where there is no text model."""


def crashed(video_id: str, error: Exception) -> Said:
    """What is said where a model or its runtime raised an error."""
    return Said(
        state="error",
        status="model_error",
        note=f"{video_id}: {type(error).__name__}: {error}",
    )
