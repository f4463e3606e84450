"""`Categorize`: all steps from a task to its result."""

from typing import Any

import apache_beam as beam
from apache_beam.ml.inference.base import RunInference

from vidcat.inference.pipeline.deciding import Decide
from vidcat.inference.pipeline.decoding import UNDECODED, Decode
from vidcat.inference.pipeline.describing import SILENT, Describe
from vidcat.inference.pipeline.hints import Hints
from vidcat.inference.pipeline.scoring import FrameScorer
from vidcat.inference.pipeline.serving import Serving
from vidcat.inference.pipeline.text import ScoreText, require_global_window


class Categorize(beam.PTransform):
    """Turns `Task`s into one `Attempt` each, whatever becomes of their videos.

    Args:
        serving: Names the models.
        run: What to call this run.
        hints: What the steps need of their machines. Defaults to nothing.
    """

    def __init__(
        self, serving: Serving, run: str, *, hints: Hints | None = None
    ) -> None:
        super().__init__()
        self.serving = serving
        self.run = run
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
        decide = beam.ParDo(Decide(serving, self.run))
        decoded: Any = (
            tasks
            | "Score text" >> beam.ParDo(ScoreText(serving))
            | "Decode" >> hints.decoding(decode)
        )
        frames = hints.parted(decoded.ok)
        seen: Any = frames | "Describe" >> hints.describing(describe)
        scored = seen.ok | "Score frames" >> hints.describing(score)
        return (
            (scored, seen[SILENT], decoded[UNDECODED])
            | beam.Flatten()
            | "Decide" >> hints.describing(decide)
        )
