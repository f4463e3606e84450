"""Embeddings on disk, so that a stopped training does not compute them again."""

import zipfile
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.files.whole_files import replacing
from vidcat.inference.texts.multilingual import Embeds

_AT_ONCE: Final = 2048
"""Texts whose embeddings are written together."""
_KEY_BYTES: Final = 16


class DamagedCache(ValueError):
    """A file of embeddings is not as it was written."""


class EmbeddingCache:
    """A sentence encoder that remembers what it embedded, in memory and on disk.

    Args:
        encoder: Embeds what is not known yet.
        folder: Gets a folder of `.npz` files for each encoder; made where missing.
        listener: Told how many texts are embedded, and of how many, as it goes on.

    Raises:
        DamagedCache: If a file of earlier embeddings cannot be read.
    """

    def __init__(
        self,
        encoder: Embeds,
        folder: Path,
        listener: Callable[[int, int], None] | None = None,
    ) -> None:
        self._encoder = encoder
        name = blake2b(encoder.checksum.encode(), digest_size=8).hexdigest()
        self._folder = folder / name
        self._listener = listener
        self._known: dict[bytes, NDArray[np.float32]] = {}
        for path in sorted(self._folder.glob("*.npz")):
            self._read(path)

    @property
    def width(self) -> int:
        """Values of an embedding."""
        return self._encoder.width

    @property
    def source(self) -> str:
        """Where the encoder was loaded from."""
        return self._encoder.source

    @property
    def checksum(self) -> str:
        """Tells the encoder from others."""
        return self._encoder.checksum

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeddings of N texts, of shape `(N, width)`."""
        keys = [_key(text) for text in texts]
        new = {
            key: text
            for key, text in zip(keys, texts, strict=True)
            if key not in self._known
        }
        new_keys, new_texts = list(new), list(new.values())
        for start in range(0, len(new), _AT_ONCE):
            if self._listener is not None:
                self._listener(start, len(new))
            some = slice(start, start + _AT_ONCE)
            self._add(new_keys[some], self._encoder.embed(new_texts[some]))
        embedded = np.empty((len(texts), self.width), np.float32)
        for row, key in enumerate(keys):
            embedded[row] = self._known[key]
        return embedded

    def _add(self, keys: list[bytes], vectors: NDArray[np.float32]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{keys[0].hex()}.npz"
        digests = np.frombuffer(b"".join(keys), np.uint8).reshape(-1, _KEY_BYTES)
        with replacing(path) as file:
            np.savez(file, allow_pickle=False, keys=digests, vectors=vectors)
        self._known.update(zip(keys, vectors, strict=True))

    def _read(self, path: Path) -> None:
        try:
            with np.load(path, allow_pickle=False) as stored:
                keys, vectors = stored["keys"], stored["vectors"]
        except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
            raise DamagedCache(
                f"{path}: the embeddings cannot be read ({error}); delete the file to "
                "compute them anew."
            ) from error
        self._known.update(zip(map(bytes, keys), vectors, strict=True))


def _key(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=_KEY_BYTES).digest()
