"""Rows a second and peak memory of the text models.

Usage: python benchmarks/text.py [--rows 100000] [--sentence-encoder SOURCE]

Makes texts of random words, trains the bag of words on two thousand of them, and
scores the others with it and with the lexicon, each in a process of its own, once few
rows and once all: the difference in peak memory is what rows cost. scikit-learn's
`TfidfVectorizer` with one logistic regression a label does the same work beside it.
With a sentence encoder, the multilingual model is measured as well. Takes about three
minutes on two cores.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.lexicon import Lexicon

TRAINING_ROWS = 2000
FEW = 2000
WORDS = 20_000
CATEGORIES = 40


def made_rows(count: int, seed: int) -> Iterator[Video]:
    """Rows of words by Zipf's law, with phrases of their category among them."""
    rng = np.random.default_rng(seed)
    entries: dict[str, list[str]] = {}
    for entry in Lexicon.load("en").entries:
        entries.setdefault(entry.category_id, []).append(entry.phrase)
    labels = [one for one in LabelSet.default().ids if one in entries][:CATEGORIES]
    for number in range(count):
        category = labels[int(rng.integers(len(labels)))]
        words = [f"w{int(one) % WORDS}" for one in rng.zipf(1.3, size=40)]
        phrase = entries[category][int(rng.integers(len(entries[category])))]
        yield Video(
            id=f"{seed}-{number}",
            owner=f"owner {number % 97}",
            title=f"{phrase} {' '.join(words[:5])}",
            description=" ".join(words[5:]),
            language="en",
            labels=(category,),
        )


def train(folder: Path, sentence_encoder: str | None) -> None:
    from vidcat.training.text import train_text
    from vidcat.training.texts.config import TextConfig

    rows = list(made_rows(TRAINING_ROWS, seed=0))
    labels = LabelSet.default()
    config = TextConfig(kind="bag-of-words", min_examples=5)
    train_text(rows, labels, folder / "bag-of-words", config=config)
    if sentence_encoder is not None:
        from vidcat.inference.sentence_encoder import SentenceEncoder

        train_text(
            rows,
            labels,
            folder / "multilingual",
            config=TextConfig(kind="multilingual", min_examples=5),
            sentence_encoder=SentenceEncoder.load(sentence_encoder),
        )


def score(model: str, folder: Path, count: int) -> float:
    """Scores rows; the seconds it took, without loading."""
    rows = list(made_rows(count, seed=1))
    others = {"lexicon": by_lexicon, "scikit-learn": by_scikit_learn}
    if model in others:
        return others[model](rows)
    from vidcat.inference.text_categorizer import TextCategorizer

    categorizer = TextCategorizer.load(folder / model)
    categorizer.score(rows[:300])
    started = time.perf_counter()
    found = categorizer.score(rows)
    seconds = time.perf_counter() - started
    assert set(found.states) == {"ok"}  # noqa: S101
    return seconds


def by_lexicon(rows: list[Video]) -> float:
    from vidcat.taxonomy.iab import load_iab
    from vidcat.training.weak_labels import weak_labels

    started = time.perf_counter()
    weak_labels(rows, ["en"] * len(rows), LabelSet.default(), load_iab("3.1"))
    return time.perf_counter() - started


def by_scikit_learn(rows: list[Video]) -> float:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    def texts(videos: list[Video]) -> list[str]:
        return [f"{video.title}\n{video.description}" for video in videos]

    known = list(made_rows(TRAINING_ROWS, seed=0))
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2)
    inputs = vectorizer.fit_transform(texts(known))
    truth = [(video.labels or ("",))[0] for video in known]
    model = OneVsRestClassifier(LogisticRegression()).fit(inputs, truth)
    started = time.perf_counter()
    for start in range(0, len(rows), 256):
        model.predict_proba(vectorizer.transform(texts(rows[start : start + 256])))
    return time.perf_counter() - started


def measured(model: str, folder: Path, count: int) -> dict[str, Any]:
    """Seconds and peak memory of a process that scores so many rows."""
    words = [sys.executable, __file__, "--worker", model, str(folder), str(count)]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def work(model: str, folder: Path, count: int) -> None:
    seconds = score(model, folder, count)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in KiB, macOS in bytes.
    megabytes = peak / (1024 if sys.platform == "linux" else 1024**2)
    print(json.dumps({"seconds": seconds, "megabytes": megabytes}))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--sentence-encoder")
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--train", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.train:
        train(Path(given.train), given.sentence_encoder)
        return
    if given.worker:
        model, folder, count = given.worker
        work(model, Path(folder), int(count))
        return
    models = ["bag-of-words", "scikit-learn", "lexicon"]
    if given.sentence_encoder is not None:
        models.append("multilingual")
    with tempfile.TemporaryDirectory() as name:
        # In a process of its own: a child's peak is at least its parent's size.
        words = [sys.executable, __file__, "--train", name]
        if given.sentence_encoder is not None:
            words += ["--sentence-encoder", given.sentence_encoder]
        subprocess.run(words, check=True)
        print(f"{'':14}{'rows/s':>9}{'MB at ' + str(FEW):>14}{'MB at all':>12}")
        for model in models:
            few = measured(model, Path(name), FEW)
            every = measured(model, Path(name), given.rows)
            print(
                f"{model:14}{given.rows / every['seconds']:9.0f}"
                f"{few['megabytes']:14.0f}{every['megabytes']:12.0f}",
                flush=True,
            )
    print(f"{given.rows} rows of about 300 characters; their own memory included.")


if __name__ == "__main__":
    main()
