"""`ReportDocument`: everything that a report shows, ready for JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from vidcat.inference.video import Truth
from vidcat.training.evaluation import Evaluation
from vidcat.training.measuring.confusions import Confusion
from vidcat.training.measuring.json_figures import json_ready
from vidcat.training.measuring.label_figures import LabelFigures
from vidcat.training.measuring.reliability import BeforeAndAfter
from vidcat.training.measuring.slices import Slices
from vidcat.training.reporting.examples import Example


@dataclass(frozen=True, kw_only=True, eq=False)
class ReportedRun:
    """A run's figures, and where it comes from."""

    evaluation: Evaluation
    """All figures."""
    bundle: str | None
    """Content hash of the model."""
    measured_at: str | None
    """When."""
    vidcat: str | None
    """By which version."""
    commit: str | None
    """By which commit."""
    shared_videos: int
    """Videos it has in common with the first run."""

    def to_json(self) -> dict[str, Any]:
        """The figures as a JSON object."""
        names = ("bundle", "measured_at", "vidcat", "commit", "shared_videos")
        return self.evaluation.to_json() | {name: getattr(self, name) for name in names}


@dataclass(frozen=True, kw_only=True)
class CategoryRow:
    """A category of the first run, with its place in the taxonomy."""

    figures: LabelFigures
    """What it does."""
    path: str
    """Its path."""
    visual: bool | None
    """Whether it is told by eye; `None` where it is no label."""
    abstains: bool
    """Whether it is never chosen."""


@dataclass(frozen=True, kw_only=True)
class SupportNeeded:
    """How many predictions show the target."""

    precision: float
    """Share of them that is right."""
    predictions: int | None
    """Their number; `None` where no number would do."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ReportDocument:
    """What a report shows of a run, others beside it."""

    made: Mapping[str, Any]
    """Version, commit and time of the report itself."""
    truth: Truth
    """What all figures are measured against."""
    target_precision: float
    """What is to be held."""
    assurance: float
    """How often thresholds that were shown to hold it do so."""
    taxonomy_version: str
    """Of the categories."""
    part: str | None
    """Which rows: `test`, or `all` of a catalog that training never saw."""
    runs: tuple[ReportedRun, ...]
    """The run that the report is about, then those beside it."""
    sources: tuple[ReportedRun, ...]
    """Text, frames, and both merged, on the same videos; empty without a text model."""
    served: str | None
    """The merge that the bundle serves with."""
    slices: tuple[Slices, ...]
    """The first run on some of the videos."""
    calibration: BeforeAndAfter
    """The first run's probabilities against the truth."""
    categories: tuple[CategoryRow, ...]
    """The first run's categories."""
    support: tuple[SupportNeeded, ...]
    """How many predictions a category needs."""
    confusions: tuple[Confusion, ...]
    """What the first run says in place of what."""
    examples: tuple[Example, ...]
    """Some of its choices."""
    left_out: Mapping[str, int]
    """Rows that were not measured on, by reason."""
    provenance: Mapping[str, Any]
    """What the first run notes of itself: what was measured, how it was trained."""

    @property
    def ours(self) -> Evaluation:
        """The figures of the first run."""
        return self.runs[0].evaluation

    @property
    def precision_name(self) -> str:
        """`precision`, or `agreement` against pseudo-labels."""
        return self.ours.precision_name

    def to_json(self) -> dict[str, Any]:
        """Everything as a JSON object; `null` for what has no value.

        Against pseudo-labels, `agreement` stands in keys in place of `precision`.
        """
        calibration = self.calibration
        shown: dict[str, Any] = {
            "target_precision": self.target_precision,
            "slices": [asdict(one) for one in self.slices],
            "categories": [
                asdict(one.figures)
                | {"path": one.path, "visual": one.visual, "abstains": one.abstains}
                for one in self.categories
            ],
            "support": [asdict(one) for one in self.support],
        }
        return {
            "made": dict(self.made),
            "truth": self.truth,
            "assurance": self.assurance,
            "taxonomy_version": self.taxonomy_version,
            "part": self.part,
            "runs": [run.to_json() for run in self.runs],
            "sources": [run.to_json() for run in self.sources],
            "served": self.served,
            **json_ready(shown, self.precision_name),
            "calibration": {
                "before": calibration.before and calibration.before.to_json(),
                "after": calibration.after.to_json(),
            },
            "confusions": [asdict(one) for one in self.confusions],
            "examples": [asdict(one) for one in self.examples],
            "left_out": dict(self.left_out),
            "provenance": dict(self.provenance),
        }
