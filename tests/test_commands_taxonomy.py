import json
from typing import get_args

import pytest
from typer.testing import CliRunner

from vidcat.commands.taxonomy import Version, app
from vidcat.taxonomy.iab import IAB_VERSIONS, load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import UnknownCategory


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_show_tells_where_a_category_stands(run):
    result = run("show", "Sports > Equine Sports")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "496  Sports > Equine Sports",
        "  taxonomy   3.1, tier 2",
        "  parent     483  Sports",
        "  label      among the default labels, visual",
        "  children   497  Sports > Equine Sports > Horse Racing",
    ]


def test_show_marks_what_is_sensitive_and_what_is_not_seen(run):
    lines = run("show", "286").stdout.splitlines()
    assert "  sensitive  marked as sensitive data (SCD)" in lines
    assert "  label      among the default labels, not visual" in lines


@pytest.mark.parametrize("asked", ["539", "tennis", "Sports > Tennis"])
def test_show_prints_one_json_object(run, asked):
    result = run("show", asked, "--json")
    assert json.loads(result.stdout) == {
        "taxonomy": "3.1",
        "id": "539",
        "name": "Tennis",
        "path": ["Sports", "Tennis"],
        "tier": 2,
        "parent_id": "483",
        "children": [],
        "sensitive": False,
        "visual": True,
    }


def test_show_knows_other_versions(run):
    result = run("show", "IAB1-6", "--taxonomy-version", "1.0", "--json")
    shown = json.loads(result.stdout)
    assert shown["path"] == ["Arts & Entertainment", "Music"]
    assert shown["visual"] is None


def test_the_option_offers_every_version():
    assert get_args(get_args(Version)[0]) == IAB_VERSIONS


def test_an_unknown_version_is_wrong_usage(run):
    result = run("show", "1", "--taxonomy-version", "4.0")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "4.0" in result.stderr


def test_an_unknown_category_fails_with_close_ones(run):
    result = run("show", "tenis")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert isinstance(result.exception, UnknownCategory)
    assert str(result.exception) == (
        "'tenis' is no category of taxonomy 3.1. Close: 539 (Sports > Tennis)."
    )


def test_search_prints_what_the_library_finds(run):
    found = load_iab().search("football")
    assert len(found) == 3
    assert run("search", "football").stdout.splitlines() == [
        f"{category.id}  {category.path_text}" for category in found
    ]
    printed = run("search", "football", "--json").stdout.splitlines()
    assert [json.loads(line)["id"] for line in printed] == [c.id for c in found]


def test_search_that_finds_nothing_fails(run):
    result = run("search", "Tenniss")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert str(result.exception) == (
        "No category of taxonomy 3.1 holds 'Tenniss'. Close: 539 (Sports > Tennis)."
    )


def test_tree_is_indented_by_tier(run):
    assert run("tree", "Equine Sports").stdout == (
        "Equine Sports  [496]\n  Horse Racing  [497]\n"
    )
    assert len(run("tree").stdout.splitlines()) == 704
    assert len(run("tree", "--depth", "1").stdout.splitlines()) == 37


def test_labels_prints_a_table_that_can_be_read_back(run, tmp_path):
    table = tmp_path / "labels.tsv"
    table.write_bytes(run("labels").stdout_bytes)
    assert LabelSet.read(table) == LabelSet.default()
    table.write_bytes(run("labels", str(table), "--visual").stdout_bytes)
    assert LabelSet.read(table) == LabelSet.default().visual_only()


@pytest.mark.parametrize("verb", ["show", "search", "tree", "labels"])
def test_every_verb_has_help_with_an_example(run, verb):
    result = run(verb, "--help")
    assert result.exit_code == 0
    assert f"vidcat taxonomy {verb}" in result.stdout
