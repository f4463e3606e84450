import json
import re
from functools import partial

import pytest
from html_pages import Page
from monitored_results import (
    SPORTS,
    TENNIS,
    drawn_results,
    drift_between,
    result,
)

from vidcat.inference.files.own_folder import UnfitFolder
from vidcat.training.monitoring.canaries import CanaryChange, CanaryCheck
from vidcat.training.monitoring.page import drift_page, write_drift

HOSTILE = '</bdi><script>alert("x")</script><img src=x onerror=alert(1)>{{7*7}}'


class DriftPage(Page):
    """A page of figures, its words in a row."""

    void = frozenset({"meta", "rect", "line", "br"})

    def __init__(self, markup):
        super().__init__(markup)
        self.words = re.sub(r"\s+", " ", " ".join(self.text))

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def count(self, wanted):
        return sum(tag == wanted for tag, _ in self.elements)


@pytest.fixture
def drift_of(tmp_path):
    return partial(drift_between, tmp_path)


def days(before, now, **options):
    return (
        drawn_results({SPORTS: before, TENNIS: 0.2}, 1000, 1, name="a"),
        drawn_results({SPORTS: now, TENNIS: 0.2}, 1000, 2, name="b", **options),
    )


def test_the_verdict_comes_first(drift_of):
    quiet = DriftPage(drift_page(drift_of(*days(0.3, 0.3))))
    assert quiet.words.split("Categories")[0].count("No drift found") == 2
    loud = drift_of(*days(0.3, 0.1))
    page = DriftPage(drift_page(loud))
    assert page.words.strip().startswith(f"Drift: {len(loud.alarms)} alarms")
    for alarm in loud.alarms:
        assert alarm.text in page.words
    assert "Today 1,000 videos, 1,000 of them with an answer" in page.words


def test_categories_stand_with_their_rates_the_surest_change_first(drift_of):
    drift = drift_of(*days(0.3, 0.1))
    page = DriftPage(drift_page(drift))
    rows = [
        f"{name} {100 * one.baseline.rate:.1f} % {100 * one.today.rate:.1f} %"
        for name, one in zip(
            ("Sports", "Sports > Tennis"), drift.categories, strict=True
        )
    ]
    assert 0 < page.words.index(rows[0]) < page.words.index(rows[1])
    # Two bars and a whisker for each share, two bars for each bin of scores.
    shares = len(drift.categories) + len(drift.others)
    bins = sum(len(shift.bins) for shift in drift.scores)
    assert page.count("rect") == 2 * shares + 2 * bins
    assert page.count("line") == shares
    assert page.count("figure") == len(drift.scores) == 3


def test_many_alarms_unfold(drift_of):
    changes = [
        CanaryChange(id=f"clip-{number}", category=None, text="its status is new")
        for number in range(13)
    ]
    check = canaries(*changes)
    page = DriftPage(drift_page(drift_of(*days(0.3, 0.3), canaries=check)))
    assert "Drift: 13 alarms" in page.words
    assert "3 more" in page.words
    assert all(
        f"Canary clip-{number}: its status" in page.words for number in range(13)
    )
    assert "13 canaries were compared, 13 changes found." in page.words


def canaries(*changes):
    return CanaryCheck(
        file="kept.jsonl",
        clips=13,
        compared=13,
        tolerance=0.0,
        changes=changes,
        remarks=(),
    )


def test_hostile_names_stay_text(drift_of):
    drift = drift_of(
        [result("a", {HOSTILE: 0.5}, bundle=HOSTILE)],
        [result(HOSTILE, {HOSTILE: 0.5}, parts={"text": HOSTILE})],
        canaries=canaries(CanaryChange(id=HOSTILE, category=HOSTILE, text="changed")),
    )
    page = DriftPage(drift_page(drift))
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img", "iframe", "link", "a"}
    assert not any(
        name.startswith("on") for _, fields in page.elements for name in fields
    )
    # Category, scores of it, state of the text, canary: id and category.
    assert page.words.count("{{7*7}}") >= 4
    assert "49" not in page.words


def test_the_page_may_load_nothing_and_run_nothing(drift_of):
    page = DriftPage(drift_page(drift_of(*days(0.3, 0.1))))
    policies = [
        fields["content"]
        for tag, fields in page.elements
        if tag == "meta" and fields.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert not any(
        name in {"src", "href"} for _, fields in page.elements for name in fields
    )


def test_any_text_can_be_written(drift_of, tmp_path):
    drift = drift_of(
        [result("a", {"half \ud83d pair": 0.5})],
        [result("b", status="timeout")],
    )
    paths = write_drift(drift, tmp_path / "out")
    assert "half ? pair" in paths["page"].read_text("utf-8")
    figures = json.loads(paths["json"].read_text())
    assert figures["categories"][0]["today"]["rate"] is None
    assert figures["categories"][0]["baseline"]["rate"] == 1.0
    # An earlier one of ours is replaced, anything else is not.
    write_drift(drift, tmp_path / "out")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "drift.html").write_text("precious")
    with pytest.raises(UnfitFolder, match=r"has drift\.html, but no drift\.json"):
        write_drift(drift, tmp_path / "other")
