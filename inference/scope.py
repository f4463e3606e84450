"""The durations that a visual model is trained and measured on."""

import math
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Videos of `[min_seconds, max_seconds]`; both ends are inside.

    Raises:
        ValueError: If the bounds are negative, not finite or the wrong way round.

    >>> Scope().reason_against(90.0) is None
    True
    >>> Scope().reason_against(12.0)
    'duration 12.0 s is outside the scope of 60 to 600 s'
    """

    min_seconds: float = 60.0
    """Shortest duration, in seconds."""
    max_seconds: float = 600.0
    """Longest duration, in seconds."""

    def __post_init__(self) -> None:
        # Not-a-number is within no bounds; infinity is no number in JSON.
        if not 0 <= self.min_seconds <= self.max_seconds < math.inf:
            raise ValueError(
                "`min_seconds` must be from 0 to `max_seconds`, which must be finite: "
                "for no bound, give a large number. Received: "
                f"min_seconds={self.min_seconds}, max_seconds={self.max_seconds}"
            )

    def reason_against(self, duration_seconds: float | None) -> str | None:
        """Why a video of this duration is out of scope; `None` if it is not.

        A video of unknown duration is in scope: nothing speaks against it.
        """
        if duration_seconds is None:
            return None
        if self.min_seconds <= duration_seconds <= self.max_seconds:
            return None
        return (
            f"duration {duration_seconds:.1f} s is outside the scope of "
            f"{self.min_seconds:g} to {self.max_seconds:g} s"
        )

    def to_json(self) -> dict[str, Any]:
        """The bounds as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Scope":
        """The inverse of `to_json`."""
        return cls(**values)
