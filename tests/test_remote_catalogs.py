"""Catalogs of other machines are read as those of this one."""

import json

import pytest
from remote_files import VaultFileSystem, serving

from vidcat.inference.catalog import InvalidCatalog, read_catalog
from vidcat.inference.catalogs.rows import catalog_rows, require_readable
from vidcat.inference.pipeline.reading import catalog_files
from vidcat.inference.remote.failure import RemoteFileError

PATHS = ["a.mp4", "clips/b c.mp4", "../c.mp4", "/disk/d.mp4", "gs://e/f.mp4"]


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "there" / "day"
    folder.mkdir(parents=True)
    rows = [{"id": str(at), "path": path} for at, path in enumerate(PATHS)]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "videos.jsonl").write_text(lines)
    cells = "".join(f"{row['id']},{row['path']}\n" for row in rows)
    (folder / "videos.CSV").write_text(f"id,path\n{cells}")
    (folder / "wrong.jsonl").write_text('{"id": "a"}\n{"id": "b", "labels": 3}\n')
    (folder / "empty.csv").write_text("id,path\n")
    return folder


@pytest.fixture
def server(folder, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(folder.parent) as server:
        yield server


@pytest.fixture
def vault(folder, monkeypatch):
    monkeypatch.setattr(VaultFileSystem, "root", folder.parent.parent)
    return "vault://there/day"


def paths(catalog):
    return [video.path for video in read_catalog(catalog)]


@pytest.mark.parametrize("name", ["videos.jsonl", "videos.CSV", "videos.jsonl?key=a/b"])
def test_paths_are_relative_to_the_folder_on_the_web(server, name):
    assert paths(f"{server.url}/files/day/{name}") == [
        f"{server.url}/files/day/a.mp4",
        f"{server.url}/files/day/clips/b c.mp4",
        f"{server.url}/files/c.mp4",
        "/disk/d.mp4",
        "gs://e/f.mp4",
    ]


def test_paths_are_relative_to_the_folder_in_a_store(vault):
    assert paths(f"{vault}/videos.jsonl") == [
        "vault://there/day/a.mp4",
        "vault://there/day/clips/b c.mp4",
        "vault://there/c.mp4",
        "/disk/d.mp4",
        "gs://e/f.mp4",
    ]


def test_no_path_leads_out_of_a_store(folder, vault):
    (folder / "up.jsonl").write_text('{"id": "a", "path": "../../../../up.mp4"}\n')
    assert paths(f"{vault}/up.jsonl") == ["vault://there/up.mp4"]


def test_parquet_is_read_as_well(folder, vault):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pa.table({"id": ["a"], "path": ["b.mp4"]})
    parquet.write_table(table, folder / "videos.parquet")
    assert paths(f"{vault}/videos.parquet") == [f"{vault}/b.mp4"]


def test_what_is_wrong_is_told_of_the_url(vault):
    url = f"{vault}/wrong.jsonl"
    with pytest.raises(InvalidCatalog, match=f"^{url}, row 2: `labels` must be a list"):
        read_catalog(url)
    with pytest.raises(InvalidCatalog, match=f"^{vault}/empty.csv: a catalog must"):
        read_catalog(f"{vault}/empty.csv")


def test_a_catalog_that_is_not_there_is_told(server):
    url = f"{server.url}/files/none.csv"
    with pytest.raises(RemoteFileError, match=f"^{url}: not_found: "):
        read_catalog(url)


def test_what_is_no_catalog_is_not_fetched(server):
    with pytest.raises(InvalidCatalog, match="must be a folder or one of"):
        read_catalog(f"{server.url}/files/videos.xlsx")
    assert server.asked == []


def test_rows_come_one_by_one(vault):
    url = f"{vault}/wrong.jsonl"
    first, second = catalog_rows(url)
    assert (first.video.id, first.place) == ("a", "wrong.jsonl, row 1")
    assert (second.video, second.catalog) == (None, "wrong.jsonl")
    assert second.reason.startswith(f"{url}, row 2: `labels`")


def test_a_catalog_that_cannot_be_read_is_refused_at_once(vault):
    require_readable(f"{vault}/videos.jsonl")
    with pytest.raises(InvalidCatalog, match="there must be a column 'views'"):
        require_readable(f"{vault}/videos.jsonl", order_by="views")


def test_the_question_mark_of_an_address_is_no_pattern(vault):
    address = "https://example.org/videos.csv?key=a*"
    assert catalog_files(address) == [address]
    assert catalog_files(f"{vault}/video?.jsonl") == [f"{vault}/videos.jsonl"]
