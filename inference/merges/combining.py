"""From what text and frames say of a video to its categories."""

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.bundle import Bundle
from vidcat.inference.decisions import decide
from vidcat.inference.merges.said import Said
from vidcat.inference.merges.sources import spread
from vidcat.inference.merging import MergedDecision, merge, merged_decisions
from vidcat.taxonomy.labels import LabelSet


def decide_together(bundle: Bundle, text: Said, visual: Said) -> list[MergedDecision]:
    """Decides what is said of one video.

    Args:
        bundle: Holds thresholds and, where it has a text model, the merge.
        text: What its text says.
        visual: What its frames say.

    Returns:
        Its categories, best score first.
    """
    if bundle.text is None or bundle.merge is None:
        return _by_frames_alone(bundle, visual)
    labels = bundle.merge.label_set
    matrix = merge(
        _laid_out(text, bundle.text.label_set, labels),
        _laid_out(visual, bundle.label_set, labels),
        bundle.merge,
        bundle.taxonomy,
    )
    return merged_decisions(matrix)[0]


def _by_frames_alone(bundle: Bundle, visual: Said) -> list[MergedDecision]:
    if visual.probabilities is None:
        return []
    (decisions,) = decide(
        visual.probabilities[None],
        bundle.visual.thresholds,
        bundle.label_set,
        bundle.taxonomy,
    )
    return [MergedDecision(**vars(one), sources=("visual",)) for one in decisions]


def _laid_out(said: Said, labels: LabelSet, merged: LabelSet) -> NDArray[np.float64]:
    if said.probabilities is None:
        return np.full((1, len(merged)), np.nan)
    return spread(said.probabilities[None], [True], labels, merged)
