"""`DriftSettings`: what counts as drift."""

from dataclasses import dataclass
from typing import Final

LOOK_AT: Final = 0.10
"""From here on a population-stability index is worth a look, by convention; see
`DriftSettings.stability_bound`."""


@dataclass(frozen=True, kw_only=True)
class DriftSettings:
    """What counts as drift.

    Raises:
        ValueError: If a value is out of its range.
    """

    false_discovery_rate: float = 0.05
    """Of the changes that raise an alarm, the share that chance alone may have made;
    on a day without drift, the chance of any alarm."""
    least_change: float = 0.10
    """Changes of a share smaller than this part of it (of the rest, where that is
    smaller) raise no alarm, however sure they are."""
    stability_bound: float = 0.25
    """A population-stability index that exceeds its expected value by this much raises
    an alarm. That 0.10 asks for a look and 0.25 for action is a convention of credit
    scoring, not a result: Yurdakul, 2018, "Statistical Properties of Population
    Stability Index"."""

    def __post_init__(self) -> None:
        for name, most in (
            ("false_discovery_rate", 1.0),
            ("least_change", float("inf")),
            ("stability_bound", float("inf")),
        ):
            if not 0 <= (value := getattr(self, name)) <= most:
                raise ValueError(
                    f"`{name}` must be from 0 to {most}. Received: {name}={value}"
                )
