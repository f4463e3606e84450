"""Reads what a running ffmpeg writes: frames, their times, its log."""

import os
import select
import time
from collections import deque
from contextlib import suppress
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from vidcat.inference.ffmpeg.log import FfmpegLog

# As large as Linux lets any user have; the fewer wakes, the faster.
_PIPE_BYTES = 1 << 20
_CHUNK_BYTES = 1 << 16
# `poll` takes no infinity.
_LONGEST_WAIT_SECONDS = 3600.0
# ffmpeg's mark of a frame without a time: the smallest 64-bit integer.
_NO_TIME = -(1 << 63)


class DecoderOutOfMemory(MemoryError):
    """ffmpeg got no more memory."""


class FfmpegPipes:
    """The three pipes of a running ffmpeg, read by one thread without blocking.

    All three are emptied together, so ffmpeg never waits for one of them while
    the reader waits for another.

    Args:
        frames: Descriptor that gives raw frames, one after the other.
        times: Descriptor that gives one line of the `framecrc` format for each.
        messages: Descriptor of ffmpeg's log.
        timeout_seconds: How long reads may wait for ffmpeg, all of them
            together. What the caller does between two reads does not count.
    """

    def __init__(
        self, *, frames: int, times: int, messages: int, timeout_seconds: float
    ) -> None:
        self.log = FfmpegLog()
        self.waited_seconds = 0.0
        self.timeout_seconds = timeout_seconds
        self._frames, self._times, self._messages = frames, times, messages
        self._open = {frames, times, messages}
        self._pending_times: deque[float | None] = deque()
        self._time_base = Fraction(0)
        self._partial = {times: b"", messages: b""}
        for descriptor in self._open:
            os.set_blocking(descriptor, False)
        _enlarge(frames)

    def read_frame(self, buffer: npt.NDArray[np.uint8]) -> tuple[bool, float | None]:
        """Fills `buffer` with the next frame.

        The log is read at least up to the moment at which ffmpeg wrote it.

        Args:
            buffer: C-contiguous, as large as one frame.

        Returns:
            Whether there was one more whole frame, and its time in seconds,
            `None` where ffmpeg knows none.

        Raises:
            TimeoutError: If ffmpeg was waited for too long.
            DecoderOutOfMemory: If it says that it gets no memory.
        """
        missing = buffer.data.cast("B")
        while missing or not self._pending_times:
            # A pipe that has given a whole frame is left alone: what follows
            # in it belongs to the next one.
            wanted = self._open if missing else self._open - {self._frames}
            if not wanted or (missing and self._frames not in self._open):
                return False, None
            for descriptor in self._wait(wanted):
                if descriptor == self._frames:
                    missing = missing[self._read_pixels(missing) :]
                else:
                    self._read_lines(descriptor)
        self._read_lines(self._messages)
        return True, self._pending_times.popleft()

    def read_to_end(self) -> None:
        """Reads the log to its end, which comes when ffmpeg ends.

        Raises:
            TimeoutError: If ffmpeg was waited for too long.
            DecoderOutOfMemory: If it says that it gets no memory.
        """
        while remaining := self._open - {self._frames}:
            for descriptor in self._wait(remaining):
                self._read_lines(descriptor)

    def _wait(self, descriptors: set[int]) -> list[int]:
        allowed_seconds = self.timeout_seconds - self.waited_seconds
        if allowed_seconds <= 0:
            raise TimeoutError
        poll = select.poll()
        for descriptor in descriptors:
            poll.register(descriptor, select.POLLIN)
        began = time.monotonic()
        wait_ms = 1000 * min(allowed_seconds, _LONGEST_WAIT_SECONDS)
        ready = [descriptor for descriptor, _ in poll.poll(wait_ms)]
        self.waited_seconds += time.monotonic() - began
        return ready

    def _read_pixels(self, missing: memoryview) -> int:
        filled = os.readv(self._frames, [missing])
        if filled == 0:
            self._open.discard(self._frames)
        return filled

    def _read_lines(self, descriptor: int) -> None:
        if descriptor not in self._open:
            return
        try:
            chunk = os.read(descriptor, _CHUNK_BYTES)
        except BlockingIOError:
            return
        if not chunk:
            self._open.discard(descriptor)
            chunk = b"\n" if self._partial[descriptor] else b""
        *lines, rest = (self._partial[descriptor] + chunk).split(b"\n")
        # A hostile file may have a title of gigabytes.
        self._partial[descriptor] = rest[:_CHUNK_BYTES]
        take = self._take_time if descriptor == self._times else self._take_message
        for line in lines:
            take(line.decode(errors="replace").rstrip("\r"))

    def _take_message(self, line: str) -> None:
        self.log.add(line)
        if self.log.out_of_memory:
            raise DecoderOutOfMemory

    def _take_time(self, line: str) -> None:
        # Stream, decoding time, presentation time, duration, size, checksum.
        if line.startswith("#tb 0:"):
            self._time_base = Fraction(line.partition(":")[2].strip())
        elif not line.startswith("#") and line.strip():
            ticks = int(line.split(",")[2])
            self._pending_times.append(
                None if ticks == _NO_TIME else float(ticks * self._time_base)
            )


def _enlarge(descriptor: int) -> None:
    try:
        from fcntl import F_SETPIPE_SZ, fcntl
    except ImportError:
        return
    # The system may allow less, to all or to this user.
    with suppress(OSError):
        fcntl(descriptor, F_SETPIPE_SZ, _PIPE_BYTES)
