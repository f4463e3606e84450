"""On what kind of machine a step runs, for runners that know several."""

from dataclasses import dataclass
from typing import Any, TypeVar

import apache_beam as beam

_Step = TypeVar("_Step", bound=beam.PTransform)


@dataclass(frozen=True, kw_only=True)
class Hints:
    """What the steps of the pipeline say of the machines that they need.

    By default they say nothing: a video is decoded on the cores of the machine that
    describes it, and its frames stay in the memory of one process. That is the
    cheaper way nearly always: the frames of a video of four minutes, one a second at
    299x299, are 64 MB (240 x 299 x 299 x 3 bytes), from a file of perhaps 20 MB.

    With `decode_apart`, videos are decoded on machines without a GPU, and the frames
    go from there to those with one through the runner's shuffle, which stores them
    and is paid for by the byte. Dataflow takes elements of at most 2 GB in a batch
    job and of 80 MB in a streaming job; at most 300 frames are 80.5 MB, so that a
    streaming job cannot decode apart.

    Any hint switches on what Dataflow calls right fitting, under which the service
    option `worker_accelerator` must not be given: the GPU is then asked for by
    `accelerator` alone. Runners that do not know hints pass over them.

    Raises:
        ValueError: If `accelerator` or `min_ram` is given without `decode_apart`, or
            `decode_apart` without an `accelerator` to be apart from.

    Reference: <https://cloud.google.com/dataflow/docs/guides/right-fitting>,
    <https://beam.apache.org/documentation/runtime/resource-hints/>
    """

    decode_apart: bool = False
    """Whether decoding runs on other machines than describing."""

    accelerator: str | None = None
    """The GPU for describing, such as
    `"type:nvidia-l4;count:1;machine_type:g2-standard-8;install-nvidia-driver"`."""

    min_ram: str | None = None
    """Memory that a machine needs to decode, such as `"16GB"`; `None` for the
    runner's own choice."""

    def __post_init__(self) -> None:
        if self.decode_apart and self.accelerator is None:
            raise ValueError(
                "`decode_apart` needs an `accelerator`: the machines to be apart from. "
                "Received: accelerator=None. Name a GPU, or decode where you describe."
            )
        if not self.decode_apart and (self.accelerator or self.min_ram):
            raise ValueError(
                "`accelerator` and `min_ram` are hints for decoding apart; otherwise "
                "the runner's own options say what the machines are. Received: "
                f"accelerator={self.accelerator!r}, min_ram={self.min_ram!r}, "
                "decode_apart=False."
            )

    def decoding(self, step: _Step) -> _Step:
        """The step that decodes, with its hints."""
        return _hinted(step, min_ram=self.min_ram)

    def describing(self, step: _Step) -> _Step:
        """A step that needs the GPU, with its hints."""
        return _hinted(step, accelerator=self.accelerator)

    def parted(self, frames: Any) -> Any:
        """Decoded frames on their way to the machines that describe them.

        With `decode_apart` they are stored in between: steps that only differ in
        their hints may still be put together and run on one machine, with the GPU
        idle while it decodes.
        """
        if not self.decode_apart:
            return frames
        return frames | "FromDecodingToDescribing" >> beam.Reshuffle()


def _hinted(step: _Step, **hints: str | None) -> _Step:
    """The step with those hints that are given; none would switch right fitting on."""
    given = {name: value for name, value in hints.items() if value is not None}
    return step.with_resource_hints(**given) if given else step
