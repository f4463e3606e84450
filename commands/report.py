"""`vidcat report`: the page of an evaluation, from runs that were kept."""

from pathlib import Path
from typing import Annotated

import typer

from vidcat.commands.options import SHOWN_EXAMPLES, Examples


def report(
    *,
    runs: Annotated[
        list[Path],
        typer.Argument(
            help="Folders below `runs` of a report; the first of a model's own "
            "network is what the new one is about."
        ),
    ],
    out: Annotated[Path, typer.Option(help="HTML file; JSON goes beside it.")],
    examples: Examples = SHOWN_EXAMPLES,
) -> None:
    """Makes the report of runs that `vidcat evaluate` kept, without scoring anew.

    Runs on later videos of known channels, and those of text, frames and both
    together, go where they belong; all others are laid beside the first.

    Examples:

      vidcat report bundle/report/runs/* --out report.html

      vidcat report new/report/runs/nextvlad old/report/runs/nextvlad --out both.html
    """
    from vidcat.commands.reporting import write_runs_page
    from vidcat.training.measuring.stored_runs import load_runs, sorted_runs
    from vidcat.training.reporting.page import json_beside

    # What cannot be written is to be told before the work.
    json_beside(out)
    found = sorted_runs(load_runs(runs))
    write_runs_page(
        found.networks,
        out,
        known=found.known,
        sources=found.sources,
        examples=examples,
    )
