"""`Sample`: what a few videos of a catalog cost, each step apart."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SampledVideo:
    """What one video took."""

    id: str
    """The video's id."""
    video_seconds: float | None
    """Its duration: as the catalog says, else as the file does, else unknown."""
    duration_in_catalog: bool
    """Whether the catalog knew it."""
    file_bytes: int
    """Size of its file; 0 where there is none."""
    frames: int
    """Frames that were described."""
    fetch_seconds: float
    """Copying it from another machine, by the clock; none for a file of this one."""
    decode_cpu_seconds: float
    """Processor time of copying, of ffmpeg and of reading its frames, all cores
    together."""
    decode_seconds: float
    """Decoding by the clock, this video alone."""
    describe_cpu_seconds: float
    """Processor time of the frame encoder, as if its batches were full."""
    describe_seconds: float
    """The same by the clock."""
    categorize_cpu_seconds: float
    """Processor time of text, network, evidence and decisions."""
    result_bytes: int
    """Length of its line of results."""
    failure: str | None = None
    """Reason code of a video that could not be decoded; `None` for one that could."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What a random sample of a catalog took on this machine."""

    videos: tuple[SampledVideo, ...]
    """In the order in which they were measured."""
    on_gpu: bool
    """Whether the encoder ran on a GPU, so that its seconds say nothing of cores."""
    cores: int
    """Cores of this machine that could be used."""
    load_seconds: float
    """Loading of the models and their first call, by the clock; once a worker."""
    load_cpu_seconds: float
    """Processor time of the same."""
    seconds: float
    """All the measuring, by the clock, loading apart."""
