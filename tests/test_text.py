import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidcat.inference.texts.text import MAX_CHARACTERS, cleaned_text, joined_text
from vidcat.inference.video import Video


def test_title_tags_and_description_are_joined_in_this_order():
    video = Video(
        id="a", title="First serve", tags=("tennis", "club"), description="A match."
    )
    assert joined_text(video) == "First serve\ntennis, club\nA match."


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"title": " \t\n", "tags": ("", " "), "description": ""},
        {"title": "...", "tags": ("!?", "-"), "description": "$ ---- %"},
        {"title": "https://example.com/watch?v=1", "description": "<br/><p></p>"},
        {"title": "\u200b\ufeff\u2060", "description": "\x00\x01"},
        # Hangul filler, Braille blank, private use, a lone surrogate.
        {"title": "\u3164\u2800", "tags": ("\ue000",), "description": "\ud83d"},
    ],
)
def test_where_nothing_is_left_there_is_no_text(fields):
    assert joined_text(Video(id="a", **fields)) is None


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("Caf&eacute; &amp; th&#233; &#x1F375;", "Café & thé 🍵"),
        ("<p>One</p><p class='x'>two</p><br>three", "One two three"),
        ("&lt;b&gt;bold&lt;/b&gt; move", "bold move"),
        ("a<!-- hidden <b>note</b> -->b", "a b"),
        ("a<SCRIPT>var x = 1 < 2;</script >b", "a b"),
        ("a<style>p { color: red }</style>b", "a b"),
        ("open <!-- never closed", "open <!-- never closed"),
        ("I <3 you > me, 1 < 2", "I <3 you > me, 1 < 2"),
        ("see https://example.com/a?b=c&d and www.example.com now", "see and now"),
        ("Clan:http://example.com/x Twitch:twitch.tv/me/ end", "Clan: Twitch: end"),
        ("詳細はhttp://example.com/こちら", "詳細は こちら"),
        ("e.g. this and/or that, Node.js", "e.g. this and/or that, Node.js"),
        ("one\x00two\x07three\x85four", "one two three four"),
        ("ti\u200btle\ufeff \u2066here\u2069 so\u00adft", "title here soft"),
        ("broken \ud83d here \ufffd.", "broken here ."),
        ("e\u0301te\u0301", "\u00e9t\u00e9"),
        ("a \n\r\n\t b\u00a0\u3000c", "a b c"),
        ("&#99999999999999999999999999;x", "x"),
        ("&#" + "9" * 10_000 + "; x", "x"),
        ("&#xD800; &bogus; &", "&bogus; &"),
    ],
)
def test_what_people_do_not_see_goes(raw, cleaned):
    assert cleaned_text(raw) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "👨\u200d👩\u200d👧 ❤\ufe0f 🇫🇷",
        "مباراة التنس اليوم",
        "שלום עולם 2024",
        # A zero-width non-joiner is spelling in Persian.
        "می\u200cخواهم",  # noqa: RUF001
        "हिन्दी समाचार",
        "東京タワー",
        "🎾",
        "7",
    ],
)
def test_emoji_and_other_scripts_survive(text):
    assert cleaned_text(text) == text


def test_joiners_within_plain_letters_go():
    assert cleaned_text("v\u200di\u200cdeo") == "video"


def test_a_long_text_is_cut_at_the_end_of_a_word():
    text = joined_text(Video(id="a", title="Start", description="seven77 " * 2_000))
    assert MAX_CHARACTERS - 8 <= len(text) <= MAX_CHARACTERS
    assert text.startswith("Start\nseven77 ")
    assert text.endswith(" seven77")


def test_a_text_that_just_fits_is_not_cut():
    words = "a" * 99 + " "
    text = (words * 40)[:MAX_CHARACTERS].rstrip()
    assert joined_text(Video(id="a", title=text)) == text
    fits = "b" * (MAX_CHARACTERS - 4) + " end"
    assert joined_text(Video(id="a", title=fits)) == fits
    assert joined_text(Video(id="a", title=fits + "less")) == fits[:-4]


def test_text_without_blanks_is_cut_to_the_limit():
    assert joined_text(Video(id="a", title="語" * 9_000)) == "語" * MAX_CHARACTERS


HOSTILE = [
    *("<", "<a", "<!--", "<script>", "</", "<b <", "&", "&#", "&#9", "&lt;"),
    *("a.", "a-", "www.", "http", "http://", "a.b/", "\u200b", " \n", "é", "e\u0301"),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_megabyte_takes_time_in_proportion(piece):
    def seconds(characters):
        text = (piece * (characters // len(piece) + 1))[:characters]
        started = time.perf_counter()
        cleaned_text(text)
        return time.perf_counter() - started

    # Quadratic time would be 400 times that of a twentieth; a busy machine is not.
    assert seconds(1_000_000) < 100 * max(seconds(50_000), 0.002)


@given(st.text())
def test_cleaning_ends_in_composed_visible_text(text):
    cleaned = cleaned_text(text)
    assert cleaned == " ".join(cleaned.split())
    assert unicodedata.is_normalized("NFC", cleaned)
    cleaned.encode()
    assert "\x00" not in cleaned
