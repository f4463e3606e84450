import numpy as np
import pytest

from vidcat.training.networks.checkpoint import (
    Checkpoint,
    CheckpointMismatch,
    DamagedCheckpoint,
)


@pytest.fixture
def checkpoint():
    return Checkpoint(
        fingerprint={"learning_rate": 0.001, "train": "ab12"},
        state={"epoch": 3, "history": [{"loss": 0.25}]},
        arrays={
            "model": [np.full((2, 3), n, "float32") for n in range(12)],
            "optimizer": [np.array(7, "int64"), np.array([1, 2], "uint32")],
        },
    )


def test_reads_back_what_was_written(checkpoint, tmp_path):
    checkpoint.write(tmp_path / "c.npz")
    restored = Checkpoint.read(tmp_path / "c.npz")
    assert restored.fingerprint == checkpoint.fingerprint
    assert restored.state == checkpoint.state
    assert restored.arrays.keys() == checkpoint.arrays.keys()
    for name, arrays in checkpoint.arrays.items():
        assert len(restored.arrays[name]) == len(arrays)
        for ours, theirs in zip(restored.arrays[name], arrays, strict=True):
            assert ours.dtype == theirs.dtype
            np.testing.assert_array_equal(ours, theirs)


def test_failed_writing_leaves_the_old_one(checkpoint, tmp_path):
    path = tmp_path / "c.npz"
    checkpoint.write(path)
    whole = path.read_bytes()
    pickled = Checkpoint(
        fingerprint={}, state={}, arrays={"model": [np.array([object()])]}
    )
    with pytest.raises(ValueError, match="pickle"):
        pickled.write(path)
    assert path.read_bytes() == whole


@pytest.mark.parametrize("damage", ["cut", "changed", "emptied", "replaced"])
def test_damage_is_told_with_the_remedy(checkpoint, tmp_path, damage):
    path = tmp_path / "c.npz"
    checkpoint.write(path)
    whole = bytearray(path.read_bytes())
    if damage == "changed":
        whole[whole.index(np.full((2, 3), 5, "float32").tobytes())] ^= 1
    path.write_bytes(
        {
            "cut": whole[: len(whole) // 2],
            "changed": whole,
            "emptied": b"",
            "replaced": b"no archive at all",
        }[damage]
    )
    with pytest.raises(DamagedCheckpoint, match="delete it to start") as caught:
        Checkpoint.read(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_another_training_is_refused_by_what_differs(checkpoint, tmp_path):
    path = tmp_path / "c.npz"
    checkpoint.require_same({"learning_rate": 0.001, "train": "ab12"}, path)
    with pytest.raises(CheckpointMismatch) as caught:
        checkpoint.require_same({"learning_rate": 0.1, "train": "ab12"}, path)
    assert str(caught.value) == (
        f"{path}: belongs to another training (learning_rate was 0.001, is 0.1). Take "
        "another folder, or delete this one to start anew."
    )
