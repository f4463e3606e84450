"""`judge`: may the new run be released? Rules, and which of them are broken."""

from dataclasses import asdict, dataclass
from typing import Any

from vidcat.training.comparing.comparison import Comparison
from vidcat.training.comparing.differences import PairedFigure
from vidcat.training.measuring.json_figures import json_ready
from vidcat.training.measuring.operating_point import Interval

_COVERAGES = {
    "coverage": "coverage",
    "coverage_at_target": "coverage at the target",
}


@dataclass(frozen=True, kw_only=True)
class ReleaseRules:
    """What a new run must not break.

    Raises:
        ValueError: If a limit is out of its range.
    """

    max_category_loss: float | None = None
    """No category with enough support may lose more f1, in `[0, 1]`."""
    no_coverage_loss: bool = False
    """Neither the coverage of the decisions nor that at the target may fall."""
    min_precision: float | None = None
    """The new run's precision may not be below, in `[0, 1]`."""
    strict: bool = False
    """Whether measured figures break a rule although they may be due to chance."""

    def __post_init__(self) -> None:
        for name in ("max_category_loss", "min_precision"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise ValueError(
                    f"`{name}` must be in [0, 1]. Received: {name}={value}"
                )

    @property
    def any_given(self) -> bool:
        """Whether there is a rule at all."""
        limits = (self.max_category_loss, self.min_precision)
        return self.no_coverage_loss or any(one is not None for one in limits)


@dataclass(frozen=True, kw_only=True)
class BrokenRule:
    """A rule that a new run breaks, with the figures that show it."""

    rule: str
    """Name of the field of `ReleaseRules`."""
    figure: str
    """What has fallen: a figure's name, or the id of a category."""
    old: float
    new: float
    limit: float
    """What the rule allows."""
    interval: Interval
    """95 % interval of the difference, or of the new precision for `min_precision`."""
    text: str
    """One line for people."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a new run keeps all rules."""

    rules: ReleaseRules
    broken: tuple[BrokenRule, ...]

    @property
    def kept(self) -> bool:
        """Whether no rule is broken."""
        return not self.broken

    def to_json(self) -> dict[str, Any]:
        """The verdict as a JSON object."""
        broken = [json_ready(asdict(one)) for one in self.broken]
        return {"kept": self.kept, "rules": asdict(self.rules), "broken": broken}


def judge(comparison: Comparison, rules: ReleaseRules) -> Verdict:
    """Decides whether a comparison keeps rules.

    Unless `rules.strict`, chance breaks nothing: a difference counts where its 95 %
    interval excludes none. For categories it is the interval that holds for all of
    them together.

    Args:
        comparison: Of the old and the new run.
        rules: What must hold.

    Returns:
        The verdict, with a reason for each rule that is broken.
    """
    broken: list[BrokenRule] = []
    if rules.min_precision is not None:
        broken += _precision_too_low(comparison, rules.min_precision, rules.strict)
    if rules.no_coverage_loss:
        broken += _coverage_losses(comparison, rules.strict)
    if rules.max_category_loss is not None:
        broken += _category_losses(comparison, rules.max_category_loss, rules.strict)
    return Verdict(rules=rules, broken=tuple(broken))


def _precision_too_low(
    comparison: Comparison, limit: float, strict: bool
) -> list[BrokenRule]:
    figure = comparison.figures["precision"]
    # Where nothing is chosen there is no precision, and coverage tells.
    if not (figure.new if strict else figure.new_interval.high) < limit:
        return []
    low, high = figure.new_interval
    text = (
        f"{comparison.precision_name} is {figure.new:.3f} (95 % interval {low:.3f} to "
        f"{high:.3f}) and must be {limit:g}"
    )
    return [
        _broken(
            "min_precision",
            "precision",
            figure,
            limit=limit,
            interval=(low, high),
            text=text,
        )
    ]


def _coverage_losses(comparison: Comparison, strict: bool) -> list[BrokenRule]:
    broken = []
    for name, words in _COVERAGES.items():
        figure = comparison.figures[name]
        if (figure.difference if strict else figure.interval.high) < 0:
            text = f"{words} falls {_fall(figure, figure.interval)}"
            broken.append(
                _broken(
                    "no_coverage_loss",
                    name,
                    figure,
                    limit=0.0,
                    interval=figure.interval,
                    text=text,
                )
            )
    return broken


def _category_losses(
    comparison: Comparison, limit: float, strict: bool
) -> list[BrokenRule]:
    broken = []
    for one in sorted(comparison.categories, key=lambda category: -category.loss):
        if one.together is None or not one.loss > limit:
            continue
        if strict or one.together.high < 0:
            text = (
                f"f1 of {one.id} ({' > '.join(one.path)}) falls "
                f"{_fall(one.f1, one.together)}, more than {limit:g}"
            )
            broken.append(
                _broken(
                    "max_category_loss",
                    one.id,
                    one.f1,
                    limit=limit,
                    interval=one.together,
                    text=text,
                )
            )
    return broken


def _fall(figure: PairedFigure, interval: tuple[float, float]) -> str:
    low, high = interval
    return (
        f"from {figure.old:.3f} to {figure.new:.3f} ({figure.difference:+.3f}, 95 % "
        f"interval {low:+.3f} to {high:+.3f})"
    )


def _broken(
    rule: str,
    name: str,
    figure: PairedFigure,
    *,
    limit: float,
    interval: tuple[float, float],
    text: str,
) -> BrokenRule:
    return BrokenRule(
        rule=rule,
        figure=name,
        old=figure.old,
        new=figure.new,
        limit=limit,
        interval=Interval(*interval),
        text=text,
    )
