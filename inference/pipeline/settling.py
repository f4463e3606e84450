"""`Settle`: one result for each input out of all attempts."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems

from vidcat.inference.pipeline.choosing import chosen, is_current, lists_of
from vidcat.inference.pipeline.elements import ATTEMPT_FIELDS
from vidcat.inference.pipeline.files import ReadJson, write_whole

LISTS: Final = {
    "results": "results",
    "ledger": "ledger",
    "catalog": "dead_letter/catalog",
    "reasons": "dead_letter/reasons",
    "bad_rows": "dead_letter/bad_rows",
}
"""Where the lines of each list go, below the folder of the results."""


class Settle(beam.PTransform):
    """Reads all attempts, keeps one for each id and writes results and ledger.

    May be done again at any time: it writes the same files.

    Args:
        out: Folder of the results.
        run: The run whose counts to write, as `runs/RUN.counts.json`.
        latest_runs: The last run of each catalog, by the catalog's name.
        shards: Files of each list. Defaults to `1`.
    """

    def __init__(
        self,
        out: str,
        run: str,
        latest_runs: Mapping[str, str],
        *,
        shards: int = 1,
    ) -> None:
        super().__init__()
        self.out = out
        self.run = run
        self.latest_runs = dict(latest_runs)
        self.shards = shards

    def expand(self, start: beam.Pipeline) -> None:
        """Writes the files."""
        attempts = (
            start
            | ReadJson(
                FileSystems.join(self.out, "attempts", "*.jsonl"), ATTEMPT_FIELDS
            )
            | beam.Filter(is_current, self.latest_runs)
            | beam.Map(_by_id).with_output_types(tuple[str, Any])
            | beam.GroupByKey()
        )
        lists: Any = attempts | beam.ParDo(_Lists(self.run)).with_outputs(
            _COUNTED, *LISTS
        )
        for name, below in LISTS.items():
            lists[name] | f"Write {name}" >> beam.io.WriteToText(
                FileSystems.join(self.out, *below.split("/")),
                file_name_suffix=".jsonl",
                num_shards=self.shards,
            )
        counts = FileSystems.join(self.out, "runs", f"{self.run}.counts.json")
        (
            lists[_COUNTED]
            | beam.combiners.Count.PerElement()
            | beam.combiners.ToDict()
            | "Write counts" >> beam.Map(_write_counts, counts)
        )


_COUNTED: Final = "counted"


class _Lists(beam.DoFn):
    """The lines of one id by the tag of their list, and its words to count."""

    def __init__(self, run: str) -> None:
        self.run = run

    def process(
        self, element: tuple[str, Iterable[Mapping[str, Any]]]
    ) -> Iterator[Any]:
        attempts = list(element[1])
        for name, lines in lists_of(attempts).items():
            for line in lines:
                yield beam.pvalue.TaggedOutput(name, line)
            if name == "ledger":
                status = chosen(attempts)["status"]
                yield beam.pvalue.TaggedOutput(_COUNTED, ("all", status))
                if any(one["attempt"]["run"] == self.run for one in attempts):
                    yield beam.pvalue.TaggedOutput(_COUNTED, ("now", status))
            elif name in ("reasons", "bad_rows"):
                yield beam.pvalue.TaggedOutput(_COUNTED, ("all", "dead_letter"))


def _by_id(line: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    return line["id"], line


def _write_counts(counts: Mapping[tuple[str, str], int], path: str) -> None:
    found: dict[str, dict[str, int]] = {"all": {}, "now": {}}
    for (scope, word), count in sorted(counts.items()):
        found[scope][word] = count
    write_whole(path, [json.dumps(found)])
