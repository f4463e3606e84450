"""Decodes several videos at once, in threads that run ahead of their reader."""

import os
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Full, Queue, SimpleQueue
from typing import Generic, TypeVar

from vidcat.inference.encoders.weights import file_sha256
from vidcat.inference.frames import Frame, FrameSampler, VideoError, VideoFacts
from vidcat.inference.remote.local_copy import local_copy

_QUEUED_FRAMES = 64
_POLL_SECONDS = 0.1
_JOIN_SECONDS = 5.0

Key = TypeVar("Key")


@dataclass(frozen=True, kw_only=True)
class Restarted:
    """The frames of this video that came before are to be forgotten."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """No more frames of this video will come."""

    facts: VideoFacts | None = None
    """What the file declares, without a duration that proved a lie."""
    damage: str | None = None
    """Why decoding stopped before the end of the file."""
    error: VideoError | None = None
    """Why the frames that came are not the video."""
    content_sha256: str | None = None
    """SHA-256 of the file's bytes; `None` if it was not asked for, or the file has gone
    since it was decoded."""


@dataclass(frozen=True, kw_only=True)
class _Crashed:
    """A decoder met an error that is not the video's."""

    error: BaseException


class _Stopped(Exception):
    """Nobody wants the frames any more."""


class VideoDecoders(Generic[Key]):
    """Threads that decode videos into one queue of bounded length.

    A context manager; leaving it ends the threads. A file that turns out to lie
    about its duration is sampled a second time, without belief in it. A file of
    another machine is fetched first, which may take as long as decoding it.

    Args:
        sampler: Chooses the frames.
        count: Number of threads, each with one video at a time.
        with_sha256: Whether to compute the checksums of the files. Defaults to `False`.
    """

    def __init__(
        self, sampler: FrameSampler, count: int, *, with_sha256: bool = False
    ) -> None:
        self.running = 0
        """Videos that were started and have not ended."""
        self._sampler = sampler
        self._with_sha256 = with_sha256
        self._tasks: SimpleQueue[tuple[Key, str] | None] = SimpleQueue()
        self._events: Queue[tuple[Key, Frame | Restarted | Ended | _Crashed]]
        self._events = Queue(_QUEUED_FRAMES)
        self._stop = threading.Event()
        # Daemons: a decoder that hangs must not keep the program from ending.
        self._threads = [
            threading.Thread(target=self._decode_tasks, daemon=True)
            for _ in range(count)
        ]

    def __enter__(self) -> "VideoDecoders[Key]":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for _thread in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join(_JOIN_SECONDS)

    def start(self, key: Key, path: str) -> None:
        """Lets a video be decoded as soon as a thread is free.

        Args:
            key: Comes back with everything that is received of the video.
            path: The video, a file or a URL.
        """
        self.running += 1
        self._tasks.put((key, path))

    def receive(self) -> tuple[Key, Frame | Restarted | Ended]:
        """Waits for a frame or the end of any of the started videos.

        Raises:
            FfmpegMissing: If there is no ffmpeg.
            Exception: Whatever happened in a thread and is no fault of a video.
        """
        key, event = self._events.get()
        if isinstance(event, _Crashed):
            raise event.error
        if isinstance(event, Ended):
            self.running -= 1
        return key, event

    def _decode_tasks(self) -> None:
        while not self._stop.is_set():
            task = self._tasks.get()
            if task is None:
                return
            key, path = task
            try:
                self._put(key, self._decode(key, path))
            except _Stopped:
                return
            # Raised again where the frames are read.
            except BaseException as error:
                self._events.put((key, _Crashed(error=error)))

    def _decode(self, key: Key, path: str) -> Ended | _Crashed:
        seconds = self._sampler.timeout_seconds
        try:
            with local_copy(path, timeout_seconds=seconds) as local:
                ended = self._decode_file(key, os.fspath(local))
                if self._with_sha256:
                    ended = replace(ended, content_sha256=_sha256(local))
                return ended
        except VideoError as error:
            return Ended(error=error)
        except _Stopped:
            raise
        # Raised again where the frames are read.
        except BaseException as error:
            return _Crashed(error=error)

    def _decode_file(self, key: Key, path: str) -> Ended:
        try:
            return self._sample(key, path, trust_duration=True)
        except VideoError as error:
            if error.reason != "lying_duration":
                raise
        self._put(key, Restarted())
        return self._sample(key, path, trust_duration=False)

    def _sample(self, key: Key, path: str, *, trust_duration: bool) -> Ended:
        with self._sampler.sample(path, trust_duration=trust_duration) as stream:
            for frame in stream:
                self._put(key, frame)
            facts = stream.facts
            if facts is not None and not trust_duration:
                facts = replace(facts, duration_seconds=None)
            return Ended(facts=facts, damage=stream.damage)

    def _put(self, key: Key, event: Frame | Restarted | Ended | _Crashed) -> None:
        while not self._stop.is_set():
            try:
                self._events.put((key, event), timeout=_POLL_SECONDS)
            except Full:
                continue
            return
        raise _Stopped


def _sha256(path: Path) -> str | None:
    try:
        return file_sha256(path)
    except OSError:
        # The file has gone since it was decoded.
        return None
