"""From rows of a catalog to results by their text alone."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from vidcat.inference.decisions import decide
from vidcat.inference.results import Categorization, CategoryResult, ResultKey
from vidcat.inference.text_categorizer import TextCategorizer, TextScores
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
        try:
            scores = categorizer.score(rows)
        # Whatever the encoder or its runtime may raise (memory, a lost device) is
        # the result of one row and must not take the others along.
        except Exception as error:
            if len(rows) == 1:
                yield _crashed(categorizer, rows[0], error)
                continue
            for row in rows:
                yield from categorize_texts(categorizer, [row])
            continue
        yield from _results(categorizer, rows, scores)


def reason_to_doubt(scores: TextScores, row: int) -> str | None:
    """Why a row's text has no categories, or doubtful ones; `None` for no reason."""
    language = scores.languages[row]
    if scores.states[row] == "no_text":
        return "the row has no text"
    if scores.states[row] == "no_model":
        return f"no text model reads the language {language!r}"
    if scores.unmeasured[row]:
        if language is None:
            return "the text model was never measured on text of unknown language"
        return f"the text model was never measured on the language {language!r}"
    return None


def _results(
    categorizer: TextCategorizer, rows: Sequence[Video], scores: TextScores
) -> Iterator[Categorization]:
    decided = decide(
        scores.probabilities,
        categorizer.thresholds,
        categorizer.label_set,
        categorizer.taxonomy,
    )
    for at, (video, decisions) in enumerate(zip(rows, decided, strict=True)):
        categories = tuple(
            CategoryResult(
                id=decision.category_id,
                name=categorizer.taxonomy[decision.category_id].name,
                path=categorizer.taxonomy[decision.category_id].path,
                score=decision.score,
                confident=decision.confident,
                sources=("text",),
            )
            for decision in decisions
        )
        if scores.states[at] != "ok":
            categories = ()
        yield _result(
            categorizer,
            video,
            state=scores.states[at],
            status="ok" if categories else "no_category",
            reason=reason_to_doubt(scores, at),
            categories=categories,
        )


def _crashed(
    categorizer: TextCategorizer, video: Video, error: Exception
) -> Categorization:
    return _result(
        categorizer,
        video,
        state="error",
        status="model_error",
        reason=f"{video.id}: {type(error).__name__}: {error}",
        categories=(),
    )


def _result(
    categorizer: TextCategorizer,
    video: Video,
    *,
    state: str,
    status: str,
    reason: str | None,
    categories: tuple[CategoryResult, ...],
) -> Categorization:
    return Categorization(
        id=video.id,
        key=ResultKey(
            source_version=None,
            content_sha256=None,
            bundle=categorizer.content_hash,
        ),
        status=status,
        parts={"text": state, "visual": "not_asked"},
        reason=reason,
        categories=categories,
        taxonomy=categorizer.label_set.taxonomy_version,
    )
