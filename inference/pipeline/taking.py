"""`Take`: the tasks of a run, in their order, spread over the workers."""

import time
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam

from vidcat.inference.pipeline.elements import Task

_Ranked = tuple[tuple[float, str, int], Task]


class Take(beam.PTransform):
    """Takes `(rank, Task)` pairs, gives `Task`s to all workers.

    Args:
        first: Side input that must be there before any task is given.
        most: So many at most, those of the lowest ranks; `None` for all.
        ordered: Whether to give them in the order of their ranks, which runners on one
            machine keep.
    """

    def __init__(self, first: Any, *, most: int | None, ordered: bool) -> None:
        super().__init__()
        self.first = first
        self.most = most
        self.ordered = ordered

    def expand(self, ranked: Any) -> Any:
        """Takes a PCollection of `(rank, Task)`, gives one of `Task`."""
        if self.most is not None:
            ranked = (
                ranked
                | beam.combiners.Top.Smallest(self.most, key=_rank)
                | "Those taken" >> beam.FlatMap(_each)
            )
        elif self.ordered:
            ranked = (
                ranked
                | beam.combiners.ToList()
                | "In order" >> beam.FlatMap(sorted, key=_rank)
            )
        # Grouped by id and not by a random number, which would lose the order.
        return (
            ranked
            | beam.Map(_by_id).with_output_types(tuple[str, Task])
            | beam.GroupByKey()
            | "Given" >> beam.FlatMap(_given, self.first)
        )


class UntilDeadline(beam.DoFn):
    """Lets `Task`s pass until a moment; those behind it are left for another run.

    Args:
        deadline: Seconds since 1970 by the clocks of the workers.
    """

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline

    def process(self, task: Task) -> Iterator[Task]:
        """Passes it on, or not."""
        if time.time() < self.deadline:
            yield task


def _rank(element: _Ranked) -> tuple[float, str, int]:
    return element[0]


def _each(taken: Iterable[_Ranked]) -> Iterable[_Ranked]:
    return taken


def _by_id(element: _Ranked) -> tuple[str, Task]:
    return element[1].row.id, element[1]


def _given(grouped: tuple[str, Iterable[Task]], first: Any) -> Iterable[Task]:
    del first
    return grouped[1]
