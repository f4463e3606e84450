"""Folders of a store are read and written as those of this machine."""

import json
import os
import tempfile
from pathlib import Path

import pytest
from remote_files import VaultFileSystem, serving

from vidcat.inference.files.checksums import (
    CHECKSUMS,
    changed_file,
    files_below,
    write_checksums,
)
from vidcat.inference.remote import folders
from vidcat.inference.remote.failure import RemoteFileError, UploadFailed
from vidcat.inference.remote.folders import copy_folder, files_of, working_copy
from vidcat.inference.remote.local_folder import local_folder

URL = "vault://bucket/models/day one"
FILES = {"bundle.json": b"{}", "visual/values.npz": b"12", "visual/a/b.bin": bytes(9)}


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    """Where the store keeps the folder."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(VaultFileSystem, "root", tmp_path / "store")
    monkeypatch.setattr(VaultFileSystem, "written", [])
    return VaultFileSystem.place(URL)


def fill(folder, files=FILES, *, sealed=True):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if sealed:
        write_checksums(folder, [folder / name for name in files])
    return folder


def change(path, content):
    """Writes a file, later than whatever was written a moment ago."""
    path.write_bytes(content)
    later = path.stat().st_mtime_ns + 10**9
    os.utime(path, ns=(later, later))


def contents(folder):
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_a_folder_goes_there_and_comes_back(tmp_path, store):
    here = fill(tmp_path / "here")
    copy_folder(here, URL)
    assert contents(store) == contents(here)
    copy_folder(f"{URL}/", tmp_path / "again")
    assert contents(tmp_path / "again") == contents(here)
    files = files_below(tmp_path / "again", ["visual"])
    files.append(tmp_path / "again" / "bundle.json")
    assert changed_file(tmp_path / "again", files) is None


def test_what_is_there_is_not_copied_again(tmp_path, store):
    here = fill(tmp_path / "here")
    copy_folder(here, URL)
    del VaultFileSystem.written[:]
    copy_folder(here, URL)
    assert VaultFileSystem.written == []
    copy_folder(URL, tmp_path / "again")
    copy_folder(tmp_path / "again", URL)
    assert VaultFileSystem.written == []
    # Of the same size, as the weights of two trainings are.
    change(here / "visual/values.npz", b"34")
    copy_folder(here, URL)
    assert VaultFileSystem.written == [f"{URL}/visual/values.npz"]
    assert contents(store)["visual/values.npz"] == b"34"
    copy_folder(URL, tmp_path / "again")
    assert contents(tmp_path / "again")["visual/values.npz"] == b"34"


def test_a_folder_has_its_checksums_only_while_it_is_whole(tmp_path, store):
    here = fill(tmp_path / "here")
    copy_folder(here, URL)
    new = fill(tmp_path / "new", {**FILES, "visual/values.npz": b"34"})
    for name in (*FILES, CHECKSUMS):
        change(new / name, (new / name).read_bytes())
    seen = {}

    def look(url):
        seen[url] = CHECKSUMS in contents(store)
        if url.endswith("values.npz"):
            raise OSError("the network is gone")

    VaultFileSystem.before_writing = look
    try:
        with pytest.raises(UploadFailed, match=f"^{URL}/visual/values.npz: cannot be"):
            copy_folder(new, URL)
    finally:
        VaultFileSystem.before_writing = None
    assert seen.keys() == {f"{URL}/{name}" for name in FILES}
    assert not any(seen.values())
    assert CHECKSUMS not in contents(store)
    copy_folder(new, URL)
    assert contents(store) == contents(new)
    assert VaultFileSystem.written[-1] == f"{URL}/{CHECKSUMS}"


def test_a_copy_here_has_its_checksums_last_as_well(tmp_path, store):
    fill(store)
    (store / "visual/a/b.bin").rename(store / "visual/a/b.torn")
    with pytest.raises(RemoteFileError, match="download_failed"):
        copy_folder(URL, tmp_path / "here")
    assert CHECKSUMS not in contents(tmp_path / "here")


def test_one_folder_must_be_here_and_one_there(tmp_path):
    with pytest.raises(ValueError, match="One folder must be on this machine"):
        copy_folder(tmp_path, tmp_path / "other")
    with pytest.raises(ValueError, match="One folder must be on this machine"):
        copy_folder(URL, "vault://other")


def test_a_web_server_has_no_folders(tmp_path):
    with (
        serving(tmp_path) as server,
        pytest.raises(RemoteFileError, match="does not list folders"),
    ):
        copy_folder(server.url, tmp_path / "here")


@pytest.mark.parametrize("name", ["../up", "a//b", "a/./b"])
def test_names_that_lead_elsewhere_are_refused(tmp_path, store, monkeypatch, name):
    fill(store)
    real = folders.list_beam_files

    def listed(url):
        first, *others = real(url)
        first.path = f"{URL}/{name}"
        return [first, *others]

    # A store may have such names, the disk that keeps the one of the tests may not.
    monkeypatch.setattr(folders, "list_beam_files", listed)
    with pytest.raises(RemoteFileError, match="no file can have this name"):
        copy_folder(URL, tmp_path / "a" / "here")
    assert not (tmp_path / "a").exists()


def test_signs_of_patterns_in_a_name_are_letters(tmp_path, store):
    for name in ("v[1]", "v1", "v*"):
        fill(store.parent / name, {"name.txt": name.encode()}, sealed=False)
    for name in ("v[1]", "v1", "v*"):
        copy_folder(f"vault://bucket/models/{name}", tmp_path / name)
        assert contents(tmp_path / name) == {"name.txt": name.encode()}


def test_a_folder_that_is_read_is_copied_once_until_it_changes(store, tmp_path):
    fill(store)
    first = local_folder(URL)
    assert contents(first) == contents(store)
    assert local_folder(f"{URL}") == first
    (store / "bundle.json").write_bytes(b"[]")
    os.utime(store / "bundle.json", (1, 1))
    second = local_folder(URL)
    assert second != first
    assert contents(second)["bundle.json"] == b"[]"
    assert contents(first)["bundle.json"] == b"{}"
    assert local_folder(tmp_path / "here") == tmp_path / "here"
    assert local_folder("here") == Path("here")


def test_only_the_last_copies_are_kept(store):
    urls = [f"vault://bucket/models/{number}" for number in range(5)]
    for number in range(5):
        fill(store.parent / str(number), {"a": b"x"}, sealed=False)
    copies = [local_folder(url) for url in urls]
    assert [copy.exists() for copy in copies] == [False, True, True, True, True]
    assert local_folder(urls[0]).exists()
    assert not copies[1].exists()


def test_a_folder_that_is_not_there_is_told():
    with pytest.raises(RemoteFileError, match=f"^{URL}: not_found: "):
        local_folder(URL)


def test_a_folder_to_write_to_ends_as_it_was_left(store, tmp_path):
    fill(store, {**FILES, "old.txt": b"old"})
    kept = (store / "bundle.json").stat().st_mtime_ns
    with working_copy(URL) as folder:
        assert contents(folder) == contents(store)
        (folder / CHECKSUMS).unlink()
        (folder / "old.txt").unlink()
        change(folder / "visual/values.npz", b"56")
        (folder / "new.txt").write_bytes(b"new")
        (folder / ".lock").touch()
        (folder / "half.unfinished").touch()
        write_checksums(folder, [folder / "new.txt"])
        left = contents(folder)
    del left[".lock"], left["half.unfinished"]
    assert contents(store) == left
    assert "old.txt" not in left
    assert json.loads(left[CHECKSUMS]).keys() == {"new.txt"}
    assert (store / "bundle.json").stat().st_mtime_ns == kept
    assert not folder.exists()


def test_what_was_done_before_an_error_is_not_lost(store):
    def work():
        with working_copy(URL) as folder:
            (folder / "checkpoint").write_bytes(b"7")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert contents(store) == {"checkpoint": b"7"}
    with working_copy(URL) as folder:
        assert contents(folder) == {"checkpoint": b"7"}


def test_a_folder_of_this_machine_is_written_to_as_it_is(tmp_path):
    with working_copy(tmp_path / "here") as folder:
        assert folder == tmp_path / "here"
    assert not folder.exists()


def test_states_are_the_same_within_the_rounding_of_times(store):
    fill(store, {"a": b"x"}, sealed=False)
    os.utime(store / "a", (5.000004, 5.000004))
    (near,) = files_of(URL).values()
    os.utime(store / "a", (5.0, 5.0))
    (state,) = files_of(URL).values()
    os.utime(store / "a", (5.001, 5.001))
    (far,) = files_of(URL).values()
    assert state.is_as(near)
    assert not state.is_as(far)
    assert not state.is_as(None)
