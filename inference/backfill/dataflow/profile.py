"""What the machines of a job are: profiles, in TOML files to read and copy."""

import dataclasses
import importlib.resources
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FOLDER = "profiles"
_PREFIX = "dataflow_"
_SUFFIX = ".toml"


class InvalidProfile(ValueError):
    """The file is no profile."""


@dataclass(frozen=True, kw_only=True)
class Gpu:
    """The GPU of a machine.

    >>> str(Gpu(type="nvidia-l4", driver="5xx"))
    'type:nvidia-l4;count:1;install-nvidia-driver:5xx'
    """

    type: str
    """Dataflow's name of it, such as `nvidia-tesla-t4` or `nvidia-l4`."""
    count: int = 1
    """How many a machine has. One process with one model uses one."""
    driver: str | None = None
    """Series or kind of driver that Dataflow installs; `None` for its default."""

    def __str__(self) -> str:
        return self.described()

    def described(self, machine_type: str | None = None) -> str:
        """As the service option `worker_accelerator` and resource hints want it.

        Args:
            machine_type: The machine that it is in, which only hints say.
        """
        machine = f"machine_type:{machine_type};" if machine_type else ""
        driver = f":{self.driver}" if self.driver else ""
        return (
            f"type:{self.type};count:{self.count};{machine}"
            f"install-nvidia-driver{driver}"
        )


@dataclass(frozen=True, kw_only=True)
class DecodingMachine:
    """A machine that only decodes, where that is done apart from describing."""

    machine_type: str
    """Google's name of it; it has no GPU."""
    min_ram: str | None = None
    """The least memory that it needs, such as `32GB`."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """The machines of a job.

    Raises:
        ValueError: If a number is not positive, or there are more machines at first
            than at most.
    """

    machine_type: str
    """Google's name of the machine."""
    threads: int
    """Threads of a process that take videos. Each has two in hand: one that it
    describes or waits for, and one that is decoded behind it."""
    disk_gb: int
    """Of the boot disk, which holds the container's image as well."""
    max_workers: int
    """Machines at most; the runner takes fewer while there is less to do."""
    first_workers: int = 1
    """Machines at first."""
    one_process: bool = True
    """Whether a machine runs one process, with one copy of the models, instead of
    one a vCPU."""
    decoder_threads: int = 2
    """Threads that decode one video; more end a long one sooner."""
    gpu: Gpu | None = None
    """The GPU of the machines that describe."""
    decoding: DecodingMachine | None = None
    """The machines that decode, where that is done apart."""
    service_account: str | None = None
    """E-mail address of the account that the machines act as; `None` for the
    project's own."""
    subnetwork: str | None = None
    """Where the machines are, `regions/REGION/subnetworks/NAME`."""
    public_ips: bool = True
    """Whether the machines have addresses outside the network. Without them the
    subnetwork needs Private Google Access."""

    def __post_init__(self) -> None:
        counts = {
            "threads": self.threads,
            "decoder_threads": self.decoder_threads,
            "disk_gb": self.disk_gb,
            "first_workers": self.first_workers,
            "gpu.count": self.gpu.count if self.gpu else 1,
        }
        for name, count in counts.items():
            if count < 1:
                raise ValueError(f"`{name}` must be positive. Received: {name}={count}")
        if self.max_workers < self.first_workers:
            raise ValueError(
                "`max_workers` must be at least `first_workers`. Received: "
                f"max_workers={self.max_workers}, first_workers={self.first_workers}"
            )


def profile_names() -> list[str]:
    """The names of the profiles that come with vidcat.

    >>> profile_names()
    ['cpu', 'l4', 't4']
    """
    return sorted(
        entry.name.removeprefix(_PREFIX).removesuffix(_SUFFIX)
        for entry in _own_folder().iterdir()
        if entry.name.endswith(_SUFFIX)
    )


def read_profile(source: str) -> Profile:
    """The profile of a name, or of a file of one's own.

    Args:
        source: One of `profile_names()`, or the path of a TOML file with the fields
            of `Profile`, in which `gpu` and `decoding` are tables.

    Raises:
        InvalidProfile: If there is no such profile, the file cannot be read, or a
            field in it is unknown, missing or of the wrong kind.
    """
    if source in profile_names():
        file = _own_folder() / f"{_PREFIX}{source}{_SUFFIX}"
    elif source.endswith(_SUFFIX):
        file = Path(source)
    else:
        raise InvalidProfile(
            f"A profile must be one of {profile_names()}, or the path of a "
            f"{_SUFFIX} file. Received: {source!r}"
        )
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidProfile(f"{source}: this is no profile: {error}") from error
    try:
        for name, kind in (("gpu", Gpu), ("decoding", DecodingMachine)):
            if name in values:
                values[name] = _made(kind, values[name], f"{name}.")
        return _made(Profile, values, "")
    except ValueError as error:
        raise InvalidProfile(f"{source}: {error}") from error


def _own_folder() -> Any:
    return importlib.resources.files(__package__) / _FOLDER


def _made(kind: type, values: object, prefix: str) -> Any:
    """A dataclass from a table of a file; refuses what it does not know."""
    if not isinstance(values, Mapping):
        raise ValueError(f"`{prefix[:-1]}` must be a table. Received: {values!r}")
    known = {field.name: field for field in dataclasses.fields(kind)}
    if unknown := sorted(values.keys() - known.keys()):
        raise ValueError(
            f"Unknown fields {[prefix + name for name in unknown]}; known are "
            f"{[prefix + name for name in known]}."
        )
    required = (
        name for name, field in known.items() if field.default is dataclasses.MISSING
    )
    if missing := [prefix + name for name in required if name not in values]:
        raise ValueError(f"Fields {missing} are missing.")
    for name, value in values.items():
        wanted = known[name].type
        # In Python a truth value is a whole number as well.
        wrong = isinstance(value, bool) and wanted is int
        if wrong or not isinstance(value, wanted):  # type: ignore[arg-type]
            shown = getattr(wanted, "__name__", wanted)
            raise ValueError(
                f"`{prefix}{name}` must be {shown}. Received: {name}={value!r}"
            )
    return kind(**values)
