"""Makes a catalog ready for training on text: texts, languages, parts, labels."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.language import language_of
from vidcat.inference.text_categorizer import UNDETERMINED
from vidcat.inference.texts.head import TextPart
from vidcat.inference.texts.multilingual import Embeds
from vidcat.inference.texts.text import joined_text
from vidcat.inference.video import Truth, Video
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.labels import UNKNOWN, label_matrix
from vidcat.training.measuring.selection import NothingUsable, weakest_truth
from vidcat.training.preparation import TooFewExamples
from vidcat.training.splits import SplitError, assign_parts
from vidcat.training.teaching.similarity_labels import labels_by_likeness
from vidcat.training.texts.config import TextConfig
from vidcat.training.weak_labels import combined, weak_labels


@dataclass(frozen=True, kw_only=True, eq=False)
class TextRows:
    """N rows of a catalog, as training on text looks at them."""

    videos: tuple[Video, ...]
    """All rows."""
    texts: tuple[str | None, ...]
    """Of `joined_text`."""
    languages: tuple[str | None, ...]
    """Of `language_of`."""
    label_set: LabelSet
    """The L categories."""
    labels: NDArray[np.int8]
    """Shape `(N, L)`: 1 yes, 0 no, -1 unknown. Where rows have labels, other rows
    have weak ones in the training part alone."""
    weak: NDArray[np.bool_]
    """Whether a row's labels are weak ones, shape `(N,)`."""

    @property
    def known(self) -> NDArray[np.bool_]:
        """Whether anything is known of each row's labels."""
        return np.asarray((self.labels != UNKNOWN).any(axis=1))

    @property
    def with_text(self) -> NDArray[np.bool_]:
        """Whether each row has text."""
        return np.array([text is not None for text in self.texts], bool)

    def truth(self, rows: NDArray[np.intp]) -> Truth:
        """The weakest kind of truth among rows with labels, weak ones included."""
        if self.weak[rows].any():
            return "pseudo"
        return weakest_truth(self.videos[row] for row in rows.tolist())

    def texts_of(self, rows: NDArray[np.intp]) -> list[str]:
        """Texts of rows that have one."""
        return [text for row in rows if (text := self.texts[row]) is not None]

    def select(self, label_ids: Sequence[str]) -> "TextRows":
        """The same rows with some of the labels."""
        label_set = self.label_set.select(label_ids)
        columns = [self.label_set.index(label) for label in label_set.ids]
        return TextRows(
            **{**vars(self), "label_set": label_set, "labels": self.labels[:, columns]}
        )


def read_rows(
    videos: Sequence[Video],
    label_set: LabelSet,
    parts: Mapping[str, str],
    encoder: Embeds | None = None,
) -> TextRows:
    """Reads texts, languages and labels.

    Labels are those of the rows. A row without gets weak ones, from the lexicon and,
    with an encoder, from the likeness of its text to the categories' descriptions,
    where it belongs to the training part; if no row has labels, every row does.

    Args:
        videos: N rows of a catalog.
        label_set: The L categories.
        parts: The part of the split of each row, by id.
        encoder: Embeds texts and descriptions. Defaults to leaving likeness out.

    Returns:
        The rows.

    Raises:
        UnknownLabel: If a label is no id of the taxonomy.
    """
    texts = tuple(joined_text(video) for video in videos)
    languages = tuple(map(language_of, videos, texts))
    taxonomy = load_iab(label_set.taxonomy_version)
    labels = label_matrix(videos, label_set, taxonomy)
    labelled = np.array([video.labels is not None for video in videos], bool)
    training = np.array([parts.get(video.id) == "train" for video in videos], bool)
    weak = ~labelled & (training | ~labelled.any())
    rows = np.flatnonzero(weak).tolist()
    if rows:
        found = weak_labels(
            [videos[row] for row in rows],
            [languages[row] for row in rows],
            label_set,
            taxonomy,
        )
        if encoder is not None:
            alike = labels_by_likeness([texts[row] for row in rows], label_set, encoder)
            found = combined(found, alike)
        labels[rows] = found.labels
    return TextRows(
        videos=tuple(videos),
        texts=texts,
        languages=languages,
        label_set=label_set,
        labels=labels,
        weak=weak,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class TextSplit:
    """The rows that each part of the split gives to training on text."""

    rows: TextRows
    parts: Mapping[str, str]
    """The part of each row, by id."""
    languages: tuple[str, ...]
    """Those to learn from."""

    @property
    def train(self) -> NDArray[np.intp]:
        """Rows to learn from: with text in one of the languages, and with labels."""
        readable = [language in self.languages for language in self.rows.languages]
        return np.flatnonzero(self._usable("train") & np.array(readable, bool))

    def held_out(self, *parts: str) -> NDArray[np.intp]:
        """Rows of these parts with text and labels, in any language."""
        return np.flatnonzero(self._usable(*parts))

    def _usable(self, *parts: str) -> NDArray[np.bool_]:
        among = [self.parts.get(video.id) in parts for video in self.rows.videos]
        return np.array(among, bool) & self.rows.known & self.rows.with_text

    def measured(self, parts: Sequence[TextPart]) -> dict[str, int]:
        """How many rows of calibration and test any of `parts` reads, by language."""
        languages = [
            self.rows.languages[row] for row in self.held_out("calibration", "test")
        ]
        found = Counter(
            language or UNDETERMINED
            for language in languages
            if any(part.reads(language) for part in parts)
        )
        return dict(found.most_common())


def split_rows(
    videos: Sequence[Video],
    label_set: LabelSet,
    config: TextConfig,
    encoder: Embeds | None = None,
) -> TextSplit:
    """Splits a catalog as `assign_parts` does, and drops rare categories.

    Args:
        videos: Rows of a catalog.
        label_set: The categories wanted; those with too few training rows are dropped.
        config: Settings.
        encoder: Embeds texts; of use where `config.similarity` asks for it.

    Returns:
        The rows and their parts.

    Raises:
        NothingUsable: If no row has text.
        SplitError: If a part of the split would be empty.
        TooFewExamples: If no category has enough training rows.
        UnknownLabel: If a label is no id of the taxonomy.
    """
    parts = assign_parts(videos, key=config.split_by)
    rows = read_rows(videos, label_set, parts, encoder if config.similarity else None)
    if not rows.with_text.any():
        raise NothingUsable(
            f"No row has text (rows: {len(videos)}). Give the catalog a `title`, a "
            "`description` or `tags`."
        )
    split = TextSplit(rows=rows, parts=parts, languages=config.languages)
    _require_every_part(split)
    counts = (rows.labels[split.train] == 1).sum(axis=0)
    enough = counts >= config.min_examples
    if not enough.any():
        raise TooFewExamples(
            f"No category has {config.min_examples} training rows with text in "
            f"{', '.join(config.languages)} (the best has {counts.max(initial=0)}); "
            "--min-examples lowers what is asked for, --languages adds languages."
        )
    kept = [name for name, keep in zip(label_set.ids, enough, strict=True) if keep]
    return TextSplit(rows=rows.select(kept), parts=parts, languages=config.languages)


def _require_every_part(split: TextSplit) -> None:
    counts = {
        "train": len(split.train),
        **{
            part: len(split.held_out(part))
            for part in ("validation", "calibration", "test")
        },
    }
    if empty := [part for part, count in counts.items() if not count]:
        kind = "weak labels" if split.rows.weak.all() else "labels"
        raise SplitError(
            f"No row with text and {kind} falls into {', '.join(empty)} (rows: "
            f"{len(split.rows.videos)}, in parts: {counts}; training looks at "
            f"{', '.join(split.languages)} only). Give more labelled rows, or split "
            "by video with --split-by id."
        )
