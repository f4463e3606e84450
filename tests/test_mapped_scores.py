import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidcat.taxonomy.crosswalk import crosswalk
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.mapped_scores import map_scores, round_trip
from vidcat.taxonomy.tree import UnknownCategory

OLD = [category.id for category in load_iab("2.2")]


def sources(mappings):
    return [mapping.source for mapping in mappings]


def test_the_best_score_of_what_meets_is_kept():
    # Animation Movies are Movies and Animation & Anime; Drama Movies are Movies and
    # Drama; World Movies are Movies.
    pairs = [("329", 0.4), ("333", 0.7), ("337", 0.2)]
    mapped = map_scores(pairs, crosswalk("2.2", "3.1"))
    assert mapped.pairs == (("324", 0.7), ("641", 0.4), ("647", 0.7))
    assert mapped.lost == ()
    assert sources(mapped.coarsened) == ["337"]


def test_what_is_lost_is_told():
    # International News and French have no place in 3.1.
    pairs = [("382", 0.9), ("539", 0.8), ("1078", 1.0)]
    mapped = map_scores(pairs, crosswalk("2.2", "3.1"))
    assert mapped.pairs == (("539", 0.8),)
    assert sources(mapped.lost) == ["382", "1078"]
    assert all(mapping.reason for mapping in mapped.lost)


def test_targets_that_say_more_can_be_left_out():
    # Animation & Anime has the id of Animation TV in 2.2.
    pairs = [("641", 0.9), ("539", 0.8)]
    way = crosswalk("3.1", "2.2")
    kept = map_scores(pairs, way)
    assert kept.pairs == (("641", 0.9), ("539", 0.8))
    assert sources(kept.narrowed) == ["641"]
    left = map_scores(pairs, way, narrower=False)
    assert left.pairs == (("539", 0.8),)
    assert sources(left.lost) == ["641"]
    assert left.narrowed == ()


def test_a_score_of_zero_is_a_score():
    assert map_scores([("539", 0.0)], crosswalk("2.2", "3.1")).pairs == (("539", 0.0),)


def test_nothing_gives_nothing():
    assert map_scores([], crosswalk("2.2", "3.1")).pairs == ()


def test_an_id_of_another_version_is_refused():
    with pytest.raises(UnknownCategory, match=r"taxonomy 2\.2"):
        map_scores([("IAB1", 0.5)], crosswalk("2.2", "3.1"))


@given(
    st.lists(st.tuples(st.sampled_from(OLD), st.floats(0, 1)), max_size=40),
    st.booleans(),
)
def test_scores_are_those_of_a_plain_loop(pairs, narrower):
    way = crosswalk("2.2", "3.1")
    mapped = map_scores(pairs, way, narrower=narrower)
    expected = {}
    silent = set()
    for category_id, score in pairs:
        mapping = way[category_id]
        targets = [] if mapping.narrower and not narrower else mapping.targets
        for target in targets:
            expected.setdefault(target, []).append(score)
        if not targets:
            silent.add(category_id)
    assert dict(mapped.pairs) == {one: max(all_) for one, all_ in expected.items()}
    assert len(mapped.pairs) == len(expected)
    assert set(sources(mapped.lost)) == silent


def test_a_round_trip_tells_what_is_lost():
    trip = round_trip(crosswalk("2.2", "3.1"), crosswalk("3.1", "2.2"))
    assert "539" in trip.same
    assert trip.changed["45"] == ("42",)
    # Concerts & Music Events: Events are Events and Attractions, Music is itself.
    assert trip.changed["184"] == ("150", "338")
    assert "382" in trip.lost
    assert len(trip.same) + len(trip.changed) + len(trip.lost) == 1196


def test_there_and_back_within_newer_versions_loses_nothing():
    trip = round_trip(crosswalk("3.0", "3.1"), crosswalk("3.1", "3.0"))
    assert len(trip.same) == 703
    assert trip.changed == {}
    assert trip.lost == ()


def test_a_way_that_does_not_lead_back_is_refused():
    with pytest.raises(ValueError, match=r"must lead from 3\.1 to 2\.2"):
        round_trip(crosswalk("2.2", "3.1"), crosswalk("3.1", "1.0"))
