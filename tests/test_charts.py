import re

import pytest
from reported_runs import simulated_run

from vidcat.training.evaluation import evaluate_run
from vidcat.training.measuring.reliability import reliability_before_and_after
from vidcat.training.reporting.charts import Chart, curves_chart, reliability_chart


def points_of(line):
    found = re.findall(r"[ML](-?[\d.]+),(-?[\d.]+)", line.path)
    return [(float(x), float(y)) for x, y in found]


def test_shares_lie_between_the_axes():
    chart = Chart(width=120, height=110, left=20, right=0, top=0, bottom=10)
    # 100 units wide from 20 on, 100 high; SVG counts downwards.
    assert (chart.x(0), chart.x(0.25), chart.x(1)) == (20, 45, 120)
    assert (chart.y(0), chart.y(0.25), chart.y(1)) == (100, 75, 0)
    half = Chart(width=120, height=110, top=0, bottom=10, lowest=0.5)
    assert (half.y(0.5), half.y(0.75), half.y(1)) == (100, 50, 0)
    assert [tick.text for tick in half.rows] == ["50", "60", "70", "80", "90", "100"]


def test_points_without_a_value_are_left_out():
    chart = Chart(lowest=0.4)
    path = chart.path([0.0, 0.1, 0.2, 0.3], [float("nan"), 0.9, 0.1, 0.8])
    assert len(re.findall("[ML]", path)) == 2
    assert path.startswith("M")


def test_the_first_run_is_solid_and_every_other_dashed_in_its_own_way():
    runs = [evaluate_run(simulated_run(name=f"run {at}", seed=at)) for at in range(9)]
    lines = curves_chart(runs).lines
    assert [line.name for line in lines] == [f"run {at}" for at in range(9)]
    assert lines[0].dashes == ""
    ways = {(line.dashes, line.colour) for line in lines}
    assert len(ways) == 9


def test_a_better_run_is_drawn_above_and_its_mark_where_it_stands():
    good, poor = (evaluate_run(simulated_run(signal=signal)) for signal in (2.6, 1.2))
    drawn = curves_chart([good, poor])
    chart, (above, below) = drawn.chart, drawn.lines

    def height(line, x):
        return max(y for at, y in points_of(line) if at <= x)

    middle = chart.x(0.6)
    assert height(above, middle) < height(below, middle)
    (mark,) = above.marks
    point = good.operating_point
    assert (mark.x, mark.y) == (chart.x(point.coverage), chart.y(point.precision))
    assert mark.high < mark.y < mark.low


def test_a_run_that_abstains_has_no_mark():
    run = simulated_run(threshold=2.0)
    (line,) = curves_chart([evaluate_run(run)]).lines
    assert line.marks == ()
    assert points_of(line)


def test_reliability_is_drawn_before_and_after():
    run = simulated_run()
    found = reliability_before_and_after(run)
    drawn = reliability_chart(found)
    assert [line.name for line in drawn.lines] == ["calibrated", "before"]
    after = drawn.lines[0]
    assert len(after.marks) == len(found.after.bins)
    first = found.after.bins[0]
    assert after.marks[0].x == pytest.approx(drawn.chart.x(first.predicted))
    assert after.marks[0].y == pytest.approx(drawn.chart.y(first.observed))
