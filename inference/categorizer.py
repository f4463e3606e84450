"""From a video to its categories."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.accepted_sampling import require_sampling
from vidcat.inference.bundle import Bundle
from vidcat.inference.decisions import Decision, decide
from vidcat.inference.describing import DescribedVideo, describe_videos
from vidcat.inference.evidence import find_evidence
from vidcat.inference.feature_space import FeatureSpace
from vidcat.inference.frame_encoder import FrameEncoder
from vidcat.inference.frame_features import dequantise, quantise
from vidcat.inference.frames import FfmpegMissing, FrameSampler
from vidcat.inference.results import (
    Categorization,
    CategoryResult,
    EvidenceSpan,
    ResultKey,
)
from vidcat.inference.sampling import Sampling
from vidcat.inference.source import source_version
from vidcat.inference.video import Video
from vidcat.inference.weights import file_sha256


class Categorizer:
    """Categorizes videos with a bundle.

    Args:
        bundle: What training left behind.
        encoder: The frame encoder of the bundle's feature space.
        sampler: Samples the frames as the bundle was trained on.
        evidence: Whether to find the seconds that speak for each category.
            Defaults to `True`.
        enforce_scope: Whether a video outside the bundle's scope of durations gets
            no categories; otherwise it is only marked. Defaults to `False`.
        as_of: The time at which the age of a video is taken. Defaults to the
            moment at which the categorizer is made.

    Raises:
        FeatureSpaceMismatch: If encoder or sampler describe videos in another space
            than the bundle was trained in; the text names the field.
    """

    def __init__(
        self,
        bundle: Bundle,
        encoder: FrameEncoder,
        sampler: FrameSampler,
        *,
        evidence: bool = True,
        enforce_scope: bool = False,
        as_of: datetime | None = None,
    ) -> None:
        space = FeatureSpace.of(encoder, sampler, bundle.projection)
        bundle.space.require_same(space)
        self.bundle = bundle
        self.encoder = encoder
        self.sampler = sampler
        self.evidence = evidence
        self.enforce_scope = enforce_scope
        # Once for all videos, so that a run does not change while it lasts.
        self.as_of = datetime.now(UTC) if as_of is None else as_of
        self._bundle_hash = bundle.content_hash

    @classmethod
    def load(
        cls,
        folder: Path | str,
        *,
        frame_weights: str | None = None,
        sampling: Sampling | None = None,
        timeout_seconds: float = 600.0,
        **options: Any,
    ) -> "Categorizer":
        """Loads a bundle with the encoder and the sampler it asks for.

        Args:
            folder: The bundle's folder.
            frame_weights: Where the encoder's file is: the weights of a network of
                keras.applications, or the network itself. Defaults to the
                bundle's own, or to where training had it from.
            sampling: Another way of sampling than training's; must be one that
                the bundle accepts. Defaults to training's.
            timeout_seconds: How long one video may keep us waiting, in seconds.
            **options: `evidence`, `enforce_scope` and `as_of` of the class.

        Raises:
            InvalidBundle: If the folder holds no whole bundle.
            WeightsUnavailable: If the encoder's weights cannot be had.
            FeatureSpaceMismatch: If weights or sampling are not the bundle's.
        """
        folder = Path(folder)
        bundle = Bundle.load(folder)
        if sampling is not None:
            require_sampling(folder, bundle.sampling, sampling)
        if frame_weights is not None:
            bundle = bundle.with_encoder_at(frame_weights)
        sampler = FrameSampler(
            size=bundle.space.input_size,
            fit=bundle.space.fit,
            sampling=bundle.sampling if sampling is None else sampling,
            timeout_seconds=timeout_seconds,
        )
        return cls(bundle, bundle.encoder.load(), sampler, **options)

    def categorize(self, video: Video | Path | str) -> Categorization:
        """Categorizes one video.

        Args:
            video: A catalog row, or the path of a video file.

        Returns:
            The result. A broken video gives a result that says so, not an error.
        """
        return next(self.categorize_many([video]))

    def categorize_many(
        self, videos: Iterable[Video | Path | str]
    ) -> Iterator[Categorization]:
        """Categorizes videos; decoding runs ahead of describing.

        Args:
            videos: Catalog rows, or paths of video files; taken as they are needed.

        Yields:
            One result for each video, in their order, as soon as it is known.
        """
        source = _Source(videos)
        waiting: deque[_Waiting] = deque()
        described = self._describe(waiting, source)
        while True:
            try:
                found = next(described, None)
            # Whatever the encoder or its runtime may raise (memory, a lost device)
            # is the result of one video and must not take the others along.
            except Exception as error:
                if source.failed or isinstance(error, FfmpegMissing):
                    raise
                while waiting[0].reason is not None:
                    yield self._undecoded(waiting.popleft())
                yield self._crashed(waiting.popleft(), error)
                described = self._describe(waiting, source)
                continue
            while waiting and waiting[0].reason is not None:
                yield self._undecoded(waiting.popleft())
            if found is None:
                return
            yield self._result(waiting.popleft(), found)

    def _describe(
        self, waiting: "deque[_Waiting]", source: Iterator[Video]
    ) -> Iterator[DescribedVideo]:
        """Describes what waits already, and what comes; notes it as waiting."""

        def to_decode() -> Iterator[Video]:
            yield from [entry.row for entry in waiting if entry.reason is None]
            for row in source:
                entry = _Waiting(row, self._reason_not_to_decode(row), _version(row))
                waiting.append(entry)
                if entry.reason is None:
                    yield row

        return describe_videos(to_decode(), self.sampler, self.encoder)

    def _reason_not_to_decode(self, row: Video) -> str | None:
        if row.path is None:
            return "the row has no video"
        if self.enforce_scope:
            return self.bundle.scope.reason_against(row.duration_seconds)
        return None

    def _undecoded(self, entry: "_Waiting") -> Categorization:
        part = "not_asked" if entry.row.path is None else "out_of_scope"
        return self._without(entry, part, "no_category", entry.reason)

    def _crashed(self, entry: "_Waiting", error: Exception) -> Categorization:
        text = f"{entry.row.id}: {type(error).__name__}: {error}"
        return self._without(entry, "error", "model_error", text)

    def _result(self, entry: "_Waiting", described: DescribedVideo) -> Categorization:
        if described.error is not None:
            timed_out = described.error.reason == "timeout"
            status = "timeout" if timed_out else "decode_error"
            return self._without(entry, status, status, str(described.error))
        found = None if described.facts is None else described.facts.duration_seconds
        row = entry.row.lasting(found)
        out_of_scope = self.bundle.scope.reason_against(row.duration_seconds)
        if out_of_scope is not None and self.enforce_scope:
            return self._without(entry, "out_of_scope", "no_category", out_of_scope)
        try:
            categories = self._categories(row, described)
        # As above: this video's result.
        except Exception as error:
            return self._crashed(entry, error)
        reasons = [text for text in (out_of_scope, described.damage) if text]
        part = "ok" if out_of_scope is None else "out_of_scope"
        return replace(
            self._without(entry, part, "ok" if categories else "no_category", None),
            key=self._key(entry, read=True),
            reason="; ".join(reasons) if reasons else None,
            categories=categories,
        )

    def _without(
        self, entry: "_Waiting", part: str, status: str, reason: str | None
    ) -> Categorization:
        return Categorization(
            id=entry.row.id,
            key=self._key(entry, read=False),
            status=status,
            parts={"text": "no_model", "visual": part},
            reason=reason,
            categories=(),
            taxonomy=self.bundle.label_set.taxonomy_version,
        )

    def _key(self, entry: "_Waiting", *, read: bool) -> ResultKey:
        path = entry.row.path
        return ResultKey(
            source_version=entry.version,
            content_sha256=_sha256(path) if read and path is not None else None,
            bundle=self._bundle_hash,
        )

    def _categories(
        self, row: Video, described: DescribedVideo
    ) -> tuple[CategoryResult, ...]:
        # Through the bytes that a feature store keeps, as in training.
        projected = self.bundle.projection.apply(described.features)
        frames = dequantise(quantise(projected))
        visual = self.bundle.visual
        metadata = None
        if visual.metadata is not None:
            metadata = visual.metadata.encode([row], as_of=self.as_of)
        decisions = decide(
            visual.probabilities(visual.logits([frames], metadata)),
            visual.thresholds,
            self.bundle.label_set,
            self.bundle.taxonomy,
        )[0]
        asked = [choice.category_id for choice in decisions if not choice.implied]
        spans = {}
        if self.evidence and asked:
            spans = self._evidence(frames, metadata, described, asked)
        return tuple(
            self._category(decision, spans.get(decision.category_id, ()))
            for decision in decisions
        )

    def _evidence(
        self,
        frames: NDArray[np.float32],
        metadata: Mapping[str, NDArray[Any]] | None,
        described: DescribedVideo,
        asked: list[str],
    ) -> dict[str, tuple[EvidenceSpan, ...]]:
        def predict_logits(
            views: NDArray[np.float32], masks: NDArray[np.bool_]
        ) -> NDArray[np.float32]:
            repeated = metadata and {
                name: np.repeat(values, len(views), axis=0)
                for name, values in metadata.items()
            }
            return self.bundle.visual.logits(list(views), repeated, list(masks))

        found = find_evidence(
            frames,
            described.times_seconds,
            # The file's own duration: its times are those of the frames.
            None if described.facts is None else described.facts.duration_seconds,
            predict_logits,
            [self.bundle.label_set.index(category) for category in asked],
        )
        return dict(zip(asked, found, strict=True))

    def _category(
        self, decision: Decision, evidence: tuple[EvidenceSpan, ...]
    ) -> CategoryResult:
        category = self.bundle.taxonomy[decision.category_id]
        return CategoryResult(
            id=category.id,
            name=category.name,
            path=category.path,
            score=decision.score,
            confident=decision.confident,
            sources=("visual",),
            evidence=evidence,
        )


def _as_video(video: Video | Path | str) -> Video:
    if isinstance(video, Video):
        return video
    return Video(id=str(video), path=str(video))


class _Source(Iterator[Video]):
    """The rows to come; knows whether it was they that failed."""

    def __init__(self, videos: Iterable[Video | Path | str]) -> None:
        self._rows = map(_as_video, videos)
        self.failed = False

    def __next__(self) -> Video:
        try:
            return next(self._rows)
        except StopIteration:
            raise
        except BaseException:
            self.failed = True
            raise


@dataclass(frozen=True)
class _Waiting:
    """A row whose result has not been given yet."""

    row: Video
    reason: str | None
    """Why it is not decoded; `None` if it is."""
    version: str | None
    """Version of its file when its turn came."""


def _version(row: Video) -> str | None:
    try:
        return None if row.path is None else source_version(row.path)
    except (OSError, ValueError):
        # Whatever is wrong with the path, decoding will say so.
        return None


def _sha256(path: str) -> str | None:
    try:
        return file_sha256(Path(path))
    except OSError:
        # The file has gone since it was decoded.
        return None
