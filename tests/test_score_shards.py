"""Scores of many processes end as one row a video, that behind its result."""

import itertools

import numpy as np
import pytest
from both_sources import TEXT_LABELS, VISUAL_LABELS

from vidcat.inference.export.score_shards import runs_in, settle_scores, shard_name
from vidcat.inference.export.score_vector_writer import parquet_bytes
from vidcat.inference.export.score_vectors import read_score_vectors
from vidcat.inference.export.scored_by import ScoredBy
from vidcat.inference.merges.said import Said
from vidcat.inference.results import ResultKey
from vidcat.inference.scored import Scored
from vidcat.inference.video import Video

BUNDLE, OTHER = "ab" * 32, "cd" * 32
SLOW = Said(state="timeout", status="timeout", note="too slow")
parts = itertools.count(16)


def scored(name, first, visual=None, bundle=BUNDLE):
    """A video whose text says `first` and 0.5."""
    said = Said(state="ok", probabilities=np.array([0.25, 0.75]))
    return Scored(
        row=Video(id=name),
        key=ResultKey(source_version="7-1", content_sha256=None, bundle=bundle),
        text=Said(state="ok", probabilities=np.array([first, 0.5])),
        visual=said if visual is None else visual,
    )


def write(folder, run, *rows, bundle=BUNDLE):
    scored_by = ScoredBy(bundle=bundle, text=TEXT_LABELS, visual=VISUAL_LABELS)
    path = folder / shard_name(run, f"{next(parts):x}")
    path.write_bytes(parquet_bytes(rows, scored_by))
    return path


def ledger(*rows):
    """Rows of a ledger; `visual` is the state of the frames, good if not given."""
    for name, run, *visual in rows:
        state = visual[0] if visual else "ok"
        yield {
            "id": name,
            "run": run,
            "parts": {"text": "ok", "visual": state},
            "reason": "too slow" if state == "timeout" else None,
        }


def first_values(*paths):
    """The first value of the text of each video."""
    found = {}
    for batch in read_score_vectors(*paths).batches():
        for head, row in zip(batch.heads, batch.text, strict=True):
            assert head.id not in found
            found[head.id] = float(row[0])
    return found


def test_the_row_of_the_run_that_gave_the_result_is_kept(tmp_path):
    write(tmp_path, "r1-a", scored("x", 0.125), scored("y", 0.25))
    write(tmp_path, "r2-b", scored("x", 0.375), scored("z", 0.5))
    # A runner did `z` again, with the same result.
    write(tmp_path, "r2-b", scored("z", 0.5))
    settle_scores(tmp_path, ledger(("x", "r2-b"), ("y", "r1-a"), ("z", "r2-b")))
    assert first_values(tmp_path) == {"x": 0.375, "y": 0.25, "z": 0.5}
    # One file a run.
    assert len(list(tmp_path.iterdir())) == 2
    assert runs_in(tmp_path) == {"r1-a", "r2-b"}


def test_an_answer_that_a_later_failure_did_not_replace_keeps_its_scores(tmp_path):
    write(tmp_path, "r1", scored("x", 0.125))
    write(tmp_path, "r2", scored("x", 0.25, visual=SLOW))
    settle_scores(tmp_path, ledger(("x", "r1")))
    assert first_values(tmp_path) == {"x": 0.125}
    assert runs_in(tmp_path) == {"r1"}


def test_within_a_run_the_row_that_says_what_the_result_says_is_kept(tmp_path):
    write(tmp_path, "r1", scored("x", 0.125, visual=SLOW))
    write(tmp_path, "r1", scored("x", 0.25))
    settle_scores(tmp_path, ledger(("x", "r1")))
    assert first_values(tmp_path) == {"x": 0.25}


def test_scores_without_a_result_are_dropped(tmp_path):
    write(tmp_path, "r1", scored("x", 0.125), scored("left", 0.25))
    settle_scores(tmp_path, ledger(("x", "r1")))
    assert first_values(tmp_path) == {"x": 0.125}
    settle_scores(tmp_path, ledger())
    assert list(tmp_path.iterdir()) == []


def test_settling_again_touches_nothing(tmp_path):
    write(tmp_path, "r1", scored("x", 0.125))
    write(tmp_path, "r1", scored("y", 0.25))
    rows = list(ledger(("x", "r1"), ("y", "r1")))
    settle_scores(tmp_path, rows)
    (path,) = tmp_path.iterdir()
    before = path.stat().st_mtime_ns
    settle_scores(tmp_path, rows)
    assert path.stat().st_mtime_ns == before


def test_what_was_left_between_two_steps_of_settling_is_settled(tmp_path):
    first = write(tmp_path, "r1", scored("x", 0.125))
    second = write(tmp_path, "r1", scored("y", 0.25))
    kept = [path.read_bytes() for path in (first, second)]
    rows = list(ledger(("x", "r1"), ("y", "r1")))
    settle_scores(tmp_path, rows)
    # Killed before the second file was removed.
    second.write_bytes(kept[1])
    settle_scores(tmp_path, rows)
    assert first_values(tmp_path) == {"x": 0.125, "y": 0.25}
    assert len(list(tmp_path.iterdir())) == 1


def test_bundles_keep_files_of_their_own_and_others_files_are_left_alone(tmp_path):
    write(tmp_path, "r1", scored("x", 0.125))
    write(tmp_path, "r1", scored("y", 0.25, bundle=OTHER), bundle=OTHER)
    (tmp_path / "scores-notes.txt").write_text("mine")
    settle_scores(tmp_path, ledger(("x", "r1"), ("y", "r1")))
    paths = sorted(tmp_path.glob("*.parquet"))
    assert [first_values(path) for path in paths] == [{"x": 0.125}, {"y": 0.25}]
    assert (tmp_path / "scores-notes.txt").read_text() == "mine"


def test_many_rows_are_copied_in_their_order(tmp_path):
    # More than the 4,096 rows of a row group, from two files.
    names = [f"v{at}" for at in range(5000)]
    half = [scored(name, at / 8192) for at, name in enumerate(names)]
    write(tmp_path, "r1", *half[:3000])
    write(tmp_path, "r1", *half[3000:])
    settle_scores(tmp_path, ledger(*((name, "r1") for name in names)))
    values = first_values(tmp_path)
    assert list(values) == names
    assert values == {name: at / 8192 for at, name in enumerate(names)}


def test_before_they_are_settled_the_last_file_of_a_video_counts(tmp_path):
    last = write(tmp_path, "r2", scored("x", 0.5), scored("z", 0.375))
    first = write(tmp_path, "r1", scored("x", 0.125), scored("y", 0.25))
    assert first_values(tmp_path) == {"x": 0.5, "y": 0.25, "z": 0.375}
    assert len(read_score_vectors(tmp_path)) == 3
    # The order of files that are given one by one is that of the caller.
    assert first_values(last, first)["x"] == 0.125


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_rows_that_count_are_found_in_batches_of_any_size(tmp_path, rows):
    names = [f"v{at}" for at in range(9)]
    write(tmp_path, "r1", *(scored(name, 0.125) for name in names))
    write(tmp_path, "r2", *(scored(name, 0.25) for name in names[::3]))
    stored = read_score_vectors(tmp_path)
    found = [
        (head.id, float(text[0]))
        for batch in stored.batches(rows)
        for head, text in zip(batch.heads, batch.text, strict=True)
    ]
    # Every third video, from the first on, was done again.
    expected = [(f"v{at}", 0.125) for at in (1, 2, 4, 5, 7, 8)]
    expected += [(f"v{at}", 0.25) for at in (0, 3, 6)]
    assert found == expected
    assert len(stored) == 9
