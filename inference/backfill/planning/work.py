"""`Work`: what a backfill of a catalog takes, from a measured sample of it."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from vidcat.inference.backfill.planning.estimates import (
    Estimate,
    mean_of,
    ratio_of,
    share_of,
)
from vidcat.inference.backfill.planning.sample import Sample, SampledVideo
from vidcat.inference.backfill.planning.survey import CatalogSurvey, frames_possible
from vidcat.inference.sampling import Sampling

_HOUR: Final = 3600.0
_PIXEL_BYTES: Final = 3


class NothingMeasured(ValueError):
    """No video of the sample could be decoded; the text counts the reasons."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a catalog takes, wherever it runs."""

    videos: int
    """Rows with a video."""
    video_hours: Estimate
    """Hours that they last."""
    frames: Estimate
    """Frames to describe."""
    decode_cpu_hours: Estimate
    """Core-hours of decoding."""
    describe_cpu_hours: Estimate | None
    """Core-hours of the frame encoder; `None` where it was measured on a GPU."""
    describe_frames_per_second: float | None
    """Frames a second of the GPU it was measured on; `None` without one."""
    categorize_cpu_hours: Estimate
    """Core-hours of text, network, evidence and decisions."""
    load_seconds: float
    """Loading of the models, once a worker, in seconds."""
    load_cpu_seconds: float
    """Processor time of the same."""
    video_bytes: Estimate
    """To read."""
    frame_bytes: Estimate
    """Pixels of the frames, should they have to cross from worker to worker."""
    feature_bytes: Estimate
    """To store if features are kept: a byte a value."""
    result_bytes: Estimate
    """To store: JSON lines."""
    failures: Estimate
    """Videos that cannot be decoded."""

    def to_json(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        return {
            name: value.to_json() if isinstance(value, Estimate) else value
            for name, value in vars(self).items()
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Work":
        """The inverse of `to_json`.

        Raises:
            ValueError: If a field is unknown or missing.
        """
        known = {field.name for field in fields(cls)}
        if wrong := sorted(values.keys() ^ known):
            raise ValueError(
                "Planned work must have exactly its own fields. "
                f"Received: unknown or missing {wrong}"
            )
        made: dict[str, Any] = {
            name: Estimate.from_json(value) if isinstance(value, dict) else value
            for name, value in values.items()
        }
        return cls(**made)


def work_of(
    survey: CatalogSurvey,
    sample: Sample,
    *,
    sampling: Sampling,
    frame_size: int,
    feature_width: int,
) -> Work:
    """Scales a sample up to its catalog.

    Videos whose duration the catalog knows are scaled by duration, which makes the
    figures surer; of the others each is taken for an average one.

    Args:
        survey: The catalog.
        sample: A random sample of its videos.
        sampling: How frames are chosen.
        frame_size: Side of the frames, in pixels.
        feature_width: Values of a frame that are stored.

    Raises:
        NothingMeasured: If all of the sample is broken.
    """
    broken = [one.failure for one in sample.videos if one.failure is not None]
    if len(broken) == len(sample.videos):
        reasons = ", ".join(f"{why} {n}" for why, n in Counter(broken).most_common())
        raise NothingMeasured(
            "A video of the sample at least must be one that can be decoded. "
            f"Received: {len(broken)} that cannot ({reasons}). Look at the paths, or "
            "measure more videos."
        )

    def by_time(amount: Callable[[SampledVideo], float]) -> Estimate:
        return _total(survey, sample, amount, _seconds, survey.known_seconds)

    def by_frames(amount: Callable[[SampledVideo], float]) -> Estimate:
        def possible(one: SampledVideo) -> float:
            return frames_possible(_seconds(one), sampling)

        return _total(survey, sample, amount, possible, survey.known_frames)

    frames = by_frames(lambda one: one.frames)
    describe = by_frames(lambda one: one.describe_cpu_seconds) * (1 / _HOUR)
    categorize = mean_of([one.categorize_cpu_seconds for one in sample.videos])
    result_bytes = mean_of([one.result_bytes for one in sample.videos])
    return Work(
        videos=survey.videos,
        video_hours=by_time(_seconds) * (1 / _HOUR),
        frames=frames,
        decode_cpu_hours=by_time(lambda one: one.decode_cpu_seconds) * (1 / _HOUR),
        describe_cpu_hours=None if sample.on_gpu else describe,
        describe_frames_per_second=_gpu_rate(sample) if sample.on_gpu else None,
        categorize_cpu_hours=categorize * (survey.videos / _HOUR),
        load_seconds=sample.load_seconds,
        load_cpu_seconds=sample.load_cpu_seconds,
        video_bytes=by_time(lambda one: one.file_bytes),
        frame_bytes=frames * (_PIXEL_BYTES * frame_size**2),
        feature_bytes=frames * feature_width,
        # Rows without a video have results as well.
        result_bytes=result_bytes * survey.rows,
        failures=share_of(len(broken), len(sample.videos)) * survey.videos,
    )


def _total(
    survey: CatalogSurvey,
    sample: Sample,
    amount: Callable[[SampledVideo], float],
    size: Callable[[SampledVideo], float],
    known_size: float,
) -> Estimate:
    """What all videos have: of known duration by size, the others each the mean."""
    whole = [one for one in sample.videos if one.failure is None]
    known = [one for one in sample.videos if one.duration_in_catalog and _seconds(one)]
    unknown = [one for one in sample.videos if not one.duration_in_catalog]
    total = Estimate(value=0.0)
    if known_size:
        # A sample may have missed the few of one kind; the others stand in for them.
        of = known or whole
        total += ratio_of([amount(one) for one in of], [size(one) for one in of]) * (
            known_size
        )
    if survey.of_unknown_duration:
        total += mean_of([amount(one) for one in unknown or sample.videos]) * (
            survey.of_unknown_duration
        )
    return total


def _seconds(one: SampledVideo) -> float:
    return 0.0 if one.video_seconds is None else one.video_seconds


def _gpu_rate(sample: Sample) -> float:
    seconds = sum(one.describe_seconds for one in sample.videos)
    return sum(one.frames for one in sample.videos) / seconds
