"""Decides by another target or label set than a bundle does."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from vidcat.inference.bundle import Bundle
from vidcat.inference.decisions import Thresholds, sayable_ids
from vidcat.inference.merges.decider import Decider
from vidcat.inference.merges.policy import MergePolicy
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.deciding.promise import Promise
from vidcat.training.refitting import promise_of, refit_bundle, refit_text

T = TypeVar("T")


class LabelsNotScored(ValueError):
    """Labels are asked for that a bundle does not score."""


def other_decider(
    model: Bundle | TextCategorizer, promise: Promise | None, labels: LabelSet | None
) -> Decider:
    """What decides by another target, or for some of the labels.

    Thresholds are fitted anew on the scores of the calibration part that a bundle
    keeps. For fewer labels, a bundle that keeps none has the thresholds it had.

    Args:
        model: A bundle, or a text categorizer alone.
        promise: What thresholds are to hold; `None` for what the model's do.
        labels: Some of the labels of either source; `None` for all.

    Raises:
        LabelsNotScored: If the model lacks one of the labels.
        NoCalibrationScores: If a target is asked for, and nothing was kept to fit
            thresholds for it on.
    """
    decider = model.decider
    if labels is not None:
        labels = _of_model(decider, labels)
    if promise is None:
        if labels is None:
            return decider
        if model.calibration is None:
            return narrowed(decider, labels)
        promise = promise_of(model)
    policy: Thresholds | MergePolicy
    if isinstance(model, Bundle):
        policy = refit_bundle(model, promise, labels)
    else:
        policy = refit_text(model, promise, labels)
    return replace(
        decider, labels=decider.labels if labels is None else labels, policy=policy
    )


def narrowed(decider: Decider, labels: LabelSet) -> Decider:
    """The same thresholds, for some of the labels.

    The others, and what stands above them alone, are not said any more. Scores stay
    what they were shown with: a parent's is that of its likeliest child, asked for or
    not.

    Args:
        decider: Decides by all labels.
        labels: Some of them.
    """
    kept = decider.taxonomy.with_ancestors(labels.ids)
    ids = sayable_ids(decider.labels, decider.taxonomy)

    def without_others(thresholds: Thresholds) -> Thresholds:
        # Thresholds may have values for the labels alone, not for all of `ids`.
        stays = [name in kept for name in ids[: len(thresholds.values)]]
        basis, support = thresholds.basis, thresholds.support
        return replace(
            thresholds,
            values=_where(stays, thresholds.values, math.inf),
            confident=_where(stays, thresholds.confident, False),
            basis=None if basis is None else _where(stays, basis, "abstains"),
            support=None if support is None else _where(stays, support, None),
        )

    policy = decider.policy
    if isinstance(policy, Thresholds):
        return replace(decider, policy=without_others(policy))
    return replace(
        decider,
        policy=replace(
            policy,
            text=policy.text and without_others(policy.text),
            visual=policy.visual and without_others(policy.visual),
            merged=policy.merged and without_others(policy.merged),
        ),
    )


def _where(stays: Sequence[bool], values: Sequence[T], instead: T) -> tuple[T, ...]:
    both = zip(stays, values, strict=True)
    return tuple(value if stay else instead for stay, value in both)


def _of_model(decider: Decider, labels: LabelSet) -> LabelSet:
    """The labels as the model orders them."""
    version = decider.labels.taxonomy_version
    if labels.taxonomy_version != version:
        raise LabelsNotScored(
            f"Labels must be of taxonomy {version}, as the scores are. "
            f"Received: {labels.taxonomy_version}"
        )
    lacking = [
        category for category in labels.categories if category.id not in decider.labels
    ]
    if lacking:
        more = ", ..." if len(lacking) > 5 else ""
        named = ", ".join(f"{one.id} ({one.path_text})" for one in lacking[:5])
        raise LabelsNotScored(
            f"Labels must be among the {len(decider.labels)} that the bundle scores. "
            f"Received {len(lacking)} that it lacks: {named}{more}. Leave them out, or "
            "train with them."
        )
    return decider.labels.select(labels.ids)
