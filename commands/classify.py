"""`vidcat classify`: categories of video files, or of a whole catalog."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vidcat.commands.options import (
    BundleFolder,
    IgnoreUnknown,
    ResultsAsJson,
    ScoresOut,
)
from vidcat.commands.remote_folders import folder, with_local_folders
from vidcat.commands.serving import (
    BundleSentenceEncoder,
    EnforceScope,
    EvidenceMethod,
    FindEvidence,
    FrameWeights,
    SamplingRule,
    TimeoutSeconds,
)

if TYPE_CHECKING:
    from vidcat.inference.video import Video

_CATALOGS = {".jsonl", ".csv", ".parquet"}


@with_local_folders(read=["bundle"], written=["evidence_out"])
def classify(
    *,
    videos: Annotated[
        list[str],
        typer.Argument(help="Video files, folders of them, catalogs, or URLs."),
    ],
    bundle: BundleFolder,
    frame_weights: FrameWeights = None,
    sentence_encoder: BundleSentenceEncoder = None,
    sampling: SamplingRule = None,
    evidence: FindEvidence = True,
    evidence_method: EvidenceMethod = "windows",
    evidence_out: Annotated[
        Path | None,
        typer.Option(
            parser=folder,
            help="Folder for captions (WebVTT) and pictures of the best frames.",
        ),
    ] = None,
    enforce_scope: EnforceScope = False,
    timeout_seconds: TimeoutSeconds = 600.0,
    scores: ScoresOut = None,
    ignore_unknown: IgnoreUnknown = False,
    as_json: ResultsAsJson = False,
) -> None:
    """Categorizes videos: a table for people, JSON lines for programs.

    A broken video is a result that says so, not a failure of the command.

    Examples:

      vidcat classify holiday.mp4 --bundle bundle

      vidcat classify catalog.jsonl --bundle bundle --json > categories.jsonl
    """
    if evidence_out is not None and not evidence:
        raise typer.BadParameter("--evidence-out needs evidence: omit --no-evidence.")
    from vidcat.commands.printing.console import announce_download, import_keras, say
    from vidcat.commands.scores import keeping_scores, require_scores_place

    require_scores_place(scores)
    import_keras()
    from vidcat.commands.evidence_files import with_evidence_files
    from vidcat.commands.printing.quiet import silenced_stderr
    from vidcat.commands.printing.results import print_results
    from vidcat.commands.text_model import load_sentence_encoder
    from vidcat.inference.bundle import Bundle
    from vidcat.inference.categorizer import Categorizer
    from vidcat.inference.feature_store.accepted_sampling import sampling_by_rule

    rows = list(_rows(videos, ignore_unknown))
    loaded = Bundle.load(bundle, visual_only=True)
    if frame_weights is None:
        announce_download(loaded.encoder)
    other = None
    if sampling is not None:
        other = sampling_by_rule(bundle, loaded.sampling, sampling)
    # TensorFlow Lite greets on stderr.
    with silenced_stderr():
        categorizer = Categorizer.load(
            bundle,
            frame_weights=frame_weights,
            sampling=other,
            evidence=evidence,
            evidence_method=evidence_method,
            enforce_scope=enforce_scope,
            timeout_seconds=timeout_seconds,
            sentence_encoder=load_sentence_encoder(sentence_encoder),
        )
    if categorizer.encoder.untrained:
        say("The frame encoder is untrained: these categories are for trials only.")
    with keeping_scores(scores, categorizer.bundle) as keep:
        results = categorizer.categorize_many(rows, keep=keep)
        if evidence_out is not None:
            paths = [row.path for row in rows]
            sampled = categorizer.sampler.sampling
            results = with_evidence_files(results, evidence_out, paths, sampled)
        print_results(results, len(rows), unit="videos", as_json=as_json)


def _rows(given: list[str], ignore_unknown: bool) -> Iterator["Video"]:
    from vidcat.inference.catalog import is_folder, read_catalog
    from vidcat.inference.catalogs.table import suffix_of
    from vidcat.inference.video import Video

    for name in given:
        if is_folder(name) or suffix_of(name) in _CATALOGS:
            yield from read_catalog(name, ignore_unknown=ignore_unknown)
        elif name.encode(errors="replace").decode() != name:
            # Its result could not be printed, and those behind it would be lost.
            raise typer.BadParameter(
                f"File names must be UTF-8. Received: {name!r}. Rename it."
            )
        else:
            yield Video(id=name, path=name)
