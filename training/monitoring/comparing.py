"""Compares two sides, and tells what is alarming from what chance may have done."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from vidcat.taxonomy.iab import load_iab
from vidcat.training.monitoring.canaries import CanaryCheck
from vidcat.training.monitoring.drift import Drift, SideSummary
from vidcat.training.monitoring.means import MeanChange, compare_categories_per_video
from vidcat.training.monitoring.settings import DriftSettings
from vidcat.training.monitoring.shares import ShareChange, compare_shares
from vidcat.training.monitoring.side import Side
from vidcat.training.monitoring.stability import ScoreShift, compare_scores
from vidcat.training.monitoring.tally import UnfitResults
from vidcat.training.monitoring.words import alarms_of, remarks_on

_Change = TypeVar("_Change", ShareChange, MeanChange, ScoreShift)


def compare_sides(
    baseline: Side,
    today: Side,
    *,
    settings: DriftSettings | None = None,
    canaries: CanaryCheck | None = None,
) -> Drift:
    """Compares today with a baseline.

    All that is compared (shares, the mean number of categories, spreads of scores)
    is tested together, so that a day without drift raises an alarm with a chance of
    at most `false_discovery_rate`, however many categories there are. An alarm is
    raised where a change is sure in that sense, and large enough.

    Args:
        baseline: What is taken to be right.
        today: What is to be looked at.
        settings: What counts as drift. Defaults to `DriftSettings()`.
        canaries: What became of the canaries, if there are any.

    Raises:
        UnfitResults: If the sides are of different taxonomies, or nothing is known of
            both.

    Reference:
        Benjamini and Hochberg, 1995, "Controlling the False Discovery Rate", Journal
        of the Royal Statistical Society B 57.
    """
    settings = DriftSettings() if settings is None else settings
    taxonomy = _shared_taxonomy(baseline, today)
    shares: list[ShareChange] = []
    means: list[MeanChange] = []
    if baseline.tally is not None and today.tally is not None:
        shares = compare_shares(baseline.tally, today.tally)
        means = [compare_categories_per_video(baseline.tally, today.tally)]
    scores = _compare_scores(baseline, today)
    shares, means, scores = _judged(shares, means, scores, settings)
    shares.sort(key=_surest_first)
    scores.sort(key=_best_first)
    drift = Drift(
        baseline=_summary(baseline),
        today=_summary(today),
        settings=settings,
        taxonomy=taxonomy,
        names=_names(taxonomy, shares, scores, canaries),
        categories=tuple(one for one in shares if one.fact.kind == "category"),
        others=tuple(one for one in shares if one.fact.kind != "category"),
        categories_per_video=means[0] if means else None,
        scores=tuple(scores),
        canaries=canaries,
        alarms=(),
        remarks=remarks_on(baseline, today),
    )
    return replace(drift, alarms=alarms_of(drift))


def _compare_scores(baseline: Side, today: Side) -> list[ScoreShift]:
    if baseline.vectors is not None and today.vectors is not None:
        return compare_scores(baseline.vectors.scores, today.vectors.scores)
    if baseline.tally is not None and today.tally is not None:
        return compare_scores(baseline.tally.scores, today.tally.scores)
    raise UnfitResults(
        "Both sides must have results, or both score vectors. Received: one has "
        "results alone, the other score vectors alone."
    )


def _shared_taxonomy(baseline: Side, today: Side) -> str:
    found = {
        one.taxonomy
        for side in (baseline, today)
        for one in (side.tally, side.vectors)
        if one is not None
    }
    if len(found) != 1:
        raise UnfitResults(
            "Baseline and today must be of one taxonomy. Received: versions "
            f"{', '.join(sorted(found))}. Take a baseline of today's version."
        )
    (version,) = found
    return version


def _judged(
    shares: list[ShareChange],
    means: list[MeanChange],
    scores: list[ScoreShift],
    settings: DriftSettings,
) -> tuple[list[ShareChange], list[MeanChange], list[ScoreShift]]:
    """The same, each with its adjusted chance and whether it is alarming."""
    from scipy.stats import false_discovery_control

    # What could not be tested must not make the others less sure.
    told = [one for one in scores if one.bins]
    untold = [one for one in scores if not one.bins]
    chances = [one.p_value for one in shares]
    chances += [one.p_value for one in means]
    chances += [one.p_value for one in told]
    adjusted = iter(false_discovery_control(chances) if chances else [])

    def judge(changes: Sequence[_Change]) -> list[_Change]:
        return [
            replace(
                one,
                adjusted_p=chance,
                alarming=chance <= settings.false_discovery_rate
                and _is_large(one, settings),
            )
            for one, chance in zip(changes, map(float, adjusted), strict=False)
        ]

    return judge(shares), judge(means), [*judge(told), *untold]


def _is_large(change: ShareChange | MeanChange | ScoreShift, by: DriftSettings) -> bool:
    if isinstance(change, ScoreShift):
        return change.excess >= by.stability_bound
    return abs(change.relative_change) >= by.least_change


def _surest_first(change: ShareChange) -> tuple[float, float, str, str]:
    return (
        change.p_value,
        -abs(change.difference),
        change.fact.kind,
        change.fact.id,
    )


def _best_first(shift: ScoreShift) -> tuple[bool, str, float, str]:
    of = shift.of
    if of.category is None:
        return False, of.source, 0.0, ""
    return True, "", shift.p_value, of.source + of.category


def _summary(side: Side) -> SideSummary:
    sources = [
        source
        for one in (side.tally, side.vectors)
        if one is not None
        for source in one.sources
    ]
    return SideSummary(
        sources=tuple(sources),
        videos=side.videos,
        answered=None if side.tally is None else side.tally.answered,
        skipped=0 if side.tally is None else side.tally.skipped,
        bundles=side.bundles,
    )


def _names(
    version: str,
    shares: Sequence[ShareChange],
    scores: Sequence[ScoreShift],
    canaries: CanaryCheck | None,
) -> dict[str, str]:
    """Paths of categories; one that the taxonomy does not have is called by its id."""
    ids = [one.fact.id for one in shares if one.fact.kind == "category"]
    ids += [one.of.category for one in scores if one.of.category is not None]
    changes = () if canaries is None else canaries.changes
    ids += [one.category for one in changes if one.category is not None]
    taxonomy = load_iab(version)
    return {
        one: taxonomy[one].path_text if one in taxonomy else one
        for one in dict.fromkeys(ids)
    }
