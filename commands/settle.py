"""`vidcat settle`: one result for each input, out of all that a stream has stored."""

from typing import Annotated

import typer

from vidcat.commands.options import BeamOption, RunnerName


def settle(
    *,
    out: Annotated[str, typer.Argument(help="Folder that a stream fills.")],
    runner: RunnerName = "local",
    beam_option: BeamOption = None,
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
