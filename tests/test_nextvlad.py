from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from vidcat.models.nextvlad import NeXtVLAD

GOLDEN = Path(__file__).parent / "golden" / "nextvlad_1.npz"
WEIGHTS = ("widen", "attend", "assign", "assign_norm", "descriptor_norm")


def softmax(x):
    powers = np.exp(x - x.max())
    return powers / powers.sum()


def normalised(x, norm, mean, variance):
    return norm["gamma"] * (x - mean) / np.sqrt(variance + 1e-3) + norm["beta"]


def weights_of(layer):
    """The layer's weights in float64, by the names of the definition."""
    dense = {
        name: [np.float64(w) for w in getattr(layer, name).get_weights()]
        for name in ("widen", "attend", "assign")
    }
    norms = {
        name: dict(
            zip(
                ("gamma", "beta", "mean", "variance"),
                map(np.float64, getattr(layer, name).get_weights()),
                strict=True,
            )
        )
        for name in ("assign_norm", "descriptor_norm")
    }
    return dense | norms | {"centres": np.float64(layer.centres.numpy())}


def pool_by_loops(w, videos, groups, training):
    """The definition over videos of different lengths, without any padding.

    Returns the descriptors and the (mean, variance) that each norm used.
    """
    clusters, width = w["centres"].shape
    wide = [[f @ w["widen"][0] + w["widen"][1] for f in video] for video in videos]
    raw = [[x @ w["assign"][0] for x in video] for video in wide]
    every_frame = np.array([x for video in raw for x in video])
    used = {"assign_norm": statistics(every_frame, w["assign_norm"], training)}
    vectors = []
    for frames, assigned in zip(wide, raw, strict=True):
        total = np.zeros((clusters, width))
        for x, a in zip(frames, assigned, strict=True):
            attention = 1 / (1 + np.exp(-(x @ w["attend"][0] + w["attend"][1])))
            scaled = normalised(a, w["assign_norm"], *used["assign_norm"])
            for g in range(groups):
                share = softmax(scaled[g * clusters : (g + 1) * clusters])
                part = x[g * width : (g + 1) * width]
                for k in range(clusters):
                    total[k] += attention[g] * share[k] * (part - w["centres"][k])
        total /= np.linalg.norm(total, axis=1, keepdims=True)
        vectors.append(total.T.ravel())
    vectors = np.array(vectors)
    norm = w["descriptor_norm"]
    used["descriptor_norm"] = statistics(vectors, norm, training)
    return normalised(vectors, norm, *used["descriptor_norm"]), used


def statistics(rows, norm, training):
    if training:
        return rows.mean(axis=0), rows.var(axis=0)
    return norm["mean"], norm["variance"]


def built_layer(rng, **arguments):
    """A layer with feature width 6 none of whose weights is as it was drawn."""
    layer = NeXtVLAD(**arguments)
    layer.build((None, None, 6))
    for variable in layer.weights:
        start = variable.numpy()
        moved = start + rng.uniform(0.05, 0.3, size=start.shape)
        variable.assign(moved.astype("float32"))
    return layer


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def frames(rng):
    return rng.normal(size=(3, 5, 6)).astype("float32")


LENGTHS = np.array([5, 2, 3])
MASK = np.arange(5) < LENGTHS[:, None]


def test_equals_the_reference_layer():
    golden = np.load(GOLDEN)
    layer = NeXtVLAD(
        int(golden["clusters"]),
        groups=int(golden["groups"]),
        expansion=int(golden["expansion"]),
    )
    layer.build((None, None, int(golden["feature_size"])))
    w = {name.removeprefix("w/v/"): golden[name] for name in golden if "w/v/" in name}
    norm = ("gamma", "beta", "moving_mean", "moving_variance")
    layer.widen.set_weights([w["fully_connected/weights"], w["fully_connected/biases"]])
    layer.attend.set_weights(
        [w["fully_connected_1/weights"], w["fully_connected_1/biases"]]
    )
    layer.assign.set_weights([w["cluster_weights"]])
    layer.assign_norm.set_weights([w[f"cluster_bn/{name}"] for name in norm])
    layer.descriptor_norm.set_weights([w[f"vlad_bn/{name}"] for name in norm])
    layer.centres.assign(w["cluster_weights2"][0].T)
    mask = np.arange(int(golden["max_frames"])) < golden["num_frames"][:, None]
    pooled = layer(golden["x"], mask=mask)
    np.testing.assert_allclose(pooled, golden["y"], atol=1e-5)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize(("groups", "expansion"), [(1, 1), (3, 1), (4, 2)])
def test_matches_the_definition(rng, frames, groups, expansion, training):
    layer = built_layer(rng, clusters=3, groups=groups, expansion=expansion)
    videos = [video[:n] for video, n in zip(frames, LENGTHS, strict=True)]
    expected, _ = pool_by_loops(weights_of(layer), videos, groups, training)
    pooled = layer(frames, mask=MASK, training=training)
    np.testing.assert_allclose(pooled, expected, rtol=2e-4, atol=2e-5)


def test_moving_averages_take_in_the_statistics_of_the_unmasked_frames(rng, frames):
    layer = built_layer(rng, clusters=3, groups=4, batch_norm_momentum=0.75)
    before = weights_of(layer)
    videos = [video[:n] for video, n in zip(frames, LENGTHS, strict=True)]
    _, used = pool_by_loops(before, videos, 4, training=True)
    layer(frames, mask=MASK, training=True)
    after = weights_of(layer)
    for name in ("assign_norm", "descriptor_norm"):
        mean, variance = used[name]
        np.testing.assert_allclose(
            after[name]["mean"], 0.75 * before[name]["mean"] + 0.25 * mean, rtol=1e-4
        )
        np.testing.assert_allclose(
            after[name]["variance"],
            0.75 * before[name]["variance"] + 0.25 * variance,
            rtol=1e-4,
        )


def gradients(layer, frames, mask, direction):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(frames, mask=mask, training=True) * direction)
    weights = layer.trainable_weights
    assert len(weights) == 10
    return {
        weight.path: gradient.numpy()
        for weight, gradient in zip(
            weights, tape.gradient(loss, [w.value for w in weights]), strict=True
        )
    }


def test_padding_changes_neither_result_nor_statistics_nor_gradients(rng, frames):
    layer = built_layer(rng, clusters=3, groups=4)
    start = layer.get_weights()
    direction = rng.normal(size=(3, 9)).astype("float32")
    padded = np.pad(frames, [(0, 0), (0, 4), (0, 0)], constant_values=9.0)
    mask = np.tile(np.arange(9) < 5, (3, 1))
    alone = gradients(layer, frames, None, direction)
    statistics_alone = layer.get_weights()
    layer.set_weights(start)
    with_padding = gradients(layer, padded, mask, direction)
    for path, gradient in alone.items():
        np.testing.assert_allclose(
            with_padding[path], gradient, rtol=1e-3, atol=1e-4, err_msg=path
        )
    for ours, theirs in zip(layer.get_weights(), statistics_alone, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    layer.set_weights(start)
    np.testing.assert_allclose(
        layer(padded, mask=mask), layer(frames), rtol=1e-4, atol=1e-5
    )


def test_gradients_are_those_of_the_definition(rng, frames):
    layer = built_layer(rng, clusters=3, groups=4)
    w = weights_of(layer)
    videos = [video[:n] for video, n in zip(frames, LENGTHS, strict=True)]
    direction = rng.normal(size=(3, 9))
    found = gradients(layer, frames, MASK, direction.astype("float32"))
    # Nudged one value at a time, the loops' loss must change as the gradient says.
    nudged = {
        "widen/kernel": w["widen"][0],
        "attend/bias": w["attend"][1],
        "assign/kernel": w["assign"][0],
        "assign_norm/gamma": w["assign_norm"]["gamma"],
        "descriptor_norm/beta": w["descriptor_norm"]["beta"],
        "centres": w["centres"],
    }
    for name, array in nudged.items():
        (path,) = [path for path in found if path.endswith(name)]
        for place in rng.choice(array.size, size=4, replace=False):
            index = np.unravel_index(place, array.shape)
            losses = []
            for step in (1e-5, -2e-5):
                array[index] += step
                pooled, _ = pool_by_loops(w, videos, 4, training=True)
                losses.append((pooled * direction).sum())
            array[index] += 1e-5
            slope = (losses[0] - losses[1]) / 2e-5
            np.testing.assert_allclose(
                found[path][index], slope, rtol=5e-3, atol=5e-4, err_msg=name
            )


def test_video_without_frames_gets_zeros_before_the_last_norm(frames):
    layer = NeXtVLAD(clusters=3, groups=4)
    mask = np.array([[True] * 5, [False] * 5, [True] * 5])
    with tf.GradientTape() as tape:
        pooled = layer(frames, mask=mask)
        loss = tf.reduce_sum(pooled)
    np.testing.assert_array_equal(pooled[1], np.zeros(9))
    for gradient in tape.gradient(loss, [w.value for w in layer.trainable_weights]):
        assert np.isfinite(gradient).all()


def test_half_precision_stays_close_and_keeps_statistics_in_float32(rng):
    # 300 frames a video, far from the origin: a bfloat16 sum stops growing at 256
    # equal terms, and a bfloat16 residual loses what is left of such a mean.
    away = rng.normal(size=(4, 1, 6)) * 3
    frames = (away + rng.normal(size=(4, 300, 6))).astype("float32")
    exact = NeXtVLAD(clusters=3, groups=4, batch_norm_momentum=0.0)
    half = NeXtVLAD(
        clusters=3, groups=4, batch_norm_momentum=0.0, dtype="mixed_bfloat16"
    )
    exact.build(frames.shape)
    half.build(frames.shape)
    half.set_weights(exact.get_weights())
    fine = np.asarray(exact(frames))
    rough = half(frames)
    assert rough.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(rough, "float32"), fine, atol=0.06)
    assert np.ptp(fine) > 0.5
    exact(frames, training=True)
    half(frames, training=True)
    for ours, theirs in zip(
        half.assign_norm.get_weights(), exact.assign_norm.get_weights(), strict=True
    ):
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, theirs, rtol=0.05, atol=0.05)


def test_groups_must_divide_the_widened_features(frames):
    with pytest.raises(
        ValueError, match=r"Received: groups=5, expansion=2, feature_dim=6$"
    ):
        NeXtVLAD(clusters=3, groups=5)(frames)


@pytest.mark.parametrize("name", ["clusters", "groups", "expansion"])
def test_counts_must_be_positive(name):
    with pytest.raises(ValueError, match=rf"{name}=0"):
        NeXtVLAD(**{"clusters": 3, name: 0})


@pytest.mark.parametrize("momentum", [-0.1, 1.0])
def test_momentum_must_be_a_share(momentum):
    with pytest.raises(ValueError, match=rf"Received: batch_norm_momentum={momentum}$"):
        NeXtVLAD(clusters=3, batch_norm_momentum=momentum)


def test_starts_with_activations_of_the_size_of_its_input(rng):
    # He initialisation keeps the variance of what comes in: E[(xW)^2] = 2 E[x^2].
    layer = NeXtVLAD(clusters=4, groups=4)
    frames = rng.normal(size=(2, 50, 64)).astype("float32")
    layer(frames)
    wide = keras.ops.convert_to_numpy(layer.widen(frames))
    assert wide.var() == pytest.approx(2, rel=0.15)
    assert layer.centres.numpy().std() == pytest.approx(1 / 8, rel=0.15)
