import keras
import numpy as np
import pytest
import tensorflow as tf

from vidcat.training.networks.loss import KnownLabelsCrossEntropy


def test_sums_over_known_labels_and_averages_over_videos():
    truth = np.array([[1, 0, -1], [-1, -1, 1]], "int8")
    logits = np.array([[0.0, 2.0, 5.0], [9.0, -9.0, 1.0]], "float32")
    # Video 0: -ln s(0) - ln(1 - s(2)) = 0.693147 + 2.126928; video 1: -ln s(1) =
    # 0.313262. Mean of 2.820075 and 0.313262.
    assert float(KnownLabelsCrossEntropy()(truth, logits)) == pytest.approx(1.566669)


def test_unknown_labels_have_no_gradient():
    truth = tf.constant([[1, -1], [-1, -1]], tf.int8)
    logits = tf.Variable([[0.3, 0.7], [2.0, -3.0]])
    with tf.GradientTape() as tape:
        loss = KnownLabelsCrossEntropy()(truth, logits)
    # d/dz of the mean over two videos of -ln s(z): (s(0.3) - 1) / 2.
    expected = [[(1 / (1 + np.exp(-0.3)) - 1) / 2, 0], [0, 0]]
    np.testing.assert_allclose(tape.gradient(loss, logits), expected, rtol=1e-5)


@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_large_logits_do_not_overflow(logit):
    wrong = np.array([[1 if logit < 0 else 0]], "int8")
    loss = float(KnownLabelsCrossEntropy()(wrong, np.array([[logit]], "float32")))
    assert loss == pytest.approx(1e4)


def test_is_saved_with_a_model():
    restored = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(KnownLabelsCrossEntropy(name="mine"))
    )
    assert isinstance(restored, KnownLabelsCrossEntropy)
    assert restored.name == "mine"
