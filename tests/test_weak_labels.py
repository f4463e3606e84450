import re
from pathlib import Path

import numpy as np
import pytest

from vidcat.inference.video import Video
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.lexicon import LEXICON_LANGUAGES
from vidcat.training.weak_labels import (
    DESCRIPTION_CHARACTERS,
    MEASURED_PRECISION,
    MIN_CONFIDENCE,
    WeakLabels,
    combined,
    weak_labels,
)

PAGE = Path(__file__).parents[1] / "docs" / "lexicon.md"

# Sports above Tennis and Soccer, Pets above Cats.
SPORTS, TENNIS, SOCCER, PETS, CATS = "483", "539", "533", "422", "424"
IDS = (SPORTS, TENNIS, SOCCER, PETS, CATS)

# In the English lexicon: "wimbledon" is strong for Tennis, "grand slam" weak; "cat" is
# weak for Cats, "kitten" strong; "olympic games" is strong for Sports itself.
EN = MEASURED_PRECISION["en"]


@pytest.fixture(scope="module")
def taxonomy():
    return load_iab("3.1")


@pytest.fixture(scope="module")
def label_set():
    return LabelSet(taxonomy_version="3.1", ids=IDS, visual=(True,) * 5)


@pytest.fixture
def labelled(taxonomy, label_set):
    """Labels and confidence of one English video, by category."""

    def label(language="en", min_confidence=MIN_CONFIDENCE, **fields):
        weak = weak_labels(
            [Video(id="v", **fields)],
            [language],
            label_set,
            taxonomy,
            min_confidence=min_confidence,
        )
        assert weak.labels.dtype == np.int8
        assert weak.confidence.dtype == np.float32
        return (
            dict(zip(IDS, weak.labels[0].tolist(), strict=True)),
            dict(zip(IDS, weak.confidence[0].tolist(), strict=True)),
        )

    return label


@pytest.mark.parametrize(
    ("fields", "confidence"),
    [
        ({"title": "Wimbledon"}, EN["title"]),
        ({"description": "Wimbledon"}, EN["single"]),
        ({"tags": ("2008", "wimbledon")}, EN["single"]),
        ({"tags": ("wimbledon", "Wimbledon", "wimbledon final")}, EN["single"]),
        ({"description": "Wimbledon", "tags": ("wimbledon",)}, EN["single"]),
        ({"description": "Wimbledon", "tags": ("grand slam",)}, EN["several"]),
        ({"tags": ("us open", "grand slam")}, EN["several"]),
        ({"title": "US Open", "tags": ("grand slam",)}, EN["title"]),
        ({"title": "Grand slam", "description": "Wimbledon"}, EN["title"]),
        # One weak phrase alone has not been measured.
        ({"title": "Grand slam"}, 0),
        ({"tags": ("grand slam", "grand slams")}, 0),
        ({"title": "A day out"}, 0),
        # Phrases do not go from one field into the next.
        ({"tags": ("grand", "slam", "us", "open")}, 0),
        ({"title": "us", "description": "open grand slam"}, 0),
    ],
)
def test_confidence_is_the_precision_measured_where_phrases_stand(
    labelled, fields, confidence
):
    found = labelled(**fields)[1]
    assert found[TENNIS] == pytest.approx(confidence)
    assert found[SPORTS] == found[TENNIS]
    assert found[SOCCER] == found[PETS] == found[CATS] == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "Wimbledon", "tags": ("la liga",)},
        {"tags": ("wimbledon",), "title": "La Liga"},
    ],
)
def test_a_category_is_as_sure_as_the_surest_below_it(labelled, fields):
    found = labelled(**fields)[1]
    both = sorted((found[TENNIS], found[SOCCER]))
    assert both == pytest.approx([EN["single"], EN["title"]])
    assert found[SPORTS] == pytest.approx(EN["title"])


def test_precision_is_that_of_the_language(labelled):
    french = labelled("fr", title="La finale de Roland-Garros")[1]
    assert french[TENNIS] == pytest.approx(MEASURED_PRECISION["fr"]["title"])
    assert french[TENNIS] != pytest.approx(EN["title"])


def test_only_the_beginning_of_a_description_is_read(labelled):
    inside = "." * (DESCRIPTION_CHARACTERS - len("wimbledon")) + "wimbledon"
    assert labelled(description=inside)[1][TENNIS] > 0
    assert labelled(description="." + inside)[1][TENNIS] == 0


def test_a_title_says_its_category_and_those_above_and_denies_others(labelled):
    labels, _ = labelled(title="The best points of Wimbledon")
    assert labels == {SPORTS: 1, TENNIS: 1, SOCCER: 0, PETS: 0, CATS: 0}


def test_what_is_only_hinted_at_is_unknown_with_those_above(labelled):
    labels, _ = labelled(title="A kitten at home", tags=("wimbledon",))
    assert labels == {SPORTS: -1, TENNIS: -1, SOCCER: 0, PETS: 1, CATS: 1}
    # A lone weak phrase too.
    labels, _ = labelled(title="Wimbledon", description="with my cat")
    assert labels == {SPORTS: 1, TENNIS: 1, SOCCER: 0, PETS: -1, CATS: -1}


def test_a_category_that_is_said_leaves_open_which_of_those_below(labelled):
    labels, _ = labelled(title="The Olympic Games")
    assert labels == {SPORTS: 1, TENNIS: -1, SOCCER: -1, PETS: 0, CATS: 0}
    labels, _ = labelled(title="The Olympic Games and Wimbledon")
    assert labels == {SPORTS: 1, TENNIS: 1, SOCCER: 0, PETS: 0, CATS: 0}


@pytest.mark.parametrize(
    ("language", "fields"),
    [
        ("en", {}),
        ("en", {"title": "", "description": "", "tags": ("",)}),
        ("en", {"title": "A day out"}),
        ("en", {"title": "Grand slam"}),
        ("en", {"tags": ("wimbledon",)}),
        ("de", {"title": "Wimbledon"}),
        ("EN", {"title": "Wimbledon"}),
        (None, {"title": "Wimbledon"}),
    ],
)
def test_a_text_that_says_nothing_surely_denies_nothing(labelled, language, fields):
    labels, confidence = labelled(language, **fields)
    assert set(labels.values()) == {-1}
    if language != "en":
        assert set(confidence.values()) == {0}


def test_the_bound_moves_what_is_said(labelled):
    text = {"title": "Wimbledon", "tags": ("kitten", "cat")}
    assert labelled(**text)[0][CATS] == -1
    assert labelled(**text, min_confidence=0.7)[0][CATS] == 1
    assert set(labelled(**text, min_confidence=0.9)[0].values()) == {-1}


def test_the_default_bound_is_reached_by_titles_and_nothing_else():
    assert set(MEASURED_PRECISION) == set(LEXICON_LANGUAGES)
    for precision in MEASURED_PRECISION.values():
        reached = {name for name, value in precision.items() if value >= MIN_CONFIDENCE}
        assert reached == {"title"}


def test_rows_and_columns_keep_their_order(taxonomy):
    turned = LabelSet(taxonomy_version="3.1", ids=(CATS, TENNIS), visual=(True,) * 2)
    videos = [Video(id="a", title="Wimbledon"), Video(id="b", title="Kitten")]
    weak = weak_labels([*videos, videos[0]], ["en", "en", "fr"], turned, taxonomy)
    assert weak.labels.tolist() == [[0, 1], [1, 0], [0, 1]]


def test_a_category_outside_the_set_counts_through_its_ancestors(taxonomy):
    parents = LabelSet(taxonomy_version="3.1", ids=(PETS, SPORTS), visual=(True,) * 2)
    weak = weak_labels([Video(id="a", title="Wimbledon")], ["en"], parents, taxonomy)
    assert weak.labels.tolist() == [[0, 1]]
    assert weak.confidence.tolist() == [[0, pytest.approx(EN["title"])]]


def test_the_page_tells_the_precision_that_is_used():
    rows = dict(
        re.findall(r"^\| \*(\w+)\*: [^|]*\| ([^|]*\|[^|]*) \|$", PAGE.read_text(), re.M)
    )
    assert set(rows) == {"title", "several", "single"}
    for standing, cells in rows.items():
        found = [
            int(right) / int(judged)
            for right, judged in re.findall(r"(\d+)/(\d+) =", cells)
        ]
        assert found == [MEASURED_PRECISION[one][standing] for one in ("en", "fr")]


def test_arguments_that_do_not_fit_are_refused(label_set, taxonomy):
    videos = [Video(id="v")]
    with pytest.raises(ValueError, match=r"Received: 0 languages, 1 videos$"):
        weak_labels(videos, [], label_set, taxonomy)
    for bound in (0, 1.01, float("nan")):
        with pytest.raises(ValueError, match=rf"Received: min_confidence={bound}$"):
            weak_labels(videos, ["en"], label_set, taxonomy, min_confidence=bound)
    with pytest.raises(
        ValueError, match=r"that of the lexicons, 3\.1\. Received: 3\.0"
    ):
        weak_labels(videos, ["en"], label_set, load_iab("3.0"))


def weak(labels, confidence):
    return WeakLabels(
        labels=np.array([labels], np.int8),
        confidence=np.array([confidence], np.float32),
    )


def test_together_either_answers_and_a_contradiction_is_unknown():
    one = weak([1, 1, 1, 0, 0, -1], [0.9, 0.9, 0.9, 0, 0, 0.6])
    other = weak([1, 0, -1, 0, -1, -1], [0.5, 0, 0, 0, 0, 0])
    both = combined(one, other)
    assert both.labels.tolist() == [[1, -1, 1, 0, 0, -1]]
    # Both yes: 1 - 0.1 * 0.5.
    expected = [[0.95, 0.9, 0.9, 0, 0, 0.6]]
    np.testing.assert_allclose(both.confidence, expected, rtol=1e-6)
    turned = combined(other, one)
    np.testing.assert_array_equal(turned.labels, both.labels)
    np.testing.assert_array_equal(turned.confidence, both.confidence)
    assert both.labels.dtype == np.int8
    assert both.confidence.dtype == np.float32


def test_labels_of_other_videos_cannot_be_put_together():
    with pytest.raises(ValueError, match=r"Received: \(1, 2\) and \(1, 1\)$"):
        combined(weak([1, 0], [1, 0]), weak([1], [1]))
