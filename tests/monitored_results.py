"""Results and score vectors for tests, as `vidcat classify` writes them."""

import json

import numpy as np
from both_sources import TEXT_LABELS

from vidcat.inference.export.score_vector_writer import ScoreVectorWriter
from vidcat.inference.export.scored_by import ScoredBy
from vidcat.inference.merges.said import Said
from vidcat.inference.results import ResultKey
from vidcat.inference.scored import Scored
from vidcat.inference.video import Video
from vidcat.training.monitoring.comparing import compare_sides
from vidcat.training.monitoring.side import read_side

TENNIS, SPORTS, COOKING, CARS = "539", "483", "216", "1"


def result(video_id, scores=None, *, status=None, bundle="b" * 64, **fields):
    """One result as a JSON object; `scores` by category."""
    scores = {} if scores is None else scores
    line = {
        "id": video_id,
        "key": {"source_version": None, "content_sha256": None, "bundle": bundle},
        "status": status or ("ok" if scores else "no_category"),
        "parts": {"text": "ok", "visual": "not_asked"},
        "reason": None,
        "categories": [
            {
                "id": category,
                "name": category,
                "path": [category],
                "score": score,
                "confident": True,
                "sources": ["text"],
                "evidence": [],
            }
            for category, score in scores.items()
        ],
        "taxonomy": "3.1",
    }
    return line | fields


def write_results(path, results):
    """Writes result lines; the path."""
    path.write_text("".join(json.dumps(one) + "\n" for one in results))
    return path


def drawn_results(rates, videos, seed, *, spread=(5, 2), name="v"):
    """Results of videos that get each category by chance, with drawn scores."""
    rng = np.random.default_rng(seed)
    said = rng.random((videos, len(rates))) < np.array(list(rates.values()))
    scores = rng.beta(*spread, said.shape).round(4)
    for number in range(videos):
        found = {
            category: float(scores[number, place])
            for place, category in enumerate(rates)
            if said[number, place]
        }
        yield result(f"{name}-{number}", found)


def write_vectors(path, scores):
    """Vectors of a text model, one video a row; `None` where text is silent."""
    scored_by = ScoredBy(bundle="b" * 64, text=TEXT_LABELS, visual=None)
    key = ResultKey(source_version=None, content_sha256=None, bundle="b" * 64)
    with ScoreVectorWriter(path, scored_by) as writer:
        for number, row in enumerate(scores):
            text = Said(state="no_text")
            if row is not None:
                text = Said(state="ok", probabilities=np.array(row, np.float32))
            scored = Scored(
                row=Video(id=f"v-{number}"),
                key=key,
                text=text,
                visual=Said(state="not_asked"),
            )
            writer.add(scored)
    return path


def drift_between(folder, baseline, today, **options):
    """Writes the results of both sides and compares them."""
    sides = [
        read_side(write_results(folder / name, rows))
        for name, rows in (("baseline.jsonl", baseline), ("today.jsonl", today))
    ]
    return compare_sides(*sides, **options)
