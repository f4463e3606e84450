"""What text and frames say of videos, laid out by one label set.

A source that cannot speak says nothing: not a number, which is no zero. It cannot
where a video has no text or no frames, and of a category that its model lacks.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import FloatArray, Thresholds, sayable_ids
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet

_Value = TypeVar("_Value")


class LabelSetsDiffer(ValueError):
    """Two label sets cannot be put together: their taxonomies differ."""


def merged_label_set(text: LabelSet, visual: LabelSet) -> LabelSet:
    """The labels of both sources: those of the text, then what only frames tell.

    Args:
        text: Labels of the text model.
        visual: Labels of the visual model.

    Returns:
        Each label once.

    Raises:
        LabelSetsDiffer: If they are labels of different taxonomies.
    """
    if text.taxonomy_version != visual.taxonomy_version:
        raise LabelSetsDiffer(
            "The labels of text and frames must be of one taxonomy. Received: "
            f"{text.taxonomy_version} for text, {visual.taxonomy_version} for frames; "
            "train both with labels of the same one."
        )
    added = [at for at, label in enumerate(visual.ids) if label not in text]
    return LabelSet(
        taxonomy_version=text.taxonomy_version,
        ids=(*text.ids, *(visual.ids[at] for at in added)),
        visual=(*text.visual, *(visual.visual[at] for at in added)),
    )


def spread(
    probabilities: FloatArray,
    speaks: Sequence[bool] | npt.NDArray[np.bool_],
    labels: LabelSet,
    merged: LabelSet,
) -> npt.NDArray[np.float64]:
    """Lays a source's probabilities out by the labels of both sources.

    Args:
        probabilities: Shape `(N, labels)`, by the source's own labels.
        speaks: For each of the N videos, whether the source says anything of it.
        labels: The source's own labels.
        merged: The M labels to lay out by; hold the source's own.

    Returns:
        Shape `(N, M)`; not a number where the source says nothing.

    Raises:
        ValueError: If the shapes do not fit.
        UnknownCategory: If `merged` lacks one of the source's labels.
    """
    rows = np.asarray(speaks, bool)
    if probabilities.shape != (len(rows), len(labels)):
        raise ValueError(
            f"`probabilities` must have the shape ({len(rows)}, {len(labels)}), videos "
            f"and labels of the source. Received: shape {probabilities.shape}"
        )
    laid_out = np.full((len(rows), len(merged)), np.nan)
    columns = np.array([merged.index(label) for label in labels.ids])
    laid_out[np.ix_(rows, columns)] = probabilities[rows]
    return laid_out


def checked_source(
    name: str, probabilities: npt.ArrayLike, merged: LabelSet
) -> npt.NDArray[np.float64]:
    """Refuses what is no source's probabilities.

    Args:
        name: What the caller calls them.
        probabilities: To be of shape `(N, M)`; not a number where the source says
            nothing.
        merged: The M labels of both sources.

    Returns:
        The probabilities as an array.

    Raises:
        ValueError: If the shape does not fit, or a probability is out of `[0, 1]`.
    """
    said = np.asarray(probabilities, np.float64)
    if said.ndim != 2 or said.shape[1] != len(merged):
        raise ValueError(
            f"`{name}` must have the shape (videos, {len(merged)}). "
            f"Received: {name} of shape {said.shape}"
        )
    bad = np.argwhere((said < 0) | (said > 1))
    if bad.size:
        row, label = bad[0]
        raise ValueError(
            f"`{name}` must be from 0 to 1, or not a number where the source says "
            f"nothing. Received: {name}[{row}, {label}]={said[row, label]}"
        )
    return said


def spread_thresholds(
    thresholds: Thresholds, labels: LabelSet, merged: LabelSet
) -> Thresholds:
    """Lays a source's thresholds out in the same way.

    Returns:
        A threshold for each category that can be said by the labels of `merged`;
        infinity for those that the source lacks.
    """
    taxonomy = load_iab(merged.taxonomy_version)
    own = {
        category: at
        for at, category in enumerate(sayable_ids(labels, taxonomy))
        if at < len(thresholds.values)
    }
    places = [own.get(category) for category in sayable_ids(merged, taxonomy)]

    def laid_out(values: Sequence[_Value], absent: _Value) -> tuple[_Value, ...]:
        return tuple(absent if at is None else values[at] for at in places)

    basis, support = thresholds.basis, thresholds.support
    return replace(
        thresholds,
        values=laid_out(thresholds.values, math.inf),
        confident=laid_out(thresholds.confident, False),
        basis=None if basis is None else laid_out(basis, "abstains"),
        support=None if support is None else laid_out(support, None),
    )
