"""Time and memory of an evaluation and its report, for 100,000 videos.

Scores of 196 categories are simulated, with owners, languages, durations and upload
categories; everything that the page shows is measured from them and written. Each way
runs in a process of its own, whose peak memory includes the arrays: scikit-learn
computes average precision and a precision-recall curve of each category from the same
matrix, and nothing else.

    python benchmarks/reporting.py
    python benchmarks/reporting.py --videos 10000
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

WAYS = ("report", "scikit-learn")
SECONDS, MEGABYTES = 60, 2000
OWNED = 8
"""Videos of an owner, on average."""


def simulated(videos, seed=0):
    """Truth of 2.5 categories a video and those above, and logits that tell of it."""
    from vidcat.taxonomy.labels import LabelSet

    random = np.random.default_rng(seed)
    labels = LabelSet.default()
    shape = (videos, len(labels))
    y_true = np.zeros(shape, np.int8)
    often = random.pareto(1.2, len(labels)) + 0.2
    y_true[random.random(shape, np.float32) < 2.5 * often / often.sum()] = 1
    for above, below in pairs_among(labels):
        y_true[:, above] |= y_true[:, below]
    y_true[random.random(shape, np.float32) < 0.02] = -1
    logits = random.standard_normal(shape, np.float32)
    logits += np.where(y_true == 1, np.float32(2.0), np.float32(-4.5))
    return labels, y_true, logits


def pairs_among(labels):
    """Positions of labels that imply one another: above, below."""
    from vidcat.taxonomy.iab import load_iab

    taxonomy = load_iab()
    return [
        (labels.index(above), labels.index(below))
        for below in labels
        for above in taxonomy.ancestors(below)
        if above in labels
    ]


def simulated_run(videos):
    from vidcat.inference.decisions import Thresholds, decision_matrix
    from vidcat.taxonomy.iab import load_iab
    from vidcat.training.measuring.measured_run import MeasuredRun, VideoFacts

    labels, y_true, logits = simulated(videos)
    probabilities = 0.5 * (1 + np.tanh(0.5 * logits))
    thresholds = Thresholds(
        values=(0.6,) * len(labels),
        confident=(True,) * len(labels),
        target_precision=0.8,
        truth="gold",
        assurance=0.95,
    )
    random = np.random.default_rng(1)
    owners = random.integers(0, max(videos // OWNED, 1), videos)
    languages = random.choice(["en", "fr", "de", "es", "pt-BR", "ja"], videos)
    genres = random.choice([f"genre {number}" for number in range(18)], videos)
    seconds = np.exp(random.normal(5.0, 1.2, videos))
    return MeasuredRun(
        name="simulated",
        truth="gold",
        target_precision=0.8,
        label_set=labels,
        videos=tuple(
            VideoFacts(
                id=f"video-{number:07d}",
                title=f"Video {number}",
                owner=f"owner-{owners[number]}",
                language=str(languages[number]),
                upload_category=str(genres[number]),
                duration_seconds=float(seconds[number]),
            )
            for number in range(videos)
        ),
        y_true=y_true,
        probabilities=probabilities,
        chosen=decision_matrix(probabilities, thresholds, labels, load_iab()).chosen,
        thresholds={"visual": thresholds},
        uncalibrated=probabilities,
    )


def since(seconds, processor_seconds):
    return time.perf_counter() - seconds, time.process_time() - processor_seconds


def report(videos):
    from vidcat.training.reporting.compose import compose_report
    from vidcat.training.reporting.page import write_page

    run = simulated_run(videos)
    began = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        write_page(compose_report([run], examples=6), Path(folder) / "report.html")
    return since(*began)


def scikit_learn(videos):
    from sklearn.metrics import average_precision_score, precision_recall_curve

    _, y_true, logits = simulated(videos)
    began = time.perf_counter(), time.process_time()
    for truth, score in zip(y_true.T, logits.T, strict=True):
        known = truth >= 0
        average_precision_score(truth[known], score[known])
        precision_recall_curve(truth[known], score[known])
    return since(*began)


def measured(way, videos):
    """Seconds, those of the processor, and peak megabytes, in a process of its own."""
    words = [sys.executable, __file__, "--way", way, "--videos", str(videos)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return tuple(map(float, done.stdout.split()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--videos", type=int, default=100_000)
    parser.add_argument("--way", choices=WAYS)
    given = parser.parse_args()
    if given.way is not None:
        way = report if given.way == "report" else scikit_learn
        figures = way(given.videos)
        # In kilobytes on Linux.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(*figures, peak)
        return
    print(f"{given.videos:,} videos, 196 categories")
    for way in WAYS:
        seconds, busy, megabytes = measured(way, given.videos)
        print(
            f"{way:>13}: {seconds:6.1f} s ({busy:.1f} s of processor), "
            f"peak memory {megabytes:.0f} MB"
        )
    print(f"aim: under {SECONDS} s and {MEGABYTES:,} MB on two cores")


if __name__ == "__main__":
    main()
