"""How batches reach `fit` and `predict` of a Keras model."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from vidcat.training.networks.batches import VideoBatches


@contextmanager
def fed(batches: VideoBatches) -> Iterator[Any]:
    """Gives what a Keras model under the current backend can read batches from.

    Under TensorFlow that is a `tf.data.Dataset`, read ahead in a thread of its own
    and shared out to several GPUs. Keras would make one itself, but take the shapes
    of all batches from the first two, and fail at the first that is longer.

    Args:
        batches: The batches.

    Raises:
        Exception: What `batches` raised, as it raised it: TensorFlow would give an
            error of its own, with a traceback for a text.
    """
    if keras.backend.backend() != "tensorflow":
        yield batches
        return
    failures: list[Exception] = []
    try:
        yield _tensorflow_dataset(batches, failures)
    except Exception as error:
        if failures:
            raise failures[0] from error
        raise


def _tensorflow_dataset(batches: VideoBatches, failures: list[Exception]) -> Any:
    import tensorflow as tf

    def generate() -> Iterator[Any]:
        try:
            for index in range(len(batches)):
                inputs, labels = batches[index]
                yield _summable(inputs), labels
        except Exception as error:
            failures.append(error)
            raise

    def spec(values: Any, name: str | None = None) -> Any:
        shape = list(values.shape)
        if name in ("frames", "mask"):
            shape[1] = None
        return tf.TensorSpec(shape, values.dtype)

    inputs, labels = batches[0]
    inputs = _summable(inputs)
    signature = ({name: spec(inputs[name], name) for name in inputs}, spec(labels))
    dataset = tf.data.Dataset.from_generator(generate, output_signature=signature)
    counted = dataset.apply(tf.data.experimental.assert_cardinality(len(batches)))
    return counted.prefetch(2)


def _summable(inputs: dict[str, Any]) -> dict[str, Any]:
    # With several replicas Keras looks at the mean of their first batches, which
    # booleans have not. The network's own input makes booleans of them again.
    return inputs | {"mask": inputs["mask"].astype("uint8")}
