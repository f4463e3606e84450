"""Result lines are read as they were written; a damaged one is named."""

import json
import re

import pytest
from result_files import BUNDLE, result, span, write_results

from vidcat.inference.result_lines import (
    InvalidResults,
    SaidCategory,
    read_result_lines,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results.jsonl"


def test_results_are_read_as_they_were_written(path):
    spans = (span(2.0, 5.0, 0.25), span(9.0, 12.0, 0.75))
    write_results(
        path, result("a", ("539", 0.75, *spans), "483"), result("b", status="timeout")
    )
    first, second = read_result_lines(path)
    assert first.categories == (
        SaidCategory(id="539", score=0.75, evidence=spans, evidence_reason=None),
        SaidCategory(id="483", score=0.9, evidence=(), evidence_reason=None),
    )
    assert first.scores == {"539": 0.75, "483": 0.9}
    assert first.categories[0].best_span == spans[1]
    assert first.categories[1].best_span is None
    assert first.parts == {"text": "no_model", "visual": "ok"}
    assert (first.id, first.status, first.taxonomy) == ("a", "ok", "3.1")
    assert first.bundle == BUNDLE
    assert first.place == f"{path}, line 1"
    assert (second.id, second.status, second.categories) == ("b", "timeout", ())


def test_the_best_second_is_the_middle_where_the_result_does_not_say_it(path):
    line = result("a", ("539", 0.75, span(2.0, 5.0))).to_json()
    del line["categories"][0]["evidence"][0]["best_seconds"]
    path.write_text(json.dumps(line))
    (found,) = read_result_lines(path)
    assert found.categories[0].evidence[0].best_seconds == 3.5


def changed(**fields):
    return json.dumps(result("a", "539").to_json() | fields)


CATEGORY = result("a", "539").to_json()["categories"][0]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "Expecting property name"),
        ("[1]", "the line is no JSON object but [1]"),
        ("[" * 100_000, "recursion"),
        ("\x00", "Expecting value"),
        (changed(id=7), "`id` is no text but 7"),
        (changed(status="fine"), "`status` is 'fine', which is none of ["),
        (changed(taxonomy="9.9"), "Received: '9.9'"),
        (changed(parts=[]), "`parts` is no JSON object but []"),
        (changed(key=None), "`key` is no JSON object but None"),
        (changed(categories=None), "`categories` is no list but None"),
        (changed(categories=[CATEGORY, CATEGORY]), "category '539' comes twice"),
        (changed(categories=[CATEGORY | {"score": 1.5}]), "`score` is 1.5 and must be"),
        (changed(categories=[CATEGORY | {"score": 10**400}]), "`score` must be finite"),
        (changed(categories=[CATEGORY | {"score": True}]), "`score` is no number but"),
        (
            changed(categories=[CATEGORY | {"score": float("nan")}]),
            "NaN is no number of JSON",
        ),
        (changed(categories=[CATEGORY | {"evidence": {}}]), "`evidence` is no list"),
        (
            changed(categories=[CATEGORY | {"evidence": [{"weight": 1}]}]),
            "`start_seconds` is no number but None",
        ),
    ],
)
def test_a_damaged_line_is_named(path, line, message):
    good = json.dumps(result("good").to_json())
    path.write_text(f"{good}\n\n{line}\n")
    lines = read_result_lines(path)
    assert next(lines).id == "good"
    with pytest.raises(InvalidResults, match=re.escape(message)) as caught:
        next(lines)
    assert str(caught.value).startswith(f"{path}, line 3: ")


def test_bytes_that_are_no_text_are_named(path):
    path.write_bytes(b'{"id": "\xff"}\n')
    with pytest.raises(InvalidResults, match=r"line 1: .*utf-8"):
        list(read_result_lines(path))
