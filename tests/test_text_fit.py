import keras
import numpy as np
import pytest
from scipy.sparse import csr_matrix

from vidcat.inference.texts.head import BATCH_TEXTS, head_logits
from vidcat.models.text import build_bag_of_words, build_text_categorizer
from vidcat.models.visual import logits_model
from vidcat.training.evaluation import video_metrics
from vidcat.training.networks.progress import TrainingDiverged
from vidcat.training.texts.fit import (
    HeadConfig,
    LabelledTexts,
    NoPositiveLabel,
    fit_head,
)

DIM = 12


def labelled(texts, seed):
    """Embeddings whose first three values tell three labels."""
    rng = np.random.default_rng(seed)
    labels = (rng.random((texts, 3)) < 0.4).astype(np.int8)
    inputs = 0.3 * rng.normal(size=(texts, DIM))
    inputs[:, :3] += labels
    return LabelledTexts(inputs=inputs.astype(np.float32), labels=labels)


def config(**changes):
    usual = {"optimizer": lambda: keras.optimizers.Adam(1e-2), "epochs": 8}
    return HeadConfig(**(usual | changes))


def build(steps):
    return build_text_categorizer(
        labels=3, embedding_dim=DIM, hidden=(16, 8), batch_norm_momentum=0.8
    )


def linear(steps):
    return build_bag_of_words(labels=3, vocabulary=DIM)


def sparse(texts):
    return LabelledTexts(inputs=csr_matrix(texts.inputs), labels=texts.labels)


def test_the_best_epoch_is_kept_and_training_stops_after_it():
    train, validation = labelled(200, 1), labelled(100, 2)
    told = []
    model = fit_head(
        build,
        train,
        validation,
        config(epochs=40, patience=2),
        seed=0,
        listener=lambda *report: told.append(report),
    )
    gaps = [gap for *_, gap in told]
    best = int(np.argmax(gaps))
    assert len(gaps) == min(40, best + 1 + 2)
    logits = head_logits(logits_model(model), validation.inputs)
    assert video_metrics(validation.labels, logits)["gap"] == gaps[best]
    assert gaps[best] > 0.9


def test_a_linear_model_on_sparse_inputs_finds_the_same_as_a_loop():
    train = labelled(40, 1)
    step = 0.5
    model = fit_head(
        linear,
        sparse(train),
        sparse(labelled(30, 2)),
        config(optimizer=lambda: keras.optimizers.SGD(step), epochs=1, batch_size=64),
        seed=0,
    )
    # One step over all 40 rows; 24 more fill the batch and add nothing to its sum.
    shares = (train.labels.sum(axis=0) + 0.5) / (len(train.labels) + 1)
    wrong = (train.labels - shares) / 64
    kernel, bias = model.get_layer("logits").get_weights()
    np.testing.assert_allclose(kernel, step * train.inputs.T @ wrong, atol=1e-5)
    start = np.log(shares / (1 - shares))
    np.testing.assert_allclose(bias, start + step * wrong.sum(axis=0), atol=1e-5)


def test_unknown_labels_teach_nothing():
    train, validation = labelled(60, 1), labelled(30, 2)
    labels = train.labels.copy()
    labels[::2] = -1
    other = train.inputs.copy()
    other[::2] += 5
    settings = config(optimizer=lambda: keras.optimizers.SGD(1.0), epochs=3)
    kernels = [
        fit_head(
            linear,
            LabelledTexts(inputs=csr_matrix(inputs), labels=labels),
            sparse(validation),
            settings,
            seed=0,
        )
        .get_layer("logits")
        .get_weights()[0]
        for inputs in (train.inputs, other)
    ]
    np.testing.assert_array_equal(*kernels)
    assert np.abs(kernels[0]).max() > 0.1


def test_the_seed_decides_the_weights():
    train, validation = labelled(100, 1), labelled(50, 2)

    def weights(seed):
        return fit_head(build, train, validation, config(epochs=2), seed=seed)

    first, again, other = (weights(seed).get_weights() for seed in (3, 3, 4))
    assert all(map(np.array_equal, first, again))
    assert not all(map(np.array_equal, first, other))


@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_a_text_has_the_same_logits_alone_and_among_others(kind):
    texts = labelled(2 * BATCH_TEXTS + 5, 3)
    model = (build if kind == "dense" else linear)(1)
    if kind == "sparse":
        texts = sparse(texts)
        model.get_layer("logits").kernel.assign(np.arange(36).reshape(DIM, 3) / 7)
    network = logits_model(model)
    among = head_logits(network, texts.inputs)
    assert among.shape == (2 * BATCH_TEXTS + 5, 3)
    for row in (0, BATCH_TEXTS, 2 * BATCH_TEXTS + 4):
        alone = head_logits(network, texts.inputs[row : row + 1])
        np.testing.assert_array_equal(alone[0], among[row])


def test_sparse_inputs_score_as_dense_ones_would():
    texts = labelled(70, 3)
    model = linear(1)
    kernel = np.linspace(-1, 1, DIM * 3).reshape(DIM, 3)
    model.get_layer("logits").kernel.assign(kernel)
    logits = head_logits(logits_model(model), csr_matrix(texts.inputs))
    np.testing.assert_allclose(logits, texts.inputs @ kernel, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("part", ["training", "validation"])
def test_a_part_without_a_true_label_is_an_error(part):
    good = labelled(20, 1)
    bare = LabelledTexts(inputs=good.inputs, labels=np.zeros((20, 3), np.int8))
    parts = (bare, good) if part == "training" else (good, bare)
    with pytest.raises(NoPositiveLabel, match=rf"The {part} part .* \(texts: 20\)"):
        fit_head(build, *parts, config(), seed=0)


def test_a_loss_that_is_no_number_stops_the_training():
    broken = labelled(80, 1)
    broken.inputs[7, 3] = np.nan
    with pytest.raises(TrainingDiverged, match="nan"):
        fit_head(linear, sparse(broken), sparse(labelled(20, 2)), config(), seed=0)
