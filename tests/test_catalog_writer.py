import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vidcat.inference.catalog import read_catalog
from vidcat.inference.catalogs.writer import write_catalog
from vidcat.inference.video import Video

TEXT = st.text(min_size=1).filter(lambda text: text.strip())
NAMES = TEXT.map(str.strip)
LISTS = st.lists(NAMES, unique=True, max_size=4).map(tuple)


@st.composite
def videos(draw):
    """Any row that a catalog may hold."""
    labels = draw(st.none() | LISTS)
    unknown = () if labels is None else draw(LISTS)
    optional = {
        "path": st.just("/clips/a.mp4") | st.just("gs://bucket/a.mp4"),
        "title": TEXT,
        "description": TEXT,
        "language": NAMES,
        "owner": NAMES,
        "upload_category": NAMES,
        "uploaded_at": st.datetimes(
            datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)
        ),
        "duration_seconds": st.floats(0, 1e6),
        "truth": st.sampled_from(["gold", "audited", "pseudo"]),
    }
    return Video(
        id=draw(NAMES),
        tags=draw(LISTS),
        labels=labels,
        unknown_labels=tuple(one for one in unknown if one not in (labels or ())),
        **{name: draw(st.none() | values) for name, values in optional.items()},
    )


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(videos(), min_size=1, max_size=4, unique_by=lambda video: video.id))
def test_what_is_written_is_read_again(tmp_path, rows):
    write_catalog(rows, tmp_path / "catalog.jsonl")
    assert read_catalog(tmp_path / "catalog.jsonl") == rows


def test_none_of_the_labels_differs_from_nothing_said(tmp_path):
    path = tmp_path / "catalog.jsonl"
    write_catalog([Video(id="none", labels=()), Video(id="unsaid")], path)
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"id": "none", "labels": []},
        {"id": "unsaid"},
    ]


def test_half_a_surrogate_pair_is_carried(tmp_path):
    row = Video(id="v", title="broken \ud83d emoji")
    write_catalog([row], tmp_path / "catalog.jsonl")
    assert read_catalog(tmp_path / "catalog.jsonl") == [row]


def test_files_are_found_from_another_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "a.mp4").touch()
    Path("catalog.csv").write_text("id,path\na,clips/a.mp4\nb,https://host/b.mp4\n")
    (tmp_path / "out").mkdir()
    write_catalog(read_catalog("catalog.csv"), "out/catalog.jsonl")
    found = read_catalog("out/catalog.jsonl")
    assert Path(found[0].path).samefile(tmp_path / "clips" / "a.mp4")
    assert found[1].path == "https://host/b.mp4"


def test_a_catalog_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "catalog.jsonl"
    write_catalog([Video(id="old")], path)
    write_catalog([Video(id="new")], path)
    assert [row.id for row in read_catalog(path)] == ["new"]
    assert [file.name for file in tmp_path.iterdir()] == ["catalog.jsonl"]


def test_other_forms_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.jsonl, .*'catalog\.csv'$"):
        write_catalog([], tmp_path / "catalog.csv")
