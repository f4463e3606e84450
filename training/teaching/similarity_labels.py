"""Labels for texts that nobody labelled: likeness to a category's own description.

The second weak labeller, for catalogs in languages without a lexicon; `vidcat text
train --similarity` puts it beside the first. It has not been measured: compare it with
audited truth before you rely on it (docs/lexicon.md).
"""

from collections.abc import Sequence

import numpy as np

from vidcat.inference.decisions import FloatArray
from vidcat.inference.texts.multilingual import Embeds
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.lexicon import Lexicon
from vidcat.taxonomy.tree import Taxonomy
from vidcat.training.labels import UNKNOWN, YES
from vidcat.training.weak_labels import WeakLabels

MIN_DEVIATIONS = 3.0
"""A yes stands that many standard deviations above the category's mean: one text in
740 does if likeness is spread normally. Chosen, not measured."""

SIMILARITY_CONFIDENCE = 0.5
"""What a yes counts for: as little as a yes may, since its precision is not known."""


def category_descriptions(
    label_set: LabelSet, lexicon: Lexicon, *, phrases: int = 8
) -> tuple[str, ...]:
    """A text for each category, to be embedded as the videos' texts are.

    It gives the names from the first tier down and the category's first phrases in
    the lexicon, strong ones before weak ones.

    Args:
        label_set: The L categories.
        lexicon: Where the phrases come from; its language is that of the text, but
            names are English.
        phrases: How many phrases at most. Defaults to `8`.

    Returns:
        L texts.

    >>> tennis = LabelSet(taxonomy_version="3.1", ids=("539",), visual=(True,))
    >>> category_descriptions(tennis, Lexicon.load("en"), phrases=2)
    ('Sports, Tennis: wimbledon, roland garros',)
    """
    spoken: dict[str, list[str]] = {}
    for entry in sorted(lexicon.entries, key=lambda entry: not entry.strong):
        spoken.setdefault(entry.category_id, []).append(entry.phrase)
    return tuple(
        ": ".join(
            part
            for part in (
                ", ".join(category.path),
                ", ".join(spoken.get(category.id, [])[:phrases]),
            )
            if part
        )
        for category in label_set.categories
    )


def similarity_labels(
    embeddings: FloatArray,
    category_embeddings: FloatArray,
    label_set: LabelSet,
    taxonomy: Taxonomy,
    *,
    min_deviations: float = MIN_DEVIATIONS,
) -> WeakLabels:
    """Labels texts that are far more like a category's description than others are.

    The cosine of text and description is standardised for each category over the
    texts. A category is said of the clear outliers, and its ancestors with it; of
    nothing else is anything said: the labeller never says no. Of fewer than ten
    texts none can stand out by three standard deviations.

    Args:
        embeddings: Of N texts, shape `(N, D)`; zeros where a video has no text.
        category_embeddings: Of the L descriptions, shape `(L, D)`.
        label_set: The L categories.
        taxonomy: The taxonomy they belong to.
        min_deviations: Standard deviations above the mean from which a category is
            said. Defaults to `MIN_DEVIATIONS`.

    Returns:
        Labels 1 or -1 of shape `(N, L)`; the confidence of a yes is
        `SIMILARITY_CONFIDENCE`, 0 elsewhere.

    Raises:
        ValueError: If the shapes do not fit, a value is not finite, a description
            has no embedding, or `min_deviations` is not above 0.
    """
    _check(embeddings, category_embeddings, label_set, min_deviations)
    likeness = _unit(embeddings) @ _unit(category_embeddings).T
    known = np.any(embeddings, axis=1)
    said = np.zeros(likeness.shape, bool)
    if known.any():
        centred = likeness[known] - likeness[known].mean(axis=0)
        spread = likeness[known].std(axis=0)
        said[known] = (spread > 0) & (centred >= min_deviations * spread)
    for below, category_id in enumerate(label_set.ids):
        for above in taxonomy.ancestors(category_id):
            if above in label_set:
                said[:, label_set.index(above)] |= said[:, below]
    return WeakLabels(
        labels=np.where(said, YES, UNKNOWN).astype(np.int8),
        confidence=np.where(said, SIMILARITY_CONFIDENCE, 0).astype(np.float32),
    )


def labels_by_likeness(
    texts: Sequence[str | None], label_set: LabelSet, encoder: Embeds
) -> WeakLabels:
    """Embeds texts and descriptions, and labels the texts as `similarity_labels` does.

    Args:
        texts: N texts; `None` where a video has none.
        label_set: The L categories.
        encoder: Embeds both.

    Returns:
        Labels of shape `(N, L)`.
    """
    embeddings = np.zeros((len(texts), encoder.width), np.float32)
    spoken = {row: text for row, text in enumerate(texts) if text is not None}
    if spoken:
        embeddings[list(spoken)] = encoder.embed(list(spoken.values()))
    descriptions = category_descriptions(label_set, Lexicon.load("en"))
    return similarity_labels(
        embeddings,
        encoder.embed(descriptions),
        label_set,
        load_iab(label_set.taxonomy_version),
    )


def _unit(vectors: FloatArray) -> FloatArray:
    """Vectors of length 1; those of length 0 as they are."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > 0, length, 1)


def _check(
    embeddings: FloatArray,
    category_embeddings: FloatArray,
    label_set: LabelSet,
    min_deviations: float,
) -> None:
    width = embeddings.shape[-1]
    if embeddings.ndim != 2 or category_embeddings.shape != (len(label_set), width):
        raise ValueError(
            "`embeddings` must have the shape (texts, width) and "
            f"`category_embeddings` ({len(label_set)}, width). Received: "
            f"{embeddings.shape} and {category_embeddings.shape}"
        )
    for name, vectors in (
        ("embeddings", embeddings),
        ("category_embeddings", category_embeddings),
    ):
        bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
        if len(bad):
            raise ValueError(f"`{name}` must be finite. Received: row {bad[0]} is not")
    if not category_embeddings.any(axis=1).all():
        raise ValueError(
            "`category_embeddings` must not be zeros: a description is a text. "
            f"Received: zeros for {label_set.ids[_first_zero(category_embeddings)]!r}"
        )
    if not min_deviations > 0:
        raise ValueError(
            "`min_deviations` must be above 0. "
            f"Received: min_deviations={min_deviations}"
        )


def _first_zero(vectors: FloatArray) -> int:
    return int(np.flatnonzero(~vectors.any(axis=1))[0])
