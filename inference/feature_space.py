"""`FeatureSpace`: what makes features of two videos comparable."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Literal

from vidcat.inference.sampling import Sampling

if TYPE_CHECKING:
    from vidcat.inference.frame_encoder import FrameEncoder
    from vidcat.inference.frames import FrameSampler
    from vidcat.inference.projection import Projection

EIGHT_BITS: Final = "uint8 of [-2, 2]"
"""Values as `vidcat.inference.feature_store.frame_features.quantise` stores them."""

UNQUANTISED: Final = "float32"
"""Values as the projection gives them."""


class FeatureSpaceMismatch(ValueError):
    """Features of two spaces meet; the text names the field that differs."""


@dataclass(frozen=True, kw_only=True)
class FeatureSpace:
    """Everything between a frame's pixels and its stored values."""

    encoder: str
    """Name of the network, or of the file that holds it."""
    weights_sha256: str
    """SHA-256 of its weights."""
    untrained: bool
    """Whether its weights are random: good for trials only."""
    input_size: int
    """Height and width of the frames it takes, in pixels."""
    fit: Literal["squash", "crop"]
    """How a frame is brought to a square: `squash` or `crop`."""
    resize_filter: str
    """The filter that resizes frames."""
    preprocessing: str
    """What becomes of a pixel's 0 to 255 before the network."""
    projection_sha256: str
    """SHA-256 of the projection's arrays."""
    width: int
    """Values of a frame after the projection."""
    quantisation: str = EIGHT_BITS
    """How the values are stored."""

    @classmethod
    def of(
        cls,
        encoder: "FrameEncoder",
        sampler: "FrameSampler",
        projection: "Projection",
        quantisation: str = EIGHT_BITS,
    ) -> "FeatureSpace":
        """The space that these three describe videos in.

        Raises:
            ValueError: If they do not fit each other.
        """
        from vidcat.inference.frames import RESIZE_FILTER

        if encoder.input_size != sampler.size:
            raise ValueError(
                f"`sampler` must give frames of the encoder's {encoder.input_size} "
                f"pixels. Received: size={sampler.size}"
            )
        if encoder.width != projection.input_width:
            raise ValueError(
                f"`projection` must take the encoder's {encoder.width} values. "
                f"Received: input_width={projection.input_width}"
            )
        return cls(
            encoder=encoder.name,
            weights_sha256=encoder.weights_sha256,
            untrained=encoder.untrained,
            input_size=encoder.input_size,
            fit=sampler.fit,
            resize_filter=RESIZE_FILTER,
            preprocessing=encoder.preprocessing,
            projection_sha256=projection.sha256,
            width=projection.width,
            quantisation=quantisation,
        )

    def require_same(self, other: "FeatureSpace") -> None:
        """Compares with another space.

        Raises:
            FeatureSpaceMismatch: If they differ; the text names the first field.
        """
        _require_same("feature space", asdict(self), asdict(other))

    def to_json(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "FeatureSpace":
        """The inverse of `to_json`.

        Raises:
            ValueError: If a field is unknown or missing.
        """
        known = {field.name for field in fields(cls)}
        if wrong := sorted(values.keys() ^ known):
            raise ValueError(
                "A feature space must have exactly its own fields. "
                f"Received: unknown or missing {wrong}"
            )
        return cls(**values)


def require_same_sampling(first: Sampling, second: Sampling) -> None:
    """Compares how the frames of two sets of videos were chosen.

    Raises:
        FeatureSpaceMismatch: If they differ; the text names the first field.
    """
    _require_same("sampling", first.to_json(), second.to_json())


def _require_same(
    what: str, first: Mapping[str, Any], second: Mapping[str, Any]
) -> None:
    for name, value in first.items():
        if second[name] != value:
            raise FeatureSpaceMismatch(
                f"Another {what}: `{name}` is {value!r} there, {second[name]!r} here."
            )
