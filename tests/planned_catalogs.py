"""Samples and machines with round figures, to plan by hand."""

from vidcat.inference.backfill.planning.estimates import Estimate
from vidcat.inference.backfill.planning.rates import Machine
from vidcat.inference.backfill.planning.sample import Sample, SampledVideo
from vidcat.inference.backfill.planning.work import Work


def sampled(name, seconds, *, in_catalog=True, failure=None, **fields):
    """Decoding takes 0.05 of its duration, a frame 0.1 s, the rest 1 s."""
    frames = 0 if failure else int(min(seconds, 300))
    figures = {
        "file_bytes": int(100 * seconds),
        "frames": frames,
        "fetch_seconds": 0.0,
        "decode_cpu_seconds": 0.05 * seconds,
        "decode_seconds": 0.03 * seconds,
        "describe_cpu_seconds": 0.1 * frames,
        "describe_seconds": 0.05 * frames,
        "categorize_cpu_seconds": 1.0,
        "result_bytes": 500,
    }
    return SampledVideo(
        id=name,
        video_seconds=seconds,
        duration_in_catalog=in_catalog,
        failure=failure,
        **{**figures, **fields},
    )


def sample_of(*videos, on_gpu=False):
    return Sample(
        videos=videos,
        on_gpu=on_gpu,
        cores=2,
        load_seconds=36.0,
        load_cpu_seconds=30.0,
        seconds=60.0,
    )


def work(**fields):
    """Work of round figures: 1,000 core-hours of decoding, 3.6 million frames."""
    figures = {
        "videos": 10_000,
        "video_hours": Estimate(value=1_000.0),
        "frames": Estimate(value=3_600_000.0),
        "decode_cpu_hours": Estimate(value=1_000.0),
        "describe_cpu_hours": Estimate(value=400.0),
        "describe_frames_per_second": None,
        "categorize_cpu_hours": Estimate(value=200.0),
        "load_seconds": 0.0,
        "load_cpu_seconds": 0.0,
        "video_bytes": Estimate(value=0.0),
        "frame_bytes": Estimate(value=float(1 << 30)),
        "feature_bytes": Estimate(value=0.0),
        "result_bytes": Estimate(value=0.0),
        "failures": Estimate(value=0.0),
    }
    return Work(**{**figures, **fields})


def machine(name="m", **fields):
    return Machine(**{"name": name, "vcpus": 8, "hour": 1.0, **fields})
