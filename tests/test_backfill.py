"""A backfill ends in one result for each row, whatever happened on the way."""

import json
import shutil
from collections import Counter

import apache_beam as beam
import pytest
from served_bundles import AS_OF

from vidcat.inference.backfill.folder import UnfitResultsFolder
from vidcat.inference.backfill.run import run_backfill
from vidcat.inference.backfill.runners import Runner
from vidcat.inference.backfill.running import BackfillFailed
from vidcat.inference.catalog import InvalidCatalog, read_catalog
from vidcat.inference.files.own_folder import FolderInUse, UnfitFolder, sole_writer
from vidcat.inference.pipeline.backfilling import Backfill, Choice
from vidcat.inference.pipeline.holding import ShardLimits
from vidcat.inference.pipeline.loaded import loaded
from vidcat.inference.pipeline.serving import Serving

# Of the mixed catalog: `torn` and `gone` have nothing to say, `empty` has its text.
BROKEN = {"torn", "empty", "gone"}


@pytest.fixture(scope="module")
def serving(served_bundle):
    return Serving(bundle=str(served_bundle), as_of=AS_OF)


@pytest.fixture
def backfill(mixed_catalog, serving, tmp_path):
    def run(catalog=mixed_catalog, out="out", serving=serving, **choice):
        return run_backfill(
            str(catalog),
            str(tmp_path / out),
            serving,
            runner=Runner(),
            choice=Choice(ignore_unknown=True, **choice),
        )

    return run


def lines(folder, name):
    (path,) = folder.glob(f"{name}-*.jsonl")
    return path.read_text("utf-8").splitlines()


def objects(folder, name):
    return {one["id"]: one for one in map(json.loads, lines(folder, name))}


def plain_lines(serving, catalog):
    rows = read_catalog(catalog, ignore_unknown=True)
    results = loaded(serving).categorizer.categorize_many(rows)
    return sorted(result.to_line() for result in results)


def test_results_are_those_of_the_categorizer(
    backfill, mixed_catalog, serving, tmp_path
):
    report = backfill()
    plain = plain_lines(serving, mixed_catalog)
    assert len(plain) == 11
    assert sorted(lines(tmp_path / "out", "results")) == plain
    assert Counter(json.loads(line)["status"] for line in plain) == report.done


def test_every_row_has_one_ledger_row_and_the_counts_add_up(backfill, tmp_path):
    report = backfill()
    ledger = objects(tmp_path / "out", "ledger")
    assert len(lines(tmp_path / "out", "ledger")) == len(ledger) == report.rows == 11
    assert Counter(row["status"] for row in ledger.values()) == report.statuses
    assert (report.skipped, report.bad_rows, report.left) == (0, 0, 0)
    assert ledger["torn"]["status"] == "decode_error"
    assert "not_a_video" in ledger["torn"]["reason"]
    assert {row["run"] for row in ledger.values()} == {report.run}


def test_what_is_done_is_not_done_again(backfill, tmp_path):
    backfill()
    before = lines(tmp_path / "out", "results")
    report = backfill()
    assert (report.skipped, report.left, dict(report.done)) == (11, 0, {})
    assert report.statuses["ok"] > 0
    assert sorted(lines(tmp_path / "out", "results")) == sorted(before)


def test_force_does_all_again(backfill):
    backfill()
    report = backfill(force=True)
    assert (report.skipped, sum(report.done.values())) == (0, 11)


def test_what_was_forced_and_stopped_goes_on_in_the_new_way(
    backfill, serving, tmp_path
):
    backfill()
    other = Serving(**{**vars(serving), "evidence_method": None})
    assert sum(backfill(serving=other, force=True, most=2).done.values()) == 2
    report = backfill(serving=other)
    assert (report.skipped, sum(report.done.values())) == (2, 9)
    backfill(serving=other, out="undisturbed")
    assert sorted(lines(tmp_path / "out", "results")) == sorted(
        lines(tmp_path / "undisturbed", "results")
    )
    assert backfill(serving=other).skipped == 11


def test_what_failed_is_done_again_if_asked(backfill):
    backfill()
    report = backfill(retry_failed=True)
    assert (report.skipped, sum(report.done.values())) == (8, 3)


def test_a_changed_row_and_a_changed_file_are_done_again(
    backfill, mixed_catalog, tmp_path
):
    copied = tmp_path / "copied"
    shutil.copytree(mixed_catalog.parent, copied)
    catalog = copied / "catalog.csv"
    backfill(catalog)
    text = catalog.read_text()
    catalog.write_text(text.replace("a book about a car", "a bicycle"))
    shutil.copy(copied / "clip1.mp4", copied / "torn.mp4")
    report = backfill(catalog)
    assert (report.skipped, sum(report.done.values())) == (9, 2)
    ledger = objects(tmp_path / "out", "ledger")
    assert {name for name, row in ledger.items() if row["run"] == report.run} == {
        "text",
        "torn",
    }
    assert ledger["torn"]["parts"]["visual"] == "ok"


def test_the_largest_come_first_and_a_later_run_goes_on(backfill, tmp_path):
    report = backfill(order_by="views", most=4)
    # Views are 0 to 5 for the clips, 50 to 53 for the rows behind them.
    assert objects(tmp_path / "out", "results").keys() == {*BROKEN, "text"}
    assert (report.left, report.rows) == (7, 11)
    backfill(order_by="views", most=2)
    found = objects(tmp_path / "out", "results").keys()
    assert found == {*BROKEN, "text", "v5", "v4"}
    assert backfill().left == 0


def test_after_the_deadline_nothing_is_begun(backfill, tmp_path):
    report = backfill(deadline=0.0)
    assert (report.left, dict(report.done)) == (11, {})
    assert lines(tmp_path / "out", "results") == []


def test_the_dead_letter_is_a_catalog(backfill, mixed_catalog, tmp_path):
    report = backfill()
    dead = tmp_path / "out" / "dead_letter"
    assert report.dead_letter == 3
    assert objects(dead, "reasons").keys() == BROKEN
    (path,) = dead.glob("catalog-*.jsonl")
    rows = {row.id: row for row in read_catalog(path)}
    known = {row.id: row for row in read_catalog(mixed_catalog, ignore_unknown=True)}
    assert rows == {name: known[name] for name in BROKEN}
    again = backfill(path, retry_failed=True)
    assert (again.rows, again.skipped, sum(again.done.values())) == (3, 0, 3)
    # What the other catalog gave is still there.
    assert len(lines(tmp_path / "out", "results")) == 11


def test_wrong_rows_end_in_the_ledger_until_they_are_mended(backfill, tmp_path):
    catalog = tmp_path / "rows.jsonl"
    good = {"id": "a", "title": "a car", "language": "en"}
    wrong = ["{torn", json.dumps({"id": "b", "duration_seconds": "long"})]
    twice = json.dumps({"id": "a", "title": "another"})
    catalog.write_text("\n".join([json.dumps(good), *wrong, twice]) + "\n")
    report = backfill(catalog)
    assert (report.rows, report.bad_rows, dict(report.done)) == (4, 3, {"ok": 1})
    ledger = objects(tmp_path / "out", "ledger")
    assert {name: row["status"] for name, row in ledger.items()} == {
        "a": "ok",
        "rows.jsonl, row 2": "bad_row",
        "rows.jsonl, row 3": "bad_row",
        "rows.jsonl, row 4": "bad_row",
    }
    assert "which rows.jsonl, row 1 has too" in ledger["rows.jsonl, row 4"]["reason"]
    assert objects(tmp_path / "out", "results").keys() == ledger.keys()
    bad = [json.loads(line) for line in lines(tmp_path / "out/dead_letter", "bad_rows")]
    assert {one["place"]: one["shown"] for one in bad}["rows.jsonl, row 2"] == "{torn"
    catalog.write_text(json.dumps(good) + "\n")
    assert backfill(catalog).dead_letter == 0
    assert objects(tmp_path / "out", "ledger").keys() == {"a"}


def test_results_made_in_another_way_are_refused(backfill, serving):
    backfill()
    other = Serving(**{**vars(serving), "enforce_scope": True})
    with pytest.raises(UnfitResultsFolder, match="enforce_scope=False"):
        backfill(serving=other)
    assert backfill(serving=other, force=True).skipped == 0


def test_a_folder_of_something_else_is_refused(backfill, tmp_path):
    (tmp_path / "out" / "runs").mkdir(parents=True)
    with pytest.raises(UnfitFolder, match="runs"):
        backfill()


def test_two_backfills_into_one_folder_are_refused(backfill, tmp_path):
    with (
        sole_writer(tmp_path / "out"),
        pytest.raises(FolderInUse),
    ):
        backfill()


@pytest.mark.parametrize(
    ("text", "choice", "message"),
    [
        ("id,views\na,1\n", {}, "columns must be known"),
        ("id\na\n", {"order_by": "views"}, "there must be a column 'views'"),
        ("id\n", {}, "at least one row"),
        ("name\na\n", {}, "`id` among them"),
    ],
)
def test_a_catalog_that_is_wrong_as_a_whole_is_refused_before_work(
    serving, tmp_path, text, choice, message
):
    catalog = tmp_path / "catalog.csv"
    catalog.write_text(text)
    with pytest.raises(InvalidCatalog, match=message):
        run_backfill(
            str(catalog),
            str(tmp_path / "out"),
            serving,
            runner=Runner(),
            choice=Choice(**choice),
        )


def test_several_files_are_one_catalog(backfill, tmp_path):
    for name in ("x", "y"):
        text = json.dumps({"id": name, "title": "a car", "language": "en"})
        (tmp_path / f"part-{name}.jsonl").write_text(text + "\n")
    report = backfill(tmp_path / "part-*.jsonl")
    assert (report.rows, dict(report.done)) == (2, {"ok": 2})


def test_the_age_of_videos_is_that_of_the_first_run(backfill, serving, tmp_path):
    backfill(most=3)
    before = objects(tmp_path / "out", "results")
    assert len(before) == 3
    later = Serving(**{**vars(serving), "as_of": AS_OF.replace(year=2035)})
    backfill(serving=later)
    undisturbed = backfill(out="undisturbed")
    assert undisturbed.left == 0
    assert sorted(lines(tmp_path / "out", "results")) == sorted(
        lines(tmp_path / "undisturbed", "results")
    )


def test_a_pipeline_that_is_started_anew_counts_what_it_did_before(
    mixed_catalog, serving, tmp_path
):
    # As Flink does when it loses a machine: the same run, from its beginning.
    for most in (4, None):
        choice = Choice(ignore_unknown=True, most=most)
        with beam.Pipeline("FnApiRunner") as pipeline:
            pipeline | Backfill(
                *(str(mixed_catalog), str(tmp_path), serving, "one", choice),
                limits=ShardLimits(),
            )
        rows = json.loads((tmp_path / "runs" / "one.rows.json").read_text())
        assert rows == {"to_do": 11}
    files = sorted((tmp_path / "attempts").iterdir())
    attempted = [json.loads(one)["id"] for file in files for one in file.open()]
    assert len(attempted) == len(set(attempted)) == 11


@pytest.mark.parametrize("left", ['{"id": "torn', '{"id": "v0", "status": "ok"}', "[]"])
def test_something_else_among_the_attempts_is_named(backfill, tmp_path, left):
    (tmp_path / "c.jsonl").write_text('{"id": "a", "title": "my car"}\n')
    backfill(tmp_path / "c.jsonl")
    (shard,) = (tmp_path / "out" / "attempts").iterdir()
    foreign = shard.with_name("foreign.jsonl")
    foreign.write_text("\n".join([shard.read_text("utf-8").strip(), left]))
    with pytest.raises(BackfillFailed, match=r"foreign\.jsonl, line 2: must be a JSON"):
        backfill(tmp_path / "c.jsonl")
    foreign.unlink()
    assert backfill(tmp_path / "c.jsonl").skipped == 1


def test_an_id_that_is_the_place_of_a_wrong_row_takes_no_result_away(
    backfill, tmp_path
):
    catalog = tmp_path / "c.jsonl"
    catalog.write_text(
        '{"id": "c.jsonl, row 3", "title": "my car"}\n'
        '{"id": "C.csv, row 7 of", "title": "my car"}\n'
        "broken\n"
    )
    report = backfill(catalog)
    assert (report.rows, report.bad_rows, report.statuses["bad_row"]) == (3, 2, 2)
    reasons = {
        name: one["reason"] for name, one in objects(tmp_path / "out", "ledger").items()
    }
    assert set(reasons) == {"c.jsonl, row 1", "C.csv, row 7 of", "c.jsonl, row 3"}
    assert "`id` must not be the place of a row" in reasons["c.jsonl, row 1"]
    assert "must be one JSON object" in reasons["c.jsonl, row 3"]


@pytest.mark.parametrize("kept", ["", '{"format": 1', "[]", '{"a": 1}'])
def test_a_folder_whose_settings_are_damaged_is_refused(backfill, tmp_path, kept):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "backfill.json").write_text(kept)
    with pytest.raises(UnfitResultsFolder, match=r"backfill\.json: must say how"):
        backfill()
