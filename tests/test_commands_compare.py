"""`vidcat compare`: figures on stdout, reasons on stderr, a status for a script."""

import json

import numpy as np
import pytest
from measured_runs import make_run

VIDEOS = 60


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Runs of which the second finds fewer of Food and Drink, by a fifth."""
    folder = tmp_path_factory.mktemp("runs")
    truth = np.tile([1, 0, 0], (VIDEOS, 1))
    worse = truth * 0.9
    worse[:12, 0] = 0.1
    for name, scores in (("good", truth * 0.9), ("worse", worse)):
        make_run(truth, scores, name=f"[{name}]").save(folder / name)
    make_run(truth, worse, truth="pseudo").save(folder / "pseudo")
    return folder


def test_figures_are_printed(run, folders):
    result = run("compare", folders / "good", folders / "worse")
    assert result.exit_code == 0
    printed = " ".join(result.stdout.split())
    assert "60 common videos of 60 owners, gold truth, target precision 0.80" in printed
    assert " coverage 1.000 0.800 -0.200 -0." in printed
    assert "Food & Drink 60 1.00 > 1.00 1.00 > 0.80 -0.11 -0.17 to -0.05" in printed
    assert "Old: [good]. New: [worse]." in printed
    assert "Not judged: 2 of 3 categories" in result.stderr
    assert "rules" not in result.stderr


def test_rules_that_hold_end_in_status_0(run, folders):
    result = run(
        *("compare", folders / "worse", folders / "good"),
        *("--max-category-loss", "0.05", "--no-coverage-loss"),
    )
    assert result.exit_code == 0
    assert "All rules are kept." in result.stderr


def test_a_broken_rule_ends_in_status_1_and_says_why(run, folders):
    result = run(
        *("compare", folders / "good", folders / "worse"),
        *("--max-category-loss", "0.05", "--no-coverage-loss", "--json"),
    )
    assert result.exit_code == 1
    verdict = json.loads(result.stdout)["verdict"]
    assert not verdict["kept"]
    assert [one["figure"] for one in verdict["broken"]] == [
        "coverage",
        "210",
    ]
    lines = [one for one in result.stderr.splitlines() if one.startswith("Broken: ")]
    assert len(lines) == 2
    assert lines[0].startswith("Broken: coverage falls from 1.000 to 0.800 (-0.200, ")
    assert "All rules" not in result.stderr


def test_wrong_usage_ends_in_status_2(run, folders):
    result = run(
        *("compare", folders / "good", folders / "worse"),
        *("--max-category-loss", "5"),
    )
    assert result.exit_code == 2


def test_what_cannot_be_compared_is_no_pass(run, folders):
    result = run("compare", folders / "good", folders / "pseudo")
    assert result.exit_code == 1
    assert "must have one `truth`" in str(result.exception)


def test_the_same_draws_give_the_same_figures(run, folders):
    words = ("compare", folders / "good", folders / "worse", "--json")
    words = (*words, "--draws", "150", "--seed")
    first, second, other = (run(*words, seed).stdout for seed in (1, 1, 2))
    assert first == second != other
