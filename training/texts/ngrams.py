"""Fits which words and bigrams a bag of words knows, and what they weigh."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from vidcat.inference.texts.ngrams import NgramWeights
from vidcat.taxonomy.lexicon import words_of


class NoWords(ValueError):
    """No word occurs in enough texts."""


def fit_ngrams(
    texts: Sequence[str], *, min_count: int = 2, max_ngrams: int = 50_000
) -> NgramWeights:
    """Takes the words and bigrams of most texts.

    An n-gram weighs `log((1 + N) / (1 + texts that hold it)) + 1`.

    Args:
        texts: N texts.
        min_count: Texts that an n-gram must occur in. Defaults to `2`.
        max_ngrams: At most so many n-grams, those of most texts; among equals the
            first in the order of their letters. Defaults to `50_000`.

    Returns:
        The n-grams and their weights, those of most texts first.

    Raises:
        NoWords: If no word occurs in `min_count` texts.

    Reference:
        Spärck Jones, 1972, "A statistical interpretation of term specificity",
        https://doi.org/10.1108/eb026526
    """
    words = _texts_with(texts, set)
    common = {word for word, count in words.items() if count >= min_count}
    if not common:
        raise NoWords(
            f"A word must occur in {min_count} texts at least, and none does (texts: "
            f"{len(texts)}). Give more rows with text, or a lower --min-count."
        )

    # A bigram is no more frequent than either of its words.
    def bigrams(found: tuple[str, ...]) -> set[str]:
        return {
            f"{first} {second}"
            for first, second in pairwise(found)
            if first in common and second in common
        }

    counts = words + _texts_with(texts, bigrams)
    kept = [(-count, ngram) for ngram, count in counts.items() if count >= min_count]
    ranked = sorted(kept)[:max_ngrams]
    holding = np.array([-count for count, _ in ranked], np.float64)
    idf = np.log((1 + len(texts)) / (1 + holding)) + 1
    return NgramWeights(
        ngrams=tuple(ngram for _, ngram in ranked), idf=idf.astype(np.float32)
    )


def _texts_with(
    texts: Sequence[str], ngrams: Callable[[tuple[str, ...]], set[str]]
) -> Counter[str]:
    """In how many texts each n-gram occurs."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(ngrams(words_of(text)))
    return counts
