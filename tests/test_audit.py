from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest

from vidcat.inference.scope import Scope
from vidcat.inference.video import Video
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.audits.audit import (
    NothingToReview,
    TooFewDraws,
    allocate,
    draw_audit,
)
from vidcat.training.audits.precision import audit_precision
from vidcat.training.audits.rows import AuditRow
from vidcat.training.teaching.label_states import PseudoLabelConfig

SPORTS, TENNIS, MUSIC, ROCK = "483", "539", "338", "360"
LABELS = LabelSet(
    taxonomy_version="3.1",
    ids=(SPORTS, TENNIS, MUSIC, ROCK),
    visual=(True, True, True, False),
)
YES, NO = 0.9, 0.01


def draw(videos, probabilities, *, states=None, random=0, disagreements=0, **more):
    return draw_audit(
        videos,
        np.array(probabilities, float),
        ["ok"] * len(videos) if states is None else states,
        LABELS,
        load_iab("3.1"),
        config=PseudoLabelConfig(),
        scope=Scope(),
        random=random,
        disagreements=disagreements,
        **more,
    )


def catalog(count, **fields):
    return [Video(id=f"v{number}", **fields) for number in range(count)]


def pairs(rows):
    return {(row.id, row.category_id) for row in rows}


def test_only_visual_decisions_of_unlabelled_videos_in_scope_are_drawn():
    videos = [
        Video(id="plain", path="plain.mp4"),
        Video(id="pseudo", labels=(MUSIC,), truth="pseudo"),
        Video(id="gold", labels=(TENNIS,)),
        Video(id="audited", labels=(TENNIS,), truth="audited"),
        Video(id="short", duration_seconds=2.0),
        Video(id="found", duration_seconds=None),
        Video(id="mute"),
    ]
    rows = draw(
        videos,
        [[NO, YES, NO, YES]] * 7,
        states=["ok"] * 6 + ["no_text"],
        random=50,
        duration_seconds={"found": 1.0}.get,
    )
    assert pairs(rows) == {("plain", TENNIS), ("pseudo", TENNIS)}
    plain = next(row for row in rows if row.id == "plain")
    assert plain == AuditRow(
        id="plain",
        path="plain.mp4",
        category_id=TENNIS,
        category_path="Sports > Tennis",
        teacher_score=YES,
        stratum="random",
        weight=1.0,
    )


def test_weights_add_up_to_all_decisions_of_each_category():
    probabilities = [[YES, YES, NO, NO]] * 30 + [[YES, NO, YES, NO]] * 3
    rows = draw(catalog(33), probabilities, random=12)
    assert len(rows) == 12
    totals = defaultdict(float)
    for row in rows:
        totals[row.category_id] += row.weight
    assert totals == pytest.approx({SPORTS: 33, TENNIS: 30, MUSIC: 3})
    # All of a category have the same weight.
    assert len({(row.category_id, row.weight) for row in rows}) == 3
    assert min(Counter(row.category_id for row in rows).values()) >= 2


def test_draws_go_with_the_square_root_of_what_there_is():
    assert allocate([400, 100, 1], 31) == [20, 10, 1]
    assert allocate([3, 1], 100) == [3, 1]
    assert allocate([10_000, 5, 5], 6) == [2, 2, 2]


def test_every_decision_of_a_category_is_drawn_as_often():
    probabilities = [[YES, NO, NO, NO]] * 8
    counts = Counter(
        row.id
        for seed in range(400)
        for row in draw(catalog(8), probabilities, random=2, seed=seed)
    )
    # 400 draws of 2 of 8: 100 each, with a standard deviation of 8.7.
    assert len(counts) == 8
    assert max(abs(count - 100) for count in counts.values()) < 40


def test_too_few_draws_are_refused_with_what_is_needed():
    with pytest.raises(TooFewDraws, match=r"at least 5, .* 3 categories.*random=4$"):
        draw(catalog(3), [[YES, YES, NO, NO]] * 2 + [[NO, NO, YES, NO]], random=4)


def test_nothing_to_review_says_what_there_is():
    with pytest.raises(NothingToReview, match=r": 2 of 3 videos have text"):
        draw(
            catalog(3),
            [[NO] * 4] * 3,
            states=["ok", "no_text", "ok"],
            random=10,
            disagreements=4,
            student=np.full((3, 4), NO),
        )


def test_the_same_seed_draws_the_same_rows():
    probabilities = [[YES, NO, YES, NO]] * 40
    first = draw(catalog(40), probabilities, random=10, seed=3)
    assert draw(catalog(40), probabilities, random=10, seed=3) == first
    assert draw(catalog(40), probabilities, random=10, seed=4) != first


def test_rows_of_a_video_stand_together_and_videos_in_random_order():
    rows = draw(catalog(60), [[YES, YES, YES, NO]] * 60, random=180)
    assert len(rows) == 180
    order = list(dict.fromkeys(row.id for row in rows))
    assert [row.id for row in rows] == [name for name in order for _ in range(3)]
    assert order != sorted(order, key=lambda name: int(name[1:]))


def test_disagreements_are_the_widest_gap_of_each_video():
    probabilities = [
        [0.5, 0.1, 0.2, 0.0],
        [0.9, 0.9, 0.0, 0.0],
        [0.3, 0.3, 0.3, 0.0],
        [0.9, 0.0, 0.0, 0.0],
    ]
    student = [
        [0.1, 0.0, 0.9, 1.0],
        [0.2, 0.1, 0.0, 1.0],
        [0.3, 0.3, 0.3, 1.0],
        [np.nan] * 4,
    ]
    rows = draw(catalog(4), probabilities, disagreements=5, student=np.array(student))
    # The third video: no gap; the fourth: the student has not seen it.
    assert pairs(rows) == {("v0", MUSIC), ("v1", TENNIS)}
    assert {row.stratum for row in rows} == {"disagreement"}
    assert {row.weight for row in rows} == {None}
    (music,) = (row for row in rows if row.id == "v0")
    assert (music.teacher_score, music.student_score) == (0.2, 0.9)
    fewer = draw(catalog(4), probabilities, disagreements=1, student=np.array(student))
    assert pairs(fewer) == {("v1", TENNIS)}


def test_what_is_drawn_at_random_is_no_disagreement_as_well():
    rows = draw(
        catalog(1),
        [[YES, 0.5, NO, NO]],
        random=5,
        disagreements=5,
        student=np.zeros((1, 4)),
    )
    assert [(row.category_id, row.stratum) for row in rows] == [
        (SPORTS, "random"),
        (TENNIS, "disagreement"),
    ]
    assert rows[0].student_score == 0.0


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"random": -1}, "random=-1, disagreements=0$"),
        ({"disagreements": 2}, "disagreements=2, student=None$"),
        ({"student": np.zeros((1, 3))}, r"shape \(1, 4\).*Received: \(1, 3\)$"),
    ],
)
def test_requests_that_make_no_sense_are_refused(request_, message):
    with pytest.raises(ValueError, match=message):
        draw(catalog(1), [[YES] * 4], **request_)


def test_the_weighted_estimate_is_unbiased_where_the_plain_share_is_not():
    # 1,500 decisions about sports, 200 about tennis, 30 about music.
    sizes, right_share = (1500, 200, 30), (0.95, 0.6, 0.2)
    probabilities = np.repeat(np.eye(4)[:3] * 0.9, sizes, axis=0)
    label = np.repeat(np.arange(3), sizes)
    truth_rng = np.random.default_rng(11)
    is_right = truth_rng.random(len(label)) < np.array(right_share)[label]
    true_precision = is_right.mean()
    videos = catalog(len(label))
    weighted, plain, covered = [], [], []
    for seed in range(150):
        reviewed = [
            replace(row, verdict="yes" if is_right[int(row.id[1:])] else "no")
            for row in draw(videos, probabilities, random=60, seed=seed)
        ]
        figures = audit_precision(reviewed).overall
        weighted.append(figures.precision)
        plain.append(figures.right / figures.answered)
        low, high = figures.precision_interval
        covered.append(low <= true_precision <= high)
    error = np.std(weighted) / np.sqrt(len(weighted))
    assert abs(np.mean(weighted) - true_precision) < 3 * error
    # Rare categories, of which more is wrong, are drawn more often than they occur.
    assert np.mean(plain) < true_precision - 0.05
    assert np.mean(covered) >= 0.93
