"""The categories of a video with the seconds that speak for each, as a result."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.bundle import Bundle
from vidcat.inference.evidence import Evidence, Method
from vidcat.inference.explaining.reasons import BY_TEXT, IMPLIED, NOT_LOOKED_FOR
from vidcat.inference.merges.combining import decide_together
from vidcat.inference.merges.said import Said
from vidcat.inference.merging import MergedDecision
from vidcat.inference.results import Categorization, CategoryResult, ResultKey
from vidcat.inference.visual_scoring import ScoredVideo


def explained(
    bundle: Bundle,
    text: Said,
    visual: Said,
    scored: ScoredVideo | None,
    *,
    method: Method | None = "windows",
) -> tuple[CategoryResult, ...]:
    """Decides what is said of a video, and finds the seconds that speak for it.

    A parent whose score is that of a category below it has the seconds of that one.

    Args:
        bundle: What training left behind.
        text: What the video's text says.
        visual: What its frames say.
        scored: The video; `None` where its frames say nothing.
        method: How the seconds are found, `None` for not at all.

    Returns:
        Its categories, best score first.
    """
    decisions = decide_together(bundle, text, visual)
    found = {
        one.category_id: Evidence(reason=_unasked(one, bundle)) for one in decisions
    }
    if method is not None and scored is not None:
        asked = [one for one, none in found.items() if none.reason == NOT_LOOKED_FOR]
        speakers = {one: _speaker(one, bundle, scored.probabilities) for one in asked}
        spans = scored.evidence(
            list(speakers.values()),
            method=method,
            stands=_standing(list(speakers), bundle, text),
        )
        found |= dict(zip(speakers, spans, strict=True))
    return tuple(
        one.result(bundle.taxonomy, *found[one.category_id]) for one in decisions
    )


def put_together(
    video_id: str,
    categories: tuple[CategoryResult, ...],
    *,
    text: Said,
    visual: Said,
    key: ResultKey,
    taxonomy_version: str,
) -> Categorization:
    """The result for a video.

    Args:
        video_id: Its id.
        categories: What is said of it, as `explained` gives it.
        text: What its text says.
        visual: What its frames say.
        key: What the result was computed from.
        taxonomy_version: Of the ids of the categories.
    """
    failed = [one.status for one in (visual, text) if one.status != "no_category"]
    notes = [one.note for one in (visual, text) if one.note is not None]
    return Categorization(
        id=video_id,
        key=key,
        status="ok" if categories else next(iter(failed), "no_category"),
        parts={"text": text.state, "visual": visual.state},
        reason="; ".join(notes) if notes else None,
        categories=categories,
        taxonomy=taxonomy_version,
    )


def _unasked(decision: MergedDecision, bundle: Bundle) -> str:
    """Why no seconds are shown for a category before any were looked for."""
    if "visual" not in decision.sources or not _family(decision.category_id, bundle):
        return BY_TEXT
    return IMPLIED if decision.implied else NOT_LOOKED_FOR


def _family(category_id: str, bundle: Bundle) -> list[str]:
    """The labels of the network that are the category or below it."""
    family = (category_id, *bundle.taxonomy.descendants(category_id))
    return [one for one in family if one in bundle.label_set]


def _speaker(
    category_id: str, bundle: Bundle, probabilities: NDArray[np.float64]
) -> str:
    """The label whose probability is the score of a category: its own, if it is one."""
    # Of equals the first: the category itself.
    return max(
        _family(category_id, bundle),
        key=lambda label: probabilities[bundle.label_set.index(label)],
    )


def _standing(
    asked: Sequence[str], bundle: Bundle, text: Said
) -> Callable[[NDArray[np.float64]], list[bool]]:
    """Asks whether categories would be said by the frames, were these their scores."""

    def stands(probabilities: NDArray[np.float64]) -> list[bool]:
        unseen = Said(state="ok", probabilities=probabilities)
        said = {
            one.category_id
            for one in decide_together(bundle, text, unseen)
            if not one.implied and "visual" in one.sources
        }
        return [category_id in said for category_id in asked]

    return stands
