from dataclasses import fields

import pytest

from vidcat.training.config import TrainConfig


def test_mapping_and_json_name_the_same_fields():
    values = TrainConfig(epochs=3, clip_norm=None, xla=True).to_json()
    assert set(values) == {field.name for field in fields(TrainConfig)}
    assert TrainConfig.from_mapping(values) == TrainConfig(
        epochs=3, clip_norm=None, xla=True
    )


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(
        ValueError, match=r"^Unknown training options \['rate'\]; known"
    ):
        TrainConfig.from_mapping({"rate": 0.1})


def test_zero_is_a_value_not_a_default():
    config = TrainConfig.from_mapping({"seed": 0, "dropout": 0.0, "owner_dropout": 0})
    assert (config.seed, config.dropout, config.owner_dropout) == (0, 0.0, 0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"epochs": 0}, r"`epochs` must be at least 1. Received: epochs=0$"),
        ({"batch_size": 0}, r"Received: batch_size=0$"),
        ({"max_frames": -1}, r"Received: max_frames=-1$"),
        ({"patience": 0}, r"Received: patience=0$"),
        ({"seed": -1}, r"`seed` must not be negative. Received: seed=-1$"),
        ({"learning_rate": 0.0}, r"must be positive and finite.*learning_rate=0.0$"),
        ({"learning_rate": float("nan")}, r"Received: learning_rate=nan$"),
        ({"clip_norm": float("inf")}, r"Received: clip_norm=inf$"),
        ({"decay_rate": 0.0}, r"Received: decay_rate=0.0$"),
        ({"dropout": 1.0}, r"must be in \[0, 1\). Received: dropout=1.0$"),
        ({"owner_dropout": 1.5}, r"Received: owner_dropout=1.5$"),
        ({"batch_size": 9, "gpus": 2}, r"Received: batch_size=9, gpus=2$"),
        ({"xla": True, "gpus": 2}, r"`xla` must be false.*: xla=True, gpus=2$"),
    ],
)
def test_values_outside_their_range_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        TrainConfig(**values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"epochs": 2.5}, r"`epochs` must be an integer. Received: epochs=2.5$"),
        ({"gpus": True}, r"Received: gpus=True$"),
        ({"xla": "yes"}, r"`xla` must be true or false. Received: xla='yes'$"),
        ({"dropout": "0.5"}, r"`dropout` must be a number. Received: dropout='0.5'$"),
    ],
)
def test_values_of_another_type_are_refused(values, message):
    with pytest.raises(TypeError, match=message):
        TrainConfig(**values)
