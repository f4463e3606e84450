import pytest

from vidcat.inference.files.whole_files import replace_text, replacing


def test_a_file_takes_the_place_of_another_when_it_is_whole(tmp_path):
    path = tmp_path / "notes.json"
    path.write_text("old")
    with replacing(path) as file:
        file.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert [one.name for one in tmp_path.iterdir()] == ["notes.json"]


def write_half_of(path):
    with replacing(path) as file:
        file.write(b"half of")
        raise OSError("the disk is full")


def test_what_fails_on_the_way_leaves_the_old_file(tmp_path):
    path = tmp_path / "notes.json"
    replace_text(path, "été\n")
    with pytest.raises(OSError, match="the disk is full"):
        write_half_of(path)
    assert path.read_bytes() == "été\n".encode()
