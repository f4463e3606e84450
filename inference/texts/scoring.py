"""What the text of rows says, for results that frames may speak in as well."""

from collections.abc import Sequence

from vidcat.inference.merges.said import Said, crashed
from vidcat.inference.text_categorizer import TextCategorizer, TextScores
from vidcat.inference.video import Video


def said_by_text(categorizer: TextCategorizer, rows: Sequence[Video]) -> list[Said]:
    """Scores rows by their text; one that fails is silent and disturbs no other.

    Args:
        categorizer: The text categorizer.
        rows: Rows of a catalog.

    Returns:
        What their text says, in their order.
    """
    try:
        return _said(categorizer.score(rows))
    # Whatever the encoder or its runtime may raise (memory, a lost device) must not
    # take other rows, or what the frames say, along.
    except Exception as error:
        if len(rows) == 1:
            return [crashed(rows[0].id, error)]
        return [said for row in rows for said in said_by_text(categorizer, [row])]


def _said(scores: TextScores) -> list[Said]:
    return [
        Said(
            state=state,
            probabilities=scores.probabilities[at] if state == "ok" else None,
            note=_reason_to_doubt(scores, at),
            language=scores.languages[at],
        )
        for at, state in enumerate(scores.states)
    ]


def _reason_to_doubt(scores: TextScores, row: int) -> str | None:
    """Why a row's text has no categories, or doubtful ones; `None` for no reason."""
    language = scores.languages[row]
    if scores.states[row] == "no_text":
        return "the row has no text"
    if scores.states[row] == "no_model":
        if language is None:
            return "the language of the text is not known, and no text model reads it"
        return f"no text model reads the language {language!r}"
    if scores.unmeasured[row]:
        if language is None:
            return "the text model was never measured on text of unknown language"
        return f"the text model was never measured on the language {language!r}"
    return None
