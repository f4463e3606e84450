"""The bundle: everything that categorizing a video needs, in one folder."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from vidcat.inference.calibration_scores import CalibrationScores
from vidcat.inference.encoders.source import EMBEDDED, EncoderSource
from vidcat.inference.feature_space import FeatureSpace
from vidcat.inference.files.checksums import (
    CHECKSUMS,
    changed_file,
    discard,
    files_below,
    write_checksums,
)
from vidcat.inference.files.own_folder import check_out_folder
from vidcat.inference.merges.decider import Decider
from vidcat.inference.merges.policy import MergePolicy
from vidcat.inference.merges.sources import merged_label_set
from vidcat.inference.projection import Projection
from vidcat.inference.sampling import Sampling
from vidcat.inference.scope import Scope
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.inference.texts.multilingual import Embeds
from vidcat.inference.texts.storage import deferred_encoder
from vidcat.inference.video import Truth
from vidcat.inference.visual_categorizer import VisualCategorizer
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Taxonomy

FORMAT = 2
_WITHOUT_TEXT = 1
"""The format of a bundle that a vidcat without text models reads as well."""
_TEXT = "text"
_MERGE = "merge.json"
_CALIBRATION = "calibration.npz"
_COMPARISONS = "comparisons"
_VALUES = "bundle.json"
_FILES = (_VALUES, "labels.tsv", "projection.npz", "split.json")
_FOLDERS = ("visual", _TEXT, _COMPARISONS, EMBEDDED)
_MADE_LATER = ("accepted_sampling.json", "figures.json", "report")

_DAMAGES = (
    *(ValueError, TypeError, AttributeError, LookupError),
    *(EOFError, RecursionError, BadZipFile),
)
"""What reading something else than a bundle can end in."""


class InvalidBundle(ValueError):
    """The folder is no bundle, or one that was damaged or is too new."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """What training leaves behind and serving loads.

    On disk: `bundle.json` (settings and provenance), `labels.tsv`,
    `projection.npz`, `visual/` (network and fitted values), `comparisons/NAME/`
    (the other networks of the same training), `calibration.npz` (scores that decisions
    can be fitted on anew), `split.json`, `checksums.json`;
    `text/` and `merge.json` where it has a text model; `encoder/` where the frame
    encoder is embedded. Nothing in it is pickled.

    Raises:
        ValueError: If a text model comes without a merge or the other way round, or
            the merge is not by the labels of both models.
    """

    label_set: LabelSet
    """The categories of the visual model, in the order of the network's outputs."""
    space: FeatureSpace
    """The feature space the network was trained in."""
    encoder: EncoderSource
    """Where the frame encoder of that space comes from."""
    sampling: Sampling
    """How its frames were sampled."""
    projection: Projection
    """From the encoder's values to the network's inputs."""
    visual: VisualCategorizer
    """The visual categorizer."""
    parts: Mapping[str, str]
    """The part of the split of each video of the training catalog, by id."""
    scope: Scope
    """The durations it was trained and measured on."""
    truth: Truth
    """What its thresholds were fitted against."""
    provenance: Mapping[str, Any]
    """Versions, settings and counts of the training, for the reader."""
    text: TextCategorizer | None = None
    """The text categorizer, if any."""
    merge: MergePolicy | None = None
    """How its words and those of the frames are put together."""
    calibration: CalibrationScores | None = None
    """What its decisions were fitted on, by the labels of the merge or, without a text
    model, of the visual model; decides nothing."""

    def __post_init__(self) -> None:
        if (self.text is None) != (self.merge is None):
            raise ValueError(
                "`text` and `merge` must be given together. Received: "
                f"text={'none' if self.text is None else 'a model'}, "
                f"merge={'none' if self.merge is None else self.merge.kind}"
            )
        if self.text is None or self.merge is None:
            return
        labels = merged_label_set(self.text.label_set, self.label_set)
        if self.merge.label_set != labels:
            raise ValueError(
                "`merge` must be by the labels of both models. Received: "
                f"{len(self.merge.label_set)} labels for {len(labels)} of both"
            )

    @property
    def taxonomy(self) -> Taxonomy:
        """The taxonomy that the labels belong to."""
        return load_iab(self.label_set.taxonomy_version)

    @property
    def decider(self) -> Decider:
        """What decides, once probabilities are known."""
        merge = self.merge
        return Decider(
            text=None if self.text is None else self.text.label_set,
            visual=self.label_set,
            labels=self.label_set if merge is None else merge.label_set,
            policy=self.visual.thresholds if merge is None else merge,
        )

    @property
    def content_hash(self) -> str:
        """Hash of all that decides a result; the same for equal trainings."""
        values = {
            "labels": self.label_set.content_hash,
            "space": self.space.to_json(),
            "sampling": self.sampling.to_json(),
            "scope": self.scope.to_json(),
            "visual": self.visual.content_hash,
        }
        if self.text is not None and self.merge is not None:
            values["text"] = self.text.content_hash
            values["merge"] = self.merge.content_hash
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    def save(
        self,
        folder: Path,
        comparisons: Mapping[str, VisualCategorizer] | None = None,
        *,
        embed_encoder: bool = False,
    ) -> None:
        """Writes the bundle; an unfinished one is not taken for a bundle.

        Args:
            folder: Is made where it is missing; a bundle in it is replaced, with
                its reports.
            comparisons: The other networks of the same training, by name.
            embed_encoder: Whether to copy the frame encoder's file into it.
        """
        check_bundle_folder(folder)
        folder.mkdir(parents=True, exist_ok=True)
        # What tells our files from others' goes last and comes first.
        discard(folder, (*_replaced(), _VALUES))
        (folder / _VALUES).touch()
        encoder = self.encoder.embed(folder) if embed_encoder else self.encoder
        described = {
            "format": _WITHOUT_TEXT if self.text is None else FORMAT,
            "space": self.space.to_json(),
            "encoder": encoder.to_json(),
            "sampling": self.sampling.to_json(),
            "scope": self.scope.to_json(),
            "truth": self.truth,
            "provenance": dict(self.provenance),
        }
        (folder / _VALUES).write_text(json.dumps(described, indent=1) + "\n")
        self.label_set.write(folder / "labels.tsv")
        self.projection.save(folder / "projection.npz")
        parts = json.dumps(dict(self.parts), indent=0, sort_keys=True)
        (folder / "split.json").write_text(parts + "\n")
        self.visual.save(folder / "visual")
        if self.text is not None and self.merge is not None:
            self.text.save(folder / _TEXT)
            merge = json.dumps(self.merge.to_json(), indent=1)
            (folder / _MERGE).write_text(merge + "\n")
        if self.calibration is not None:
            self.calibration.save(folder / _CALIBRATION)
        for name, network in (comparisons or {}).items():
            network.save(folder / _COMPARISONS / name)
        write_checksums(folder, _own_files(folder))

    @classmethod
    def load(
        cls,
        folder: Path | str,
        *,
        sentence_encoder: Embeds | None = None,
        visual_only: bool = False,
    ) -> "Bundle":
        """Reads a bundle and checks that none of its files has changed.

        Args:
            folder: The bundle's folder.
            sentence_encoder: The encoder of its multilingual text model. Defaults to
                the one it was trained with, from where training had it.
            visual_only: Whether to leave its text model out, which may take long to
                load; the bundle then has another content hash. Defaults to `False`.

        Raises:
            InvalidBundle: If the folder holds no bundle, a damaged one, or one of
                a newer format; the text names the file.
        """
        folder = Path(folder)
        verify_bundle(folder)
        try:
            bundle = cls._read(folder)
            merge = None if visual_only else load_merge(folder)
        except _DAMAGES as error:
            # What our own exceptions say names the file.
            if type(error).__module__.startswith("vidcat."):
                raise
            words = " ".join(str(error).split())
            raise InvalidBundle(
                f"{folder}: is damaged ({type(error).__name__}: {words}); copy the "
                "bundle anew, or train it again."
            ) from error
        if merge is None:
            return bundle
        text = TextCategorizer.load(folder / _TEXT, sentence_encoder)
        return replace(bundle, text=text, merge=merge)

    @classmethod
    def _read(cls, folder: Path) -> "Bundle":
        described = json.loads((folder / _VALUES).read_text())
        if described["format"] > FORMAT:
            raise InvalidBundle(
                f"{folder}: format {described['format']} is newer than this vidcat "
                f"reads ({FORMAT}); install a newer vidcat."
            )
        return cls(
            label_set=LabelSet.read(folder / "labels.tsv"),
            space=FeatureSpace.from_json(described["space"]),
            encoder=EncoderSource.from_json(described["encoder"]).in_bundle(folder),
            sampling=Sampling.from_json(described["sampling"]),
            projection=Projection.load(folder / "projection.npz"),
            visual=VisualCategorizer.load(folder / "visual"),
            parts=json.loads((folder / "split.json").read_text()),
            scope=Scope.from_json(described["scope"]),
            truth=described["truth"],
            provenance=described["provenance"],
            calibration=_load_calibration(folder),
        )

    def with_encoder_at(self, path: str) -> "Bundle":
        """The same bundle, its frame encoder's file in another place."""
        return replace(self, encoder=self.encoder.located_at(path))


def check_bundle_folder(folder: Path) -> None:
    """Refuses a folder that `Bundle.save` cannot or must not replace.

    Raises:
        UnfitFolder: As `check_out_folder`.
    """
    check_out_folder(folder, marker=_VALUES, replaces=_replaced())


def load_to_decide(folder: Path) -> Bundle:
    """Reads a bundle to decide of what was scored before.

    Its sentence encoder, which takes long to load, is loaded if a text is to be read.

    Raises:
        InvalidBundle: As `Bundle.load`.
    """
    return Bundle.load(folder, sentence_encoder=deferred_encoder(folder / _TEXT))


def load_comparisons(folder: Path) -> dict[str, VisualCategorizer]:
    """Reads the other networks of the same training, by name."""
    found = sorted((folder / _COMPARISONS).glob("*/values.json"))
    return {path.parent.name: VisualCategorizer.load(path.parent) for path in found}


def load_merge(folder: Path) -> MergePolicy | None:
    """Reads how text and frames are put together; `None` without a text model."""
    path = folder / _MERGE
    return (
        MergePolicy.from_json(json.loads(path.read_text())) if path.exists() else None
    )


def _load_calibration(folder: Path) -> CalibrationScores | None:
    path = folder / _CALIBRATION
    return CalibrationScores.load(path) if path.is_file() else None


def _own_files(folder: Path) -> list[Path]:
    optional = filter(Path.is_file, [folder / _MERGE, folder / _CALIBRATION])
    named = [folder / name for name in _FILES]
    return [*named, *optional, *files_below(folder, _FOLDERS)]


def _replaced() -> list[str]:
    names = (CHECKSUMS, *_FILES, _MERGE, _CALIBRATION, *_FOLDERS, *_MADE_LATER)
    return [name for name in names if name != _VALUES]


def verify_bundle(folder: Path) -> None:
    """Checks that a bundle is whole, without loading it.

    Raises:
        InvalidBundle: If the folder holds none, or one whose files have changed.
    """
    if not (folder / CHECKSUMS).is_file():
        raise InvalidBundle(
            f"{folder}: no bundle is here ({CHECKSUMS} is missing); `vidcat train` "
            "makes one, and an interrupted training goes on with the same command."
        )
    changed = changed_file(folder, _own_files(folder))
    if changed is not None:
        raise InvalidBundle(
            f"{changed}: is missing or not as training wrote it; copy the bundle anew."
        )
