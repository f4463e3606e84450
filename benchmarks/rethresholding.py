"""Seconds and memory of deciding anew about 100,000 videos of 196 labels.

Usage: python benchmarks/rethresholding.py [--videos 100000]

Draws what text and frames say of videos, keeps it as `vidcat classify --scores` does,
and lets `vidcat rethreshold` decide anew, in a process of its own, in four ways. Beside
it stands a loop that decides of one stored vector after the other, without reading or
writing anything. Takes about two minutes on two cores.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from vidcat.inference.bundle import Bundle
from vidcat.inference.calibration_scores import CalibrationScores
from vidcat.inference.decisions import Calibrator, Thresholds
from vidcat.inference.encoders.source import EncoderSource
from vidcat.inference.export.score_vector_writer import ScoreVectorWriter
from vidcat.inference.export.score_vectors import read_score_vectors
from vidcat.inference.export.scored_by import ScoredBy
from vidcat.inference.feature_space import FeatureSpace
from vidcat.inference.merges.policy import MergePolicy
from vidcat.inference.merges.said import Said
from vidcat.inference.projection import Projection
from vidcat.inference.results import ResultKey
from vidcat.inference.sampling import Sampling
from vidcat.inference.scope import Scope
from vidcat.inference.scored import Scored
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.inference.texts.bag_of_words import BagOfWords
from vidcat.inference.texts.head import TextHead
from vidcat.inference.texts.ngrams import NgramWeights
from vidcat.inference.video import Video
from vidcat.inference.visual_categorizer import VisualCategorizer
from vidcat.models.text import build_bag_of_words
from vidcat.models.visual import build_visual_categorizer
from vidcat.taxonomy.labels import LabelSet

LABELS = LabelSet.default()
WIDTH = 1024
CALIBRATION_VIDEOS = 5_000
AT_ONCE = 5_000
ALONE = 2_000
"""Vectors that are decided one by one; more would only take longer."""


def drawn(count: int, seed: int) -> tuple[Any, Any, Any]:
    """What text and frames say of videos, and a truth that agrees with them.

    Two categories are likely by text and two by the frames, one of them by both; a
    tenth of the videos has no text, another no frames.
    """
    rng = np.random.default_rng(seed)
    shape = (count, len(LABELS))
    likely = np.argpartition(rng.random(shape), 3, axis=1)[:, :3]
    said = []
    for columns in (likely[:, :2], likely[:, 1:]):
        probabilities = rng.beta(0.3, 12.0, shape).astype(np.float32)
        drawn_high = rng.beta(6.0, 1.2, columns.shape)
        np.put_along_axis(probabilities, columns, drawn_high, axis=1)
        probabilities[rng.random(count) < 0.1] = np.nan
        said.append(probabilities)
    best = np.fmax(*(np.nan_to_num(one) for one in said))
    truth = (rng.random(shape) < best).astype(np.int8)
    return said[0], said[1], truth


def thresholds(value: float) -> Thresholds:
    return Thresholds(
        values=(value,) * len(LABELS),
        confident=(True,) * len(LABELS),
        target_precision=0.8,
        truth="gold",
    )


def make_bundle() -> Bundle:
    """A bundle of untrained networks; what they would say is drawn instead."""
    text = TextCategorizer(
        label_set=LABELS,
        multilingual=None,
        bag_of_words=BagOfWords(
            ngrams=NgramWeights(ngrams=("a", "b"), idf=np.ones(2, np.float32)),
            head=TextHead(
                model=build_bag_of_words(labels=len(LABELS), vocabulary=2),
                calibrator=Calibrator.identity(len(LABELS)),
            ),
            languages=("en",),
        ),
        thresholds=thresholds(0.6),
        measured={"en": 50},
        parts={},
        provenance={},
    )
    projection = Projection.identity(WIDTH)
    said_by_text, said_by_frames, truth = drawn(CALIBRATION_VIDEOS, seed=1)
    return Bundle(
        label_set=LABELS,
        space=FeatureSpace(
            encoder="inception_v3",
            weights_sha256="00" * 32,
            untrained=True,
            input_size=299,
            fit="squash",
            resize_filter="bicubic",
            preprocessing="[-1, 1]",
            projection_sha256=projection.sha256,
            width=WIDTH,
        ),
        encoder=EncoderSource(),
        sampling=Sampling(),
        projection=projection,
        visual=VisualCategorizer(
            model=build_visual_categorizer(labels=len(LABELS), preset="small"),
            calibrator=Calibrator.identity(len(LABELS)),
            thresholds=thresholds(0.7),
            metadata=None,
            max_frames=60,
        ),
        parts={},
        scope=Scope(),
        truth="gold",
        provenance={"as_of": datetime(2025, 1, 1, tzinfo=UTC).isoformat()},
        text=text,
        merge=MergePolicy(
            kind="union",
            label_set=LABELS,
            text=thresholds(0.6),
            visual=thresholds(0.7),
        ),
        calibration=CalibrationScores(
            label_set=LABELS,
            text=said_by_text,
            visual=said_by_frames,
            labels=truth,
            groups=(np.arange(CALIBRATION_VIDEOS) // 4).astype(np.int32),
            second_half=(np.arange(CALIBRATION_VIDEOS) // 4) % 2 == 1,
        ),
    )


def scored(count: int, bundle: str) -> Iterator[Scored]:
    key = ResultKey(source_version="1-1", content_sha256="ab" * 32, bundle=bundle)
    for start in range(0, count, AT_ONCE):
        text, visual, _ = drawn(min(AT_ONCE, count - start), seed=2 + start)
        for at in range(len(text)):
            yield Scored(
                row=Video(id=f"video-{start + at:07}", duration_seconds=60.0),
                key=key,
                text=source_said(text[at]),
                visual=source_said(visual[at]),
            )


def source_said(probabilities: Any) -> Said:
    if np.isnan(probabilities[0]):
        return Said(state="error", status="model_error")
    return Said(state="ok", probabilities=probabilities)


def prepare(folder: Path, count: int) -> None:
    bundle = make_bundle()
    bundle.save(folder / "bundle")
    LABELS.select(LABELS.ids[::2]).write(folder / "half.tsv")
    started = time.perf_counter()
    with ScoreVectorWriter(folder / "s.parquet", ScoredBy.of(bundle)) as writer:
        for one in scored(count, bundle.content_hash):
            writer.add(one)
    seconds = time.perf_counter() - started
    size = (folder / "s.parquet").stat().st_size
    print(f"drawn and written: {seconds:.1f} s, {size / count:.0f} bytes a video")
    alone(folder, bundle)


def alone(folder: Path, bundle: Bundle) -> None:
    """Decides of vectors one by one."""
    batch = next(read_score_vectors(folder / "s.parquet").batches(ALONE))
    assert batch.text is not None  # noqa: S101
    assert batch.visual is not None  # noqa: S101
    decider, taxonomy = bundle.decider, bundle.taxonomy
    started = time.perf_counter()
    for text, visual in zip(batch.text, batch.visual, strict=True):
        (decisions,) = decider.decide([text], [visual])
        tuple(one.result(taxonomy) for one in decisions)
    seconds = time.perf_counter() - started
    print(f"one by one: {ALONE / seconds:.0f} decisions a second")


def measured(words: Sequence[object]) -> tuple[float, float, float]:
    """Seconds, processor seconds and peak memory in MB of a `vidcat` command."""
    script = "from vidcat.commands.main import main; main()"
    command = [sys.executable, "-c", script, *map(str, words)]
    started = time.perf_counter()
    process = os.posix_spawn(sys.executable, command, os.environ)
    _, status, usage = os.wait4(process, 0)
    if status:
        raise SystemExit(f"{words[0]} ended with status {status}")
    # Linux counts in KiB, macOS in bytes.
    megabytes = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    seconds = time.perf_counter() - started
    return seconds, usage.ru_utime + usage.ru_stime, megabytes


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--videos", type=int, default=100_000)
    count = parser.parse_args().videos
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, count)
        few = folder / "few"
        few.mkdir()
        with ScoreVectorWriter(
            few / "s.parquet", read_score_vectors(folder / "s.parquet").scored_by
        ) as writer:
            for one in scored(1, writer.scored_by.bundle):
                writer.add(one)
        base = ("--bundle", folder / "bundle", "--out", folder / "new.jsonl")
        ways: dict[str, tuple[object, ...]] = {
            "one video": (),
            "nothing else": (),
            "taxonomy 2.2": ("--taxonomy", "2.2"),
            "half of the labels": ("--labels", folder / "half.tsv"),
            "target 0.9": ("--target-precision", "0.9"),
        }
        figures = {}
        for way, options in ways.items():
            scores = few if way == "one video" else folder / "s.parquet"
            figures[way] = measured(["rethreshold", scores, *base, *options])
        print(f"\n{'':20}{'seconds':>8}{'of CPU':>8}{'MB':>8}")
        for way, (seconds, of_processor, megabytes) in figures.items():
            print(f"{way:20}{seconds:8.1f}{of_processor:8.1f}{megabytes:8.0f}")
        rate = count / (figures["nothing else"][0] - figures["one video"][0])
        print(f"\n{rate:.0f} videos a second, read, decided and written")


if __name__ == "__main__":
    main()
