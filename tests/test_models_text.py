import keras
import numpy as np
import pytest
import tensorflow as tf

from vidcat.models.text import build_bag_of_words, build_text_categorizer
from vidcat.models.visual import logits_model

EMBEDDINGS = np.random.default_rng(0).normal(size=(5, 12)).astype("float32")


def sparse(rows):
    return tf.sparse.from_dense(np.array(rows, "float32"))


@pytest.fixture(scope="module")
def full_head():
    """With no argument at its default."""
    keras.utils.set_random_seed(1)
    return build_text_categorizer(
        labels=4,
        embedding_dim=12,
        hidden=(7, 6, 5),
        dropout=0.25,
        batch_norm_momentum=0.9,
    )


def test_default_head_has_the_parameters_of_two_dense_layers():
    model = build_text_categorizer(labels=196)
    # Two dense layers, scale and shift of the norm (and its averages), the outputs.
    trained = 512 * 512 + 512 + 512 * 256 + 256 + 2 * 256 + 256 * 196 + 196
    assert model.count_params() == trained + 2 * 256


def test_options_reach_their_layers(full_head):
    widths = [full_head.get_layer(f"hidden_{n}").units for n in (1, 2, 3)]
    assert widths == [7, 6, 5]
    assert full_head.get_layer("hidden_dropout").rate == 0.25
    assert full_head.get_layer("hidden_norm").momentum == 0.9


def test_scores_are_the_sigmoid_of_the_logits(full_head):
    logits = np.asarray(logits_model(full_head)(EMBEDDINGS))
    scores = np.asarray(full_head(EMBEDDINGS))
    assert scores.shape == (5, 4)
    assert np.ptp(logits) > 0.1
    np.testing.assert_allclose(scores, 1 / (1 + np.exp(-logits)), rtol=1e-5)


def test_bag_of_words_is_one_logistic_regression_a_label():
    model = build_bag_of_words(labels=2, vocabulary=3)
    kernel = np.array([[1.0, -1.0], [0.5, 0.0], [0.0, 2.0]], "float32")
    model.get_layer("logits").set_weights([kernel, np.array([0.1, -0.2], "float32")])
    rows = [[1, 0, 2], [0, 0, 0], [0, 3, 0]]
    expected = np.array(rows) @ kernel + [0.1, -0.2]
    np.testing.assert_allclose(
        logits_model(model)(sparse(rows)), expected, rtol=1e-6, atol=1e-6
    )
    np.testing.assert_allclose(
        model(sparse(rows)), 1 / (1 + np.exp(-expected)), rtol=1e-5
    )


def test_saved_models_score_the_same_in_safe_mode(full_head, tmp_path):
    words = build_bag_of_words(labels=2, vocabulary=3)
    words.get_layer("logits").kernel.assign(np.arange(6).reshape(3, 2))
    for model, inputs in ((full_head, EMBEDDINGS), (words, sparse([[1, 0, 2]]))):
        model.save(tmp_path / "model.keras")
        restored = keras.saving.load_model(
            tmp_path / "model.keras", compile=False, safe_mode=True
        )
        np.testing.assert_array_equal(restored(inputs), model(inputs))


def test_mixed_precision_leaves_scores_in_float32():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build_text_categorizer(labels=4, embedding_dim=12)
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.get_layer("hidden_1").compute_dtype == "bfloat16"
    assert logits_model(model)(EMBEDDINGS).dtype == "float32"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"labels": 0}, r"`labels` must be positive. Received: labels=0$"),
        ({"embedding_dim": 0}, r"Received: embedding_dim=0$"),
        ({"hidden": ()}, r"Received: hidden=\(\)$"),
        ({"hidden": (4, 0)}, r"Received: hidden=\(4, 0\)$"),
        ({"dropout": 1.0}, r"Received: dropout=1.0$"),
    ],
)
def test_arguments_outside_their_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        build_text_categorizer(**({"labels": 3, "embedding_dim": 8} | arguments))


def test_an_empty_vocabulary_is_refused():
    with pytest.raises(ValueError, match=r"Received: vocabulary=0$"):
        build_bag_of_words(labels=3, vocabulary=0)
