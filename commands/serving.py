"""Options that say how videos are categorized, for the verbs that do."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from vidcat.inference.pipeline.serving import Serving

BundleOrBundles = Annotated[
    str, typer.Option(help="Folder made by `vidcat train`, or a folder of such.")
]
FrameWeights = Annotated[
    str | None,
    typer.Option(help="Weights of the frame encoder: a file, if not cached."),
]
BundleSentenceEncoder = Annotated[
    str | None,
    typer.Option(
        help="That of the bundle's text model: a SavedModel folder, handle or address."
    ),
]
SamplingRule = Annotated[
    Literal["uniform", "keyframes"] | None,
    typer.Option(help="[default: as in training]"),
]
FindEvidence = Annotated[
    bool, typer.Option(help="Find the seconds that speak for each category.")
]
EvidenceMethod = Annotated[
    Literal["windows", "attribution"],
    typer.Option(help="How they are found; attribution is cheaper."),
]
EnforceScope = Annotated[
    bool, typer.Option(help="No categories outside the bundle's durations.")
]
TimeoutSeconds = Annotated[
    float, typer.Option(help="How long a video may keep us waiting.", min=0.1)
]


def serving_of(
    bundle: str,
    *,
    frame_weights: str | None,
    sentence_encoder: str | None,
    sampling: Literal["uniform", "keyframes"] | None,
    evidence: bool,
    evidence_method: Literal["windows", "attribution"],
    enforce_scope: bool,
    timeout_seconds: float,
) -> "Serving":
    """What the options above ask for, as of now."""
    from datetime import UTC, datetime

    from vidcat.inference.catalogs.fields import whole_path
    from vidcat.inference.pipeline.serving import Serving

    return Serving(
        bundle=whole_path(bundle),
        as_of=datetime.now(UTC),
        frame_weights=frame_weights,
        sentence_encoder=sentence_encoder,
        sampling_rule=sampling,
        evidence_method=evidence_method if evidence else None,
        enforce_scope=enforce_scope,
        timeout_seconds=timeout_seconds,
    )
