"""`vidcat monitor`, on results that are made up and on canaries of a real bundle."""

import json
import shutil

import numpy as np
import pytest
from monitored_results import (
    SPORTS,
    TENNIS,
    drawn_results,
    result,
    write_results,
    write_vectors,
)

from vidcat.inference.catalog import read_catalog
from vidcat.inference.catalogs.writer import write_catalog
from vidcat.inference.video import Video


@pytest.fixture
def days(tmp_path):
    """Results of a baseline, of a day like it, and of one that differs."""
    rates = {TENNIS: 0.2, SPORTS: 0.4}
    made = {
        "baseline": drawn_results(rates, 600, 1, name="a"),
        "quiet": drawn_results(rates, 600, 2, name="b"),
        "loud": drawn_results(rates | {SPORTS: 0.1}, 600, 3, name="c"),
    }
    return {
        name: write_results(tmp_path / f"{name}.jsonl", rows)
        for name, rows in made.items()
    }


def test_a_quiet_day_is_told_in_a_line_and_a_table(days, run):
    done = run("monitor", days["baseline"], days["quiet"], "--fail-on-drift")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("No drift found. 600 videos in the baseline, 600 ")
    words = " ".join(done.stdout.split())
    assert "Sports > Tennis" in words
    assert "Population-stability index of scores" in words
    assert "Note: Owners are not known" in words


def test_drift_is_an_alarm_and_a_failure_only_where_that_is_asked(days, run, tmp_path):
    out = tmp_path / "drift"
    words = ("monitor", days["baseline"], days["loud"])
    done = run(*words, "--out", out, "--json")
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)
    assert ("category", SPORTS) in {
        (one["kind"], one["id"]) for one in figures["alarms"]
    }
    assert json.loads((out / "drift.json").read_text()) == figures
    assert figures["alarms"][0]["text"] in (out / "drift.html").read_text()
    assert done.stderr.endswith(f"Page: {out / 'drift.html'}.\n")
    failed = run(*words, "--fail-on-drift")
    assert failed.exit_code == 1
    assert failed.stdout.startswith(f"Drift: {len(figures['alarms'])} alarms.")
    # Nothing is large enough any more.
    bounds = ("--least-change", "9", "--stability-bound", "9")
    assert run(*words, "--fail-on-drift", *bounds).exit_code == 0


def test_catalogs_tell_owners_and_languages(days, run, tmp_path):
    for name in ("baseline", "loud"):
        ids = [json.loads(line)["id"] for line in days[name].read_text().splitlines()]
        rows = [
            Video(id=one, owner=f"{name}-{n % 3}", language="en")
            for n, one in enumerate(ids)
        ]
        write_catalog(rows, tmp_path / f"catalog-{name}.jsonl")
    done = run(
        *("monitor", days["baseline"], days["loud"], "--json"),
        *("--catalog", tmp_path / "catalog-baseline.jsonl"),
        *("--catalog", tmp_path / "catalog-loud.jsonl"),
    )
    figures = json.loads(done.stdout)
    # Six owners of 200 videos each: nobody can tell.
    assert figures["alarms"] == []
    assert figures["categories"][0]["today"]["effective_videos"] == pytest.approx(3)
    kinds = {(one["kind"], one["id"]) for one in figures["others"]}
    assert ("language", "en") in kinds


def test_score_vectors_may_lie_elsewhere(days, run, tmp_path):
    rng = np.random.default_rng(0)
    before = write_vectors(tmp_path / "a.parquet", rng.beta(1, 3, (300, 2)))
    now = write_vectors(tmp_path / "b.parquet", rng.beta(3, 1, (300, 2)))
    words = ("monitor", days["baseline"], days["quiet"], "--json")
    done = run(*words, "--scores", before, now)
    figures = json.loads(done.stdout)
    assert {one["source"] for one in figures["scores"]} == {"text"}
    assert {one["kind"] for one in figures["alarms"]} == {"scores"}
    # Without them the scores of what was said are compared.
    alone = json.loads(run(*words).stdout)
    assert {one["source"] for one in alone["scores"]} == {"results"}


def test_hostile_ids_are_printed_as_they_are(run, tmp_path):
    name = "[bold]x[/] [link=http://example.com]"
    path = write_results(tmp_path / "a.jsonl", [result("a", {name: 0.5})])
    done = run("monitor", path, path)
    assert done.exit_code == 0, done.output
    assert "[bold]x[/]" in done.stdout


def test_a_damaged_line_and_an_empty_day_are_told(days, run, tmp_path):
    (tmp_path / "bad.jsonl").write_text("{}\n")
    done = run("monitor", days["baseline"], tmp_path / "bad.jsonl")
    assert done.exit_code == 1
    assert "bad.jsonl, line 1: each line must be a result" in str(done.exception)
    (tmp_path / "empty.jsonl").write_text("")
    done = run("monitor", days["baseline"], tmp_path / "empty.jsonl")
    assert done.exit_code == 1
    assert "must hold the result of one video" in str(done.exception)


def test_canaries_without_a_bundle_are_wrong_usage(days, run, tmp_path):
    done = run("monitor", days["quiet"], days["quiet"], "--canaries", tmp_path)
    assert done.exit_code == 2
    assert "--canaries needs --bundle" in done.stderr


def test_canaries_of_a_trained_bundle(main_job, days, run, tmp_path):
    clips = read_catalog(main_job.new_clips)[:2]
    # Copies, since one of them will be broken.
    rows = []
    for clip in clips:
        path = shutil.copy(clip.path, tmp_path)
        rows.append(Video(id=clip.id, path=str(path)))
    write_catalog(rows, tmp_path / "canaries.jsonl")
    kept = tmp_path / "kept.jsonl"
    words = (
        *("monitor", days["baseline"], days["quiet"], "--fail-on-drift"),
        *("--canaries", tmp_path / "canaries.jsonl", "--bundle", main_job.bundle),
        *("--canary-file", kept),
    )
    first = run(*words)
    assert first.exit_code == 0, first.output
    assert f"were kept in {kept};" in first.stdout
    again = run(*words)
    assert again.exit_code == 0, again.output
    first_line = kept.read_text().splitlines()[0]
    changed = json.loads(first_line)
    changed["status"] = "timeout"
    kept.write_text(kept.read_text().replace(first_line, json.dumps(changed)))
    broken = run(*words)
    assert broken.exit_code == 1
    text = " ".join(broken.stdout.split())
    assert f"Canary {clips[0].id}: its status is" in text
