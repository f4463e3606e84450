"""A file's version is told without reading it, and changes when the file does."""

import hashlib
import os

import pytest
from remote_files import VaultFileSystem, serving

from vidcat.inference.catalogs.source import file_version, file_versions, source_version
from vidcat.inference.video import Video


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"twelve bytes")
    # Sunday, 9 September 2001, 01:46:40 UTC.
    os.utime(path, ns=(10**18, 10**18))
    return path


@pytest.fixture
def server(tmp_path, clip, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(tmp_path) as server:
        yield server


def test_a_file_of_this_machine_has_size_and_nanoseconds(clip):
    assert source_version(clip) == f"12-{10**18}"
    assert source_version(str(clip)) == f"12-{10**18}"


def test_a_web_server_says_its_etag(server):
    digest = hashlib.md5(b"twelve bytes").hexdigest()  # noqa: S324
    assert source_version(f"{server.url}/files/clip.mp4") == f'"{digest}"'
    assert server.asked == [("HEAD", "/files/clip.mp4")]


def test_without_an_etag_length_and_date_stand_in(server):
    assert (
        source_version(f"{server.url}/dated/clip.mp4")
        == "12-Sun, 09 Sep 2001 01:46:40 GMT"
    )


@pytest.mark.parametrize("mood", ["undated", "no-head"])
def test_a_server_need_not_say_a_version(server, mood):
    assert source_version(f"{server.url}/{mood}/clip.mp4") is None


def test_a_redirect_is_asked_for_its_head_as_well(server):
    url = f"{server.url}/to/?{server.url}/dated/clip.mp4"
    assert source_version(url).startswith("12-Sun")
    assert [method for method, _ in server.asked] == ["HEAD", "HEAD"]


def test_a_store_says_size_and_time(clip, monkeypatch):
    monkeypatch.setattr(VaultFileSystem, "root", clip.parent.parent)
    url = f"vault://{clip.parent.name}/clip.mp4"
    assert source_version(url) == "12-1000000000.000000"
    os.utime(clip, ns=(10**18, 10**18 + 500_000_000))
    assert source_version(url) == "12-1000000000.500000"


@pytest.mark.parametrize("url", ["files/no.mp4", "503/"])
def test_a_file_that_is_not_there_has_no_version(server, url):
    with pytest.raises(OSError, match=f"^{server.url}/{url}: "):
        source_version(f"{server.url}/{url}")
    assert file_version(Video(id="a", path=f"{server.url}/{url}")) is None


def test_versions_of_many_are_those_of_each(server, clip, monkeypatch):
    monkeypatch.setattr(VaultFileSystem, "root", clip.parent.parent)
    paths = [
        *(f"{server.url}/dated/clip.mp4?{number}" for number in range(40)),
        *(str(clip), None, f"{server.url}/404/", "a\0b"),
        f"vault://{clip.parent.name}/clip.mp4",
    ]
    rows = [Video(id=str(number), path=path) for number, path in enumerate(paths)]
    dated = "12-Sun, 09 Sep 2001 01:46:40 GMT"
    expected = [dated] * 40 + [f"12-{10**18}", None, None, None]
    expected.append("12-1000000000.000000")
    assert list(file_versions(rows).values()) == expected
    here = [row for row in rows if row.path is None or "://" not in row.path]
    assert file_versions(here) == {"40": f"12-{10**18}", "41": None, "43": None}
