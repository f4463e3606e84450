"""Makes the figures of docs/monitoring.md: halves that are alike, halves that differ.

    python docs/studies/drift.py RESULTS CATALOG [DRAWS]

RESULTS is what `vidcat text classify CATALOG --json` printed; the rows of CATALOG have
owners, languages and upload categories.
"""

import json
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from vidcat.inference.catalog import read_catalog
from vidcat.inference.video import Video
from vidcat.training.monitoring.comparing import compare_sides
from vidcat.training.monitoring.drift import Drift
from vidcat.training.monitoring.origins import VideoOrigins
from vidcat.training.monitoring.side import read_side

FUN = {"Entertainment", "Music", "Comedy", "Film & Animation", "Shows"}


class Halves:
    """Compares parts of the results with one another."""

    def __init__(self, results: Path, videos: Sequence[Video]) -> None:
        lines = results.read_text().splitlines(keepends=True)
        self.line_of = {json.loads(line)["id"]: line for line in lines}
        self.videos = videos
        self.origins = VideoOrigins.of(videos)

    def compare(
        self, parts: Sequence[Sequence[Video]], *, owners: bool = True
    ) -> Drift:
        """Compares the second of two parts with the first."""
        sides = []
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "part.jsonl")
            for part in parts:
                path.write_text("".join(self.line_of[video.id] for video in part))
                sides.append(read_side(path, origins=self.origins if owners else None))
        return compare_sides(*sides)

    def split(self, in_first: Callable[[Video], bool]) -> list[list[Video]]:
        """The videos of which something is true, and the others."""
        first = [video for video in self.videos if in_first(video)]
        return [first, [video for video in self.videos if not in_first(video)]]

    def alarmed(self, group: str, draws: int, *, owners: bool) -> int:
        """Draws of random halves that raise an alarm."""
        rng = random.Random(0)  # noqa: S311
        alarmed = 0
        for _ in range(draws):
            side: dict[str, bool] = {}
            for video in self.videos:
                side.setdefault(getattr(video, group) or video.id, rng.random() < 0.5)
            parts = self.split(
                lambda one, side=side: side[getattr(one, group) or one.id]
            )
            alarmed += bool(self.compare(parts, owners=owners).alarms)
        return alarmed


def main() -> None:
    results, catalog, *rest = sys.argv[1:]
    draws = int(rest[0]) if rest else 200
    halves = Halves(Path(results), read_catalog(catalog))
    differing = {
        "entertainment; all others": halves.split(lambda v: v.upload_category in FUN),
        "English; French": [
            [video for video in halves.videos if video.language == language]
            for language in ("en", "fr")
        ],
    }
    for name, parts in differing.items():
        drift = halves.compare(parts)
        print(f"{name}: {[len(part) for part in parts]}, {len(drift.alarms)} alarms")
        for alarm in drift.alarms:
            print(f"  {alarm.text}")
    for group in ("id", "owner"):
        for owners in (True, False):
            count = halves.alarmed(group, draws, owners=owners)
            known = "owners known" if owners else "owners not known"
            print(f"random halves by {group}, {known}: alarms in {count} of {draws}")


if __name__ == "__main__":
    main()
