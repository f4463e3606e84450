"""A frame encoder whose values can be read off a picture, and a sampler that counts."""

import time

import numpy as np

from vidcat.inference.frame_encoder import FrameEncoder

SIZE = 16


class ColourEncoder(FrameEncoder):
    """Describes a frame by the mean colours of its quarters, from -1 to 1."""

    def __init__(self, *, batch_size=4, name="colours", delay_seconds=0.0):
        super().__init__(
            name=name,
            input_size=SIZE,
            width=12,
            weights_sha256="00" * 32,
            preprocessing="[-1, 1]",
            untrained=False,
            batch_size=batch_size,
        )
        self.delay_seconds = delay_seconds
        self.calls = 0

    def _describe_batch(self, frames):
        assert len(frames) == self.batch_size
        self.calls += 1
        time.sleep(self.delay_seconds)
        scaled = frames.astype(np.float32) / 127.5 - 1
        halves = SIZE // 2
        quarters = scaled.reshape(len(frames), 2, halves, 2, halves, 3)
        return quarters.mean(axis=(2, 4)).reshape(len(frames), 12)


class CountingSampler:
    """A sampler that notes which files it is asked for."""

    def __init__(self, sampler):
        self.size = sampler.size
        self.fit = sampler.fit
        self.sampling = sampler.sampling
        self.timeout_seconds = sampler.timeout_seconds
        self.asked = []
        self._sampler = sampler

    def sample(self, path, *, trust_duration=True):
        self.asked.append(path)
        return self._sampler.sample(path, trust_duration=trust_duration)
