import json
import math
from dataclasses import replace

import pytest
from reported_runs import simulated_run

from vidcat.training.evaluation import evaluate_run
from vidcat.training.measuring.confusions import confusions
from vidcat.training.measuring.slices import slice_run
from vidcat.training.reporting.compose import compose_report


@pytest.fixture(scope="module")
def runs():
    return [
        simulated_run(provenance={"bundle": "ab" * 32, "part": "test"}),
        simulated_run(name="average pooling", signal=1.8),
    ]


@pytest.fixture(scope="module")
def document(runs):
    sources = [
        simulated_run(name="text", signal=1.5),
        simulated_run(name="union", provenance={"served": True}),
    ]
    known = simulated_run(videos=90, seed=5)
    return compose_report(
        runs, known=known, sources=sources, left_out={"no labels": 3}, examples=2
    )


def test_a_report_holds_what_its_parts_measure(runs, document):
    ours = evaluate_run(runs[0])
    assert document.ours.operating_point == ours.operating_point
    assert document.ours.intervals == ours.intervals
    assert document.confusions == confusions(runs[0])
    assert document.slices[:4] == slice_run(runs[0]).kinds
    assert document.slices[4].by == "channels"
    assert len(document.examples) == 4
    assert [row.figures.id for row in document.categories] == [
        one.id for one in ours.labels
    ]
    assert [run.evaluation.name for run in document.runs] == [
        "NeXtVLAD",
        "average pooling",
    ]
    assert document.served == "union"


def test_how_much_support_a_category_needs_is_told(document):
    found = {one.precision: one.predictions for one in document.support}
    assert (found[1.0], found[0.9], found[0.85]) == (14, 44, 176)


def test_categories_say_whether_they_are_told_by_eye_and_abstain(runs, document):
    labels = runs[0].label_set
    for row in document.categories:
        if row.figures.id in labels:
            assert row.visual == labels.visual[labels.index(row.figures.id)]
        else:
            assert row.visual is None
        assert row.abstains == math.isinf(row.figures.threshold)
    assert [row.figures.id for row in document.categories if row.abstains] == [
        labels.ids[-1]
    ]


def test_the_json_holds_everything_and_no_nan(document):
    text = json.dumps(document.to_json(), allow_nan=False)
    read = json.loads(text)
    assert len(read["runs"]) == len(read["sources"]) == 2
    assert read["runs"][0]["bundle"] == "ab" * 32
    assert {one["by"] for one in read["slices"]} == {
        *("language", "duration", "upload category", "categories", "channels")
    }
    for name in ("calibration", "confusions", "examples", "left_out", "provenance"):
        assert read[name]
    assert read["categories"][0]["precision_interval"]


def test_against_a_models_labels_there_is_no_word_of_precision():
    document = compose_report([simulated_run(truth="pseudo")], examples=0)
    read = document.to_json()
    assert read["target_agreement"] == 0.8
    assert "agreement" in read["slices"][0]["slices"][0]
    keys = json.dumps(read).replace("mean_average_precision", "")
    assert '"precision"' not in keys


def test_runs_of_one_name_are_told_apart(runs):
    document = compose_report([runs[0], runs[0], runs[1]], examples=0)
    assert [run.evaluation.name for run in document.runs] == [
        "NeXtVLAD",
        "NeXtVLAD (2)",
        "average pooling",
    ]


def test_runs_over_other_videos_say_how_many_they_share(runs):
    # v0 to v404, five of them failed, against v0 to v52.
    document = compose_report(
        [runs[0], simulated_run(name="other", videos=50, failed=3)], examples=0
    )
    assert document.runs[1].shared_videos == 53
    strangers = tuple(replace(one, id=f"x{one.id}") for one in runs[1].videos)
    document = compose_report([runs[0], replace(runs[1], videos=strangers)], examples=0)
    # The failed ones are the same.
    assert document.runs[1].shared_videos == 5


def test_runs_that_cannot_be_compared_are_refused(runs):
    other = replace(runs[1], truth="pseudo")
    with pytest.raises(ValueError, match=r"one `truth`.*average pooling: pseudo$"):
        compose_report([runs[0], other], examples=0)
    other = replace(runs[1], target_precision=0.9)
    with pytest.raises(ValueError, match=r"one `target_precision`.*average"):
        compose_report([runs[0]], sources=[other], examples=0)
    with pytest.raises(ValueError, match=r"Received: runs=\[\]"):
        compose_report([], examples=0)
