"""Turns stored scores into new decisions, without the videos."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from vidcat.inference.bundle import Bundle
from vidcat.inference.evidence import Evidence
from vidcat.inference.explaining.together import unasked
from vidcat.inference.export.score_vectors import ScoreVectors, StoredScores
from vidcat.inference.export.scored_by import ScoredBy
from vidcat.inference.files.whole_files import replacing
from vidcat.inference.merges.decider import Decider
from vidcat.inference.merging import MergedDecision, merged_decisions
from vidcat.inference.results import Categorization, ResultHead
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.taxonomy.crosswalk import crosswalk
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.deciding.promise import Promise
from vidcat.training.redeciding.changes import Changes
from vidcat.training.redeciding.earlier_results import EarlierResults
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
    thresholds: Literal["kept", "fitted", "narrowed"]
    """Whether they are the bundle's, were fitted anew, or are the bundle's for some of
    the labels that they were fitted for."""
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
    model: Bundle | TextCategorizer,
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
    other = None
    if version != decider.labels.taxonomy_version:
        other = OtherVersion(
            crosswalk=crosswalk(decider.labels.taxonomy_version, version)
        )
    run = _Run(
        before=model.decider,
        decider=decider,
        key_of_bundle=_decided_by(model, decider, version),
        other=other,
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
        thresholds=_origin(model, decider),
        taxonomy_version=version,
        lost={} if other is None else other.lost,
        narrower={} if other is None else other.narrower,
        without_evidence=0 if run.earlier is None else run.earlier.missing,
    )


@dataclass(kw_only=True)
class _Run:
    """Decides of score vectors as they come."""

    before: Decider
    decider: Decider
    key_of_bundle: str
    other: OtherVersion | None
    earlier: EarlierResults | None = None

    def decide(self, vectors: ScoreVectors) -> tuple[Changes, Iterator[Categorization]]:
        before = after = self.before.matrix(vectors.text, vectors.visual)
        if self.decider != self.before:
            after = self.decider.matrix(vectors.text, vectors.visual)
        changes = Changes.between(before.decisions, after.decisions)
        return changes, self._results(vectors.heads, merged_decisions(after))

    def _results(
        self, heads: Sequence[ResultHead], decided: list[list[MergedDecision]]
    ) -> Iterator[Categorization]:
        for head, decisions in zip(heads, decided, strict=True):
            earlier = {} if self.earlier is None else self.earlier.evidence(head)
            found = {
                one.category_id: earlier.get(
                    one.category_id, Evidence(reason=unasked(one, self.decider))
                )
                for one in decisions
            }
            ours = replace(head, key=replace(head.key, bundle=self.key_of_bundle))
            if self.other is None:
                taxonomy = self.decider.taxonomy
                categories = tuple(
                    one.result(taxonomy, *found[one.category_id]) for one in decisions
                )
            else:
                taxonomy = self.other.taxonomy
                categories = self.other.results(decisions, found)
            yield ours.with_categories(categories, taxonomy.version)


def _origin(
    model: Bundle | TextCategorizer, decider: Decider
) -> Literal["kept", "fitted", "narrowed"]:
    if decider == model.decider:
        return "kept"
    return "narrowed" if model.calibration is None else "fitted"


def _require_same(scores: StoredScores, model: Bundle | TextCategorizer) -> None:
    scored_by = ScoredBy.of(model)
    if scores.scored_by != scored_by:
        raise OtherBundle(
            f"{scores.files[0]}: scores must be decided by the bundle that made them, "
            f"{scores.scored_by.bundle}. Received: a bundle of the content hash "
            f"{scored_by.bundle}. Give the bundle that `--scores` was given with, or "
            "score the videos again."
        )


def _decided_by(model: Bundle | TextCategorizer, decider: Decider, version: str) -> str:
    """What the results' keys name: the bundle, or the bundle and what was changed."""
    own = model.decider
    if decider == own and version == own.labels.taxonomy_version:
        return model.content_hash
    values = {
        "bundle": model.content_hash,
        "labels": decider.labels.content_hash,
        "policy": decider.policy.to_json(),
        "taxonomy": version,
    }
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
