import numpy as np
import pytest

from vidcat.inference.scope import Scope
from vidcat.inference.video import Video
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.teaching.label_states import PseudoLabelConfig
from vidcat.training.teaching.teacher_precision import teacher_precision

SPORTS, TENNIS, MUSIC, ROCK = "483", "539", "338", "360"
LABELS = LabelSet(
    taxonomy_version="3.1",
    ids=(SPORTS, TENNIS, MUSIC, ROCK),
    visual=(True, True, True, False),
)
YES, NO, OPEN = 0.9, 0.01, 0.4


def measure(rows):
    """Measures `(video, probabilities, state)` rows."""
    videos, probabilities, states = zip(*rows, strict=True)
    return teacher_precision(
        videos,
        np.array(probabilities),
        states,
        LABELS,
        load_iab("3.1"),
        config=PseudoLabelConfig(),
        scope=Scope(),
    )


def gold(name, *labels, **fields):
    return Video(id=name, labels=labels, **fields)


def test_precision_counts_what_is_said_of_known_truth():
    (measured,) = measure(
        [
            (gold("right", TENNIS), [OPEN, YES, NO, NO], "ok"),
            (gold("half", SPORTS), [YES, YES, NO, NO], "ok"),
            (gold("open", MUSIC, unknown_labels=(TENNIS,)), [NO, YES, NO, YES], "ok"),
            (gold("mute", MUSIC), [0, 0, 0, 0], "no_text"),
            (gold("short", MUSIC, duration_seconds=3.0), [YES, NO, NO, NO], "ok"),
            (Video(id="unlabelled"), [YES, NO, NO, NO], "ok"),
        ]
    )
    assert (measured.truth, measured.videos) == ("gold", 3)
    figures = measured.categories
    # Rock music is said too, but is not visual.
    assert list(figures) == [SPORTS, TENNIS, MUSIC]
    assert (figures[SPORTS].said, figures[SPORTS].right) == (1, 1)
    # Said of all three, true of the first, of unknown truth for the third.
    assert (figures[TENNIS].said, figures[TENNIS].right) == (2, 1)
    # Never said; denied of the first two rightly. Of the third, rock music is said,
    # which implies music.
    assert (figures[MUSIC].said, figures[MUSIC].denied) == (0, 2)
    assert np.isnan(figures[MUSIC].precision)
    assert (measured.overall.said, measured.overall.right) == (3, 2)
    assert measured.overall.precision == pytest.approx(2 / 3)
    # scipy.stats.binomtest(2, 3).proportion_ci(): 0.0943 to 0.9916.
    assert measured.overall.precision_interval == pytest.approx(
        (0.0943, 0.9916), abs=1e-4
    )


def test_wrong_denials_are_counted():
    (measured,) = measure([(gold("v", MUSIC), [YES, NO, NO, NO], "ok")])
    figures = measured.categories[MUSIC]
    assert (figures.denied, figures.denied_wrongly, figures.true) == (1, 1, 1)
    assert measured.to_json()["categories"][MUSIC]["precision"] is None


def test_gold_and_audited_truth_are_measured_apart():
    measured = measure(
        [
            (gold("a", TENNIS, truth="audited"), [NO, YES, NO, NO], "ok"),
            (gold("b", truth="gold"), [NO, YES, NO, NO], "ok"),
            (gold("c", TENNIS, truth="pseudo"), [NO, YES, NO, NO], "ok"),
        ]
    )
    assert [(one.truth, one.videos, one.overall.right) for one in measured] == [
        ("gold", 1, 0),
        ("audited", 1, 1),
    ]


def test_without_better_truth_there_is_nothing_to_measure():
    assert measure([(Video(id="v"), [YES, NO, NO, NO], "ok")]) == ()
