"""Measures a bundle, and the other networks of its training, on held-out videos."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidcat.inference.bundle import Bundle, load_comparisons
from vidcat.inference.feature_store.accepted_sampling import (
    accept_sampling,
    require_sampling,
)
from vidcat.inference.features import FeatureStore
from vidcat.inference.files.whole_files import replace_text
from vidcat.inference.sampling import Sampling
from vidcat.inference.video import Video
from vidcat.training.measuring.measured_channels import MeasuredChannels
from vidcat.training.measuring.visual_runs import VisualRuns

OURS = "NeXtVLAD"
FIGURES = "figures.json"
"""In a bundle: the figures of its own sampling on the test part."""

_FITTED_ON = ("train", "validation", "calibration")
_NAMES = {
    "average": "average pooling",
    "without_metadata": "no metadata",
}


@dataclass(frozen=True, kw_only=True)
class Assessment(MeasuredChannels):
    """What a bundle is worth, its own network first."""

    def to_json(self) -> dict[str, Any]:
        """All figures as a JSON object."""
        return {
            "new_channels": [run.to_json() for run in self.new_channels],
            "known_channels": [run.to_json() for run in self.known_channels],
            "whole_catalog": self.whole_catalog,
            "left_out": dict(self.left_out),
        }


class NothingToMeasure(ValueError):
    """No row of the catalog belongs to the part that is to be measured on."""


def assess_bundle(
    folder: Path,
    videos: Sequence[Video],
    store: FeatureStore,
    *,
    whole_catalog: bool = False,
    any_sampling: bool = False,
) -> Assessment:
    """Measures a bundle on the held-out parts of its catalog.

    Args:
        folder: The bundle's folder.
        videos: The catalog it was trained on, or another one with labels.
        store: The features of its videos.
        whole_catalog: Whether to measure on all rows, for a catalog that training
            never saw. Defaults to `False`: on the test part of the bundle's split.
        any_sampling: Whether features that were sampled in a way that the bundle
            does not accept are measured all the same. Defaults to `False`.

    Returns:
        The assessment.

    Raises:
        InvalidBundle: If the folder holds no whole bundle.
        FeatureSpaceMismatch: If the features are of another space or sampling.
        NothingToMeasure: If the catalog has no row of the test part, or, with
            `whole_catalog`, has rows that the bundle was trained on.
        NothingUsable: If no row of the part can be measured on.
    """
    bundle = Bundle.load(folder, visual_only=True)
    bundle.space.require_same(store.space)
    if not any_sampling:
        require_sampling(folder, bundle.sampling, store.sampling)
    networks = {OURS: bundle.visual}
    for name, network in load_comparisons(folder).items():
        networks[_NAMES.get(name, name)] = network
    measure = VisualRuns(bundle, networks, store)
    left_out: Counter[str] = Counter()
    new, known = rows_to_measure(bundle.parts, videos, whole_catalog=whole_catalog)
    return Assessment(
        runs=measure.measure(new, left_out, "all" if whole_catalog else "test"),
        known_runs=measure.measure_if_any(known, left_out, "later"),
        whole_catalog=whole_catalog,
        left_out=left_out,
    )


def rows_to_measure(
    parts: Mapping[str, str], videos: Sequence[Video], *, whole_catalog: bool
) -> tuple[list[Video], list[Video]]:
    """Chooses what a model may be measured on.

    Args:
        parts: The part of the split of each row that it was trained with, by id.
        videos: Rows of a catalog.
        whole_catalog: Whether to take all rows, of a catalog that training never saw.

    Returns:
        The rows of the test part (or all), and those of the later one.

    Raises:
        NothingToMeasure: If no row belongs to the test part, or, with
            `whole_catalog`, some were trained on.
    """
    seen = [video for video in videos if parts.get(video.id) in _FITTED_ON]
    if whole_catalog:
        if seen:
            raise NothingToMeasure(
                f"{len(seen)} of {len(videos)} rows ({seen[0].id!r} among them) were "
                "used to train this model; measured on them it would look too good. "
                "Leave --all-videos out to measure on its test part."
            )
        return list(videos), []
    new = [video for video in videos if parts.get(video.id) == "test"]
    if not new:
        raise NothingToMeasure(
            f"None of the {len(videos)} rows belongs to the test part of the model's "
            "split; --all-videos measures on a catalog that training never saw."
        )
    return new, [video for video in videos if parts.get(video.id) == "later"]


def accept_measured(folder: Path, sampling: Sampling, assessment: Assessment) -> None:
    """Lets a bundle take another sampling, with what it loses by it.

    Args:
        folder: The bundle's folder.
        sampling: The sampling of the features that were measured.
        assessment: The figures with them, on the test part.
    """
    measured = _headline(assessment)
    path = folder / FIGURES
    own = json.loads(path.read_text()) if path.exists() else {}
    loss = {
        name: own[name] - value
        for name, value in measured.items()
        if value is not None and own.get(name) is not None
    }
    accept_sampling(
        folder,
        sampling,
        {
            "truth": assessment.new_channels[0].truth,
            "figures": measured,
            "loss": loss,
        },
    )


def keep_figures(folder: Path, assessment: Assessment) -> None:
    """Keeps a bundle's own figures, for others to be compared with."""
    replace_text(folder / FIGURES, json.dumps(_headline(assessment), indent=1) + "\n")


def _headline(assessment: Assessment) -> dict[str, float | None]:
    ours = assessment.new_channels[0]
    point = ours.operating_point
    figures = {
        "precision": point.precision,
        "coverage": point.coverage,
        "f1": point.f1,
        **{name: ours.metrics[name] for name in ("gap", "mean_average_precision")},
    }
    return {name: _finite(value) for name, value in figures.items()}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
