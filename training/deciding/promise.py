"""`Promise`: what thresholds are to hold, and how surely."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Per = Literal["category", "all"]


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What thresholds are to be shown to hold.

    Raises:
        ValueError: If a field is out of its range.
    """

    target_precision: float = 0.80
    """Least share of what is said that is right, above 0 and at most 1."""
    assurance: float = 0.95
    """How often such promises are kept, in `(0, 1)`."""
    per: Per = "category"
    """`category`: each by itself has its threshold and holds the target. `all`: one
    threshold, at which all categories together hold it."""

    def __post_init__(self) -> None:
        if not 0 < self.target_precision <= 1:
            raise ValueError(
                "`target_precision` must be above 0 and at most 1. "
                f"Received: target_precision={self.target_precision}"
            )
        if not 0 < self.assurance < 1:
            raise ValueError(
                "`assurance` must be above 0 and below 1. "
                f"Received: assurance={self.assurance}"
            )
        if self.per not in get_args(Per):
            raise ValueError(
                f"`per` must be one of {list(get_args(Per))}. "
                f"Received: per={self.per!r}"
            )

    def to_json(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        return asdict(self)
