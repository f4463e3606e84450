"""Files of a backfill appear whole, and are found by patterns."""

import json
import threading

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.testing.util import assert_that, equal_to

from vidcat.inference.backfill.beside import Beside
from vidcat.inference.backfill.folder import BackfillFolder
from vidcat.inference.backfill.runners import Runner
from vidcat.inference.files.own_folder import UnfitFolder
from vidcat.inference.pipeline.files import (
    ReadJson,
    matching,
    read_lines,
    write_bytes,
    write_whole,
)
from vidcat.inference.pipeline.reading import (
    ReadCatalog,
    catalog_files,
    catalog_names,
)


def pipeline():
    return beam.Pipeline(options=PipelineOptions(Runner().options))


def test_lines_are_written_into_a_folder_that_is_made(tmp_path):
    path = tmp_path / "a" / "b" / "c.jsonl"
    write_whole(str(path), ["\u00e9t\u00e9", "", "2"])
    assert path.read_bytes() == b"\xc3\xa9t\xc3\xa9\n\n2\n"
    assert list(read_lines(str(path))) == [b"\xc3\xa9t\xc3\xa9\n", b"\n", b"2\n"]
    assert [one.name for one in path.parent.iterdir()] == ["c.jsonl"]


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "c.jsonl"
    sizes = (10, 20_000)
    texts = ["".join(f"{at} {size}\n" for at in range(size)) for size in sizes]
    write_whole(str(path), texts[0].splitlines())
    seen, ended = set(), threading.Event()

    def look():
        while not ended.is_set():
            seen.add(path.read_text())

    reader = threading.Thread(target=look)
    reader.start()
    for at in range(20):
        write_bytes(str(path), texts[at % 2].encode())
    ended.set()
    reader.join()
    assert seen <= set(texts)


def test_what_fails_half_way_leaves_the_earlier_file(tmp_path):
    path = tmp_path / "c.jsonl"
    write_whole(str(path), ["old"])

    def lines():
        yield "new"
        raise OSError("the source is gone")

    with pytest.raises(OSError, match="the source is gone"):
        write_whole(str(path), lines())
    assert path.read_text() == "old\n"


def test_half_a_surrogate_pair_is_written_as_an_escape_that_json_knows(tmp_path):
    path = tmp_path / "c.jsonl"
    titles = ["\ud800", "a\udfffb", "\U0001f600", '\\ud800 "quoted"']
    lines = [json.dumps({"title": one}, ensure_ascii=False) for one in titles]
    write_whole(str(path), lines)
    path.read_text("utf-8")
    found = [json.loads(line)["title"] for line in read_lines(str(path))]
    assert found == titles


def test_files_are_matched_in_the_order_of_their_names(tmp_path):
    for name in ("b.jsonl", "a.jsonl", "a.jsonl.unfinished", "c.txt"):
        (tmp_path / name).touch()
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "d.jsonl").touch()
    assert matching(str(tmp_path / "*.jsonl")) == [
        str(tmp_path / "a.jsonl"),
        str(tmp_path / "b.jsonl"),
    ]
    assert matching(str(tmp_path / "a.jsonl")) == [str(tmp_path / "a.jsonl")]
    assert matching(str(tmp_path / "none" / "*.jsonl")) == []


def test_json_lines_of_all_files_are_read_and_there_may_be_none(tmp_path):
    write_whole(str(tmp_path / "a.jsonl"), ['{"n": 1}', '{"n": 2}'])
    write_whole(str(tmp_path / "b.jsonl"), ['{"n": 3}'])
    with pipeline() as start:
        found = start | "Some" >> ReadJson(str(tmp_path / "*.jsonl"))
        none = start | "None" >> ReadJson(str(tmp_path / "none-*.jsonl"))
        assert_that(found, equal_to([{"n": 1}, {"n": 2}, {"n": 3}]), label="some")
        assert_that(none, equal_to([]), label="none")


def test_a_catalog_is_a_file_a_folder_or_a_pattern(tmp_path):
    for name in ("b.csv", "a.csv", "c.jsonl"):
        (tmp_path / name).touch()
    one = str(tmp_path / "b.csv")
    assert catalog_files(one) == [one]
    assert catalog_files(str(tmp_path)) == [str(tmp_path)]
    assert catalog_files(str(tmp_path / "*.csv")) == [str(tmp_path / "a.csv"), one]
    assert catalog_files(str(tmp_path / "[bc].*")) == [one, str(tmp_path / "c.jsonl")]
    with pytest.raises(FileNotFoundError, match="no file matches this pattern"):
        catalog_files(str(tmp_path / "*.parquet"))


def test_a_file_with_brackets_in_its_name_is_itself(tmp_path):
    path = tmp_path / "catalog[1].csv"
    path.touch()
    assert catalog_names(str(path)) == {str(path): "catalog[1].csv"}


def test_files_of_several_folders_have_names_of_their_own(tmp_path):
    wrong = '{"id": ""}'
    for day in ("mon", "tue"):
        write_whole(str(tmp_path / day / "rows.jsonl"), [wrong, f'{{"id": "{day}"}}'])
    catalog = str(tmp_path / "*" / "rows.jsonl")
    assert list(catalog_names(catalog).values()) == ["mon/rows.jsonl", "tue/rows.jsonl"]
    with pipeline() as start:
        places = start | ReadCatalog(catalog) | beam.Map(lambda row: row.place)
        assert_that(
            places,
            equal_to(
                [
                    f"{day}/rows.jsonl, row {at}"
                    for day in ("mon", "tue")
                    for at in (1, 2)
                ]
            ),
        )


def test_names_of_addresses_are_without_what_follows_the_path():
    url = "https://example.org/lists/rows.csv?token=a/b"
    assert catalog_names(url) == {url: "rows.csv"}
    assert catalog_names("gs://bucket/rows.csv") == {"gs://bucket/rows.csv": "rows.csv"}


@pytest.mark.parametrize("name", ["results[1]", "a*", "what?"])
def test_a_folder_whose_name_is_a_pattern_is_refused(tmp_path, name):
    path = str(tmp_path / name)
    for at in (BackfillFolder.at, lambda path: Beside.at(path, None)):
        with pytest.raises(UnfitFolder, match=r"must be without \*, \? and \["):
            at(path)
    assert not (tmp_path / name).exists()
