"""From rows of a catalog to results by their text alone."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

import numpy as np

from vidcat.inference.decisions import decide
from vidcat.inference.explaining.reasons import BY_TEXT
from vidcat.inference.merges.said import Said
from vidcat.inference.merging import MergedDecision
from vidcat.inference.results import Categorization, ResultKey
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.inference.texts.scoring import said_by_text
from vidcat.inference.video import Video

_AT_ONCE: Final = 256
"""Rows that are scored together."""


def categorize_texts(
    categorizer: TextCategorizer, videos: Iterable[Video]
) -> Iterator[Categorization]:
    """Categorizes rows by their text.

    Args:
        categorizer: The text categorizer.
        videos: Rows of a catalog, taken as they are needed.

    Yields:
        One result for each row, in their order. A row that cannot be scored gives a
        result that says so, not an error; its neighbours have theirs.
    """
    source = iter(videos)
    while rows := list(islice(source, _AT_ONCE)):
        yield from _results(categorizer, rows, said_by_text(categorizer, rows))


def _results(
    categorizer: TextCategorizer, rows: Sequence[Video], said: Sequence[Said]
) -> Iterator[Categorization]:
    taxonomy = categorizer.taxonomy
    silence = np.zeros(len(categorizer.label_set))
    probabilities = [
        silence if one.probabilities is None else one.probabilities for one in said
    ]
    decided = decide(
        np.stack(probabilities),
        categorizer.thresholds,
        categorizer.label_set,
        taxonomy,
    )
    for video, one, decisions in zip(rows, said, decided, strict=True):
        given = [] if one.probabilities is None else decisions
        yield Categorization(
            id=video.id,
            key=ResultKey(
                source_version=None,
                content_sha256=None,
                bundle=categorizer.content_hash,
            ),
            status="ok" if given else one.status,
            parts={"text": one.state, "visual": "not_asked"},
            reason=one.note,
            categories=tuple(
                MergedDecision(**vars(decision), sources=("text",)).result(
                    taxonomy, evidence_reason=BY_TEXT
                )
                for decision in given
            ),
            taxonomy=categorizer.label_set.taxonomy_version,
        )
