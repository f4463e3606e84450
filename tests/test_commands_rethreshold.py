"""`classify --scores` and `rethreshold`, as a user types them."""

import json
import sys

import pytest
from text_catalogs import LABELS, text_catalog, write_catalog

from vidcat.inference.export.score_columns import PyarrowMissing
from vidcat.inference.export.score_vectors import InvalidScoreVectors
from vidcat.taxonomy.crosswalk import crosswalk
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet


@pytest.fixture(scope="module")
def clips(main_job, run):
    """The new clips' results and scores."""
    scores = main_job.folder / "scores.parquet"
    done = run(
        *("classify", main_job.new_clips / "catalog.jsonl", "--json"),
        *("--bundle", main_job.bundle, "--scores", scores),
    )
    assert done.exit_code == 0, done.output
    assert f"Scores: {scores}." in done.stderr
    results = main_job.folder / "results.jsonl"
    results.write_text(done.stdout, "utf-8")
    return results, scores


def test_with_nothing_changed_the_file_is_the_same(main_job, clips, run, tmp_path):
    results, scores = clips
    out = tmp_path / "new.jsonl"
    done = run(
        *("rethreshold", scores, "--bundle", main_job.bundle),
        *("--out", out, "--results", results),
    )
    assert done.exit_code == 0, done.output
    assert out.read_bytes() == results.read_bytes()
    count = len(results.read_text().splitlines())
    assert count > 0
    assert f"{count} videos: {count} as before, 0 gained" in done.stderr
    assert "Thresholds are the bundle's: for a precision of 0.5" in done.stderr
    assert done.stdout == ""


@pytest.fixture(scope="module")
def texts(run, tmp_path_factory):
    """A text categorizer, and results and scores of its own catalog."""
    folder = tmp_path_factory.mktemp("texts")
    catalog = write_catalog(folder / "catalog.jsonl", text_catalog(400))
    LABELS.write(folder / "labels.tsv")
    text, results, scores = (folder / name for name in ("text", "r.jsonl", "s.parquet"))
    trained = run(
        *("text", "train", catalog, "--out", text, "--kind", "bag-of-words"),
        *("--labels", folder / "labels.tsv", "--min-examples", "3"),
    )
    assert trained.exit_code == 0, trained.output
    done = run(
        *("text", "classify", catalog, "--text", text, "--json", "--scores", scores)
    )
    assert done.exit_code == 0, done.output
    results.write_text(done.stdout, "utf-8")
    return text, results, scores


def test_scores_of_text_alone_give_the_same_file(texts, run, tmp_path):
    text, results, scores = texts
    out = tmp_path / "new.jsonl"
    done = run("rethreshold", scores, "--bundle", text, "--out", out)
    assert done.exit_code == 0, done.output
    assert out.read_bytes() == results.read_bytes()
    assert "400 videos: 400 as before" in done.stderr


def said(path):
    results = map(json.loads, path.read_text("utf-8").splitlines())
    return [{category["id"] for category in one["categories"]} for one in results]


LOOSE = ("--target-precision", "0.5", "--assurance", "0.5", "--promise", "all")
STRICT = ("--target-precision", "1", "--assurance", "0.99", "--promise", "category")


@pytest.mark.parametrize("promise", [LOOSE, STRICT], ids=["loose", "strict"])
def test_the_counts_are_those_of_the_files(texts, run, tmp_path, promise):
    text, results, scores = texts
    out = tmp_path / "new.jsonl"
    done = run("rethreshold", scores, "--bundle", text, "--out", out, *promise)
    assert done.exit_code == 0, done.output
    pairs = list(zip(said(results), said(out), strict=True))
    same = sum(old == new for old, new in pairs)
    gained = sum(old < new for old, new in pairs)
    lost = sum(new < old for old, new in pairs)
    assert (
        f"{len(pairs)} videos: {same} as before, {gained} gained categories, {lost} "
        f"lost some, {len(pairs) - same - gained - lost} both." in done.stderr
    )
    before, now = (sum(map(bool, one)) for one in zip(*pairs, strict=True))
    assert f"With a category: {before} before (" in done.stderr
    assert f", {now} now ({100 * now / len(pairs):.1f} %)." in done.stderr
    assert "Thresholds were fitted anew" in done.stderr
    assert (now > 0) == (promise is LOOSE)
    assert ("Nothing reaches it" in done.stderr) == (promise is STRICT)


def test_another_version_and_fewer_labels(texts, run, tmp_path):
    text, _, scores = texts
    out, every = tmp_path / "new.jsonl", tmp_path / "every.jsonl"
    words = ("rethreshold", scores, "--bundle", text, *LOOSE)
    assert run(*words, "--out", every).exit_code == 0
    labels = LabelSet.read(text / "labels.tsv")
    kept = sorted(set.union(*said(every)) & set(labels.ids))[0]
    labels.select([kept]).write(tmp_path / "kept.tsv")
    done = run(
        *(*words, "--out", out, "--taxonomy", "2.2"),
        *("--labels", tmp_path / "kept.tsv"),
    )
    assert done.exit_code == 0, done.output
    new = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert {one["taxonomy"] for one in new} == {"2.2"}
    targets = set(crosswalk("3.1", "2.2")[kept].targets)
    assert targets
    assert set.union(*said(out)) <= load_iab("2.2").with_ancestors(targets)


def test_what_cannot_be_written_is_refused_before_the_work(run, tmp_path, monkeypatch):
    for words in (
        (
            "classify",
            "a.mp4",
            "--bundle",
            tmp_path,
            "--scores",
            tmp_path / "x/y.parquet",
        ),
        ("rethreshold", tmp_path, "--bundle", tmp_path, "--out", tmp_path),
    ):
        done = run(*words)
        assert done.exit_code == 2
        assert "must be a file in a folder that exists" in done.stderr
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    done = run("classify", "a.mp4", "--bundle", tmp_path, "--scores", tmp_path / "y")
    assert isinstance(done.exception, PyarrowMissing)


def test_no_scores_are_told_before_the_bundle_is_loaded(run, tmp_path):
    done = run(
        *("rethreshold", tmp_path, "--bundle", tmp_path / "missing"),
        *("--out", tmp_path / "new.jsonl"),
    )
    assert isinstance(done.exception, InvalidScoreVectors)


def test_what_is_read_is_not_replaced(texts, run, tmp_path):
    text, results, scores = texts
    kept = results.read_bytes(), scores.read_bytes()
    for path in (results, scores):
        done = run(
            *("rethreshold", scores, "--bundle", text, "--out", path),
            *("--results", results),
        )
        assert done.exit_code == 2
        assert "--out must be another file than those that are read" in done.stderr
    assert (results.read_bytes(), scores.read_bytes()) == kept


@pytest.mark.parametrize("text", ["id,title\n", "PAR1"])
def test_scores_do_not_take_the_place_of_something_else(texts, run, tmp_path, text):
    path = tmp_path / "catalog.csv"
    path.write_text(text)
    done = run(
        *("text", "classify", "--title", "Tennis", "--text", texts[0]),
        *("--scores", path),
    )
    assert done.exit_code == 2
    assert "--scores must not replace what is no file of scores" in done.stderr
    assert path.read_text() == text


def test_earlier_scores_are_replaced(texts, run, tmp_path):
    for _ in range(2):
        done = run(
            *("text", "classify", "--title", "Tennis", "--text", texts[0]),
            *("--scores", tmp_path / "scores.parquet"),
        )
        assert done.exit_code == 0, done.output
