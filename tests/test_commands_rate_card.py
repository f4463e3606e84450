"""`vidcat rate-card`: from results and a measured run to a card."""

import csv
import json

import numpy as np
import pytest
from measured_runs import FOOD, PETS, make_run
from result_files import BUNDLE, result, span, write_results
from video_files import RED, make_colour_video

from vidcat.inference.catalogs.writer import write_catalog
from vidcat.inference.video import Video


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    folder = tmp_path_factory.mktemp("card")
    make_run(
        np.ones((40, 3)), np.full((40, 3), 0.9), provenance={"bundle": BUNDLE}
    ).save(folder / "run")
    make_colour_video(folder / "a.mp4", [RED])
    (folder / "torn.mp4").write_bytes(b"\x00" * 64)
    videos = [
        Video(id="a", path=str(folder / "a.mp4"), duration_seconds=120.0),
        Video(id="b", path=str(folder / "torn.mp4"), language="fr"),
    ]
    write_catalog(videos, folder / "catalog.jsonl")
    write_results(
        folder / "results.jsonl",
        result("a", (FOOD, 0.9, span(0, 1)), PETS),
        result("b", FOOD),
    )
    return folder


def words(job, *more):
    return (
        *("rate-card", job / "results.jsonl", "--run", job / "run"),
        *("--out", job / "card.html", *more),
    )


def test_a_card_is_written_and_printed(run, job):
    done = run(*words(job, "--catalog", job / "catalog.jsonl"))
    assert done.exit_code == 0, done.output
    printed = " ".join(done.stdout.split())
    assert "2 of 2 categories may be sold, on 2 videos; gold truth" in printed
    assert "Food & Drink 2 2.0 1.00 0.91 to 1.00 yes" in printed
    assert "No picture of 1 videos" in done.stderr
    page = (job / "card.html").read_text()
    assert page.count("data:image/jpeg;base64,") == 2
    values = json.loads((job / "card.json").read_text())
    assert [one["id"] for one in values["categories"]] == [FOOD, PETS]
    with (job / "card.csv").open() as file:
        assert [row["id"] for row in csv.DictReader(file)] == [FOOD, PETS]


def test_without_a_catalog_there_are_no_pictures(run, job):
    done = run(*words(job, "--json"))
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == json.loads((job / "card.json").read_text())
    assert "data:image/jpeg" not in (job / "card.html").read_text()


def test_the_page_must_be_html(run, job):
    done = run(
        *("rate-card", job / "results.jsonl", "--run", job / "run"),
        *("--out", job / "card.csv"),
    )
    assert done.exit_code == 2
    assert "--out must end in .html" in done.stderr


def test_a_damaged_line_is_named(run, job, tmp_path):
    (tmp_path / "torn.jsonl").write_text("{}\n")
    done = run(
        *("rate-card", tmp_path / "torn.jsonl", "--run", job / "run"),
        *("--out", job / "card.html"),
    )
    assert done.exit_code == 1
    assert "torn.jsonl, line 1: each line must be a result" in str(done.exception)


@pytest.mark.parametrize("name", ["mine.csv", "mine.json", "mine.html"])
def test_a_card_does_not_take_the_place_of_something_else(run, job, tmp_path, name):
    kept = tmp_path / name
    kept.write_text("id,path\na,a.mp4\n")
    done = run(
        *("rate-card", job / "results.jsonl", "--run", job / "run"),
        *("--out", tmp_path / "mine.html"),
    )
    assert done.exit_code == 1
    assert f"{name}: something else is there" in str(done.exception)
    assert kept.read_text() == "id,path\na,a.mp4\n"
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_an_earlier_card_is_replaced(run, job):
    for _ in range(2):
        done = run(*words(job))
        assert done.exit_code == 0, done.output
