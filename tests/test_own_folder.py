import os

import pytest

from vidcat.inference.files.own_folder import (
    FolderInUse,
    UnfitFolder,
    check_out_folder,
    sole_writer,
)


def refusal(folder, **options):
    with pytest.raises(UnfitFolder) as caught:
        check_out_folder(folder, **options)
    return str(caught.value)


def test_a_folder_that_is_not_there_is_fit_and_not_made(tmp_path):
    check_out_folder(tmp_path / "a" / "b", marker="ours.json", replaces=["report"])
    assert not (tmp_path / "a").exists()


def test_a_file_is_no_folder(tmp_path):
    file = tmp_path / "catalog.csv"
    file.write_text("id")
    assert refusal(file / "text") == (
        f"{file / 'text'}: must be a folder, or not be there yet, and {file} is a "
        "file. Give another folder."
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_must_be_writable(tmp_path):
    tmp_path.chmod(0o500)
    assert f"must be writable, and {tmp_path} is not" in refusal(tmp_path / "text")


def test_the_marker_tells_ours_from_others(tmp_path):
    (tmp_path / "report").mkdir()
    options = {"marker": "ours.json", "replaces": ["labels.tsv", "report"]}
    assert f"{tmp_path}: has report, but no ours.json" in refusal(tmp_path, **options)
    (tmp_path / "ours.json").touch()
    check_out_folder(tmp_path, **options)


def test_a_folder_has_one_writer_at_a_time(tmp_path):
    folder = tmp_path / "text"
    # A second open file of the same process is kept out like another process.
    with sole_writer(folder):
        with pytest.raises(FolderInUse) as caught, sole_writer(folder):
            pass
        assert str(caught.value) == (
            f"{folder}: another process is writing to it; wait for it to end"
        )
    with sole_writer(folder):
        pass
