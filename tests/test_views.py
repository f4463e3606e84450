"""Views of a video score as the network scores the frames that are left."""

import numpy as np
import pytest

from vidcat.inference.decisions import Calibrator, Thresholds
from vidcat.inference.explaining.views import VIEWS_AT_ONCE, VideoViews
from vidcat.inference.visual_categorizer import VisualCategorizer
from vidcat.models.summed import NoFrameTerms
from vidcat.models.visual import build_visual_categorizer

WIDTH, LABELS, MAX_FRAMES = 32, 3, 20


def make_views(frames, pooling="nextvlad"):
    model = build_visual_categorizer(
        labels=LABELS, feature_dim=WIDTH, preset="small", pooling=pooling
    )
    visual = VisualCategorizer(
        model=model,
        calibrator=Calibrator.identity(LABELS),
        thresholds=Thresholds(
            values=(0.5,) * LABELS,
            confident=(True,) * LABELS,
            target_precision=0.8,
            truth="gold",
        ),
        metadata=None,
        max_frames=MAX_FRAMES,
    )
    values = np.random.default_rng(3).normal(size=(frames, WIDTH))
    return VideoViews(visual=visual, frames=values.astype(np.float32))


@pytest.mark.parametrize("pooling", ["nextvlad", "average"])
# Fewer than the network takes, and more, of which it sees 20.
@pytest.mark.parametrize("frames", [7, 33])
def test_views_score_as_videos_with_a_mask(pooling, frames):
    video = make_views(frames, pooling)
    masks = np.random.default_rng(4).random((VIEWS_AT_ONCE + 3, frames)) < 0.5
    masks[5] = False
    whole = video.visual.logits([video.frames] * len(masks), None, list(masks))
    np.testing.assert_allclose(video.logits(masks), whole, atol=1e-5)
    assert np.ptp(whole, axis=0).min() > 1e-3


def test_contributions_add_up_to_nothing_and_rank_frames():
    video = make_views(12)
    given = video.contributions([2, 0])
    assert given.shape == (12, 2)
    # The norm of each cluster is 1 whatever the length of the sum.
    assert np.abs(given.sum(axis=0)).max() < 1e-4 * np.abs(given).max() * 12
    # Weighing one frame a little more moves the logit as its contribution says.
    terms = video._terms
    sums = terms.sum(axis=0) + np.float32(0.05) * terms
    base = video.visual.summed.logits(terms.sum(axis=0)[None])
    moved = video.visual.summed.logits(sums) - base
    np.testing.assert_allclose(moved[:, 2] / 0.05, given[:, 0], atol=0.02)
    assert np.corrcoef(moved[:, 0], given[:, 1])[0, 1] > 0.98


def test_frames_that_the_network_does_not_see_contribute_nothing():
    given = make_views(33).contributions([0])
    assert np.count_nonzero(given) == MAX_FRAMES


def test_another_pooling_has_no_contributions():
    with pytest.raises(NoFrameTerms):
        make_views(5, "average").contributions([0])
