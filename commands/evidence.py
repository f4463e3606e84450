"""`vidcat evidence`: which seconds speak for the categories of described videos."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from vidcat.commands.options import IgnoreUnknown, ResultsAsJson, SentenceEncoderSource


def evidence(
    *,
    catalog: Annotated[str, typer.Argument(help="Catalog of described videos.")],
    bundle: Annotated[Path, typer.Option(help="Folder made by `vidcat train`.")],
    features: Annotated[Path, typer.Option(help="Folder made by `vidcat describe`.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for captions (WebVTT), one a video.")
    ] = None,
    thumbnails: Annotated[
        bool,
        typer.Option(
            "--thumbnails", help="Open the videos for a picture of the best frames."
        ),
    ] = False,
    method: Annotated[
        Literal["windows", "attribution"],
        typer.Option(help="How the seconds are found; attribution is cheaper."),
    ] = "windows",
    sentence_encoder: SentenceEncoderSource = None,
    ignore_unknown: IgnoreUnknown = False,
    as_json: ResultsAsJson = False,
) -> None:
    """Finds evidence for rows of a catalog by their features, without their videos.

    The results are those of `vidcat classify`, with the age of a video as at the
    training. Rows without features are left out.

    Examples:

      vidcat evidence catalog.jsonl --bundle bundle --features features

      vidcat evidence catalog.jsonl --bundle bundle --features features --out seconds
    """
    from vidcat.commands.printing.console import import_keras, say_left_out

    if thumbnails and out is None:
        raise typer.BadParameter("--thumbnails needs a folder for them: --out FOLDER.")
    import_keras()
    from vidcat.commands.evidence_files import with_evidence_files
    from vidcat.commands.printing.results import print_results
    from vidcat.commands.text_model import load_sentence_encoder
    from vidcat.inference.bundle import Bundle
    from vidcat.inference.catalog import read_catalog
    from vidcat.inference.explaining.stored import categorize_stored
    from vidcat.inference.feature_store.accepted_sampling import require_sampling
    from vidcat.inference.features import FeatureStore

    videos = read_catalog(catalog, ignore_unknown=ignore_unknown)
    store = FeatureStore(features)
    rows = [video for video in videos if video.id in store]
    loaded = Bundle.load(
        bundle, sentence_encoder=load_sentence_encoder(sentence_encoder)
    )
    require_sampling(bundle, loaded.sampling, store.sampling)
    results = categorize_stored(loaded, rows, store, method=method)
    if out is not None:
        paths = [row.path if thumbnails else None for row in rows]
        results = with_evidence_files(results, out, paths, store.sampling)
    print_results(results, len(rows), unit="videos", as_json=as_json)
    say_left_out({"no features": len(videos) - len(rows)}, "videos")
