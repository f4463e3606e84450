"""Evidence is found in earlier results, and only where it is still true."""

import json
import math

import pytest

from vidcat.inference.result_lines import InvalidResults
from vidcat.inference.results import (
    Categorization,
    CategoryResult,
    EvidenceSpan,
    ResultHead,
    ResultKey,
)
from vidcat.training.redeciding.earlier_results import EarlierResults

BUNDLE = "ab" * 32


def head(name, version="1-1"):
    return ResultHead(
        id=name,
        key=ResultKey(source_version=version, content_sha256="cd", bundle=BUNDLE),
        status="no_category",
        parts={"text": "no_model", "visual": "ok"},
        reason=None,
    )


def result(name, start_seconds):
    span = EvidenceSpan(
        start_seconds=start_seconds, end_seconds=9.0, weight=1.0, best_seconds=8.0
    )
    category = CategoryResult(
        id="539",
        name="Tennis",
        path=("Sports", "Tennis"),
        score=0.9,
        confident=True,
        sources=("visual",),
        evidence=(span,),
    )
    return head(name).with_categories((category,), "3.1")


def write(path, *results: Categorization):
    path.write_text("\n\n".join(one.to_line() for one in results) + "\n", "utf-8")
    return path


def test_evidence_is_found_whatever_the_order(tmp_path):
    names = ["\u00e9t\u00e9", "b", "c"]
    results = [result(name, float(at)) for at, name in enumerate(names)]
    earlier = EarlierResults(write(tmp_path / "r.jsonl", *results), BUNDLE)
    with earlier.opened():
        found = [earlier.evidence(head(name)) for name in reversed(names)]
    starts = [one["539"].spans[0].start_seconds for one in found]
    assert starts == [2.0, 1.0, 0.0]
    assert earlier.missing == 0


def test_a_video_that_is_missing_or_has_changed_has_none(tmp_path):
    earlier = EarlierResults(write(tmp_path / "r.jsonl", result("a", 0.0)), BUNDLE)
    with earlier.opened():
        assert earlier.evidence(head("b")) == {}
        assert earlier.evidence(head("a", version="2-2")) == {}
    assert earlier.missing == 2


@pytest.mark.parametrize("line", ["{}", "[1]", "3", "not JSON", '{"id": "a"}'])
def test_a_line_that_is_no_result_is_named(tmp_path, line):
    path = write(tmp_path / "r.jsonl", result("a", 0.0))
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(InvalidResults, match=r"r\.jsonl, line 2: each line must be"):
        EarlierResults(path, BUNDLE)


def test_results_of_another_bundle_are_refused(tmp_path):
    other = json.loads(result("a", 0.0).to_line())
    other["key"]["bundle"] = "other"
    path = tmp_path / "r.jsonl"
    path.write_text(json.dumps(other) + "\n")
    with pytest.raises(InvalidResults, match=f"{BUNDLE}. Received: other"):
        EarlierResults(path, BUNDLE)


def damaged(name, change):
    values = json.loads(result(name, 0.0).to_line())
    change(values)
    return json.dumps(values) + "\n"


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values.pop("categories"),
        lambda values: values.update(categories=None),
        lambda values: values["categories"][0].pop("evidence"),
        lambda values: values["categories"][0].update(evidence=[{"start": 1}]),
        lambda values: values["categories"][0]["evidence"][0].update(weight="1"),
        lambda values: values["categories"][0]["evidence"][0].update(weight=math.nan),
    ],
)
def test_a_result_without_sound_evidence_is_named(tmp_path, change):
    (tmp_path / "r.jsonl").write_text(damaged("a", change))
    with pytest.raises(InvalidResults, match=r"r.jsonl, line 1: each line must be a"):
        EarlierResults(tmp_path / "r.jsonl", BUNDLE)


def test_lists_without_end_are_no_result(tmp_path):
    (tmp_path / "r.jsonl").write_text("[" * 200_000)
    with pytest.raises(InvalidResults, match="line 1: each line must be a result"):
        EarlierResults(tmp_path / "r.jsonl", BUNDLE)
