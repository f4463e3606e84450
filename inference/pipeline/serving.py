"""`Serving`: how videos are to be categorized, in words that travel to workers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

from vidcat.inference.evidence import Method


@dataclass(frozen=True, kw_only=True)
class Serving:
    """Names everything that decides a result; each process loads it once."""

    bundle: str
    """Folder of the bundle, on this machine, on `gs://` or the like."""
    as_of: datetime
    """The time at which the age of a video is taken: one for all runs that fill the
    same results."""
    frame_weights: str | None = None
    """Where the encoder's file is; `None` for where the bundle says."""
    sentence_encoder: str | None = None
    """Of the bundle's text model; `None` for where the bundle says."""
    sampling_rule: Literal["uniform", "keyframes"] | None = None
    """Another way of sampling, which the bundle must accept."""
    evidence_method: Method | None = "windows"
    """How the seconds that speak for a category are found; `None` for not at all."""
    enforce_scope: bool = False
    """Whether a video outside the bundle's durations gets no categories."""
    timeout_seconds: float = 600.0
    """How long one video may keep a process waiting."""
    decoders: int = 2
    """Videos that a process decodes at once; decides no result."""
    decoder_threads: int | None = None
    """Threads of each decoder, `None` leaves it to ffmpeg; decides no result."""
    batch_size: int | None = None
    """Frames in a call of the encoder; `None` for the encoder's own."""

    def with_bundle(self, folder: str) -> "Serving":
        """The same with another bundle."""
        return replace(self, bundle=folder)

    def to_json(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        return {**asdict(self), "as_of": self.as_of.isoformat()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Serving":
        """The inverse of `to_json`."""
        return cls(**{**values, "as_of": datetime.fromisoformat(values["as_of"])})
