"""Compares vidcat's network with scikit-learn's on YouTube-8M's video-level features.

Usage: python docs/studies/youtube8m_features.py FOLDER [--seeds 3]

FOLDER holds video-level TFRecord shards of YouTube-8M (`mean_rgb`, `labels`). The 200
commonest labels are learnt from the first 64 % of the shards; the next 8 % choose
settings and stop training early, the next 8 % fit calibrators and thresholds, the last
20 % are the test. The figures replace those in `youtube8m_features.md`, the curves
those in `youtube8m_features.png`. Takes about half an hour on two cores, and a third
less with KERAS_BACKEND=jax.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from frame_models import LARGE
from page import replace_figures
from vidcat.inference.feature_store.records import read_video_level
from vidcat.inference.video import Video
from vidcat.models.visual import logits_model
from vidcat.training.calibration import fit_calibrator
from vidcat.training.config import TrainConfig
from vidcat.training.dataset import Examples
from vidcat.training.deciding.halves import calibration_halves
from vidcat.training.evaluation import video_metrics
from vidcat.training.fit import fit, predict_logits
from vidcat.training.measuring.curves import (
    PrecisionCoverageCurve,
    precision_coverage_curve,
)
from vidcat.training.measuring.operating_point import operating_point
from youtube8m_data import OneFrame

HERE = Path(__file__)
LABELS = 200
TARGET = 0.80
RESAMPLES = 300
SHARES = {"train": 0.64, "validation": 0.08, "calibration": 0.08, "test": 0.20}

OURS = "NeXtVLAD (vidcat)"
INVERSE_PENALTIES = (0.01, 0.03, 0.1)
PERCEPTRONS = (((512,), 1.0), ((512,), 1e-4), ((1024,), 1.0), ((2048,), 1e-4))
"""Hidden widths and penalties: the best of a wider search on the validation part."""


class Part(NamedTuple):
    """Videos of one part of the split."""

    ids: tuple[str, ...]
    features: NDArray[np.float32]
    labels: NDArray[np.int8]

    def examples(self) -> Examples:
        """The videos as sequences of one frame."""
        frames = {
            name: OneFrame(row)
            for name, row in zip(self.ids, self.features, strict=True)
        }
        return Examples(ids=self.ids, features=frames, labels=self.labels)


Scorer = Callable[[Part], NDArray[Any]]
"""Gives the logits of a part's videos, of shape `(videos, labels)`."""


class Figures(NamedTuple):
    """What one trained model is worth on the test part."""

    gap: float
    mean_average_precision: float
    precision: float
    coverage: float
    best_coverage: float


def read_parts(folder: Path) -> dict[str, Part]:
    """Reads all shards and divides them; labels are counted in the training part."""
    shards = sorted(folder.glob("*.tfrecord"))
    bounds = np.rint(np.cumsum([0, *SHARES.values()]) * len(shards)).astype(int)
    records = {
        name: [
            video for shard in shards[start:end] for video in read_video_level(shard)
        ]
        for name, (start, end) in zip(SHARES, pairwise(bounds), strict=True)
    }
    counts = Counter(label for video in records["train"] for label in video.labels)
    column = {label: at for at, (label, _) in enumerate(counts.most_common(LABELS))}
    parts = {}
    for name, videos in records.items():
        labels = np.zeros((len(videos), LABELS), np.int8)
        for row, video in enumerate(videos):
            labels[row, [column[one] for one in video.labels if one in column]] = 1
        features = np.concatenate([video.values for video in videos])
        parts[name] = Part(tuple(video.id for video in videos), features, labels)
    return parts


def logits_of(probabilities: NDArray[np.floating]) -> NDArray[np.floating]:
    """The logits that a sigmoid made such probabilities of."""
    inside = np.clip(probabilities.astype(np.float64), 1e-12, 1 - 1e-12)
    return np.log(inside) - np.log1p(-inside)


def validation_gap(scorer: Scorer, parts: Mapping[str, Part]) -> float:
    validation = parts["validation"]
    return video_metrics(validation.labels, scorer(validation))["gap"]


def logistic_regression(parts: Mapping[str, Part], seed: int) -> Scorer:
    """One regression a label, with the penalty that validation likes best."""
    from sklearn.linear_model import LogisticRegression

    train = parts["train"]

    def fitted(inverse_penalty: float) -> Scorer:
        lines = [
            LogisticRegression(C=inverse_penalty, max_iter=300, random_state=seed).fit(
                train.features, truth
            )
            for truth in train.labels.T
        ]
        weights = np.stack([line.coef_[0] for line in lines])
        biases = np.array([line.intercept_[0] for line in lines])
        return lambda part: part.features @ weights.T + biases

    candidates = [fitted(one) for one in INVERSE_PENALTIES]
    return max(candidates, key=lambda scorer: validation_gap(scorer, parts))


def perceptron(parts: Mapping[str, Part], seed: int) -> Scorer:
    """A hidden layer and an output layer, with the settings validation likes best."""
    from sklearn.neural_network import MLPClassifier

    train = parts["train"]

    def fitted(hidden: tuple[int, ...], penalty: float) -> Scorer:
        network = MLPClassifier(
            hidden,
            alpha=penalty,
            batch_size=128,
            early_stopping=True,
            n_iter_no_change=5,
            max_iter=60,
            random_state=seed,
            # It subtracts labels from scores, which 8-bit integers do not survive.
        ).fit(train.features, train.labels.astype(int))
        return lambda part: logits_of(network.predict_proba(part.features))

    candidates = [fitted(*one) for one in PERCEPTRONS]
    return max(candidates, key=lambda scorer: validation_gap(scorer, parts))


def ours(pooling: str) -> Callable[[Mapping[str, Part], int], Scorer]:
    """Vidcat's training with one of its poolings."""

    def trained(parts: Mapping[str, Part], seed: int) -> Scorer:
        config = TrainConfig(pooling=pooling, seed=seed, **LARGE)
        with tempfile.TemporaryDirectory() as folder:
            model = fit(
                parts["train"].examples(),
                parts["validation"].examples(),
                config,
                Path(folder),
            ).model
        network = logits_model(model)
        return lambda part: predict_logits(
            network, part.examples(), batch_size=256, max_frames=1
        )

    return trained


METHODS: dict[str, Callable[[Mapping[str, Part], int], Scorer]] = {
    OURS: ours("nextvlad"),
    "average pooling (vidcat)": ours("average"),
    "logistic regression (scikit-learn)": logistic_regression,
    "two-layer perceptron (scikit-learn)": perceptron,
}


class Measured(NamedTuple):
    """A trained model's figures, and the test scores behind them."""

    figures: Figures
    logits: NDArray[np.floating]
    curve: PrecisionCoverageCurve


def measure(scorer: Scorer, parts: Mapping[str, Part]) -> Measured:
    """Calibrates, sets the threshold, and measures on the test part.

    The labels are YouTube-8M's own and belong to no taxonomy: one threshold for all of
    them is taken, the best on its half of the calibration part.
    """
    calibration, test = parts["calibration"], parts["test"]
    logits = scorer(calibration)
    halves = calibration_halves([Video(id=one) for one in calibration.ids])
    calibrator = fit_calibrator(logits[halves.first], calibration.labels[halves.first])
    reached = precision_coverage_curve(
        calibration.labels[halves.second],
        calibrator.calibrate(logits[halves.second]),
    ).best(TARGET)
    logits = scorer(test)
    probabilities = calibrator.calibrate(logits)
    chosen = probabilities >= (np.inf if reached is None else reached.threshold)
    point = operating_point(test.labels, chosen, chosen)
    ranking = video_metrics(test.labels, logits)
    curve = precision_coverage_curve(test.labels, probabilities)
    best = curve.best(TARGET)
    figures = Figures(
        ranking["gap"],
        ranking["mean_average_precision"],
        point.precision,
        point.coverage,
        0.0 if best is None else best.coverage,
    )
    return Measured(figures, logits, curve)


def differences(
    ours_logits: Sequence[NDArray[Any]],
    theirs_logits: Sequence[NDArray[Any]],
    labels: NDArray[np.int8],
) -> Iterator[tuple[float, float]]:
    """Ours less theirs in GAP and mAP, on test videos drawn anew with replacement."""
    rng = np.random.default_rng(0)
    for draw in range(RESAMPLES):
        rows = rng.integers(len(labels), size=len(labels))
        pair = [
            video_metrics(labels[rows], logits[draw % len(logits)][rows])
            for logits in (ours_logits, theirs_logits)
        ]
        yield (
            pair[0]["gap"] - pair[1]["gap"],
            pair[0]["mean_average_precision"] - pair[1]["mean_average_precision"],
        )


def table(
    measured: Mapping[str, Sequence[Measured]], parts: Mapping[str, Part]
) -> list[str]:
    """The lines of both tables, in Markdown."""
    lines = [
        "| model | GAP | mAP | precision reached | coverage at the operating point "
        "| coverage at 0.80 (optimistic) |",
        "|---|---|---|---|---|---|",
    ]
    for name, runs in measured.items():
        columns = np.array([run.figures for run in runs]).T
        cells = [
            f"{values.mean():.3f} ± {values.std(ddof=1):.3f}"
            if len(values) > 1
            else f"{values[0]:.3f}"
            for values in columns
        ]
        lines.append("| " + " | ".join([name, *cells]) + " |")
    lines += ["", f"| {OURS} less | GAP | mAP |", "|---|---|---|"]
    for name, runs in measured.items():
        if name == OURS:
            continue
        drawn = differences(
            [run.logits for run in measured[OURS]],
            [run.logits for run in runs],
            parts["test"].labels,
        )
        low, middle, high = np.percentile(list(drawn), (2.5, 50, 97.5), axis=0)
        cells = [
            f"{middle[at]:+.3f} ({low[at]:+.3f} to {high[at]:+.3f})" for at in (0, 1)
        ]
        lines.append("| " + " | ".join([name, *cells]) + " |")
    return lines


def draw(measured: Mapping[str, Sequence[Measured]], path: Path) -> None:
    """Draws the curves of the first seed, with the operating points."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), dpi=150, layout="constrained")
    axes = figure.subplots()
    for name, (first, *_) in measured.items():
        curve = first.curve.thinned(400)
        (line,) = axes.plot(curve.coverage, curve.precision, label=name)
        point = first.figures
        axes.plot(point.coverage, point.precision, "o", color=line.get_color())
    axes.axhline(TARGET, color="#444444", linestyle=":", linewidth=1)
    axes.set(
        xlabel="coverage: share of test videos with a label",
        ylabel="precision of the labels",
        title="YouTube-8M, 200 labels, one frame a video (dots: operating points)",
        xlim=(0.3, 1),
        ylim=(0.5, 1),
    )
    axes.legend(loc="lower left", frameon=False)
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    parts = read_parts(given.folder)
    sizes = ", ".join(f"{name} {len(part.ids)}" for name, part in parts.items())
    print(f"Videos: {sizes}.", flush=True)
    measured: dict[str, list[Measured]] = {}
    for name, method in METHODS.items():
        # The regressions have one optimum, whatever the seed.
        seeds = 1 if method is logistic_regression else given.seeds
        measured[name] = []
        for seed in range(seeds):
            measured[name].append(measure(method(parts, seed), parts))
            print(name, seed, measured[name][-1].figures, flush=True)
    lines = [f"Videos: {sizes}. Seeds: {given.seeds}; ± is their deviation.", ""]
    lines += table(measured, parts)
    print("\n".join(lines))
    replace_figures(HERE.with_suffix(".md"), lines)
    draw(measured, HERE.with_suffix(".png"))


if __name__ == "__main__":
    main()
