"""A bundle whose text model counts words and whose network looks at colours."""

import math
from datetime import UTC, datetime

import keras
import numpy as np
from colour_encoder import SIZE, ColourEncoder

from vidcat.inference.bundle import Bundle
from vidcat.inference.categorizer import Categorizer
from vidcat.inference.decisions import Calibrator, Thresholds
from vidcat.inference.encoders.source import EncoderSource
from vidcat.inference.feature_space import FeatureSpace
from vidcat.inference.frames import FrameSampler
from vidcat.inference.merges.policy import MergePolicy
from vidcat.inference.projection import Projection
from vidcat.inference.sampling import Sampling
from vidcat.inference.scope import Scope
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.inference.texts.bag_of_words import BagOfWords
from vidcat.inference.texts.head import TextHead
from vidcat.inference.texts.multilingual import Multilingual
from vidcat.inference.texts.ngrams import NgramWeights
from vidcat.inference.visual_categorizer import VisualCategorizer
from vidcat.models.average import FrameAverage
from vidcat.models.text import build_bag_of_words
from vidcat.taxonomy.labels import LabelSet

CAR, BOOKS, TENNIS, SPORTS = "1", "42", "539", "483"
TEXT_LABELS = LabelSet(taxonomy_version="3.1", ids=(CAR, BOOKS), visual=(True, False))
VISUAL_LABELS = LabelSet(taxonomy_version="3.1", ids=(TENNIS, CAR), visual=(True, True))
WORDS = ("car", "book")

SURE = 2.0
"""Logit where a word is in the text or a colour in the frames; elsewhere it is less
than its negative."""


class CountingWords:
    """A sentence encoder that looks for words, and fails where it reads `poison`."""

    width = len(WORDS)
    source = "words"
    checksum = "00" * 32

    def __init__(self):
        self.batches = []

    def embed(self, texts):
        self.batches.append(len(texts))
        if any("poison" in text for text in texts):
            raise MemoryError("the text is too much")
        found = [[word in text.lower() for word in WORDS] for text in texts]
        return np.array(found, np.float32)


def head(inputs, vector, kernel, bias):
    logits = keras.layers.Dense(len(bias), name="logits")
    outputs = keras.layers.Activation("sigmoid", name="scores")(logits(vector))
    model = keras.Model(inputs, outputs, name="made_by_hand")
    logits.set_weights([np.array(kernel, np.float32), np.array(bias, np.float32)])
    return model


def thresholds(labels, value=0.8, truth="gold"):
    return Thresholds(
        values=(value,) * labels,
        confident=(True,) * labels,
        target_precision=0.8,
        truth=truth,
    )


def word_counter(encoder=None, *, parts=None, truth="gold", labels=TEXT_LABELS):
    """Says Car where it reads `car` and Books where it reads `book`, each at 0.88.

    With other `labels` it says the first and the second of these.
    """
    inputs = keras.Input((len(WORDS),), name="embedding")
    model = head(inputs, inputs, 2 * SURE * np.eye(2), [-SURE, -SURE])
    multilingual = Multilingual(
        encoder=CountingWords() if encoder is None else encoder,
        head=TextHead(model=model, calibrator=Calibrator.identity(2)),
    )
    return text_categorizer(parts, truth, labels, multilingual=multilingual)


def english_word_counter(*, parts=None, truth="gold"):
    """The same as a bag of words, which reads English only and needs no encoder."""
    model = build_bag_of_words(labels=2, vocabulary=len(WORDS))
    weights = [2 * SURE * np.eye(2, dtype=np.float32), np.full(2, -SURE, np.float32)]
    model.get_layer("logits").set_weights(weights)
    bag_of_words = BagOfWords(
        ngrams=NgramWeights(ngrams=WORDS, idf=np.ones(2, np.float32)),
        head=TextHead(model=model, calibrator=Calibrator.identity(2)),
        languages=("en",),
    )
    return text_categorizer(parts, truth, TEXT_LABELS, bag_of_words=bag_of_words)


def text_categorizer(parts, truth, labels, *, multilingual=None, bag_of_words=None):
    return TextCategorizer(
        label_set=labels,
        multilingual=multilingual,
        bag_of_words=bag_of_words,
        thresholds=thresholds(2, truth=truth),
        measured={"en": 50},
        parts=parts or {},
        provenance={},
    )


def colour_looker():
    """Says Tennis of red frames and Car of blue ones, each at 0.88."""
    frames = keras.Input((None, 12), name="frames")
    mask = keras.Input((None,), dtype="bool", name="mask")
    mean = FrameAverage(name="mean")(frames, mask=mask)
    # Four quarters' red, green, blue, each 1 or -1: red alone adds up to 4 + 0 + 4.
    kernel = SURE / 4 * np.array([[1, -1], [0, 0], [-1, 1]] * 4)
    model = head({"frames": frames, "mask": mask}, mean, kernel / 2, [0.0, 0.0])
    return VisualCategorizer(
        model=model,
        calibrator=Calibrator.identity(2),
        thresholds=thresholds(2),
        metadata=None,
        max_frames=20,
    )


def make_bundle(*, text=None, merge=None, parts=None):
    """A bundle; `merge` makes the policy, from the labels of text and frames."""
    sampler, encoder = make_sampler(), ColourEncoder()
    visual = colour_looker()
    policy = None
    if text is not None:
        policy = MergePolicy.separate(
            text.thresholds, text.label_set, visual.thresholds, VISUAL_LABELS
        )
        policy = policy if merge is None else merge(policy.label_set)
    return Bundle(
        label_set=VISUAL_LABELS,
        space=FeatureSpace.of(encoder, sampler, Projection.identity(12)),
        encoder=EncoderSource(),
        sampling=sampler.sampling,
        projection=Projection.identity(12),
        visual=visual,
        parts={"a": "test"} if parts is None else parts,
        scope=Scope(min_seconds=1.0, max_seconds=60.0),
        truth="gold",
        provenance={"as_of": datetime(2025, 6, 1, tzinfo=UTC).isoformat()},
        text=text,
        merge=policy,
    )


def make_sampler():
    return FrameSampler(size=SIZE, sampling=Sampling(max_frames=20))


def make_categorizer(bundle, *, encoder=None, **options):
    return Categorizer(
        bundle,
        ColourEncoder() if encoder is None else encoder,
        make_sampler(),
        as_of=datetime(2025, 6, 1, tzinfo=UTC),
        **options,
    )


def sigmoid(logit):
    return 1 / (1 + math.exp(-logit))
