"""One catalog categorized in several ways gives the same bytes."""

import csv
import itertools
import json
import os
import struct
from pathlib import Path

import pytest
from served_bundles import AS_OF, write_mixed_catalog, write_served_bundle
from video_files import make_clock_video, make_colour_video, make_sound, patch_bytes

from vidcat.inference.backfill.run import run_backfill
from vidcat.inference.backfill.runners import Runner
from vidcat.inference.catalog import read_catalog
from vidcat.inference.pipeline.backfilling import Choice
from vidcat.inference.pipeline.loaded import loaded
from vidcat.inference.pipeline.serving import Serving

SHARED = Path(
    os.environ.get("VIDCAT_SHARED_DATA", Path(__file__).parents[2] / "shared/data")
)
REAL_CLIPS = SHARED / "clips"
REAL_NETWORK = next(SHARED.glob("mobilenet/*.tflite"), None)


def write_odd_videos(folder):
    """Writes videos that are not as they should be; their names."""
    make_colour_video(folder / "tall.mp4", [(9, 9, 200)] * 4, size=(48, 96))
    make_colour_video(folder / "one_frame.mp4", [(200, 9, 9)], 0.1)
    # More frames than the network takes.
    make_clock_video(folder / "long.mkv", 40)
    lying = make_clock_video(folder / "lying.mkv", 12)
    # Matroska's duration, in milliseconds: 4 s are declared.
    patch_bytes(lying, b"\x44\x89\x88", 0, struct.pack(">d", 4000.0))
    whole = make_clock_video(folder / "breaks_off.mkv", 20).read_bytes()
    (folder / "breaks_off.mkv").write_bytes(whole[: len(whole) * 2 // 3])
    whole = make_clock_video(folder / "headless.mkv", 6).read_bytes()
    (folder / "headless.mkv").write_bytes(whole[2000:])
    make_sound(folder / "sound.mp4", 1.0)
    (folder / "playlist.mp4").write_text("#EXTM3U\n#EXTINF:4,\ntall.mp4\n")
    (folder / "folder.mp4").mkdir()
    return [
        *("tall.mp4", "one_frame.mp4", "long.mkv", "lying.mkv", "breaks_off.mkv"),
        *("headless.mkv", "sound.mp4", "playlist.mp4", "folder.mp4"),
    ]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    """Clips of several kinds, texts, and files that are broken in several ways."""
    folder = tmp_path_factory.mktemp("all_kinds")
    with write_mixed_catalog(folder, clips=9).open() as file:
        rows = [
            {name: value for name, value in row.items() if value and name != "views"}
            for row in csv.DictReader(file)
        ]
    titles = ["a car", "un livre sur une voiture", "my book \U0001f4da", "<b>car</b>"]
    for name, title in zip(write_odd_videos(folder), itertools.cycle(titles)):
        rows.append({"id": f"odd {name}", "path": name, "title": title})
    rows += [{"id": f"text {n}", "title": title} for n, title in enumerate(titles)]
    path = folder / "catalog.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def plain_lines(serving, catalog):
    results = loaded(serving).categorizer.categorize_many(read_catalog(catalog))
    return sorted(result.to_line() for result in results)


def backfilled_lines(serving, catalog, out, processes):
    report = run_backfill(
        str(catalog),
        str(out),
        serving,
        runner=Runner(processes=processes),
        choice=Choice(),
    )
    (path,) = out.glob("results-*.jsonl")
    lines = path.read_text("utf-8").splitlines()
    assert report.rows == sum(report.statuses.values()) == len(lines)
    assert report.left == report.bad_rows == report.skipped == 0
    return sorted(lines)


def assert_same_in_all_ways(serving, catalog, tmp_path):
    """Compares them; the plain results by id."""
    plain = plain_lines(serving, catalog)
    for processes in (1, 2):
        out = tmp_path / f"{processes} processes"
        assert backfilled_lines(serving, catalog, out, processes) == plain
    found = {line["id"]: line for line in map(json.loads, plain)}
    assert len(found) == len(plain)
    return found


@pytest.mark.timeout(900)
def test_drawn_clips_texts_and_broken_files(catalog, served_bundle, tmp_path):
    serving = Serving(bundle=str(served_bundle), as_of=AS_OF)
    found = assert_same_in_all_ways(serving, catalog, tmp_path)
    assert len(found) == 27
    states = {name: line["parts"]["visual"] for name, line in found.items()}
    assert states["odd lying.mkv"] == states["odd breaks_off.mkv"] == "ok"
    # The words of ffmpeg, whatever they are.
    assert found["odd breaks_off.mkv"]["reason"]
    broken = ("headless.mkv", "sound.mp4", "playlist.mp4", "folder.mp4")
    assert {states[f"odd {name}"] for name in broken} == {"decode_error"}
    assert states["text 0"] == "not_asked"
    assert states["odd one_frame.mp4"] == "out_of_scope"
    assert any(line["categories"] for line in found.values())


@pytest.mark.skipif(
    REAL_NETWORK is None or not REAL_CLIPS.is_dir(), reason="needs the real clips"
)
@pytest.mark.timeout(900)
def test_real_clips_described_by_a_real_network(tmp_path):
    bundle = write_served_bundle(tmp_path / "bundle", REAL_NETWORK)
    clips = sorted(REAL_CLIPS.rglob("*.mp4")) + sorted(REAL_CLIPS.rglob("*.avi"))
    rows = [{"id": str(n), "path": str(path)} for n, path in enumerate(clips)]
    catalog = tmp_path / "catalog.jsonl"
    catalog.write_text("".join(json.dumps(row) + "\n" for row in rows))
    serving = Serving(bundle=str(bundle), as_of=AS_OF)
    found = assert_same_in_all_ways(serving, catalog, tmp_path)
    assert len(found) == 15
    assert {line["status"] for line in found.values()} <= {"ok", "no_category"}
    scores = {
        tuple(one["score"] for one in line["categories"]) for line in found.values()
    }
    assert len(scores) > 5
