"""`DeferredEncoder`: a sentence encoder that is loaded when it is first to read."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.texts.multilingual import Embeds


class DeferredEncoder:
    """Loads a sentence encoder when it is first asked to embed a text.

    For work on what was scored before: a text categorizer is then known, by the
    encoder's checksum, without the encoder.

    Args:
        source: Where training had it from.
        checksum: Tells it from others.
    """

    def __init__(self, source: str, checksum: str) -> None:
        self.source = source
        self.checksum = checksum

    @property
    def width(self) -> int:
        """Values of an embedding."""
        return self._loaded.width

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeddings of N texts, of shape `(N, width)`."""
        return self._loaded.embed(texts)

    @cached_property
    def _loaded(self) -> Embeds:
        from vidcat.inference.sentence_encoder import SentenceEncoder

        return SentenceEncoder.load(self.source, sha256=self.checksum)
