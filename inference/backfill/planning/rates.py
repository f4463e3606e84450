"""`Rates`: what machines, storage and transfers cost, read from a file."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

EXAMPLE: Final = "example"
"""In place of a file: the rates that come with vidcat, to look at and to copy."""

_STORE_FIELDS: Final = (
    "storage_gib_month",
    "read_gib",
    "between_workers_gib",
)


class InvalidRates(ValueError):
    """A rate file cannot be used; the text names file and field."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A kind of worker.

    Raises:
        ValueError: If a number is out of its range.
    """

    name: str
    """As the rate file calls it."""
    vcpus: float
    """Virtual cores."""
    hour: float | None
    """Price of an hour, accelerators included; `None` where none is known."""
    spot_hour: float | None = None
    """Price of an hour of one that may be taken away; `None` where none is known."""
    accelerators: int = 0
    """GPUs of a worker."""
    frames_per_second: float | None = None
    """Frames that one accelerator describes in a second, if it need not wait for
    frames; `None` where it is not known."""
    vcpu_speed: float = 1.0
    """What a virtual core does in the time in which a core of the measured machine
    does 1. Often a virtual core is half of a core."""
    start_minutes: float = 0.0
    """From asking for a worker until it can load the models: image, drivers."""

    def __post_init__(self) -> None:
        for name in ("vcpus", "vcpu_speed"):
            _require(name, getattr(self, name), positive=True)
        for name in ("hour", "spot_hour", "start_minutes"):
            _require(name, getattr(self, name), positive=False)
        _require("frames_per_second", self.frames_per_second, positive=True)
        if self.accelerators < 0:
            raise ValueError(
                "`accelerators` must be zero or more. Received: "
                f"accelerators={self.accelerators}"
            )
        if self.frames_per_second is not None and not self.accelerators:
            raise ValueError(
                "`frames_per_second` is the rate of an accelerator, and there is none. "
                f"Received: frames_per_second={self.frames_per_second}, accelerators=0"
            )


@dataclass(frozen=True, kw_only=True)
class Rates:
    """What a backfill costs, where it runs.

    Raises:
        ValueError: If a price is negative, or there is no machine.
    """

    currency: str
    """Of all prices."""
    as_of: str
    """When the prices were looked up, as the file says."""
    machines: tuple[Machine, ...]
    """The kinds of workers to plan for."""
    storage_gib_month: float = 0.0
    """Price of keeping a GiB for a month."""
    read_gib: float = 0.0
    """Price of reading a GiB of videos from where they lie: 0 in the same region."""
    between_workers_gib: float = 0.0
    """Price of a GiB that goes from worker to worker, such as frames that are decoded
    on one and described on another."""

    def __post_init__(self) -> None:
        for name in _STORE_FIELDS:
            _require(name, getattr(self, name), positive=False)
        if not self.machines:
            raise ValueError("`machines` must hold one at least. Received: machines=()")


def read_rates(source: Path | str) -> Rates:
    """Reads a rate file (TOML); `data/rates.toml` beside this module is one.

    Args:
        source: The file, or `"example"` for the one that comes with vidcat.

    Returns:
        The rates; machines in the order of the file.

    Raises:
        InvalidRates: If a field is unknown, missing or out of its range.
        FileNotFoundError: If there is no such file.
    """
    if str(source) == EXAMPLE:
        text = (files(__package__) / "data/rates.toml").read_text("utf-8")
    else:
        text = Path(source).read_text("utf-8")
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidRates(f"{source}: must be a TOML file ({error}).") from None
    machines = values.pop("machines", {})
    if not isinstance(machines, dict) or not machines:
        raise InvalidRates(
            f"{source}: must have machines, one at least. Received: "
            f"machines={machines!r}. Write a table [machines.NAME] for each."
        )
    made = tuple(
        _made(Machine, f"{source}, machine {name!r}", table, name=name)
        for name, table in machines.items()
    )
    return _made(Rates, f"{source}", values, machines=made)


def _made(kind: type[Any], place: str, table: object, **given: object) -> Any:
    """An object of a class, from a table that has exactly its other fields."""
    if not isinstance(table, Mapping):
        raise InvalidRates(f"{place}: must be a table. Received: {table!r}")
    wanted = {one.name: one for one in fields(kind) if one.name not in given}
    if unknown := sorted(table.keys() - wanted.keys()):
        raise InvalidRates(
            f"{place}: fields must be known. Received: {unknown}. "
            f"Known are {sorted(wanted)}."
        )
    needed = {name for name, one in wanted.items() if one.default is MISSING}
    if missing := sorted(needed - table.keys()):
        raise InvalidRates(f"{place}: must have the fields {missing}.")
    for name, value in table.items():
        _check_kind(place, name, wanted[name].type, value)
    try:
        return kind(**table, **given)
    except ValueError as error:
        raise InvalidRates(f"{place}: {error}") from None


def _check_kind(place: str, name: str, kind: object, value: object) -> None:
    right: tuple[type, ...] = (int, float)
    words = "a number"
    if kind is str:
        right, words = (str,), "text"
    elif kind is int:
        right, words = (int,), "a whole number"
    # True and False are numbers in Python, but nobody means them here.
    if not isinstance(value, right) or isinstance(value, bool):
        raise InvalidRates(f"{place}: `{name}` must be {words}. Received: {value!r}")


def _require(name: str, value: float | None, *, positive: bool) -> None:
    if value is None:
        return
    if not math.isfinite(value) or value < 0 or (positive and value == 0):
        wanted = "positive" if positive else "zero or more"
        raise ValueError(f"`{name}` must be {wanted}. Received: {name}={value}")
