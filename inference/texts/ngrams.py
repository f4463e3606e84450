"""Words and bigrams of texts as sparse weights, by Keras' `TextVectorization`."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from vidcat.taxonomy.lexicon import words_of

LONGEST_NGRAM: Final = 2
"""Words and pairs of neighbouring words."""

_VOCABULARY: Final = "vocabulary.txt"
_IDF: Final = "idf.npz"
_AT_ONCE: Final = 256
"""Texts that are looked up together."""


@dataclass(frozen=True, kw_only=True, eq=False)
class NgramWeights:
    """Weighs the known words and bigrams of a text.

    Words are those of `words_of`: case and accents do not matter, letters of all
    scripts and digits are kept. A known n-gram that occurs weighs its inverse
    document frequency, however often it occurs; then the weights of a text are
    divided by their L2 norm. Needs TensorFlow as Keras' backend.

    Raises:
        ValueError: If there is no n-gram, or `idf` is not one number for each.
    """

    ngrams: tuple[str, ...] = field(repr=False)
    """The V known n-grams, the words of each parted by a blank."""
    idf: NDArray[np.float32] = field(repr=False)
    """Inverse document frequency of each, shape `(V,)`."""

    def __post_init__(self) -> None:
        if not self.ngrams or self.idf.shape != (len(self.ngrams),):
            raise ValueError(
                "`ngrams` must hold at least one, and `idf` one number for each. "
                f"Received: {len(self.ngrams)} ngrams, idf of shape {self.idf.shape}"
            )

    def __len__(self) -> int:
        return len(self.ngrams)

    def weights(self, texts: Sequence[str]) -> csr_matrix:
        """Weighs N texts.

        Args:
            texts: Any texts; one without a known n-gram gets a row of zeros.

        Returns:
            Sparse float32 matrix of shape `(N, V)`; each row has the norm 1 or 0.
        """
        rows: list[NDArray[np.int64]] = []
        columns: list[NDArray[np.int64]] = []
        for start in range(0, len(texts), _AT_ONCE):
            found = self._known(texts[start : start + _AT_ONCE])
            rows.append(found[:, 0] + start)
            # The first column counts what is not known.
            columns.append(found[:, 1] - 1)
        row = np.concatenate(rows) if rows else np.empty(0, np.int64)
        column = np.concatenate(columns) if columns else np.empty(0, np.int64)
        weight = self.idf[column].astype(np.float64)
        squares = np.bincount(row, weight**2, minlength=len(texts))
        weight /= np.sqrt(squares)[row]
        counts = np.bincount(row, minlength=len(texts))
        ends = np.concatenate([[0], np.cumsum(counts)])
        shape = (len(texts), len(self))
        return csr_matrix((weight.astype(np.float32), column, ends), shape)

    def _known(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Row, and column plus 1, of the n-grams that are known, by rows."""
        sparse = self._layer([" ".join(words_of(text)) for text in texts])
        places: NDArray[np.int64] = sparse.indices.numpy()
        return places[places[:, 1] > 0]

    @cached_property
    def _layer(self) -> Any:
        import keras

        return keras.layers.TextVectorization(
            standardize=None,
            split="whitespace",
            ngrams=LONGEST_NGRAM,
            output_mode="multi_hot",
            sparse=True,
            vocabulary=list(self.ngrams),
        )

    @property
    def content_hash(self) -> str:
        """Hash of the n-grams and their weights."""
        digest = hashlib.sha256("\n".join(self.ngrams).encode())
        digest.update(np.ascontiguousarray(self.idf).tobytes())
        return digest.hexdigest()

    def save(self, folder: Path) -> None:
        """Writes `vocabulary.txt`, an n-gram a line, and `idf.npz` into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{ngram}\n" for ngram in self.ngrams)
        (folder / _VOCABULARY).write_text(lines, encoding="utf-8", newline="\n")
        np.savez(folder / _IDF, allow_pickle=False, idf=self.idf)

    @classmethod
    def load(cls, folder: Path) -> "NgramWeights":
        """Reads what `save` wrote; nothing in it is pickled."""
        lines = (folder / _VOCABULARY).read_text(encoding="utf-8")
        with np.load(folder / _IDF, allow_pickle=False) as stored:
            return cls(ngrams=tuple(lines.split("\n")[:-1]), idf=stored["idf"])
