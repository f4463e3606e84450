"""Simulated runs for reports: scores that tell something, owners, languages."""

import numpy as np

from vidcat.inference.decisions import Thresholds, decision_matrix
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.measuring.measured_run import MeasuredRun, VideoFacts

LANGUAGES = ("en", "en", "en", "fr", "pt-BR", None)
UPLOAD_CATEGORIES = ("Sports", "Howto & Style", "Music", None)


def some_labels(count):
    """The first labels of the default set."""
    labels = LabelSet.default()
    return labels.select(labels.ids[:count])


def facts_of(number, random, *, owners, title=None, path=None):
    lasting = random.choice([20.0, 60.0, 300.0, 600.0, 1200.0])
    return VideoFacts(
        id=f"v{number}",
        path=path,
        title=f"Video {number}" if title is None else title,
        owner=f"owner-{random.integers(owners)}",
        language=LANGUAGES[number % len(LANGUAGES)],
        upload_category=UPLOAD_CATEGORIES[number % len(UPLOAD_CATEGORIES)],
        duration_seconds=None if number % 11 == 0 else float(lasting),
    )


def simulated_run(
    *,
    name="NeXtVLAD",
    videos=400,
    labels=12,
    signal=2.4,
    threshold=0.8,
    seed=0,
    truth="gold",
    target=0.8,
    owners=60,
    failed=5,
    titles=(),
    paths=(),
    provenance=None,
):
    """A run whose scores rise with the truth by `signal` logits."""
    random = np.random.default_rng(seed)
    label_set = some_labels(labels)
    y_true = (random.random((videos, labels)) < 1.5 / labels).astype(np.int8)
    for below in label_set:
        for above in load_iab().ancestors(below):
            if above in label_set:
                y_true[:, label_set.index(above)] |= y_true[:, label_set.index(below)]
    y_true[random.random((videos, labels)) < 0.03] = -1
    logits = signal * (2 * (y_true == 1) - 1) + random.normal(0, 1.2, (videos, labels))
    uncalibrated = 1 / (1 + np.exp(-0.5 * logits))
    probabilities = (1 / (1 + np.exp(-logits))).astype(np.float32)
    values = [threshold] * labels
    values[-1] = np.inf
    basis = ["own"] * labels
    basis[-2:] = "pooled", "abstains"
    thresholds = Thresholds(
        values=tuple(values),
        confident=tuple(one == "own" for one in basis),
        target_precision=target,
        truth=truth,
        assurance=0.95,
        basis=tuple(basis),
    )
    facts = [
        facts_of(
            number,
            random,
            owners=owners,
            title=titles[number] if number < len(titles) else None,
            path=paths[number] if number < len(paths) else None,
        )
        for number in range(videos + failed)
    ]
    return MeasuredRun(
        name=name,
        truth=truth,
        target_precision=target,
        label_set=label_set,
        videos=tuple(facts[:videos]),
        y_true=y_true,
        probabilities=probabilities,
        chosen=decision_matrix(probabilities, thresholds, label_set, load_iab()).chosen,
        thresholds={"visual": thresholds},
        uncalibrated=uncalibrated.astype(np.float32),
        failed=tuple(facts[videos:]),
        provenance={} if provenance is None else provenance,
    )
