"""`vidcat evaluate --report` and `vidcat report`, on text and frames together."""

import json
from types import SimpleNamespace

import pytest
from test_merge_assessment import catalog  # noqa: F401

from vidcat.training.measuring.assessment import assess_bundle
from vidcat.training.measuring.measured_run import MeasuredRun


@pytest.fixture(scope="module")
def evaluated(catalog, run, tmp_path_factory):  # noqa: F811
    folder = tmp_path_factory.mktemp("evaluated")
    done = run(
        *("evaluate", catalog.path, "--bundle", catalog.folder, "--features"),
        *(catalog.features, "--out", folder / "report"),
        *("--report", folder / "page" / "out.html", "--examples", "2"),
    )
    assert done.exit_code == 0, done.output
    return SimpleNamespace(
        folder=folder,
        runs=folder / "report" / "runs",
        stderr=done.stderr,
        html=(folder / "page" / "out.html").read_text(encoding="utf-8"),
        json=json.loads((folder / "page" / "out.json").read_text()),
    )


def test_the_report_shows_what_the_library_measures(catalog, evaluated):  # noqa: F811
    assessment = assess_bundle(catalog.folder, catalog.rows, catalog.store)
    (ours,) = assessment.new_channels
    written = evaluated.json["runs"][0]
    assert written["operating_point"] == json.loads(
        json.dumps(ours.to_json()["operating_point"])
    )
    assert evaluated.json["left_out"] == dict(assessment.left_out)
    assert f"{100 * ours.operating_point.coverage:.1f}\u00a0%" in evaluated.html
    assert "out.html; the same as JSON" in evaluated.stderr
    point = ours.operating_point
    wrong = min(2, point.chosen - point.correct)
    assert [one["right"] for one in evaluated.json["examples"]] == [
        *([True] * 2 + [False] * wrong)
    ]


def test_text_frames_and_both_have_their_section(evaluated):
    names = [one["name"] for one in evaluated.json["sources"]]
    assert names == ["text", "visual", "union"]
    assert evaluated.json["served"] == "union"
    assert "Text, frames, and both together" in evaluated.html


def test_runs_are_kept_and_say_what_was_measured(catalog, evaluated):  # noqa: F811
    kept = MeasuredRun.load(evaluated.runs / "nextvlad")
    assert len(kept.videos) + len(kept.failed) == len(catalog.measured)
    assert kept.provenance["part"] == "test"
    assert kept.provenance["space"]["encoder"]
    assert len(kept.provenance["bundle"]) == 64
    assert sorted(one.name for one in evaluated.runs.iterdir()) == [
        *("nextvlad", "text", "union", "visual")
    ]


def test_the_same_page_is_made_of_the_runs_alone(evaluated, run, tmp_path):
    names = ("text", "visual", "nextvlad", "union")
    folders = [evaluated.runs / name for name in names]
    out = tmp_path / "again.html"
    done = run("report", *folders, "--out", out, "--examples", "2")
    assert done.exit_code == 0, done.output
    again = json.loads(out.with_suffix(".json").read_text())
    passing = {"made", "left_out"}
    assert {key: one for key, one in again.items() if key not in passing} == {
        key: one for key, one in evaluated.json.items() if key not in passing
    }


def test_earlier_runs_are_laid_beside(catalog, evaluated, run, tmp_path):  # noqa: F811
    out = tmp_path / "out.html"
    earlier = ("--beside", evaluated.runs / "nextvlad")
    done = run(
        *("evaluate", catalog.path, "--bundle", catalog.folder, "--features"),
        *(catalog.features, "--out", tmp_path, "--report", out, "--examples", "0"),
        *earlier,
    )
    assert done.exit_code == 0, done.output
    written = json.loads(out.with_suffix(".json").read_text())
    assert [one["name"] for one in written["runs"]] == ["NeXtVLAD", "NeXtVLAD (2)"]
    assert written["examples"] == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--beside", "nowhere"), "are for --report"),
        (("--report", "a.html", "--beside", "nowhere"), "no measured run is here"),
        (("--report", "a.json"), "must be an HTML file"),
    ],
)
def test_what_is_wrong_is_told_before_the_work(run, options, message, tmp_path):
    where = ("--bundle", tmp_path, "--features", tmp_path)
    done = run("evaluate", tmp_path / "missing.jsonl", *where, *options)
    assert done.exit_code in {1, 2}
    assert message in done.stderr + str(done.exception)
