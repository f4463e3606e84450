import os

import pytest

from vidcat.inference.backfill.uploads.looks import (
    Sighting,
    is_upload,
    look_at,
    seen_again,
    settled,
)
from vidcat.inference.backfill.uploads.sidecars import upload_row
from vidcat.inference.catalogs.rows import catalog_rows

OLD, NEW = ((10, 5_000),), ((20, 6_000),)


def test_a_file_has_settled_once_it_looks_the_same_for_long_enough():
    seen = seen_again({}, {"a.mp4": OLD}, 100.0)
    assert settled(seen, 100.0, 3.0) == []
    seen = seen_again(seen, {"a.mp4": OLD}, 102.9)
    assert settled(seen, 102.9, 3.0) == []
    seen = seen_again(seen, {"a.mp4": OLD}, 103.0)
    assert settled(seen, 103.0, 3.0) == ["a.mp4"]


@pytest.mark.parametrize(
    "changed", [NEW, ((10, 5_001),), ((11, 5_000),), (*OLD, (3, 7))]
)
def test_whatever_changes_makes_the_time_begin_anew(changed):
    # Size, time, both, or a sidecar that has come meanwhile.
    seen = {"a.mp4": Sighting(OLD, 100.0)}
    seen = seen_again(seen, {"a.mp4": changed}, 104.0)
    assert seen == {"a.mp4": Sighting(changed, 104.0)}
    assert settled(seen, 106.9, 3.0) == []


def test_without_a_time_to_settle_two_looks_are_needed_still():
    seen = seen_again({}, {"a.mp4": OLD}, 7.0)
    assert settled(seen, 7.0, 0.0) == []
    assert settled(seen_again(seen, {"a.mp4": OLD}, 7.5), 7.5, 0.0) == ["a.mp4"]


def test_a_file_that_has_gone_is_forgotten():
    seen = seen_again({"a.mp4": Sighting(OLD, 1.0)}, {}, 2.0)
    assert seen == {}
    assert seen_again(seen, {"a.mp4": OLD}, 9.0) == {"a.mp4": Sighting(OLD, 9.0)}


def test_the_oldest_file_comes_first_and_names_decide_between_equals():
    seen = {
        "c.mp4": Sighting(((1, 10),), 0.0),
        "a.mp4": Sighting(((1, 30),), 0.0),
        "b.mp4": Sighting(((1, 10),), 0.0),
    }
    assert settled(seen, 60.0, 1.0) == ["b.mp4", "c.mp4", "a.mp4"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.mp4", True),
        ("A B.MOV", True),
        ("part.mp4", True),
        ("a.part1.mp4", True),
        ("a.json", False),
        ("a", False),
        ("a.mp4.part", False),
        ("a.mp4.crdownload", False),
        ("a.part.mp4", False),
        ("a.TMP.mp4", False),
        (".a.mp4", False),
        (".a.mp4.Xy12", False),
    ],
)
def test_names_tell_what_is_being_written(name, expected):
    assert is_upload(name) is expected


def test_a_look_takes_videos_of_subfolders_with_their_sidecars(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "sub" / "a.mp4").write_bytes(b"12345")
    (tmp_path / ".hidden" / "b.mp4").write_bytes(b"1")
    (tmp_path / "c.txt").write_bytes(b"1")
    os.utime(tmp_path / "sub" / "a.mp4", ns=(1, 70_000))
    assert look_at(tmp_path) == {"sub/a.mp4": ((5, 70_000),)}
    (tmp_path / "sub" / "a.json").write_bytes(b"{}")
    os.utime(tmp_path / "sub" / "a.json", ns=(1, 80_000))
    assert look_at(tmp_path) == {"sub/a.mp4": ((5, 70_000), (2, 80_000))}
    assert look_at(tmp_path / "gone") == {}


def test_a_file_without_a_sidecar_is_the_row_that_a_backfill_of_the_folder_has(
    tmp_path,
):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.mp4").write_bytes(b"1")
    (expected,) = catalog_rows(tmp_path)
    row = upload_row(tmp_path, "sub/a.mp4", ignore_unknown=False)
    assert row.video == expected.video


def test_a_sidecar_is_the_row_of_the_file_beside_it(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"1")
    (tmp_path / "a.json").write_text('{"title": "Rhône", "language": "fr"}', "utf-8")
    video = upload_row(tmp_path, "a.mp4", ignore_unknown=False).video
    assert (video.id, video.path) == ("a.mp4", str(tmp_path / "a.mp4"))
    assert (video.title, video.language) == ("Rhône", "fr")
    # The one with the whole name goes before; two videos may have one stem.
    (tmp_path / "a.mp4.json").write_text('{"id": "v7", "owner": "club"}')
    video = upload_row(tmp_path, "a.mp4", ignore_unknown=False).video
    assert (video.id, video.title, video.owner) == ("v7", None, "club")


@pytest.mark.parametrize(
    ("sidecar", "reason"),
    [
        (b'{"title": ', "must be one JSON object"),
        (b"[1]", "must be one JSON object. Received: '[1]'"),
        (b'{"title": 3}', "`title` must be text. Received: title=3"),
        (b'{"titel": "a"}', "Received: ['titel'] ('titel' may mean 'title')"),
        (b'{"title": "a", "title": "b"}', "fields given twice: ['title']"),
        (b'{"path": "/etc/passwd"}', "must have no `path`"),
        (b'{"title": "\xff"}', "must be UTF-8"),
        (b" " * (1 << 20) + b"{}", "1048576 bytes at most"),
        (b"[" * 100_000, "must be one JSON object"),
    ],
)
def test_a_wrong_sidecar_is_a_wrong_row_that_says_why(tmp_path, sidecar, reason):
    (tmp_path / "a.mp4").write_bytes(b"1")
    (tmp_path / "a.json").write_bytes(sidecar)
    row = upload_row(tmp_path, "a.mp4", ignore_unknown=False)
    assert row.video is None
    assert reason in row.reason
    assert "a.json" in row.reason
    assert row.place == "a.mp4"


def test_unknown_fields_of_a_sidecar_can_be_passed_over(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"1")
    (tmp_path / "a.json").write_text('{"title": "t", "width": 640}')
    assert upload_row(tmp_path, "a.mp4", ignore_unknown=True).video.title == "t"


def test_a_name_that_is_not_utf8_is_a_wrong_row(tmp_path):
    name = os.fsdecode(b"caf\xe9.mp4")
    row = upload_row(tmp_path, name, ignore_unknown=False)
    assert row.video is None
    assert row.place == "caf\\udce9.mp4"
    assert "must be UTF-8" in row.reason


def test_a_sidecar_that_leads_nowhere_is_none(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"12")
    (tmp_path / "a.json").symlink_to(tmp_path / "gone.json")
    (look,) = look_at(tmp_path)["a.mp4"]
    assert look[0] == 2
    assert upload_row(tmp_path, "a.mp4", ignore_unknown=False).video.id == "a.mp4"
