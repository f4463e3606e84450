"""Measured runs for tests: of arrays, and simulated ones."""

import math

import numpy as np

from vidcat.inference.decisions import Thresholds, decision_matrix
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.measuring.measured_run import MeasuredRun, VideoFacts

# Roots of 3.1 without a category between them: nothing is raised or implied.
FOOD, PETS, TRAVEL = "210", "422", "653"
LABELS = LabelSet.default().select([FOOD, PETS, TRAVEL])


def thresholds_at(value, label_set=LABELS, **fields):
    values = np.broadcast_to(value, len(label_set)).tolist()
    return Thresholds(
        values=tuple(values),
        confident=tuple(not math.isinf(one) for one in values),
        **{"target_precision": 0.8, "truth": "gold", **fields},
    )


def make_run(y_true, probabilities, *, label_set=LABELS, threshold=0.5, **fields):
    """A run whose decisions are those of one threshold, or of one a label."""
    y_true = np.array(y_true, np.int8)
    probabilities = np.array(probabilities, np.float32)
    thresholds = fields.pop("thresholds", None)
    if thresholds is None:
        thresholds = {"visual": thresholds_at(threshold, label_set)}
    (first, *_) = thresholds.values()
    matrix = decision_matrix(probabilities, first, label_set, load_iab("3.1"))
    given = {
        "name": "run",
        "truth": "gold",
        "target_precision": 0.8,
        "videos": tuple(VideoFacts(id=f"v{row}") for row in range(len(y_true))),
        "chosen": matrix.chosen,
    }
    return MeasuredRun(
        label_set=label_set,
        y_true=y_true,
        probabilities=probabilities,
        thresholds=thresholds,
        **given | fields,
    )


def simulated_truth(random, owners, *, label_set=LABELS, share=0.3, each=3):
    """Facts and truth of some videos of each owner."""
    videos = tuple(
        VideoFacts(id=f"v{owner}-{number}", owner=f"o{owner}")
        for owner in range(owners)
        for number in range(each)
    )
    truth = random.random((len(videos), len(label_set))) < share
    return videos, truth.astype(np.int8)


def simulated_run(random, videos, truth, *, skill, label_set=LABELS, **fields):
    """Scores that tell true from false by `skill`; an owner's videos err together."""
    each = sum(one.owner == videos[0].owner for one in videos)
    shape = (len(videos) // each, 1, truth.shape[1])
    noise = random.normal(size=truth.shape)
    noise += np.repeat(random.normal(size=shape), each, axis=1).reshape(truth.shape)
    scores = 1 / (1 + np.exp(-(skill * (2 * truth - 1.0) + noise)))
    return make_run(truth, scores, label_set=label_set, videos=videos, **fields)
