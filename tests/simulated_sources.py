"""Two made-up sources whose probabilities are what they say they are."""

import numpy as np


def simulated_sources(videos, labels, seed, *, rate=0.06, text=0.9, visual=0.95):
    """Truth, and what text and frames say of it.

    A source sees a normal variable that is shifted by 3 (text) or 2.5 (frames) where
    a label is true, and says its chance by Bayes' rule. What blurs one blurs the other
    too, in part: they err together more often than by chance.

    Args:
        videos: Number of rows.
        labels: Number of columns.
        seed: Makes them repeatable.
        rate: Share of the pairs that are true.
        text: Share of the rows that have text; the others are not a number.
        visual: Share of the rows that have frames.

    Returns:
        Probabilities by text and by frames, and the truth, each `(videos, labels)`.
    """
    rng = np.random.default_rng(seed)
    shape = (videos, labels)
    truth = (rng.random(shape) < rate).astype(np.int8)
    common = rng.normal(size=shape)
    said = []
    for shift, share in ((3.0, text), (2.5, visual)):
        own = rng.normal(size=shape)
        seen = shift * truth + np.sqrt(0.3) * common + np.sqrt(0.7) * own
        logits = shift * seen - shift**2 / 2 + np.log(rate / (1 - rate))
        probabilities = 1 / (1 + np.exp(-logits))
        probabilities[rng.random(videos) >= share] = np.nan
        said.append(probabilities)
    return said[0], said[1], truth
