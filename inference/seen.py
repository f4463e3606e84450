"""`Seen`: what is known of a video's frames before the network scores them."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from vidcat.inference.bundle import Bundle
from vidcat.inference.describing.shared_batch import DescribedVideo
from vidcat.inference.feature_store.frame_features import FrameFeatures, quantise
from vidcat.inference.frames import VideoError
from vidcat.inference.merges.said import NO_MODEL, Said
from vidcat.inference.projection import Projection
from vidcat.inference.scope import Scope
from vidcat.inference.video import Video


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """A row whose frames are described, or the reason why they are not."""

    row: Video
    """With the duration that was found in its file, if it had none."""
    features: FrameFeatures | None = None
    """Its frames as a feature store keeps them; `None` where they say nothing."""
    silence: Said = NO_MODEL
    """What to say where there are no features: why there are none."""
    notes: tuple[str, ...] = ()
    """What a reader of the result should know of the frames."""
    in_scope: bool = True
    """Whether the duration is one that the network was trained on."""
    content_sha256: str | None = None
    """SHA-256 of the file's bytes; `None` if they were not read."""
    broken_by: VideoError | None = None
    """Why the video could not be decoded; `None` where it could, or was not to be."""

    @classmethod
    def of(
        cls,
        row: Video,
        described: DescribedVideo,
        bundle: Bundle,
        *,
        source_version: str | None,
        enforce_scope: bool,
    ) -> "Seen":
        """What was seen of a video that was just described, or could not be.

        Args:
            row: Its row of the catalog.
            described: Its frames, as the encoder describes them.
            bundle: Holds projection and scope.
            source_version: Version of its file.
            enforce_scope: Whether a video out of scope is to say nothing.
        """
        if (broken_by := described.error) is not None:
            status = "timeout" if broken_by.reason == "timeout" else "decode_error"
            broken = Said(state=status, status=status, note=str(broken_by))
            return cls(row=row, silence=broken, broken_by=broken_by)
        found = None if described.facts is None else described.facts.duration_seconds
        row = row.lasting(found)
        beyond = bundle.scope.reason_against(row.duration_seconds)
        if beyond is not None and enforce_scope:
            return cls(row=row, silence=out_of_scope(beyond))
        return cls(
            row=row,
            features=_stored(described, found, source_version, bundle.projection),
            notes=tuple(note for note in (beyond, described.damage) if note),
            in_scope=beyond is None,
            content_sha256=described.content_sha256,
        )

    def said(self, probabilities: NDArray[Any]) -> Said:
        """What frames with features say.

        Args:
            probabilities: Calibrated, of shape `(labels,)`.
        """
        return Said(
            state="ok" if self.in_scope else "out_of_scope",
            probabilities=probabilities,
            note="; ".join(self.notes) or None,
        )


def reason_not_to_decode(
    row: Video, scope: Scope, *, enforce_scope: bool
) -> Said | None:
    """Why a row's video needs not be opened; `None` if it is to be decoded.

    Args:
        row: A row of the catalog.
        scope: The bundle's.
        enforce_scope: Whether a video out of scope is to say nothing.
    """
    if row.path is None:
        return Said(state="not_asked", note="the row has no video")
    if not enforce_scope:
        return None
    beyond = scope.reason_against(row.duration_seconds)
    return None if beyond is None else out_of_scope(beyond)


def out_of_scope(reason: str) -> Said:
    """What frames say that are not to be looked at."""
    return Said(state="out_of_scope", note=reason)


def _stored(
    described: DescribedVideo,
    duration_seconds: float | None,
    source_version: str | None,
    projection: Projection,
) -> FrameFeatures:
    # Through the bytes that a feature store keeps, as in training.
    return FrameFeatures(
        id=described.id,
        values=quantise(projection.apply(described.features)),
        times_seconds=described.times_seconds,
        duration_seconds=duration_seconds,
        source_version=source_version or "",
    )
