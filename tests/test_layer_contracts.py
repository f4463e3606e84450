"""What every layer of ours has to do; a new layer is one entry of LAYERS."""

import keras
import numpy as np
import pytest

from vidcat.models.average import FrameAverage
from vidcat.models.gating import ContextGating
from vidcat.models.metadata import UnknownDropout
from vidcat.models.nextvlad import NeXtVLAD
from vidcat.models.whitening import UndoWhitening

RNG = np.random.default_rng(0)
FRAMES = RNG.normal(size=(4, 5, 6)).astype("float32")
VECTORS = RNG.normal(size=(4, 8)).astype("float32")
IDS = np.array([3, 1, 2, 5], "int32")

# Layer, input, and every constructor argument away from its default: a lost one
# would go unseen.
LAYERS = [
    (
        NeXtVLAD,
        FRAMES,
        {"clusters": 3, "groups": 4, "expansion": 4, "batch_norm_momentum": 0.7},
    ),
    (ContextGating, VECTORS, {"reduction": 3, "batch_norm_momentum": 0.7}),
    (FrameAverage, FRAMES, {}),
    (UndoWhitening, FRAMES, {"eigenvalues": [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]}),
    (UnknownDropout, IDS, {"rate": 0.4, "seed": 7}),
]
contract = pytest.mark.parametrize(
    ("layer_class", "values", "arguments"),
    LAYERS,
    ids=lambda x: getattr(x, "__name__", ""),
)


def model_of(layer, values):
    """The layer between an input of unknown batch size (and length) and a value."""
    shape = (None, *values.shape[2:]) if values.ndim == 3 else values.shape[1:]
    inputs = keras.Input(shape, dtype=values.dtype)
    return keras.Model(inputs, layer(inputs))


@contract
def test_config_holds_every_argument(layer_class, values, arguments):
    layer = layer_class(**arguments)
    config = layer.get_config()
    for name, value in arguments.items():
        assert getattr(layer, name) == value
        assert config[name] == value
    assert layer_class.from_config(config).get_config() == config


@contract
def test_saved_layer_computes_the_same(layer_class, values, arguments, tmp_path):
    model = model_of(layer_class(**arguments), values)
    for variable in model.weights:
        start = variable.numpy()
        variable.assign(start + RNG.uniform(0.1, 0.5, size=start.shape))
    model.save(tmp_path / "model.keras")
    restored = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(restored(values), model(values))


@contract
def test_batch_size_and_length_may_vary(layer_class, values, arguments):
    model = model_of(layer_class(**arguments), values)
    whole = np.asarray(model(values))
    assert whole.shape == (4, *model.output_shape[1:]) or values.ndim == 3
    for size in (1, 3):
        part = np.asarray(model(values[:size]))
        np.testing.assert_allclose(part, whole[:size], rtol=1e-5, atol=1e-6)


@contract
def test_shape_and_type_are_as_declared(layer_class, values, arguments):
    layer = layer_class(**arguments)
    declared = layer(keras.KerasTensor(values.shape, dtype=values.dtype))
    computed = layer(values)
    assert tuple(computed.shape) == tuple(declared.shape)
    assert keras.backend.standardize_dtype(computed.dtype) == declared.dtype


@contract
def test_masked_frames_change_nothing(layer_class, values, arguments):
    if values.ndim != 3:
        pytest.skip("takes no frames")
    layer = layer_class(**arguments)
    mask = np.arange(5) < np.array([[5], [1], [3], [2]])
    inputs = keras.Input((None, 6))
    marks = keras.Input((None,), dtype="bool")
    # A mask of Keras' own, from a Masking layer, must be heeded as one that is given.
    pooled = layer(keras.layers.Masking(mask_value=0.0)(inputs))
    if pooled.shape[1:] == (None, 6):
        pooled = FrameAverage()(pooled, mask=marks)
    masked = keras.Model([inputs, marks], pooled)
    zeroed = np.where(mask[..., None], values, 0).astype("float32")
    for video, length in enumerate(mask.sum(axis=1)):
        alone = masked(
            [values[video : video + 1, :length], mask[video : video + 1, :length]]
        )
        padded = masked([zeroed[video : video + 1], mask[video : video + 1]])
        np.testing.assert_allclose(padded, alone, rtol=1e-4, atol=1e-5)


@contract
def test_one_training_step_moves_every_weight(layer_class, values, arguments):
    layer = layer_class(**arguments)
    inputs = keras.Input(values.shape[1:], dtype=values.dtype)
    output = layer(inputs)
    if values.dtype == np.int32:
        output = keras.layers.Embedding(6, 3)(output)
    flat = keras.layers.Flatten()(output)
    model = keras.Model(inputs, keras.layers.Dense(1)(flat))
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
    before = [weight.numpy() for weight in model.weights]
    # Targets that no linear output fits, or a gradient could vanish by symmetry.
    model.train_on_batch(values, np.array([[1.0], [-2.0], [0.5], [3.0]]))
    moved = [
        weight.path
        for weight, old in zip(model.weights, before, strict=True)
        if np.abs(weight.numpy() - old).max() > 0
    ]
    assert moved == [weight.path for weight in model.weights]
