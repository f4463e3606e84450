"""Fits the parts of a text categorizer: networks and their calibrators."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import keras
import numpy as np
from numpy.typing import NDArray

from vidcat.inference.decisions import Calibrator
from vidcat.inference.texts.bag_of_words import BagOfWords
from vidcat.inference.texts.head import TextHead, TextPart
from vidcat.inference.texts.multilingual import Embeds, Multilingual
from vidcat.models.text import build_bag_of_words, build_text_categorizer
from vidcat.training.calibration import fit_calibrator
from vidcat.training.deciding.halves import calibration_halves
from vidcat.training.networks.network import averages_momentum
from vidcat.training.texts.config import TextConfig
from vidcat.training.texts.fit import HeadConfig, LabelledTexts, fit_head
from vidcat.training.texts.ngrams import fit_ngrams
from vidcat.training.texts.rows import TextSplit

MULTILINGUAL: Final = HeadConfig(
    optimizer=lambda: keras.optimizers.Adam(1e-3, global_clipnorm=1.0)
)
"""For dense layers on embeddings."""
# Steps of one size for all weights suit rare words better than Adam's: on 1,600 real
# rows, four splits, GAP was 0.66 against 0.65 with the best L2 penalty, in a third of
# the time; with the early stop a penalty then brought nothing. Rows have the norm 1,
# so that the loss of a label bends by a quarter at most and large steps are stable.
BAG_OF_WORDS: Final = HeadConfig(
    optimizer=lambda: keras.optimizers.SGD(20.0, momentum=0.9, nesterov=True)
)
"""For one layer on sparse weights."""

TextListener = Callable[[str, int, int, str], None]
"""Called with what is being done, how much of it is done, of how much, and a note."""


@dataclass(frozen=True, kw_only=True)
class FittedParts:
    """The parts that were asked for."""

    multilingual: Multilingual | None
    bag_of_words: BagOfWords | None


def fit_text_parts(
    split: TextSplit,
    train: NDArray[np.intp],
    config: TextConfig,
    encoder: Embeds | None,
    listener: TextListener | None = None,
) -> FittedParts:
    """Fits networks on some rows, their calibrators on the calibration part.

    Nothing but the validation and the calibration part is looked at beside `train`.

    Args:
        split: The rows.
        train: Positions of those to learn from.
        config: Settings.
        encoder: Needed for the multilingual part.
        listener: Told about progress.

    Returns:
        The parts.

    Raises:
        ValueError: If the multilingual part is asked for without an encoder.
        NoWords: If no word occurs often enough.
        NoPositiveLabel: If no label is true of any row of a part.
    """
    fitting = _Fitting(split, train, config, listener)
    multilingual = bag_of_words = None
    if config.has_multilingual:
        if encoder is None:
            raise ValueError(
                "`sentence_encoder` must be given for the multilingual part. "
                f"Received: kind={config.kind!r}, sentence_encoder=None"
            )
        multilingual = fitting.multilingual(encoder)
    if config.has_bag_of_words:
        bag_of_words = fitting.bag_of_words()
    return FittedParts(multilingual=multilingual, bag_of_words=bag_of_words)


@dataclass(frozen=True)
class _Fitting:
    """Fits either part."""

    split: TextSplit
    train: NDArray[np.intp]
    config: TextConfig
    listener: TextListener | None

    @property
    def _labels(self) -> int:
        return len(self.split.rows.label_set)

    def multilingual(self, encoder: Embeds) -> Multilingual:
        """Fits the network on embeddings."""

        def build(steps: int) -> keras.Model:
            return build_text_categorizer(
                labels=self._labels,
                embedding_dim=encoder.width,
                batch_norm_momentum=averages_momentum(steps),
            )

        part = Multilingual(encoder=encoder, head=self._untrained(build(1)))
        head = self._fitted("multilingual", part, build, MULTILINGUAL)
        return replace(part, head=head)

    def bag_of_words(self) -> BagOfWords:
        """Fits vocabulary and network."""
        ngrams = fit_ngrams(
            self.split.rows.texts_of(self.train),
            min_count=self.config.min_count,
            max_ngrams=self.config.max_ngrams,
        )

        def build(steps: int) -> keras.Model:
            return build_bag_of_words(labels=self._labels, vocabulary=len(ngrams))

        part = BagOfWords(
            ngrams=ngrams,
            head=self._untrained(build(1)),
            languages=self.config.languages,
        )
        head = self._fitted("bag of words", part, build, BAG_OF_WORDS)
        return replace(part, head=head)

    def _untrained(self, model: keras.Model) -> TextHead:
        return TextHead(model=model, calibrator=Calibrator.identity(self._labels))

    def _fitted(
        self,
        name: str,
        part: TextPart,
        build: Callable[[int], keras.Model],
        config: HeadConfig,
    ) -> TextHead:
        def report(epoch: int, epochs: int, gap: float) -> None:
            if self.listener is not None:
                self.listener(name, epoch, epochs, f"validation GAP {gap:.3f}")

        model = fit_head(
            build,
            self._labelled(part, self.train),
            self._labelled(part, self.split.held_out("validation")),
            config,
            seed=self.config.seed,
            listener=report,
        )
        calibration = self.split.held_out("calibration")
        halves = calibration_halves(
            [self.split.rows.videos[row] for row in calibration], self.config.split_by
        )
        texts = self._labelled(part, calibration[halves.first])
        head = self._untrained(model)
        return replace(
            head, calibrator=fit_calibrator(head.logits(texts.inputs), texts.labels)
        )

    def _labelled(self, part: TextPart, rows: NDArray[np.intp]) -> LabelledTexts:
        """Those of the rows that the part reads."""
        languages = self.split.rows.languages
        read = np.array([row for row in rows if part.reads(languages[row])], np.intp)
        return LabelledTexts(
            inputs=part.inputs(self.split.rows.texts_of(read)),
            labels=self.split.rows.labels[read],
        )
