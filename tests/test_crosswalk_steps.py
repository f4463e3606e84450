from pathlib import Path

import pytest

from vidcat.taxonomy.crosswalk_steps import (
    CROSSWALK_FOLDER,
    InvalidCrosswalk,
    direct_steps,
    read_steps,
)
from vidcat.taxonomy.iab import IAB_VERSIONS, load_iab

HEADER = "source\tkind\ttargets\tnarrower\treason\n"
PUBLISHED = Path(__file__).parents[2] / "shared" / "data" / "iab"


@pytest.fixture
def read(tmp_path):
    path = tmp_path / "steps.tsv"

    def read_text(text):
        path.write_text(text, encoding="utf-8")
        return read_steps(path, load_iab("2.2"), load_iab("3.0"))

    return read_text


def test_a_table_gives_steps(read):
    steps = read(
        HEADER + "329\tsplit\t324 641\t\tboth\n338\trenamed\t338\tyes\tmusic\n"
    )
    assert list(steps) == ["329", "338"]
    assert steps["329"].targets == ("324", "641")
    assert not steps["329"].narrower
    assert steps["338"].narrower
    assert steps["338"].reason == "music"
    assert (steps["338"].source_version, steps["338"].target_version) == ("2.2", "3.0")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("329\thalf\t324\t\twhy", "`kind` must be one of"),
        ("329\tto_parent\t324\tno\twhy", "`narrower` `yes` or empty"),
        ("329\tto_parent\t324\t\t", "`reason` not empty"),
        ("nix\tto_parent\t324\t\twhy", r"taxonomy 2\.2\. Received: \['nix'\]"),
        ("329\tto_parent\t329\t\twhy", r"taxonomy 3\.0\. Received: \['329'\]"),
        ("329\tnone\t324\t\twhy", "`targets` must be no id for `none`"),
        ("329\tto_parent\t\t\twhy", "`targets` must be no id for `none`"),
        ("329\tsplit\t324\t\twhy", "`targets` must be no id for `none`"),
        ("329\tsplit\t324 324\t\twhy", "`targets` must be no id for `none`"),
        ("329\texact\t324 641\t\twhy", "`targets` must be no id for `none`"),
    ],
)
def test_rows_that_do_not_hold_are_refused_with_their_line(read, row, said):
    with pytest.raises(InvalidCrosswalk, match=rf"steps\.tsv, line 2: .*{said}"):
        read(f"{HEADER}{row}\n")


def test_a_source_that_comes_twice_is_refused(read):
    row = "329\tto_parent\t324\t\twhy\n"
    with pytest.raises(InvalidCrosswalk, match=r"line 3: '329' comes twice"):
        read(HEADER + row + row)


def test_another_table_is_refused(read):
    with pytest.raises(InvalidCrosswalk, match="columns must include"):
        read("source\ttargets\n329\t324\n")


def test_a_category_without_a_step_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr("vidcat.taxonomy.crosswalk_steps.CROSSWALK_FOLDER", tmp_path)
    with pytest.raises(InvalidCrosswalk, match=r"3\.1_3\.0\.tsv: .*\['700'\]"):
        direct_steps.__wrapped__("3.1", "3.0")


def test_every_removed_id_of_2_2_was_decided_by_hand():
    old, new = load_iab("2.2"), load_iab("3.0")
    reviewed = read_steps(CROSSWALK_FOLDER / "2.2_3.0.tsv", old, new)
    removed = {category.id for category in old if category.id not in new}
    assert len(removed) == 512
    assert removed <= set(reviewed)


@pytest.mark.parametrize("path", sorted(CROSSWALK_FOLDER.glob("[1-3].*.tsv")))
def test_a_reviewed_table_says_what_would_not_be_said_without_it(path):
    source, target = map(load_iab, path.stem.split("_"))
    steps = read_steps(path, source, target)
    order = [category.id for category in source if category.id in steps]
    assert list(steps) == order
    for step in steps.values():
        before = source[step.source]
        names = [target[one].name for one in step.targets]
        if step.kind == "exact":
            assert names == [before.name]
        if step.kind == "renamed":
            assert names != [before.name]


def test_moves_in_reviewed_tables_are_told():
    for source, target in (("2.2", "3.0"), ("3.0", "2.2")):
        old, new = load_iab(source), load_iab(target)
        for step in direct_steps(source, target).values():
            if step.targets == (step.source,):
                moved = old.parent(step.source) != new.parent(step.source)
                assert moved == ("Moved from" in step.reason), step


def test_steps_come_in_the_order_of_the_source():
    for source, target in zip(IAB_VERSIONS[1:], IAB_VERSIONS, strict=False):
        for pair in ((source, target), (target, source)):
            assert list(direct_steps(*pair)) == [c.id for c in load_iab(pair[0])]


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published tables are not here")
def test_the_published_facts_are_those_of_the_published_table():
    theirs = (PUBLISHED / "map_content_1.0_to_content_2.0.tsv").read_text()
    rows = [line.split("\t") for line in theirs.splitlines()[1:]]
    ours = (CROSSWALK_FOLDER / "published_1.0_2.0.tsv").read_text().splitlines()
    assert [line.split("\t") for line in ours[1:]] == [
        [row[0], row[3], row[10].strip()] for row in rows
    ]
    # The one source that does not exist; IAB7 has none.
    known = {category.id for category in load_iab("1.0")}
    assert {row[0] for row in rows} - known == {"AB7"}
    assert known - {row[0] for row in rows} == {"IAB7"}
