"""Catalogs row by row: a wrong row is told, and stops nothing."""

import json
import math

import pyarrow as pa
import pytest
from pyarrow import parquet
from video_files import RED, make_colour_video

from vidcat.inference.catalog import InvalidCatalog, read_catalog
from vidcat.inference.catalogs.rows import catalog_rows, require_readable

GOOD = [
    {"id": "a", "title": "one", "duration_seconds": 5.5},
    {"id": "b", "path": "b.mp4", "tags": ["x", "y"]},
]


def write_json(path, *lines):
    path.write_text("".join(line + "\n" for line in lines))
    return path


def good_and_bad(rows):
    """Ids of the good rows, and reasons of the wrong ones by their place."""
    rows = list(rows)
    assert all((row.video is None) != (row.reason is None) for row in rows)
    good = [row.video.id for row in rows if row.video is not None]
    return good, {row.place: row.reason for row in rows if row.video is None}


def test_good_rows_are_those_of_read_catalog(tmp_path):
    path = write_json(tmp_path / "c.jsonl", *map(json.dumps, GOOD), "", "  ")
    rows = list(catalog_rows(path))
    assert [row.video for row in rows] == read_catalog(path)
    assert [(row.catalog, row.number, row.place) for row in rows] == [
        ("c.jsonl", 1, "c.jsonl, row 1"),
        ("c.jsonl", 2, "c.jsonl, row 2"),
    ]
    assert rows[0].rank < rows[1].rank


def test_wrong_rows_of_json_lines(tmp_path):
    path = tmp_path / "c.jsonl"
    lines = [
        b'{"id": "a"}',
        b'{"id": "b", "duration_seconds": -1}',
        b'{"id": "torn',
        b"[1, 2]",
        b'{"title": "no id"}',
        b'{"id": "c", "colour": "red"}',
        b'{"id": "d", "id": "e"}',
        b'{"id": "f\xff"}',
        b'{"id": "\\ud800"}',
        b"[" * 100_000,
        b'{"id": "z"}',
    ]
    path.write_bytes(b"\n".join(lines))
    good, bad = good_and_bad(catalog_rows(path))
    assert good == ["a", "z"]
    assert list(bad) == [f"c.jsonl, row {at}" for at in range(2, 11)]
    words = (
        *("`duration_seconds` must be", "one JSON object", "one JSON object"),
        *("`id` must be given", "columns must be known", "fields given twice"),
        *("must be UTF-8", "UTF-8 can carry", "one JSON object"),
    )
    for reason, word in zip(bad.values(), words, strict=True):
        assert word in reason
    shown = {row.number: row.shown for row in catalog_rows(path)}
    assert shown[3] == '{"id": "torn'
    assert shown[8] == '{"id": "f\ufffd"}'
    assert shown[1] is None


def test_wrong_rows_of_csv(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text(
        "id,title,duration_seconds\na,one,1\nb,two\nc,three,five\n,four,4\n\nd,five,5\n"
    )
    good, bad = good_and_bad(catalog_rows(path))
    assert good == ["a", "d"]
    # The first row has the names.
    assert list(bad) == ["c.csv, row 3", "c.csv, row 4", "c.csv, row 5"]
    assert "3 cells" in bad["c.csv, row 3"]
    assert "`duration_seconds` must be a number" in bad["c.csv, row 4"]
    assert "`id` must be given" in bad["c.csv, row 5"]
    shown = {row.number: row.shown for row in catalog_rows(path)}
    assert shown[3] == ["b", "two"]


def test_wrong_rows_of_parquet(tmp_path):
    path = tmp_path / "c.parquet"
    columns = {"id": ["a", None, "c"], "duration_seconds": [1.0, 2.0, math.inf]}
    parquet.write_table(pa.table(columns), path)
    good, bad = good_and_bad(catalog_rows(path))
    assert good == ["a"]
    assert list(bad) == ["c.parquet, row 2", "c.parquet, row 3"]
    assert "`id` must be given" in bad["c.parquet, row 2"]
    assert "finite number of seconds" in bad["c.parquet, row 3"]
    shown = [row.shown for row in catalog_rows(path)]
    assert shown[1] == {"id": "None", "duration_seconds": "2.0"}


def test_a_folder_has_a_row_for_each_video(tmp_path):
    for name in ("b.mp4", "a.mp4"):
        make_colour_video(tmp_path / name, [RED], 0.4)
    rows = list(catalog_rows(tmp_path))
    assert [row.video.id for row in rows] == ["a.mp4", "b.mp4"]
    assert [row.number for row in rows] == [1, 2]
    require_readable(tmp_path)
    with pytest.raises(InvalidCatalog, match="no columns to order by"):
        require_readable(tmp_path, order_by="views")


def test_an_id_that_comes_twice_is_left_to_whoever_sees_all_rows(tmp_path):
    path = write_json(tmp_path / "c.jsonl", '{"id": "a"}', '{"id": "a"}')
    first, second = catalog_rows(path)
    assert (first.video, second.video) == (second.video, first.video)
    refused = second.refused("twice")
    assert (refused.video, refused.reason, refused.shown) == (None, "twice", "a")
    assert refused.place == second.place


def test_rows_are_ranked_by_a_column_the_largest_first(tmp_path):
    values = ["7", '"1e3"', "null", '" "', "-2", "7", "1e999"]
    lines = [f'{{"id": "v{at}", "views": {one}}}' for at, one in enumerate(values)]
    # Without a value at all.
    path = write_json(tmp_path / "c.jsonl", *lines, '{"id": "v7"}')
    rows = sorted(catalog_rows(path, order_by="views"), key=lambda row: row.rank)
    found = [row.video.id for row in rows]
    # Infinity, 1000, two sevens in their order, -2, then those without a value.
    assert found == ["v6", "v1", "v0", "v5", "v4", "v2", "v3", "v7"]


def test_rows_can_be_ranked_by_a_field_of_a_video(tmp_path):
    path = write_json(
        tmp_path / "c.jsonl",
        '{"id": "short", "duration_seconds": 1}',
        '{"id": "long", "duration_seconds": 9}',
    )
    rows = sorted(
        catalog_rows(path, order_by="duration_seconds"), key=lambda row: row.rank
    )
    assert [row.video.id for row in rows] == ["long", "short"]
    assert rows[0].video.duration_seconds == 9.0


@pytest.mark.parametrize("value", ['"many"', "[1]", "NaN", "1" + "0" * 400])
def test_what_is_no_number_cannot_be_ordered_by(tmp_path, value):
    path = write_json(
        tmp_path / "c.jsonl", f'{{"id": "a", "views": {value}}}', '{"id": "b"}'
    )
    good, bad = good_and_bad(catalog_rows(path, order_by="views"))
    assert good == ["b"]
    assert "`views` must be a number to order by" in bad["c.jsonl, row 1"]


def test_a_catalog_whose_rows_would_all_be_wrong_is_refused_at_once(tmp_path):
    path = write_json(tmp_path / "c.jsonl", '{"id": "a", "views": 3}', '{"id": "b"}')
    with pytest.raises(InvalidCatalog, match=r"c\.jsonl, row 1: columns must be known"):
        require_readable(path)
    require_readable(path, ignore_unknown=True)
    require_readable(path, order_by="views")
    with pytest.raises(InvalidCatalog, match="there must be a column 'likes'"):
        require_readable(path, order_by="likes", ignore_unknown=True)


def test_an_empty_or_unknown_catalog_is_refused(tmp_path):
    with pytest.raises(InvalidCatalog, match="at least one row"):
        require_readable(write_json(tmp_path / "c.jsonl", ""))
    with pytest.raises(InvalidCatalog, match=r"Received: 'c\.txt'"):
        require_readable(write_json(tmp_path / "c.txt", "a"))
    with pytest.raises(FileNotFoundError):
        require_readable(tmp_path / "none.jsonl")
    (tmp_path / "bad.parquet").write_bytes(b"no table")
    with pytest.raises(InvalidCatalog, match="not a Parquet file"):
        require_readable(tmp_path / "bad.parquet")


def test_a_first_row_that_is_wrong_in_itself_is_left_to_the_run(tmp_path):
    path = write_json(tmp_path / "c.jsonl", '{"id": ""}', '{"id": "b"}')
    require_readable(path)
    assert good_and_bad(catalog_rows(path))[0] == ["b"]
