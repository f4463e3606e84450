"""Runs of a bundle's networks on rows of a catalog."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from vidcat.inference.bundle import Bundle
from vidcat.inference.deciding.log_odds import sigmoid
from vidcat.inference.decisions import decision_matrix
from vidcat.inference.features import FeatureStore
from vidcat.inference.video import Video
from vidcat.inference.visual_categorizer import VisualCategorizer
from vidcat.training.labels import label_matrix
from vidcat.training.measuring.measured_run import MeasuredRun, VideoFacts
from vidcat.training.measuring.scoring import score_videos
from vidcat.training.measuring.selection import (
    NothingUsable,
    counts_as_failed,
    select_videos,
    weakest_truth,
)
from vidcat.training.measuring.stored_runs import RunPart, bundle_provenance


@dataclass(frozen=True)
class VisualRuns:
    """Measures the networks of a bundle on rows of a catalog."""

    bundle: Bundle
    """The bundle."""
    networks: Mapping[str, VisualCategorizer]
    """Its own network first, then the others of its training, by name."""
    store: FeatureStore
    """Features of the rows."""

    def measure_if_any(
        self, rows: Sequence[Video], left_out: Counter[str], part: RunPart
    ) -> tuple[MeasuredRun, ...]:
        """As `measure`; nothing if no row can be used."""
        try:
            return self.measure(rows, left_out, part)
        except NothingUsable:
            return ()

    def measure(
        self, rows: Sequence[Video], left_out: Counter[str], part: RunPart
    ) -> tuple[MeasuredRun, ...]:
        """Scores rows and decides about them.

        Args:
            rows: Rows of a catalog.
            left_out: Is told how many rows cannot be used, by reason.
            part: Which part of the catalog they are.

        Returns:
            One run a network.

        Raises:
            NothingUsable: If no row can be used.
        """
        bundle, store = self.bundle, self.store
        selection = select_videos(
            rows, store.duration_seconds, store.__contains__, bundle.scope
        )
        left_out.update(selection.left_out)
        labels = label_matrix(selection.videos, bundle.label_set, bundle.taxonomy)
        as_of = datetime.fromisoformat(bundle.provenance["as_of"])
        facts = tuple(map(VideoFacts.of, selection.videos))
        noted = bundle_provenance(bundle, part=part, kind="network")
        failed = [
            video
            for video in rows
            if counts_as_failed(video, store.failures, bundle.scope)
        ]
        truth = weakest_truth([*selection.videos, *failed])
        runs = []
        for at, (name, network) in enumerate(self.networks.items()):
            logits = score_videos(network, selection.videos, store, as_of=as_of)
            probabilities = network.probabilities(logits)
            decided = decision_matrix(
                probabilities, network.thresholds, bundle.label_set, bundle.taxonomy
            )
            runs.append(
                MeasuredRun(
                    name=name,
                    truth=truth,
                    target_precision=network.thresholds.target_precision,
                    label_set=bundle.label_set,
                    videos=facts,
                    y_true=labels,
                    probabilities=probabilities.astype(np.float32),
                    chosen=decided.chosen,
                    thresholds={"visual": network.thresholds},
                    uncalibrated=sigmoid(logits).astype(np.float32),
                    failed=tuple(map(VideoFacts.of, failed)),
                    provenance={**noted, "kind": "comparison" if at else "network"},
                )
            )
        return tuple(runs)
