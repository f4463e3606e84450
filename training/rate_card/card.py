"""`RateCard`: what each category has on offer, and whether it may be sold."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidcat.inference.video import Truth, Video
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.tree import Category
from vidcat.training.measuring.json_figures import json_ready, precision_word
from vidcat.training.measuring.measured_run import MeasuredRun
from vidcat.training.rate_card.measured import MeasuredCategory, measure_categories
from vidcat.training.rate_card.selling import RULE, Sellable, sellable
from vidcat.training.rate_card.tally import (
    CategoryTally,
    ResultTally,
    Sample,
    tally_results,
)


class OtherModel(ValueError):
    """The results are not of the model that the run measured."""


@dataclass(frozen=True, kw_only=True)
class CardRow:
    """One category of the card."""

    category: Category
    tally: CategoryTally
    """What the results say."""
    measured: MeasuredCategory | None
    """On the test part; `None` where the run does not know the category."""
    sellable: Sellable

    @property
    def minutes(self) -> float | None:
        """What the videos of known duration last together; `None` without any."""
        if self.tally.unknown_durations == self.tally.videos:
            return None
        return self.tally.seconds / 60

    @property
    def average_score(self) -> float:
        """Mean of the scores."""
        return self.tally.scores / self.tally.videos

    @property
    def evidence_share(self) -> float:
        """Share of the videos with seconds that speak for the category."""
        return self.tally.with_evidence / self.tally.videos

    @property
    def samples(self) -> Sequence[Sample]:
        """Videos drawn by lot, for pictures."""
        return self.tally.samples

    def to_json(self) -> dict[str, Any]:
        """The figures as a JSON object."""
        tally, measured = self.tally, self.measured
        return {
            "id": self.category.id,
            "name": self.category.name,
            "path": list(self.category.path),
            "sensitive": self.category.sensitive,
            "sellable": self.sellable.yes,
            "reason": self.sellable.reason,
            "reason_text": self.sellable.text,
            "videos": tally.videos,
            "minutes": None if self.minutes is None else round(self.minutes, 1),
            "unknown_durations": tally.unknown_durations,
            "precision": measured and measured.precision,
            "precision_interval": list(measured.interval)
            if measured and measured.said
            else None,
            "test_videos": measured.said if measured else 0,
            "test_right": measured.right if measured else 0,
            "basis": measured and measured.basis,
            "languages": dict(tally.languages.most_common()),
            "average_score": round(self.average_score, 4),
            "evidence_share": round(self.evidence_share, 4),
        }


@dataclass(frozen=True, kw_only=True)
class RateCard:
    """All categories that the results name: sellable ones first, larger ones first."""

    rows: tuple[CardRow, ...]
    videos: int
    """Videos with a result."""
    statuses: Counter[str]
    """Results by status."""
    catalog_given: bool
    not_in_catalog: int
    """Videos of which the catalog knows nothing."""
    never_said: int
    """Categories that could be said and are not."""
    run_name: str
    truth: Truth
    """What precision is measured against."""
    target_precision: float
    taxonomy: str
    bundle: str
    """Content hash of the model behind the results."""
    bundle_is_measured: bool
    """Whether the run is known to be of that model; it may not say."""

    @property
    def precision_name(self) -> str:
        """`precision`, or `agreement` against pseudo-labels."""
        return precision_word(self.truth)

    @property
    def sellable(self) -> int:
        """How many categories may be sold."""
        return sum(row.sellable.yes for row in self.rows)

    def to_json(self) -> dict[str, Any]:
        """The card as a JSON object, without pictures.

        Against pseudo-labels, `agreement` stands in keys in place of `precision`.
        """
        figures = {
            "target_precision": self.target_precision,
            "categories": [row.to_json() for row in self.rows],
        }
        return {
            "videos": self.videos,
            "statuses": dict(self.statuses),
            "catalog_given": self.catalog_given,
            "not_in_catalog": self.not_in_catalog,
            "never_said": self.never_said,
            "run": self.run_name,
            "truth": self.truth,
            "taxonomy": self.taxonomy,
            "bundle": self.bundle,
            "bundle_is_measured": self.bundle_is_measured,
            "rule": RULE,
            **json_ready(figures, self.precision_name),
        }


def make_rate_card(
    results: Path,
    run: MeasuredRun,
    catalog: Sequence[Video] | None = None,
    *,
    samples: int = 0,
    progress: Callable[[int], None] | None = None,
) -> RateCard:
    """Puts together what results offer and what a run measured.

    Args:
        results: Result lines of `vidcat classify --json`.
        run: The measured run of the same bundle.
        catalog: The videos of the results, for durations, languages and files.
        samples: How many videos to draw of each category, for pictures.
        progress: Told how many results were read.

    Returns:
        The card.

    Raises:
        InvalidResults: If a line is no result; names file and line.
        UnfitResults: If results cannot be counted; see `tally_results`.
        OtherModel: If they are of another bundle or taxonomy than the run.
        ValueError: If no video of the run could be scored.
    """
    by_id = None if catalog is None else {video.id: video for video in catalog}
    tally = tally_results(results, by_id, samples=samples, progress=progress)
    measured_bundle = run.provenance.get("bundle")
    _check_same_model(tally, run, measured_bundle)
    measured = measure_categories(run)
    return RateCard(
        rows=_rows(tally, measured, run),
        videos=tally.videos,
        statuses=tally.statuses,
        catalog_given=catalog is not None,
        not_in_catalog=tally.not_in_catalog,
        never_said=len(measured.keys() - tally.categories.keys()),
        run_name=run.name,
        truth=run.truth,
        target_precision=run.target_precision,
        taxonomy=tally.taxonomy,
        bundle=tally.bundle,
        bundle_is_measured=measured_bundle is not None,
    )


def _rows(
    tally: ResultTally, measured: Mapping[str, MeasuredCategory], run: MeasuredRun
) -> tuple[CardRow, ...]:
    taxonomy = load_iab(tally.taxonomy)
    rows = [
        CardRow(
            category=taxonomy[category_id],
            tally=counted,
            measured=measured.get(category_id),
            sellable=sellable(
                measured.get(category_id), run.truth, run.target_precision
            ),
        )
        for category_id, counted in tally.categories.items()
    ]
    rows.sort(key=lambda row: (-row.sellable.yes, -row.tally.videos, row.category.path))
    return tuple(rows)


def _check_same_model(tally: ResultTally, run: MeasuredRun, measured: Any) -> None:
    if measured is not None and measured != tally.bundle:
        raise OtherModel(
            "The results must be of the bundle that the run measured: its precision is "
            f"no other's. Received: results of {tally.bundle!r}, run of {measured!r}. "
            "Measure that bundle with `vidcat evaluate` (text and frames together: "
            "`vidcat merge evaluate`), or categorize with the measured one."
        )
    version = run.label_set.taxonomy_version
    if tally.taxonomy != version:
        raise OtherModel(
            "The results and the run must be of one taxonomy. Received: "
            f"{tally.taxonomy!r} and {version!r}"
        )
