"""Which of several attempts at a video is its result."""

import json
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidcat.inference.pipeline.choosing import (
    chosen,
    is_current,
    ledger_row,
    lists_of,
    result_line,
)

ROW = {"id": "v", "path": "/v.mp4"}
HALF = {"text": "ok", "visual": "timeout"}


def attempt(run, status="ok", *, row="r1", file="f1", bundle="b1", note=None, **more):
    """An attempt as its line has it; where something failed it holds its row."""
    failed = status not in ("ok", "no_category") or "row_values" in more
    about = {"run": run, "row_sha256": row}
    if failed:
        about["row"] = more.pop("row_values", ROW)
    return {
        "id": "v",
        "key": {"source_version": file, "content_sha256": None, "bundle": bundle},
        "status": status,
        "parts": {"text": "ok", "visual": "ok"},
        "reason": note,
        "categories": [],
        "taxonomy": "3.1",
        "attempt": about,
        **more,
    }


def chosen_of(*attempts):
    """What is chosen, in whatever order they come."""
    found = [chosen(order) for order in permutations(attempts)]
    assert all(one == found[0] for one in found)
    return found[0]


def test_one_attempt_is_the_result():
    assert chosen_of(attempt("1", "timeout"))["status"] == "timeout"


@pytest.mark.parametrize("change", ["row", "file", "bundle"])
@pytest.mark.parametrize("status", ["ok", "decode_error"])
def test_the_latest_run_wins_where_something_changed(change, status):
    old, new = attempt("1", note="old"), attempt("2", status, **{change: "other"})
    assert chosen_of(old, new) is new


def test_of_two_answers_the_later_wins():
    # As after --force.
    old, new = attempt("1", note="old"), attempt("2", "no_category", note="new")
    assert chosen_of(old, new) is new


def test_an_answer_is_not_lost_to_a_failure_of_the_same():
    old, new = attempt("1", note="answer"), attempt("2", "timeout")
    assert chosen_of(old, new) is old
    # Nor to a result that is half a failure: text spoke, the video did not.
    half = attempt("3", "ok", row_values=ROW, parts=HALF)
    assert chosen_of(old, new, half) is old


def test_of_failures_the_last_is_told():
    old, new = attempt("1", "timeout"), attempt("2", "decode_error")
    assert chosen_of(old, new) is new


def test_an_answer_for_what_the_row_was_before_does_not_count():
    # Row r2 was answered in run 2, then came back as it was in run 1, and failed.
    first = attempt("1", "ok", note="r1")
    second = attempt("2", "ok", row="r2", note="r2")
    third = attempt("3", "timeout")
    assert chosen_of(first, second, third) is first
    assert chosen_of(second, third) is third


def test_within_a_run_an_answer_beats_a_failure():
    # A runner did the video twice.
    failed, answered = attempt("1", "model_error"), attempt("1")
    assert chosen_of(failed, answered) is answered


attempts = st.builds(
    attempt,
    st.sampled_from(["1", "2", "3"]),
    st.sampled_from(["ok", "no_category", "timeout", "decode_error"]),
    row=st.sampled_from(["r1", "r2"]),
    file=st.sampled_from(["f1", None]),
    bundle=st.sampled_from(["b1", "b2"]),
    note=st.sampled_from([None, "x", "y"]),
)


@given(st.lists(attempts, min_size=1, max_size=7), st.randoms())
def test_the_order_of_attempts_does_not_matter(found, random):
    shuffled = list(found)
    random.shuffle(shuffled)
    assert chosen(shuffled) == chosen(found)
    assert lists_of(shuffled) == lists_of(found)


@given(st.lists(attempts, min_size=1, max_size=7))
def test_it_is_of_what_the_latest_run_made_it_of(found):
    last = max(one["attempt"]["run"] for one in found)
    made_of = [
        (one["attempt"]["row_sha256"], one["key"])
        for one in found
        if one["attempt"]["run"] == last
    ]
    best = chosen(found)
    assert (best["attempt"]["row_sha256"], best["key"]) in made_of
    # An answer to it is there only if an answer was chosen.
    same = [
        one
        for one in found
        if one["attempt"]["row_sha256"] == best["attempt"]["row_sha256"]
        and one["key"] == best["key"]
    ]
    answered = any(one["status"] in ("ok", "no_category") for one in same)
    assert (best["status"] in ("ok", "no_category")) == answered


def test_a_result_is_the_attempt_without_what_is_the_runs():
    line = result_line(attempt("1", note="\u00e9t\u00e9"))
    assert "\u00e9t\u00e9" in line
    result = json.loads(line)
    assert "attempt" not in result
    assert list(result) == [
        *("id", "key", "status", "parts", "reason", "categories", "taxonomy"),
    ]


def test_lists_of_an_answer():
    found = attempt("1")
    assert lists_of([found]) == {
        "results": [result_line(found)],
        "ledger": [json.dumps(ledger_row(found))],
    }
    assert ledger_row(found) == {
        "id": "v",
        "status": "ok",
        "parts": {"text": "ok", "visual": "ok"},
        "reason": None,
        "run": "1",
    }


def test_a_failure_goes_to_the_dead_letter_as_a_row_that_can_be_tried_again():
    lines = lists_of([attempt("1", "timeout", note="slow")])
    assert set(lines) == {"results", "ledger", "reasons", "catalog"}
    assert lines["catalog"] == [json.dumps(ROW)]
    assert lines["reasons"] == lines["ledger"]


def test_a_wrong_row_goes_there_as_it_was_read():
    wrong = attempt("1", "bad_row", note="no id", row_values={"shown": ["a", "b"]})
    lines = lists_of([wrong])
    assert set(lines) == {"results", "ledger", "bad_rows"}
    assert json.loads(lines["bad_rows"][0]) == {
        "place": "v",
        "reason": "no id",
        "shown": ["a", "b"],
    }


def test_wrong_rows_stand_until_their_catalog_is_read_again():
    wrong = attempt("1", "bad_row")
    wrong["attempt"]["catalog"] = "c.csv"
    assert is_current(wrong, {"c.csv": "1"})
    assert not is_current(wrong, {"c.csv": "2"})
    assert is_current(wrong, {"d.csv": "2"})
    assert is_current(attempt("1"), {"c.csv": "2"})
