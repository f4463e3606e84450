"""Score vectors come back from their files as they were, or not at all."""

import json
import sys

import numpy as np
import pyarrow
import pytest
from both_sources import BOOKS, CAR, TENNIS, TEXT_LABELS, VISUAL_LABELS
from pyarrow import parquet

from vidcat.inference.decisions import Thresholds
from vidcat.inference.export.score_columns import METADATA, PyarrowMissing
from vidcat.inference.export.score_vector_writer import ROWS_AT_ONCE, ScoreVectorWriter
from vidcat.inference.export.score_vectors import (
    InvalidScoreVectors,
    read_score_vectors,
)
from vidcat.inference.export.scored_by import ScoredBy
from vidcat.inference.merges.decider import Decider
from vidcat.inference.merges.said import Said
from vidcat.inference.results import ResultKey
from vidcat.inference.scored import Scored
from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet

BUNDLE = "ab" * 32
BOTH = ScoredBy(bundle=BUNDLE, text=TEXT_LABELS, visual=VISUAL_LABELS)


def scored(name, text=None, visual=None, bundle=BUNDLE, **fields):
    return Scored(
        row=Video(id=name, **fields),
        key=ResultKey(source_version="7-1", content_sha256=None, bundle=bundle),
        text=Said(state="no_text", note="the row has no text")
        if text is None
        else Said(state="ok", probabilities=np.array(text), language="fr"),
        visual=Said(state="timeout", status="timeout", note="too slow")
        if visual is None
        else Said(state="ok", probabilities=np.array(visual)),
    )


def write(path, rows, scored_by=BOTH):
    with ScoreVectorWriter(path, scored_by) as writer:
        for row in rows:
            writer.add(row)
    return path


THREE = [
    scored("a", text=[0.1, 1 / 3], visual=[0.0, 1.0], duration_seconds=61.5),
    scored("b", visual=[0.25, 0.75], language="pt-BR"),
    scored("\u00e9t\u00e9"),
]


def test_what_was_written_is_read(tmp_path):
    stored = read_score_vectors(write(tmp_path / "s.parquet", THREE))
    assert stored.scored_by == BOTH
    assert len(stored) == 3
    (batch,) = stored.batches()
    assert batch.heads == tuple(one.head for one in THREE)
    assert [head.status for head in batch.heads] == [
        "no_category",
        "no_category",
        "timeout",
    ]
    assert batch.heads[2].reason == "too slow; the row has no text"
    third = np.float32(1 / 3)
    silent = [np.nan, np.nan]
    np.testing.assert_array_equal(
        batch.text, [[np.float32(0.1), third], silent, silent]
    )
    np.testing.assert_array_equal(batch.visual, [[0.0, 1.0], [0.25, 0.75], silent])
    assert batch.text.dtype == batch.visual.dtype == np.float32
    assert batch.duration_seconds == (61.5, None, None)
    assert batch.languages == ("fr", "pt", None)


def test_a_score_at_its_threshold_is_decided_as_it_was_before_it_was_stored(tmp_path):
    # As float32, 0.7 is 0.69999999 and 0.1 is 0.10000000149.
    row = scored("a", text=[0.7, 0.1])
    decider = Decider(
        text=TEXT_LABELS,
        visual=None,
        labels=TEXT_LABELS,
        policy=Thresholds(
            values=(0.7, 0.1),
            confident=(True, True),
            target_precision=0.8,
            truth="gold",
        ),
    )
    (batch,) = read_score_vectors(write(tmp_path / "s.parquet", [row])).batches()
    at_once = decider.decide([row.text.probabilities], ())
    assert decider.decide([*batch.text], ()) == at_once
    assert [one.category_id for one in at_once[0]] == [BOOKS]


def test_a_source_that_is_not_there_has_no_column(tmp_path):
    frames = ScoredBy(bundle=BUNDLE, text=None, visual=VISUAL_LABELS)
    path = write(tmp_path / "s.parquet", THREE[1:2], frames)
    assert "text" not in parquet.read_schema(path).names
    (batch,) = read_score_vectors(path).batches()
    assert batch.text is None
    np.testing.assert_array_equal(batch.visual, [[0.25, 0.75]])


def test_other_programs_read_the_vectors(tmp_path):
    table = parquet.read_table(write(tmp_path / "s.parquet", THREE))
    assert table.column("id").to_pylist() == ["a", "b", "\u00e9t\u00e9"]
    assert table.column("visual").to_pylist() == [[0.0, 1.0], [0.25, 0.75], None]
    kept = json.loads(table.schema.metadata[METADATA])
    assert kept["visual"]["labels"]["ids"] == [TENNIS, CAR]
    assert kept["visual"]["hash"] == VISUAL_LABELS.content_hash


def test_rows_are_written_as_they_come(tmp_path):
    count = 2 * ROWS_AT_ONCE + 5
    path = tmp_path / "s.parquet"
    with ScoreVectorWriter(path, BOTH) as writer:
        sizes = []
        for number in range(count):
            value = number / count
            writer.add(scored(str(number), text=[value, 0.5], visual=[value, 0.5]))
            sizes.append(path.with_name("s.parquet.unfinished").stat().st_size)
    # Two groups have left memory before the end.
    assert len(set(sizes)) >= 3
    assert parquet.ParquetFile(path).num_row_groups == 3
    batches = list(read_score_vectors(path).batches(rows=1000))
    assert max(map(len, batches)) <= 1000
    read = np.concatenate([batch.text[:, 0] for batch in batches])
    np.testing.assert_array_equal(read, np.float32(np.arange(count) / count))


def test_shards_of_one_bundle_are_read_in_order(tmp_path):
    for name, rows in (("s-1", THREE[1:]), ("s-0", THREE[:1])):
        write(tmp_path / f"{name}.parquet", rows)
    stored = read_score_vectors(tmp_path)
    assert [file.name for file in stored.files] == ["s-0.parquet", "s-1.parquet"]
    ids = [head.id for batch in stored.batches() for head in batch.heads]
    assert ids == ["a", "b", "\u00e9t\u00e9"]
    assert len(stored) == 3


def test_no_rows_are_no_rows(tmp_path):
    stored = read_score_vectors(write(tmp_path / "s.parquet", []))
    assert len(stored) == 0
    assert sum(map(len, stored.batches())) == 0


def test_a_file_that_fails_does_not_appear(tmp_path):
    path = write(tmp_path / "s.parquet", THREE)
    before = path.read_bytes()
    odd = scored("not UTF-8: \udcff", text=[0.1, 0.2])
    with pytest.raises(UnicodeEncodeError):
        write(path, [*THREE, odd])
    assert path.read_bytes() == before


def test_scores_of_another_bundle_are_not_added(tmp_path):
    other = scored("a", text=[0.1, 0.2], bundle="cd" * 32)
    with (
        pytest.raises(ValueError, match=f"one bundle, {BUNDLE}. Received: 'a' of cd"),
        ScoreVectorWriter(tmp_path / "s.parquet", BOTH) as writer,
    ):
        writer.add(other)


def test_files_of_two_bundles_are_not_mixed(tmp_path):
    first = write(tmp_path / "a.parquet", THREE)
    second = write(
        tmp_path / "b.parquet",
        [],
        ScoredBy(bundle="cd" * 32, text=TEXT_LABELS, visual=VISUAL_LABELS),
    )
    with pytest.raises(InvalidScoreVectors) as caught:
        read_score_vectors(tmp_path)
    message = str(caught.value)
    assert message.startswith(f"{second}: ")
    assert str(first) in message
    assert "cdcd" in message


def with_metadata(path, change):
    table = parquet.read_table(path)
    values = json.loads(table.schema.metadata[METADATA])
    change(values)
    kept = {METADATA: json.dumps(values)}
    parquet.write_table(table.replace_schema_metadata(kept), path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda values: values["text"]["labels"]["ids"].reverse(),
            r"order of the text labels must have the hash",
        ),
        (lambda values: values.update(format=2), r"format 2 .* install a newer vidcat"),
        (lambda values: values.pop("visual"), r"the values must be"),
        (lambda values: values.update(visual=None), r"columns must be"),
    ],
)
def test_another_order_or_form_is_refused(tmp_path, change, message):
    path = write(tmp_path / "s.parquet", THREE)
    with_metadata(path, change)
    with pytest.raises(InvalidScoreVectors, match=rf"s\.parquet: .*{message}"):
        read_score_vectors(path)


def test_what_is_no_file_of_scores_is_refused(tmp_path):
    text = tmp_path / "a.parquet"
    text.write_text("id,title\n")
    with pytest.raises(InvalidScoreVectors, match=r"a\.parquet: not a whole Parquet"):
        read_score_vectors(text)
    catalog = tmp_path / "b.parquet"
    parquet.write_table(pyarrow.table({"id": ["a"]}), catalog)
    with pytest.raises(InvalidScoreVectors, match="another Parquet file"):
        read_score_vectors(catalog)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidScoreVectors, match="no Parquet file is in this folder"):
        read_score_vectors(tmp_path / "empty")
    with pytest.raises(FileNotFoundError):
        read_score_vectors(tmp_path / "missing.parquet")


def test_a_file_cut_short_is_refused(tmp_path):
    path = write(tmp_path / "s.parquet", THREE)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InvalidScoreVectors, match="not a whole Parquet file"):
        read_score_vectors(path)


def test_one_changed_byte_of_the_vectors_is_told(tmp_path):
    rng = np.random.default_rng(0)
    rows = [scored(str(n), text=rng.random(2), visual=rng.random(2)) for n in range(99)]
    path = write(tmp_path / "s.parquet", rows)
    column = parquet.ParquetFile(path).metadata.row_group(0).column(10)
    assert column.path_in_schema.startswith("visual")
    content = bytearray(path.read_bytes())
    content[column.data_page_offset + column.total_compressed_size - 9] ^= 1
    path.write_bytes(content)
    with pytest.raises(InvalidScoreVectors, match="not a whole Parquet file"):
        list(read_score_vectors(path).batches())


@pytest.mark.parametrize("value", [1.5, -0.1, np.nan])
def test_what_is_no_probability_is_refused(tmp_path, value):
    path = write(tmp_path / "s.parquet", THREE)
    table = parquet.read_table(path)
    at = table.schema.get_field_index("visual")
    vectors = pyarrow.array([[0.1, 0.2], [value, 0.1], None], table.schema.types[at])
    parquet.write_table(table.set_column(at, table.schema.field(at), vectors), path)
    with pytest.raises(InvalidScoreVectors, match=r"from 0 to 1.*of the video 'b'"):
        list(read_score_vectors(path).batches())


def test_labels_of_two_taxonomies_do_not_go_together():
    old = LabelSet(taxonomy_version="2.2", ids=(BOOKS,), visual=(True,))
    with pytest.raises(ValueError, match=r"taxonomies \['2\.2', '3\.1'\]"):
        ScoredBy(bundle=BUNDLE, text=old, visual=VISUAL_LABELS)
    with pytest.raises(ValueError, match=r"taxonomies \[\]"):
        ScoredBy(bundle=BUNDLE, text=None, visual=None)


def test_without_pyarrow_the_remedy_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(PyarrowMissing, match="pip install pyarrow"):
        ScoreVectorWriter(tmp_path / "s.parquet", BOTH)
    with pytest.raises(PyarrowMissing, match="pip install pyarrow"):
        read_score_vectors(tmp_path)


def test_a_damaged_end_names_the_file_in_one_line(tmp_path):
    path = write(tmp_path / "s.parquet", THREE)
    content = path.read_bytes()
    length = int.from_bytes(content[-8:-4], "little")
    told = []
    for at in range(len(content) - 8 - length, len(content) - 8, 7):
        path.write_bytes(content[:at] + bytes([content[at] ^ 255]) + content[at + 1 :])
        # Not every byte matters to what is read.
        try:
            list(read_score_vectors(path).batches())
        except InvalidScoreVectors as error:
            told.append(str(error))
    assert told
    assert all(str(path) in one and "\n" not in one for one in told)
