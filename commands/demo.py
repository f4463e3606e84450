"""`vidcat demo`: the whole way, from made-up clips to categories of new ones."""

from pathlib import Path
from typing import Annotated, Any

import typer

from vidcat.commands.verbs import run_verb

_MIN_SECONDS = "1"
_MAX_SECONDS = "60"
_TEXTS = 600
_ASSURANCE = "0.5"


def demo(
    *,
    out: Annotated[Path, typer.Option(help="Folder for all that is made.")] = Path(
        "demo"
    ),
    clips: Annotated[int, typer.Option(help="Clips to draw.", min=40)] = 240,
    seed: Annotated[int, typer.Option(help="Of clips, weights, training.")] = 0,
) -> None:
    """Draws a catalog of short clips and does everything with it, in three minutes.

    Each step is a command of its own, printed before it runs: describe, train
    (which measures as well), classify. It uses the ImageNet weights of InceptionV3
    where they are cached or can be fetched, else an untrained encoder, and says so.

    Examples:

      vidcat demo

      vidcat demo --out /tmp/demo --clips 120
    """
    from vidcat.commands.demo_catalog.clips import NEW_CLIPS, make_demo_catalog
    from vidcat.commands.demo_catalog.plan import CATEGORIES
    from vidcat.commands.printing.console import progress, say

    say(f"Drawing {clips} clips into {out}.")
    with progress("Drawing", clips + len(CATEGORIES)) as update:
        catalog = make_demo_catalog(
            out, seed=seed, clips=clips, on_clip=lambda done, _: update(done, "")
        )
    weights = _frame_weights()
    features, bundle = out / "features", out / "bundle"
    run_verb("describe", catalog, "--out", features, "--fit-projection", *weights)
    scope = ("--min-seconds", _MIN_SECONDS, "--max-seconds", _MAX_SECONDS)
    size = (
        *("--preset", "small", "--min-examples", "5", "--epochs", "30"),
        *("--assurance", _ASSURANCE),
    )
    say(
        f"\nOf {clips} clips a tenth are held back to set thresholds: too few to "
        f"promise a precision as surely as by default; --assurance {_ASSURANCE} asks "
        "for less."
    )
    where = ("--features", features, "--out", bundle)
    run_verb("train", catalog, *where, *size, *scope, "--seed", seed)
    run_verb("classify", out / NEW_CLIPS / "catalog.jsonl", "--bundle", bundle)
    say(
        "\nThat was with labels for every clip. Now as on a platform: the clips to "
        f"train on have none, and {_TEXTS} texts without a video teach their names."
    )
    platform = write_platform_catalog(
        catalog, out / "platform.jsonl", seed=seed, texts=_TEXTS
    )
    work = out / "from_text"
    kind = ("--text-kind", "bag-of-words", "--no-comparisons")
    rest = ("--out", work, "--features", features, *kind, *weights)
    run_verb("train", "--from-text", platform, *rest, *size, *scope, "--seed", seed)
    run_verb("classify", out / NEW_CLIPS / "catalog.jsonl", "--bundle", work / "bundle")
    say(
        f"Clips: {out / 'clips'}. Catalog: {catalog}. Features: {features}.\n"
        f"Bundle: {bundle}. Report: "
        f"{bundle / 'report' / 'report.html'}.\n"
        f"New clips: {out / NEW_CLIPS}; try\n"
        f"  vidcat classify {out / NEW_CLIPS / 'new-00.mp4'} --bundle {bundle} --json"
    )


def write_platform_catalog(
    catalog: Path, target: Path, *, seed: int, texts: int
) -> Path:
    """Writes the catalog as a platform would have it.

    The videos that training learns from have no labels; `texts` rows more have labels
    and no video.
    """
    from dataclasses import replace

    from vidcat.commands.demo_catalog.plan import plan_text_rows
    from vidcat.inference.catalog import read_catalog
    from vidcat.inference.catalogs.fields import field_values
    from vidcat.inference.catalogs.writer import write_catalog
    from vidcat.inference.video import Video
    from vidcat.training.splits import assign_parts

    videos = read_catalog(catalog)
    parts = assign_parts(videos)
    rows = [
        replace(video, labels=None, truth=None)
        if parts[video.id] in ("train", "later")
        else video
        for video in videos
    ]
    values: list[dict[str, Any]] = [
        field_values(row) for row in plan_text_rows(seed, texts)
    ]
    write_catalog([*rows, *(Video(**each) for each in values)], target)
    return target


def _frame_weights() -> tuple[str, ...]:
    """The option for the encoder's weights; says so if they are random."""
    from vidcat.commands.printing.console import import_keras, say

    import_keras()
    from vidcat.inference.encoders.keras_networks import NETWORKS
    from vidcat.inference.encoders.weights import WeightsUnavailable

    try:
        NETWORKS["inception_v3"].imagenet.fetch()
    except WeightsUnavailable as error:
        say(
            f"{error}\nThe demo goes on with an UNTRAINED encoder (--frame-weights "
            "random): what follows shows the way, not the quality."
        )
        return ("--frame-weights", "random")
    return ()
