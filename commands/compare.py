"""`vidcat compare`: may a new model take the place of the old one?"""

import json
from pathlib import Path
from typing import Annotated

import typer

from vidcat.commands.options import FiguresAsJson


def compare(
    *,
    old: Annotated[Path, typer.Argument(help="Measured run of what is used today.")],
    new: Annotated[Path, typer.Argument(help="That of what may take its place.")],
    max_category_loss: Annotated[
        float | None,
        typer.Option(help="Most that the f1 of a category may fall.", min=0.0, max=1.0),
    ] = None,
    no_coverage_loss: Annotated[
        bool, typer.Option("--no-coverage-loss", help="Coverage may not fall.")
    ] = False,
    min_precision: Annotated[
        float | None,
        typer.Option(help="Least precision of the new decisions.", min=0.0, max=1.0),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="What may be chance breaks a rule as well."),
    ] = False,
    draws: Annotated[
        int, typer.Option(help="How many times to draw owners.", min=100)
    ] = 1000,
    seed: Annotated[int, typer.Option(help="Makes the draws repeatable.", min=0)] = 0,
    as_json: FiguresAsJson = False,
) -> None:
    """Compares two measured runs on their common videos, figure by figure.

    `vidcat evaluate` writes such runs into `runs` of its report folder. Videos are
    drawn anew with their owners, for both runs the same, to tell a difference from
    chance. Given rules, the status is 1 where one is broken: then the new model is not
    to be released.

    Examples:

      vidcat compare old/runs/nextvlad new/runs/nextvlad

      vidcat compare old/runs/nextvlad new/runs/nextvlad
      --max-category-loss 0.05 --no-coverage-loss
    """
    from vidcat.commands.printing.comparison_figures import (
        print_comparison,
        say_what_was_paired,
    )
    from vidcat.commands.printing.console import say
    from vidcat.training.comparing.comparison import compare_runs
    from vidcat.training.comparing.gate import ReleaseRules, judge
    from vidcat.training.measuring.measured_run import MeasuredRun

    rules = ReleaseRules(
        max_category_loss=max_category_loss,
        no_coverage_loss=no_coverage_loss,
        min_precision=min_precision,
        strict=strict,
    )
    comparison = compare_runs(
        MeasuredRun.load(old), MeasuredRun.load(new), draws=draws, seed=seed
    )
    verdict = judge(comparison, rules)
    if as_json:
        values = {**comparison.to_json(), "verdict": verdict.to_json()}
        print(json.dumps(values, allow_nan=False))
    else:
        print_comparison(comparison)
    say_what_was_paired(comparison)
    for broken in verdict.broken:
        say(f"Broken: {broken.text}.")
    if not verdict.kept:
        raise typer.Exit(1)
    if rules.any_given:
        say("All rules are kept.")
