"""The options of `vidcat backfill` and `vidcat stream` for Google Cloud Dataflow."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from vidcat.inference.backfill.dataflow.job import DataflowJob
    from vidcat.inference.backfill.runners import Runner
    from vidcat.inference.pipeline.serving import Serving

ProfileOfMachines = Annotated[
    str | None,
    typer.Option(help="On Dataflow: the machines; cpu, l4, t4, or a TOML file."),
]
Project = Annotated[
    str | None, typer.Option(help="On Dataflow: id of the project that pays.")
]
Region = Annotated[
    str | None, typer.Option(help="On Dataflow: where; best where the videos are.")
]
Image = Annotated[
    str | None, typer.Option(help="On Dataflow: address of the container image.")
]
TempLocation = Annotated[
    str | None, typer.Option(help="On Dataflow: gs:// folder for temporary files.")
]
JobName = Annotated[str | None, typer.Option(help="On Dataflow: name of the job.")]
DecodeApart = Annotated[
    bool,
    typer.Option(
        "--decode-apart",
        help="On Dataflow: decode on machines without a GPU. Rarely cheaper.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="On Dataflow: print what would be asked for, with --json all of it.",
    ),
]


def dataflow_job(
    runner: str,
    profile: str | None,
    *,
    processes: int,
    more_options: list[str],
    kind: Literal["backfill", "stream"] = "backfill",
    **given: Any,
) -> "DataflowJob | None":
    """The job that the options make; `None` for another runner.

    Args:
        runner: As given to --runner.
        profile: As given to --profile.
        processes: As given to --processes.
        more_options: As given to --beam-option.
        kind: What the job does. Defaults to `"backfill"`.
        **given: The other options, by the names of the fields of `DataflowJob`, and
            `dry_run`.

    Raises:
        typer.BadParameter: If an option of Dataflow is given for another runner, one
            of another for Dataflow, or there is no profile.
        InvalidProfile: If it cannot be read.
        InvalidJob: If something is missing.
    """
    dry_run = given.pop("dry_run")
    if runner.lower() not in ("dataflowrunner", "dataflow"):
        asked = {"profile": profile, "dry_run": dry_run, **given}
        if names := [name for name, value in asked.items() if value]:
            shown = ", ".join("--" + name.replace("_", "-") for name in names)
            raise typer.BadParameter(f"{shown}: only with --runner DataflowRunner.")
        return None
    from vidcat.inference.backfill.dataflow.job import DataflowJob
    from vidcat.inference.backfill.dataflow.profile import profile_names, read_profile

    if processes > 1:
        raise typer.BadParameter(
            "--processes: only on this machine; on Dataflow the profile says."
        )
    if profile is None:
        raise typer.BadParameter(
            "--runner DataflowRunner needs --profile, the machines: one of "
            f"{', '.join(profile_names())}, or a TOML file."
        )
    return DataflowJob(
        profile=read_profile(profile),
        more_options=tuple(more_options),
        kind=kind,
        **given,
    )


def serving_on(
    job: "DataflowJob | None",
    serving: "Serving",
    *,
    runner: str,
    processes: int = 1,
    more_options: list[str],
) -> "tuple[Serving, Runner]":
    """How videos are categorized where they are, and what runs it.

    Args:
        job: As `dataflow_job` gives it.
        serving: As the options ask for it.
        runner: As given to --runner.
        processes: As given to --processes.
        more_options: As given to --beam-option.
    """
    from vidcat.commands.printing.dataflow import pass_on_dataflow
    from vidcat.inference.backfill.runners import Runner

    if job is None:
        extra = tuple(more_options)
        return serving, Runner(name=runner, processes=processes, extra=extra)
    pass_on_dataflow()
    return job.serving(serving), job.runner()
