import json
import os
import shutil
import signal
import threading
from subprocess import TimeoutExpired
from types import SimpleNamespace

import pytest
from served_bundles import AS_OF, write_mixed_catalog, write_served_bundle
from watched_uploads import results, stored, wait_for, watching

from vidcat.inference.backfill.folder import UnfitResultsFolder
from vidcat.inference.backfill.uploads.rounds import do_round
from vidcat.inference.backfill.uploads.watch import Watching, watch_folder
from vidcat.inference.files.own_folder import FolderInUse, sole_writer
from vidcat.inference.pipeline.elements import Task
from vidcat.inference.pipeline.loaded import loaded
from vidcat.inference.pipeline.serving import Serving
from vidcat.inference.video import Video

ONCE = Watching(every_seconds=0.2, settled_seconds=0.0, once=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory, small_encoder):
    """Two bundles and some clips."""
    folder = tmp_path_factory.mktemp("made")
    write_served_bundle(folder / "2025-01", small_encoder, seed=0)
    write_served_bundle(folder / "2025-02", small_encoder, seed=1)
    (folder / "clips").mkdir()
    write_mixed_catalog(folder / "clips")
    return folder


@pytest.fixture
def places(tmp_path, made):
    """A folder of uploads, empty; of bundles, with the first; and of results."""
    (tmp_path / "uploads").mkdir()
    shutil.copytree(made / "2025-01", tmp_path / "bundles" / "2025-01")
    return SimpleNamespace(
        uploads=tmp_path / "uploads",
        bundles=tmp_path / "bundles",
        out=tmp_path / "out",
    )


def watch(places, watching, *, listener=None, stop=None, told=None):
    return watch_folder(
        str(places.uploads),
        str(places.out),
        Serving(bundle=str(places.bundles), as_of=AS_OF),
        watching,
        listener=(lambda result: None) if listener is None else listener,
        tell=([] if told is None else told).append,
        stop=stop or threading.Event(),
    )


def plain(bundle, rows):
    """What the plain categorizer says, without Beam."""
    categorizer = loaded(Serving(bundle=str(bundle), as_of=AS_OF)).categorizer
    return sorted(result.to_line() for result in categorizer.categorize_many(rows))


def test_files_that_are_written_slowly_are_done_once_each_with_the_bundle_of_their_time(
    made, places
):
    stop, told, seen = threading.Event(), [], []

    def upload():
        try:
            # One file in pieces, others at once, one under another name first.
            whole = (made / "clips" / "clip1.mp4").read_bytes()
            with (places.uploads / "slow.mp4").open("wb") as file:
                for start in range(0, len(whole), 200):
                    file.write(whole[start : start + 200])
                    file.flush()
                    stop.wait(0.1)
            shutil.copy(made / "clips" / "torn.mp4", places.uploads / "torn.mp4")
            shutil.copy(made / "clips" / "clip2.mp4", places.uploads / "a.mp4.part")
            wait_for(lambda: len(seen) == 2)
            (places.uploads / "a.mp4.part").rename(places.uploads / "a.mp4")
            wait_for(lambda: len(seen) == 3)
            # A bundle that is torn, then a whole one.
            broken = places.bundles / "2025-01b"
            shutil.copytree(made / "2025-02", broken)
            (broken / "labels.tsv").unlink()
            wait_for(lambda: told)
            shutil.copytree(made / "2025-02", places.bundles / ".2025-02")
            (places.bundles / ".2025-02").rename(places.bundles / "2025-02")
            wait_for(lambda: len(told) == 2)
            shutil.copy(made / "clips" / "clip3.mp4", places.uploads / "b.mp4")
            (places.uploads / "b.json").write_text('{"title": "my car", "owner": "o"}')
            wait_for(lambda: len(seen) == 4)
        finally:
            stop.set()

    uploader = threading.Thread(target=upload)
    uploader.start()
    watching = Watching(every_seconds=0.2, settled_seconds=1.5, keep_old=True)
    report = watch(places, watching, listener=seen.append, stop=stop, told=told)
    uploader.join()

    assert [one.id for one in seen[2:]] == ["a.mp4", "b.mp4"]
    old = [
        Video(id=name, path=str(places.uploads / name))
        for name in ("slow.mp4", "torn.mp4", "a.mp4")
    ]
    new = Video(
        id="b.mp4", path=str(places.uploads / "b.mp4"), title="my car", owner="o"
    )
    expected = plain(made / "2025-01", old) + plain(made / "2025-02", [new])
    assert sorted(one.to_line() for one in seen) == sorted(expected)
    assert results(places.out) == sorted(expected)
    assert [name for name, _ in stored(places.out)] == [
        *("a.mp4", "b.mp4", "slow.mp4", "torn.mp4")
    ]
    assert "2025-01b: cannot be used" in told[0]
    assert "2025-02: this bundle is used from now on" in told[1]
    assert len(report.bundles) == 2
    assert report.done == {"ok": 3, "decode_error": 1}
    assert report.settled.dead_letter == 1


def test_a_watch_that_is_killed_loses_nothing_and_doubles_nothing(made, places):
    first = [f"clip{at}.mp4" for at in range(3)]
    later = [f"clip{at}.mp4" for at in range(3, 6)]
    for name in (*first, "empty.mp4"):
        shutil.copy(made / "clips" / name, places.uploads / name)
    arguments = (
        *(places.uploads, "--bundle", places.bundles, "--out", places.out, "--json"),
        *("--every", 0.2, "--settled-seconds", 0.5),
    )
    with watching(*arguments) as process:
        printed = [json.loads(process.stdout.readline())["id"] for _ in range(4)]
        for name in later:
            shutil.copy(made / "clips" / name, places.uploads / name)
        # In the middle of the next round, or before it.
        with pytest.raises(TimeoutExpired):
            process.wait(1.0)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert sorted(printed) == [*first, "empty.mp4"]
    before = stored(places.out)

    # At once, although the lock was never given back.
    seen = []
    watch(places, ONCE, listener=seen.append)
    missing = {*first, *later, "empty.mp4"} - dict(before).keys()
    assert sorted(one.id for one in seen) == sorted(missing)
    assert [name for name, _ in stored(places.out)] == [*first, *later, "empty.mp4"]
    settings = json.loads((places.out / "backfill.json").read_text())
    serving = Serving.from_json(
        {**settings["serving"], "bundle": str(made / "2025-01")}
    )
    rows = [
        Video(id=name, path=str(places.uploads / name))
        for name in (*first, *later, "empty.mp4")
    ]
    undisturbed = loaded(serving).categorizer.categorize_many(rows)
    assert results(places.out) == sorted(one.to_line() for one in undisturbed)


def test_sigterm_ends_a_watch_in_good_order(made, places, run):
    shutil.copy(made / "clips" / "clip2.mp4", places.uploads / "clip2.mp4")

    def terminate():
        wait_for(lambda: stored(places.out))
        os.kill(os.getpid(), signal.SIGTERM)

    killer = threading.Thread(target=terminate)
    before = signal.getsignal(signal.SIGTERM)
    # Without the handler of `vidcat watch` it would end the tests.
    killer.start()
    printed = run(
        *("watch", places.uploads, "--bundle", places.bundles, "--out", places.out),
        *("--every", "0.2", "--settled-seconds", "0.3", "--json"),
    )
    killer.join()
    assert printed.exit_code == 0, printed.output
    assert [printed.stdout.rstrip()] == results(places.out)
    assert "Ending after what is in work" in printed.stderr
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_is_done_is_done_and_what_changes_is_done_again(made, places):
    for name in ("clip2.mp4", "clip3.mp4"):
        shutil.copy(made / "clips" / name, places.uploads / name)
    (places.uploads / "clip3.json").write_text('{"title": ')
    assert watch(places, ONCE).done == {"ok": 1, "bad_row": 1}
    assert watch(places, ONCE).done == {}
    (bad,) = places.out.glob("dead_letter/bad_rows-*.jsonl")
    assert json.loads(bad.read_text())["shown"] == '{"title": '

    shutil.copy(made / "clips" / "clip4.mp4", places.uploads / "clip2.mp4")
    (places.uploads / "clip3.json").write_text('{"title": "a book", "id": "v3"}')
    report = watch(places, ONCE)
    assert report.done == {"ok": 2}
    rows = [
        Video(id="clip2.mp4", path=str(places.uploads / "clip2.mp4")),
        Video(id="v3", path=str(places.uploads / "clip3.mp4"), title="a book"),
    ]
    expected = plain(made / "2025-01", rows)
    assert [line for line in results(places.out) if '"bad_row"' not in line] == expected

    # With another bundle all is done anew, as a backfill does.
    shutil.copytree(made / "2025-02", places.bundles / "2025-02")
    assert watch(places, ONCE).done == {"ok": 2}
    expected = plain(made / "2025-02", rows)
    assert [line for line in results(places.out) if '"bad_row"' not in line] == expected


def test_a_backfill_of_the_folder_goes_on_where_the_watch_was(made, places, run):
    shutil.copy(made / "clips" / "clip2.mp4", places.uploads / "clip2.mp4")
    printed = run(
        *("watch", places.uploads, "--bundle", made / "2025-01", "--out", places.out),
        *("--once", "--settled-seconds", "0.1", "--json"),
    )
    assert printed.exit_code == 0, printed.output
    assert [printed.stdout.rstrip()] == results(places.out)
    shutil.copy(made / "clips" / "clip3.mp4", places.uploads / "clip3.mp4")
    counted = run(
        *("backfill", places.uploads, "--bundle", made / "2025-01"),
        *("--out", places.out, "--json"),
    )
    assert counted.exit_code == 0, counted.output
    report = json.loads(counted.stdout)
    assert (report["skipped"], report["done"]) == (1, {"ok": 1})
    settled = run("settle", places.out, "--json")
    assert json.loads(settled.stdout) == {"statuses": {"ok": 2}, "dead_letter": 0}


def test_a_file_that_vanishes_before_it_is_decoded_is_a_result(made, tmp_path):
    gone = Task(
        row=Video(id="gone.mp4", path=str(tmp_path / "gone.mp4")),
        source_version="10-20",
    )
    clip = made / "clips" / "clip2.mp4"
    there = Task(row=Video(id="clip", path=str(clip)), source_version="1-2")
    told = []
    serving = Serving(bundle=str(made / "2025-01"), as_of=AS_OF)
    do_round(
        [gone, there],
        [],
        serving,
        run="run",
        out=str(tmp_path / "out"),
        listener=told.append,
    )
    statuses = {
        one.categorization.id: (one.categorization.status, one.row is not None)
        for one in told
    }
    assert statuses == {"gone.mp4": ("decode_error", True), "clip": ("ok", False)}


def test_only_one_process_fills_a_folder_and_only_in_one_way(made, places):
    assert watch(places, ONCE).done == {}
    with sole_writer(places.out), pytest.raises(FolderInUse):
        watch(places, ONCE)
    other = Serving(bundle=str(places.bundles), as_of=AS_OF, enforce_scope=True)
    with pytest.raises(UnfitResultsFolder, match="enforce_scope=True"):
        watch_folder(
            *(str(places.uploads), str(places.out), other, ONCE),
            listener=lambda result: None,
            tell=lambda message: None,
            stop=threading.Event(),
        )


def test_what_is_to_be_watched_must_be_a_folder(places, made):
    places.uploads = made / "clips" / "clip1.mp4"
    with pytest.raises(NotADirectoryError, match=r"clip1\.mp4: must be a folder"):
        watch(places, ONCE)


@pytest.mark.parametrize(
    "wrong",
    [{"every_seconds": 0.0}, {"settled_seconds": -1.0}, {"settle_every_seconds": -1.0}],
)
def test_times_must_be_possible(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=f"Received: {name}={value}"):
        Watching(**wrong)
