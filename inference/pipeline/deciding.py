"""`Decide`: from what text and frames say to the result."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.ml.inference.base import PredictionResult
from numpy.typing import NDArray

from vidcat.inference.catalogs.writer import row_values
from vidcat.inference.explaining.together import categorized
from vidcat.inference.merges.said import Said, crashed
from vidcat.inference.pipeline.elements import (
    Attempt,
    ScoredAttempt,
    SeenTask,
    row_sha256,
)
from vidcat.inference.pipeline.loaded import Loaded, loaded_for
from vidcat.inference.pipeline.serving import Serving
from vidcat.inference.results import ResultKey, has_failed
from vidcat.inference.scored import Scored
from vidcat.inference.visual_scoring import ScoredVideo


class Decide(beam.DoFn):
    """Makes `Attempt`s of scored `SeenTask`s.

    Args:
        serving: Names the models.
        run: What to call this run.
        with_scores: Whether to give `ScoredAttempt`s instead. Defaults to `False`.
    """

    def __init__(
        self, serving: Serving, run: str, *, with_scores: bool = False
    ) -> None:
        self.serving = serving
        self.run = run
        self.with_scores = with_scores

    def process(self, element: PredictionResult) -> Iterator[Any]:
        """The result of one row."""
        yield self._attempt(element.example, element.inference)

    def _attempt(
        self, element: SeenTask, said: Said | NDArray[np.float32]
    ) -> Attempt | ScoredAttempt:
        models = loaded_for(self.serving, element.task.bundle)
        scored, result = categorized(
            scored_task(element, said, models),
            models.decider,
            method=self.serving.evidence_method,
        )
        row = element.task.row
        attempt = Attempt(
            categorization=result,
            row_sha256=row_sha256(row),
            run=element.task.run or self.run,
            row=row_values(row) if has_failed(result.status, result.parts) else None,
            message=element.task.message,
        )
        if not self.with_scores:
            return attempt
        return ScoredAttempt(
            attempt=attempt,
            scored=replace(scored, frames=None),
            bundle=element.task.bundle,
        )


def scored_task(
    element: SeenTask, said: Said | NDArray[np.float32], models: Loaded
) -> Scored:
    """What text and frames say of a row.

    Args:
        element: The row.
        said: Logits of the network, shape `(labels,)`; or why there are none.
        models: The models of the process.
    """
    seen = element.seen
    frames, visual = None, seen.silence
    if isinstance(said, Said):
        visual = said
    elif seen.features is not None:
        try:
            frames = ScoredVideo.of(
                seen.row, seen.features, models.bundle, models.serving.as_of, said
            )
            visual = seen.said(frames.probabilities)
        # Such as a network that answers with not-a-number: this video's result.
        except Exception as error:
            frames, visual = None, crashed(seen.row.id, error)
    return Scored(
        row=seen.row,
        key=ResultKey(
            source_version=element.task.source_version,
            content_sha256=None if frames is None else seen.content_sha256,
            bundle=models.bundle_hash,
        ),
        text=element.task.text,
        visual=visual,
        frames=frames,
    )
