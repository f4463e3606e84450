"""Whether a category may be sold: by rules that are printed on the card."""

from typing import Final, Literal, NamedTuple

from vidcat.inference.video import Truth
from vidcat.training.rate_card.measured import MeasuredCategory

Reason = Literal[
    "shown",
    "against_a_model",
    "not_measured",
    "not_by_itself",
    "below_target",
]
"""Why a category is sellable (`shown`) or not."""

RULE: Final = (
    "A category is sellable where its threshold was shown to hold the target by "
    "itself on the calibration part, against labels by people, and where the test "
    "part does not contradict: it was said there, and the 95 % interval of its "
    "precision does not lie below the target."
)

_BASES: Final = {
    "parent": "it is not said by itself; a category above it is",
    "pooled": "it shares a threshold with other small categories",
    "abstains": "it is said only where a category below it is",
    "own": "",
}


class Sellable(NamedTuple):
    """The answer for one category."""

    yes: bool
    reason: Reason
    text: str
    """The reason for people."""


def sellable(
    measured: MeasuredCategory | None, truth: Truth, target_precision: float
) -> Sellable:
    """Decides whether a category may be sold.

    Args:
        measured: The category on the test part; `None` where the run does not know
            it.
        truth: What the run was measured against.
        target_precision: What is promised.
    """
    if measured is None:
        return Sellable(False, "not_measured", "the measured run does not know it")
    if "pseudo" in {truth, measured.shown_against}:
        text = "its labels were set by a model, so that no precision can be promised"
        return Sellable(False, "against_a_model", text)
    if measured.basis != "own":
        return Sellable(False, "not_by_itself", _BASES[measured.basis])
    if measured.precision is None:
        text = "it was never said on the test part, so that no precision is measured"
        return Sellable(False, "not_measured", text)
    if measured.interval.high < target_precision:
        text = (
            f"measured precision is below {target_precision:.2f}, at "
            f"{measured.interval.high:.2f} at most"
        )
        return Sellable(False, "below_target", text)
    text = (
        f"shown to hold {target_precision:.2f} by itself; the test part does not "
        "contradict"
    )
    return Sellable(True, "shown", text)
