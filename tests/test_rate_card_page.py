"""The card as a page and a table: whole, safe, and true to its figures."""

import base64
import csv
import hashlib
import io
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest
from measured_runs import FOOD, PETS, TRAVEL, make_run, thresholds_at
from result_files import result, span, write_results
from video_files import BLUE, GREEN, RED, make_colour_video

from vidcat.inference.video import Video
from vidcat.training.rate_card.card import make_rate_card
from vidcat.training.rate_card.page import page_of
from vidcat.training.rate_card.pictures import take_pictures
from vidcat.training.rate_card.table import table_of
from vidcat.training.rate_card.writing import write_rate_card

TODAY = date(2026, 3, 5)
VOID = {"meta", "img", "input"}
HOSTILE = '</td><script>alert("x")</script><img src=x onerror=alert(1)>&amp;{{7*7}}'


class Page(HTMLParser):
    """The elements and the text of a page, and the cells of its table."""

    def __init__(self, markup):
        super().__init__()
        self.elements, self.text, self.open, self.rows = [], [], [], []
        self.inline = {"style": "", "script": ""}
        self.feed(markup)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] and self.open[-1] in self.inline:
            self.inline[self.open[-1]] += data
            return
        self.text.append(data)
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data

    def policy(self):
        (found,) = (
            fields["content"]
            for tag, fields in self.elements
            if fields.get("http-equiv") == "Content-Security-Policy"
        )
        return dict(part.split(" ", 1) for part in found.split("; "))


@pytest.fixture
def card_of(tmp_path):
    """A card of results on Food, Pets and Travel; Pets shares its threshold."""
    thresholds = thresholds_at(0.5, basis=("own", "pooled", "own"))
    run = make_run(
        np.ones((40, 3)), np.full((40, 3), 0.9), thresholds={"visual": thresholds}
    )

    def make(*lines, videos=None, run=run, samples=0):
        path = write_results(tmp_path / "results.jsonl", *lines)
        return make_rate_card(path, run, videos, samples=samples)

    make.run = run
    return make


def test_the_page_says_what_the_card_holds(card_of):
    videos = [
        Video(id="a", duration_seconds=5400.0, language="en"),
        Video(id="b", language="fr"),
    ]
    lines = (result("a", (FOOD, 0.9, span(0, 3)), PETS), result("b", (FOOD, 0.7)))
    page = Page(page_of(card_of(*lines, videos=videos), made_on=TODAY))
    heads, food, pets = ([" ".join(cell.split()) for cell in row] for row in page.rows)
    assert heads == [
        *("Category", "Sellable", "Videos", "Minutes", "Precision"),
        *("Languages", "Mean score", "With evidence"),
    ]
    assert food[0] == "Food & Drink Food & Drink · 210"
    assert food[1].startswith("sellableshown to hold 0.80 by itself")
    assert food[2:4] == ["2", "90+ 1 of unknown duration"]
    assert food[4] == "1.000.91 to 1.0040 of 40"
    assert food[5:] == ["en 1, fr 1", "0.80", "50%"]
    assert pets[1].startswith("not sellableit shares a threshold")
    assert pets[3] == "90"
    text = " ".join("".join(page.text).split())
    assert "1 of 2 categories may be sold, on 2 videos, 2 of them with a" in text
    assert "A category is sellable where its threshold was shown" in text
    assert "Made on 5 March 2026" in text


def test_the_page_may_load_nothing_and_run_nothing_but_its_own(card_of):
    page = Page(page_of(card_of(result("a", FOOD)), made_on=TODAY))
    policy = page.policy()
    assert policy["default-src"] == "'none'"
    assert policy["img-src"] == "data:"
    for name in ("style", "script"):
        digest = hashlib.sha256(page.inline[name].encode()).digest()
        allowed = f"'sha256-{base64.b64encode(digest).decode()}'"
        assert policy[f"{name}-src"] == allowed
    fields = {name for _, attrs in page.elements for name in attrs}
    assert not fields & {"href", "srcset", "style", "onclick"}


def test_hostile_text_stays_text(card_of, tmp_path):
    path = make_colour_video(tmp_path / "a.mp4", [RED])
    videos = [Video(id=HOSTILE, path=str(path), language=HOSTILE)]
    lines = (result(HOSTILE, (FOOD, 0.9, span(0, 1))),)
    run = replace(card_of.run, name=HOSTILE)
    card = card_of(*lines, videos=videos, run=run, samples=1)
    page = Page(page_of(card, made_on=TODAY, pictures=take_pictures(card, 1)))
    assert [tag for tag, _ in page.elements].count("script") == 1
    (picture,) = (fields for tag, fields in page.elements if tag == "img")
    assert picture["alt"].startswith(HOSTILE)
    assert not any(
        name.startswith("on") for _, fields in page.elements for name in fields
    )
    assert HOSTILE in "".join(page.text)


def colour_of(jpeg):
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    return picture.mean(axis=(0, 1))


def test_pictures_are_of_the_seconds_that_speak_for_the_category(card_of, tmp_path):
    path = make_colour_video(tmp_path / "a.mp4", [RED, GREEN, BLUE], 2.0)
    videos = [Video(id="a", path=str(path))]
    lines = (result("a", (FOOD, 0.9, span(4, 6)), (PETS, 0.9, span(0, 2)), TRAVEL),)
    pictures = take_pictures(card_of(*lines, videos=videos, samples=3), 3)
    (food,) = pictures.by_category[FOOD]
    (pets,) = pictures.by_category[PETS]
    (travel,) = pictures.by_category[TRAVEL]
    assert (food.seconds, pets.seconds, travel.seconds) == (5.0, 1.0, None)
    np.testing.assert_allclose(colour_of(food.jpeg), BLUE, atol=12)
    np.testing.assert_allclose(colour_of(pets.jpeg), RED, atol=12)


def test_others_stand_in_for_videos_that_cannot_be_decoded(card_of, tmp_path):
    (tmp_path / "torn.mp4").write_bytes(b"\x00" * 64)
    whole = make_colour_video(tmp_path / "a.mp4", [RED])
    videos = [
        Video(id=f"v{at}", path=str(tmp_path / "torn.mp4" if at < 2 else whole))
        for at in range(4)
    ]
    lines = [result(f"v{at}", FOOD) for at in range(4)]
    pictures = take_pictures(card_of(*lines, videos=videos, samples=2), 2)
    found = {one.video_id for one in pictures.by_category[FOOD]}
    assert found == {"v2", "v3"}


def test_what_a_reader_must_know_stands_first(card_of):
    pseudo = replace(card_of.run, truth="pseudo")
    text = page_of(card_of(result("a", FOOD), run=pseudo), made_on=TODAY)
    assert "were set by a model" in text
    assert '<th class="number" data-kind="number">Agreement</th>' in text
    assert "No catalog was given" in text
    assert "does not say which model it measured" in text


def test_the_table_holds_no_formulas(card_of):
    videos = [Video(id="a", language="=HYPERLINK(1)")]
    text = table_of(card_of(result("a", FOOD, PETS), videos=videos))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["name"] for row in rows] == ["Food & Drink", "Pets"]
    assert rows[0]["languages"] == "'=hyperlink(1): 1"
    assert (rows[0]["sellable"], rows[1]["sellable"]) == ("yes", "no")
    assert (rows[0]["precision"], rows[0]["precision_high"]) == ("1.0000", "1.0000")
    assert rows[0]["minutes"] == ""


def test_any_text_can_be_written(card_of, tmp_path):
    videos = [Video(id="a", language="half \ud83d pair")]
    card = card_of(result("a", FOOD), videos=videos)
    write_rate_card(card, tmp_path / "cards" / "card.html", made_on=TODAY)
    for suffix in ("html", "csv"):
        text = (tmp_path / "cards" / f"card.{suffix}").read_text("utf-8")
        assert "half ? pair" in text


def test_results_without_a_category_make_an_empty_card(card_of):
    card = card_of(result("a"))
    assert len(Page(page_of(card, made_on=TODAY)).rows) == 1
    assert table_of(card) == "id\n"
