import json
from dataclasses import replace

import keras
import numpy as np
import pytest
from described_videos import WIDTH, StoredFrames, labelled_videos

from vidcat.models.metadata import MetadataShape
from vidcat.models.visual import logits_model
from vidcat.training.config import TrainConfig
from vidcat.training.dataset import InvalidExamples
from vidcat.training.evaluation import video_metrics
from vidcat.training.fit import fit, predict_logits
from vidcat.training.networks.checkpoint import CheckpointMismatch
from vidcat.training.networks.loss import KnownLabelsCrossEntropy
from vidcat.training.networks.network import TrainedNetwork
from vidcat.training.networks.progress import TrainingDiverged

SHAPE = MetadataShape(owners=5, upload_categories=3, languages=4)
QUICK = TrainConfig(preset="small", pooling="average", epochs=2, batch_size=16)
NEXTVLAD = replace(
    QUICK, pooling="nextvlad", epochs=4, learning_rate=3e-3, tensorboard=True
)


@pytest.fixture(scope="module")
def train():
    return labelled_videos(40, seed=1)


@pytest.fixture(scope="module")
def validation():
    return labelled_videos(20, seed=2)


def scores_of(model, examples):
    model.compile()
    return predict_logits(model, examples, batch_size=8, max_frames=300)


@pytest.fixture(scope="module")
def trained(train, validation, tmp_path_factory):
    """A NeXtVLAD training, the folder it left and all it reported."""
    folder = tmp_path_factory.mktemp("trained")
    reports = []
    result = fit(train, validation, NEXTVLAD, folder, progress=reports.append)
    return result, folder, reports


def test_learns_to_rank_the_labels(trained, validation):
    result, _, _ = trained
    assert result.history[-1]["loss"] < 0.8 * result.history[0]["loss"]
    figures = video_metrics(validation.labels, scores_of(result.model, validation))
    assert figures["gap"] > 0.9


def test_result_is_the_best_epochs_network(trained, validation):
    result, _, _ = trained
    gaps = [entry["validation_gap"] for entry in result.history]
    assert result.best_epoch == 1 + int(np.argmax(gaps))
    figures = video_metrics(validation.labels, scores_of(result.model, validation))
    assert figures["gap"] == pytest.approx(max(gaps), abs=1e-6)


def test_history_measures_every_epoch_and_is_written(trained, validation):
    result, folder, _ = trained
    assert [entry["epoch"] for entry in result.history] == [1, 2, 3, 4]
    lines = (folder / "history.jsonl").read_text().splitlines()
    assert tuple(json.loads(line) for line in lines) == result.history
    last = result.history[-1]
    assert last["learning_rate"] == pytest.approx(NEXTVLAD.learning_rate)
    for name in ("gap", "mean_average_precision", "hit_at_1", "perr", "loss"):
        assert np.isfinite(last[f"validation_{name}"])


def test_reports_each_batch_and_the_end_of_each_epoch(trained):
    result, _, reports = trained
    batches = [(r.epoch, r.batch) for r in reports if r.validation is None]
    assert batches == [(epoch, batch) for epoch in range(1, 5) for batch in (1, 2, 3)]
    ends = [report for report in reports if report.validation is not None]
    assert [end.validation["gap"] for end in ends] == [
        entry["validation_gap"] for entry in result.history
    ]
    assert {(r.epochs, r.batches) for r in reports} == {(4, 3)}
    assert reports[0].seconds_left is None
    assert reports[1].seconds_left > 0
    assert reports[-1].seconds_left == 0


def test_logs_are_readable_by_tensorboard(trained):
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator"
    ).EventAccumulator
    result, folder, _ = trained
    events = accumulator(str(folder / "tensorboard"))
    events.Reload()
    tensors = events.Tensors("validation_gap")
    assert [event.step for event in tensors] == [1, 2, 3, 4]
    assert [event.tensor_proto.float_val[0] for event in tensors] == pytest.approx(
        [entry["validation_gap"] for entry in result.history]
    )


def test_finished_training_is_not_repeated(trained, train, validation):
    result, folder, _ = trained
    reports = []
    again = fit(train, validation, NEXTVLAD, folder, progress=reports.append)
    assert reports == []
    assert again.resumed_after_epoch == 4
    assert again.history == result.history
    np.testing.assert_array_equal(
        scores_of(again.model, validation), scores_of(result.model, validation)
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rate": 0.5}, r"learning_rate was 0.003, is 0.5"),
        ({"seed": 9}, r"seed was 0, is 9"),
    ],
)
def test_checkpoint_of_other_settings_is_refused(
    trained, train, validation, change, message
):
    _, folder, _ = trained
    with pytest.raises(CheckpointMismatch, match=message):
        fit(train, validation, replace(NEXTVLAD, **change), folder)


def test_checkpoint_of_other_data_is_refused(trained, train, validation):
    _, folder, _ = trained
    other = replace(train, labels=np.roll(train.labels, 1, axis=0))
    with pytest.raises(CheckpointMismatch, match=r"\(train was '\w{64}', is '\w{64}'"):
        fit(other, validation, NEXTVLAD, folder)


@pytest.fixture(scope="module")
def partly_labelled(train):
    """Examples none of which has the second label."""
    labels = train.labels.copy()
    labels[:, 1] = np.minimum(labels[:, 1], 0)
    return replace(train, labels=labels)


# 32 examples are two batches of 16; an epoch has three. After one epoch one step of
# the learning rate is complete, after two epochs three are.
FALLING = replace(QUICK, decay_examples=32, decay_rate=0.5)


@pytest.fixture(scope="module")
def falling(partly_labelled, validation, tmp_path_factory):
    folder = tmp_path_factory.mktemp("falling")
    return fit(partly_labelled, validation, FALLING, folder)


def test_learning_rate_falls_in_steps(falling):
    rates = [entry["learning_rate"] for entry in falling.history]
    assert rates == pytest.approx([0.5e-3, 0.125e-3])


def test_labels_without_positives_are_named(falling):
    assert falling.labels_without_positives == (1,)


def test_one_seed_makes_a_run_repeatable(
    falling, partly_labelled, validation, tmp_path
):
    again = fit(partly_labelled, validation, FALLING, tmp_path)
    pairs = zip(falling.model.get_weights(), again.model.get_weights(), strict=True)
    assert all(np.array_equal(ours, theirs) for ours, theirs in pairs)
    assert falling.history[0]["loss"] == again.history[0]["loss"]


def test_another_seed_starts_with_other_weights(train):
    first, second = (
        TrainedNetwork(train, replace(QUICK, seed=seed), None, None) for seed in (0, 1)
    )
    kernels = [n.full.get_layer("hidden").kernel.numpy() for n in (first, second)]
    assert np.abs(kernels[0] - kernels[1]).max() > 0.1


def test_stops_without_improvement_and_keeps_the_best_epochs_weights(
    train, validation, tmp_path
):
    # Where every label is true every ranking is perfect: no epoch beats the first.
    all_true = replace(validation, labels=np.ones_like(validation.labels))
    config = replace(QUICK, epochs=9, patience=2)
    result = fit(train, all_true, config, tmp_path)
    assert result.best_epoch == 1
    assert len(result.history) == 3
    logits = scores_of(logits_model(result.model), all_true)
    loss = float(KnownLabelsCrossEntropy()(all_true.labels, logits))
    losses = [entry["validation_loss"] for entry in result.history]
    assert loss == pytest.approx(losses[0], rel=1e-4)
    assert loss != pytest.approx(losses[2], rel=1e-3)


def test_outputs_start_at_the_share_of_each_label(train):
    network = TrainedNetwork(train, QUICK, None, None)
    yes = (train.labels == 1).sum(axis=0) + 0.5
    no = (train.labels == 0).sum(axis=0) + 0.5
    np.testing.assert_allclose(
        network.full.get_layer("logits").bias.numpy(), np.log(yes / no), rtol=1e-5
    )


def test_mixed_precision_and_xla_end_in_a_float32_network(tmp_path):
    config = replace(QUICK, mixed_precision=True, xla=True, dropout=0.0)
    # One shape, which is compiled twice: to train, and to measure.
    train = labelled_videos(32, seed=1, longest=1)
    validation = labelled_videos(16, seed=2, longest=1)
    network = TrainedNetwork(train, config, None, None)
    assert network.full.get_layer("hidden").compute_dtype == "bfloat16"
    assert network.trained.jit_compile
    result = fit(train, validation, config, tmp_path)
    assert keras.config.dtype_policy().name == "float32"
    assert result.model.get_layer("hidden").compute_dtype == "float32"
    assert result.history[1]["loss"] < result.history[0]["loss"]


def test_trains_with_metadata_and_undone_whitening(tmp_path):
    train = labelled_videos(40, seed=1, metadata=True)
    # The owner alone tells the first label.
    labels = train.labels.copy()
    labels[:, 0] = train.metadata["owner"] == 3
    train = replace(train, labels=labels)
    config = replace(QUICK, epochs=5, learning_rate=3e-3, owner_dropout=0.0)
    result = fit(
        train,
        train,
        config,
        tmp_path,
        metadata_shape=SHAPE,
        undo_whitening=np.full(WIDTH, 0.25),
    )
    assert result.model.get_layer("undo_whitening").eigenvalues == [0.25] * WIDTH
    logits = scores_of(logits_model(result.model), train)
    others = logits[train.metadata["owner"] != 3, 0]
    assert logits[train.metadata["owner"] == 3, 0].min() > np.median(others)


def with_frames(examples, name, values):
    frames = dict(examples.features) | {name: StoredFrames(values)}
    return replace(examples, features=frames)


def test_unusable_features_are_named(train, validation, tmp_path):
    broken = np.full((2, WIDTH), np.nan, "float32")
    # Neither the first video nor one that the checkpoint's hash looks at.
    with pytest.raises(InvalidExamples, match=r"^Video 'v13': .*frames\[0, 0\]=nan$"):
        fit(with_frames(train, "v13", broken), validation, QUICK, tmp_path)


def test_diverging_training_stops_with_one_error(train, validation, tmp_path):
    huge = {n: StoredFrames(s.values * 3e37) for n, s in train.features.items()}
    with pytest.raises(TrainingDiverged, match=r"^The loss became nan in epoch 1"):
        fit(replace(train, features=huge), validation, QUICK, tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda examples: replace(examples, labels=examples.labels[:, :2]),
            r"the same labels. Received: 3 and 2$",
        ),
        (
            lambda examples: with_frames(examples, "v0", np.zeros((1, 5), "float32")),
            r"the same feature_dim. Received: 8 and 5$",
        ),
        (
            lambda examples: replace(examples, labels=np.minimum(examples.labels, 0)),
            r"`validation` must have a positive label. Received: 20 videos",
        ),
        (
            lambda examples: labelled_videos(20, seed=2, metadata=True),
            r"the same metadata. Received: False and True$",
        ),
    ],
    ids=["labels", "width", "positives", "metadata"],
)
def test_parts_must_fit_each_other(train, validation, tmp_path, change, message):
    with pytest.raises(InvalidExamples, match=message):
        fit(train, change(validation), QUICK, tmp_path)


def test_metadata_shape_belongs_to_metadata(train, validation, tmp_path):
    with pytest.raises(InvalidExamples, match=r"owners=5.*, no metadata$"):
        fit(train, validation, QUICK, tmp_path, metadata_shape=SHAPE)


def test_more_gpus_than_there_are_is_an_error(train, validation, tmp_path):
    config = replace(QUICK, gpus=16)
    with pytest.raises(ValueError, match=r"number of devices. Received: gpus=16, dev"):
        fit(train, validation, config, tmp_path)
