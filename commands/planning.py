"""What `vidcat backfill --plan` does, and what is said of the plan afterwards."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from vidcat.inference.backfill.report import BackfillReport
    from vidcat.inference.pipeline.serving import Serving

PlanOnly = Annotated[
    bool,
    typer.Option(
        "--plan", help="Measure a sample and say what all would take; do nothing."
    ),
]
SampleVideos = Annotated[
    int, typer.Option("--sample", help="--plan: videos to measure.", min=1)
]
WithinHours = Annotated[
    float | None, typer.Option(help="--plan: how long it may take.", min=0.0)
]
RateFile = Annotated[
    str | None,
    typer.Option(
        "--rates",
        help="--plan: machines and prices (TOML); `example` for those that come "
        "along, to look at.",
    ),
]
DescribeRate = Annotated[
    float | None,
    typer.Option(help="--plan: frames a second that one GPU describes.", min=0.0),
]


def print_planned(
    catalog: str, out: str, serving: "Serving", *, as_json: bool, **options: Any
) -> None:
    """Plans a backfill and prints the plan.

    Args:
        catalog: The catalog.
        out: Folder of the results.
        serving: Names the models.
        as_json: Whether to print JSON.
        **options: Those of `plan_catalog`; `rates` as the name of a file.
    """
    from vidcat.commands.printing.console import progress, say
    from vidcat.commands.printing.plan_figures import print_plan
    from vidcat.inference.backfill.planning.planned import plan_catalog
    from vidcat.inference.backfill.planning.rates import read_rates

    rates = options.pop("rates")
    with progress("Measuring", options["sample_videos"]) as update:
        plan = plan_catalog(
            catalog,
            out,
            serving,
            rates=None if rates is None else read_rates(rates),
            progress=update,
            **options,
        )
    print_plan(plan, as_json=as_json)
    say(f"Plan: {out}/plan.json. The run will be set beside it.")


def print_beside_plan(catalog: str, out: str, report: "BackfillReport") -> None:
    """Prints what a run took beside what was planned, if it was."""
    from vidcat.commands.printing.plan_figures import print_comparison
    from vidcat.inference.backfill.planning.planned import planned_and_measured

    if compared := planned_and_measured(catalog, out, report):
        print_comparison(compared)
