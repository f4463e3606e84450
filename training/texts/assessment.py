"""Measures a text categorizer on held-out rows, language by language."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.decisions import decision_matrix
from vidcat.inference.text_categorizer import (
    LEAST_MEASURED,
    UNDETERMINED,
    TextCategorizer,
    TextScores,
)
from vidcat.inference.video import Video
from vidcat.training.evaluation import Evaluation
from vidcat.training.measuring.assessment import rows_to_measure
from vidcat.training.measuring.measured_channels import MeasuredChannels
from vidcat.training.measuring.measured_run import MeasuredRun, VideoFacts
from vidcat.training.measuring.selection import NothingUsable
from vidcat.training.measuring.stored_runs import RunPart, run_provenance
from vidcat.training.texts.rows import TextRows, read_rows

EVERY_LANGUAGE: Final = "all languages"
"""Name of the run over all rows; the others bear the language's code."""


@dataclass(frozen=True, kw_only=True)
class TextAssessment(MeasuredChannels):
    """What a text categorizer is worth: over all rows first, then by language."""

    states: Mapping[str, int]
    """Rows of `runs` by state: `ok`, `no_text`, `no_model`."""
    rare_languages: Mapping[str, int]
    """Rows of `runs` in languages with too few for figures of their own."""

    @property
    def kept_runs(self) -> tuple[MeasuredRun, ...]:
        """The run over all languages, which holds the others."""
        return self.runs[:1]

    def to_json(self) -> dict[str, Any]:
        """All figures as a JSON object."""
        return {
            "new_channels": [_run_json(run) for run in self.new_channels],
            "known_channels": [_run_json(run) for run in self.known_channels],
            "whole_catalog": self.whole_catalog,
            "states": dict(self.states),
            "rare_languages": dict(self.rare_languages),
            "left_out": dict(self.left_out),
        }


def _run_json(run: Evaluation) -> dict[str, Any]:
    figures = run.to_json()
    return figures | {"top_1_accuracy": figures["metrics"]["hit_at_1"]}


def assess_text(
    categorizer: TextCategorizer,
    videos: Sequence[Video],
    *,
    whole_catalog: bool = False,
) -> TextAssessment:
    """Measures a text categorizer on the held-out parts of its catalog.

    Rows without text, and those that no part reads, count as not covered; GAP, mAP,
    Hit@1 (which is Top-1 accuracy) and PERR are those of the rows that were scored.
    If no row has labels, what the lexicon says of the rows is taken for the truth.

    Args:
        categorizer: The text categorizer.
        videos: The catalog it was trained on, or another one.
        whole_catalog: Whether to measure on all rows, for a catalog that training
            never saw. Defaults to `False`: on the test part of its split.

    Returns:
        The assessment; a language has figures of its own from `LEAST_MEASURED` rows
        on.

    Raises:
        NothingToMeasure: If the catalog has no row of the test part, or, with
            `whole_catalog`, has rows that were trained on.
        NothingUsable: If no row of the part has truth and can be scored.
    """
    new, known = rows_to_measure(categorizer.parts, videos, whole_catalog=whole_catalog)
    rows = read_rows([*new, *known], categorizer.label_set, parts={})
    measure = _Measure(
        categorizer, rows, categorizer.score_texts(rows.texts, rows.languages)
    )
    test = measure.with_truth(np.arange(len(new)))
    later = measure.with_truth(np.arange(len(new), len(rows.videos)))
    by_language = measure.by_language(test)
    return TextAssessment(
        runs=measure.runs(test, by_language, "all" if whole_catalog else "test"),
        known_runs=measure.runs(later, {}, "later") if later.size else (),
        whole_catalog=whole_catalog,
        states=dict(Counter(measure.scores.states[row] for row in test)),
        rare_languages={
            language: len(found)
            for language, found in by_language.items()
            if len(found) < LEAST_MEASURED
        },
        left_out={"no labels": len(new) - len(test)},
    )


@dataclass(frozen=True)
class _Measure:
    """Measures the scores of rows."""

    categorizer: TextCategorizer
    rows: TextRows
    scores: TextScores

    def with_truth(self, among: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those of some rows that have labels."""
        return among[self.rows.known[among]]

    def by_language(self, rows: NDArray[np.intp]) -> dict[str, NDArray[np.intp]]:
        """Rows of each language, that of most rows first."""
        names = np.array([self.rows.languages[row] or UNDETERMINED for row in rows])
        counts = Counter(names.tolist())
        return {name: rows[names == name] for name, _ in counts.most_common()}

    def runs(
        self,
        rows: NDArray[np.intp],
        by_language: Mapping[str, NDArray[np.intp]],
        part: RunPart,
    ) -> tuple[MeasuredRun, ...]:
        """One run over all rows, one for each language with enough."""
        scored = self.scores.ok
        if not scored[rows].any():
            raise NothingUsable(
                f"No row can be measured on: {len(rows)} have labels, and none of them "
                "text in a language that the model reads."
            )
        provenance = run_provenance(
            content_hash=self.categorizer.content_hash,
            trained=self.categorizer.provenance,
            part=part,
            kind="network",
        )
        return (
            self._run(EVERY_LANGUAGE, rows, provenance),
            *(
                self._run(name, found, provenance)
                for name, found in by_language.items()
                if len(found) >= LEAST_MEASURED and scored[found].any()
            ),
        )

    def _run(
        self, name: str, rows: NDArray[np.intp], provenance: Mapping[str, Any]
    ) -> MeasuredRun:
        categorizer, scored = self.categorizer, rows[self.scores.ok[rows]]
        probabilities = self.scores.probabilities[scored]
        decided = decision_matrix(
            probabilities,
            categorizer.thresholds,
            categorizer.label_set,
            categorizer.taxonomy,
        )
        return MeasuredRun(
            name=name,
            truth=self.rows.truth(rows),
            target_precision=categorizer.thresholds.target_precision,
            label_set=categorizer.label_set,
            videos=self._facts(scored),
            y_true=self.rows.labels[scored],
            probabilities=probabilities.astype(np.float32),
            chosen=decided.chosen,
            thresholds={"text": categorizer.thresholds},
            failed=self._facts(rows[~self.scores.ok[rows]]),
            provenance=provenance,
        )

    def _facts(self, rows: NDArray[np.intp]) -> tuple[VideoFacts, ...]:
        """Of rows, with the language that was found in their text."""
        facts = []
        for row in rows.tolist():
            found = VideoFacts.of(self.rows.videos[row])
            language = self.rows.languages[row]
            facts.append(
                found if language is None else replace(found, language=language)
            )
        return tuple(facts)
