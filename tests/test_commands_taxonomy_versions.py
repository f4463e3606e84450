import json

import pytest
from typer.testing import CliRunner

from vidcat.commands.taxonomy import app
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import UnknownCategory


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(app, arguments)


@pytest.fixture
def bundle(tmp_path):
    """What a bundle says of its labels."""
    (tmp_path / "bundle.json").write_text("{}")
    labels = LabelSet(
        taxonomy_version="3.0", ids=("539", "156", "602"), visual=(True,) * 3
    )
    labels.write(tmp_path / "labels.tsv")
    return tmp_path


def test_diff_counts_and_lists(run):
    lines = run("diff", "2.2", "3.0").stdout.splitlines()
    assert lines[:6] == [
        "From 2.2 to 3.0",
        "  kept       684",
        "  removed    512",
        "  added       19",
        "  renamed     28",
        "  moved       37  by the tier path; 38 by the published parents, which err: "
        "497",
    ]
    assert len(lines) == 6 + 512 + 19 + 28 + 37
    assert "removed   329  Movies > Animation Movies  (split 324 641)" in lines
    assert "removed   382  News and Politics > International News  (none)" in lines
    assert "added     A0AH3G  Genres > Talk Show" in lines
    assert "renamed   43  Art and Photography Books -> Art and Photography" in lines
    assert "moved     390  News and Politics -> Science" in lines


def test_diff_prints_json(run):
    value = json.loads(run("diff", "3.0", "3.1", "--json").stdout)
    assert (value["old"], value["new"]) == ("3.0", "3.1")
    assert len(value["kept"]) == 703
    assert value["added"] == ["700"]
    assert value["removed"] == value["moved"] == []
    assert sorted(value["renamed"]) == ["156", "602"]
    assert sorted(value["moved_in_column"]) == ["376", "497"]
    assert "labels" not in value
    removed = json.loads(run("diff", "2.2", "3.0", "--json").stdout)["removed"]
    assert {"id": "329", "kind": "split", "targets": ["324", "641"]} in removed


def test_diff_names_the_touched_labels_of_a_bundle(run, bundle):
    lines = run("diff", "3.0", "3.1", "--bundle", str(bundle)).stdout.splitlines()
    assert lines[-3:] == [
        "Labels told from frames: 2 of 3",
        "label     156  renamed",
        "label     602  renamed",
    ]
    text = LabelSet(taxonomy_version="3.0", ids=("156",), visual=(True,))
    (bundle / "text").mkdir()
    text.write(bundle / "text" / "labels.tsv")
    result = run("diff", "3.0", "3.1", "--bundle", str(bundle), "--json")
    assert json.loads(result.stdout)["labels"] == {
        "frames": {"156": ["renamed"], "602": ["renamed"]},
        "text": {"156": ["renamed"]},
    }


def test_diff_refuses_other_bundles(run, bundle, tmp_path):
    result = run("diff", "2.2", "2.1", "--bundle", str(bundle))
    assert result.exit_code == 2
    assert "labels of 3.0" in " ".join(result.stderr.split())
    (bundle / "bundle.json").unlink()
    result = run("diff", "3.0", "3.1", "--bundle", str(tmp_path))
    assert result.exit_code == 2
    assert "vidcat train" in result.stderr


def test_map_prints_each_step(run):
    result = run("map", "2.2", "3.1", "337", "382")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "337  Movies > World Movies",
        "  to_parent",
        "    324  Entertainment > Movies",
        "  2.2 > 3.0  337 to_parent to 324. 3.0 has no genre for films of other "
        "countries.",
        "  3.0 > 3.1  324 exact to 324",
        "  back       324",
        "382  News and Politics > International News",
        "  none",
        "  2.2 > 3.0  382 none. News of any topic; news is no topic in 3.0 but a "
        "content purpose, in the descriptive vectors.",
        "  back       lost",
    ]


def test_map_marks_what_says_more(run):
    lines = run("map", "3.1", "2.2", "641").stdout.splitlines()
    assert lines[1:3] == [
        "  renamed  (says more than the source)",
        "    641  Television > Animation TV",
    ]
    assert lines[-1] == "  back       641"


def test_map_prints_json(run):
    lines = run("map", "3.0", "3.1", "156", "539", "--json").stdout.splitlines()
    assert [json.loads(line)["source"] for line in lines] == ["156", "539"]
    assert json.loads(lines[0]) == {
        "source_version": "3.0",
        "target_version": "3.1",
        "source": "156",
        "kind": "renamed",
        "targets": ["156"],
        "narrower": False,
        "back": ["156"],
        "steps": [
            {
                "source_version": "3.0",
                "target_version": "3.1",
                "source": "156",
                "kind": "renamed",
                "targets": ["156"],
                "narrower": False,
                "reason": "",
            }
        ],
    }


def test_map_prints_a_table_of_all(run):
    lines = run("map", "1.0", "2.0", "--tsv").stdout.splitlines()
    columns = ["source", "path", "kind", "targets", "narrower", "back", "reason"]
    assert lines[0].split("\t") == columns
    assert len(lines) == 1 + 392
    row = dict(zip(columns, lines[1 + 1].split("\t"), strict=True))
    assert row["source"] == "IAB1-1"
    assert (row["kind"], row["targets"], row["back"]) == ("renamed", "42", "IAB1-1")
    assert row["path"] == "Arts & Entertainment > Books & Literature"


def test_map_refuses_what_it_does_not_know(run):
    assert isinstance(run("map", "2.2", "3.1", "IAB1").exception, UnknownCategory)
    assert run("map", "2.2", "4.0").exit_code == 2
    assert run("map", "2.2", "3.1", "--json", "--tsv").exit_code == 2
