"""The categories of a scored video with the seconds that speak for each."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.evidence import Evidence, Method
from vidcat.inference.explaining.reasons import BY_TEXT, IMPLIED, NOT_LOOKED_FOR
from vidcat.inference.merges.decider import Decider
from vidcat.inference.merges.said import Said, crashed
from vidcat.inference.merging import MergedDecision
from vidcat.inference.results import Categorization, CategoryResult
from vidcat.inference.scored import Scored


def explained(
    scored: Scored, decider: Decider, *, method: Method | None = "windows"
) -> tuple[CategoryResult, ...]:
    """Decides what is said of a video, and finds the seconds that speak for it.

    A parent whose score is that of a category below it has the seconds of that one.

    Args:
        scored: The video.
        decider: What decides.
        method: How the seconds are found, `None` for not at all.

    Returns:
        Its categories, best score first.
    """
    text, visual = scored.text.probabilities, scored.visual.probabilities
    (decisions,) = decider.decide([text], [visual])
    found = {
        one.category_id: Evidence(reason=unasked(one, decider)) for one in decisions
    }
    labels = decider.visual
    if method is not None and scored.frames is not None and labels is not None:
        asked = [one for one, none in found.items() if none.reason == NOT_LOOKED_FOR]
        score = dict(zip(labels.ids, scored.frames.probabilities, strict=True))
        # A parent is scored as its likeliest child; of equals itself comes first.
        speakers = {
            one: max(_family(one, decider), key=lambda label: score[label])
            for one in asked
        }
        spans = scored.frames.evidence(
            list(speakers.values()),
            method=method,
            stands=_standing(list(speakers), decider, scored.text),
        )
        found |= dict(zip(speakers, spans, strict=True))
    return tuple(
        one.result(decider.taxonomy, *found[one.category_id]) for one in decisions
    )


def categorized(
    scored: Scored, decider: Decider, *, method: Method | None
) -> tuple[Scored, Categorization]:
    """Decides what is said of a video; what fails in its frames silences them alone.

    Args:
        scored: The video.
        decider: What decides.
        method: How the seconds are found, `None` for not at all.

    Returns:
        The scores that the result follows from, and the result.
    """
    try:
        categories = explained(scored, decider, method=method)
    # A device that is lost while evidence is looked for: this video's result.
    except Exception as error:
        scored = scored.without_frames(crashed(scored.row.id, error))
        categories = explained(scored, decider, method=method)
    version = decider.labels.taxonomy_version
    return scored, scored.head.with_categories(categories, version)


def unasked(decision: MergedDecision, decider: Decider) -> str:
    """Why no seconds are shown for a category before any were looked for.

    Args:
        decision: The category, as it is said of a video.
        decider: What decided.
    """
    if "visual" not in decision.sources or not _family(decision.category_id, decider):
        return BY_TEXT
    return IMPLIED if decision.implied else NOT_LOOKED_FOR


def _family(category_id: str, decider: Decider) -> list[str]:
    """The labels of the network that are the category or below it."""
    family = (category_id, *decider.taxonomy.descendants(category_id))
    labels = decider.visual
    return [] if labels is None else [one for one in family if one in labels]


def _standing(
    asked: Sequence[str], decider: Decider, text: Said
) -> Callable[[NDArray[np.float64]], list[bool]]:
    """Asks whether categories would be said by the frames, were these their scores."""

    def stands(probabilities: NDArray[np.float64]) -> list[bool]:
        (decisions,) = decider.decide([text.probabilities], [probabilities])
        said = {
            one.category_id
            for one in decisions
            if not one.implied and "visual" in one.sources
        }
        return [category_id in said for category_id in asked]

    return stands
