import json
import sys
from datetime import UTC, datetime

import pytest

from vidcat.inference.catalog import InvalidCatalog, read_catalog
from vidcat.inference.video import Video


def write_lines(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def jsonl(tmp_path):
    return tmp_path / "catalog.jsonl"


@pytest.fixture
def csv_file(tmp_path):
    return tmp_path / "catalog.csv"


def refusal(path, **options):
    with pytest.raises(InvalidCatalog) as caught:
        read_catalog(path, **options)
    return str(caught.value)


def test_every_field_of_a_json_row_is_read(jsonl, tmp_path):
    write_lines(
        jsonl,
        {
            "id": "v1",
            "path": "clips/a.mp4",
            "title": "A match",
            "description": "Tennis;\nin Paris",
            "tags": ["tennis", "sport"],
            "language": "fr",
            "owner": "chan-1",
            "upload_category": "Sports",
            "uploaded_at": "2024-05-31T17:04:00+02:00",
            "duration_seconds": 62.5,
            "labels": ["483", "539"],
            "unknown_labels": ["1"],
            "truth": "audited",
        },
    )
    assert read_catalog(jsonl) == [
        Video(
            id="v1",
            path=str(tmp_path / "clips/a.mp4"),
            title="A match",
            description="Tennis;\nin Paris",
            tags=("tennis", "sport"),
            language="fr",
            owner="chan-1",
            upload_category="Sports",
            uploaded_at=datetime(2024, 5, 31, 15, 4, tzinfo=UTC),
            duration_seconds=62.5,
            labels=("483", "539"),
            unknown_labels=("1",),
            truth="audited",
        )
    ]


def test_a_spreadsheet_means_the_same_as_json_lines(csv_file, jsonl):
    # As a spreadsheet saves it: byte order mark, CRLF, quoted text with newlines.
    csv_file.write_bytes(
        "\ufeffid,path,title,tags,duration_seconds,labels,uploaded_at,owner\r\n"
        'v1,a.mp4,"Un titre, ""long""\nen deux lignes",tennis; sport ;,62.5,'
        "483;539,2024-05-31,7\r\n"
        "v2,,,,,,,\r\n"
        "v3,,,,0,;,,\r\n"
        ",,,,,,,\r\n".encode()
    )
    write_lines(
        jsonl,
        {
            "id": "v1",
            "path": "a.mp4",
            "title": 'Un titre, "long"\nen deux lignes',
            "tags": ["tennis", "sport"],
            "duration_seconds": 62.5,
            "labels": ["483", "539"],
            "uploaded_at": "2024-05-31T00:00:00Z",
            "owner": "7",
        },
        {"id": "v2"},
        {"id": "v3", "duration_seconds": 0, "labels": []},
    )
    assert read_catalog(csv_file) == read_catalog(jsonl)


def test_missing_labels_are_not_the_empty_list(csv_file):
    csv_file.write_text("id,labels\nunlabelled,\nnone of them,;\n")
    assert [video.labels for video in read_catalog(csv_file)] == [None, ()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_of_other_countries_are_told_from_the_header(csv_file, delimiter):
    rows = [["id", "title", "tags"], ["v1", "One", '"a;b"']]
    csv_file.write_text("\n".join(delimiter.join(row) for row in rows))
    assert read_catalog(csv_file) == [Video(id="v1", title="One", tags=("a", "b"))]


def test_urls_and_absolute_paths_are_kept(jsonl):
    paths = ["https://host/a.mp4", "gs://bucket/b.mp4", "/videos/c.mp4"]
    write_lines(jsonl, *({"id": path, "path": path} for path in paths))
    assert [video.path for video in read_catalog(jsonl)] == paths


def test_blank_text_is_missing(jsonl):
    write_lines(jsonl, {"id": "v1", "owner": " ", "title": "", "path": ""})
    assert read_catalog(jsonl) == [Video(id="v1")]


def test_numeric_keys_of_databases_are_ids(jsonl):
    write_lines(jsonl, {"id": 17, "owner": 3, "labels": [483]})
    assert read_catalog(jsonl) == [Video(id="17", owner="3", labels=("483",))]


def test_times_without_a_zone_are_utc(jsonl):
    write_lines(jsonl, {"id": "v1", "uploaded_at": "2024-05-31 17:04"})
    expected = datetime(2024, 5, 31, 17, 4, tzinfo=UTC)
    assert read_catalog(jsonl)[0].uploaded_at == expected


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("duration_seconds", -4, "zero or more. Received: duration_seconds=-4."),
        ("duration_seconds", "62", "be a number. Received: duration_seconds='62'."),
        ("duration_seconds", True, "be a number. Received: duration_seconds=True."),
        ("duration_seconds", float("nan"), "Received: duration_seconds=nan."),
        ("duration_seconds", 10**400, "be a finite number of seconds, zero or more."),
        ("owner", "a\ud83d", r"UTF-8 can carry. Received: owner='a\ud83d'. Remove"),
        ("path", "\udce9.mp4", r"UTF-8 can carry. Received: path='\udce9.mp4'. Rem"),
        ("uploaded_at", "31/05/2024", "ISO 8601. Received: uploaded_at='31/05/2024'."),
        ("uploaded_at", 1717167840, "ISO 8601. Received: uploaded_at=1717167840."),
        ("uploaded_at", "0001-01-01T00:00+09:00", "years 1 to 9999. Received: "),
        ("tags", "a,b", """list of text. Received: tags='a,b'. Write ["first","""),
        ("tags", ["a", None], "list of text. Received: tags=['a', None]"),
        ("labels", "483", "list of text. Received: labels='483'."),
        ("title", ["A"], "`title` must be text. Received: title=['A']"),
        ("owner", 1.5, "text or a whole number. Received: owner=1.5"),
        ("truth", "silver", "['gold', 'audited', 'pseudo']. Received: truth='silver'"),
        ("truth", ["gold"], "Received: truth=['gold']"),
        ("unknown_labels", ["1"], "must come with `labels`"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(jsonl, field, value, message):
    write_lines(jsonl, {"id": "v1"}, {"id": "v2", field: value})
    text = refusal(jsonl)
    assert text.startswith(f"{jsonl}, row 2: `{field}` must")
    assert message in text


@pytest.mark.parametrize("row", [{}, {"id": None}, {"id": " "}])
def test_a_row_needs_an_id(jsonl, row):
    write_lines(jsonl, {"id": "v1"}, row | {"title": "x"})
    assert refusal(jsonl) == (
        f"{jsonl}, row 2: `id` must be given. Received: id={row.get('id')!r}. "
        "Give each video an id of its own."
    )


def test_a_label_cannot_be_true_and_unknown(jsonl):
    write_lines(jsonl, {"id": "v", "labels": ["1", "2"], "unknown_labels": ["2"]})
    assert "must not share an id. Received: ['2'] in both" in refusal(jsonl)


def test_an_id_may_not_come_twice(jsonl):
    write_lines(jsonl, {"id": "v1"}, {"id": "v2"}, {"id": "v1"})
    assert refusal(jsonl) == (
        f"{jsonl}, row 3: `id` must be unique. Received: id='v1', which row 1 has "
        "too. Remove or rename one of them."
    )


def test_unknown_columns_are_named_with_the_remedy(csv_file):
    csv_file.write_text("id,Titel,views\nv1,A,3\n")
    text = refusal(csv_file)
    assert f"{csv_file}, row 2: columns must be known. " in text
    assert "Received: ['Titel', 'views'] ('Titel' may mean 'title')." in text
    assert "--ignore-unknown" in text
    assert read_catalog(csv_file, ignore_unknown=True) == [Video(id="v1")]


def test_a_misspelt_field_of_a_later_json_row_is_named(jsonl):
    write_lines(jsonl, {"id": "v1"}, {"id": "v2", "tag": ["a"]})
    assert (
        "row 2: columns must be known. Received: ['tag'] ('tag' may mean 'tags')"
        in (refusal(jsonl))
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": ' + "[" * 100_000, 'must be one JSON object. Received: \'{"id": [[['),
        ('{"id": "v1"', 'each line must be one JSON object. Received: \'{"id": "v1"\''),
        ("[1, 2]", "each line must be one JSON object. Received: '[1, 2]'"),
        ('{"id": "a", "id": "b"}', "fields given twice: ['id']"),
    ],
)
def test_a_line_that_is_no_object_is_refused(jsonl, line, message):
    jsonl.write_text('{"id": "v0"}\n\n' + line + "\n")
    text = refusal(jsonl)
    assert text.startswith(f"{jsonl}, row 3: ")
    assert message in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,title\nv1,a,b\n", "row 2: a row must have 2 cells, as the first"),
        ("id,title\nv1\n", "Received: 1 cells"),
        ("title,tags\nA,b\n", "`id` among them, each name once. Received: ['title', "),
        ("id,id\nv1,v2\n", "Received: ['id', 'id']"),
        ('id,title\nv1,"a\nv2,b\n', "after row 1: the CSV cannot be read"),
        (
            "id,duration_seconds\nv1,1:02\n",
            "row 2: `duration_seconds` must be a number",
        ),
        ('id,title,truth\nv1,"a\nb",x\n', "row 2 (up to line 3): `truth` must be one"),
        ("", "Received: []"),
        ("id,,\nv1,A,\n", "delete those that are empty."),
        ("id,title\n", "a catalog must have at least one row"),
    ],
)
def test_a_broken_spreadsheet_is_refused_with_its_place(csv_file, text, message):
    csv_file.write_text(text)
    assert message in refusal(csv_file)


@pytest.mark.parametrize(
    ("name", "first", "place"),
    [
        ("catalog.csv", b"id\n", "line 2"),
        ("catalog.jsonl", b'{"id": "v1"}\n', "row 2"),
    ],
)
def test_other_encodings_are_refused_with_the_remedy(tmp_path, name, first, place):
    path = tmp_path / name
    path.write_bytes(first + "Thé, café\n".encode("cp1252"))
    assert refusal(path) == (
        f"{path}, {place}: the text must be UTF-8. Received: byte 0xe9 after "
        "'Th'. Save it as UTF-8 (in a spreadsheet: 'CSV UTF-8')."
    )


def test_a_folder_is_a_catalog_of_its_video_files(tmp_path):
    for name in ["b.MP4", "deep/a.webm", "notes.txt", "._b.MP4", ".trash/c.mp4"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert read_catalog(tmp_path) == [
        Video(id="b.MP4", path=str(tmp_path / "b.MP4")),
        Video(id="deep/a.webm", path=str(tmp_path / "deep/a.webm")),
    ]


def test_a_folder_without_videos_is_refused(tmp_path):
    assert f"{tmp_path}: a folder must hold video files. Known are .3gp" in (
        refusal(tmp_path)
    )


def test_other_files_are_no_catalogs(tmp_path):
    path = tmp_path / "clip.mp4"
    path.touch()
    assert refusal(path) == (
        f"{path}: a catalog must be a folder or one of ['.csv', '.jsonl', '.parquet']. "
        "Received: 'clip.mp4'"
    )


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.jsonl"):
        read_catalog(tmp_path / "none.jsonl")


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = tmp_path / "catalog.parquet"
    path.touch()
    with pytest.raises(ImportError, match=r"needs pyarrow\. Run `pip install pyarrow`"):
        read_catalog(path)


def test_parquet_means_the_same_as_json_lines(tmp_path, jsonl):
    arrow = pytest.importorskip("pyarrow", reason="Parquet is read with pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [
        {
            "id": "v1",
            "tags": ["a", "b"],
            "labels": [],
            "duration_seconds": 3.5,
            "uploaded_at": datetime(2024, 5, 31, 17, 4),
        },
        {"id": "v2", "tags": None, "labels": None, "duration_seconds": None},
    ]
    parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / "catalog.parquet")
    rows[0]["uploaded_at"] = "2024-05-31T17:04:00Z"
    write_lines(jsonl, *rows)
    assert read_catalog(tmp_path / "catalog.parquet") == read_catalog(jsonl)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id": ""}, "Received: id=''"),
        ({"duration_seconds": -1.0}, "Received: duration_seconds=-1.0"),
        (
            {"uploaded_at": datetime(2024, 5, 31)},
            "must have a time zone. Received: uploaded_at=2024-05-31T00:00:00",
        ),
    ],
)
def test_a_video_refuses_wrong_values_too(fields, message):
    with pytest.raises(ValueError, match=message):
        Video(**({"id": "v1"} | fields))


def test_a_text_is_no_list_of_tags():
    with pytest.raises(TypeError, match=r"`tags` must be a tuple of text\. .*'abc'"):
        Video(id="v1", tags="abc")
