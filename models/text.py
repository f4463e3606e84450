"""The text categorizers' networks: numbers that describe a text in, scores out."""

from collections.abc import Sequence
from typing import Any

import keras

EMBEDDING_DIM = 512
"""Width of the Multilingual Universal Sentence Encoder's embeddings."""


def build_text_categorizer(
    *,
    labels: int,
    embedding_dim: int = EMBEDDING_DIM,
    hidden: Sequence[int] = (512, 256),
    dropout: float = 0.5,
    batch_norm_momentum: float = 0.99,
) -> keras.Model:
    """Builds the head of the multilingual categorizer, its weights drawn at random.

    Two dense layers with ReLU, batch normalisation, dropout, and one logistic output
    a label, on the embedding of a text.

    Args:
        labels: Number of labels, L.
        embedding_dim: Width of an embedding, D. Defaults to `512`.
        hidden: Widths of the dense layers. Defaults to `(512, 256)`.
        dropout: Share of the last hidden layer that training hides, in `[0, 1)`.
            Defaults to `0.5`.
        batch_norm_momentum: Share of the moving averages that a training step
            keeps. Defaults to `0.99`.

    Returns:
        A model whose input is float32 `(batch, D)` and whose output is the layer
        `scores`, float32 `(batch, L)` in (0, 1), behind the layer `logits`.

    Raises:
        ValueError: If an argument is outside its range.

    Reference:
        Yang et al., 2019, "Multilingual Universal Sentence Encoder for Semantic
        Retrieval", https://arxiv.org/abs/1907.04307 (the embedding).
    """
    _check(labels=labels, embedding_dim=embedding_dim)
    if not hidden or min(hidden) < 1:
        raise ValueError(
            "`hidden` must be one positive width at least. "
            f"Received: hidden={tuple(hidden)}"
        )
    if not 0 <= dropout < 1:
        raise ValueError(f"`dropout` must be in [0, 1). Received: dropout={dropout}")
    embedding = keras.Input((embedding_dim,), dtype="float32", name="embedding")
    vector = embedding
    for place, width in enumerate(hidden, start=1):
        vector = keras.layers.Dense(
            width,
            activation="relu",
            kernel_initializer="he_normal",
            name=f"hidden_{place}",
        )(vector)
    vector = keras.layers.BatchNormalization(
        momentum=batch_norm_momentum, epsilon=1e-3, name="hidden_norm"
    )(vector)
    vector = keras.layers.Dropout(dropout, name="hidden_dropout")(vector)
    return keras.Model(embedding, _scores(vector, labels), name="text_categorizer")


def build_bag_of_words(*, labels: int, vocabulary: int) -> keras.Model:
    """Builds the bag-of-words categorizer: one logistic regression a label.

    Args:
        labels: Number of labels, L.
        vocabulary: Number of known words and bigrams, V.

    Returns:
        A model whose input is a sparse float32 tensor `(batch, V)`, a weight for each
        word and bigram of a text, and whose output is the layer `scores`, float32
        `(batch, L)` in (0, 1), behind the layer `logits`. All weights start at 0,
        since nothing is gained from chance where there is one layer.

    Raises:
        ValueError: If an argument is outside its range.

    Reference:
        Wang and Manning, 2012, "Baselines and Bigrams: Simple, Good Sentiment and
        Topic Classification", https://aclanthology.org/P12-2018
    """
    _check(labels=labels, vocabulary=vocabulary)
    weights = keras.Input((vocabulary,), dtype="float32", sparse=True, name="ngrams")
    scores = _scores(weights, labels, kernel_initializer="zeros")
    return keras.Model(weights, scores, name="bag_of_words")


def _check(**counts: int) -> None:
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"`{name}` must be positive. Received: {name}={count}")


def _scores(vector: Any, labels: int, **options: Any) -> Any:
    # In float32 under any policy: scores are compared with thresholds.
    logits = keras.layers.Dense(labels, dtype="float32", name="logits", **options)
    return keras.layers.Activation("sigmoid", dtype="float32", name="scores")(
        logits(vector)
    )
