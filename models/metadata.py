"""From a video's metadata, as numbers, to a vector."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

NUMBERS = 4
"""Values of the `numbers` input: duration and age, each with a mark for present."""

_OWNER_WIDTH = 32
_CATEGORY_WIDTH = 16
_LANGUAGE_WIDTH = 8
_VECTOR_WIDTH = 64


@dataclass(frozen=True, kw_only=True)
class MetadataShape:
    """How many different values each field of the metadata can take.

    Raises:
        ValueError: If a field has no value; 0, unknown, is one.
    """

    owners: int
    """Owner ids, unknown included: ids are in `[0, owners)`."""
    upload_categories: int
    """Upload category ids, unknown included."""
    languages: int
    """Language ids, unknown included."""

    def __post_init__(self) -> None:
        if min(self.owners, self.upload_categories, self.languages) < 1:
            raise ValueError(
                "`owners`, `upload_categories` and `languages` must be positive. "
                f"Received: owners={self.owners}, "
                f"upload_categories={self.upload_categories}, "
                f"languages={self.languages}"
            )


@keras.saving.register_keras_serializable(package="vidcat")
class UnknownDropout(keras.layers.Layer):
    """Turns ids into 0, unknown, at random while training.

    So the network learns to do without: an owner it has not seen is an id it can
    handle.

    Args:
        rate: Float in `[0, 1]`. Share of the ids that become unknown.
        seed: Optional integer. Seed of the draws.

    Call arguments:
        ids: Integer tensor of any shape.
        training: Boolean. Outside training, ids pass unchanged.

    Returns:
        Integer tensor of the same shape and type.

    Raises:
        ValueError: If `rate` is outside its range.
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 <= rate <= 1:
            raise ValueError(f"`rate` must be in [0, 1]. Received: rate={rate}")
        self.rate = rate
        self.seed = seed
        if rate > 0:
            self.seed_generator = keras.random.SeedGenerator(seed)
        self.built = True

    def call(self, ids: Any, training: bool = False) -> Any:
        """Drops `ids`; see the class docstring."""
        if not training or self.rate == 0:
            return ids
        drawn = keras.random.uniform(ops.shape(ids), seed=self.seed_generator)
        return ops.where(drawn < self.rate, ops.zeros_like(ids), ids)

    def compute_output_spec(self, ids: Any, training: bool = False) -> Any:
        """Returns the shape and type of `ids`."""
        return keras.KerasTensor(ids.shape, dtype=ids.dtype)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that rebuild this layer."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


def metadata_inputs() -> dict[str, Any]:
    """The inputs that a network with metadata has beside its frames.

    Returns:
        Symbolic tensors by name: `owner`, `upload_category`, `language` (int32, one
        id a video, 0 unknown) and `numbers` (float32, `NUMBERS` a video).
    """
    ids = ("owner", "upload_category", "language")
    inputs = {name: keras.Input((), dtype="int32", name=name) for name in ids}
    inputs["numbers"] = keras.Input((NUMBERS,), dtype="float32", name="numbers")
    return inputs


def metadata_vector(
    inputs: Mapping[str, Any], shape: MetadataShape, owner_dropout: float
) -> Any:
    """One vector from the metadata of a video.

    Args:
        inputs: Tensors as `metadata_inputs` gives them.
        shape: Numbers of ids.
        owner_dropout: Share of the owners that training hides, in `[0, 1]`.

    Returns:
        Tensor of shape `(batch, width)`.
    """
    owner = UnknownDropout(owner_dropout, name="owner_dropout")(inputs["owner"])
    parts = [
        _embedded(owner, shape.owners, _OWNER_WIDTH, "owner"),
        _embedded(
            inputs["upload_category"],
            shape.upload_categories,
            _CATEGORY_WIDTH,
            "upload_category",
        ),
        _embedded(inputs["language"], shape.languages, _LANGUAGE_WIDTH, "language"),
        inputs["numbers"],
    ]
    joined = keras.layers.Concatenate(name="metadata")(parts)
    return keras.layers.Dense(
        _VECTOR_WIDTH,
        activation="relu",
        kernel_initializer="he_normal",
        name="metadata_vector",
    )(joined)


def _embedded(ids: Any, count: int, width: int, name: str) -> Any:
    # Keras' own start, uniform in ±0.05, would leave the ids a twentieth of the
    # weight of the standardised numbers beside them.
    return keras.layers.Embedding(
        count,
        width,
        embeddings_initializer=keras.initializers.RandomNormal(stddev=0.5),
        name=f"{name}_embedding",
    )(ids)
