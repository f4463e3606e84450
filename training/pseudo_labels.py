"""Pseudo-labels: what a text categorizer is sure of, as labels of a catalog."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import FloatArray
from vidcat.inference.scope import Scope
from vidcat.inference.video import Truth, Video
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Taxonomy
from vidcat.training.labels import UNKNOWN, YES, label_matrix
from vidcat.training.measuring.selection import truth_of
from vidcat.training.teaching.label_states import (
    REASON_OF_STATE,
    PseudoLabelConfig,
    check_scores,
    label_states,
)
from vidcat.training.teaching.pseudo_label_report import (
    DroppedCategory,
    PseudoLabelReport,
    describe_labels,
)

DurationOf = Callable[[str], float | None]
"""Answers the duration found in a video's file, in seconds, by id."""


class NoPseudoLabels(ValueError):
    """No row gets a pseudo-label; the text counts the reasons."""


@dataclass(frozen=True, kw_only=True)
class PseudoLabels:
    """A catalog that a visual model can be trained on, and its counts."""

    videos: tuple[Video, ...]
    """Rows with labels and without text: pseudo-labelled ones, and those that have
    gold or audited labels of their own."""
    label_set: LabelSet
    """The visual categories with enough examples; `vidcat train --labels` takes them.
    Nothing is said about any other category."""
    report: PseudoLabelReport


def pseudo_label(
    videos: Sequence[Video],
    probabilities: FloatArray,
    states: Sequence[str],
    label_set: LabelSet,
    taxonomy: Taxonomy,
    *,
    config: PseudoLabelConfig,
    scope: Scope,
    duration_seconds: DurationOf | None = None,
    languages: Sequence[str | None] | None = None,
) -> PseudoLabels:
    """Labels videos by what a teacher read about them.

    Each row ends in one of three ways. One with gold or audited labels keeps them;
    one about which the teacher is sure of a visual category gets pseudo-labels; any
    other is left out and counted. The text is taken from all of them, so that a
    student cannot read what its teacher read.

    A parent is at least what its children are: where a child is said so is its
    parent, where a child is unknown its parent cannot be denied. A category that is
    not visual counts in this, and is not labelled.

    Args:
        videos: N rows of a catalog.
        probabilities: The teacher's calibrated probabilities, shape `(N, L)`; of rows
            it was trained on, out of fold.
        states: For each row `ok`, `no_text` or `no_model`, as the teacher tells.
        label_set: The teacher's L categories.
        taxonomy: The taxonomy they belong to.
        config: Where the teacher is believed.
        scope: The durations to take. A video of unknown duration is in scope.
        duration_seconds: Asked where the catalog has no duration. Defaults to
            knowing none.
        languages: The language of each row as the teacher saw it, for the report
            alone. Defaults to the catalog's.

    Returns:
        The labelled rows, in the order of the catalog.

    Raises:
        NoPseudoLabels: If no row is labelled, or no category has enough examples.
        InvalidLabelSet: If no category is visual.
        UnknownLabel: If a row's own label is no id of the taxonomy.
        ValueError: If arrays differ in length, a probability is not within `[0, 1]`,
            a state is unknown, or bounds are given for a category that is no label.
    """
    check_scores(videos, probabilities, states, label_set, config)
    lasting = [with_duration(video, duration_seconds) for video in videos]
    told = label_states(probabilities, label_set, taxonomy, config)
    visual = np.array(label_set.visual)
    reasons = [
        _reason_against(video, state, row[visual], scope)
        for video, state, row in zip(lasting, states, told, strict=True)
    ]
    examples = _examples(lasting, reasons, told, label_set, taxonomy)
    enough = visual & (examples >= config.min_examples)
    labelled: dict[int, Video] = {}
    left_out: Counter[str] = Counter()
    for row, (video, reason) in enumerate(zip(lasting, reasons, strict=True)):
        outcome: Video | str = (
            _labelled(video, told[row], enough, label_set) if reason is None else reason
        )
        if isinstance(outcome, Video):
            labelled[row] = outcome
        else:
            left_out[outcome] += 1
    if all(own_truth(video) is not None for video in labelled.values()):
        most = int(examples[visual].max())
        by_people = len(labelled)
        raise NoPseudoLabels(_nothing_left(left_out, by_people, most, config, scope))
    if languages is None:
        languages = [video.language for video in videos]
    kept = label_set.select(list(compress(label_set.ids, enough)))
    return PseudoLabels(
        videos=tuple(labelled.values()),
        label_set=kept,
        report=describe_labels(
            list(labelled.values()),
            kept,
            taxonomy,
            languages=[languages[row] for row in labelled],
            left_out=left_out,
            dropped=[
                DroppedCategory(id=category.id, path=category.path_text, yes=count)
                for category, count, is_dropped in zip(
                    label_set.categories,
                    examples.tolist(),
                    visual & ~enough,
                    strict=True,
                )
                if is_dropped
            ],
        ),
    )


def own_truth(video: Video) -> Truth | None:
    """How good a row's own labels are; `None` where it has none or a model's."""
    if video.labels is None or video.truth == "pseudo":
        return None
    return truth_of(video)


def with_duration(video: Video, duration_seconds: DurationOf | None) -> Video:
    """The same video, with the duration found in its file if it has none."""
    return video.lasting(
        None if duration_seconds is None else duration_seconds(video.id)
    )


def is_in_scope(
    video: Video, scope: Scope, duration_seconds: DurationOf | None
) -> bool:
    """Whether a video is in scope, by the duration found in its file if need be."""
    lasting = with_duration(video, duration_seconds)
    return scope.reason_against(lasting.duration_seconds) is None


def _reason_against(
    video: Video, state: str, told: npt.NDArray[np.int8], scope: Scope
) -> str | None:
    if scope.reason_against(video.duration_seconds) is not None:
        return "out of scope"
    if own_truth(video) is not None:
        return None
    if state != "ok":
        return REASON_OF_STATE[state]
    if (told == YES).any():
        return None
    return "unsure" if (told == UNKNOWN).any() else "no visual category"


def _examples(
    videos: Sequence[Video],
    reasons: Sequence[str | None],
    told: npt.NDArray[np.int8],
    label_set: LabelSet,
    taxonomy: Taxonomy,
) -> npt.NDArray[np.intp]:
    """For each label the rows with a yes, the teacher's or a person's."""
    usable = np.array([reason is None for reason in reasons], bool)
    own = np.array([own_truth(video) is not None for video in videos], bool)
    theirs = [videos[row] for row in np.flatnonzero(usable & own).tolist()]
    known = np.vstack([told[usable & ~own], label_matrix(theirs, label_set, taxonomy)])
    return np.count_nonzero(known == YES, axis=0)


def _labelled(
    video: Video,
    told: npt.NDArray[np.int8],
    enough: npt.NDArray[np.bool_],
    label_set: LabelSet,
) -> Video | str:
    """The row without text and with its labels, or why it has none after all.

    What is said of a category that is not asserted is left open: it is no denial.
    """
    without_text = replace(video, title=None, description=None, tags=())
    if own_truth(video) is not None:
        return without_text
    said = told == YES
    if not (said & enough).any():
        return "only dropped categories"
    return replace(
        without_text,
        labels=tuple(compress(label_set.ids, said & enough)),
        unknown_labels=tuple(
            compress(label_set.ids, (told == UNKNOWN) | (said & ~enough))
        ),
        truth="pseudo",
    )


def _nothing_left(
    left_out: Mapping[str, int],
    by_people: int,
    most: int,
    config: PseudoLabelConfig,
    scope: Scope,
) -> str:
    if by_people and not left_out:
        return (
            f"No row gets a pseudo-label: all {by_people} have labels by people, which "
            "they keep. Give rows without labels too, or train on this catalog as it "
            "is, by `vidcat train` without --from-text."
        )
    counts = ", ".join(f"{reason}: {count}" for reason, count in left_out.items())
    return (
        f"No row gets a pseudo-label (left out: {counts or 'none'}). The scope is "
        f"{scope.min_seconds:g} to {scope.max_seconds:g} s (--min-seconds, "
        f"--max-seconds), a category is said from {config.yes_bound:g} on "
        f"(--yes-bound) and needs {config.min_examples} rows (--min-examples); the "
        f"one with most has {most}."
    )
