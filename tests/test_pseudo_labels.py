import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidcat.inference.catalog import read_catalog
from vidcat.inference.catalogs.writer import write_catalog
from vidcat.inference.scope import Scope
from vidcat.inference.video import Video
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tables import InvalidTable
from vidcat.training.labels import label_matrix
from vidcat.training.pseudo_labels import (
    NoPseudoLabels,
    pseudo_label,
)
from vidcat.training.teaching.label_states import Bounds, PseudoLabelConfig, read_bounds

# 483 Sports > 539 Tennis; 338 Music > 360 Rock Music (below Entertainment);
# 1 Automotive > 16 Auto Type > 20 Classic Cars.
SPORTS, TENNIS, MUSIC, ROCK = "483", "539", "338", "360"
AUTOMOTIVE, AUTO_TYPE, CLASSIC = "1", "16", "20"
TAXONOMY = load_iab("3.1")
LABELS = LabelSet(
    taxonomy_version="3.1",
    ids=(SPORTS, TENNIS, MUSIC, ROCK),
    visual=(True, True, True, False),
)
YES, NO, OPEN = 0.9, 0.01, 0.4
ONE_EACH = PseudoLabelConfig(min_examples=1)


def label(
    videos, probabilities, *, states=None, config=ONE_EACH, labels=LABELS, **more
):
    return pseudo_label(
        videos,
        np.array(probabilities, float),
        ["ok"] * len(videos) if states is None else states,
        labels,
        TAXONOMY,
        config=config,
        **({"scope": Scope()} | more),
    )


def video(name="v", **fields):
    return Video(**({"id": name, "title": "seen by the teacher"} | fields))


def only(result):
    assert len(result.videos) == 1
    return result.videos[0]


def by_id(result):
    return {one.id: one for one in result.videos}


def test_taxonomy_is_as_these_tests_take_it():
    assert TAXONOMY.ancestors(TENNIS) == (SPORTS,)
    assert TAXONOMY.ancestors(ROCK)[0] == MUSIC
    assert TAXONOMY.ancestors(CLASSIC) == (AUTO_TYPE, AUTOMOTIVE)


def test_two_bounds_make_three_states():
    row = only(label([video()], [[0.80, 0.0, 0.051, 0.05]]))
    assert row.labels == (SPORTS,)
    assert row.unknown_labels == (MUSIC,)
    assert row.truth == "pseudo"


def test_a_parent_is_at_least_what_its_children_are():
    said = only(label([video()], [[NO, YES, NO, NO]]))
    assert (said.labels, said.unknown_labels) == ((SPORTS, TENNIS), ())
    opened = only(label([video()], [[NO, OPEN, YES, NO]]))
    assert (opened.labels, opened.unknown_labels) == ((MUSIC,), (SPORTS, TENNIS))


def test_a_denied_parent_has_denied_children():
    # The child's own no bound is so low that 0.02 would leave it open: then the
    # parent, whose probability is as low, is not denied either.
    config = PseudoLabelConfig(min_examples=1, own_bounds={TENNIS: Bounds(0.8, 0.001)})
    row = only(label([video()], [[0.02, 0.02, YES, NO]], config=config))
    assert row.unknown_labels == (SPORTS, TENNIS)


def test_what_is_not_seen_is_left_open_but_counts_for_its_parent():
    row = only(label([video()], [[NO, NO, OPEN, YES]]))
    assert row.labels == (MUSIC,)
    assert row.unknown_labels == (ROCK,)


def test_the_student_gets_no_text_and_no_language_that_the_teacher_guessed():
    rows = [
        video(
            "v",
            description="d",
            tags=("t",),
            owner="channel",
            upload_category="Sport",
            language="pt-BR",
        ),
        video("gold", labels=(MUSIC,)),
        video("silent"),
    ]
    result = label(rows, [[YES, NO, NO, NO]] * 3, languages=["pt", "en", "en"])
    assert result.report.languages == {"en": 2, "pt": 1}
    for before, after in zip(rows, result.videos, strict=True):
        assert (after.title, after.description, after.tags) == (None, None, ())
        assert after.language == before.language
        assert after.owner == before.owner
        assert after.upload_category == before.upload_category


def test_rows_are_left_out_for_one_reason_each():
    rows = {
        "sure": (video("sure"), [YES, NO, NO, NO], "ok"),
        "mute": (video("mute"), [0, 0, 0, 0], "no_text"),
        "foreign": (video("foreign"), [0, 0, 0, 0], "no_model"),
        "short": (video("short", duration_seconds=12.0), [YES, NO, NO, NO], "ok"),
        "long": (video("long", duration_seconds=601.0), [YES, NO, NO, NO], "no_text"),
        "unsure": (video("unsure"), [OPEN, NO, NO, NO], "ok"),
        "dull": (video("dull"), [NO, NO, NO, NO], "ok"),
    }
    videos, probabilities, states = zip(*rows.values(), strict=True)
    result = label(videos, probabilities, states=states)
    assert list(by_id(result)) == ["sure"]
    assert result.report.rows == 7
    assert result.report.left_out == {
        "out of scope": 2,
        "no model for the language": 1,
        "no text": 1,
        "no visual category": 1,
        "unsure": 1,
    }


def test_a_row_that_is_sure_only_of_what_is_not_seen_is_left_out():
    # Rock music is heard; of music itself, which is seen, nothing else is known.
    heard = LabelSet(taxonomy_version="3.1", ids=(ROCK, SPORTS), visual=(False, True))
    result = label(
        [video("rock"), video("match")], [[YES, OPEN], [NO, YES]], labels=heard
    )
    assert list(by_id(result)) == ["match"]
    assert result.report.left_out == {"unsure": 1}


def test_a_duration_from_the_file_stands_in_for_a_missing_one():
    videos = [video("short"), video("fits"), video("unasked"), video("known")]
    videos[3] = video("known", duration_seconds=90.0)
    found = {"short": 5.0, "fits": 70.0, "known": 5.0}
    result = label(videos, [[YES, NO, NO, NO]] * 4, duration_seconds=found.get)
    assert {name: one.duration_seconds for name, one in by_id(result).items()} == {
        "fits": 70.0,
        "unasked": None,
        "known": 90.0,
    }
    assert result.report.durations == {"60 to 120 s": 2, "unknown": 1}


def test_better_truth_is_kept_and_counted_apart():
    videos = [
        video("pseudo"),
        video("unmarked", labels=(MUSIC,)),
        video("gold", labels=(TENNIS,), truth="gold"),
        video("audited", labels=(), unknown_labels=(ROCK,), truth="audited"),
        video("again", labels=(MUSIC,), truth="pseudo"),
        video("unlabelled", labels=(MUSIC,), duration_seconds=1.0),
    ]
    states = ["ok", "no_text", "ok", "ok", "ok", "ok"]
    rows = by_id(label(videos, [[YES, NO, NO, NO]] * 6, states=states))
    assert rows["pseudo"].labels == rows["again"].labels == (SPORTS,)
    for name in ("unmarked", "gold", "audited"):
        own = next(one for one in videos if one.id == name)
        assert rows[name].labels == own.labels
        assert rows[name].unknown_labels == own.unknown_labels
        assert rows[name].truth == own.truth
    report = label(videos, [[YES, NO, NO, NO]] * 6, states=states).report
    assert report.truth == {"gold": 2, "pseudo": 2, "audited": 1}
    assert report.left_out == {"out of scope": 1}


def test_categories_with_few_examples_are_dropped_and_not_denied():
    videos = [video(f"v{number}") for number in range(4)]
    probabilities = [
        [NO, YES, NO, NO],
        [YES, NO, NO, NO],
        [NO, NO, YES, NO],
        [YES, NO, OPEN, NO],
    ]
    result = label(videos, probabilities, config=PseudoLabelConfig(min_examples=2))
    assert result.label_set.ids == (SPORTS,)
    assert [(one.id, one.path, one.yes) for one in result.report.dropped] == [
        (TENNIS, "Sports > Tennis", 1),
        (MUSIC, "Entertainment > Music", 1),
    ]
    rows = by_id(result)
    assert list(rows) == ["v0", "v1", "v3"]
    assert result.report.left_out == {"only dropped categories": 1}
    assert (rows["v0"].labels, rows["v0"].unknown_labels) == ((SPORTS,), (TENNIS,))
    assert rows["v1"].unknown_labels == ()
    assert rows["v3"].unknown_labels == (MUSIC,)


def test_a_persons_labels_count_as_examples():
    videos = [video("v"), video("gold", labels=(TENNIS,))]
    result = label(
        videos, [[NO, YES, NO, NO]] * 2, config=PseudoLabelConfig(min_examples=2)
    )
    assert result.label_set.ids == (SPORTS, TENNIS)
    assert [(one.yes, one.no, one.unknown) for one in result.report.categories] == [
        (2, 0, 0),
        (2, 0, 0),
    ]


DEEP = LabelSet(
    taxonomy_version="3.1",
    ids=(CLASSIC, SPORTS, AUTOMOTIVE, TENNIS, MUSIC, ROCK),
    visual=(True, True, True, True, True, False),
)
ROWS = st.lists(
    st.lists(st.sampled_from([NO, OPEN, YES]), min_size=6, max_size=6),
    min_size=1,
    max_size=6,
)


@settings(max_examples=100, deadline=None)
@given(ROWS, st.integers(1, 3))
def test_what_training_reads_is_what_the_teacher_said(probabilities, min_examples):
    videos = [video(f"v{number}") for number in range(len(probabilities))]
    config = PseudoLabelConfig(min_examples=min_examples)
    try:
        result = label(videos, probabilities, labels=DEEP, config=config)
    except NoPseudoLabels:
        return
    rows = [int(one.id[1:]) for one in result.videos]
    read = label_matrix(result.videos, result.label_set, TAXONOMY)
    for row, number in enumerate(rows):
        for column, category_id in enumerate(result.label_set.ids):
            # The likeliest of the category itself and all that is below it.
            below = {category_id, *TAXONOMY.descendants(category_id)}
            best = max(
                value
                for value, one in zip(probabilities[number], DEEP.ids, strict=True)
                if one in below
            )
            assert read[row, column] == {YES: 1, NO: 0, OPEN: -1}[best]


@settings(max_examples=100, deadline=None)
@given(ROWS)
def test_labels_are_closed_over_ancestors_and_never_unknown_as_well(probabilities):
    videos = [video(f"v{number}") for number in range(len(probabilities))]
    try:
        result = label(videos, probabilities, labels=DEEP)
    except NoPseudoLabels:
        return
    for one in result.videos:
        assert not set(one.labels) & set(one.unknown_labels)
        closed = TAXONOMY.with_ancestors(one.labels)
        assert {name for name in closed if name in result.label_set} == set(one.labels)
        assert not closed & set(one.unknown_labels) & set(result.label_set)


def test_the_catalog_and_its_labels_survive_their_files(tmp_path):
    result = label([video("a"), video("b")], [[NO, YES, OPEN, NO], [YES, NO, NO, NO]])
    write_catalog(result.videos, tmp_path / "catalog.jsonl")
    result.label_set.write(tmp_path / "labels.tsv")
    assert read_catalog(tmp_path / "catalog.jsonl") == list(result.videos)
    assert LabelSet.read(tmp_path / "labels.tsv") == result.label_set


def test_categories_that_occur_together_are_named_without_their_ancestors():
    probabilities = [
        [YES, YES, YES, NO],
        [YES, YES, NO, NO],
        [NO, NO, YES, NO],
        [NO, NO, YES, NO],
        [YES, NO, OPEN, NO],
    ]
    videos = [video(f"v{number}") for number in range(5)]
    together = label(videos, probabilities).report.together
    # Sports and music, both known: rows 0 to 3; together 1, sports 2, music 3.
    # Tennis and music, both known: rows 0 to 3; together 1, tennis 2, music 3.
    assert [(pair.first, pair.second, pair.rows) for pair in together] == [
        ("Sports", "Entertainment > Music", 1),
        ("Entertainment > Music", "Sports > Tennis", 1),
    ]
    assert [pair.lift for pair in together] == pytest.approx([4 / 6, 4 / 6])


def test_nothing_left_says_why_and_which_options_matter():
    with pytest.raises(NoPseudoLabels) as caught:
        label(
            [video("a"), video("b")],
            [[OPEN, NO, NO, NO], [0] * 4],
            states=["ok", "no_text"],
        )
    assert str(caught.value) == (
        "No row gets a pseudo-label (left out: unsure: 1, no text: 1). The scope is 60 "
        "to 600 s (--min-seconds, --max-seconds), a category is said from 0.8 on "
        "(--yes-bound) and needs 1 rows (--min-examples); the one with most has 0."
    )


def test_own_labels_alone_are_no_pseudo_labels():
    with pytest.raises(NoPseudoLabels, match="no text: 1"):
        label(
            [video("gold", labels=(MUSIC,)), video("mute")],
            [[NO] * 4] * 2,
            states=["ok", "no_text"],
        )


def test_a_catalog_that_people_labelled_throughout_needs_no_teacher():
    with pytest.raises(NoPseudoLabels, match="all 2 have labels by people, which they"):
        label([video(one, labels=(MUSIC,)) for one in "ab"], [[NO] * 4] * 2)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"yes_bound": 0.1, "no_bound": 0.1}, r"yes=0\.1, no=0\.1$"),
        ({"yes_bound": 1.1}, r"yes=1\.1, no=0\.05$"),
        ({"own_bounds": {TENNIS: (0.5, 0.6)}}, r"bounds of '539' .*yes=0\.5, no=0\.6$"),
        ({"min_examples": 0}, "min_examples=0$"),
    ],
)
def test_bounds_that_make_no_sense_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        PseudoLabelConfig(**fields)


@pytest.mark.parametrize(
    ("probabilities", "states", "message"),
    [
        ([[0.5] * 3], ["ok"], r"\(1, 4\).*shape \(1, 3\), 1 states$"),
        ([[0.5] * 4], [], r"0 states$"),
        ([[0.5, np.nan, 0.5, 0.5]], ["ok"], r"probabilities\[0, 1\]=nan$"),
        ([[0.5, 0.5, 1.5, 0.5]], ["ok"], r"probabilities\[0, 2\]=1\.5$"),
        ([[0.5] * 4], ["fine"], r"Received: \['fine'\]$"),
    ],
)
def test_scores_that_do_not_fit_are_refused(probabilities, states, message):
    with pytest.raises(ValueError, match=message):
        label([video()], probabilities, states=states)


def test_bounds_of_a_strange_category_are_refused():
    config = PseudoLabelConfig(own_bounds={AUTOMOTIVE: Bounds(0.9, 0.1)})
    with pytest.raises(ValueError, match=r"Received: \['1'\]$"):
        label([video()], [[YES] * 4], config=config)


def test_bounds_of_single_categories_are_read_from_a_table(tmp_path):
    path = tmp_path / "bounds.tsv"
    path.write_text("id\tno\tyes\tnote\n539\t0.01\t0.9\tclay\n338\t0.2\t0.7\n")
    config = PseudoLabelConfig(min_examples=1, own_bounds=read_bounds(path))
    row = only(label([video()], [[0.85, 0.85, 0.7, 0.1]], config=config))
    assert row.labels == (SPORTS, MUSIC)
    assert row.unknown_labels == (TENNIS, ROCK)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("539\t0.9\t0.1\n539\t0.9\t0.1\n", "line 3: `id` comes twice"),
        ("539\t0,9\t0.1\n", r"line 2: `yes` and `no` must be numbers. .*yes='0,9'"),
    ],
)
def test_a_broken_table_of_bounds_is_refused(tmp_path, rows, message):
    path = tmp_path / "bounds.tsv"
    path.write_text("id\tyes\tno\n" + rows)
    with pytest.raises(InvalidTable, match=message):
        read_bounds(path)
