import json
import math

import numpy as np
import pytest
from monitored_results import SPORTS, TENNIS, result, write_results

from vidcat.inference.video import Video
from vidcat.training.monitoring.origins import VideoOrigins
from vidcat.training.monitoring.result_lines import InvalidResults, read_results
from vidcat.training.monitoring.score_tally import ScoresOf
from vidcat.training.monitoring.side import read_side
from vidcat.training.monitoring.tally import Fact, UnfitResults, tally_results


@pytest.fixture
def tally_of(tmp_path):
    def tally(*results, **options):
        path = write_results(tmp_path / "results.jsonl", results)
        return tally_results([path], **options)

    return tally


def test_every_result_is_counted_once(tally_of):
    tally = tally_of(
        result("a", {TENNIS: 0.9, SPORTS: 0.9}),
        result("b", {SPORTS: 0.7}),
        result("c"),
        result("d", status="decode_error", parts={"text": "no_text"}),
        result("e", status="skipped", bundle="c" * 64),
        result("a", {SPORTS: 0.7}),
    )
    assert (tally.videos, tally.answered, tally.skipped) == (5, 4, 1)
    assert tally.facts[Fact("category", SPORTS)] == 3
    assert tally.facts[Fact("category", TENNIS)] == 1
    assert tally.facts[Fact("status", "ok")] == 3
    assert tally.facts[Fact("status", "decode_error")] == 1
    assert tally.facts[Fact("text", "no_text")] == 1
    assert Fact("status", "skipped") not in tally.facts
    assert tally.bundles == {"b" * 64: 5, "c" * 64: 1}
    assert tally.ids_twice == 1
    # (2 + 1 + 0 + 1) / 4.
    assert tally.categories_per_video == 1.0
    # Too few to tell how much it varies.
    assert tally.categories_variance == math.inf


def test_scores_are_those_that_were_said_and_the_best_of_each_video(tally_of):
    scores = tally_of(
        result("a", {TENNIS: 0.25, SPORTS: 0.75}), result("b", {SPORTS: 0.5})
    ).scores
    sports = np.flatnonzero(scores.counts[ScoresOf("results", SPORTS)])
    best = np.flatnonzero(scores.counts[ScoresOf("results", None)])
    assert sports.tolist() == best.tolist() == [5000, 7500]
    assert scores.effective[ScoresOf("results", TENNIS)] == 1


def test_the_mean_varies_as_means_do(tally_of):
    rng = np.random.default_rng(0)
    sizes = rng.integers(0, 3, 200)
    some = [{}, {SPORTS: 0.5}, {SPORTS: 0.5, TENNIS: 0.5}]
    rows = [result(f"v-{number}", some[size]) for number, size in enumerate(sizes)]
    tally = tally_of(*rows)
    assert tally.categories_variance == pytest.approx(sizes.var(ddof=1) / 200)
    alone = tally_of(*rows, origins=VideoOrigins(owner={}, language={}))
    assert alone.categories_variance == pytest.approx(sizes.var(ddof=1) / 200)
    assert alone.not_in_catalog == 200


def test_catalogs_tell_owners_and_languages(tally_of):
    origins = VideoOrigins.of(
        [
            Video(id="a", owner="x", language="en"),
            Video(id="b", owner="x", language="fr"),
            Video(id="c", owner="y"),
        ]
    )
    rows = [result(name, {SPORTS: 0.5}) for name in "abcd"]
    tally = tally_of(*rows, origins=origins)
    assert tally.facts[Fact("language", "en")] == 1
    assert tally.facts[Fact("language", "unknown")] == 2
    assert tally.not_in_catalog == 1
    sums, videos = tally.by_owner(Fact("category", SPORTS))
    assert sorted(sums) == sorted(videos) == [1, 1, 2]
    # (2 + 1 + 1)^2 / (4 + 1 + 1).
    worth = tally.scores.effective[ScoresOf("results", SPORTS)]
    assert worth == pytest.approx(16 / 6)


GOOD = json.dumps(result("a", {SPORTS: 0.5}))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "Expecting property name"),
        ("[]", "the line is no JSON object but []"),
        ("[" * 100_000, "recursion"),
        ("null", "the line is no JSON object but None"),
        (GOOD.replace("0.5", "NaN"), "NaN is no number of JSON"),
        (GOOD.replace("0.5", "1.5"), "`score` is 1.5 and must be from 0 to 1"),
        (GOOD.replace("0.5", "true"), "`score` is no number but True"),
        (GOOD.replace('"ok"', '"fine"', 1), "`status` is 'fine', which is none of"),
        (GOOD.replace('"3.1"', '"9.9"'), "9.9"),
        (GOOD.replace('"id": "a"', '"id": 7'), "`id` is no text but 7"),
        (GOOD.replace('"categories": [', '"categories": 3, "x": ['), "no list but 3"),
        (GOOD.replace('"key": {', '"other": {'), "`key` is no JSON object"),
        (GOOD.replace('"id": "a"', f'"id": {[0] * 50}'), "no text but [0, 0, 0, 0"),
        (GOOD[:-20], "Received: "),
    ],
)
def test_a_damaged_line_is_named(tmp_path, line, problem):
    path = tmp_path / "results.jsonl"
    path.write_text(f"{GOOD}\n\n{line}\n{GOOD}\n")
    with pytest.raises(InvalidResults) as caught:
        list(read_results(path))
    assert str(caught.value).startswith(f"{path}, line 3: each line must be a result")
    assert problem in str(caught.value)


def test_bytes_that_are_no_text_are_named(tmp_path):
    path = tmp_path / "results.jsonl"
    path.write_bytes(GOOD.encode() + b"\n\xff\xfe\n")
    with pytest.raises(InvalidResults, match="line 2"):
        list(read_results(path))


def test_a_category_comes_once(tmp_path):
    twice = result("a", {SPORTS: 0.5})
    twice["categories"] *= 2
    path = write_results(tmp_path / "results.jsonl", [twice])
    with pytest.raises(InvalidResults, match="category '483' comes twice"):
        list(read_results(path))


def test_no_result_is_nothing_to_compare(tally_of):
    with pytest.raises(UnfitResults, match="Received: no line"):
        tally_of()
    with pytest.raises(UnfitResults, match="1 results, all of them skipped"):
        tally_of(result("a", status="skipped"))


def test_two_taxonomies_in_one_file_are_refused(tally_of):
    with pytest.raises(UnfitResults, match="must be of one taxonomy"):
        tally_of(result("a"), result("b", taxonomy="3.0"))


def test_a_folder_holds_results_in_parts(tmp_path):
    write_results(tmp_path / "part-1.jsonl", [result("a")])
    write_results(tmp_path / "part-2.jsonl", [result("b")])
    (tmp_path / "notes.txt").write_text("nothing of ours")
    assert read_side(tmp_path).videos == 2
    with pytest.raises(UnfitResults, match=r"Received: 'notes.txt'"):
        read_side(tmp_path / "notes.txt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnfitResults, match="Received: a folder with neither"):
        read_side(tmp_path / "empty")
    with pytest.raises(FileNotFoundError):
        read_side(tmp_path / "gone.jsonl")
