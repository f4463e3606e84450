"""From a video to its categories."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.bundle import Bundle, require_sampling
from vidcat.inference.decisions import Decision, decide
from vidcat.inference.describing import DescribedVideo, describe_videos
from vidcat.inference.evidence import find_evidence
from vidcat.inference.feature_space import FeatureSpace
from vidcat.inference.frame_features import dequantise, quantise
from vidcat.inference.frame_encoder import FrameEncoder
from vidcat.inference.frames import FrameSampler
from vidcat.inference.results import (
    SCORE_DECIMALS,
    Categorization,
    CategoryResult,
    EvidenceSpan,
    ResultKey,
)
from vidcat.inference.sampling import Sampling
from vidcat.inference.source import source_version
from vidcat.inference.video import Video


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
        as_of: The time at which the age of a video is taken. Defaults to now.

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
        self.as_of = as_of

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
        source = bundle.encoder
        if frame_weights is not None:
            source = source.located_at(frame_weights)
        sampler = FrameSampler(
            size=bundle.space.input_size,
            fit=bundle.space.fit,
            sampling=bundle.sampling if sampling is None else sampling,
            timeout_seconds=timeout_seconds,
        )
        return cls(bundle, source.load(), sampler, **options)

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
            videos: Catalog rows, or paths of video files.

        Yields:
            One result for each video, in their order, as soon as it is known.
        """
        rows = [_as_video(video) for video in videos]
        described = describe_videos(
            [row for row in rows if row.path is not None], self.sampler, self.encoder
        )
        for row in rows:
            yield self._result(row, None if row.path is None else next(described))

    def _result(self, row: Video, described: DescribedVideo | None) -> Categorization:
        key = self._key(row, described)
        parts = {"text": "no_model", "visual": "not_asked"}
        if described is None:
            return self._without(row, key, parts, "no_category", "the row has no video")
        if described.error is not None:
            timed_out = described.error.reason == "timeout"
            parts["visual"] = "timeout" if timed_out else "decode_error"
            return self._without(row, key, parts, parts["visual"], str(described.error))
        parts["visual"] = "ok"
        duration = _duration_seconds(row, described)
        reason = self.bundle.scope.reason_against(duration)
        if reason is not None:
            parts["visual"] = "out_of_scope"
            if self.enforce_scope:
                return self._without(row, key, parts, "no_category", reason)
        try:
            categories = self._categories(row, described, duration)
        # Whatever a network or its runtime may raise (memory, a lost device) is
        # this video's result and must not take the other videos along.
        except Exception as error:
            text = f"{row.id}: {type(error).__name__}: {error}"
            return self._without(row, key, parts, "model_error", text)
        return Categorization(
            id=row.id,
            key=key,
            status="ok" if categories else "no_category",
            parts=parts,
            reason=reason,
            categories=categories,
            taxonomy=self.bundle.label_set.taxonomy_version,
        )

    def _without(
        self,
        row: Video,
        key: ResultKey,
        parts: dict[str, str],
        status: str,
        reason: str,
    ) -> Categorization:
        return Categorization(
            id=row.id,
            key=key,
            status=status,
            parts=parts,
            reason=reason,
            categories=(),
            taxonomy=self.bundle.label_set.taxonomy_version,
        )

    def _key(self, row: Video, described: DescribedVideo | None) -> ResultKey:
        path = None if row.path is None else Path(row.path)
        readable = path is not None and path.is_file()
        read = readable and described is not None and described.error is None
        return ResultKey(
            source_version=source_version(path) if path and readable else None,
            content_sha256=_sha256(path) if path and read else None,
            bundle=self.bundle.content_hash,
        )

    def _categories(
        self, row: Video, described: DescribedVideo, duration_seconds: float | None
    ) -> tuple[CategoryResult, ...]:
        frames = dequantise(quantise(self.bundle.projection.apply(described.features)))
        metadata = self._metadata(row, duration_seconds)
        visual = self.bundle.visual
        logits = visual.logits([frames], metadata)
        decisions = decide(
            visual.probabilities(logits),
            visual.thresholds,
            self.bundle.label_set,
            self.bundle.taxonomy,
        )[0]
        spans = self._evidence(frames, metadata, described, duration_seconds, decisions)
        return tuple(
            self._category(decision, spans.get(decision.category_id, ()))
            for decision in decisions
        )

    def _metadata(
        self, row: Video, duration_seconds: float | None
    ) -> Mapping[str, NDArray[Any]] | None:
        encoder = self.bundle.visual.metadata
        if encoder is None:
            return None
        as_of = datetime.now(UTC) if self.as_of is None else self.as_of
        return encoder.encode([row], as_of=as_of)

    def _evidence(
        self,
        frames: NDArray[np.float32],
        metadata: Mapping[str, NDArray[Any]] | None,
        described: DescribedVideo,
        duration_seconds: float | None,
        decisions: list[Decision],
    ) -> dict[str, tuple[EvidenceSpan, ...]]:
        asked = [choice.category_id for choice in decisions if not choice.implied]
        if not self.evidence or not asked:
            return {}

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
            duration_seconds,
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
            score=round(float(decision.score), SCORE_DECIMALS),
            confident=decision.confident,
            sources=("visual",),
            evidence=evidence,
        )


def _as_video(video: Video | Path | str) -> Video:
    if isinstance(video, Video):
        return video
    return Video(id=str(video), path=str(video))


def _duration_seconds(row: Video, described: DescribedVideo) -> float | None:
    if row.duration_seconds is not None:
        return row.duration_seconds
    return None if described.facts is None else described.facts.duration_seconds


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
