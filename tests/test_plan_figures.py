"""What is printed of a plan."""

import json
import re

import pytest
from planned_catalogs import machine, sample_of, sampled, work

from vidcat.commands.printing.plan_figures import print_comparison, print_plan
from vidcat.inference.backfill.planning.comparison import Compared
from vidcat.inference.backfill.planning.estimates import Estimate
from vidcat.inference.backfill.planning.plan import make_plan
from vidcat.inference.backfill.planning.rates import Rates
from vidcat.inference.backfill.planning.survey import survey_catalog
from vidcat.inference.sampling import Sampling
from vidcat.inference.video import Video


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")


def made_plan(**fields):
    survey = survey_catalog([Video(id="a", path="a")], Sampling(), draw=1)
    broken = sampled("b", 0.0, failure="not_found")
    rates = Rates(
        currency="EUR",
        as_of="[red]spring[/red]",
        machines=(
            machine("cpus"),
            machine("[b]gpu[/b]", accelerators=1, frames_per_second=100),
            machine("strange", accelerators=1),
        ),
        storage_gib_month=0.5,
    )
    return make_plan(
        survey,
        sample_of(sampled("a", 100.0), broken),
        work(**fields),
        rates=rates,
        within_hours=40.0,
    )


def rows(text):
    """The first line that begins with each name."""
    found = {}
    for line in text.splitlines():
        found.setdefault(re.split(" {2,}| decoding on", line)[0], line)
    return found


def test_people_read_work_workers_and_prices(capsys):
    feature_bytes = Estimate(value=3.0 * (1 << 30))
    decode = Estimate(value=1000.0, margin=float("inf"))
    print_plan(
        made_plan(feature_bytes=feature_bytes, decode_cpu_hours=decode), as_json=False
    )
    shown = capsys.readouterr().out
    table = rows(shown)
    assert "Measured: 2 in 60 s (1 not_found); start 36 s" in shown
    assert table["decoding, core-hours"].split()[-4:] == ["1,000", "0", "to", "?"]
    assert "3.0 GiB" in table["features, if they are kept"]
    # 1600 core-hours on 8 cores in 40 h; 1200 beside a GPU that needs 10 h in 150 h.
    assert table["cpus"].split()[1] == "5"
    assert table["[b]gpu[/b]"].split()[1] == "4"
    assert "7%" in table["[b]gpu[/b]"]
    assert "120 of 8" in table["[b]gpu[/b]"]
    lines = shown.splitlines()
    split = lines[lines.index(table["GPU machine"]) + 1].split()
    # 1000 core-hours on 8 cores; 200 beside a GPU, on 8 cores 25 h.
    assert split[:5] == ["[b]gpu[/b]", "4", "1", "1.0", "GiB"]
    assert "Not planned: strange: how many frames" in shown
    assert "features, a month 1.5 EUR" in shown
    assert "Prices: [red]spring[/red]." in shown


def test_programs_get_the_plan_itself(capsys):
    plan = made_plan()
    print_plan(plan, as_json=True)
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(plan.to_json()))


def test_planned_and_measured_stand_side_by_side(capsys):
    compared = [
        Compared(
            name="core-hours",
            planned=Estimate(value=200.0, margin=20.0),
            measured=230.0,
        ),
        Compared(name="broken videos", planned=Estimate(value=0.0), measured=1.0),
    ]
    print_comparison(compared)
    table = rows(capsys.readouterr().out)
    assert table["core-hours"].split()[1:] == [
        *("200", "180", "to", "220", "230", "115%", "no")
    ]
    assert table["broken videos"].split()[-2:] == ["-", "no"]
