"""From rows of a catalog to results by their text alone."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from vidcat.inference.explaining.reasons import BY_TEXT
from vidcat.inference.merges.said import Said
from vidcat.inference.results import Categorization, ResultKey
from vidcat.inference.scored import Keep, Scored
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.inference.texts.scoring import said_by_text
from vidcat.inference.video import Video

_AT_ONCE: Final = 256
"""Rows that are scored together."""
_NOT_ASKED: Final = Said(state="not_asked")


def categorize_texts(
    categorizer: TextCategorizer,
    videos: Iterable[Video],
    *,
    keep: Keep | None = None,
) -> Iterator[Categorization]:
    """Categorizes rows by their text.

    Args:
        categorizer: The text categorizer.
        videos: Rows of a catalog, taken as they are needed.
        keep: Is given the scores behind each result before it, such as
            `ScoreVectorWriter.add`. Defaults to nothing.

    Yields:
        One result for each row, in their order. A row that cannot be scored gives a
        result that says so, not an error; its neighbours have theirs.
    """
    key = ResultKey(
        source_version=None, content_sha256=None, bundle=categorizer.content_hash
    )
    taxonomy, decider = categorizer.taxonomy, categorizer.decider
    source = iter(videos)
    while rows := list(islice(source, _AT_ONCE)):
        said = said_by_text(categorizer, rows)
        decided = decider.decide([one.probabilities for one in said], ())
        for row, text, decisions in zip(rows, said, decided, strict=True):
            scored = Scored(row=row, key=key, text=text, visual=_NOT_ASKED)
            if keep is not None:
                keep(scored)
            yield scored.head.with_categories(
                tuple(
                    one.result(taxonomy, evidence_reason=BY_TEXT) for one in decisions
                ),
                taxonomy.version,
            )
