"""A bundle on disk with real networks of every kind, made in a few seconds."""

from datetime import UTC, datetime

import keras
from both_sources import english_word_counter
from video_files import make_clock_video, make_colour_video

from vidcat.inference.bundle import Bundle
from vidcat.inference.decisions import Calibrator, Thresholds
from vidcat.inference.encoders.source import EncoderSource
from vidcat.inference.feature_space import FeatureSpace
from vidcat.inference.frames import FrameSampler
from vidcat.inference.merges.policy import MergePolicy
from vidcat.inference.metadata import LogScale, MetadataEncoder, owner_digest
from vidcat.inference.projection import Projection
from vidcat.inference.sampling import Sampling
from vidcat.inference.scope import Scope
from vidcat.inference.visual_categorizer import VisualCategorizer
from vidcat.models.visual import build_visual_categorizer
from vidcat.taxonomy.labels import LabelSet

AS_OF = datetime(2025, 6, 1, tzinfo=UTC)
LABELS = LabelSet(
    taxonomy_version="3.1",
    ids=("1", "42", "539", "483", "216", "653"),
    visual=(True,) * 6,
)
MOST_FRAMES = 20
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def write_served_bundle(folder, encoder_folder, *, seed=0, text=True):
    """Writes a bundle with a SavedModel, NeXtVLAD of random weights, and words."""
    source = EncoderSource(name=str(encoder_folder))
    encoder = source.load()
    sampler = FrameSampler(
        size=encoder.input_size, sampling=Sampling(max_frames=MOST_FRAMES)
    )
    projection = Projection.identity(encoder.width)
    visual = visual_categorizer(encoder.width, seed)
    words = english_word_counter() if text else None
    merge = None
    if words is not None:
        merge = MergePolicy.separate(
            words.thresholds, words.label_set, visual.thresholds, LABELS
        )
    Bundle(
        label_set=LABELS,
        space=FeatureSpace.of(encoder, sampler, projection),
        encoder=source,
        sampling=sampler.sampling,
        projection=projection,
        visual=visual,
        parts={},
        scope=Scope(min_seconds=1.5, max_seconds=60.0),
        truth="gold",
        provenance={"as_of": AS_OF.isoformat()},
        text=words,
        merge=merge,
    ).save(folder)
    return folder


def visual_categorizer(width, seed):
    """A network of random weights; its thresholds let about half of the labels pass."""
    metadata = MetadataEncoder(
        owners=(owner_digest("club-12"),),
        upload_categories=("sports",),
        languages=("en", "fr"),
        duration=LogScale(mean=1.5, deviation=0.8),
        age=LogScale(mean=4.0, deviation=1.5),
    )
    keras.utils.set_random_seed(seed)
    return VisualCategorizer(
        model=build_visual_categorizer(
            labels=len(LABELS),
            feature_dim=width,
            preset="small",
            metadata=metadata.shape,
        ),
        calibrator=Calibrator.identity(len(LABELS)),
        thresholds=Thresholds(
            values=(0.5,) * len(LABELS),
            confident=(True,) * len(LABELS),
            target_precision=0.8,
            truth="gold",
        ),
        metadata=metadata,
        max_frames=MOST_FRAMES,
    )


def write_mixed_catalog(folder, *, clips=6):
    """Writes a catalog of clips of several kinds, texts, and broken files; its path.

    The clips last from 1 to 8 seconds; one is out of scope. Three rows cannot be
    decoded, one of which has good text; two have no video; none is a wrong row.
    """
    rows = ["id,path,title,language,owner,upload_category,uploaded_at,views"]
    colours = [RED, GREEN, BLUE]
    for at in range(clips):
        name = f"clip{at}.mp4"
        seconds = 1 + at * 7 // max(clips - 1, 1)
        if at % 2:
            make_clock_video(folder / name, seconds)
        else:
            shown = [colours[(at + one) % 3] for one in range(seconds)]
            make_colour_video(folder / name, shown, 1.0, 5)
        title = ("my car", "", "a book", "un livre")[at % 4]
        owner = "club-12" if at % 3 else ""
        rows.append(
            f"v{at},{name},{title},en,{owner},sports,2025-01-0{at % 9 + 1},{at}"
        )
    (folder / "torn.mp4").write_bytes(b"no video at all")
    (folder / "empty.mp4").write_bytes(b"")
    rows += [
        "torn,torn.mp4,,en,,,,50",
        "empty,empty.mp4,the car,en,,,,51",
        "gone,gone.mp4,,,,,,52",
        "text,,a book about a car,en,,,,53",
        "mute,,,,,,,",
    ]
    catalog = folder / "catalog.csv"
    catalog.write_text("\n".join(rows) + "\n")
    return catalog
