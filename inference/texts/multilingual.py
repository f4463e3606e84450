"""The multilingual categorizer: a sentence encoder and a network on its embeddings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.texts.head import TextHead


class Embeds(Protocol):
    """What is needed of a sentence encoder; `SentenceEncoder` is one."""

    @property
    def width(self) -> int:
        """Values of an embedding."""

    @property
    def source(self) -> str:
        """Where it was loaded from."""

    @property
    def checksum(self) -> str:
        """Tells one encoder from another."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeddings of N texts, of shape `(N, width)`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Multilingual:
    """Scores texts of any language by their embeddings."""

    encoder: Embeds
    """Embeds the texts."""
    head: TextHead
    """Scores the embeddings."""

    def inputs(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeddings, of shape `(N, width)`."""
        return self.encoder.embed(texts)

    def reads(self, language: str | None) -> bool:
        """True: the encoder knows texts of many languages by what they mean."""
        return True

    @property
    def content_hash(self) -> str:
        """Hash of all that decides a score."""
        return f"{self.encoder.checksum}-{self.head.content_hash}"
