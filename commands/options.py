"""Options that several verbs have, in one wording."""

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from vidcat.commands.remote_folders import folder

IgnoreUnknown = Annotated[
    bool, typer.Option(help="Pass over unknown columns of the catalog.")
]
RunnerName = Annotated[str, typer.Option(help="local, or a runner of Apache Beam.")]
BeamOption = Annotated[
    list[str] | None,
    typer.Option(help="An option of Beam, such as --beam-option=--region=us-east1"),
]
FiguresAsJson = Annotated[
    bool, typer.Option("--json", help="Print the figures as JSON.")
]
ResultsAsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object a line.")
]
ScoresOut = Annotated[
    Path | None,
    typer.Option(
        "--scores",
        help="Also keep the scores behind the results, for `vidcat rethreshold` "
        "(Parquet; needs pyarrow).",
    ),
]
AllVideos = Annotated[
    bool,
    typer.Option(
        "--all-videos", help="All rows, for a catalog that training never saw."
    ),
]
MinSeconds = Annotated[float, typer.Option(help="Shortest video.")]
MaxSeconds = Annotated[float, typer.Option(help="Longest video.")]
Bounds = Annotated[
    Path | None, typer.Option(help="Bounds of single categories (TSV: id, yes, no).")
]
TargetPrecision = Annotated[
    float, typer.Option(help="What the thresholds are to hold.", min=0.0, max=1.0)
]
Assurance = Annotated[
    float,
    typer.Option(
        help="How often such thresholds are to hold it; less needs fewer examples.",
        min=0.0,
        max=1.0,
    ),
]
PromisePer = Annotated[
    Literal["category", "all"],
    typer.Option(help="Whether each category is to hold it, or all together."),
]
SplitBy = Annotated[
    Literal["auto", "owner", "id"],
    typer.Option(help="What the parts share none of; auto: owner where there is."),
]
BundleFolder = Annotated[
    Path, typer.Option(parser=folder, help="Folder made by `vidcat train`.")
]
FeaturesFolder = Annotated[
    Path, typer.Option(parser=folder, help="Folder made by `vidcat describe`.")
]
TextFolder = Annotated[Path, typer.Option(help="Folder made by `vidcat text train`.")]
SentenceEncoderSource = Annotated[
    str | None,
    typer.Option(help="Sentence encoder: a SavedModel folder, handle or address."),
]
TextCatalog = Annotated[
    str | None,
    typer.Option(
        help="Catalog with the text of the rows, where CATALOG has none: the one given "
        "to `vidcat pseudo-label`.",
    ),
]
SHOWN_EXAMPLES: Final = 6
"""How many a report shows unless it is told."""
Examples = Annotated[
    int,
    typer.Option(help="Right choices, and wrong ones, shown with frames.", min=0),
]
