"""Lets Klio 22.3.0 run on Python 3.11, Apache Beam 2.76 and protobuf 4, and later ones.

Klio's last release is of 2022, made for Python 3.8, Beam 2.35 and protobuf 3. What
broke since is mended below, each thing beside what broke it. Klio's files stay as they
are, and none of its code is copied.

To import this module is to mend Klio: it comes before whatever imports Klio. Workers
import it too, since the job lists it in Beam's option `beam_plugins`.

Raises:
    ImportError: Under Python 3.12 or later, or where Klio is not installed.
"""

import ast
import functools
import importlib.abc
import importlib.machinery
import importlib.util
import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from apache_beam.io import Write, avroio
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.options.value_provider import RuntimeValueProvider

import __main__

_LIBRARIES: Final = ("klio_core", "klio", "klio_exec")


class KlioOptions(PipelineOptions):
    """The pipeline option that carries the job's configuration to the workers."""

    @classmethod
    def _add_argparse_args(cls, parser: ArgumentParser) -> None:
        parser.add_argument("--klio_config", help="The Klio job's settings as JSON.")


class _KlioProto(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports `klio_core.proto.klio_pb2`, which protobuf 4 refuses to execute.

    The compiler of protobuf 3 wrote that file. It holds the serialized description of
    the messages, from which any version of protobuf builds their classes.
    """

    name = "klio_core.proto.klio_pb2"

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name or not path:
            return None
        file = Path(path[0], "klio_pb2.py")
        return importlib.util.spec_from_file_location(fullname, file, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        # The description refers to timestamps.
        from google.protobuf import (  # type: ignore[import-untyped]
            descriptor_pool,
            message,
            timestamp_pb2,  # noqa: F401
        )
        from google.protobuf.internal import (  # type: ignore[import-untyped]
            builder,
        )

        serialized = _serialized(Path(str(module.__file__)))
        described = descriptor_pool.Default().AddSerializedFile(serialized)
        names = vars(module)
        names["DESCRIPTOR"] = described
        # Klio catches `klio_pb2._message.DecodeError` where a message is none of its.
        names["_message"] = message
        builder.BuildMessageAndEnumDescriptors(described, names)
        builder.BuildTopDescriptorsAndMessages(described, module.__name__, names)


def _serialized(file: Path) -> bytes:
    """The description of the messages inside a module that protobuf's compiler made."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.keyword) and node.arg == "serialized_pb":
            return bytes(ast.literal_eval(node.value))
    raise ImportError(f"{file}: must hold `serialized_pb`, as in Klio 22.3.0.")


def _install() -> None:
    _require_klio()
    sys.meta_path.insert(0, _KlioProto())
    from klio.transforms import _helpers, core, io

    core.RunConfig._get_via_main_session = classmethod(_run_config)
    # Beam takes the type of a text source's elements from its coder, `str`, and encodes
    # them so; those of Klio are bytes.
    io._KlioReadFromTextSource.output_type_hint = lambda _: bytes
    # Beam's Avro sink asks for one more argument, and its `expand` puts a sink of its
    # own in the place of Klio's.
    io._KlioFastAvroSink.__init__ = functools.partialmethod(
        avroio._FastAvroSink.__init__, triggering_frequency=None
    )
    io._KlioWriteToAvro.expand = lambda self, messages: messages | Write(self._sink)
    # Klio looks for data with a client of Google Cloud Storage, files of this machine
    # included.
    del _helpers._KlioGcsDataExistsMixin.setup
    _helpers._KlioGcsDataExistsMixin.exists = _exists


def _require_klio() -> None:
    if sys.version_info >= (3, 12):
        version = ".".join(map(str, sys.version_info[:2]))
        raise ImportError(
            "The Klio job must run under Python 3.11: Klio 22.3.0 imports `imp`, which "
            f"Python 3.12 no longer has. Received: Python {version}. Take Python "
            "3.11, or `vidcat backfill`, which does the same without Klio."
        )
    missing = [name for name in _LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        raise ImportError(
            f"The Klio job must have Klio. Missing: {', '.join(missing)}. Install it "
            "with `uv pip install '.[klio]'`, or with `pip install "
            "--ignore-requires-python '.[klio]'`: Klio says of itself that it needs "
            "Python below 3.9."
        )


def _run_config(run_config: Any) -> Any:
    """Finds the job's configuration, also in a worker.

    Klio keeps it in `__main__` and relied on Beam to send all of that to the workers,
    which Beam no longer does. The job sends it as a pipeline option.
    """
    if not hasattr(__main__, "run_config"):
        sent = (RuntimeValueProvider.runtime_options or {}).get("klio_config")
        if sent is None:
            raise RuntimeError(
                "The job's configuration must be set before it is asked for: by "
                "`RunConfig.set`, or in a worker by the option `klio_config`."
            )
        from klio_core.config import KlioConfig

        # Klio's templates were filled in before it was sent.
        run_config.set(KlioConfig(json.loads(sent), config_skip_preprocessing=True))
    return __main__.run_config


def _exists(check: Any, path: str) -> bool:
    """Whether Klio's check of its input or output finds the file.

    Where it cannot be looked at, Klio would lose the message and only log it. So an
    input then counts as there, and fails with a reason when it is read; an output
    counts as missing, and is made anew.
    """
    from klio.transforms._helpers import KlioIODirection

    try:
        return bool(FileSystems.exists(path))
    # Each file system raises its own: no rights, no network, no such bucket.
    except Exception:
        return bool(check.DIRECTION_PFX is KlioIODirection.INPUT)


_install()
