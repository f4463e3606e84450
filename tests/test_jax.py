"""The networks give the same numbers under JAX, and train without TensorFlow."""

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from vidcat.models.metadata import MetadataShape
from vidcat.models.summed import SummedNetwork
from vidcat.models.visual import build_visual_categorizer


@pytest.fixture(scope="module")
def under_jax(tmp_path_factory):
    """A network and inputs, what JAX made of them, and what it printed."""
    folder = tmp_path_factory.mktemp("under_jax")
    rng = np.random.default_rng(0)
    model = build_visual_categorizer(
        labels=5,
        feature_dim=32,
        preset="small",
        metadata=MetadataShape(owners=6, upload_categories=4, languages=5),
        # Draws differ between backends; all else is compared.
        dropout=0.0,
        owner_dropout=0.0,
        undo_whitening=np.linspace(0.5, 2, 32),
    )
    for weight in model.weights:
        start = weight.numpy()
        moved = start + rng.uniform(0.01, 0.1, size=start.shape)
        weight.assign(moved.astype(weight.dtype))
    inputs = {
        "frames": rng.normal(size=(6, 9, 32)).astype("float32"),
        "mask": np.arange(9) < np.array([[9], [1], [4], [7], [2], [9]]),
        "owner": np.array([0, 1, 2, 3, 4, 5], "int32"),
        "upload_category": np.array([0, 1, 2, 3, 0, 1], "int32"),
        "language": np.array([0, 1, 2, 3, 4, 0], "int32"),
        "numbers": rng.normal(size=(6, 4)).astype("float32"),
    }
    model.save(folder / "model.keras")
    np.savez(folder / "inputs.npz", **inputs)
    script = Path(__file__).with_name("under_jax.py")
    done = subprocess.run(
        [sys.executable, script, folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return model, inputs, np.load(folder / "jax.npz"), json.loads(done.stdout)


def test_slopes_are_the_same(under_jax):
    model, inputs, jax, _ = under_jax
    network = SummedNetwork(model)
    sums = np.stack([network.terms(frames).sum(axis=0) for frames in inputs["frames"]])
    metadata = {name: inputs[name] for name in inputs if name not in {"frames", "mask"}}
    slopes = network.slopes(sums, [0, 1, 2, 3, 4, 0], metadata)
    assert np.abs(slopes).max() > 1e-4
    np.testing.assert_allclose(jax["slopes"], slopes, atol=1e-5, rtol=1e-3)


def test_scores_are_the_same(under_jax):
    model, inputs, jax, printed = under_jax
    assert (keras.backend.backend(), printed["backend"]) == ("tensorflow", "jax")
    scores = np.asarray(model(inputs))
    assert np.ptp(scores) > 0.01
    np.testing.assert_allclose(jax["scores"], scores, rtol=1e-4, atol=1e-6)


def test_training_mode_and_the_averages_it_moves_are_the_same(under_jax):
    model, inputs, jax, _ = under_jax
    before = model.get_weights()
    trained = np.asarray(model(inputs, training=True))
    np.testing.assert_allclose(jax["trained"], trained, rtol=1e-3, atol=1e-5)
    moved = 0
    for n, (old, new) in enumerate(zip(before, model.get_weights(), strict=True)):
        np.testing.assert_allclose(jax[f"w{n:03}"], new, rtol=1e-4, atol=1e-6)
        moved += np.abs(new - old).max() > 0
    # Mean and variance of four norms: assignment, descriptor, hidden, gating.
    assert moved == 8
    model.set_weights(before)


def test_trains_and_resumes_without_tensorflow(under_jax):
    _, _, _, printed = under_jax
    assert printed["losses"][1] < printed["losses"][0]
    assert printed["resumed_after_epoch"] == 1
    assert printed["same_weights"]


def test_several_gpus_need_tensorflow(under_jax):
    _, _, _, printed = under_jax
    assert printed["refused"] == (
        "`gpus` must be 1 under another backend than TensorFlow. Received: gpus=2, "
        "backend='jax'"
    )
