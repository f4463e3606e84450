import pytest

from vidcat.inference.scope import Scope
from vidcat.inference.video import Video
from vidcat.training.measuring.selection import (
    NothingUsable,
    select_videos,
    weakest_truth,
)

FOUND = {"short": 30.0, "fits": 90.0, "unlabelled": 90.0, "text": 90.0}


def select(*videos, scope=None):
    return select_videos(
        videos, FOUND.get, FOUND.__contains__, Scope() if scope is None else scope
    )


def test_rows_are_left_out_for_the_first_reason_that_holds():
    selection = select(
        Video(id="fits", labels=("483",)),
        Video(id="short", labels=("483",)),
        Video(id="unlabelled"),
        Video(id="undescribed", labels=("483",)),
    )
    assert [video.id for video in selection.videos] == ["fits"]
    assert selection.videos[0].duration_seconds == 90.0
    assert selection.left_out == {
        "out of scope": 1,
        "no labels": 1,
        "no features": 1,
    }


def test_the_catalog_knows_a_duration_better_than_the_file():
    selection = select(Video(id="short", labels=(), duration_seconds=61.0))
    assert selection.videos[0].duration_seconds == 61.0


@pytest.mark.parametrize(
    ("kinds", "weakest"),
    [
        ((None, "gold"), "gold"),
        (("gold", "audited"), "audited"),
        (("audited", "pseudo", "gold"), "pseudo"),
    ],
)
def test_figures_claim_no_more_than_the_weakest_truth(kinds, weakest):
    names = ["fits", "text", "unlabelled"]
    rows = [
        Video(id=name, labels=(), truth=kind)
        for name, kind in zip(names, kinds, strict=False)
    ]
    assert weakest_truth(rows) == weakest


def test_nothing_left_says_why_and_what_to_do():
    with pytest.raises(NothingUsable) as caught:
        select(Video(id="short", labels=("483",)), Video(id="fits"))
    assert str(caught.value) == (
        "No row can be used (out of scope: 1, no labels: 1). Features come from "
        "`vidcat describe`; the scope is 60 to 600 s, which `vidcat train` sets by "
        "--min-seconds and --max-seconds."
    )


def test_scope_includes_its_bounds():
    scope = Scope(min_seconds=60, max_seconds=600)
    inside = [60.0, 600.0, None]
    assert [scope.reason_against(seconds) for seconds in inside] == [None] * 3
    assert "59.9 s is outside" in scope.reason_against(59.9)
    with pytest.raises(ValueError, match=r"min_seconds=10, max_seconds=5$"):
        Scope(min_seconds=10, max_seconds=5)
    with pytest.raises(ValueError, match=r"must be finite: .*max_seconds=inf"):
        Scope(max_seconds=float("inf"))
