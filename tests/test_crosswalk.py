from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidcat.taxonomy.crosswalk import crosswalk
from vidcat.taxonomy.crosswalk_steps import KINDS
from vidcat.taxonomy.iab import IAB_VERSIONS, load_iab
from vidcat.taxonomy.mapped_scores import round_trip
from vidcat.taxonomy.tree import UnknownCategory

PAGE = Path(__file__).parents[1] / "docs" / "crosswalk.md"
PAIRS = [(a, b) for a in IAB_VERSIONS for b in IAB_VERSIONS]


def targets_of(source, target, category_id):
    mapping = crosswalk(source, target)[category_id]
    return mapping.kind, mapping.targets


@st.composite
def categories(draw, versions=1):
    """Versions, and an id of the first of them."""
    chosen = [draw(st.sampled_from(IAB_VERSIONS)) for _ in range(versions)]
    ids = [category.id for category in load_iab(chosen[0])]
    return (*chosen, draw(st.sampled_from(ids)))


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_category_has_a_mapping_to_ids_of_the_target(source, target):
    way = crosswalk(source, target)
    assert [mapping.source for mapping in way] == [c.id for c in load_iab(source)]
    assert len(way) == len(load_iab(source))
    for mapping in way:
        assert mapping.kind in KINDS
        assert (mapping.kind == "none") == (mapping.targets == ())
        assert (mapping.kind == "split") == (len(mapping.targets) > 1)
        assert len(set(mapping.targets)) == len(mapping.targets)
        assert all(one in load_iab(target) for one in mapping.targets)
        assert mapping.targets or not mapping.narrower


@pytest.mark.parametrize(("source", "target"), list(pairwise(IAB_VERSIONS)))
def test_what_is_not_the_same_has_a_reason(source, target):
    for way in (crosswalk(source, target), crosswalk(target, source)):
        for mapping in way:
            assert mapping.reason or mapping.kind in {"exact", "renamed"}
            assert mapping.reason or not mapping.narrower


def test_the_kind_of_a_way_is_the_weakest_of_its_steps():
    # Movies > Action and Adventure Movies: renamed in 3.0, the same in 3.1.
    mapping = crosswalk("2.0", "3.1")["325"]
    assert [step.kind for step in mapping.steps] == [
        "exact",
        "exact",
        "renamed",
        "exact",
    ]
    assert mapping.kind == "renamed"
    ways = [(s.source_version, s.target_version) for s in mapping.steps]
    assert ways == [("2.0", "2.1"), ("2.1", "2.2"), ("2.2", "3.0"), ("3.0", "3.1")]


@pytest.mark.parametrize("version", IAB_VERSIONS)
def test_within_one_version_all_stays(version):
    way = crosswalk(version, version)
    assert way.counts() == dict.fromkeys(KINDS, 0) | {"exact": len(way)}
    assert all(m.targets == (m.source,) and m.steps == () for m in way)


@given(categories(versions=2))
def test_what_is_exact_comes_back_as_itself(drawn):
    source, target, category_id = drawn
    there = crosswalk(source, target)[category_id]
    if there.kind == "exact":
        back = crosswalk(target, source)[there.targets[0]]
        assert (back.kind, back.targets) == ("exact", (category_id,))


@given(st.data())
def test_ways_compose(data):
    versions = data.draw(
        st.lists(st.sampled_from(IAB_VERSIONS), min_size=3, max_size=3).map(sorted)
    )
    if data.draw(st.booleans()):
        versions.reverse()
    first, middle, last = versions
    ids = [category.id for category in load_iab(first)]
    category_id = data.draw(st.sampled_from(ids))
    half = crosswalk(first, middle)[category_id]
    rest = [crosswalk(middle, last)[one] for one in half.targets]
    whole = crosswalk(first, last)[category_id]
    assert set(whole.targets) == {one for each in rest for one in each.targets}
    if len(rest) == 1 and rest[0].targets:
        assert KINDS.index(whole.kind) == max(
            KINDS.index(half.kind), KINDS.index(rest[0].kind)
        )


def test_2_0_and_2_1_are_the_same():
    assert crosswalk("2.0", "2.1").counts()["exact"] == 1179
    assert crosswalk("2.1", "2.0").counts()["exact"] == 1179


@pytest.mark.parametrize(
    ("category_id", "expected"),
    [
        ("539", ("exact", ("539",))),
        # Renamed: Music and Audio, Art and Photography Books.
        ("338", ("renamed", ("338",))),
        ("43", ("renamed", ("43",))),
        # Moved, the name kept: Weather, below News and then Science.
        ("390", ("exact", ("390",))),
        ("329", ("split", ("324", "641"))),
        ("337", ("to_parent", ("324",))),
        ("45", ("to_parent", ("42",))),
        ("374", ("to_parent", ("371",))),
        ("184", ("split", ("8VZQHL", "338"))),
        # International News; French; France; a level of risk.
        ("382", ("none", ())),
        ("1078", ("none", ())),
        ("1295", ("none", ())),
        ("bsr001", ("none", ())),
        # Events and Attractions, of which 3.0 made four roots.
        ("150", ("none", ())),
    ],
)
def test_from_2_2_to_3_0_by_hand(category_id, expected):
    assert targets_of("2.2", "3.0", category_id) == expected


@pytest.mark.parametrize(
    ("category_id", "expected"),
    [
        ("700", ("to_parent", ("SPSHQ5",))),
        ("156", ("renamed", ("156",))),
        ("602", ("renamed", ("602",))),
        ("539", ("exact", ("539",))),
    ],
)
def test_from_3_1_to_3_0_by_hand(category_id, expected):
    assert targets_of("3.1", "3.0", category_id) == expected


@pytest.mark.parametrize(
    ("category_id", "expected"),
    [
        ("8VZQHL", ("to_parent", ("150",))),
        ("VK7KD0", ("to_parent", ("685",))),
        ("KHPC5A", ("to_parent", ("380",))),
        ("JLBCU7", ("none", ())),
        ("641", ("renamed", ("641",))),
        ("390", ("exact", ("390",))),
    ],
)
def test_from_3_0_to_2_2_by_hand(category_id, expected):
    assert targets_of("3.0", "2.2", category_id) == expected


@pytest.mark.parametrize(
    ("category_id", "expected"),
    [
        ("IAB17-40", ("exact", ("539",))),
        ("IAB1-1", ("renamed", ("42",))),
        ("IAB2-9", ("to_parent", ("1",))),
        # The published table has AB7 for IAB7.
        ("IAB7", ("renamed", ("223",))),
        # 41832 is a date: 7-12, the grades of secondary education.
        ("IAB5-1", ("renamed", ("135",))),
        # Published as the country United States, an attribute.
        ("IAB11-3", ("to_parent", ("379",))),
        # Atheism/Agnosticism, and jewelry of women and men.
        ("IAB23-2", ("to_parent", ("453",))),
        ("IAB18-4", ("to_parent", ("552",))),
        ("IAB25-3", ("none", ())),
        ("IAB24", ("none", ())),
    ],
)
def test_from_1_0_to_2_0_by_hand(category_id, expected):
    assert targets_of("1.0", "2.0", category_id) == expected


@pytest.mark.parametrize(
    ("category_id", "expected"),
    [
        ("539", ("exact", ("IAB17-40",))),
        ("42", ("renamed", ("IAB1-1",))),
        # No SUV and no brain in 1.0: as their parents; Automotive, and the reviewed
        # way of Medical Health.
        ("6", ("to_parent", ("IAB2",))),
        ("313", ("to_parent", ("IAB7",))),
        ("150", ("none", ())),
        ("178", ("none", ())),
        ("176", ("to_parent", ("IAB17",))),
        # Content Language, and one below it.
        ("1030", ("none", ())),
        ("1078", ("none", ())),
    ],
)
def test_from_2_0_to_1_0_by_hand(category_id, expected):
    assert targets_of("2.0", "1.0", category_id) == expected


def test_a_moved_category_says_so():
    mapping = crosswalk("2.2", "3.0")["162"]
    assert mapping.kind == "exact"
    assert mapping.reason == "Moved from Events and Attractions to Events."
    moved = crosswalk("2.2", "3.0")["380"]
    assert moved.reason == "Moved from News and Politics to the top."


def test_a_target_that_says_more_is_marked():
    # Animation of any medium in 3.0, Animation TV in 2.2.
    assert crosswalk("3.1", "2.2")["641"].narrower
    assert not crosswalk("2.2", "3.1")["641"].narrower
    # The mark stays on the way further.
    assert crosswalk("3.1", "1.0")["641"].narrower


def test_no_attribute_of_2_2_becomes_a_topic():
    roots = {"1000", "1010", "1022", "1030", "1215", "1219", "MRkz4Q"}
    old = load_iab("2.2")
    attributes = {one for root in roots for one in (root, *old.descendants(root))}
    # 512 removed ids less the 26 topics that are counted by hand in the table.
    assert len(attributes) == 512 - 26
    way = crosswalk("2.2", "3.0")
    assert {way[one].kind for one in attributes} == {"none"}


def test_the_removed_topics_go_where_the_page_says():
    old, new = load_iab("2.2"), load_iab("3.0")
    way = crosswalk("2.2", "3.0")
    kinds = Counter(way[c.id].kind for c in old if c.id not in new)
    assert kinds == {"split": 16, "to_parent": 6, "none": 486 + 4}
    back = crosswalk("3.0", "2.2")
    kinds = Counter(back[c.id].kind for c in new if c.id not in old)
    assert kinds == {"to_parent": 11, "none": 8}


def test_unknown_ids_and_versions_are_refused():
    with pytest.raises(UnknownCategory, match=r"'IAB1' is no category of taxonomy 2.2"):
        crosswalk("2.2", "3.1")["IAB1"]
    with pytest.raises(ValueError, match=r"Received: '4.0'"):
        crosswalk("2.2", "4.0")


def test_the_same_crosswalk_is_given_again():
    assert crosswalk("2.2", "3.1") is crosswalk("2.2", "3.1")
    assert "539" in crosswalk("2.2", "3.1")
    assert "IAB1" not in crosswalk("2.2", "3.1")


def test_the_page_has_the_counts():
    rows = []
    for source in IAB_VERSIONS:
        for target in IAB_VERSIONS:
            if source != target:
                way = crosswalk(source, target)
                trip = round_trip(way, crosswalk(target, source))
                narrower = sum(mapping.narrower for mapping in way)
                counts = (*way.counts().values(), narrower, len(trip.same))
                cells = " | ".join(map(str, counts))
                rows.append(f"| {source} | {target} | {len(way)} | {cells} |")
    assert [line for line in PAGE.read_text().splitlines() if line in set(rows)] == rows
