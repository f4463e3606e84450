import functools
import hashlib
import shutil
import tarfile
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
import tensorflow as tf

from vidcat.inference.encoders.hub_model import cached_at, fetch, how_to_place
from vidcat.inference.encoders.weights import WeightsUnavailable, folder_sha256


@pytest.fixture
def cache(tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(cache))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return cache


@pytest.fixture
def model(tmp_path):
    """A folder that looks like a SavedModel; none is loaded here."""
    folder = tmp_path / "model"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables" / "variables.index").write_bytes(b"index")
    return folder


@pytest.fixture
def mirror(tmp_path):
    """Address of a server of the folder `mirror`, and that folder."""
    folder = tmp_path / "mirror"
    folder.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", folder
        server.shutdown()


def pack(folder, archive):
    with tarfile.open(archive, "w:gz") as file:
        file.add(folder, arcname=".")


def test_archive_of_a_mirror_is_fetched_once(cache, mirror, model):
    address, folder = mirror
    pack(model, folder / "muse.tar.gz")
    source = f"{address}/muse.tar.gz"
    fetched = fetch(source)
    assert fetched == cached_at(source)
    assert fetched.parent == cache
    assert folder_sha256(fetched) == folder_sha256(model)
    (folder / "muse.tar.gz").unlink()
    assert fetch(source) == fetched


def test_remote_folder_is_copied_once(cache, model):
    # TensorFlow's file system in memory stands for a bucket.
    source = "ram://bucket/muse"
    for path in (path for path in model.rglob("*") if path.is_file()):
        remote = f"{source}/{path.relative_to(model)}"
        tf.io.gfile.makedirs(remote.rpartition("/")[0])
        tf.io.gfile.copy(str(path), remote)
    fetched = fetch(source)
    assert fetched == cached_at(source)
    assert folder_sha256(fetched) == folder_sha256(model)
    tf.io.gfile.rmtree(source)
    assert fetch(source) == fetched


def test_archive_without_a_savedmodel_at_its_top_is_not_kept(cache, mirror, model):
    address, folder = mirror
    source = f"{address}/muse.tar.gz"
    # One folder too many: `model/saved_model.pb` in the archive.
    shutil.copytree(model, model.parent / "nested" / "model")
    pack(model.parent / "nested", folder / "muse.tar.gz")
    with pytest.raises(WeightsUnavailable, match=r"no saved_model\.pb at its top"):
        fetch(source)
    pack(model, folder / "muse.tar.gz")
    assert fetch(source) == cached_at(source)


@pytest.mark.parametrize("content", [b"<html>Log in</html>", b"\x1f\x8b\x08half"])
def test_answer_that_is_no_archive_is_told(cache, mirror, content):
    address, folder = mirror
    (folder / "muse.tar.gz").write_bytes(content)
    with pytest.raises(WeightsUnavailable, match="cannot be fetched") as caught:
        fetch(f"{address}/muse.tar.gz")
    assert f"Download {address}/muse.tar.gz on a machine" in str(caught.value)


def test_damaged_archive_is_not_kept(cache, mirror, model):
    address, folder = mirror
    archive = folder / "muse.tar.gz"
    (model / "saved_model.pb").write_bytes(bytes(range(256)) * 400)
    pack(model, archive)
    archive.write_bytes(archive.read_bytes()[:-50])
    with pytest.raises(WeightsUnavailable, match="cannot be fetched"):
        fetch(f"{address}/muse.tar.gz")
    assert not cached_at(f"{address}/muse.tar.gz").exists()


@pytest.mark.parametrize(
    "source", ["http://127.0.0.1:9/muse.tar.gz", "ram://nowhere/muse", "s3://x/muse"]
)
def test_what_cannot_be_reached_is_told_in_one_line(cache, source):
    with pytest.raises(WeightsUnavailable) as caught:
        fetch(source)
    text = str(caught.value)
    assert text.startswith(f"The sentence encoder {source} cannot be fetched (")
    assert text.endswith(how_to_place(source))
    assert "\n" not in text
    place = cache / hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
    assert f"Download {source} on a machine with network" in text
    assert f"unpack it into {place}, or" in text


def test_what_is_put_into_the_cache_by_hand_is_found(cache, model):
    source = "https://tfhub.dev/google/universal-sentence-encoder-multilingual/3"
    assert f"{source}?tf-hub-format=compressed" in how_to_place(source)
    cache.mkdir()
    model.rename(cached_at(source))
    assert fetch(source) == cached_at(source)


def test_cache_is_beside_the_weights_unless_named(tmp_path, monkeypatch):
    monkeypatch.delenv("TFHUB_CACHE_DIR", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert cached_at("https://x.org/muse").parent == tmp_path / "models" / "tfhub"
