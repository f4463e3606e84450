import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import InvalidLabelSet, LabelSet
from vidcat.taxonomy.tree import UnknownCategory

HEADER = "taxonomy\tid\tpath\tvisual\treason\n"
PAGE = Path(__file__).parents[1] / "docs" / "labels.md"


@pytest.fixture
def labels():
    return LabelSet(
        taxonomy_version="3.1",
        ids=("539", "386", "483"),
        visual=(True, False, True),
        reasons=("", "spoken", "seen"),
    )


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "labels.tsv"

    def write(text):
        path.write_text(text, encoding="utf-8")
        return path

    return write


@st.composite
def label_sets(draw):
    # Few ids, so that equal sets are drawn as well as different ones.
    few = st.sampled_from(["483", "539", "386"])
    ids = draw(st.lists(few, min_size=1, unique=True))
    several = {"min_size": len(ids), "max_size": len(ids)}
    return LabelSet(
        taxonomy_version="3.1",
        ids=tuple(ids),
        visual=tuple(draw(st.lists(st.booleans(), **several))),
    )


def test_the_default_is_196_categories_with_their_ancestors():
    default = LabelSet.default()
    assert len(default) == len(set(default.ids)) == 196
    assert default.taxonomy_version == "3.1"
    assert load_iab("3.1").with_ancestors(default) == set(default)


def test_the_default_holds_all_of_tier_1_but_three():
    iab = load_iab("3.1")
    left_out = {iab[root].name for root in iab.roots()} - {
        category.name for category in LabelSet.default().categories
    }
    assert left_out == {"Communication", "Law", "Sensitive Topics"}


def test_no_sensitive_topic_and_only_the_weighed_sensitive_categories_are_in():
    iab, default = load_iab("3.1"), LabelSet.default()
    assert not set(iab.descendants("v9i3On")) & set(default)
    marked = {category.id for category in default.categories if category.sensitive}
    assert marked == {"186", "209", "286", "429", "453", "518"}
    old = load_iab("2.2")
    marked_before = {each for each in default if each in old and old[each].sensitive}
    assert marked_before == {"211", "214", "387", "388", "453"}
    page = PAGE.read_text(encoding="utf-8")
    decided = page.split("## Sensitive subjects")[1].split("## Doubtful cases")[0]
    for category_id in marked | marked_before:
        assert f"({category_id})" in decided


def test_every_label_that_is_not_visual_has_a_reason():
    default = LabelSet.default()
    rows = list(zip(default.ids, default.visual, default.reasons, strict=True))
    assert [each for each, visual, reason in rows if not visual and not reason] == []
    assert sum(bool(reason) for _, visual, reason in rows if visual) > 20


# By the written rule: sights against words.
@pytest.mark.parametrize(
    ("name", "visual"),
    [
        ("Soccer", True),
        ("Cooking", True),
        ("Cats", True),
        ("Video Gaming", True),
        ("Personal Finance", False),
        ("Comedy", False),
        ("Religion & Spirituality", False),
        ("Politics", False),
    ],
)
def test_the_rule_decides_plain_cases(name, visual):
    default = LabelSet.default()
    assert default.visual[default.index(load_iab().find(name).id)] is visual


def test_the_page_tells_the_numbers_and_marks_of_the_table():
    page, default = PAGE.read_text(encoding="utf-8"), LabelSet.default()
    assert f"are {len(default)} categories" in page
    assert f"{sum(default.visual)} of them are *visual*" in page
    sports = [c for c in default.categories if c.path[0] == "Sports"]
    assert f"({len(sports)} labels with *Sports* itself)" in page
    rows = [
        line.split("|")[1:3]
        for line in page.split("## Doubtful cases")[1].splitlines()
        if line.startswith("| *")
    ]
    told = {
        category_id: mark.strip() == "yes"
        for label, mark in rows
        for group in re.findall(r"\(([^)]*)\)", label)
        for category_id in group.split(", ")
    }
    assert len(told) > 20
    assert told == {each: default.visual[default.index(each)] for each in told}


def test_index_is_the_position_of_an_output(labels):
    assert [labels.index(each) for each in labels] == [0, 1, 2]
    assert [category.name for category in labels.categories] == [
        "Tennis",
        "Politics",
        "Sports",
    ]
    assert "386" in labels
    assert "1" not in labels
    with pytest.raises(UnknownCategory) as caught:
        labels.index("1")
    assert str(caught.value) == "'1' is none of the 3 labels."


def test_visual_only_keeps_order_and_reasons(labels):
    seen = labels.visual_only()
    assert seen.ids == ("539", "483")
    assert seen.visual == (True, True)
    assert seen.reasons == ("", "seen")


def test_visual_only_of_unseen_labels_is_refused():
    spoken = LabelSet(taxonomy_version="3.1", ids=("386",), visual=(False,))
    with pytest.raises(InvalidLabelSet, match="at least one label"):
        spoken.visual_only()


def test_the_hash_is_that_of_the_content(labels):
    content = (
        '{"ids":["539","386","483"],"taxonomy_version":"3.1",'
        '"visual":[true,false,true]}'
    )
    assert labels.content_hash == hashlib.sha256(content.encode()).hexdigest()


@given(label_sets(), label_sets())
def test_labels_have_one_hash_exactly_if_they_are_equal(one, other):
    assert (one.content_hash == other.content_hash) == (one == other)
    assert LabelSet.from_json(one.to_json()).content_hash == one.content_hash


def test_the_order_is_part_of_the_hash(labels):
    turned = LabelSet(
        taxonomy_version="3.1", ids=labels.ids[::-1], visual=labels.visual
    )
    assert turned.content_hash != labels.content_hash


@given(labels=label_sets())
def test_json_gives_the_labels_back(labels):
    assert LabelSet.from_json(labels.to_json()) == labels


def test_a_written_table_gives_everything_back(labels, tmp_path):
    labels.write(tmp_path / "labels.tsv")
    again = LabelSet.read(tmp_path / "labels.tsv")
    assert again == labels
    assert again.reasons == labels.reasons
    assert (tmp_path / "labels.tsv").read_text(encoding="utf-8") == (
        HEADER + "3.1\t539\tSports > Tennis\tyes\t\n"
        "3.1\t386\tPolitics\tno\tspoken\n"
        "3.1\t483\tSports\tyes\tseen\n"
    )


def test_a_table_needs_only_taxonomy_id_and_visual(table):
    path = table("visual\tid\ttaxonomy\tnotes\nno\tIAB1-6\t1.0\tmine\n")
    assert LabelSet.read(path) == LabelSet(
        taxonomy_version="1.0", ids=("IAB1-6",), visual=(False,)
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id\tvisual\n", "line 1: columns must include each of ['id', 'taxonomy', "),
        (HEADER, ": must hold at least one label."),
        (
            HEADER + "3.1\t539\t\tyes\t\n3.0\t483\t\tyes\t\n",
            "line 3: `taxonomy` must be '3.1' as in the first row. Received: '3.0'",
        ),
        (
            HEADER + "3.1\t539\t\tmaybe\t\n",
            "line 2: `visual` must be `yes` or `no`. Received: 'maybe'",
        ),
        (
            HEADER + "3.1\tTennis\t\tyes\t\n",
            "line 2: 'Tennis' is no category of taxonomy 3.1. "
            "Close: 539 (Sports > Tennis)",
        ),
        (HEADER + "9.9\t539\t\tyes\t\n", "line 2: `version` must be one of ['1.0'"),
        (
            HEADER + "3.1\t539\tSports > Soccer\tyes\t\n",
            "line 2: `path` of '539' must be 'Sports > Tennis'. "
            "Received: 'Sports > Soccer'",
        ),
        (
            HEADER + "3.1\t539\t\tyes\t\n3.1\t539\t\tno\t\n",
            ": `ids` must not repeat. Received twice: ['539']",
        ),
    ],
)
def test_a_bad_table_is_refused_with_file_and_reason(table, text, reason):
    path = table(text)
    with pytest.raises(InvalidLabelSet) as caught:
        LabelSet.read(path)
    assert str(caught.value).startswith(str(path))
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"ids": (), "visual": ()}, "`ids` must hold at least one label."),
        ({"visual": (True,)}, "for each id. Received: 1 marks, 2 ids"),
        ({"visual": (1, 0)}, r"booleans. Received: visual=\(1, 0\)"),
        ({"reasons": ("why",)}, "Received: 1 reasons, 2 ids"),
        ({"ids": ("483", "483")}, r"Received twice: \['483'\]"),
        ({"ids": ("483", "zzz")}, "'zzz' is no category of taxonomy 3.1"),
    ],
)
def test_labels_that_do_not_fit_together_are_refused(changed, message):
    fitting = {"taxonomy_version": "3.1", "ids": ("483", "539"), "visual": (True, True)}
    assert len(LabelSet(**fitting)) == 2
    with pytest.raises(InvalidLabelSet, match=message):
        LabelSet(**fitting | changed)


def test_json_with_other_names_is_refused(labels):
    with pytest.raises(InvalidLabelSet, match=r"Received: \['ids', 'taxonomy"):
        LabelSet.from_json({"taxonomy_version": "3.1", "ids": ["483"]})
    with pytest.raises(InvalidLabelSet, match="'colour'"):
        LabelSet.from_json(labels.to_json() | {"colour": "red"})


def test_select_keeps_the_order_of_the_set():
    labels = LabelSet.default()
    some = labels.select(["539", "483"])
    assert some.ids == tuple(one for one in labels.ids if one in {"539", "483"})
    assert [some.visual[some.index(one)] for one in ("483", "539")] == [
        labels.visual[labels.index(one)] for one in ("483", "539")
    ]
    with pytest.raises(UnknownCategory, match="'x1'"):
        labels.select(["x1"])
