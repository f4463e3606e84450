"""Labels for texts that nobody labelled: by the lexicon's words and phrases.

Measured by hand on real videos; the figures, their intervals and what they do not
show are in docs/lexicon.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.lexicon import LEXICON_LANGUAGES, Lexicon
from vidcat.taxonomy.tree import Taxonomy
from vidcat.training.labels import NO, UNKNOWN, YES

DESCRIPTION_CHARACTERS = 300
"""How much of a description is read: what was read when precision was measured.
Further down stand links, credits and what a channel writes under every video."""

Standing = Literal["title", "several", "single"]
"""How a category's phrases stand in a video's text, where one of them is strong or two
are weak: one at least in the title; else two or more elsewhere; else a single one."""

MEASURED_PRECISION: Mapping[str, Mapping[Standing, float]] = MappingProxyType(
    {
        "en": {"title": 136 / 153, "several": 138 / 197, "single": 62 / 100},
        "fr": {"title": 181 / 188, "several": 143 / 176, "single": 66 / 114},
    }
)
"""Share of right categories among those read by hand, by language and standing: the
second and third samples of docs/lexicon.md, judged as they were drawn."""

MIN_CONFIDENCE = 0.85
"""From where a category is said: a phrase in the title reaches it, nothing else."""


@dataclass(frozen=True, eq=False, kw_only=True)
class WeakLabels:
    """What is said of N videos by a labeller that may err and may say nothing."""

    labels: npt.NDArray[np.int8]
    """Shape `(N, L)`: 1 yes, 0 no, -1 unknown."""
    confidence: npt.NDArray[np.float32]
    """Shape `(N, L)`: how often such a yes is right, where anything speaks for one,
    whether it is enough or not; else 0. It says nothing about a no."""


def weak_labels(
    videos: Sequence[Video],
    languages: Sequence[str | None],
    label_set: LabelSet,
    taxonomy: Taxonomy,
    *,
    min_confidence: float = MIN_CONFIDENCE,
) -> WeakLabels:
    """Labels videos by the phrases in their titles, tags and descriptions.

    * *Yes*: a category whose phrases stand so that its measured precision is at least
      `min_confidence`, and its ancestors.
    * *Unknown*: a category with any phrase that is not said, and its ancestors that
      are not said; the categories below one that is said, if none of them is said.
    * *No*: everything else.

    Where no category is said, the whole row is unknown: a text without phrases, or in
    a language without a lexicon, says nothing.

    Args:
        videos: N rows of a catalog.
        languages: Of each row the primary subtag of its language, such as `"en"`, or
            `None`.
        label_set: The L categories. Others count through those of their ancestors
            that are in the set.
        taxonomy: The taxonomy they belong to.
        min_confidence: Above 0, at most 1. Defaults to `MIN_CONFIDENCE`.

    Raises:
        ValueError: If there are not as many languages as videos, `min_confidence` is
            out of bounds, or the taxonomy is not that of the lexicons.
    """
    if len(videos) != len(languages):
        raise ValueError(
            "`languages` must have one value for each video. Received: "
            f"{len(languages)} languages, {len(videos)} videos"
        )
    if not 0 < min_confidence <= 1:
        raise ValueError(
            "`min_confidence` must be above 0 and at most 1. "
            f"Received: min_confidence={min_confidence}"
        )
    lexicons = {language: Lexicon.load(language) for language in LEXICON_LANGUAGES}
    for lexicon in lexicons.values():
        if lexicon.taxonomy_version != taxonomy.version:
            raise ValueError(
                f"`taxonomy` must be that of the lexicons, {lexicon.taxonomy_version}. "
                f"Received: {taxonomy.version}"
            )
    shape = (len(videos), len(label_set))
    labels = np.full(shape, UNKNOWN, np.int8)
    confidence = np.zeros(shape, np.float32)
    column = {category_id: at for at, category_id in enumerate(label_set.ids)}
    for row, (video, language) in enumerate(zip(videos, languages, strict=True)):
        if language not in lexicons:
            continue
        found = _with_ancestors(_confidences(video, lexicons[language]), taxonomy)
        known = _states(found, min_confidence, taxonomy)
        if known:
            labels[row] = NO
        for category_id in known.keys() & column.keys():
            labels[row, column[category_id]] = known[category_id]
        for category_id in found.keys() & column.keys():
            confidence[row, column[category_id]] = found[category_id]
    return WeakLabels(labels=labels, confidence=confidence)


def combined(one: WeakLabels, other: WeakLabels) -> WeakLabels:
    """Puts two labellers together.

    A yes or no of either counts; where one says yes and the other no, it is unknown.
    Where both say yes, the confidence is `1 - (1 - a)(1 - b)`, which is right for
    labellers that err independently and too high for two that read one text; else it
    is the higher of the two.

    Raises:
        ValueError: If they are not about equally many videos and categories.
    """
    if one.labels.shape != other.labels.shape:
        raise ValueError(
            "Both must have labels of the same shape. Received: "
            f"{one.labels.shape} and {other.labels.shape}"
        )
    conflict = (one.labels != other.labels) & (one.labels >= 0) & (other.labels >= 0)
    # Of an answer and -1, the answer is the higher.
    labels = np.where(conflict, UNKNOWN, np.maximum(one.labels, other.labels))
    both = (one.labels == YES) & (other.labels == YES)
    confidence = np.where(
        both,
        1 - (1 - one.confidence) * (1 - other.confidence),
        np.maximum(one.confidence, other.confidence),
    )
    return WeakLabels(
        labels=labels.astype(np.int8), confidence=confidence.astype(np.float32)
    )


def _fields(video: Video) -> Iterator[tuple[bool, str]]:
    """The texts that are read, each with whether it is the title; that comes first."""
    if video.title is not None:
        yield True, video.title
    if video.description is not None:
        yield False, video.description[:DESCRIPTION_CHARACTERS]
    for tag in video.tags:
        yield False, tag


def _confidences(video: Video, lexicon: Lexicon) -> dict[str, float]:
    """By category with any phrase: measured precision, 0 for a lone weak phrase."""
    strengths: dict[str, dict[str, bool]] = {}
    in_title: set[str] = set()
    for is_title, text in _fields(video):
        for hit in lexicon.hits(text):
            strengths.setdefault(hit.category_id, {})[hit.phrase] = hit.strong
            if is_title:
                in_title.add(hit.category_id)
    precision = MEASURED_PRECISION[lexicon.language]
    confidences: dict[str, float] = {}
    for category_id, phrases in strengths.items():
        if len(phrases) == 1 and not any(phrases.values()):
            confidences[category_id] = 0.0
        elif category_id in in_title:
            confidences[category_id] = precision["title"]
        else:
            several = len(phrases) > 1
            confidences[category_id] = precision["several" if several else "single"]
    return confidences


def _with_ancestors(
    confidences: Mapping[str, float], taxonomy: Taxonomy
) -> dict[str, float]:
    """The same and their ancestors, which are as sure as the surest below them."""
    found: dict[str, float] = {}
    for category_id, value in confidences.items():
        for each in (category_id, *taxonomy.ancestors(category_id)):
            found[each] = max(found.get(each, 0.0), value)
    return found


def _states(
    found: Mapping[str, float], min_confidence: float, taxonomy: Taxonomy
) -> dict[str, int]:
    """Yes and unknown by category where anything is said; everything else is no."""
    said = {one for one, value in found.items() if value >= min_confidence}
    if not said:
        return {}
    states = dict.fromkeys(found, UNKNOWN)
    for category_id in said:
        if said.isdisjoint(taxonomy.children(category_id)):
            # The text tells the subject and not which part of it.
            states.update(dict.fromkeys(taxonomy.descendants(category_id), UNKNOWN))
    return states | dict.fromkeys(said, YES)
