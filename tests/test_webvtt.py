import re

import pytest

from vidcat.inference.export.file_names import file_stem
from vidcat.inference.export.webvtt import webvtt
from vidcat.inference.results import (
    Categorization,
    CategoryResult,
    EvidenceSpan,
    ResultKey,
)

# WebVTT, section 4: a block of a cue is timings and lines without "-->".
TIME = r"\d{2,}:[0-5]\d:[0-5]\d\.\d{3}"
CUE = re.compile(rf"({TIME}) --> ({TIME})\n((?:(?!.*-->)[^\n]+\n?)+)")


def category(name, *spans, category_id="539"):
    return CategoryResult(
        id=category_id,
        name=name,
        path=(name,),
        score=0.9,
        confident=True,
        sources=("visual",),
        evidence=tuple(
            EvidenceSpan(
                start_seconds=start, end_seconds=end, weight=weight, best_seconds=start
            )
            for start, end, weight in spans
        ),
    )


def result(*categories, video_id="a"):
    return Categorization(
        id=video_id,
        key=ResultKey(source_version=None, content_sha256=None, bundle="00"),
        status="ok",
        parts={"text": "no_model", "visual": "ok"},
        reason=None,
        categories=categories,
        taxonomy="3.1",
    )


def cues(text):
    """The cues of a file, by the grammar; fails where there is anything else."""
    head, *blocks = text.rstrip("\n").split("\n\n")
    assert head == "WEBVTT"
    found = [CUE.fullmatch(block) for block in blocks]
    assert all(found), text
    return [match.groups() for match in found]


def test_each_stretch_is_a_cue_in_order_of_time():
    text = webvtt(
        result(
            category("Tennis", (60.5, 70.0, 0.75), (3.0, 5.25, 0.25)),
            category("Beach", (10.0, 3725.007, 1.0)),
        )
    )
    assert cues(text) == [
        ("00:00:03.000", "00:00:05.250", "Tennis (0.25)"),
        ("00:00:10.000", "01:02:05.007", "Beach (1.00)"),
        ("00:01:00.500", "00:01:10.000", "Tennis (0.75)"),
    ]


def test_categories_of_one_stretch_share_its_cue():
    spans = (3.0, 5.0, 1.0)
    text = webvtt(result(category("Sports", spans), category("Tennis", spans)))
    assert cues(text) == [
        ("00:00:03.000", "00:00:05.000", "Sports (1.00)\nTennis (1.00)")
    ]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Hip Hop & <b>Rap</b>", "Hip Hop &amp; &lt;b&gt;Rap&lt;/b&gt;"),
        ("a --> b", "a --&gt; b"),
        (
            "one\n\n00:00:00.000 --> 00:00:01.000",
            "one 00:00:00.000 --&gt; 00:00:01.000",
        ),
    ],
)
def test_names_cannot_break_out_of_their_cue(name, written):
    ((_, _, payload),) = cues(webvtt(result(category(name, (0.0, 1.0, 1.0)))))
    assert payload == f"{written} (1.00)"


def test_a_cue_ends_after_it_begins():
    ((start, end, _),) = cues(webvtt(result(category("Tennis", (2.0, 2.0, 1.0)))))
    assert (start, end) == ("00:00:02.000", "00:00:02.001")


def test_without_evidence_there_are_no_cues():
    assert webvtt(result(category("Tennis"))) == "WEBVTT\n"


@pytest.mark.parametrize(
    "video_id",
    [
        "../../etc/passwd",
        "/abs",
        ".",
        "..",
        ".hidden",
        "a/b",
        "C:\\x",
        "\ud800",
        "é" * 300,
    ],
)
def test_a_strange_id_is_one_plain_file_name(video_id):
    stem = file_stem(video_id)
    assert re.fullmatch(r"[A-Za-z0-9_-]*~[0-9a-f]{16}", stem)
    assert len(stem) <= 80


def test_two_ids_never_share_a_name():
    ids = ["a/b", "a_b", "a.b", "a\\b", "A_b", "a_B", " a_b", "a_b ", "../a_b"]
    ids += [file_stem("a/b"), file_stem("A_b")]
    stems = [file_stem(one).lower() for one in ids]
    assert len(set(stems)) == len(ids)


def test_a_plain_id_is_its_own_name():
    assert file_stem("clip-07.v2") == "clip-07.v2"
