"""How often a teacher is right, by a person's verdicts on a random draw."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from vidcat.training.audits.rows import AuditRow
from vidcat.training.measuring.operating_point import Interval, clopper_pearson


@dataclass(frozen=True, kw_only=True)
class AuditFigures:
    """What the random rows of an audit say about a teacher's decisions."""

    decisions: float
    """Decisions of the teacher that the rows were drawn from."""
    drawn: int
    """Rows that were drawn."""
    answered: int
    """Rows with a yes or a no; one that is unsure or not reviewed has no say."""
    right: int
    """Rows with a yes."""
    precision: float
    """Estimated share of right ones among the decisions; NaN without an answer."""
    precision_interval: Interval
    """Two-sided bounds at 95 % confidence."""

    def to_json(self) -> dict[str, Any]:
        """The figures as a JSON object; `null` where there is no precision."""
        return {
            "decisions": round(self.decisions),
            "drawn": self.drawn,
            "answered": self.answered,
            "right": self.right,
            "precision": None if math.isnan(self.precision) else self.precision,
            "precision_interval": list(self.precision_interval),
        }


@dataclass(frozen=True, kw_only=True)
class AuditPrecision:
    """A teacher's precision, over all categories and for each."""

    overall: AuditFigures
    """Over the categories with an answer; each counts by what the teacher says."""
    categories: dict[str, AuditFigures]
    """By id, in the order of the table."""

    def to_json(self) -> dict[str, Any]:
        """The figures as a JSON object."""
        return {
            "overall": self.overall.to_json(),
            "categories": {
                category_id: figures.to_json()
                for category_id, figures in self.categories.items()
            },
        }


def audit_precision(rows: Iterable[AuditRow]) -> AuditPrecision:
    """Estimates a teacher's precision from the random stratum of a reviewed audit.

    Within a category every decision had the same chance, so its precision is the
    share of right rows. Over all categories these shares are weighted by the numbers
    of decisions; a row without an answer is stood for by the answered ones of its
    category. Rows that were chosen for their disagreement are passed over.

    The interval over all is that of Clopper and Pearson for the number of equally
    weighted rows that would tell as much: the fewer of what unequal weights leave
    (Kish) and of what the variance within categories says (Korn and Graubard). It
    takes the decisions as a sample of more of their kind.

    Args:
        rows: Rows of a reviewed table.

    Returns:
        The estimates.

    Reference:
        Korn and Graubard, 1998, "Confidence intervals for proportions with small
        expected number of positive counts estimated from survey data".
    """
    drawn: defaultdict[str, list[AuditRow]] = defaultdict(list)
    for row in rows:
        if row.stratum == "random":
            drawn[row.category_id].append(row)
    categories = {name: _category(theirs) for name, theirs in drawn.items()}
    return AuditPrecision(
        overall=_overall(list(categories.values())), categories=categories
    )


def _category(rows: list[AuditRow]) -> AuditFigures:
    answered = sum(row.verdict in {"yes", "no"} for row in rows)
    right = sum(row.verdict == "yes" for row in rows)
    return AuditFigures(
        decisions=sum(row.weight for row in rows if row.weight is not None),
        drawn=len(rows),
        answered=answered,
        right=right,
        precision=right / answered if answered else math.nan,
        precision_interval=clopper_pearson(right, answered),
    )


def _overall(categories: list[AuditFigures]) -> AuditFigures:
    told = [one for one in categories if one.answered]
    decisions = sum(one.decisions for one in told)
    precision = math.nan
    interval = clopper_pearson(0, 0)
    if told:
        precision = sum(one.decisions * one.precision for one in told) / decisions
        rows = _effective_rows(told, precision)
        interval = clopper_pearson(precision * rows, rows)
    return AuditFigures(
        decisions=decisions,
        drawn=sum(one.drawn for one in categories),
        answered=sum(one.answered for one in told),
        right=sum(one.right for one in told),
        precision=precision,
        precision_interval=interval,
    )


def _effective_rows(categories: list[AuditFigures], precision: float) -> float:
    """Equally weighted rows whose share of right ones would vary as much."""
    whole = sum(one.decisions for one in categories)
    shares = [(one.decisions / whole) ** 2 / one.answered for one in categories]
    by_weights = 1 / sum(shares)
    variance = sum(
        share * one.precision * (1 - one.precision) * one.answered / (one.answered - 1)
        for share, one in zip(shares, categories, strict=True)
        if one.answered > 1
    )
    if not variance:
        return by_weights
    return min(by_weights, precision * (1 - precision) / variance)
