"""Makes small bundles whose visual scores are known."""

from datetime import UTC, datetime

import keras
from feature_stores import HEADER, SPACE, WIDTH

from vidcat.inference.bundle import Bundle
from vidcat.inference.decisions import Thresholds
from vidcat.inference.encoders.source import EncoderSource
from vidcat.inference.projection import Projection
from vidcat.inference.scope import Scope
from vidcat.inference.visual_categorizer import VisualCategorizer
from vidcat.models.average import FrameAverage
from vidcat.taxonomy.labels import LabelSet


def write_bundle(
    folder, label_ids, kernel, calibrator, *, threshold=0.5, max_frames=20
):
    """Writes a bundle whose logits are the mean frame times `kernel`."""
    Bundle(
        label_set=LabelSet(
            taxonomy_version="3.1",
            ids=tuple(label_ids),
            visual=(True,) * len(label_ids),
        ),
        space=SPACE,
        encoder=EncoderSource(),
        sampling=HEADER.sampling,
        projection=Projection.identity(WIDTH),
        visual=VisualCategorizer(
            model=frame_average_network(kernel),
            calibrator=calibrator,
            thresholds=Thresholds(
                values=(threshold,) * len(label_ids),
                confident=(True,) * len(label_ids),
                target_precision=0.8,
                truth="pseudo",
            ),
            metadata=None,
            max_frames=max_frames,
        ),
        parts={},
        scope=Scope(),
        truth="pseudo",
        provenance={"as_of": datetime(2025, 1, 1, tzinfo=UTC).isoformat()},
    ).save(folder)
    return folder


def frame_average_network(kernel):
    """Averages frames, multiplies the average with `kernel`."""
    width, labels = kernel.shape
    frames = keras.Input((None, width), name="frames")
    mask = keras.Input((None,), dtype="bool", name="mask")
    pooled = FrameAverage()(frames, mask=mask)
    logits = keras.layers.Dense(labels, use_bias=False, name="logits")
    scores = keras.layers.Activation("sigmoid", name="scores")(logits(pooled))
    logits.set_weights([kernel])
    return keras.Model({"frames": frames, "mask": mask}, scores)
