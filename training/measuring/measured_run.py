"""`MeasuredRun`: what was said of videos whose truth is known, kept for questions."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, get_args
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from vidcat.inference.catalogs.fields import is_url
from vidcat.inference.decisions import Thresholds, sayable_ids
from vidcat.inference.files.whole_files import replace_text
from vidcat.inference.video import Truth, Video
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Taxonomy
from vidcat.training.measuring.truth import truth_of_sayable
from vidcat.training.splits import owner_group

FORMAT: Final = 1
_VALUES: Final = "run.json"
_VIDEOS: Final = "videos.jsonl"
_ARRAYS: Final = "scores.npz"

_DAMAGES: Final = (
    *(ValueError, TypeError, AttributeError, LookupError),
    *(EOFError, RecursionError, BadZipFile),
)
"""What reading something else than a run can end in."""


class InvalidRun(ValueError):
    """The folder holds no measured run, or a damaged one."""


@dataclass(frozen=True, kw_only=True)
class VideoFacts:
    """What a report wants to know of a video beside its scores."""

    id: str
    """The catalog's id."""
    path: str | None = None
    """Its file, absolute, or its address; for thumbnails."""
    title: str | None = None
    owner: str | None = None
    language: str | None = None
    upload_category: str | None = None
    duration_seconds: float | None = None

    @classmethod
    def of(cls, video: Video, duration_seconds: float | None = None) -> "VideoFacts":
        """The facts of a catalog row.

        Args:
            video: The row.
            duration_seconds: What its file lasts, where the row does not say.
        """
        lasting = video.duration_seconds
        return cls(
            id=video.id,
            path=None if video.path is None else _from_anywhere(video.path),
            title=video.title,
            owner=video.owner,
            language=video.language,
            upload_category=video.upload_category,
            duration_seconds=duration_seconds if lasting is None else lasting,
        )

    @property
    def group(self) -> str:
        """Whose chance it shares: videos of one owner depend on one another."""
        return owner_group(self.id, self.owner)


@dataclass(frozen=True, kw_only=True, eq=False)
class MeasuredRun:
    """Scores and decisions of one model on N videos, beside their truth.

    Reports, comparisons and rate cards are made of it, without the model.

    Raises:
        ValueError: If a shape does not fit, a score is no probability, a video comes
            twice, or a field has a value that it cannot have.
    """

    name: str
    """For legends: `NeXtVLAD`, `text`, `union`."""
    truth: Truth
    """What everything is measured against."""
    target_precision: float
    """What the decisions were fitted to hold."""
    label_set: LabelSet
    """The L labels."""
    videos: tuple[VideoFacts, ...]
    """The N videos, each once."""
    y_true: npt.NDArray[np.int8]
    """1 yes, 0 no, -1 unknown, shape `(N, L)`."""
    probabilities: npt.NDArray[np.float32]
    """Calibrated, shape `(N, L)`; 0 where nothing was said."""
    chosen: npt.NDArray[np.bool_]
    """Decisions without implied ancestors, shape `(N, M)`: the L labels, then those of
    their ancestors that are no labels (`sayable_ids`)."""
    thresholds: Mapping[str, Thresholds]
    """Behind the decisions: by `visual`, by `text`, by both or by `merged`."""
    uncalibrated: npt.NDArray[np.float32] | None = None
    """The network's own scores, shape `(N, L)`; `None` where there is no such one."""
    failed: tuple[VideoFacts, ...] = ()
    """Videos in scope with truth that could not be scored: they are not covered."""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    """What was measured, and what it was trained on, for the reader: `bundle` (content
    hash), `vidcat`, `commit`, `measured_at`, `trained` (the bundle's provenance)."""

    def __post_init__(self) -> None:
        rows, labels = len(self.videos), len(self.label_set)
        wanted = {
            "y_true": (rows, labels),
            "probabilities": (rows, labels),
            "chosen": (rows, len(self.category_ids)),
        }
        if self.uncalibrated is not None:
            wanted["uncalibrated"] = (rows, labels)
        for name, shape in wanted.items():
            if getattr(self, name).shape != shape:
                raise ValueError(
                    f"`{name}` must have the shape {shape}. "
                    f"Received: shape {getattr(self, name).shape}"
                )
        self._check_fields()
        for name in ("probabilities", "uncalibrated"):
            values = getattr(self, name)
            if values is None or not values.size:
                continue
            # Written so that it refuses what is not a number as well.
            if not (values.min() >= 0 and values.max() <= 1):
                row, label = np.argwhere(~((values >= 0) & (values <= 1)))[0]
                raise ValueError(
                    f"`{name}` must be from 0 to 1. Received: {name} of video "
                    f"{self.videos[row].id!r}, category "
                    f"{self.label_set.ids[label]!r}: {values[row, label]}"
                )

    def _check_fields(self) -> None:
        if self.truth not in get_args(Truth):
            raise ValueError(
                f"`truth` must be one of {list(get_args(Truth))}. "
                f"Received: truth={self.truth!r}"
            )
        if not 0 < self.target_precision <= 1:
            raise ValueError(
                "`target_precision` must be above 0 and at most 1. "
                f"Received: target_precision={self.target_precision}"
            )
        if not self.thresholds:
            raise ValueError("`thresholds` must be given. Received: none")
        if self.y_true.size and not (self.y_true.min() >= -1 and self.y_true.max() < 2):
            raise ValueError(
                "`y_true` must hold 1 (yes), 0 (no) or -1 (unknown). Received: "
                f"from {self.y_true.min()} to {self.y_true.max()}"
            )
        names = Counter(one.id for one in (*self.videos, *self.failed))
        if names and (twice := names.most_common(1)[0])[1] > 1:
            raise ValueError(
                "`videos` and `failed` must hold each video once. Received: "
                f"{twice[0]!r} {twice[1]} times"
            )

    @property
    def taxonomy(self) -> Taxonomy:
        """The taxonomy that the labels belong to."""
        return load_iab(self.label_set.taxonomy_version)

    @cached_property
    def category_ids(self) -> tuple[str, ...]:
        """The M categories that can be said, the labels first."""
        return sayable_ids(self.label_set, self.taxonomy)

    @cached_property
    def sayable_truth(self) -> npt.NDArray[np.int8]:
        """The truth of the M categories: 1 yes, 0 no, -1 unknown, shape `(N, M)`."""
        return truth_of_sayable(self.y_true, self.label_set, self.taxonomy)

    @cached_property
    def groups(self) -> npt.NDArray[np.intp]:
        """A number for each of the N videos, the same for those of one owner."""
        _, number = np.unique([one.group for one in self.videos], return_inverse=True)
        return number

    def save(self, folder: Path) -> None:
        """Writes the run as files of `folder`; nothing in them is pickled."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _VALUES).unlink(missing_ok=True)
        # ASCII alone: a title may hold half a surrogate pair, or a separator of lines.
        lines = [json.dumps(asdict(one)) for one in (*self.videos, *self.failed)]
        (folder / _VIDEOS).write_text(
            "".join(line + "\n" for line in lines), encoding="utf-8"
        )
        arrays: dict[str, npt.NDArray[Any]] = {
            "y_true": self.y_true,
            "probabilities": self.probabilities,
            "chosen": np.packbits(self.chosen, axis=1),
        }
        if self.uncalibrated is not None:
            arrays["uncalibrated"] = self.uncalibrated
        np.savez(folder / _ARRAYS, allow_pickle=False, **arrays)
        values = {
            "format": FORMAT,
            "name": self.name,
            "truth": self.truth,
            "target_precision": self.target_precision,
            "label_set": self.label_set.to_json(),
            "thresholds": {
                name: one.to_json() for name, one in self.thresholds.items()
            },
            "videos": len(self.videos),
            "failed": len(self.failed),
            "provenance": dict(self.provenance),
            "checksum": _checksum(folder),
        }
        # Last: a run that was cut off while it was written is none.
        replace_text(folder / _VALUES, json.dumps(values, indent=1) + "\n")

    @classmethod
    def load(cls, folder: Path | str) -> "MeasuredRun":
        """Reads what `save` wrote.

        Raises:
            InvalidRun: If the folder holds no run, a damaged one, or one of a newer
                format.
        """
        folder = Path(folder)
        if not (folder / _VALUES).is_file():
            raise InvalidRun(
                f"{folder}: no measured run is here ({_VALUES} is missing); `vidcat "
                "evaluate` writes one into `runs` of its report folder."
            )
        try:
            return _read(folder)
        except InvalidRun:
            raise
        except _DAMAGES as error:
            # A KeyError's own text is the repr of what is missing.
            what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise InvalidRun(
                f"{folder}: the measured run is damaged ({what}); measure again with "
                "`vidcat evaluate`."
            ) from None


def _read(folder: Path) -> MeasuredRun:
    """The run of a folder; what is damaged raises one of `_DAMAGES`."""
    values = json.loads((folder / _VALUES).read_text(encoding="utf-8"))
    if values["format"] > FORMAT:
        raise InvalidRun(
            f"{folder}: format {values['format']} is newer than this vidcat reads "
            f"({FORMAT}); install a newer vidcat."
        )
    if values["checksum"] != _checksum(folder):
        raise InvalidRun(
            f"{folder}: {_VIDEOS} or {_ARRAYS} is not as it was written; measure "
            "again with `vidcat evaluate`."
        )
    lines = (folder / _VIDEOS).read_text(encoding="utf-8").splitlines()
    facts = [VideoFacts(**json.loads(line)) for line in lines]
    label_set = LabelSet.from_json(values["label_set"])
    columns = len(sayable_ids(label_set, load_iab(label_set.taxonomy_version)))
    with np.load(folder / _ARRAYS, allow_pickle=False) as arrays:
        chosen = np.unpackbits(arrays["chosen"], axis=1, count=columns)
        return MeasuredRun(
            name=values["name"],
            truth=values["truth"],
            target_precision=values["target_precision"],
            label_set=label_set,
            videos=tuple(facts[: values["videos"]]),
            failed=tuple(facts[values["videos"] :]),
            y_true=arrays["y_true"],
            probabilities=arrays["probabilities"],
            chosen=chosen.astype(bool),
            uncalibrated=arrays.get("uncalibrated"),
            thresholds={
                name: Thresholds.from_json(one)
                for name, one in values["thresholds"].items()
            },
            provenance=dict(values["provenance"]),
        )


def _from_anywhere(path: str) -> str:
    """A path that another working directory does not change."""
    return path if is_url(path) else str(Path(path).absolute())


def _checksum(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in (_VIDEOS, _ARRAYS):
        path = folder / name
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()
