"""`vidcat rate-card`: what each category has on offer, and whether it may be sold."""

from pathlib import Path
from typing import Annotated

import typer

from vidcat.commands.options import FiguresAsJson, IgnoreUnknown


def rate_card(
    *,
    results: Annotated[
        Path, typer.Argument(help="JSON lines of `vidcat classify --json`.")
    ],
    run: Annotated[Path, typer.Option(help="Measured run of the same bundle.")],
    out: Annotated[
        Path, typer.Option(help="The page (.html); .json and .csv go beside it.")
    ],
    catalog: Annotated[
        str | None,
        typer.Option(
            help="Catalog of the results, for minutes, languages and pictures.",
        ),
    ] = None,
    thumbnails: Annotated[
        int, typer.Option(help="Pictures of each category.", min=0, max=20)
    ] = 3,
    ignore_unknown: IgnoreUnknown = False,
    as_json: FiguresAsJson = False,
) -> None:
    """Makes the card of a catalog's categories, for those who sell them.

    Of each category: videos, minutes, languages, the precision that was measured with
    its interval, pictures of videos drawn by lot, and whether it may be sold, with the
    reason. `vidcat evaluate` writes measured runs into `runs` of its report folder.

    Examples:

      vidcat rate-card categories.jsonl --run report/runs/nextvlad
      --catalog catalog.jsonl --out card.html
    """
    from datetime import UTC, datetime

    from vidcat.commands.printing.console import progress, say
    from vidcat.commands.printing.rate_card_figures import print_rate_card
    from vidcat.inference.catalog import read_catalog
    from vidcat.training.measuring.measured_run import MeasuredRun
    from vidcat.training.rate_card.card import make_rate_card
    from vidcat.training.rate_card.pictures import take_pictures
    from vidcat.training.rate_card.writing import check_card_place, write_rate_card

    if out.suffix.lower() not in {".html", ".htm"}:
        raise typer.BadParameter(f"--out must end in .html. Received: --out {out}")
    check_card_place(out)
    measured = MeasuredRun.load(run)
    videos = None
    if catalog is not None:
        videos = read_catalog(catalog, ignore_unknown=ignore_unknown)
    with progress("Reading results", None if videos is None else len(videos)) as update:
        card = make_rate_card(
            results,
            measured,
            videos,
            samples=thumbnails,
            progress=lambda done: update(done, ""),
        )
    pictures = None
    if thumbnails and videos is not None:
        with progress("Taking pictures of categories", len(card.rows)) as update:
            pictures = take_pictures(
                card, thumbnails, progress=lambda done: update(done, "")
            )
    write_rate_card(card, out, made_on=datetime.now(UTC).date(), pictures=pictures)
    print_rate_card(card, as_json=as_json)
    if pictures is not None and pictures.unreadable:
        say(f"No picture of {pictures.unreadable} videos, which cannot be decoded.")
    say(f"Card: {out}, with .csv and .json beside it.")
