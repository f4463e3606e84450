"""The `vidcat` command line.

Verbs import what they need when they run, so that `vidcat --help` stays fast.
Results go to stdout and messages to stderr; the exit status is 0 for success, 1
for a failure that is told in one line, 2 for wrong usage.
"""

import importlib.metadata
import os
import sys
from typing import Annotated

import typer

from vidcat.commands.audit import app as audit
from vidcat.commands.backfill import backfill
from vidcat.commands.classify import classify
from vidcat.commands.compare import compare
from vidcat.commands.demo import demo
from vidcat.commands.describe import describe
from vidcat.commands.doctor import doctor
from vidcat.commands.evaluate import evaluate
from vidcat.commands.evidence import evidence
from vidcat.commands.evidence_check import evidence_check
from vidcat.commands.merge import app as merge
from vidcat.commands.monitor import monitor
from vidcat.commands.pseudo_label import pseudo_label
from vidcat.commands.rate_card import rate_card
from vidcat.commands.report import report
from vidcat.commands.rethreshold import rethreshold
from vidcat.commands.settle import settle
from vidcat.commands.stream import stream
from vidcat.commands.taxonomy import app as taxonomy
from vidcat.commands.text import app as text
from vidcat.commands.train import train
from vidcat.commands.watch import watch

app = typer.Typer(
    name="vidcat",
    no_args_is_help=True,
    # Rich help costs a third of a second, and so do rich tracebacks.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"vidcat {importlib.metadata.version('vidcat')}")
        raise typer.Exit


@app.callback()
def vidcat(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print it."
        ),
    ] = False,
) -> None:
    """Categorizes videos with the IAB Content Taxonomy.

    The way through: `vidcat demo` shows everything once; `vidcat describe` turns a
    catalog of videos into features; `vidcat train` makes a bundle of them; `vidcat
    evaluate` measures it; `vidcat classify` categorizes videos with it, `vidcat
    backfill` a whole catalog, `vidcat watch` new uploads.

    Set VIDCAT_DEBUG=1 to see the traceback behind an error.
    """


app.command()(demo)
app.command()(describe)
app.command()(pseudo_label)
app.add_typer(audit, name="audit")
app.command()(train)
app.command()(evaluate)
app.command()(compare)
app.command()(report)
app.command()(classify)
app.command()(backfill)
app.command()(watch)
app.command()(stream)
app.command()(settle)
app.command()(rethreshold)
app.command()(rate_card)
app.command()(evidence)
app.command()(evidence_check)
app.add_typer(text, name="text")
app.add_typer(merge, name="merge")
app.command()(monitor)
app.add_typer(taxonomy, name="taxonomy")
app.command()(doctor)


def main() -> None:
    """Runs the command line; expected errors become one line and status 1."""
    # Must be set before TensorFlow is imported: its notes are not our messages.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if os.environ.get("VIDCAT_DEBUG"):
        app()
    try:
        app()
    except Exception as error:
        if not _is_expected(error):
            raise
        # A KeyError's own text is the repr of its message.
        text = error.args[0] if isinstance(error, KeyError) else error
        print(f"Error: {text}", file=sys.stderr)
        sys.exit(1)


def _is_expected(error: Exception) -> bool:
    """Whether the text of an error tells a user enough."""
    ours = type(error).__module__.startswith("vidcat.")
    return ours or isinstance(error, ValueError | OSError | ImportError)
