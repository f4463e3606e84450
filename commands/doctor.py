"""`vidcat doctor`: looks whether everything that vidcat needs is there."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vidcat.commands.printing.console import say

if TYPE_CHECKING:
    from vidcat.commands.doctor_checks.check import Check


def doctor(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, for programs.")
    ] = False,
) -> None:
    """Looks whether everything that vidcat needs is there, and tells remedies.

    Looks at Python, ffmpeg and its decoders, TensorFlow and GPUs, Keras, JAX, the
    weights of the frame encoder, the sentence encoder, the cache folder and the
    memory. The exit status is 1 if anything fails, 0 if there are only warnings.

    Examples:

      vidcat doctor

      vidcat doctor --json
    """
    say("Looking; importing TensorFlow takes some seconds.")
    checks = run_checks()
    found = {check.status for check in checks}
    worst = next(s for s in ("failure", "warning", "ok") if s in found)
    if as_json:
        result = {"status": worst, "checks": [check.to_json() for check in checks]}
        typer.echo(json.dumps(result, ensure_ascii=False))
    else:
        _print_table(checks)
    if worst == "failure":
        raise typer.Exit(1)


def run_checks() -> "list[Check]":
    """Looks at everything that vidcat needs; takes as long as importing TensorFlow.

    Returns:
        The checks in the order in which they should be mended.
    """
    from vidcat.commands.doctor_checks.frameworks import (
        check_jax,
        check_keras,
        check_tensorflow,
        check_weights,
        probe_frameworks,
    )
    from vidcat.commands.doctor_checks.machine import (
        check_cache,
        check_decoders,
        check_ffmpeg,
        check_memory,
        check_python,
        usable_memory_bytes,
    )
    from vidcat.commands.doctor_checks.sentence_encoder import check_sentence_encoder
    from vidcat.inference.encoders.weights import weights_folder

    frameworks = probe_frameworks()
    return [
        check_python(sys.version_info[:2]),
        check_ffmpeg(),
        check_decoders(),
        check_tensorflow(frameworks, nvidia_present=Path("/dev/nvidia0").exists()),
        check_keras(frameworks),
        check_jax(),
        check_weights(frameworks),
        check_sentence_encoder(frameworks),
        check_cache(weights_folder()),
        check_memory(usable_memory_bytes()),
    ]


def _print_table(checks: "list[Check]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    colours = {"ok": "green", "warning": "yellow", "failure": "red"}
    table = Table(box=None, pad_edge=False)
    for heading in ("check", "status", "found"):
        table.add_column(heading, overflow="fold")
    for check in checks:
        status = Text(check.status, style=colours[check.status])
        # Text, not markup: a path may hold brackets.
        table.add_row(check.name, status, Text(check.found))
    console = Console()
    console.print(table)
    for check in checks:
        if check.remedy is not None:
            # One line whatever the width, so that commands can be copied.
            typer.echo(f"{check.name}: {check.remedy}")
