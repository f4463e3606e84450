"""`KeepScores`: score vectors beside the results, in Parquet files."""

import uuid
from collections.abc import Sequence

from apache_beam.io.filesystems import FileSystems

from vidcat.inference.export.score_shards import shard_name
from vidcat.inference.export.score_vector_writer import parquet_bytes
from vidcat.inference.export.scored_by import ScoredBy
from vidcat.inference.pipeline.elements import Attempt, ScoredAttempt
from vidcat.inference.pipeline.files import write_bytes
from vidcat.inference.pipeline.holding import HoldUntilWritten, ShardLimits
from vidcat.inference.pipeline.loaded import loaded_for
from vidcat.inference.pipeline.serving import Serving


class KeepScores(HoldUntilWritten):
    """Writes the scores of `ScoredAttempt`s, and gives the `Attempt`s.

    Args:
        serving: Names the models.
        folder: Where the shards go, absolute or a URL.
        run: What this run is called; is part of the names.
        limits: When a shard is written.
    """

    def __init__(
        self, serving: Serving, folder: str, run: str, limits: ShardLimits
    ) -> None:
        super().__init__(limits)
        self.serving = serving
        self.folder = folder
        self.run = run

    def write(self, elements: Sequence[ScoredAttempt]) -> None:
        """Writes a shard for each bundle."""
        for bundle in dict.fromkeys(element.bundle for element in elements):
            models = loaded_for(self.serving, bundle)
            scored_by = ScoredBy(
                bundle=models.bundle_hash,
                text=models.decider.text,
                visual=models.decider.visual,
            )
            rows = [one.scored for one in elements if one.bundle == bundle]
            name = shard_name(self.run, uuid.uuid4().hex)
            write_bytes(
                FileSystems.join(self.folder, name), parquet_bytes(rows, scored_by)
            )

    def given(self, element: ScoredAttempt) -> Attempt:
        """The attempt, without its scores."""
        return element.attempt
