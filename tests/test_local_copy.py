"""Videos are had whole from other machines, or not at all, and leave nothing behind."""

import pickle
import tempfile
import time
from pathlib import Path

import pytest
from remote_files import VaultFileSystem, serving

from vidcat.inference.frames import VideoError
from vidcat.inference.remote.failure import RemoteFileError
from vidcat.inference.remote.local_copy import local_copy

CONTENT = bytes(range(256)) * 10


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "there"
    (folder / "a b").mkdir(parents=True)
    for name in ("clip.mp4", "clip.gz", "clip.torn", "a b/größe 1+1.mp4"):
        (folder / name).write_bytes(CONTENT)
    (folder / "nothing.mp4").touch()
    return folder


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """The folder for temporary files; empty at the end of each test."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def server(folder, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(folder) as server:
        yield server


@pytest.fixture
def vault(folder, monkeypatch):
    monkeypatch.setattr(VaultFileSystem, "root", folder.parent)
    return "vault://there"


def error_of(url, **limits):
    with pytest.raises(VideoError) as caught, local_copy(url, **limits):
        raise AssertionError("it was copied")
    assert caught.value.path == url
    assert "temporary" not in str(caught.value)
    return caught.value


def test_a_file_of_this_machine_is_given_as_it_is(folder):
    for path in (folder / "clip.mp4", str(folder / "no such file.mp4")):
        with local_copy(path) as local:
            assert local == Path(path)
    assert (folder / "clip.mp4").exists()


@pytest.mark.parametrize(
    "name",
    [
        *("files/clip.mp4", "chunked/clip.mp4", "files/a b/größe 1+1.mp4"),
        *("files/a%20b/gr%C3%B6%C3%9Fe%201+1.mp4", "files/clip.mp4?signed=a b/=&c#t=3"),
    ],
)
def test_a_file_of_a_web_server_is_copied_and_removed(server, temporary, name):
    with local_copy(f"{server.url}/{name}") as local:
        assert local.read_bytes() == CONTENT
        assert local.parent == temporary
    assert not local.exists()


def test_a_query_is_sent_and_a_fragment_is_not(server):
    with local_copy(f"{server.url}/files/clip.mp4?signed=a b%2F&c#t=3"):
        pass
    assert server.asked == [("GET", "/files/clip.mp4?signed=a%20b%2F&c")]


def test_a_file_of_a_store_is_copied_as_it_is(vault, temporary):
    for name in ("clip.mp4", "clip.gz"):
        with local_copy(f"{vault}/{name}") as local:
            assert local.read_bytes() == CONTENT
            assert local.parent == temporary
        assert not local.exists()


@pytest.mark.parametrize(
    ("name", "reason", "words"),
    [
        ("files/no.mp4", "not_found", "there is no such file"),
        ("410/", "not_found", "there is no such file"),
        ("403/", "unreadable", "the server refuses to give it (status 403)"),
        ("204/", "download_failed", "the server answered with status 204"),
        ("429/", "download_failed", "the server answered with status 429"),
        ("503/", "download_failed", "the server answered with status 503"),
        ("304/", "unreadable", "it leads nowhere that may be followed (status 304)"),
        ("torn/clip.mp4", "download_failed", "broke off after 2559 of 2560 bytes"),
        ("torn-chunked/clip.mp4", "download_failed", "the connection broke off"),
    ],
)
def test_what_a_web_server_does_not_give_whole_is_told(server, name, reason, words):
    error = error_of(f"{server.url}/{name}")
    assert error.reason == reason
    assert words in error.detail


def test_no_server_is_told(server):
    server.shutdown()
    server.server_close()
    error = error_of(f"{server.url}/files/clip.mp4")
    assert (error.reason, error.detail) == ("download_failed", "Connection refused")


@pytest.mark.parametrize("url", ["http://[1/a.mp4", "http:///a.mp4", "http://a:b/c"])
def test_an_address_that_cannot_be_one_is_told(url):
    assert error_of(url).reason == "download_failed"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no.mp4", "not_found"),
        ("clip.torn", "download_failed"),
    ],
)
def test_what_a_store_does_not_give_whole_is_told(vault, name, reason):
    assert error_of(f"{vault}/{name}").reason == reason


def test_a_scheme_that_nobody_knows_is_told():
    error = error_of("unheard://of/clip.mp4")
    assert error.reason == "unreadable"
    assert "no file system is known for unheard://" in error.detail


def test_a_redirect_to_another_server_is_followed(server, folder):
    with serving(folder) as other:
        url = f"{server.url}/to/?{other.url}/files/clip.mp4"
        with local_copy(url) as local:
            assert local.read_bytes() == CONTENT
        assert other.asked == [("GET", "/files/clip.mp4")]


@pytest.mark.parametrize(
    "place", ["file:///etc/passwd", "ftp://127.0.0.1/clip.mp4", "vault://there/clip"]
)
def test_a_redirect_to_something_else_is_refused(server, vault, place):
    error = error_of(f"{server.url}/to/?{place}")
    assert error.reason == "unreadable"
    assert "leads nowhere that may be followed" in error.detail


def test_a_redirect_without_end_ends(server):
    error = error_of(f"{server.url}/round/")
    assert error.reason == "unreadable"
    assert len(server.asked) < 20


@pytest.mark.parametrize("name", ["slow/clip.mp4", "silent/clip.mp4"])
def test_a_server_is_not_waited_for_for_ever(server, name):
    began = time.monotonic()
    error = error_of(f"{server.url}/{name}", timeout_seconds=0.5)
    assert error.reason == "timeout"
    # At a byte every 0.05 s, all of it would take two minutes.
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("name", ["files/clip.mp4", "chunked/clip.mp4"])
def test_a_file_may_be_too_large(server, vault, name):
    for url in (f"{server.url}/{name}", f"{vault}/clip.mp4"):
        error = error_of(url, max_bytes=len(CONTENT) - 1)
        assert error.reason == "unreadable"
        assert "larger than may be fetched (2559 bytes)" in error.detail
        with local_copy(url, max_bytes=len(CONTENT)) as local:
            assert local.stat().st_size == len(CONTENT)


def test_the_copy_is_removed_where_its_use_fails(server):
    with (
        pytest.raises(KeyError),
        local_copy(f"{server.url}/files/clip.mp4") as local,
    ):
        raise KeyError("something else")
    assert not local.exists()


def test_an_error_about_the_copy_names_the_url(server):
    url = f"{server.url}/files/clip.mp4"
    with pytest.raises(VideoError) as caught, local_copy(url) as local:
        raise VideoError(local, "no_frames", "nothing")
    assert str(caught.value) == f"{url}: no_frames: nothing"
    with pytest.raises(VideoError) as caught, local_copy(url):
        raise VideoError("other.mp4", "no_frames", "nothing")
    assert caught.value.path == "other.mp4"


def test_an_error_about_a_file_of_this_machine_names_it_as_it_was_given(tmp_path):
    given = f"{tmp_path}/./clip.mp4"
    with pytest.raises(VideoError) as caught, local_copy(given) as local:
        raise VideoError(local, "no_frames", "nothing")
    assert caught.value.path == given


def test_the_failure_of_a_fetch_passes_between_processes():
    error = RemoteFileError("gs://a/b", "timeout", "slow")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert str(again) == str(error) == "gs://a/b: timeout: slow"
    assert (again.url, again.reason, again.detail) == ("gs://a/b", "timeout", "slow")
