"""A text categorizer as a folder of files that can be read without running code."""

import json
from pathlib import Path
from typing import Any, Final

from vidcat.inference.calibration_scores import CalibrationScores
from vidcat.inference.decisions import Thresholds
from vidcat.inference.files.checksums import (
    CHECKSUMS,
    changed_file,
    discard,
    files_below,
    write_checksums,
)
from vidcat.inference.files.own_folder import check_out_folder
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.inference.texts.bag_of_words import BagOfWords
from vidcat.inference.texts.deferred_encoder import DeferredEncoder
from vidcat.inference.texts.head import TextHead
from vidcat.inference.texts.multilingual import Embeds, Multilingual
from vidcat.taxonomy.labels import LabelSet

FORMAT: Final = 1

_VALUES: Final = "text.json"
_MULTILINGUAL: Final = "multilingual"
_BAG_OF_WORDS: Final = "bag_of_words"
_FILES: Final = (_VALUES, "labels.tsv", "split.json")
_FOLDERS: Final = (_MULTILINGUAL, _BAG_OF_WORDS)
_CALIBRATION: Final = "calibration.npz"
_MADE_LATER: Final = ("report",)


class InvalidTextCategorizer(ValueError):
    """The folder is no text categorizer, or one that was damaged or is too new."""


def save_text_categorizer(categorizer: TextCategorizer, folder: Path) -> None:
    """Writes a text categorizer; see `TextCategorizer.save`.

    On disk: `text.json` (thresholds, what was measured, provenance), `labels.tsv`,
    `split.json`, `calibration.npz`, a folder for each part, `checksums.json`. Nothing
    is pickled.
    """
    check_text_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    # What tells our files from others' goes last.
    discard(folder, (*_replaced(), _VALUES))
    multilingual, bag_of_words = categorizer.multilingual, categorizer.bag_of_words
    encoder = None
    if multilingual is not None:
        encoder = {
            "source": multilingual.encoder.source,
            "checksum": multilingual.encoder.checksum,
        }
    values = {
        "format": FORMAT,
        "sentence_encoder": encoder,
        "thresholds": categorizer.thresholds.to_json(),
        "measured": dict(categorizer.measured),
        "provenance": dict(categorizer.provenance),
    }
    # First, since it tells the rest from files that are not ours.
    (folder / _VALUES).write_text(json.dumps(values, indent=1) + "\n")
    if multilingual is not None:
        multilingual.head.save(folder / _MULTILINGUAL)
    if bag_of_words is not None:
        bag_of_words.save(folder / _BAG_OF_WORDS)
    categorizer.label_set.write(folder / "labels.tsv")
    if categorizer.calibration is not None:
        categorizer.calibration.save(folder / _CALIBRATION)
    parts = json.dumps(dict(categorizer.parts), indent=0, sort_keys=True)
    (folder / "split.json").write_text(parts + "\n")
    write_checksums(folder, _own_files(folder))


def check_text_folder(folder: Path) -> None:
    """Refuses a folder that `save_text_categorizer` cannot or must not replace.

    Raises:
        UnfitFolder: As `check_out_folder`.
    """
    check_out_folder(folder, marker=_VALUES, replaces=_replaced())


def load_text_categorizer(
    folder: Path, sentence_encoder: Embeds | None
) -> TextCategorizer:
    """Reads a text categorizer; see `TextCategorizer.load`."""
    _verify(folder)
    values = json.loads((folder / _VALUES).read_text())
    if values["format"] > FORMAT:
        raise InvalidTextCategorizer(
            f"{folder}: format {values['format']} is newer than this vidcat reads "
            f"({FORMAT}); install a newer vidcat."
        )
    bag_of_words = None
    if (folder / _BAG_OF_WORDS).is_dir():
        bag_of_words = BagOfWords.load(folder / _BAG_OF_WORDS)
    return TextCategorizer(
        label_set=LabelSet.read(folder / "labels.tsv"),
        multilingual=_multilingual(
            folder, values["sentence_encoder"], sentence_encoder
        ),
        bag_of_words=bag_of_words,
        thresholds=Thresholds.from_json(values["thresholds"]),
        measured=values["measured"],
        parts=json.loads((folder / "split.json").read_text()),
        provenance=values["provenance"],
        calibration=_calibration(folder),
    )


def is_text_folder(folder: Path) -> bool:
    """Whether a folder is that of a text categorizer, whole or not."""
    return (folder / _VALUES).is_file()


def deferred_encoder(folder: Path) -> DeferredEncoder | None:
    """The sentence encoder of a text categorizer, loaded when it is to read.

    Args:
        folder: What `save` wrote, or nothing.

    Returns:
        To be given to `TextCategorizer.load`; `None` where it has none.
    """
    if not is_text_folder(folder):
        return None
    recorded = json.loads((folder / _VALUES).read_text())["sentence_encoder"]
    return None if recorded is None else DeferredEncoder(**recorded)


def _calibration(folder: Path) -> CalibrationScores | None:
    path = folder / _CALIBRATION
    return CalibrationScores.load(path) if path.is_file() else None


def _multilingual(
    folder: Path, recorded: dict[str, Any] | None, given: Embeds | None
) -> Multilingual | None:
    if recorded is None:
        return None
    if given is None:
        from vidcat.inference.sentence_encoder import SentenceEncoder

        given = SentenceEncoder.load(recorded["source"], sha256=recorded["checksum"])
    if given.checksum != recorded["checksum"]:
        raise InvalidTextCategorizer(
            f"{folder}: the sentence encoder must be the one it was trained with, of "
            f"checksum {recorded['checksum']} (from {recorded['source']}). Received: "
            f"{given.source} of checksum {given.checksum}"
        )
    return Multilingual(encoder=given, head=TextHead.load(folder / _MULTILINGUAL))


def _own_files(folder: Path) -> list[Path]:
    optional = filter(Path.is_file, [folder / _CALIBRATION])
    named = [folder / name for name in _FILES]
    return [*named, *optional, *files_below(folder, _FOLDERS)]


def _replaced() -> list[str]:
    names = (CHECKSUMS, *_FILES, _CALIBRATION, *_FOLDERS, *_MADE_LATER)
    return [name for name in names if name != _VALUES]


def _verify(folder: Path) -> None:
    if not (folder / CHECKSUMS).is_file():
        raise InvalidTextCategorizer(
            f"{folder}: no text categorizer is here ({CHECKSUMS} is missing); `vidcat "
            "text train` makes one."
        )
    changed = changed_file(folder, _own_files(folder))
    if changed is not None:
        raise InvalidTextCategorizer(
            f"{changed}: is missing or not as training wrote it; copy the folder anew."
        )
