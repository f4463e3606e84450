"""Says what deciding anew has changed."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from vidcat.inference.merges.decider import Decider
    from vidcat.taxonomy.tree import Taxonomy
    from vidcat.training.rethresholding import Rethresholded

_NAMED: Final = 10
"""Categories that are named; of the others, the number is told."""
_ORIGIN: Final = {
    "kept": "Thresholds are the bundle's:",
    "fitted": "Thresholds were fitted anew on the bundle's calibration part:",
    "narrowed": "Thresholds are the bundle's, fitted for all of its labels, since it "
    "keeps no calibration scores to fit them for these:",
}
_BASES: Final = {
    "own": "hold it by themselves",
    "pooled": "share one threshold",
    "parent": "are left to their parent",
    "abstains": "are not said",
}


def say_what_changed(done: "Rethresholded") -> None:
    """Says on stderr what changed for how many videos, and what is promised."""
    from vidcat.commands.printing.console import say

    changes = done.changes
    say(
        f"{changes.videos} videos: {changes.unchanged} as before, "
        f"{changes.only_gained} gained categories, {changes.only_lost} lost some, "
        f"{changes.gained_and_lost} both."
    )
    share = (100 / max(changes.videos, 1)) * changes.covered_before
    now = (100 / max(changes.videos, 1)) * changes.covered_after
    say(
        f"With a category: {changes.covered_before} before ({share:.1f} %), "
        f"{changes.covered_after} now ({now:.1f} %)."
    )
    say(f"{_ORIGIN[done.thresholds]} {_promised(done.decider)}")
    taxonomy = done.decider.taxonomy
    if done.lost:
        say(
            f"Taxonomy {done.taxonomy_version} has no place for "
            f"{_named(done.lost, taxonomy)}."
        )
    if done.narrower:
        say(
            f"Taxonomy {done.taxonomy_version} may say more than was decided, and is "
            f"not confident, for {_named(done.narrower, taxonomy)}."
        )
    if done.without_evidence:
        say(
            f"{done.without_evidence} videos have no evidence: the earlier results "
            "lack them, or they have changed since."
        )


def _promised(decider: "Decider") -> str:
    """What thresholds promise, or that they promise nothing."""
    from vidcat.inference.decisions import Thresholds
    from vidcat.training.measuring.json_figures import precision_word

    policy = decider.policy
    if isinstance(policy, Thresholds):
        first, apart = policy, False
    else:
        first = next(iter(policy.thresholds.values()))
        apart = policy.kind == "separate"
    figure = precision_word(first.truth)
    text = f"for a {figure} of {first.target_precision:g} against {first.truth} labels"
    if apart:
        text += " by text and by frames alone"
    if first.assurance is None:
        text += ", chosen without assurance"
    else:
        text += f", shown with an assurance of {100 * first.assurance:g} %"
    if policy.abstains:
        return f"{text}. Nothing reaches it: no category is said."
    if first.basis is None:
        return f"{text}."
    counted: Counter[str] = Counter(first.basis)
    counts = [f"{counted[one]} {what}" for one, what in _BASES.items() if counted[one]]
    return f"{text}. Of {len(first.basis)} categories {', '.join(counts)}."


def _named(videos: Mapping[str, int], taxonomy: "Taxonomy") -> str:
    """Categories with the number of their videos, the commonest first."""
    ordered = sorted(videos.items(), key=lambda one: (-one[1], one[0]))
    named = [
        f"{taxonomy[category_id].path_text} ({category_id}) of {count} videos"
        for category_id, count in ordered[:_NAMED]
    ]
    if left := ordered[_NAMED:]:
        of_others = sum(count for _, count in left)
        named.append(f"{len(left)} others said {of_others} times")
    return ", ".join(named)
