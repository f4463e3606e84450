"""The result of one of the things that `vidcat doctor` looks at."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["ok", "warning", "failure"]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    """What it is."""
    status: Status
    """`warning` where most things work all the same."""
    found: str
    """What was seen."""
    remedy: str | None = None
    """What to do about it; `None` if `status` is `ok`."""

    def to_json(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)
