"""Decides by another target or label set than a bundle does."""

import math
from dataclasses import replace

from vidcat.inference.bundle import Bundle
from vidcat.inference.decisions import Thresholds, sayable_ids
from vidcat.inference.merges.decider import Decider, Decides
from vidcat.inference.merges.policy import MergePolicy
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.deciding.promise import Promise
from vidcat.training.refitting import refit


class NoCalibrationScores(ValueError):
    """Thresholds cannot be fitted anew: the scores to fit them on were not kept."""


class LabelsNotScored(ValueError):
    """Labels are asked for that a bundle does not score."""


def other_decider(
    model: Decides, promise: Promise | None, labels: LabelSet | None
) -> Decider:
    """What decides by another target, or for some of the labels.

    Thresholds are fitted anew on the scores of the calibration part that a bundle
    keeps. One that keeps none has its own thresholds for fewer labels, and no other
    target.

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
    if promise is None and labels is None:
        return decider
    if isinstance(model, Bundle) and model.calibration is not None:
        policy = refit(model, promise or promise_of(decider), labels)
        return replace(decider, labels=labels or decider.labels, policy=policy)
    if promise is not None:
        raise NoCalibrationScores(
            "Thresholds for another target must be fitted on the scores of the "
            "calibration part. Received: "
            + (
                "a bundle of an earlier vidcat, which kept none; train it again with "
                "the same command."
                if isinstance(model, Bundle)
                else "a text categorizer, which keeps none; train it again with "
                "--target-precision, or put it into a bundle (`vidcat train --text`)."
            )
        )
    return narrowed(decider, labels) if labels is not None else decider


def promise_of(decider: Decider) -> Promise:
    """The promise that thresholds were fitted for, or would be by default."""
    return Promise(
        target_precision=least_target(decider),
        assurance=next(
            (one.assurance for one in thresholds_of(decider) if one.assurance),
            Promise().assurance,
        ),
    )


def thresholds_of(decider: Decider) -> tuple[Thresholds, ...]:
    """All thresholds that decide: of one source, or those of the merge."""
    if isinstance(decider.policy, MergePolicy):
        return tuple(decider.policy.thresholds.values())
    return (decider.policy,)


def least_target(decider: Decider) -> float:
    """The least precision that thresholds were fitted for."""
    return min(one.target_precision for one in thresholds_of(decider))


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
        stays = [name in kept for name, _ in zip(ids, thresholds.values, strict=False)]
        return replace(
            thresholds,
            values=tuple(
                value if stay else math.inf
                for value, stay in zip(thresholds.values, stays, strict=True)
            ),
            confident=tuple(
                sure and stay
                for sure, stay in zip(thresholds.confident, stays, strict=True)
            ),
            basis=thresholds.basis
            and tuple(
                basis if stay else "abstains"
                for basis, stay in zip(thresholds.basis, stays, strict=True)
            ),
            support=thresholds.support
            and tuple(
                support if stay else None
                for support, stay in zip(thresholds.support, stays, strict=True)
            ),
        )

    policy = decider.policy
    if isinstance(policy, Thresholds):
        return replace(decider, policy=without_others(policy))
    narrowed_ones = {
        name: without_others(one) for name, one in policy.thresholds.items()
    }
    return replace(decider, policy=replace(policy, **narrowed_ones))


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
        named = ", ".join(f"{one.id} ({one.path_text})" for one in lacking[:5])
        raise LabelsNotScored(
            f"Labels must be among the {len(decider.labels)} that the bundle scores. "
            f"Received {len(lacking)} that it lacks: {named}"
            f"{', ...' if len(lacking) > 5 else ''}. Leave them out, or train with them."
        )
    return decider.labels.select(labels.ids)
