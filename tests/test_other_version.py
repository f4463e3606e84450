"""Decisions in one version of the taxonomy are said in another."""

from collections import Counter, defaultdict

import pytest

from vidcat.inference.evidence import Evidence
from vidcat.inference.merging import MergedDecision
from vidcat.inference.results import EvidenceSpan
from vidcat.taxonomy.crosswalk import crosswalk
from vidcat.taxonomy.iab import IAB_VERSIONS, load_iab
from vidcat.training.redeciding.other_version import OtherVersion

SPAN = Evidence(
    (EvidenceSpan(start_seconds=0.0, end_seconds=3.0, weight=1.0, best_seconds=1.0),)
)
NONE = defaultdict(Evidence)


def decision(category_id, score=0.9, *, confident=True, implied=False, by="text"):
    return MergedDecision(
        category_id=category_id,
        score=score,
        confident=confident,
        implied=implied,
        sources=(by,),
    )


def said(results):
    return {one.id: (one.score, one.confident, one.sources) for one in results}


def test_what_was_split_is_said_by_all_parts_with_their_own_parents():
    other = OtherVersion(crosswalk=crosswalk("2.2", "3.1"))
    # Animation Movies, below Movies; in 3.1 Movies are below Entertainment.
    results = other.results(
        [decision("329"), decision("324", implied=True)],
        defaultdict(Evidence, {"329": SPAN}),
    )
    assert said(results) == dict.fromkeys(
        ("324", "641", "JLBCU7", "SPSHQ5"), (0.9, True, ("text",))
    )
    assert results[0].path == ("Entertainment", "Movies")
    # The chosen come first, and what is implied has no evidence.
    assert [bool(one.evidence) for one in results] == [True, True, False, False]
    assert other.lost == other.narrower == Counter()


def test_what_has_no_place_is_counted_and_left_out():
    other = OtherVersion(crosswalk=crosswalk("3.1", "2.2"))
    # Genres > History and Genres: neither is in 2.2.
    both = [decision("EZWB7V"), decision("SPSHQ5", implied=True)]
    assert other.results(both, NONE) == ()
    assert other.results([*both, decision("539", 0.8)], NONE)[0].id == "539"
    assert other.lost == Counter({"EZWB7V": 2})


@pytest.mark.parametrize("source", IAB_VERSIONS)
@pytest.mark.parametrize("target", IAB_VERSIONS)
def test_nothing_above_what_has_no_place_has_one(source, target):
    ways, taxonomy = crosswalk(source, target), load_iab(source)
    for mapping in ways:
        if not mapping.targets:
            above = taxonomy.ancestors(mapping.source)
            assert not any(ways[name].targets for name in above)


def test_what_may_say_more_is_not_confident():
    other = OtherVersion(crosswalk=crosswalk("3.1", "2.2"))
    # Comedy of any medium becomes Television > Comedy TV.
    results = other.results([decision("646")], NONE)
    assert said(results)["646"] == (0.9, False, ("text",))
    assert results[0].path == ("Television", "Comedy TV")
    assert other.narrower == Counter({"646": 1})


def test_two_that_become_one_have_the_better_score_and_both_sources():
    other = OtherVersion(crosswalk=crosswalk("2.2", "3.1"))
    # Animation Movies and Drama Movies are both Movies.
    results = other.results(
        [
            decision("329", 0.7, confident=False, by="visual"),
            decision("333", 0.9, confident=True),
        ],
        defaultdict(Evidence, {"329": SPAN}),
    )
    assert said(results) == {
        "324": (0.9, True, ("text", "visual")),
        "647": (0.9, True, ("text",)),
        "641": (0.7, False, ("visual",)),
        "SPSHQ5": (0.9, True, ("text", "visual")),
        "JLBCU7": (0.9, True, ("text", "visual")),
    }
    scores = [one.score for one in results]
    assert scores == sorted(scores, reverse=True)


def test_a_chosen_parent_answers_for_itself():
    other = OtherVersion(crosswalk=crosswalk("3.1", "2.2"))
    results = other.results(
        [decision("539", 0.9), decision("483", 0.9, confident=False)], NONE
    )
    assert said(results) == {
        "539": (0.9, True, ("text",)),
        "483": (0.9, False, ("text",)),
    }
