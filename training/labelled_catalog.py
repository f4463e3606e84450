"""From a catalog and its text categorizer to a catalog for the visual model."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from vidcat.inference.catalog_writer import write_catalog
from vidcat.inference.feature_shards import replace_text
from vidcat.inference.scope import Scope
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.inference.video import Video
from vidcat.training.pseudo_labels import (
    DurationOf,
    PseudoLabelConfig,
    PseudoLabels,
    pseudo_label,
)
from vidcat.training.teacher_precision import TeacherPrecision, teacher_precision
from vidcat.training.text import out_of_fold_probabilities
from vidcat.training.text_parts import TextListener

CATALOG_NAME: Final = "catalog.jsonl"
LABELS_NAME: Final = "labels.tsv"
REPORT_NAME: Final = "report.json"


@dataclass(frozen=True, kw_only=True)
class LabelledCatalog:
    """A pseudo-labelled catalog, and how good its teacher is known to be."""

    labels: PseudoLabels
    precision: tuple[TeacherPrecision, ...]
    """The teacher against gold and against audited rows, where there are any."""
    config: PseudoLabelConfig
    scope: Scope
    teacher: TextCategorizer

    def to_json(self) -> dict[str, Any]:
        """Counts, figures and settings as a JSON object."""
        return {
            **self.labels.report.to_json(),
            "teacher_precision": [one.to_json() for one in self.precision],
            "teacher": {
                "content_hash": self.teacher.content_hash,
                "truth": self.teacher.truth,
            },
            "config": asdict(self.config),
            "scope": self.scope.to_json(),
        }

    def write(self, folder: Path) -> None:
        """Writes what `vidcat train` takes, and the report.

        Args:
            folder: Is made where it is missing; gets `catalog.jsonl`, `labels.tsv`
                and `report.json`.
        """
        folder.mkdir(parents=True, exist_ok=True)
        replace_text(folder / LABELS_NAME, self.labels.label_set.to_table())
        report = json.dumps(self.to_json(), indent=1, allow_nan=False)
        replace_text(folder / REPORT_NAME, report + "\n")
        write_catalog(self.labels.videos, folder / CATALOG_NAME)


def label_catalog(
    videos: Sequence[Video],
    teacher: TextCategorizer,
    *,
    config: PseudoLabelConfig,
    scope: Scope,
    duration_seconds: DurationOf | None = None,
    teacher_folder: Path | None = None,
    listener: TextListener | None = None,
) -> LabelledCatalog:
    """Labels a catalog by its text, and measures the teacher where that can be done.

    Args:
        videos: Rows of the catalog.
        teacher: The text categorizer; scores out of fold the rows it learned from.
        config: Where the teacher is believed.
        scope: The durations to take.
        duration_seconds: Asked where the catalog has no duration. Defaults to
            knowing none.
        teacher_folder: The teacher's folder, whose kept embeddings spare computing
            them again.
        listener: Told about progress.

    Returns:
        The labelled catalog.

    Raises:
        NoPseudoLabels: If no row is labelled, or no category has enough examples.
        ValueError: As for `pseudo_label`.
    """
    scores = out_of_fold_probabilities(
        videos, teacher, folder=teacher_folder, listener=listener
    )
    labels = pseudo_label(
        videos,
        scores.probabilities,
        scores.states,
        teacher.label_set,
        teacher.taxonomy,
        config=config,
        scope=scope,
        duration_seconds=duration_seconds,
        languages=scores.languages,
    )
    precision = teacher_precision(
        videos,
        scores.probabilities,
        scores.states,
        teacher.label_set,
        teacher.taxonomy,
        config=config,
        scope=scope,
        duration_seconds=duration_seconds,
    )
    return LabelledCatalog(
        labels=labels,
        precision=precision,
        config=config,
        scope=scope,
        teacher=teacher,
    )
