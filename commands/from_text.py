"""`vidcat train --from-text`: from a catalog's text to a model of its videos."""

import contextlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidcat.commands.verbs import option_words, run_verb

if TYPE_CHECKING:
    from vidcat.inference.video import Video

_SHOWN_VIDEOS = 10
_SPLIT = ("split_by",)
_SCOPE = ("min_seconds", "max_seconds", "min_examples")
_BOUNDS = ("yes_bound", "no_bound")
_PROMISE = ("target_precision", "assurance", "promise")
_TEXT = ("labels", "min_examples", *_PROMISE, "seed", "sentence_encoder")
_DESCRIBE = ("encoder", "frame_weights")
_TRAIN = (
    *("preset", "epochs", "batch_size", "learning_rate", "dropout", "l2_penalty"),
    *("seed", *_PROMISE, "merge", "thresholds", "sentence_encoder"),
    *("embed_encoder", "mixed_precision", "xla", "gpus", "tensorboard"),
)


def train_from_text(given: Mapping[str, Any]) -> None:
    """Runs the stages one after the other; what has not changed is not done again.

    Args:
        given: Values of the options of `vidcat train`, by name.
    """
    from vidcat.inference.files.own_folder import check_out_folder, sole_writer

    _check_catalog(given["catalog"], ignore_unknown=given["ignore_unknown"])
    check_out_folder(given["out"])
    with sole_writer(given["out"]):
        _run_stages(given)


def _check_catalog(catalog: str, *, ignore_unknown: bool) -> None:
    """Tells at once what would end the work after the text is done."""
    from vidcat.inference.catalog import InvalidCatalog, is_folder, read_catalog

    if is_folder(catalog):
        raise InvalidCatalog(
            f"{catalog}: a folder of videos has no text to learn from. Give a catalog "
            "(.jsonl, .csv or .parquet) with their `path` and `title`."
        )
    rows = read_catalog(catalog, ignore_unknown=ignore_unknown)
    if all(row.path is None for row in rows):
        raise InvalidCatalog(
            f"{catalog}: no row has a `path`, and frames are taken from files. Give "
            "the rows their video files, or train on text alone by `vidcat text train`."
        )


def _run_stages(given: Mapping[str, Any]) -> None:
    from vidcat.commands.printing.console import say
    from vidcat.inference.catalogs.table import table_at
    from vidcat.inference.encoders.weights import file_sha256
    from vidcat.training.teaching.stages import Stages

    out: Path = given["out"]
    work = _Work(given, out)
    stages = Stages(out, lambda name, anew: say(_headline(name, anew)))
    # What the stages print is on the way; the result is what comes last.
    with contextlib.redirect_stdout(sys.stderr):
        with table_at(work.catalog) as table:
            catalog = file_sha256(table.file)
        words = work.text_words()
        depends: dict[str, Any] = {"catalog": catalog, "words": words}
        stages.run("text", depends, work.text, lambda: run_verb(*words))
        words = work.pseudo_label_words()
        depends = {"words": words, "catalog": catalog, "text": _sums(work.text)}
        stages.run("labels", depends, work.labelled, lambda: run_verb(*words))
        words = work.describe_words()
        depends = {"words": words, "videos": _versions(work.labelled)}
        stages.run("frames", depends, work.features, lambda: run_verb(*words))
        words = work.train_words()
        depends |= {"words": words, "labels": file_sha256(work.labelled)}
        depends |= {"text": _sums(work.text)}
        stages.run(
            "model",
            depends,
            work.bundle,
            lambda: run_verb(*words),
            # Checkpoints of a training with other settings cannot be gone on from.
            discards=work.bundle / "training",
        )
    _show(work, as_json=given["as_json"])
    say(f"Bundle: {work.bundle}. Each stage's folder lies beside it, in {out}.")


class _Work:
    """Where each stage's files are, and the command that makes them."""

    def __init__(self, given: Mapping[str, Any], out: Path) -> None:
        self._given = given
        self.catalog: str = given["catalog"]
        self.text = out / "text"
        self.pseudo = out / "pseudo"
        self.labelled = self.pseudo / "catalog.jsonl"
        self.features: Path = given["features"] or out / "features"
        self.bundle = out / "bundle"
        self.unseen = out / "unseen.jsonl"

    def text_words(self) -> list[str]:
        return [
            *("text", "train", self.catalog, "--out", str(self.text)),
            *("--kind", self._given["text_kind"]),
            *option_words(self._given, (*_TEXT, *_SPLIT, "ignore_unknown")),
        ]

    def pseudo_label_words(self) -> list[str]:
        return [
            *("pseudo-label", self.catalog, "--text", str(self.text)),
            *("--out", str(self.pseudo)),
            *option_words(self._given, (*_SCOPE, *_BOUNDS)),
            *option_words(self._given, ("sentence_encoder", "ignore_unknown")),
        ]

    def describe_words(self) -> list[str]:
        return [
            *("describe", str(self.labelled), "--out", str(self.features)),
            "--fit-projection",
            *option_words(self._given, (*_DESCRIBE, *_SPLIT)),
        ]

    def train_words(self) -> list[str]:
        return [
            *("train", str(self.labelled), "--features", str(self.features)),
            *("--out", str(self.bundle), "--text", str(self.text)),
            *("--labels", str(self.pseudo / "labels.tsv")),
            *("--text-catalog", self.catalog),
            *option_words(self._given, (*_TRAIN, *_SCOPE, *_SPLIT)),
            *([] if self._given["comparisons"] else ["--no-comparisons"]),
            *option_words(self._given, ("ignore_unknown",)),
        ]

    def evaluate_words(self) -> list[str]:
        return [
            *("merge", "evaluate", str(self.labelled), "--bundle", str(self.bundle)),
            *("--features", str(self.features)),
            *("--text-catalog", self.catalog),
            *option_words(self._given, ("sentence_encoder", "ignore_unknown")),
        ]

    def classify_words(self) -> list[str]:
        return ["classify", str(self.unseen), "--bundle", str(self.bundle)]


def _headline(name: str, anew: bool) -> str:
    stage = {
        "text": "1 of 4: text categorizers",
        "labels": "2 of 4: labels from the text",
        "frames": "3 of 4: frames",
        "model": "4 of 4: the visual model, and both together",
    }[name]
    return f"\nStage {stage}" + ("" if anew else " (kept: nothing has changed)")


def _sums(folder: Path) -> str:
    from vidcat.inference.files.checksums import CHECKSUMS

    return (folder / CHECKSUMS).read_text("utf-8")


def _versions(catalog: Path) -> dict[str, str | None]:
    """Version of each row's video; `None` where none is known."""
    from vidcat.inference.catalog import read_catalog
    from vidcat.inference.catalogs.source import file_versions

    return file_versions(read_catalog(catalog))


def _show(work: _Work, *, as_json: bool) -> None:
    """What both are worth together, and what they say of videos they never saw."""
    if as_json:
        run_verb(*work.evaluate_words(), "--json")
        return
    run_verb(*work.evaluate_words())
    if _write_unseen(work):
        run_verb(*work.classify_words())


def _write_unseen(work: _Work) -> bool:
    """A few videos of the test part with their text, as a catalog."""
    from vidcat.inference.bundle import Bundle
    from vidcat.inference.catalog import read_catalog
    from vidcat.inference.catalogs.writer import write_catalog

    parts = Bundle.load(work.bundle, visual_only=True).parts

    def is_shown(video: "Video") -> bool:
        return video.path is not None and parts.get(video.id) == "test"

    shown = list(filter(is_shown, read_catalog(work.catalog, ignore_unknown=True)))
    write_catalog(shown[:_SHOWN_VIDEOS], work.unseen)
    return bool(shown)
