import keras
import numpy as np
import pytest

from vidcat.models.metadata import MetadataShape
from vidcat.models.visual import PRESETS, build_visual_categorizer, logits_model

SHAPE = MetadataShape(owners=6, upload_categories=4, languages=5)


def trainable_parameters(model):
    return sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)


def batch(videos=3, frames=5, width=12, metadata=False):
    rng = np.random.default_rng(0)
    inputs = {
        "frames": rng.normal(size=(videos, frames, width)).astype("float32"),
        "mask": np.arange(frames) < np.array([5, 2, 3])[:videos, None],
    }
    if metadata:
        inputs |= {
            "owner": np.array([1, 0, 5], "int32")[:videos],
            "upload_category": np.array([3, 0, 1], "int32")[:videos],
            "language": np.array([4, 2, 0], "int32")[:videos],
            "numbers": rng.normal(size=(videos, 4)).astype("float32"),
        }
    return inputs


@pytest.fixture(scope="module")
def full_model():
    """With every option, none at its default."""
    keras.utils.set_random_seed(1)
    return build_visual_categorizer(
        labels=7,
        feature_dim=12,
        preset="small",
        pooling="nextvlad",
        metadata=SHAPE,
        dropout=0.25,
        owner_dropout=0.3,
        undo_whitening=np.linspace(0.5, 2, 12),
        batch_norm_momentum=0.9,
    )


def test_paper_has_the_published_size():
    model = build_visual_categorizer(labels=196, preset="paper")
    assert trainable_parameters(model) == 72_876_748


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_average_pooling_of_a_preset_has_the_same_layers_behind_it(preset):
    size = PRESETS[preset]
    model = build_visual_categorizer(
        labels=9, feature_dim=16, preset=preset, pooling="average"
    )
    h = size.hidden
    # Norm of the mean, hidden layer and norm, gating with its norm, logistic layer.
    expected = 2 * 16 + 16 * h + 2 * h + 2 * h * (h // 8) + 2 * (h // 8) + 9 * h + 9
    assert trainable_parameters(model) == expected


@pytest.mark.parametrize("pooling", ["nextvlad", "average"])
def test_padding_does_not_change_the_scores(pooling):
    model = build_visual_categorizer(
        labels=4, feature_dim=12, preset="small", pooling=pooling
    )
    inputs = batch()
    padded = {
        "frames": np.pad(inputs["frames"], [(0, 0), (0, 6), (0, 0)], constant_values=7),
        "mask": np.pad(inputs["mask"], [(0, 0), (0, 6)]),
    }
    np.testing.assert_allclose(model(padded), model(inputs), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("pooling", ["nextvlad", "average"])
def test_masked_frames_do_not_count(pooling):
    model = build_visual_categorizer(
        labels=4, feature_dim=12, preset="small", pooling=pooling
    )
    inputs = batch()
    noisy = inputs["frames"].copy()
    noisy[~inputs["mask"]] = 5.0
    scores = model(inputs)
    np.testing.assert_allclose(
        model(inputs | {"frames": noisy}), scores, rtol=1e-4, atol=1e-6
    )
    noisy[1, 0] = 5.0
    changed = np.abs(model(inputs | {"frames": noisy}) - scores).max(axis=1)
    assert changed[1] > 1e-4
    assert max(changed[0], changed[2]) < 1e-5


def test_scores_are_the_sigmoid_of_the_logits(full_model):
    inputs = batch(metadata=True)
    logits = np.asarray(logits_model(full_model)(inputs))
    scores = np.asarray(full_model(inputs))
    assert scores.shape == (3, 7)
    assert scores.dtype == np.float32
    assert np.ptp(logits) > 0.1
    np.testing.assert_allclose(scores, 1 / (1 + np.exp(-logits)), rtol=1e-5)


def test_logits_model_shares_its_weights(full_model):
    logits = logits_model(full_model)
    bias = full_model.get_layer("logits").bias
    before = np.asarray(logits(batch(metadata=True)))
    bias.assign_add(np.ones(7))
    after = np.asarray(logits(batch(metadata=True)))
    bias.assign_sub(np.ones(7))
    np.testing.assert_allclose(after, before + 1, rtol=1e-5)


def test_saved_model_scores_the_same_in_safe_mode(full_model, tmp_path):
    path = tmp_path / "model.keras"
    full_model.save(path)
    restored = keras.saving.load_model(path, compile=False, safe_mode=True)
    inputs = batch(metadata=True)
    np.testing.assert_array_equal(restored(inputs), full_model(inputs))


def test_options_reach_their_layers(full_model):
    assert full_model.get_layer("pooled_dropout").rate == 0.25
    assert full_model.get_layer("owner_dropout").rate == 0.3
    assert full_model.get_layer("undo_whitening").eigenvalues[-1] == 2
    momenta = [
        full_model.get_layer("nextvlad").batch_norm_momentum,
        full_model.get_layer("gating").batch_norm_momentum,
        full_model.get_layer("hidden_norm").momentum,
    ]
    assert momenta == [0.9] * 3


def test_every_field_of_the_metadata_changes_the_scores(full_model):
    inputs = batch(metadata=True)
    scores = np.asarray(full_model(inputs))
    for name in ("owner", "upload_category", "language", "numbers"):
        unknown = inputs | {name: np.zeros_like(inputs[name])}
        assert np.abs(full_model(unknown) - scores).max() > 1e-4, name


@pytest.mark.parametrize(
    ("feature_dim", "groups"), [(128, 8), (120, 6), (37, 1), (50, 2), (16, 1)]
)
def test_groups_divide_the_width_into_parts_of_sixteen_or_more(feature_dim, groups):
    model = build_visual_categorizer(labels=2, feature_dim=feature_dim, preset="small")
    assert model.get_layer("nextvlad").groups == groups


def test_mixed_precision_leaves_scores_in_float32():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build_visual_categorizer(labels=4, feature_dim=12, preset="small")
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.get_layer("hidden").compute_dtype == "bfloat16"
    assert model(batch()).dtype == "float32"
    assert logits_model(model)(batch()).dtype == "float32"
    assert {variable.dtype for variable in model.weights} == {"float32"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"labels": 0}, r"`labels` must be positive. Received: labels=0$"),
        ({"feature_dim": 0}, r"Received: feature_dim=0$"),
        (
            {"preset": "huge"},
            r"one of \['base', 'paper', 'small'\]. Received: preset='huge'$",
        ),
        (
            {"pooling": "max"},
            r"one of \['average', 'nextvlad'\]. Received: pooling='max'$",
        ),
        ({"dropout": 1.0}, r"Received: dropout=1.0$"),
    ],
)
def test_arguments_outside_their_range_are_refused(arguments, message):
    usual = {"labels": 3, "feature_dim": 8, "preset": "small"}
    with pytest.raises(ValueError, match=message):
        build_visual_categorizer(**(usual | arguments))
