import math

import pytest
from scipy.stats import beta

from vidcat.training.audits.precision import audit_precision
from vidcat.training.audits.rows import AuditRow

SPORTS, MUSIC = "483", "338"


def rows_of(category_id, weight, *verdicts, stratum="random"):
    return [
        AuditRow(
            id=f"{category_id}-{stratum}-{number}",
            category_id=category_id,
            stratum=stratum,
            weight=weight,
            verdict=verdict,
        )
        for number, verdict in enumerate(verdicts)
    ]


def test_categories_count_by_their_decisions():
    result = audit_precision(
        rows_of(SPORTS, 40.0, "yes", "yes", "yes", "no")
        + rows_of(MUSIC, 5.0, "no", "no", "yes", "no")
    )
    # 160 decisions at 3/4 and 20 at 1/4.
    assert result.overall.precision == pytest.approx((160 * 0.75 + 20 * 0.25) / 180)
    assert result.overall.decisions == 180
    assert result.categories[SPORTS].precision == 0.75
    # scipy.stats.binomtest(3, 4).proportion_ci(): 0.1941 to 0.9937.
    assert result.categories[SPORTS].precision_interval == pytest.approx(
        (0.1941, 0.9937), abs=1e-4
    )


def test_disagreements_have_no_say():
    fair = rows_of(SPORTS, 2.0, "yes", "no")
    chosen = rows_of(SPORTS, None, "no", "no", "no", stratum="disagreement")
    assert audit_precision(fair + chosen) == audit_precision(fair)


def test_answered_rows_stand_for_those_without_an_answer():
    result = audit_precision(
        rows_of(SPORTS, 10.0, "yes", "yes", "unsure", None)
        + rows_of(MUSIC, 5.0, "no", "no")
    )
    # Sports: 40 decisions, both answers right; music: 10, none right.
    assert result.overall.precision == pytest.approx(40 / 50)
    assert result.categories[SPORTS].answered == 2
    assert result.overall.drawn == 6


def test_a_category_without_an_answer_is_not_in_the_overall_figure():
    result = audit_precision(
        rows_of(SPORTS, 10.0, "yes", "yes") + rows_of(MUSIC, 90.0, None, "unsure")
    )
    assert result.overall.precision == 1.0
    assert result.overall.decisions == 20
    assert math.isnan(result.categories[MUSIC].precision)
    assert result.to_json()["categories"][MUSIC]["precision"] is None


def test_equal_weights_give_the_plain_interval():
    result = audit_precision(rows_of(SPORTS, 3.0, *["yes"] * 10))
    # scipy.stats.binomtest(10, 10).proportion_ci(): from 0.6915 on.
    assert result.overall.precision_interval == pytest.approx((0.6915, 1.0), abs=1e-4)


def test_unequal_weights_make_a_wider_interval():
    even = rows_of(SPORTS, 10.0, *["yes"] * 5) + rows_of(MUSIC, 10.0, *["yes"] * 5)
    uneven = rows_of(SPORTS, 19.0, *["yes"] * 5) + rows_of(MUSIC, 1.0, *["yes"] * 5)
    low_even = audit_precision(even).overall.precision_interval.low
    low_uneven = audit_precision(uneven).overall.precision_interval.low
    # By Kish, (5 * 19 + 5)^2 / (5 * 361 + 5) = 5.52 rows: 0.025^(1/5.52) = 0.513.
    assert low_even == pytest.approx(0.6915, abs=1e-4)
    assert low_uneven == pytest.approx(0.5127, abs=1e-3)


def test_much_variance_where_most_decisions_are_makes_a_wider_interval():
    result = audit_precision(
        rows_of(SPORTS, 22.5, "yes", "yes", "no", "no")
        + rows_of(MUSIC, 2.5, "yes", "yes", "yes", "yes")
    ).overall
    # 90 decisions at 1/2, 10 at 1. By the variance within sports alone,
    # 0.9^2 (1/2)(1/2)/3 = 0.0675, there are 0.55 * 0.45 / 0.0675 = 3.667 rows; the
    # weights would leave 1 / (0.9^2 / 4 + 0.1^2 / 4) = 4.88.
    rows = 0.55 * 0.45 / 0.0675
    right, wrong = 0.55 * rows, 0.45 * rows
    assert result.precision == pytest.approx(0.55)
    assert result.precision_interval == pytest.approx(
        (beta.ppf(0.025, right, wrong + 1), beta.ppf(0.975, right + 1, wrong))
    )


def test_nothing_answered_is_no_figure():
    result = audit_precision(rows_of(SPORTS, 2.0, None, None))
    assert math.isnan(result.overall.precision)
    assert result.overall.precision_interval == (0.0, 1.0)
    assert audit_precision([]).categories == {}
