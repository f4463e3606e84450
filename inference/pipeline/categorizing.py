"""`Categorize`: all steps from a task to its result."""

from typing import Any

import apache_beam as beam
from apache_beam.ml.inference.base import RunInference

from vidcat.inference.pipeline.deciding import Decide
from vidcat.inference.pipeline.decoding import UNDECODED, Decode
from vidcat.inference.pipeline.describing import SILENT, Describe
from vidcat.inference.pipeline.elements import Attempt
from vidcat.inference.pipeline.hints import Hints
from vidcat.inference.pipeline.holding import DEFAULT_LIMITS, ShardLimits
from vidcat.inference.pipeline.keeping_scores import KeepScores
from vidcat.inference.pipeline.scoring import FrameScorer
from vidcat.inference.pipeline.serving import Serving
from vidcat.inference.pipeline.storing import StoreFeatures
from vidcat.inference.pipeline.text import ScoreText, require_global_window


class Categorize(beam.PTransform):
    """Turns `Task`s into one `Attempt` each, whatever becomes of their videos.

    Args:
        serving: Names the models.
        run: What to call this run.
        features: Folder of a feature store that all described videos are added to,
            absolute or a URL. Defaults to none.
        scores: Folder of the score vectors, likewise. Defaults to none.
        limits: When a shard of either is written.
        hints: What the steps need of their machines. Defaults to nothing.
    """

    def __init__(
        self,
        serving: Serving,
        run: str,
        *,
        features: str | None = None,
        scores: str | None = None,
        limits: ShardLimits = DEFAULT_LIMITS,
        hints: Hints | None = None,
    ) -> None:
        super().__init__()
        self.serving = serving
        self.run = run
        self.features = features
        self.scores = scores
        self.limits = limits
        self.hints = hints or Hints()

    def expand(self, tasks: Any) -> Any:
        """Takes a PCollection of `Task`, gives one of `Attempt`.

        Raises:
            ValueError: If the tasks are in windows.
        """
        require_global_window(tasks)
        serving, hints = self.serving, self.hints
        decode = beam.ParDo(Decode(serving)).with_outputs(UNDECODED, main="ok")
        describe = beam.ParDo(Describe(serving)).with_outputs(SILENT, main="ok")
        score = RunInference(FrameScorer(serving))
        # It runs the network again, to find the seconds that speak for a category.
        keeps = self.scores is not None
        decide = beam.ParDo(Decide(serving, self.run, with_scores=keeps))
        if not keeps:
            decide = decide.with_output_types(Attempt)
        decoded: Any = (
            tasks
            | "Score text" >> beam.ParDo(ScoreText(serving))
            | "Decode" >> hints.decoding(decode)
        )
        frames = hints.parted(decoded.ok)
        seen: Any = frames | "Describe" >> hints.describing(describe)
        visible, silent = seen.ok, seen[SILENT]
        if self.features is not None:
            store = StoreFeatures(serving, self.features, self.limits)
            # On the machines that describe, so that features go to no other first.
            visible |= "Store features" >> hints.describing(beam.ParDo(store))
            silent |= "Store failures" >> hints.describing(beam.ParDo(store))
        scored = visible | "Score frames" >> hints.describing(score)
        attempts = (
            (scored, silent, decoded[UNDECODED])
            | beam.Flatten()
            | "Decide" >> hints.describing(decide)
        )
        if self.scores is None:
            return attempts
        keep = KeepScores(serving, self.scores, self.run, self.limits)
        return attempts | "Keep scores" >> hints.describing(beam.ParDo(keep))
