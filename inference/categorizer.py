"""From a video, its frames and its text, to its categories."""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from vidcat.inference.bundle import Bundle
from vidcat.inference.catalogs.source import file_version
from vidcat.inference.describing.describing import describe_videos
from vidcat.inference.describing.shared_batch import DescribedVideo
from vidcat.inference.describing.waiting import ComingRows, Waiting
from vidcat.inference.evidence import Method
from vidcat.inference.explaining.together import categorized
from vidcat.inference.feature_space import FeatureSpace
from vidcat.inference.feature_store.accepted_sampling import require_sampling
from vidcat.inference.frame_encoder import FrameEncoder
from vidcat.inference.frames import FfmpegMissing, FrameSampler
from vidcat.inference.merges.said import NO_MODEL, Said, crashed
from vidcat.inference.results import Categorization, ResultKey
from vidcat.inference.sampling import Sampling
from vidcat.inference.scored import Keep, Scored
from vidcat.inference.seen import Seen, reason_not_to_decode
from vidcat.inference.texts.multilingual import Embeds
from vidcat.inference.texts.scoring import said_by_text
from vidcat.inference.video import Video
from vidcat.inference.visual_scoring import ScoredVideo

_UNDECODED_AT_ONCE: Final = 64
"""Rows without a video that are read, one after the other, before their results are
given; their text is scored together."""


class Categorizer:
    """Categorizes videos with a bundle.

    Args:
        bundle: What training left behind.
        encoder: The frame encoder of the bundle's feature space.
        sampler: Samples the frames as the bundle was trained on.
        evidence: Whether to find the seconds that speak for each category.
            Defaults to `True`.
        evidence_method: How to find them, see `find_evidence`. Defaults to
            `"windows"`.
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
        evidence_method: Method = "windows",
        enforce_scope: bool = False,
        as_of: datetime | None = None,
    ) -> None:
        space = FeatureSpace.of(encoder, sampler, bundle.projection)
        bundle.space.require_same(space)
        self.bundle = bundle
        self.encoder = encoder
        self.sampler = sampler
        self.evidence_method = evidence_method if evidence else None
        self.enforce_scope = enforce_scope
        # Once for all videos, so that a run does not change while it lasts.
        self.as_of = datetime.now(UTC) if as_of is None else as_of
        self._bundle_hash = bundle.content_hash
        self._decider = bundle.decider

    @classmethod
    def load(
        cls,
        folder: Path | str,
        *,
        frame_weights: str | None = None,
        sampling: Sampling | None = None,
        timeout_seconds: float = 600.0,
        sentence_encoder: Embeds | None = None,
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
            sentence_encoder: The encoder of the bundle's multilingual text model.
                Defaults to the one it was trained with, from where training had it.
            **options: `evidence`, `evidence_method`, `enforce_scope` and `as_of` of
                the class.

        Raises:
            InvalidBundle: If the folder holds no whole bundle.
            WeightsUnavailable: If the encoder's weights cannot be had.
            FeatureSpaceMismatch: If weights or sampling are not the bundle's.
        """
        folder = Path(folder)
        bundle = Bundle.load(folder, sentence_encoder=sentence_encoder)
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
        self, videos: Iterable[Video | Path | str], *, keep: Keep | None = None
    ) -> Iterator[Categorization]:
        """Categorizes videos; decoding runs ahead of describing.

        Args:
            videos: Catalog rows, or paths of video files; taken as they are needed.
            keep: Is given the scores behind each result before it, such as
                `ScoreVectorWriter.add`. Defaults to nothing.

        Yields:
            One result for each video, in their order, as soon as it is known.
        """
        for found in self.score_many(videos):
            scored, result = categorized(
                found, self._decider, method=self.evidence_method
            )
            if keep is not None:
                keep(scored)
            yield result

    def categorize_described(
        self, row: Video, described: DescribedVideo
    ) -> Categorization:
        """Categorizes a video whose frames are described already.

        Args:
            row: Its row of the catalog.
            described: Its frames, or why there are none.
        """
        entry = Waiting(row=row, unseen=None, version=file_version(row))
        scored = self._seen(self._next(deque([entry])), described)
        return categorized(scored, self._decider, method=self.evidence_method)[1]

    def score_many(self, videos: Iterable[Video | Path | str]) -> Iterator[Scored]:
        """Scores videos and decides nothing.

        Args:
            videos: As for `categorize_many`.

        Yields:
            What text and frames say of each video, in their order.
        """
        source = ComingRows(videos)
        waiting: deque[Waiting] = deque()
        described = self._describe(waiting, source)
        while True:
            try:
                found = next(described, None)
            # Whatever the encoder or its runtime may raise (memory, a lost device)
            # is the result of one video and must not take the others along.
            except Exception as error:
                if source.failed or isinstance(error, FfmpegMissing):
                    raise
                yield from self._unseen(waiting)
                entry = self._next(waiting)
                yield self._scored(entry, crashed(entry.row.id, error))
                described = self._describe(waiting, source)
                continue
            yield from self._unseen(waiting)
            if found is not None:
                yield self._seen(self._next(waiting), found)
            elif source.exhausted:
                return
            else:
                described = self._describe(waiting, source)

    def _describe(
        self, waiting: deque[Waiting], source: ComingRows
    ) -> Iterator[DescribedVideo]:
        """Describes what waits already, and what comes; notes it as waiting.

        Stops early where no video comes for long, so that rows without one get their
        results before all others are read.
        """

        def to_decode() -> Iterator[Video]:
            yield from [entry.row for entry in waiting if entry.unseen is None]
            undecoded = 0
            for row in source:
                entry = Waiting(
                    row=row,
                    unseen=reason_not_to_decode(
                        row, self.bundle.scope, enforce_scope=self.enforce_scope
                    ),
                    version=file_version(row),
                )
                waiting.append(entry)
                undecoded = 0 if entry.unseen is None else undecoded + 1
                if entry.unseen is None:
                    yield row
                elif undecoded == _UNDECODED_AT_ONCE:
                    return

        return describe_videos(
            to_decode(), self.sampler, self.encoder, with_sha256=True
        )

    def _next(self, waiting: deque[Waiting]) -> Waiting:
        """Takes the first row that waits, its text scored together with others'."""
        categorizer = self.bundle.text
        if categorizer is not None and waiting[0].text is NO_MODEL:
            unscored = [entry for entry in waiting if entry.text is NO_MODEL]
            texts = said_by_text(categorizer, [entry.row for entry in unscored])
            for entry, text in zip(unscored, texts, strict=True):
                entry.text = text
        return waiting.popleft()

    def _unseen(self, waiting: deque[Waiting]) -> Iterator[Scored]:
        """The next rows that are not decoded."""
        while waiting and (unseen := waiting[0].unseen) is not None:
            yield self._scored(self._next(waiting), unseen)

    def _seen(self, entry: Waiting, described: DescribedVideo) -> Scored:
        """A row whose video was decoded, or could not be."""
        try:
            seen = Seen.of(
                entry.row,
                described,
                self.bundle,
                source_version=entry.version,
                enforce_scope=self.enforce_scope,
            )
            entry.row = seen.row
            if seen.features is None:
                return self._scored(entry, seen.silence)
            frames = ScoredVideo.of(seen.row, seen.features, self.bundle, self.as_of)
            visual = seen.said(frames.probabilities)
            return self._scored(entry, visual, frames, seen.content_sha256)
        # As above: this video's result.
        except Exception as error:
            return self._scored(entry, crashed(entry.row.id, error))

    def _scored(
        self,
        entry: Waiting,
        visual: Said,
        frames: ScoredVideo | None = None,
        sha256: str | None = None,
    ) -> Scored:
        return Scored(
            row=entry.row,
            key=ResultKey(
                source_version=entry.version,
                content_sha256=sha256,
                bundle=self._bundle_hash,
            ),
            text=entry.text,
            visual=visual,
            frames=frames,
        )
