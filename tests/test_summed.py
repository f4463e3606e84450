"""The two halves of a network give what the whole gives."""

import numpy as np
import pytest

from vidcat.models.metadata import MetadataShape
from vidcat.models.summed import NoFrameTerms, SummedNetwork
from vidcat.models.visual import build_visual_categorizer, logits_model

WIDTH, LABELS = 32, 4


@pytest.fixture(scope="module", params=[False, True], ids=["frames", "metadata"])
def network(request):
    """A network, with all weights moved off their zeros, and metadata for it."""
    rng = np.random.default_rng(1)
    shape = MetadataShape(owners=5, upload_categories=3, languages=4)
    model = build_visual_categorizer(
        labels=LABELS,
        feature_dim=WIDTH,
        preset="small",
        metadata=shape if request.param else None,
        undo_whitening=np.linspace(2, 0.5, WIDTH),
    )
    for weight in model.weights:
        if weight.dtype == "float32":
            moved = weight.numpy() + rng.uniform(0.01, 0.1, size=weight.shape)
            weight.assign(moved.astype("float32"))
    metadata = None
    if request.param:
        metadata = {
            "owner": np.array([2, 2, 2], np.int32),
            "upload_category": np.array([1, 1, 1], np.int32),
            "language": np.array([3, 3, 3], np.int32),
            "numbers": rng.normal(size=(1, 4)).repeat(3, axis=0).astype(np.float32),
        }
    return model, metadata


@pytest.fixture
def frames():
    return np.random.default_rng(2).normal(size=(7, WIDTH)).astype(np.float32)


def test_sums_of_frames_score_as_the_whole_network_with_a_mask(network, frames):
    model, metadata = network
    masks = np.array([[1] * 7, [1, 0, 0, 1, 1, 0, 1], [0] * 7], bool)
    batch = {"frames": np.stack([frames] * 3), "mask": masks, **(metadata or {})}
    whole = np.asarray(logits_model(model)(batch))
    halves = SummedNetwork(model)
    sums = masks.astype(np.float32) @ halves.terms(frames)
    np.testing.assert_allclose(halves.logits(sums, metadata), whole, atol=1e-4)
    # The views differ by far more than that.
    assert np.abs(whole[0] - whole[1]).max() > 0.01


def test_slopes_are_those_of_small_steps(network, frames):
    model, metadata = network
    halves = SummedNetwork(model)
    sums = np.repeat(halves.terms(frames).sum(axis=0)[None], 3, axis=0)
    labels = [0, 3, 1]
    slopes = halves.slopes(sums, labels, metadata)
    # Along the slope itself, where single precision sees the step best.
    lengths = np.linalg.norm(slopes, axis=1, keepdims=True)
    step = 1e-2 * slopes / lengths
    rows = np.arange(3)
    ahead = halves.logits(sums + step, metadata)[rows, labels]
    behind = halves.logits(sums - step, metadata)[rows, labels]
    np.testing.assert_allclose((ahead - behind) / 2e-2, lengths[:, 0], rtol=0.05)


def test_a_network_that_adds_no_residuals_is_refused():
    model = build_visual_categorizer(
        labels=2, feature_dim=8, preset="small", pooling="average"
    )
    with pytest.raises(NoFrameTerms, match=r"must pool its frames with NeXtVLAD"):
        SummedNetwork(model)
