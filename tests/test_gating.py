import numpy as np
import pytest

from vidcat.models.gating import ContextGating


def gate_by_loops(layer, rows, mean, variance):
    """The definition, one video and one value at a time."""
    squeeze, excite = (
        np.float64(dense.kernel.numpy()) for dense in (layer.squeeze, layer.excite)
    )
    gamma, beta = (np.float64(w) for w in layer.norm.get_weights()[:2])
    gated = np.empty_like(rows)
    for n, row in enumerate(rows):
        scaled = gamma * (row @ squeeze - mean) / np.sqrt(variance + 1e-3) + beta
        raised = np.maximum(scaled, 0) @ excite
        for i, value in enumerate(row):
            gated[n, i] = value / (1 + np.exp(-raised[i]))
    return gated


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(6, 8))


@pytest.fixture
def layer(rows):
    layer = ContextGating(reduction=2)
    layer.build(rows.shape)
    rng = np.random.default_rng(1)
    layer.norm.set_weights([rng.uniform(0.5, 1.5, size=4) for _ in range(4)])
    return layer


def test_matches_the_definition(layer, rows):
    _, _, mean, variance = map(np.float64, layer.norm.get_weights())
    expected = gate_by_loops(layer, rows, mean, variance)
    np.testing.assert_allclose(layer(rows.astype("float32")), expected, rtol=1e-4)


def test_training_uses_the_statistics_of_the_batch(layer, rows):
    squeezed = rows @ np.float64(layer.squeeze.kernel.numpy())
    expected = gate_by_loops(layer, rows, squeezed.mean(axis=0), squeezed.var(axis=0))
    gated = layer(rows.astype("float32"), training=True)
    np.testing.assert_allclose(gated, expected, rtol=1e-3, atol=1e-5)


def test_narrow_vectors_keep_one_unit():
    layer = ContextGating(reduction=8)
    layer.build((None, 3))
    assert layer.squeeze.kernel.shape == (3, 1)


def test_reduction_must_be_positive():
    with pytest.raises(ValueError, match=r"Received: reduction=0$"):
        ContextGating(reduction=0)


def test_momentum_must_be_a_share():
    with pytest.raises(ValueError, match=r"Received: batch_norm_momentum=1.5$"):
        ContextGating(batch_norm_momentum=1.5)
