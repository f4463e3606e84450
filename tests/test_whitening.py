import numpy as np
import pytest

from vidcat.models.whitening import UndoWhitening


def test_gives_each_component_its_spread_back():
    # 4/512 = 0.0078125; sqrt(4) + 1e-4 = 2.0001; sqrt(0) + 1e-4 = 1e-4.
    frames = np.array([[[1.0078125, -0.9921875], [0.0078125, 2.0078125]]], "float32")
    unwhitened = UndoWhitening([4.0, 0.0])(frames)
    expected = [[[2.0001, -1e-4], [0.0, 2e-4]]]
    np.testing.assert_allclose(unwhitened, expected, rtol=1e-5, atol=1e-9)


def test_undoes_what_whitening_and_quantisation_do():
    # Components of variance 9 and 0.25, whitened, stored in 8 bits, read back.
    rng = np.random.default_rng(0)
    eigenvalues = np.array([9.0, 0.25])
    components = rng.uniform(-1.9, 1.9, size=(1, 50, 2)) * np.sqrt(eigenvalues)
    whitened = components / (np.sqrt(eigenvalues) + 1e-4)
    stored = np.round((np.clip(whitened, -2, 2) + 2) * 255 / 4)
    read = (stored * 4 / 255 + 4 / 512 - 2).astype("float32")
    undone = UndoWhitening(eigenvalues)(read)
    half_step = 2 / 255 * np.sqrt(eigenvalues)
    assert np.all(np.abs(undone - components) <= half_step + 1e-3)


def test_there_must_be_an_eigenvalue_for_each_feature():
    with pytest.raises(ValueError, match=r"Received: 2 eigenvalues, feature_dim=3$"):
        UndoWhitening([1.0, 2.0])(np.zeros((1, 4, 3), "float32"))


@pytest.mark.parametrize("bad", [-0.5, np.nan, np.inf])
def test_eigenvalues_must_be_finite_and_not_negative(bad):
    with pytest.raises(ValueError, match=rf"Received: eigenvalues\[1\]={bad}$"):
        UndoWhitening([1.0, bad])
