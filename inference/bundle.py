"""The bundle: everything that categorizing a video needs, in one folder."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidcat.inference.encoder_source import EncoderSource
from vidcat.inference.feature_space import FeatureSpace, require_same_sampling
from vidcat.inference.projection import Projection
from vidcat.inference.sampling import Sampling
from vidcat.inference.scope import Scope
from vidcat.inference.visual_categorizer import VisualCategorizer
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Taxonomy

FORMAT = 1
_SERVING = ("bundle.json", "labels.tsv", "projection.npz", "visual")
_CHECKSUMS = "checksums.json"
_ACCEPTED = "accepted_sampling.json"


class InvalidBundle(ValueError):
    """The folder is no bundle, or one that was damaged or is too new."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """What training leaves behind and serving loads.

    On disk: `bundle.json` (settings and provenance), `labels.tsv`,
    `projection.npz`, `visual/` (network and fitted values), `comparisons/NAME/`
    (the other networks of the same training), `split.json`, `checksums.json`, and
    `encoder/` where the frame encoder is embedded. Nothing in it is pickled.
    """

    label_set: LabelSet
    """The categories, in the order of the network's outputs."""
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
    truth: str
    """What its figures were measured against: `gold`, `audited` or `pseudo`."""
    provenance: Mapping[str, Any]
    """Versions, settings and counts of the training, for the reader."""
    content_hash: str = ""
    """Hash of all that decides a result; filled in by `save` and `load`."""

    @property
    def taxonomy(self) -> Taxonomy:
        """The taxonomy that the labels belong to."""
        return load_iab(self.label_set.taxonomy_version)

    def save(self, folder: Path) -> None:
        """Writes the bundle; an unfinished one is not taken for a bundle.

        Args:
            folder: Is made where it is missing; a bundle in it is replaced.
        """
        folder.mkdir(parents=True, exist_ok=True)
        # Without its checksums the folder is no bundle; they are written last.
        (folder / _CHECKSUMS).unlink(missing_ok=True)
        (folder / _ACCEPTED).unlink(missing_ok=True)
        described = {
            "format": FORMAT,
            "space": self.space.to_json(),
            "encoder": self.encoder.to_json(),
            "sampling": self.sampling.to_json(),
            "scope": self.scope.to_json(),
            "truth": self.truth,
            "provenance": dict(self.provenance),
        }
        (folder / "bundle.json").write_text(json.dumps(described, indent=1) + "\n")
        self.label_set.write(folder / "labels.tsv")
        self.projection.save(folder / "projection.npz")
        self.visual.save(folder / "visual")
        parts = json.dumps(dict(self.parts), indent=0, sort_keys=True)
        (folder / "split.json").write_text(parts + "\n")
        sums = {name: _sha256(folder / name) for name in _serving_files(folder)}
        _replace(folder / _CHECKSUMS, json.dumps(sums, indent=1) + "\n")

    @classmethod
    def load(cls, folder: Path | str) -> "Bundle":
        """Reads a bundle and checks that none of its files has changed.

        Raises:
            InvalidBundle: If the folder holds no bundle, a damaged one, or one of
                a newer format; the text names the file.
        """
        folder = Path(folder)
        content_hash = _verify(folder)
        described = json.loads((folder / "bundle.json").read_text())
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
            content_hash=content_hash,
        )


def save_comparison(folder: Path, name: str, network: VisualCategorizer) -> None:
    """Keeps another network of the same training beside the bundle's own."""
    network.save(folder / "comparisons" / name)


def load_comparisons(folder: Path) -> dict[str, VisualCategorizer]:
    """Reads the other networks of the same training, by name."""
    found = sorted((folder / "comparisons").glob("*/values.json"))
    return {path.parent.name: VisualCategorizer.load(path.parent) for path in found}


def accept_sampling(folder: Path, sampling: Sampling, loss: Mapping[str, Any]) -> None:
    """Allows a bundle to take videos that were sampled in another way.

    Args:
        folder: The bundle's folder.
        sampling: The other way.
        loss: What was measured with it, beside the figures of the bundle's own.
    """
    kept = [
        entry
        for entry in accepted_sampling(folder)
        if Sampling.from_json(entry["sampling"]) != sampling
    ]
    kept.append({"sampling": sampling.to_json(), "measured": dict(loss)})
    _replace(folder / _ACCEPTED, json.dumps(kept, indent=1) + "\n")


def accepted_sampling(folder: Path) -> list[dict[str, Any]]:
    """The other ways of sampling a bundle takes, each with its measured figures."""
    path = folder / _ACCEPTED
    return json.loads(path.read_text()) if path.exists() else []


def require_sampling(folder: Path, own: Sampling, other: Sampling) -> None:
    """Refuses videos that were sampled in a way the bundle does not accept.

    Raises:
        FeatureSpaceMismatch: If `other` is neither the bundle's own sampling nor
            one that was measured and accepted.
    """
    accepted = [entry["sampling"] for entry in accepted_sampling(folder)]
    if other.to_json() not in accepted:
        require_same_sampling(own, other)


def _serving_files(folder: Path) -> list[str]:
    files = [path for name in _SERVING for path in _files(folder / name)]
    return sorted(path.relative_to(folder).as_posix() for path in files)


def _files(path: Path) -> list[Path]:
    return [file for file in path.rglob("*") if file.is_file()] or [path]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _replace(path: Path, text: str) -> None:
    scratch = path.with_suffix(".tmp")
    scratch.write_text(text)
    scratch.replace(path)


def _verify(folder: Path) -> str:
    """The content hash, once every file of the bundle was seen to be whole."""
    listing = folder / _CHECKSUMS
    if not listing.is_file():
        raise InvalidBundle(
            f"{folder}: no bundle is here ({_CHECKSUMS} is missing); `vidcat train` "
            "makes one, and an interrupted training goes on with the same command."
        )
    text = listing.read_text()
    for name, expected in json.loads(text).items():
        path = folder / name
        if not path.is_file() or _sha256(path) != expected:
            raise InvalidBundle(
                f"{path}: is missing or not as training wrote it; copy the bundle anew."
            )
    return hashlib.sha256(text.encode()).hexdigest()
