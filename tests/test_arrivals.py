import json
import os

import pytest

from vidcat.inference.backfill.uploads.arrivals import Arrivals
from vidcat.inference.backfill.uploads.done_index import DoneIndex
from vidcat.inference.pipeline.elements import Attempt
from vidcat.inference.results import Categorization, ResultKey

ONE, TWO = "bundle one", "bundle two"


@pytest.fixture
def uploads(tmp_path):
    folder = tmp_path / "uploads"
    folder.mkdir()
    return folder


def upload(folder, name, content=b"1", *, at=100, **row):
    path = folder / name
    path.write_bytes(content)
    os.utime(path, (at, at))
    if row:
        path.with_suffix(".json").write_text(json.dumps(row))
    return path


def watcher(folder, done=None, **options):
    done = DoneIndex() if done is None else done
    return Arrivals(folder, done, settled_seconds=0.0, **options)


def names(arrivals, most=100):
    return [arrival.name for arrival in arrivals.take(most)]


def attempt_at(arrival, bundle, status="ok"):
    key = ResultKey(
        source_version=arrival.source_version, content_sha256=None, bundle=bundle
    )
    return Attempt(
        categorization=Categorization(
            id=arrival.name,
            key=key,
            status=status,
            parts={"text": "no_text", "visual": "ok"},
            reason=None,
            categories=(),
            taxonomy="3.1",
        ),
        row_sha256=arrival.row_sha256,
        run="run",
    )


def do(arrivals, done, bundle, most=100):
    taken = arrivals.take(most)
    for arrival in taken:
        done.add(attempt_at(arrival, bundle))
    return [arrival.name for arrival in taken]


def test_each_file_is_given_once_the_oldest_first(uploads):
    upload(uploads, "b.mp4", at=1)
    upload(uploads, "a.mp4", at=2)
    upload(uploads, "c.mp4", at=3)
    arrivals = watcher(uploads)
    arrivals.look(1.0, ONE)
    assert names(arrivals) == []
    assert arrivals.unsettled == 3
    arrivals.look(2.0, ONE)
    assert arrivals.unsettled == 0
    assert names(arrivals, 2) == ["b.mp4", "a.mp4"]
    arrivals.look(3.0, ONE)
    assert names(arrivals) == ["c.mp4"]
    arrivals.look(4.0, ONE)
    assert names(arrivals) == []


def test_what_was_done_before_is_known_by_id_row_version_and_bundle(uploads, tmp_path):
    upload(uploads, "a.mp4")
    upload(uploads, "b.mp4", title="t")
    done = DoneIndex()
    first = watcher(uploads, done)
    first.look(1.0, ONE)
    first.look(2.0, ONE)
    shard = tmp_path / "shard.jsonl"
    lines = [attempt_at(one, ONE).to_line() + "\n" for one in first.take(9)]
    shard.write_text("".join(lines))
    read = DoneIndex()
    read.read([str(shard)])

    again = watcher(uploads, read)
    upload(uploads, "c.mp4")
    again.look(1.0, ONE)
    again.look(2.0, ONE)
    assert names(again) == ["c.mp4"]


def test_a_file_that_changes_is_given_again(uploads):
    upload(uploads, "a.mp4", at=100)
    done = DoneIndex()
    arrivals = watcher(uploads, done)
    arrivals.look(1.0, ONE)
    arrivals.look(2.0, ONE)
    assert do(arrivals, done, ONE) == ["a.mp4"]
    upload(uploads, "a.mp4", at=101)
    arrivals.look(3.0, ONE)
    assert names(arrivals) == []
    arrivals.look(4.0, ONE)
    assert do(arrivals, done, ONE) == ["a.mp4"]
    # A sidecar makes another row of it, and back it is the old one, which is done.
    (uploads / "a.json").write_text('{"title": "t"}')
    arrivals.look(5.0, ONE)
    arrivals.look(6.0, ONE)
    assert do(arrivals, done, ONE) == ["a.mp4"]
    (uploads / "a.json").unlink()
    arrivals.look(7.0, ONE)
    arrivals.look(8.0, ONE)
    assert names(arrivals) == []


def test_a_file_that_changes_or_goes_before_it_is_taken_waits(uploads):
    upload(uploads, "a.mp4", at=1)
    upload(uploads, "b.mp4", at=2)
    arrivals = watcher(uploads)
    arrivals.look(1.0, ONE)
    arrivals.look(2.0, ONE)
    upload(uploads, "a.mp4", b"12", at=1)
    (uploads / "b.mp4").unlink()
    arrivals.look(3.0, ONE)
    assert names(arrivals) == []
    arrivals.look(4.0, ONE)
    assert names(arrivals) == ["a.mp4"]


def test_with_another_bundle_new_files_come_before_those_that_have_an_old_result(
    uploads,
):
    upload(uploads, "old.mp4", at=1)
    done = DoneIndex()
    arrivals = watcher(uploads, done)
    arrivals.look(1.0, ONE)
    arrivals.look(2.0, ONE)
    assert do(arrivals, done, ONE) == ["old.mp4"]
    upload(uploads, "new.mp4", at=2)
    arrivals.look(3.0, TWO)
    arrivals.look(4.0, TWO)
    assert do(arrivals, done, TWO, most=1) == ["new.mp4"]
    assert do(arrivals, done, TWO) == ["old.mp4"]
    arrivals.look(5.0, ONE)
    assert do(arrivals, done, ONE) == ["new.mp4"]


def test_old_results_can_be_kept(uploads):
    upload(uploads, "old.mp4")
    done = DoneIndex()
    arrivals = watcher(uploads, done, keep_old=True)
    arrivals.look(1.0, ONE)
    arrivals.look(2.0, ONE)
    assert do(arrivals, done, ONE) == ["old.mp4"]
    arrivals.look(3.0, TWO)
    assert names(arrivals) == []


def test_the_id_of_one_file_cannot_be_taken_by_another(uploads):
    upload(uploads, "a.mp4", at=1, id="v1")
    upload(uploads, "b.mp4", at=2, id="v1", title="of somebody else")
    upload(uploads, "c.mp4", at=3, id="d.mp4")
    upload(uploads, "d.mp4", at=4)
    arrivals = watcher(uploads)
    arrivals.look(1.0, ONE)
    arrivals.look(2.0, ONE)
    taken = {one.name: one.row.reason for one in arrivals.take(9)}
    assert list(taken) == ["v1", "b.mp4", "c.mp4", "d.mp4"]
    assert (taken["v1"], taken["d.mp4"]) == (None, None)
    assert "id='v1', which a.mp4 has too" in taken["b.mp4"]
    # A name is the id of its own file, also where the other one came first.
    assert "id='d.mp4', which d.mp4 has too" in taken["c.mp4"]


def test_an_id_is_free_again_once_its_file_has_gone(uploads):
    upload(uploads, "a.mp4", id="v1")
    done = DoneIndex()
    arrivals = watcher(uploads, done)
    arrivals.look(1.0, ONE)
    arrivals.look(2.0, ONE)
    assert do(arrivals, done, ONE) == ["v1"]
    (uploads / "a.mp4").unlink()
    upload(uploads, "b.mp4", b"12", id="v1")
    arrivals.look(3.0, ONE)
    arrivals.look(4.0, ONE)
    (again,) = arrivals.take(9)
    assert (again.name, again.row.reason) == ("v1", None)


def test_a_wrong_row_is_told_once_and_again_when_it_is_wrong_in_another_way(uploads):
    upload(uploads, "a.mp4")
    (uploads / "a.json").write_text("{")
    done = DoneIndex()
    arrivals = watcher(uploads, done)
    arrivals.look(1.0, ONE)
    arrivals.look(2.0, ONE)
    assert do(arrivals, done, ONE) == ["a.mp4"]
    restarted = watcher(uploads, done)
    restarted.look(1.0, ONE)
    restarted.look(2.0, ONE)
    assert names(restarted) == []
    (uploads / "a.json").write_text('{"title": 3}')
    restarted.look(3.0, ONE)
    restarted.look(4.0, ONE)
    (wrong,) = restarted.take(9)
    assert "`title` must be text" in wrong.row.reason
    (uploads / "a.json").write_text('{"title": "t"}')
    restarted.look(5.0, ONE)
    restarted.look(6.0, ONE)
    (mended,) = restarted.take(9)
    assert (mended.name, mended.row.video.title) == ("a.mp4", "t")
