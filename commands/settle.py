"""`vidcat settle`: one result for each input, out of all that a stream has stored."""

from typing import Annotated

import typer


def settle(
    *,
    out: Annotated[str, typer.Argument(help="Folder that a stream fills.")],
    runner: Annotated[
        str, typer.Option(help="local, or a runner of Apache Beam.")
    ] = "local",
    beam_option: Annotated[
        list[str] | None,
        typer.Option(help="An option of Beam, such as --beam-option=--region=us-east1"),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the counts as JSON.")
    ] = False,
) -> None:
    """Settles the results of a stream: one for each input, a ledger, a dead letter.

    May be done again at any time, also while the stream goes on.
    """
    from vidcat.commands.printing.quiet import quiet_beam
    from vidcat.commands.printing.settled import print_settled
    from vidcat.inference.backfill.runners import Runner
    from vidcat.inference.backfill.settle import settle as settle_results

    quiet_beam()
    with_runner = Runner(name=runner, extra=tuple(beam_option or ()))
    settled = settle_results(out, runner=with_runner)
    print_settled(settled, out, as_json=as_json)
