import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidcat.taxonomy.tree import (
    CategoryRow,
    InvalidTaxonomy,
    Taxonomy,
    UnknownCategory,
)

SPORTS = CategoryRow("483", None, "Sports")
EQUINE = CategoryRow("496", "483", "Equine Sports")
RACING = CategoryRow("497", "496", "Horse Racing")
TENNIS = CategoryRow("539", "483", "Tennis")
PETS = CategoryRow("422", None, "Pets")
BIRDS = CategoryRow("423", "422", "Birds", True)
BILLIARDS = CategoryRow("533", "483", "Snooker/Pool & Billiards")


@pytest.fixture
def tree():
    rows = [SPORTS, EQUINE, RACING, TENNIS, BILLIARDS, PETS, BIRDS]
    return Taxonomy(rows, version="test")


@st.composite
def forests(draw):
    """Rows in any order; each parent is an earlier number, so there is no cycle."""
    size = draw(st.integers(1, 25))
    above = [
        draw(st.none() | st.integers(0, n - 1)) if n else None for n in range(size)
    ]
    rows = [
        CategoryRow(str(n), None if parent is None else str(parent), f"name {n}")
        for n, parent in enumerate(above)
    ]
    return Taxonomy(draw(st.permutations(rows)), version="drawn")


def ids_of(tree):
    return st.lists(st.sampled_from([category.id for category in tree]))


def test_a_category_knows_its_place(tree):
    racing = tree["497"]
    assert racing.name == "Horse Racing"
    assert racing.path == ("Sports", "Equine Sports", "Horse Racing")
    assert racing.path_text == "Sports > Equine Sports > Horse Racing"
    assert racing.tier == 3
    assert racing.parent_id == "496"
    assert not racing.sensitive
    assert tree["423"].sensitive


def test_walks_give_ids_in_the_order_of_the_table(tree):
    assert tree.roots() == ("483", "422")
    assert tree.parent("483") is None
    assert tree.parent("497") == "496"
    assert tree.children("483") == ("496", "539", "533")
    assert tree.children("497") == ()
    assert tree.ancestors("497") == ("496", "483")
    assert tree.ancestors("483") == ()
    assert tree.descendants("483") == ("496", "497", "539", "533")
    assert [category.id for category in tree][:3] == ["483", "496", "497"]
    assert len(tree) == 7
    assert "497" in tree
    assert 497 not in tree


def test_parents_may_come_after_their_children():
    backwards = Taxonomy([RACING, EQUINE, SPORTS], version="test")
    assert backwards["497"].path == ("Sports", "Equine Sports", "Horse Racing")
    assert [category.id for category in backwards] == ["497", "496", "483"]


def test_with_ancestors_closes_over_the_forest(tree):
    assert tree.with_ancestors(["497", "423"]) == {"497", "496", "483", "423", "422"}
    assert tree.with_ancestors([]) == frozenset()


@given(st.data())
def test_with_ancestors_is_extensive_monotone_and_idempotent(data):
    tree = data.draw(forests())
    some = data.draw(ids_of(tree))
    more = data.draw(ids_of(tree))
    closed = tree.with_ancestors(some)
    assert closed >= set(some)
    assert tree.with_ancestors(closed) == closed
    assert tree.with_ancestors(some + more) == closed | tree.with_ancestors(more)


@given(forests())
def test_descendants_are_the_inverse_of_ancestors(tree):
    upwards = {(above, c.id) for c in tree for above in tree.ancestors(c.id)}
    downwards = {(c.id, below) for c in tree for below in tree.descendants(c.id)}
    assert upwards == downwards
    for category in tree:
        assert category.tier == 1 + len(tree.ancestors(category.id))
        below = tree.descendants(category.id)
        assert len(set(below)) == len(below)


def test_a_very_deep_tree_is_walked_without_recursion():
    rows = [CategoryRow(str(n), str(n - 1) if n else None, "n") for n in range(2000)]
    deep = Taxonomy(reversed(rows), version="deep")
    assert deep["1999"].tier == 2000
    assert len(deep.descendants("0")) == 1999


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([TENNIS], "Category '539' has an unknown parent '483'."),
        (
            [SPORTS, CategoryRow("483", None, "Pets")],
            "Category '483' comes twice: as 'Sports' and as 'Pets'.",
        ),
        (
            [CategoryRow("1", "2", "a"), CategoryRow("2", "1", "b")],
            "Category '2' is among its own ancestors: 1 -> 2 -> 1.",
        ),
        (
            [CategoryRow("1", "1", "a")],
            "Category '1' is among its own ancestors: 1 -> 1.",
        ),
        (
            [CategoryRow("7", None, "")],
            "A category must have an id and a name. Received: id='7', name=''",
        ),
        (
            [CategoryRow("", None, "Sports")],
            "A category must have an id and a name. Received: id='', name='Sports'",
        ),
    ],
)
def test_what_is_no_forest_is_refused(rows, message):
    with pytest.raises(InvalidTaxonomy) as caught:
        Taxonomy(rows, version="test")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "text",
    [
        "539",
        "Tennis",
        " tennis ",
        "Sports > Tennis",
        "sports>TENNIS",
        "SPORTS  > tennis",
    ],
)
def test_find_takes_id_path_and_name(tree, text):
    assert tree.find(text).id == "539"


def test_find_takes_names_with_slashes(tree):
    assert tree.find("snooker/pool & billiards").id == "533"


@pytest.mark.parametrize("look_up", [Taxonomy.find, Taxonomy.__getitem__])
def test_an_unknown_category_is_told_with_close_ones(tree, look_up):
    with pytest.raises(UnknownCategory) as caught:
        look_up(tree, "Tenis")
    assert str(caught.value) == (
        "'Tenis' is no category of taxonomy test. Close: 539 (Sports > Tennis)."
    )
    assert isinstance(caught.value, KeyError)


def test_an_unknown_category_without_close_ones(tree):
    with pytest.raises(UnknownCategory) as caught:
        tree.find("")
    assert str(caught.value) == "'' is no category of taxonomy test."


@pytest.mark.parametrize(
    "walk",
    [
        Taxonomy.parent,
        Taxonomy.children,
        Taxonomy.ancestors,
        Taxonomy.descendants,
        lambda tree, category_id: tree.with_ancestors([category_id]),
    ],
)
def test_walks_refuse_an_unknown_id(tree, walk):
    with pytest.raises(UnknownCategory, match="'zzz' is no category of taxonomy test"):
        walk(tree, "zzz")


def test_a_name_borne_twice_must_be_given_by_id_or_path():
    rows = [SPORTS, TENNIS, PETS, CategoryRow("9", "422", "Tennis")]
    tree = Taxonomy(rows, version="test")
    with pytest.raises(UnknownCategory) as caught:
        tree.find("Tennis")
    assert str(caught.value) == (
        "'Tennis' must name one category of taxonomy test, and 2 bear it: "
        "539 (Sports > Tennis), 9 (Pets > Tennis). Give the id."
    )
    assert tree.find("Pets > Tennis").id == "9"


def test_a_root_wins_over_a_deeper_namesake():
    rows = [SPORTS, CategoryRow("9", "483", "Pets"), PETS]
    assert Taxonomy(rows, version="test").find("pets").id == "422"


def test_search_puts_the_best_first(tree):
    # Own name equal; then words in the own name; then words from the path, tiers up.
    found = [category.id for category in tree.search("sports")]
    assert found == ["483", "496", "539", "533", "497"]


def test_search_puts_an_equal_name_before_a_higher_tier():
    rows = [CategoryRow("9", None, "Tennis Shoes"), SPORTS, TENNIS]
    found = Taxonomy(rows, version="test").search("tennis")
    assert [category.id for category in found] == ["539", "9"]


def test_search_wants_every_word_and_takes_ids(tree):
    assert [category.id for category in tree.search("RACING  sports")] == ["497"]
    assert [category.id for category in tree.search("423")] == ["423"]
    assert tree.search("sports pets") == []
    assert tree.search("  ") == []


def test_suggest_gives_at_most_the_count_asked_for(tree):
    assert [category.id for category in tree.suggest("sports", count=2)] == [
        "483",
        "496",
    ]
    assert tree.suggest("qqqq") == ()


def test_equal_tables_are_equal_and_survive_pickling(tree):
    again = pickle.loads(pickle.dumps(tree))  # noqa: S301
    assert again == tree
    assert hash(again) == hash(tree)
    assert again != Taxonomy(tree_rows(tree), version="other")
    assert again != Taxonomy(tree_rows(tree)[:-1], version="test")
    assert again == Taxonomy(tree_rows(tree), version="test")
    assert repr(again) == "<Taxonomy test: 7 categories>"


def tree_rows(tree):
    return [CategoryRow(c.id, c.parent_id, c.name, c.sensitive) for c in tree]
