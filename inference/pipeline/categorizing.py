"""`Categorize`: all steps from a task to its result."""

from typing import Any

import apache_beam as beam
from apache_beam.ml.inference.base import RunInference

from vidcat.inference.pipeline.deciding import Decide
from vidcat.inference.pipeline.decoding import UNDECODED, Decode
from vidcat.inference.pipeline.describing import SILENT, Describe
from vidcat.inference.pipeline.scoring import FrameScorer
from vidcat.inference.pipeline.serving import Serving
from vidcat.inference.pipeline.text import ScoreText, require_global_window


class Categorize(beam.PTransform):
    """Turns `Task`s into one `Attempt` each, whatever becomes of their videos.

    Args:
        serving: Names the models.
        run: What to call this run.
    """

    def __init__(self, serving: Serving, run: str) -> None:
        super().__init__()
        self.serving = serving
        self.run = run

    def expand(self, tasks: Any) -> Any:
        """Takes a PCollection of `Task`, gives one of `Attempt`.

        Raises:
            ValueError: If the tasks are in windows.
        """
        require_global_window(tasks)
        serving = self.serving
        decoded: Any = (
            tasks
            | "Score text" >> beam.ParDo(ScoreText(serving))
            | "Decode" >> beam.ParDo(Decode(serving)).with_outputs(UNDECODED, main="ok")
        )
        seen: Any = decoded.ok | "Describe" >> beam.ParDo(
            Describe(serving)
        ).with_outputs(SILENT, main="ok")
        scored = seen.ok | "Score frames" >> RunInference(FrameScorer(serving))
        return (
            (scored, seen[SILENT], decoded[UNDECODED])
            | beam.Flatten()
            | "Decide" >> beam.ParDo(Decide(serving, self.run))
        )
