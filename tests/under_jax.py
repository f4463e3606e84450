"""Run by test_jax.py in a process of its own: JAX underneath, no TensorFlow."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
# None makes `import tensorflow` fail as it does where it is not installed.
sys.modules["tensorflow"] = None

import keras  # noqa: E402
import numpy as np  # noqa: E402
from described_videos import labelled_videos  # noqa: E402

from vidcat.models.summed import SummedNetwork  # noqa: E402
from vidcat.training.config import TrainConfig  # noqa: E402
from vidcat.training.fit import fit  # noqa: E402


def score(folder):
    """Scores the stored inputs with the stored network, in both modes."""
    model = keras.saving.load_model(folder / "model.keras", compile=False)
    inputs = dict(np.load(folder / "inputs.npz"))
    scores = np.asarray(model(inputs))
    # Before the moving averages move.
    slopes = slopes_of(model, inputs)
    trained = np.asarray(model(inputs, training=True))
    weights = {f"w{n:03}": w for n, w in enumerate(model.get_weights())}
    np.savez(
        folder / "jax.npz", scores=scores, slopes=slopes, trained=trained, **weights
    )


def slopes_of(model, inputs):
    """The slopes of logits of stored inputs at the sums of their frames' terms."""
    network = SummedNetwork(model)
    sums = np.stack([network.terms(frames).sum(axis=0) for frames in inputs["frames"]])
    metadata = {
        name: values
        for name, values in inputs.items()
        if name not in {"frames", "mask"}
    }
    return network.slopes(sums, [n % 5 for n in range(len(sums))], metadata)


def interrupted(report):
    if report.epoch == 2:
        raise KeyboardInterrupt


def train(folder):
    """An undisturbed training, and one that is stopped and taken up again."""
    parts = labelled_videos(24, 1, longest=1), labelled_videos(12, 2, longest=1)
    config = TrainConfig(preset="small", epochs=2, batch_size=8, learning_rate=3e-3)
    undisturbed = fit(*parts, config, folder / "undisturbed")
    try:
        fit(*parts, config, folder / "stopped", progress=interrupted)
    except KeyboardInterrupt:
        resumed = fit(*parts, config, folder / "stopped")
    weights = zip(
        undisturbed.model.get_weights(), resumed.model.get_weights(), strict=True
    )
    try:
        fit(*parts, replace(config, gpus=2), folder / "shared")
    except ValueError as error:
        refused = str(error)
    return {
        "losses": [entry["loss"] for entry in undisturbed.history],
        "resumed_after_epoch": resumed.resumed_after_epoch,
        "same_weights": all(np.array_equal(ours, theirs) for ours, theirs in weights),
        "refused": refused,
    }


if __name__ == "__main__":
    there = Path(sys.argv[1])
    score(there)
    print(json.dumps({"backend": keras.backend.backend()} | train(there)))
