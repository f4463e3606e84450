"""Measures whether evidence is faithful: on real decisions, and on planted videos."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.bundle import Bundle
from vidcat.inference.decisions import decision_matrix
from vidcat.inference.evidence import METHODS, Method, find_evidence
from vidcat.inference.explaining.views import VideoViews
from vidcat.inference.feature_store.frame_features import FrameFeatures
from vidcat.inference.files.whole_files import replace_text
from vidcat.inference.video import Video
from vidcat.inference.visual_scoring import views_of
from vidcat.models.summed import NoFrameTerms
from vidcat.training.faithfulness.deletion_insertion import (
    Curves,
    gathered,
    video_curves,
)
from vidcat.training.faithfulness.picture import draw_curves
from vidcat.training.faithfulness.planted import PlantedCheck, PlantFinds
from vidcat.training.faithfulness.planting import PlantedVideo, draw_plants
from vidcat.training.splits import owner_group

JSON_NAME: Final = "evidence_check.json"
PICTURE_NAME: Final = "deletion_insertion.png"

Listener = Callable[[int, str], None]
"""Told how many videos are done, and what is being done."""


class NothingToCheck(ValueError):
    """The frames decide nothing about any of the videos."""


@dataclass(frozen=True, kw_only=True)
class FaithfulnessCheck:
    """Both measurements of a bundle's evidence."""

    videos: int
    """Videos whose curves were measured."""
    curves: Curves
    """Deletion and insertion on what was said of them."""
    planted: PlantedCheck
    """On videos with ten seconds of another."""

    def to_json(self) -> dict[str, Any]:
        """All figures as a JSON object."""
        return {
            "videos": self.videos,
            "deletion_insertion": self.curves.to_json(),
            "planted": self.planted.to_json(),
        }


def check_faithfulness(
    bundle: Bundle,
    videos: Sequence[Video],
    features: Mapping[str, FrameFeatures],
    *,
    count: int = 200,
    seed: int = 0,
    listener: Listener | None = None,
) -> FaithfulnessCheck:
    """Measures the evidence of all methods; a network without NeXtVLAD has windows.

    Args:
        bundle: Its visual network is explained; text says nothing here.
        videos: Rows that training has not seen, with features.
        features: Described frames by id.
        count: Videos to draw, at most, and plants to make among them.
        seed: Of all draws.
        listener: Told about the progress.

    Returns:
        The figures.

    Raises:
        NothingToCheck: If no category is said of any of the videos by its frames.
        NothingToPlant: If no video fits into another.
    """
    random = np.random.default_rng(seed)
    measure = _Measure(bundle, random)
    drawn = [videos[at] for at in random.permutation(len(videos))[:count]]
    told = listener or (lambda done, note: None)
    curves, owners = [], []
    for done, row in enumerate(drawn, start=1):
        if found := measure.curves(row, features[row.id]):
            curves.append(found)
            owners.append(owner_group(row.id, row.owner))
        told(done, "deletion and insertion")
    if not curves:
        raise NothingToCheck(
            "Some categories must be said by their frames for the evidence to be "
            f"measured. Received: {len(drawn)} videos with none. Give other videos, or "
            "a bundle whose thresholds do not abstain."
        )
    plants = draw_plants(
        drawn, features, bundle.label_set, bundle.taxonomy, count=count, seed=seed
    )
    finds: dict[str, PlantFinds] = {method: PlantFinds() for method in measure.methods}
    said_of_host = predicted = 0
    for done, planted in enumerate(plants, start=1):
        with_plant, without = measure.said_of_plant(planted)
        said_of_host += without
        if with_plant and not without:
            predicted += 1
            measure.find(planted, finds)
        told(len(drawn) + done, "planted videos")
    return FaithfulnessCheck(
        videos=len(curves),
        curves=gathered(curves, owners),
        planted=PlantedCheck(
            planted=len(plants),
            said_of_host=said_of_host,
            predicted=predicted,
            by_method=finds,
        ),
    )


def _methods(bundle: Bundle) -> tuple[Method, ...]:
    try:
        _ = bundle.visual.summed
    except NoFrameTerms:
        return ("windows",)
    return METHODS


class _Measure:
    """Measures single videos with a bundle's network."""

    def __init__(self, bundle: Bundle, random: np.random.Generator) -> None:
        self._bundle = bundle
        self._random = random
        self.methods = _methods(bundle)
        self._as_of = datetime.fromisoformat(bundle.provenance["as_of"])

    def curves(
        self, row: Video, features: FrameFeatures
    ) -> dict[str, NDArray[np.float64]] | None:
        """The curves of what its frames have said of a video; `None` for nothing."""
        lasting = row.lasting(features.duration_seconds)
        views = self._views(lasting, features.frames())
        whole = self._chosen(views.logits(np.ones((1, len(features)), bool)))[0]
        unseen = self._chosen(views.unseen()).all(axis=0)
        labels = np.flatnonzero(whole & ~unseen)
        if not labels.size or len(features) < 2:
            return None
        return video_curves(
            views,
            self._bundle.visual.probabilities,
            labels.tolist(),
            times_seconds=features.times_seconds,
            duration_seconds=features.duration_seconds,
            methods=self.methods,
            random=self._random,
        )

    def said_of_plant(self, planted: PlantedVideo) -> tuple[bool, bool]:
        """Whether the planted category is said of the whole, and of the host alone."""
        views = self._planted_views(planted)
        both = np.stack([np.ones(len(planted.frames), bool), planted.without_plant])
        label = self._bundle.label_set.index(planted.category_id)
        with_plant, without = self._chosen(views.logits(both))[:, label]
        return bool(with_plant), bool(without)

    def find(self, planted: PlantedVideo, finds: Mapping[str, PlantFinds]) -> None:
        """Looks for a plant by every method."""
        views = self._planted_views(planted)
        label = self._bundle.label_set.index(planted.category_id)
        for method in self.methods:
            (found,) = find_evidence(
                views,
                planted.times_seconds,
                planted.duration_seconds,
                [label],
                method=method,
            )
            finds[method].add(planted, found.spans, self._random)

    def _planted_views(self, planted: PlantedVideo) -> VideoViews:
        host = planted.host.lasting(planted.duration_seconds)
        return self._views(host, planted.frames)

    def _views(self, row: Video, frames: NDArray[np.float32]) -> VideoViews:
        return views_of(row, frames, self._bundle, self._as_of)

    def _chosen(self, logits: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which labels are chosen, of the shape of the logits."""
        bundle = self._bundle
        matrix = decision_matrix(
            bundle.visual.probabilities(logits),
            bundle.visual.thresholds,
            bundle.label_set,
            bundle.taxonomy,
        )
        return matrix.chosen[:, : len(bundle.label_set)]


def write_check(check: FaithfulnessCheck, folder: Path) -> None:
    """Writes the figures and a picture of the curves into a folder.

    Args:
        check: What was measured.
        folder: Is made where it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(check.to_json(), indent=1, allow_nan=False)
    replace_text(folder / JSON_NAME, text + "\n")
    draw_curves(check.curves, folder / PICTURE_NAME)
