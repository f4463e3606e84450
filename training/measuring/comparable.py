"""Whether the figures of runs may stand side by side."""

from collections.abc import Sequence
from typing import Protocol

from vidcat.inference.video import Truth


class HasTarget(Protocol):
    """A run, or the evaluation of one."""

    @property
    def name(self) -> str:
        """The run's name."""

    @property
    def truth(self) -> Truth:
        """What it is measured against."""

    @property
    def target_precision(self) -> float:
        """What its thresholds were fitted for."""


def require_comparable(runs: Sequence[HasTarget]) -> None:
    """Refuses runs whose figures mean different things.

    Args:
        runs: The runs that are to be shown together.

    Raises:
        ValueError: If there is none, or they differ in truth or target.
    """
    if not runs:
        raise ValueError("`runs` must hold at least one run. Received: runs=[]")
    for field in ("truth", "target_precision"):
        if len(found := sorted({str(getattr(run, field)) for run in runs})) > 1:
            named = ", ".join(f"{run.name}: {getattr(run, field)}" for run in runs)
            raise ValueError(
                f"Runs must share one `{field}` to be compared; report those of "
                f"{found[0]} and of {found[1]} apart. Received: {named}"
            )
