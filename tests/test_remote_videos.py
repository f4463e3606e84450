"""Videos of other machines are treated as those of this one."""

import hashlib
import tempfile
from dataclasses import replace

import numpy as np
import pytest
from both_sources import make_bundle, make_categorizer
from colour_encoder import SIZE, ColourEncoder
from remote_files import VaultFileSystem, serving
from video_files import RED, make_clock_video, make_colour_video

from vidcat.inference.describing.describing import describe_videos
from vidcat.inference.export.thumbnails import thumbnails_at
from vidcat.inference.features import FeatureStore
from vidcat.inference.frames import FrameSampler, VideoError
from vidcat.inference.sampling import Sampling
from vidcat.inference.video import Video
from vidcat.training.describing.describe import describe_catalog
from vidcat.training.thumbnails import thumbnail_within, thumbnails

SAMPLER = FrameSampler(size=SIZE)


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("there")
    make_clock_video(folder / "clock.mp4", 6)
    make_colour_video(folder / "red.mp4", [RED], 2.0)
    (folder / "broken.mp4").write_bytes(b"no video at all")
    (folder / "list.mp4").write_text("#EXTM3U\nfile:///etc/passwd\n")
    (folder / "empty.mp4").touch()
    return folder


@pytest.fixture
def server(originals, tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(VaultFileSystem, "root", originals.parent)
    with serving(originals) as server:
        yield server
    assert list(temporary.iterdir()) == []


def vault(originals, name):
    return f"vault://{originals.name}/{name}"


def described(paths, **options):
    rows = [Video(id=str(number), path=path) for number, path in enumerate(paths)]
    return list(describe_videos(rows, SAMPLER, ColourEncoder(), **options))


def test_a_video_is_described_the_same_wherever_it_is(server, originals):
    here, web, store = described(
        [
            str(originals / "clock.mp4"),
            f"{server.url}/files/clock.mp4",
            vault(originals, "clock.mp4"),
        ]
    )
    assert here.times_seconds.tolist() == [0, 1, 2, 3, 4, 5]
    for one in (web, store):
        assert one.error is None
        assert one.facts == here.facts
        np.testing.assert_array_equal(one.features, here.features)
        np.testing.assert_array_equal(one.times_seconds, here.times_seconds)


def test_what_is_wrong_is_told_of_the_url_and_disturbs_no_other(server, originals):
    web = f"{server.url}/files"
    urls = [
        f"{web}/broken.mp4",
        f"{web}/list.mp4",
        f"{web}/red.mp4",
        vault(originals, "empty.mp4"),
        f"{web}/none.mp4",
        f"{server.url}/torn/red.mp4",
        vault(originals, "red.mp4"),
    ]
    results = described(urls)
    reasons = [one.error and one.error.reason for one in results]
    assert reasons == [
        *("not_a_video", "format_refused", None, "empty_file", "not_found"),
        *("download_failed", None),
    ]
    for url, one in zip(urls, results, strict=True):
        assert one.error is None or one.error.path == url
    assert len(results[2].features) == len(results[6].features) == 2


def test_a_fetch_may_take_as_long_as_the_sampler_allows(server):
    rows = [Video(id="a", path=f"{server.url}/slow/red.mp4")]
    hasty = replace(SAMPLER, timeout_seconds=0.3)
    (result,) = describe_videos(rows, hasty, ColourEncoder())
    assert result.error.reason == "timeout"
    assert "could not be fetched within 0.3 s" in result.error.detail


def test_checksums_are_of_the_decoded_file_and_only_where_asked_for(server, originals):
    content = (originals / "red.mp4").read_bytes()
    paths = [str(originals / "red.mp4"), f"{server.url}/files/red.mp4"]
    paths += [str(originals / "broken.mp4"), f"{server.url}/files/none.mp4"]
    found = [one.content_sha256 for one in described(paths, with_sha256=True)]
    assert found == [hashlib.sha256(content).hexdigest()] * 2 + [None] * 2
    assert [one.content_sha256 for one in described(paths)] == [None] * 4


def test_a_url_has_the_result_of_its_file(server, originals):
    categorizer = make_categorizer(make_bundle())
    path = originals / "red.mp4"
    here = categorizer.categorize(path)
    url = f"{server.url}/files/red.mp4"
    there = categorizer.categorize(url)
    assert there.id == url
    assert there.categories == here.categories != ()
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    assert there.key.content_sha256 == here.key.content_sha256 == sha256
    etag = hashlib.md5(content).hexdigest()  # noqa: S324
    assert there.key.source_version == f'"{etag}"'
    assert [method for method, _ in server.asked] == ["HEAD", "GET"]


def test_a_url_that_fails_is_a_result_of_its_own(server):
    categorizer = make_categorizer(make_bundle())
    torn, slow, fine = categorizer.categorize_many(
        [
            f"{server.url}/torn/red.mp4",
            f"{server.url}/files/none.mp4",
            f"{server.url}/files/red.mp4",
        ]
    )
    assert (torn.status, slow.status, fine.status) == ("decode_error",) * 2 + ("ok",)
    assert torn.reason.startswith(f"{server.url}/torn/red.mp4: download_failed: ")
    assert torn.key.content_sha256 is None
    assert slow.key.source_version is None


def test_pictures_are_taken_of_urls(server, originals):
    url = f"{server.url}/files/clock.mp4"
    path = str(originals / "clock.mp4")
    times = {1.0, 4.0}
    assert thumbnails_at(url, times, Sampling()) == thumbnails_at(
        path, times, Sampling()
    )
    assert thumbnails(url) == thumbnails(path)
    with pytest.raises(VideoError, match=f"^{server.url}/files/broken.mp4: not_a_vid"):
        thumbnails(f"{server.url}/files/broken.mp4")


def test_a_moment_is_looked_for_in_one_copy(server, originals):
    # Its one key frame is at 0 s, so all frames are gone through as well.
    asked = ("clock.mp4", 3.0, 4.0, 3.0)
    picture = thumbnail_within(f"{server.url}/files/{asked[0]}", *asked[1:])
    assert picture == thumbnail_within(str(originals / asked[0]), *asked[1:])
    assert server.asked == [("GET", "/files/clock.mp4")]


def describe(rows, out, **options):
    return describe_catalog(
        rows, out, encoder=ColourEncoder(), sampler=SAMPLER, **options
    )


def test_urls_that_are_described_are_not_fetched_again(server, originals, tmp_path):
    urls = [
        f"{server.url}/files/red.mp4",
        f"{server.url}/undated/clock.mp4",
        vault(originals, "red.mp4"),
    ]
    rows = [Video(id=str(number), path=url) for number, url in enumerate(urls)]
    assert describe(rows, tmp_path / "out").done == 3
    again = describe(rows, tmp_path / "out")
    assert (again.done, again.already_done) == (0, 3)
    asked = sorted(path for method, path in server.asked if method == "GET")
    assert asked == ["/files/red.mp4", "/undated/clock.mp4"]
    store = FeatureStore(tmp_path / "out")
    assert [store.source_version(row.id) for row in rows][1] == ""


def test_what_the_network_did_is_tried_again_and_what_the_video_is_is_not(
    server, originals, tmp_path, monkeypatch
):
    clip = originals / "later.torn"
    clip.write_bytes((originals / "red.mp4").read_bytes())
    rows = [
        Video(id="torn", path=vault(originals, "later.torn")),
        Video(id="broken", path=f"{server.url}/files/broken.mp4"),
    ]
    first = describe(rows, tmp_path / "out", fit_projection=False)
    assert first.failed == {"download_failed": 1, "not_a_video": 1}
    again = describe(rows, tmp_path / "out", fit_projection=False)
    assert again.failed == first.failed
    asked = [path for method, path in server.asked if method == "GET"]
    assert asked == ["/files/broken.mp4"]
    # The same bytes of the same time, and a store that gives them whole.
    monkeypatch.setattr(VaultFileSystem, "whole", True)
    third = describe(rows, tmp_path / "out", fit_projection=False)
    assert (third.done, third.failed) == (1, {"not_a_video": 1})
    clip.unlink()
