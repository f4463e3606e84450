import json
import math

import numpy as np
import pytest

from vidcat.inference.decisions import Thresholds
from vidcat.inference.merges.policy import MergePolicy
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.measuring.operating_point import clopper_pearson
from vidcat.training.merges.evaluation import evaluate_merge

SILENT = math.nan
# Automotive, Books, Careers: no one is an ancestor of another.
LABELS = LabelSet(
    taxonomy_version="3.1", ids=("1", "42", "123"), visual=(True, False, False)
)


def at(value):
    return Thresholds(
        values=(value,) * 3, confident=(True,) * 3, target_precision=0.8, truth="gold"
    )


SEPARATE = MergePolicy(kind="separate", label_set=LABELS, text=at(0.5), visual=at(0.5))
UNION = MergePolicy(kind="union", label_set=LABELS, text=at(0.7), visual=at(0.4))

# The first four have text: two English, one German, one of unknown language.
TEXT = [
    [0.9, 0.6, 0.1],
    [0.8, 0.1, 0.7],
    [0.1, 0.9, 0.1],
    [0.1, 0.1, 0.1],
    [SILENT, SILENT, SILENT],
    [0.9, 0.9, 0.9],
]
VISUAL = [
    [0.9, SILENT, SILENT],
    [0.4, SILENT, SILENT],
    [0.9, SILENT, SILENT],
    [SILENT, SILENT, SILENT],
    [0.6, SILENT, SILENT],
    [0.9, SILENT, SILENT],
]
TRUTH = [
    [1, 1, 0],
    [1, 0, 0],
    [0, 1, 0],
    [1, 0, 0],
    [1, 0, -1],
    # Nothing is known of the last video: it is passed over.
    [-1, -1, -1],
]
LANGUAGES = ["en", "en", "de", None, "fr", "en"]


def evaluated(truth="gold", policies=(SEPARATE, UNION)):
    return evaluate_merge(
        TEXT,
        VISUAL,
        TRUTH,
        policies,
        load_iab(),
        languages=LANGUAGES,
        target_precision=0.8,
        truth=truth,
    )


def test_categories_are_counted_over_all_videos_and_over_covered_ones():
    every = evaluated().every
    assert every.videos == 5
    assert [run.name for run in every.runs] == ["text", "visual", "separate", "union"]
    # Text at 0.5: 2 + 2 + 1 of five videos, three covered.
    text = every.run("text")
    assert text.categories_per_video == 5 / 5
    assert text.operating_point.categories_per_video == pytest.approx(5 / 3)
    assert text.operating_point.coverage == 3 / 5
    # Frames at 0.5: one each of the first, third and fifth.
    assert every.run("visual").categories_per_video == 3 / 5
    # Both: Automotive of the first by both, of the third and fifth by frames alone.
    assert every.run("separate").categories_per_video == 7 / 5
    # At 0.7 text loses Books of the first; at 0.4 frames say Automotive of the second.
    union = every.run("union")
    assert union.categories_per_video == 6 / 5
    # Right: Automotive of 1, 2, 5 and Books of 3; wrong: Careers of 2, Automotive of 3.
    point = union.operating_point
    assert (point.correct, point.chosen, point.precision) == (4, 6, 4 / 6)


def test_gains_are_relative_to_text_and_to_the_better_source():
    every = evaluated().every
    # 7 categories over text's 5 and frames' 3; text is the better one.
    separate = every.run("separate")
    assert separate.gain_over_text.relative == pytest.approx(2 / 5)
    assert separate.gain_over_better.relative == pytest.approx(2 / 5)
    # A ratio of means: the spread of what is left of each video's count.
    left = np.array([2, 2, 2, 0, 1]) - 7 / 5 * np.array([2, 2, 1, 0, 0])
    margin = 1.96 * left.std(ddof=1) / math.sqrt(5) / (5 / 5)
    assert separate.gain_over_text.interval == pytest.approx(
        (2 / 5 - margin, 2 / 5 + margin), rel=1e-3
    )
    assert every.run("text").gain_over_text is None


def test_a_gain_over_nothing_is_no_number():
    without_text = evaluated().without_text
    assert without_text.videos == 1
    assert without_text.run("text").categories_per_video == 0
    assert math.isnan(without_text.run("union").gain_over_text.relative)
    assert without_text.run("union").gain_over_better.relative == 0.0


def counted(group):
    return (group.chosen, group.known, group.correct)


def test_groups_divide_what_a_merge_says_by_its_sources():
    groups = evaluated().every.run("union").groups
    # By text alone: Careers of 2 (wrong), Books of 3 (right).
    assert counted(groups["text_only"]) == (2, 2, 1)
    # By frames alone: Automotive of 3 (wrong) and of 5 (right).
    assert counted(groups["visual_only"]) == (2, 2, 1)
    # By both: Automotive of 1 and 2.
    assert counted(groups["agreed"]) == (2, 2, 2)
    assert groups["agreed"].precision == 1.0
    assert groups["agreed"].precision_interval == clopper_pearson(2, 2)


def test_groups_tell_what_is_added_and_what_is_lost():
    groups = evaluated().every.run("union").groups
    # Text alone lacks Automotive of 3 and 5; frames alone lack that of 2, Careers of 2
    # and Books of 3; the union lacks Books of 1.
    assert counted(groups["added_to_text"]) == (2, 2, 1)
    assert counted(groups["added_to_visual"]) == (3, 3, 2)
    assert counted(groups["lost"]) == (1, 1, 1)
    separate = evaluated().every.run("separate").groups
    assert counted(separate["lost"]) == (0, 0, 0)
    assert math.isnan(separate["lost"].precision)


def test_videos_are_told_apart_by_text_and_by_its_language():
    evaluation = evaluated()
    assert evaluation.with_text.videos == 4
    assert {
        language: part.videos for language, part in evaluation.by_language.items()
    } == {"en": 2, "de": 1, "unknown": 1}
    assert next(iter(evaluation.by_language)) == "en"
    german = evaluation.by_language["de"].run("union")
    assert german.operating_point.precision == 1 / 2


def test_the_json_has_no_nan_and_calls_agreement_by_its_name():
    text = json.dumps(evaluated().to_json(), allow_nan=False)
    gold = json.loads(text)
    union = gold["every"]["runs"][3]
    assert union["operating_point"]["precision"] == 4 / 6
    assert union["groups"]["agreed"]["precision_interval"] == list(
        clopper_pearson(2, 2)
    )
    assert gold["without_text"]["runs"][3]["gain_over_text"]["relative"] is None
    pseudo = evaluated("pseudo").to_json()
    assert pseudo["target_agreement"] == 0.8
    assert "agreement" in pseudo["every"]["runs"][3]["groups"]["agreed"]


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"one of them 'separate'. Received: \['union"):
        evaluated(policies=(UNION,))
    with pytest.raises(ValueError, match=r"Received: \['separate', 'separate'\]"):
        evaluated(policies=(SEPARATE, SEPARATE))
    with pytest.raises(ValueError, match="At least one video must have truth"):
        evaluate_merge(
            TEXT[:1],
            VISUAL[:1],
            [[-1, -1, -1]],
            (SEPARATE,),
            load_iab(),
            languages=["en"],
            target_precision=0.8,
            truth="gold",
        )
