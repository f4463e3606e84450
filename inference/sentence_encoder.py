"""`SentenceEncoder`: from text in many languages to vectors (MUSE)."""

import os
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.encoders.hub_model import fetch, is_elsewhere, is_saved_model
from vidcat.inference.encoders.weights import folder_sha256

PUBLISHED_ENCODER: Final = (
    "https://tfhub.dev/google/universal-sentence-encoder-multilingual/3"
)
"""Handle of MUSE in TensorFlow Hub: 512 values, 16 languages.

Source: Yang et al., 2020, https://arxiv.org/abs/1907.04307
"""
EMBEDDED_CHARACTERS: Final = 1000
"""A longer text is cut here: MUSE is made for sentences and short paragraphs.

A title, five hundred characters of tags, and the start of a description have room.
"""

_SIGNATURE: Final = "serving_default"
_OUTPUT: Final = "outputs"
_CALLS_AT_ONCE: Final = min(os.cpu_count() or 1, 8)
# Tasks that wait for a thread; a hundred thousand at once would take memory.
_CALLS_WAITING: Final = 256


class SentenceEncoder:
    """Embeds text with a frozen network; `SentenceEncoder.load` makes one.

    The network gets one text a call, several calls at once on the processor's cores.
    Networks like MUSE pad the texts of a call to the longest and add up in an order
    that depends on the others, so that texts in one call change each other's last
    digits (https://github.com/tensorflow/hub/issues/658). This way a text has the
    same bytes alone and among others, on one machine, and memory does not depend on
    how many there are; without a GPU it is as fast.

    Args:
        source: Where the network comes from, as it was asked for.
        folder: The folder that holds `saved_model.pb`.
        checksum: SHA-256 of the folder's files.

    Raises:
        ValueError: If the SavedModel cannot be loaded, or does not embed text.
    """

    def __init__(self, *, source: str, folder: Path, checksum: str) -> None:
        self.source = source
        self.folder = folder
        self.checksum = checksum
        # Kept, for a signature alone does not keep the variables.
        self._network = _load_network(folder)
        self._call = _entry(folder, self._network)
        self.width = len(self._embed_one("text"))

    @staticmethod
    def load(
        source: str | Path | None = None, *, sha256: str | None = None
    ) -> "SentenceEncoder":
        """Loads an encoder.

        Args:
            source: The folder of a SavedModel; or one that is fetched once and
                cached: a handle of TensorFlow Hub, or a mirror's address
                (`https://` of a `.tar.gz`; `gs://` of one or of a folder). Defaults
                to `PUBLISHED_ENCODER`. Load only what you trust: a SavedModel runs
                what its graph says.
            sha256: The checksum that it must have (`folder_sha256` of its folder),
                as a model that was trained on its vectors recorded it. It is
                compared before anything of the files runs. Defaults to none: what
                is found is taken, and its `checksum` tells what that was.

        Returns:
            The encoder.

        Raises:
            ImportError: If tensorflow-text, or tensorflow-hub where something must
                be fetched, is not installed.
            WeightsUnavailable: If it cannot be fetched.
            FileNotFoundError: If the folder is missing or holds no SavedModel.
            ValueError: If its checksum is another, or it does not embed text.
        """
        _import_text_ops()
        name = PUBLISHED_ENCODER if source is None else str(source)
        folder = fetch(name) if is_elsewhere(name) else Path(name)
        if not is_saved_model(folder):
            raise FileNotFoundError(
                f"{folder}: must be the folder of a SavedModel, with saved_model.pb "
                "in it. Name another one with `--sentence-encoder FOLDER`."
            )
        checksum = folder_sha256(folder)
        if sha256 is not None and checksum != sha256:
            raise ValueError(
                f"{folder}: the sentence encoder must be the one that the text model "
                f"was trained with, checksum {sha256}. Received: {checksum}. Name "
                "that one with `--sentence-encoder FOLDER`, or train anew."
            )
        return SentenceEncoder(source=name, folder=folder, checksum=checksum)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeds the first `EMBEDDED_CHARACTERS` of each text, its first blanks apart.

        Args:
            texts: N texts, none of them blank (`is_blank`); N may be 0.

        Returns:
            Float array of shape `(N, width)`, in the order of `texts`.

        Raises:
            TypeError: If `texts` is one text.
            ValueError: If a text is blank, or the network gives it no finite vector.
        """
        if isinstance(texts, str):
            raise TypeError(f"`texts` must be several. Received: texts={texts[:50]!r}")
        for position, text in enumerate(texts):
            if is_blank(text):
                raise ValueError(
                    "`texts` must not be blank: no text is not an embedding. "
                    f"Received: texts[{position}]={text[:50]!r}"
                )
        embedded = np.empty((len(texts), self.width), np.float32)
        with ThreadPoolExecutor(_CALLS_AT_ONCE) as threads:
            for first in range(0, len(texts), _CALLS_WAITING):
                some = texts[first : first + _CALLS_WAITING]
                for row, vector in enumerate(threads.map(self._embed_one, some), first):
                    embedded[row] = self._checked(vector, texts[row])
        return embedded

    def _embed_one(self, text: str) -> NDArray[np.float32]:
        import tensorflow as tf

        # Half a surrogate pair, of a damaged text, has no bytes in UTF-8.
        texts = tf.constant([_start(text).encode("utf-8", "replace")])
        try:
            outputs = self._call(texts)
        except (tf.errors.OpError, TypeError, ValueError, LookupError) as error:
            reason = " ".join(str(error).split())
            raise ValueError(f"{self.folder}: cannot embed text ({reason})") from error
        vectors = np.asarray(_output(self.folder, outputs))
        if vectors.ndim != 2 or len(vectors) != 1 or vectors.dtype.kind != "f":
            raise ValueError(
                f"{self.folder}: must give floats of shape (N, width) for N texts. "
                f"Received: dtype={vectors.dtype}, shape={vectors.shape} for one text"
            )
        return vectors[0].astype(np.float32)

    def _checked(self, vector: NDArray[np.float32], text: str) -> NDArray[np.float32]:
        if len(vector) != self.width or not np.isfinite(vector).all():
            raise ValueError(
                f"{self.folder}: must give {self.width} finite values. "
                f"Received: {len(vector)} values, {np.isfinite(vector).sum()} of them "
                f"finite, for {text[:50]!r}"
            )
        return vector


def is_blank(text: str) -> bool:
    """Whether a text has nothing to embed: only blanks and invisible characters."""
    return _start(text) == ""


def _start(text: str) -> str:
    """What is embedded of a text: `EMBEDDED_CHARACTERS` from its first visible one."""
    for place, character in enumerate(text):
        # Separators; control and format characters, and what Unicode leaves free.
        if unicodedata.category(character)[0] not in "ZC":
            return text[place : place + EMBEDDED_CHARACTERS]
    return ""


def _import_text_ops() -> None:
    """Registers the ops of SentencePiece, without which MUSE cannot be loaded."""
    import tensorflow as tf

    try:
        import tensorflow_text  # noqa: F401
    except (ImportError, tf.errors.NotFoundError) as error:
        # NotFoundError: it was built for another TensorFlow.
        reason = " ".join(str(error).split())
        raise ImportError(
            f"The multilingual sentence encoder needs tensorflow-text ({reason}): "
            "pip install 'vidcat[muse]'"
        ) from error


def _load_network(folder: Path) -> Any:
    import tensorflow as tf

    try:
        return tf.saved_model.load(str(folder))
    except (tf.errors.OpError, OSError, ValueError, LookupError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{folder}: cannot be loaded ({reason})") from error


def _entry(folder: Path, network: Any) -> Callable[[Any], Any]:
    """What takes texts: the network itself, as in TensorFlow Hub, or a signature."""
    if callable(network):
        return network
    if _SIGNATURE not in network.signatures:
        raise ValueError(
            f"{folder}: must be callable with texts, or have the signature "
            f"{_SIGNATURE!r}. Received: {sorted(network.signatures)}"
        )
    signature = network.signatures[_SIGNATURE]
    inputs = sorted(signature.structured_input_signature[1])
    if len(inputs) != 1:
        raise ValueError(f"{folder}: must have one input. Received: {inputs}")
    return lambda texts: signature(**{inputs[0]: texts})


def _output(folder: Path, outputs: Any) -> Any:
    """The tensor of a call: the one there is, or the one that MUSE's exports name."""
    if not isinstance(outputs, Mapping):
        return outputs
    if _OUTPUT in outputs:
        return outputs[_OUTPUT]
    if len(outputs) != 1:
        raise ValueError(
            f"{folder}: must have one output, or one named {_OUTPUT!r}. "
            f"Received: {sorted(outputs)}"
        )
    return next(iter(outputs.values()))
