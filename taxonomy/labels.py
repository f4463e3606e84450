"""The categories a model can predict, in the order of its outputs."""

import functools
import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from itertools import compress
from pathlib import Path
from typing import Any

from vidcat.taxonomy.iab import DATA_FOLDER, load_iab
from vidcat.taxonomy.tables import InvalidTable, read_cells, read_lines
from vidcat.taxonomy.tree import Category, UnknownCategory

_VISUAL = {"yes": True, "no": False}
_REQUIRED = ("taxonomy", "id", "visual")
_COLUMNS = ("taxonomy", "id", "path", "visual", "reason")


class InvalidLabelSet(ValueError):
    """The labels are no ordered selection of categories of one taxonomy."""


@dataclass(frozen=True, kw_only=True)
class LabelSet:
    """An ordered selection of categories, each told by eye or not.

    `len` counts the labels, iteration gives their ids, `id in labels` asks for one.

    Raises:
        InvalidLabelSet: If there is no label, a label comes twice or is no category
            of the taxonomy, or `visual` or `reasons` are not as many as the ids.
        ValueError: If the taxonomy version is not known.

    >>> labels = LabelSet(
    ...     taxonomy_version="3.1", ids=("483", "539"), visual=(True, True)
    ... )
    >>> labels.index("539")
    1
    >>> len(LabelSet.default())
    196
    """

    taxonomy_version: str
    """Version of the IAB Content Taxonomy, as `load_iab` takes it."""

    ids: tuple[str, ...]
    """Category ids; the n-th is the n-th output of a model."""

    visual: tuple[bool, ...]
    """For each id, whether a person can tell it from frames alone."""

    reasons: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """For each id why `visual` is what it is, or nothing; `()` says nothing at all."""

    def __post_init__(self) -> None:
        if not self.ids:
            raise InvalidLabelSet("`ids` must hold at least one label.")
        if len(self.visual) != len(self.ids):
            raise InvalidLabelSet(
                "`visual` must have one mark for each id. Received: "
                f"{len(self.visual)} marks, {len(self.ids)} ids"
            )
        if self.reasons and len(self.reasons) != len(self.ids):
            raise InvalidLabelSet(
                "`reasons` must be empty or one for each id. Received: "
                f"{len(self.reasons)} reasons, {len(self.ids)} ids"
            )
        if not all(isinstance(mark, bool) for mark in self.visual):
            raise InvalidLabelSet(
                f"`visual` must hold booleans. Received: visual={self.visual}"
            )
        twice = [label for label, times in Counter(self.ids).items() if times > 1]
        if twice:
            raise InvalidLabelSet(f"`ids` must not repeat. Received twice: {twice}")
        taxonomy = load_iab(self.taxonomy_version)
        for label in self.ids:
            try:
                taxonomy[label]
            except UnknownCategory as error:
                raise InvalidLabelSet(str(error)) from error

    @classmethod
    def default(cls) -> "LabelSet":
        """The 196 categories of 3.1 for a general video platform (docs/labels.md)."""
        return _default()

    @classmethod
    def read(cls, path: str | Path) -> "LabelSet":
        """Reads labels from a table, in its order.

        The table is UTF-8 text with cells between tabs. Its columns, in any order:
        `taxonomy` (a version, the same in every row), `id`, `visual` (`yes` or
        `no`), and optionally `path` (must be the category's own, if it is given)
        and `reason`. Other columns are not read.

        Raises:
            InvalidLabelSet: If the file is not such a table; names file and line.
            OSError: If the file cannot be read.
        """
        path = Path(path)
        try:
            table = read_cells(path, read_lines(path), 1, _REQUIRED)
            for line, cells in table:
                _check_row(cells, table[0][1]["taxonomy"], f"{path}, line {line}")
        except InvalidTable as error:
            raise InvalidLabelSet(str(error)) from error
        if not table:
            raise InvalidLabelSet(f"{path}: must hold at least one label.")
        try:
            return cls(
                taxonomy_version=table[0][1]["taxonomy"],
                ids=tuple(cells["id"] for _, cells in table),
                visual=tuple(_VISUAL[cells["visual"]] for _, cells in table),
                reasons=tuple(cells.get("reason", "") for _, cells in table),
            )
        except InvalidLabelSet as error:
            raise InvalidLabelSet(f"{path}: {error}") from error

    def to_table(self) -> str:
        """The text of the table that `read` reads."""
        lines = ["\t".join(_COLUMNS)]
        reasons = self.reasons or [""] * len(self)
        for category, mark, reason in zip(
            self.categories, self.visual, reasons, strict=True
        ):
            visual = "yes" if mark else "no"
            cells = (self.taxonomy_version, category.id, category.path_text)
            lines.append("\t".join((*cells, visual, reason)))
        return "\n".join([*lines, ""])

    def write(self, path: str | Path) -> None:
        """Writes the table that `read` reads."""
        Path(path).write_text(self.to_table(), encoding="utf-8", newline="\n")

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "LabelSet":
        """The labels that `to_json` gave.

        Raises:
            InvalidLabelSet: If names are missing or unknown, or the values are not
                labels.
        """
        names = {field.name for field in fields(cls)} - {"reasons"}
        if value.keys() != names:
            raise InvalidLabelSet(
                f"Labels must have the names {sorted(names)}. Received: {sorted(value)}"
            )
        return cls(
            taxonomy_version=value["taxonomy_version"],
            ids=tuple(value["ids"]),
            visual=tuple(value["visual"]),
        )

    def to_json(self) -> dict[str, Any]:
        """The labels as a JSON object, without the reasons."""
        return {
            "taxonomy_version": self.taxonomy_version,
            "ids": list(self.ids),
            "visual": list(self.visual),
        }

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)

    def __contains__(self, category_id: object) -> bool:
        return category_id in self._position

    @property
    def categories(self) -> tuple[Category, ...]:
        """The categories, in the order of the ids."""
        taxonomy = load_iab(self.taxonomy_version)
        return tuple(taxonomy[label] for label in self.ids)

    @functools.cached_property
    def content_hash(self) -> str:
        """SHA-256, in hex, of taxonomy version, ids in order, and visual marks."""
        content = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()

    def index(self, category_id: str) -> int:
        """Position of a label among the outputs.

        Raises:
            UnknownCategory: If the category is not among the labels.
        """
        if category_id not in self._position:
            raise UnknownCategory(f"{category_id!r} is none of the {len(self)} labels.")
        return self._position[category_id]

    def visual_only(self) -> "LabelSet":
        """The labels that are told by eye, in the same order.

        Raises:
            InvalidLabelSet: If there is none.
        """
        return self.select(tuple(compress(self.ids, self.visual)))

    def select(self, ids: Collection[str]) -> "LabelSet":
        """Some of the labels, in the same order.

        Args:
            ids: Labels of this set.

        Raises:
            UnknownCategory: If an id is none of the labels.
            InvalidLabelSet: If there is none.
        """
        positions = sorted(self.index(category_id) for category_id in ids)
        return LabelSet(
            taxonomy_version=self.taxonomy_version,
            ids=tuple(self.ids[at] for at in positions),
            visual=tuple(self.visual[at] for at in positions),
            reasons=tuple(self.reasons[at] for at in positions if self.reasons),
        )

    @functools.cached_property
    def _position(self) -> dict[str, int]:
        return {label: position for position, label in enumerate(self.ids)}


@functools.cache
def _default() -> LabelSet:
    return LabelSet.read(DATA_FOLDER / "labels_3.1.tsv")


def _check_row(cells: Mapping[str, str], version: str, place: str) -> None:
    if cells["taxonomy"] != version:
        raise InvalidTable(
            f"{place}: `taxonomy` must be {version!r} as in the first row. "
            f"Received: {cells['taxonomy']!r}"
        )
    if cells["visual"] not in _VISUAL:
        raise InvalidTable(
            f"{place}: `visual` must be `yes` or `no`. Received: {cells['visual']!r}"
        )
    try:
        category = load_iab(version)[cells["id"]]
    except (ValueError, UnknownCategory) as error:
        raise InvalidTable(f"{place}: {error}") from error
    if cells.get("path") not in {None, "", category.path_text}:
        raise InvalidTable(
            f"{place}: `path` of {category.id!r} must be {category.path_text!r}. "
            f"Received: {cells['path']!r}"
        )
