import re
from pathlib import Path

import pytest

from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.youtube8m import (
    YOUTUBE8M_TAXONOMY,
    YOUTUBE8M_UNSTATED_IDS,
    InvalidYoutube8mLabels,
    Youtube8mLabel,
    read_youtube8m_labels,
    youtube8m_labels,
    youtube8m_truth,
)

HEADER = "index\tname\tids\treason\n"
PAGE = Path(__file__).parents[1] / "docs" / "youtube8m_labels.md"


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "labels.tsv"

    def write(text):
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_1200_commonest_labels_are_there():
    labels = youtube8m_labels()
    assert list(labels) == list(range(1200))
    assert all(labels[index].index == index for index in labels)
    assert youtube8m_labels() is labels


def test_each_label_has_a_category_or_a_reason():
    iab = load_iab(YOUTUBE8M_TAXONOMY)
    mapped = [label for label in youtube8m_labels().values() if label.category_ids]
    assert len(mapped) > 900
    for label in mapped:
        assert set(label.category_ids) <= {category.id for category in iab}
        above = {one for each in label.category_ids for one in iab.ancestors(each)}
        assert not above & set(label.category_ids)
    without = [each for each in youtube8m_labels().values() if not each.category_ids]
    assert len(without) == 1200 - len(mapped) > 100
    assert [label for label in without if not label.reason] == []


# Names of the published vocabulary, categories by what the words mean.
@pytest.mark.parametrize(
    ("index", "name", "paths"),
    [
        (7, "Car", {"Automotive"}),
        (12, "Association football", {"Sports > Soccer"}),
        (67, "Dog", {"Pets > Dogs"}),
        (195, "News presenter", set()),
        (226, "Tennis", {"Sports > Tennis"}),
        (
            607,
            "Board game",
            {"Hobbies & Interests > Games and Puzzles > Board Games and Puzzles"},
        ),
        (877, "Wine", {"Food & Drink > Alcoholic Beverages"}),
    ],
)
def test_plain_labels_mean_what_they_say(index, name, paths):
    label = youtube8m_labels()[index]
    iab = load_iab(YOUTUBE8M_TAXONOMY)
    assert label.name == name
    assert {iab[each].path_text for each in label.category_ids} == paths


def test_labels_cannot_be_changed():
    with pytest.raises(TypeError):
        youtube8m_labels()[0] = None


def test_what_is_never_denied_is_the_machine_of_a_game():
    iab = load_iab(YOUTUBE8M_TAXONOMY)
    assert [iab[each].name for each in YOUTUBE8M_UNSTATED_IDS] == [
        "Console Games",
        "Mobile Games",
        "PC Games",
    ]


def states(indices, ids):
    """True, unknown or false by category, from the labels of a video."""
    iab, truth = load_iab(YOUTUBE8M_TAXONOMY), youtube8m_truth(indices)
    assert truth.labels
    assert not set(truth.labels) & set(truth.unknown_labels)
    true = iab.with_ancestors(truth.labels)
    unknown = iab.with_ancestors(truth.unknown_labels) - true
    return [each in true or (None if each in unknown else False) for each in ids]


# 7 Car, 36 Call of Duty, 105 Video game console, 170 Cat, 195 News presenter.
@pytest.mark.parametrize(
    ("indices", "ids", "expected"),
    [
        # Automotive; Auto Repair, which no label states; Cats; Soccer.
        ([7], ["1", "34", "424", "533"], [True, None, False, False]),
        ([170], ["1", "34", "422", "424"], [False, False, True, True]),
        ([7, 170], ["1", "34", "422", "424"], [True, None, True, True]),
        # Video Gaming, Action; Console, Mobile, PC Games; Sports Video Games.
        (
            [36],
            ["680", "686", "681", "683", "684", "689"],
            [True, True, None, None, None, False],
        ),
        ([105], ["680", "681", "683", "684"], [True, True, None, None]),
        ([170], ["680", "681", "683", "684"], [False] * 4),
        # Personal Finance, above which nothing could rule it out, and
        # Consumer Banking below it.
        ([170], ["391", "392"], [None, None]),
        # A label without a category, and one that has not been looked at.
        ([195, 3000, 170], ["424", "533"], [True, False]),
    ],
)
def test_truth_is_unknown_only_where_no_label_could_have_told(indices, ids, expected):
    assert states(indices, ids) == expected


@pytest.mark.parametrize("indices", [[], [195], [3000], [195, 3000]])
def test_a_video_without_a_label_that_has_a_category_has_no_truth(indices):
    assert youtube8m_truth(indices) is None


def test_the_page_tells_the_numbers_of_the_table():
    page = PAGE.read_text(encoding="utf-8")
    mapped = sum(bool(label.category_ids) for label in youtube8m_labels().values())
    assert f"{mapped} of them have a category, {1200 - mapped} have none" in page
    iab, default = load_iab(YOUTUBE8M_TAXONOMY), LabelSet.default()
    stated = iab.with_ancestors(
        one for label in youtube8m_labels().values() for one in label.category_ids
    )
    assert f"{len(set(default) - stated)} of the {len(default)} default" in page
    # The readings: as many rows settled as were not identical, and all add up.
    same, first, second, third = (
        int(re.search(rf"\| {words} \| ([\d,]+) \|", page)[1].replace(",", ""))
        for words in (
            "identical in both readings",
            "settled for the first reader",
            "settled for the second reader",
            "settled for a third answer",
        )
    )
    assert same + first + second + third == 1200


def test_a_table_is_read_in_any_order_of_columns(table):
    path = table("reason\tids\tname\tindex\nwhy\t539 42\t\t3\n")
    assert read_youtube8m_labels(path) == {
        3: Youtube8mLabel(index=3, name="", category_ids=("539", "42"), reason="why")
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("index\tname\n", "line 1: columns must include each of ['ids', 'index', "),
        (
            HEADER + "one\tGame\t680\t\n",
            "line 2: `index` must be a whole number from 0. Received: 'one'",
        ),
        (
            HEADER + "-1\tGame\t680\t\n",
            "line 2: `index` must be a whole number from 0. Received: '-1'",
        ),
        (
            HEADER + "0\tGame\t680\t\n0\tGame\t680\t\n",
            "line 3: index 0 comes twice.",
        ),
        (
            HEADER + "0\tGame\t\t\n",
            "line 2: a label without `ids` must have a `reason`. Received: neither",
        ),
        (
            HEADER + "0\tGame\tTennis\t\n",
            "line 2: 'Tennis' is no category of taxonomy 3.1. Close: 539",
        ),
        (
            HEADER + "0\tGame\t539 42 539\t\n",
            "line 2: `ids` must not repeat, nor hold an ancestor of another. "
            "Received: '539 42 539'",
        ),
        (HEADER + "0\tGame\t539 483\t\n", "Received: '539 483'"),
    ],
)
def test_a_bad_table_is_refused_with_file_and_reason(table, text, reason):
    path = table(text)
    with pytest.raises(InvalidYoutube8mLabels) as caught:
        read_youtube8m_labels(path)
    assert str(caught.value).startswith(str(path))
    assert reason in str(caught.value)
