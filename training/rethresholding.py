"""Turns stored scores into new decisions, without the videos."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vidcat.inference.export.score_vectors import ScoreVectors, StoredScores
from vidcat.inference.files.whole_files import replacing
from vidcat.inference.merges.decider import Decider, Decides
from vidcat.inference.merging import MergedDecision, merged_decisions
from vidcat.inference.results import Categorization, CategoryResult
from vidcat.taxonomy.crosswalk import crosswalk
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.deciding.promise import Promise
from vidcat.training.redeciding.changes import Changes
from vidcat.training.redeciding.earlier_results import EarlierResults, Spans
from vidcat.training.redeciding.other_decider import other_decider
from vidcat.training.redeciding.other_version import OtherVersion

Listener = Callable[[int], object]
"""Called with the number of videos that are done."""


class OtherBundle(ValueError):
    """Scores are decided by another bundle than the one that made them."""


@dataclass(frozen=True, kw_only=True)
class Rethresholded:
    """What was decided anew, and how it differs from what the bundle decides."""

    changes: Changes
    """Videos before and after, in the taxonomy of the bundle."""
    decider: Decider
    """What decided."""
    refitted: bool
    """Whether thresholds were fitted anew."""
    taxonomy_version: str
    """Version of the taxonomy of the results."""
    lost: Mapping[str, int] = field(default_factory=dict)
    """Videos of which a category was said that the other version has no place for, by
    its id."""
    narrower: Mapping[str, int] = field(default_factory=dict)
    """Videos of which the other version says what may be more than was decided, by the
    id of the category; these are not confident."""
    without_evidence: int = 0
    """Videos of which the earlier results have no evidence to carry over, since they
    lack the video, or it has changed since."""


def rethreshold(
    scores: StoredScores,
    model: Decides,
    out: Path,
    *,
    promise: Promise | None = None,
    labels: LabelSet | None = None,
    taxonomy_version: str | None = None,
    earlier_results: Path | None = None,
    listener: Listener | None = None,
) -> Rethresholded:
    """Decides anew of what was scored before, and writes results as `classify` does.

    With nothing else asked for, each line is the one that `classify` gave, but for
    evidence: that comes from earlier results, for the categories that are still said.

    Args:
        scores: Score vectors beside earlier results.
        model: The bundle that made them, or the text categorizer.
        out: File of the new results, JSON lines; it appears when it is whole.
        promise: What thresholds are to hold. Defaults to what they do.
        labels: Some of the labels of the bundle. Defaults to all.
        taxonomy_version: Version that the results are to be in. Defaults to the
            bundle's.
        earlier_results: JSON lines with evidence, of the same bundle. Defaults to
            none.
        listener: Hears how far it is. Defaults to nobody.

    Returns:
        What changed; its counts add up to the number of score vectors.

    Raises:
        OtherBundle: If another bundle made the scores.
        LabelsNotScored: If the bundle lacks one of the labels.
        NoCalibrationScores: If thresholds cannot be fitted for another promise.
        InvalidScoreVectors: If a file of scores is damaged.
        InvalidResults: If earlier results are none, or another bundle's.
    """
    _require_same(scores, model)
    decider = other_decider(model, promise, labels)
    version = taxonomy_version or decider.labels.taxonomy_version
    run = _Run(
        before=model.decider,
        decider=decider,
        version=version,
        key=_key(model, decider, labels, version),
        other=None
        if version == decider.labels.taxonomy_version
        else OtherVersion(
            crosswalk=crosswalk(decider.labels.taxonomy_version, version)
        ),
    )
    changes = Changes()
    with ExitStack() as open_files:
        if earlier_results is not None:
            earlier = EarlierResults(earlier_results, scores.scored_by.bundle)
            run.earlier = open_files.enter_context(earlier.opened())
        file = open_files.enter_context(replacing(out))
        for vectors in scores.batches():
            changed, results = run.decide(vectors)
            for result in results:
                file.write(f"{result.to_line()}\n".encode())
            changes += changed
            if listener is not None:
                listener(changes.videos)
    return Rethresholded(
        changes=changes,
        decider=decider,
        refitted=decider.policy is not model.decider.policy,
        taxonomy_version=version,
        lost=run.other.lost if run.other else {},
        narrower=run.other.narrower if run.other else {},
        without_evidence=run.earlier.missing if run.earlier else 0,
    )
