"""`vidcat pseudo-label` and `vidcat audit`, on a catalog whose titles tell all."""

import csv
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from feature_stores import HEADER, WIDTH, make_features
from small_bundles import write_bundle

from vidcat.inference.catalog import read_catalog
from vidcat.inference.catalogs.writer import write_catalog
from vidcat.inference.decisions import Calibrator
from vidcat.inference.feature_store.writer import FeatureWriter
from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet

# Sports > Tennis and Entertainment > Music: two subjects that no word shares.
SPORTS, TENNIS, MUSIC, ENTERTAINMENT = "483", "539", "338", "JLBCU7"
WORDS = {
    TENNIS: "tennis racket serve baseline volley",
    MUSIC: "song guitar concert singer chorus",
}


def rows_of(kind, count, **fields):
    """Rows of either subject in turn, with all or most of its words."""
    for number in range(count):
        label = (TENNIS, MUSIC)[number % 2]
        words = WORDS[label].split()
        left_out = words[number // 2 % len(words)]
        title = " ".join(word for word in words if word != left_out)
        given = {"labels": (label,)} if kind == "gold" else {}
        yield Video(
            id=f"{kind}-{number}",
            title=f"{title} number {number}",
            language="en",
            **(given | fields),
        )


@pytest.fixture(scope="module")
def job(tmp_path_factory, run):
    """A text categorizer, and the catalog that it pseudo-labelled."""
    folder = tmp_path_factory.mktemp("audit_job")
    videos = [
        *rows_of("gold", 120),
        *rows_of("plain", 40, duration_seconds=100.0),
        *rows_of("short", 3, duration_seconds=5.0),
        Video(id="mute", language="en"),
        Video(id="polish", title="rakieta tenisowa", language="pl"),
        Video(id="unsure", title="volley guitar", language="en"),
    ]
    catalog = folder / "catalog.jsonl"
    write_catalog(videos, catalog)
    labels = LabelSet.default().select([SPORTS, TENNIS, ENTERTAINMENT, MUSIC])
    labels.write(folder / "wanted.tsv")
    trained = run(
        *("text", "train", catalog, "--out", folder / "text", "--json"),
        *("--kind", "bag-of-words", "--labels", folder / "wanted.tsv"),
        *("--min-examples", "3"),
        *("--target-precision", "0.5", "--assurance", "0.5"),
    )
    assert trained.exit_code == 0, trained.output
    labelled = run(
        *("pseudo-label", catalog, "--text", folder / "text"),
        *("--out", folder / "pseudo", "--min-examples", "5"),
    )
    assert labelled.exit_code == 0, labelled.output
    return SimpleNamespace(
        folder=folder,
        catalog=catalog,
        text=folder / "text",
        pseudo=folder / "pseudo",
        report=json.loads((folder / "pseudo" / "report.json").read_text()),
        stdout=" ".join(labelled.stdout.split()),
        stderr=labelled.stderr,
    )


def by_id(path):
    return {video.id: video for video in read_catalog(path)}


def test_titles_become_labels_and_vanish(job):
    rows = by_id(job.pseudo / "catalog.jsonl")
    assert rows["plain-0"].labels == (SPORTS, TENNIS)
    assert rows["plain-1"].labels == (ENTERTAINMENT, MUSIC)
    assert rows["plain-0"].truth == "pseudo"
    assert rows["gold-0"].labels == (TENNIS,)
    assert not any(row.title for row in rows.values())
    kept = LabelSet.read(job.pseudo / "labels.tsv")
    assert set(kept) == {SPORTS, TENNIS, ENTERTAINMENT, MUSIC}


def test_every_row_of_the_catalog_is_labelled_or_counted(job):
    report = job.report
    assert report["rows"] == len(read_catalog(job.catalog)) == 166
    assert report["truth"] == {"gold": 120, "pseudo": 40}
    assert report["left_out"] == {
        "out of scope": 3,
        "no model for the language": 1,
        "no text": 1,
        "unsure": 1,
    }
    assert "Left out: 3 rows, out of scope.\n" in job.stderr
    (measured,) = report["teacher_precision"]
    assert measured["truth"] == "gold"
    assert measured["videos"] == 120
    assert measured["overall"]["precision"] == 1.0


def test_a_catalog_is_not_replaced_by_itself_without_text(job, run, tmp_path):
    catalog = tmp_path / "catalog.jsonl"
    write_catalog(read_catalog(job.catalog), catalog)
    before = catalog.read_bytes()
    done = run("pseudo-label", catalog, "--text", job.text, "--out", tmp_path)
    assert done.exit_code == 1
    assert f"must be another folder than that of {catalog}" in str(done.exception)
    # Nor by another one's.
    done = run("pseudo-label", job.catalog, "--text", job.text, "--out", tmp_path)
    assert done.exit_code == 1
    assert "has catalog.jsonl, but no report.json" in str(done.exception)
    assert catalog.read_bytes() == before


def test_people_get_the_report_in_words(job):
    assert "160 of 166 rows are labelled (120 gold, 40 pseudo), with 4 cat" in (
        job.stdout
    )
    assert "Languages: en 160. Durations: 60 to 120 s 40, unknown 120." in job.stdout
    assert "80 80 0 1.00 of 60 Sports > Tennis" in job.stdout
    assert "Together most often" not in job.stdout
    assert "Teacher against gold truth, 120 videos: " in job.stdout


@pytest.fixture(scope="module")
def features(job):
    """Features of the first ten unlabelled videos."""
    folder = job.folder / "features"
    with FeatureWriter(folder, HEADER) as writer:
        for number in range(10):
            writer.add(replace(make_features(number), id=f"plain-{number}"))
    return folder


@pytest.fixture(scope="module")
def audit(job, features, run):
    """A drawn audit; the student takes each video for one about music."""
    folder = job.folder / "audit"
    kernel = np.zeros((WIDTH, 2), np.float32)
    calibrator = Calibrator(slope=(1, 1), intercept=(5, -5), own=(True, True))
    bundle = write_bundle(job.folder / "bundle", (MUSIC, TENNIS), kernel, calibrator)
    done = run(
        *("audit", "draw", job.catalog, "--text", job.text, "--out", folder),
        *("--bundle", bundle, "--features", features),
        *("--random", "24", "--disagreements", "3", "--json"),
    )
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {
        "rows": 27,
        "videos": len({row["id"] for row in read_table(folder / "audit.csv")}),
        "random": 24,
        "disagreement": 3,
    }
    return folder


def read_table(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_only_what_nobody_labelled_is_asked_about(audit):
    rows = read_table(audit / "audit.csv")
    assert len(rows) == 27
    assert all(row["id"].startswith("plain-") for row in rows)
    assert {row["verdict"] for row in rows} == {""}
    assert (audit / "audit.html").read_text("utf-8").count("<article>") == len(
        {row["id"] for row in rows}
    )


def test_disagreements_are_where_frames_and_text_differ(audit):
    described = {f"plain-{number}" for number in range(10)}
    rows = read_table(audit / "audit.csv")
    for row in rows:
        is_scored = row["id"] in described and row["category_id"] in {MUSIC, TENNIS}
        assert (row["student_score"] != "") == is_scored
    chosen = [row for row in rows if row["stratum"] == "disagreement"]
    assert len({row["id"] for row in chosen}) == 3
    for row in chosen:
        # Even videos are about tennis; of music the student is sure throughout.
        assert int(row["id"].removeprefix("plain-")) % 2 == 0
        assert row["weight"] == ""
        expected = {MUSIC: "0.9933", TENNIS: "0.0067"}[row["category_id"]]
        assert row["student_score"] == expected


def test_verdicts_come_back_as_truth_and_as_precision(job, audit, run):
    rows = read_table(audit / "audit.csv")
    for row in rows[:-2]:
        row["verdict"] = "no" if row["category_id"] == SPORTS else "yes"
    # Nobody can say yes to tennis and no to sports.
    for row in rows:
        if row["category_id"] == TENNIS:
            row["verdict"] = "unsure"
    reviewed = audit / "reviewed.csv"
    with reviewed.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0].keys(), delimiter=";")
        table.writeheader()
        table.writerows(rows)
    out = job.folder / "audited.jsonl"
    done = run(
        "audit", "fold", reviewed, "--catalog", job.catalog, "--out", out, "--json"
    )
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)
    assert sum(figures["verdicts"].values()) == 27
    categories = figures["precision"]["categories"]
    assert categories[MUSIC]["precision"] == 1.0
    assert categories[TENNIS]["precision"] is None
    assert categories.get(SPORTS, {"precision": 0.0})["precision"] == 0.0
    before, after = by_id(job.catalog), by_id(out)
    assert list(after) == list(before)
    touched = {row["id"] for row in rows if row["verdict"] in {"yes", "no"}}
    assert figures["audited"] == len(touched) > 0
    for name, row in after.items():
        if name in touched:
            assert row.truth == "audited"
            assert row.title == before[name].title
        else:
            assert row == before[name]


def test_verdicts_are_not_drawn_over(job, run, tmp_path):
    filled = tmp_path / "audit.csv"
    filled.write_text("id,verdict\nplain-0,yes\n")
    done = run("audit", "draw", job.catalog, "--text", job.text, "--out", tmp_path)
    assert done.exit_code == 1
    assert "must have no verdicts" in str(done.exception)
    assert filled.read_text() == "id,verdict\nplain-0,yes\n"


def test_people_get_the_precision_in_words(job, audit, run, tmp_path):
    rows = read_table(audit / "audit.csv")
    reviewed = tmp_path / "reviewed.csv"
    with reviewed.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0].keys())
        table.writeheader()
        table.writerows(row | {"verdict": "yes"} for row in rows)
    done = run(
        *("audit", "fold", reviewed, "--catalog", job.catalog),
        *("--out", tmp_path / "audited.jsonl"),
    )
    assert done.stdout.startswith("Precision of the text categorizer: 1.00 (95 % ")
    assert "from 24 verdicts" in " ".join(done.stdout.split())
    assert "Rows: 27 yes.\n" in done.stderr


def test_a_bundle_without_features_is_wrong_usage(job, run, tmp_path):
    done = run(
        *("audit", "draw", job.catalog, "--text", job.text, "--out", tmp_path),
        *("--bundle", tmp_path),
    )
    assert done.exit_code == 2
    assert "--bundle needs --features" in done.stderr
