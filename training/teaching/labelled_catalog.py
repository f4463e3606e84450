"""From a catalog and its text categorizer to a catalog for the visual model."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from vidcat.inference.catalogs.fields import is_url
from vidcat.inference.catalogs.writer import write_catalog
from vidcat.inference.files.own_folder import UnfitFolder, check_out_folder
from vidcat.inference.files.whole_files import replace_text
from vidcat.inference.scope import Scope
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.inference.video import Video
from vidcat.training.pseudo_labels import (
    DurationOf,
    PseudoLabels,
    own_truth,
    pseudo_label,
)
from vidcat.training.teaching.label_states import PseudoLabelConfig
from vidcat.training.teaching.teacher_precision import (
    TeacherPrecision,
    teacher_precision,
)
from vidcat.training.text import out_of_fold_probabilities
from vidcat.training.texts.parts import TextListener

CATALOG_NAME: Final = "catalog.jsonl"
LABELS_NAME: Final = "labels.tsv"
REPORT_NAME: Final = "report.json"

LEAST_BY_PEOPLE: Final = 20
"""Rows with labels by people that a held-out part needs to be theirs alone."""

_FITTED_OR_MEASURED_ON: Final = ("calibration", "test", "later")
_BESIDE_PEOPLE: Final = "held out, where people's labels suffice"


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
        report = json.dumps(self.to_json(), indent=1, allow_nan=False)
        # First, since it tells the others from files that are not ours.
        replace_text(folder / REPORT_NAME, report + "\n")
        replace_text(folder / LABELS_NAME, self.labels.label_set.to_table())
        write_catalog(self.labels.videos, folder / CATALOG_NAME)


def check_labelled_folder(folder: Path, catalog: str) -> None:
    """Refuses a folder that `LabelledCatalog.write` cannot or must not write to.

    Args:
        folder: Where a labelled catalog is to be written.
        catalog: The catalog that it is made of.

    Raises:
        UnfitFolder: As `check_out_folder`, or if the catalog itself, with all its
            text, would be replaced.
    """
    written = folder / CATALOG_NAME
    if not is_url(catalog) and written.exists() and written.samefile(catalog):
        raise UnfitFolder(
            f"{folder}: must be another folder than that of {catalog}, which would be "
            "replaced and lose its text. Give another folder."
        )
    check_out_folder(folder, marker=REPORT_NAME, replaces=(CATALOG_NAME, LABELS_NAME))


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

    Thresholds and figures that rest on any pseudo-label are against pseudo-labels. So
    a held-out part of the teacher's split that has `LEAST_BY_PEOPLE` rows with gold or
    audited labels keeps these alone.

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
    kept = _rows_to_label(videos, teacher.parts)
    labels = pseudo_label(
        [videos[row] for row in kept],
        scores.probabilities[kept],
        [scores.states[row] for row in kept],
        teacher.label_set,
        teacher.taxonomy,
        config=config,
        scope=scope,
        duration_seconds=duration_seconds,
        languages=[scores.languages[row] for row in kept],
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
        labels=_counting(labels, len(videos) - len(kept)),
        precision=precision,
        config=config,
        scope=scope,
        teacher=teacher,
    )


def _rows_to_label(videos: Sequence[Video], parts: Mapping[str, str]) -> list[int]:
    """All rows but those that would blur a held-out part which people labelled."""
    by_people = Counter(
        parts.get(video.id) for video in videos if own_truth(video) is not None
    )
    theirs = {
        part for part in _FITTED_OR_MEASURED_ON if by_people[part] >= LEAST_BY_PEOPLE
    }
    return [
        row
        for row, video in enumerate(videos)
        if own_truth(video) is not None or parts.get(video.id) not in theirs
    ]


def _counting(labels: PseudoLabels, left_out: int) -> PseudoLabels:
    """The same with rows in its report that were not asked about."""
    if not left_out:
        return labels
    report = replace(
        labels.report,
        rows=labels.report.rows + left_out,
        left_out={**labels.report.left_out, _BESIDE_PEOPLE: left_out},
    )
    return replace(labels, report=report)
