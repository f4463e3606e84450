"""From a catalog's text to a text categorizer."""

import importlib.metadata
import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from vidcat.inference.decisions import Thresholds
from vidcat.inference.files.own_folder import sole_writer
from vidcat.inference.text_categorizer import TextCategorizer, TextScores
from vidcat.inference.texts.multilingual import Embeds
from vidcat.inference.texts.storage import check_text_folder
from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.deciding.halves import calibration_halves
from vidcat.training.deciding.scored_halves import thresholds_on_halves
from vidcat.training.splits import (
    SplitError,
    absent_categories,
    fold_of,
    part_counts,
)
from vidcat.training.texts.config import TextConfig
from vidcat.training.texts.embedding_cache import EmbeddingCache
from vidcat.training.texts.parts import FittedParts, TextListener, fit_text_parts
from vidcat.training.texts.rows import TextSplit, read_rows, split_rows

FOLDS: Final = 5
"""Groups of owners that out-of-fold scores are made of."""

_EMBEDDINGS: Final = "training/embeddings"


def train_text(
    videos: Sequence[Video],
    label_set: LabelSet,
    out: Path,
    *,
    config: TextConfig,
    sentence_encoder: Embeds | None = None,
    listener: TextListener | None = None,
) -> TextCategorizer:
    """Trains a text categorizer, fits its decisions, and writes it.

    Rows are split as `assign_parts` does. Rows with labels teach by them; rows
    without by what the lexicon says of them, in the training part only. If no row
    has labels, the lexicon's serve everywhere and the truth is `pseudo`.

    Embeddings are kept in `out/training`: a training that was stopped does not
    compute them again.

    Args:
        videos: Rows of a catalog.
        label_set: The categories wanted; those with too few training rows are dropped.
        out: Folder of the text categorizer.
        config: Settings.
        sentence_encoder: Needed for the multilingual part.
        listener: Told about progress.

    Returns:
        The categorizer, as `TextCategorizer.load` reads it from `out`.

    Raises:
        ValueError: If the catalog does not suffice, or the encoder is missing; the
            text says what is missing.
        FolderInUse: If another process is writing to `out`.
    """
    check_text_folder(out)
    encoder = None
    if sentence_encoder is not None:
        encoder = _cached(sentence_encoder, out, listener)
    # Splitting writes nothing, unless texts are embedded to be labelled.
    with sole_writer(out) if config.similarity else nullcontext():
        split = split_rows(videos, label_set, config, encoder)
    with sole_writer(out):
        fitted = fit_text_parts(split, split.train, config, encoder, listener)
        decided = _decided(split, fitted, label_set, config)
        whole = _with_encoder(decided, sentence_encoder)
        whole.save(out)
    return whole


def _decided(
    split: TextSplit, fitted: FittedParts, label_set: LabelSet, config: TextConfig
) -> TextCategorizer:
    """The categorizer of fitted parts, with its thresholds."""
    calibration = split.held_out("calibration")
    labels = len(split.rows.label_set)
    undecided = TextCategorizer(
        label_set=split.rows.label_set,
        multilingual=fitted.multilingual,
        bag_of_words=fitted.bag_of_words,
        thresholds=Thresholds(
            values=(math.inf,) * labels,
            confident=(False,) * labels,
            target_precision=config.target_precision,
            truth=split.rows.truth(calibration),
        ),
        measured={},
        parts=split.parts,
        provenance=_provenance(split, label_set, config),
    )
    undecided = replace(undecided, measured=split.measured(undecided.text_parts))
    return _with_thresholds(undecided, split, config)


def out_of_fold_probabilities(
    videos: Sequence[Video],
    teacher: TextCategorizer,
    *,
    folds: int = FOLDS,
    folder: Path | None = None,
    listener: TextListener | None = None,
) -> TextScores:
    """Scores a catalog with models that did not learn from the rows they score.

    The rows that the teacher learned from are divided into folds by their owner (by
    id where there is none). Each fold is scored by a model that was trained like the
    teacher, on the other folds, with a vocabulary and a calibrator of its own. All
    other rows are scored by the teacher itself.

    Args:
        videos: N rows: the catalog that the teacher was trained on, or part of it.
        teacher: The text categorizer.
        folds: Number of folds, two or more. Defaults to `FOLDS`.
        folder: The teacher's folder, whose kept embeddings spare computing them
            again; `None` computes them.
        listener: Told about progress.

    Returns:
        The scores, in the order of the rows.

    Raises:
        ValueError: If `folds` is less than two.
        SplitError: If all rows that the teacher learned from have one owner.
    """
    if folds < 2:
        raise ValueError(f"`folds` must be two or more. Received: folds={folds}")
    config = TextConfig.from_json(teacher.provenance["config"])
    encoder: Embeds | None = None
    if teacher.multilingual is not None:
        encoder = teacher.multilingual.encoder
        if folder is not None:
            encoder = _cached(encoder, folder, listener)
        teacher = _with_encoder(teacher, encoder)
    alike = encoder if config.similarity else None
    rows = read_rows(videos, teacher.label_set, teacher.parts, alike)
    split = TextSplit(rows=rows, parts=teacher.parts, languages=config.languages)
    scores = teacher.score_texts(rows.texts, rows.languages)
    fold = np.array(
        [fold_of(videos[row], folds, key=config.split_by) for row in split.train]
    )
    for number in np.unique(fold):
        held, others = split.train[fold == number], split.train[fold != number]
        if not others.size:
            raise SplitError(
                f"The {len(held)} rows that the teacher learned from must be of "
                "several owners, and all fall into one fold. Give rows of more owners, "
                "or train with --split-by id."
            )
        fitted = fit_text_parts(
            split, others, config, encoder, _in_fold(listener, int(number), folds)
        )
        model = replace(teacher, **vars(fitted))
        scores.probabilities[held] = model.score_texts(
            [rows.texts[row] for row in held], [rows.languages[row] for row in held]
        ).probabilities
    return scores


def _cached(
    encoder: Embeds, out: Path, listener: TextListener | None
) -> EmbeddingCache:
    def report(done: int, total: int) -> None:
        if listener is not None:
            listener("embedding", done, total, "")

    return EmbeddingCache(encoder, out / _EMBEDDINGS, report)


def _with_encoder(
    categorizer: TextCategorizer, encoder: Embeds | None
) -> TextCategorizer:
    part = categorizer.multilingual
    if part is None or encoder is None:
        return categorizer
    return replace(categorizer, multilingual=replace(part, encoder=encoder))


def _with_thresholds(
    categorizer: TextCategorizer, split: TextSplit, config: TextConfig
) -> TextCategorizer:
    rows = split.held_out("calibration")
    halves = calibration_halves(
        [split.rows.videos[row] for row in rows], config.split_by
    )
    scores = categorizer.score_texts(
        [split.rows.texts[row] for row in rows],
        [split.rows.languages[row] for row in rows],
    )
    labels = split.rows.labels[rows]
    # What is not read is not said, however low a threshold may be.
    said = np.where(scores.ok[:, None], scores.probabilities, np.nan)
    thresholds = thresholds_on_halves(
        said,
        labels,
        halves,
        categorizer.label_set,
        promise=config.promise,
        truth=categorizer.truth,
    )
    kept = halves.keep(categorizer.label_set, labels, text=said)
    return replace(categorizer, thresholds=thresholds, calibration=kept)


def _in_fold(
    listener: TextListener | None, number: int, folds: int
) -> TextListener | None:
    if listener is None:
        return None
    return lambda stage, done, total, note: listener(
        f"fold {number + 1} of {folds}: {stage}", done, total, note
    )


def _provenance(
    split: TextSplit, wanted: LabelSet, config: TextConfig
) -> dict[str, Any]:
    rows = split.rows
    others = split.held_out("validation", "calibration", "test", "later")
    used = np.concatenate([split.train, others])
    part_of = {rows.videos[row].id: split.parts[rows.videos[row].id] for row in used}
    other_languages = len(split.held_out("train")) - len(split.train)
    return {
        "vidcat": importlib.metadata.version("vidcat"),
        "keras": importlib.metadata.version("keras"),
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "config": config.to_json(),
        "videos": part_counts(part_of),
        "weakly_labelled": int(rows.weak[split.train].sum()),
        "left_out": {
            "no text": int((~rows.with_text).sum()),
            "no labels": int((rows.with_text & ~rows.known).sum()),
            "in other languages, in the training part": other_languages,
        },
        "absent_categories": absent_categories(
            rows.labels[used], rows.label_set.ids, list(part_of.values())
        ),
        "dropped_categories": [
            label for label in wanted.ids if label not in rows.label_set
        ],
    }
