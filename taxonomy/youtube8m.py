"""What the labels of YouTube-8M mean in the IAB Content Taxonomy.

How it was decided, and what it must not be used for: docs/youtube8m_labels.md.
"""

import functools
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from vidcat.taxonomy.iab import DATA_FOLDER, load_iab
from vidcat.taxonomy.tables import InvalidTable, read_cells, read_lines
from vidcat.taxonomy.tree import Taxonomy, UnknownCategory

YOUTUBE8M_TAXONOMY = "3.1"
"""Version of the IAB Content Taxonomy that the ids belong to."""

YOUTUBE8M_UNSTATED_IDS = ("681", "683", "684")
"""Console, mobile and PC games: a label names a game, hardly ever its machine, so that
a missing id means *not stated*."""

_COLUMNS = ("index", "name", "ids", "reason")


class InvalidYoutube8mLabels(ValueError):
    """The table does not say what labels mean; the message names file and line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Youtube8mLabel:
    """A label of YouTube-8M and the categories that its videos belong to."""

    index: int
    """Its number in the vocabulary, from 0, the commonest label first."""
    name: str
    """Its name in the vocabulary, which leaves a few empty."""
    category_ids: tuple[str, ...]
    """Ids in IAB 3.1, without their ancestors; `()` where no category fits."""
    reason: str
    """Why no category fits, or what is doubtful; else empty."""


class Youtube8mTruth(NamedTuple):
    """What the labels of a video say of it by categories, as `Video` takes it."""

    labels: tuple[str, ...]
    """Categories that are true; their ancestors are implied."""
    unknown_labels: tuple[str, ...]
    """Categories of which the labels do not tell whether they are true."""


@functools.cache
def youtube8m_labels() -> Mapping[int, Youtube8mLabel]:
    """The 1,200 commonest labels of YouTube-8M by index.

    An index that is missing has not been looked at, which is not the same as a label
    without a category.

    >>> labels = youtube8m_labels()
    >>> labels[226].name, labels[226].category_ids
    ('Tennis', ('539',))
    >>> labels[195].category_ids, labels[195].reason
    ((), 'news of every subject: a form, not a subject')
    >>> 1200 in labels
    False
    """
    return read_youtube8m_labels(DATA_FOLDER / f"youtube8m_{YOUTUBE8M_TAXONOMY}.tsv")


def youtube8m_truth(indices: Iterable[int]) -> Youtube8mTruth | None:
    """What is known of a video that bears these labels.

    A category is unknown where no label of the table could have stated it, unless it
    is ruled out because the category above it is not true: of a video about cars it is
    not known whether it tells how to repair one, of a video about cats it is.

    Args:
        indices: The labels of one video.

    Returns:
        Its truth; `None` where none of its labels has a category.

    >>> youtube8m_truth([226]).labels
    ('539',)
    >>> youtube8m_truth([195]) is None
    True
    """
    table, taxonomy = youtube8m_labels(), load_iab(YOUTUBE8M_TAXONOMY)
    known = (table[index].category_ids for index in indices if index in table)
    labels = tuple(dict.fromkeys(itertools.chain.from_iterable(known)))
    if not labels:
        return None
    true, silent = taxonomy.with_ancestors(labels), _silent_ids()
    below = (child for each in true for child in taxonomy.children(each))
    tops = (silent & {*below, *taxonomy.roots()}) - true
    unknown = {one for top in tops for one in (top, *taxonomy.descendants(top))}
    return Youtube8mTruth(labels, tuple(sorted(unknown)))


@functools.cache
def _silent_ids() -> frozenset[str]:
    """Categories that no label states, or that labels state only by chance."""
    taxonomy = load_iab(YOUTUBE8M_TAXONOMY)
    stated = (one for each in youtube8m_labels().values() for one in each.category_ids)
    every = frozenset(category.id for category in taxonomy)
    return (every - taxonomy.with_ancestors(stated)) | {*YOUTUBE8M_UNSTATED_IDS}


def read_youtube8m_labels(path: str | Path) -> Mapping[int, Youtube8mLabel]:
    """Reads what labels mean from a table.

    The table is UTF-8 text with cells between tabs and the columns `index`, `name`,
    `ids` (parted by blanks, may be empty) and `reason` (not empty where `ids` is),
    in any order.

    Raises:
        InvalidYoutube8mLabels: If the file is not such a table, an index comes
            twice, an id is none of IAB 3.1, or stands beside its own ancestor.
        OSError: If the file cannot be read.
    """
    path = Path(path)
    taxonomy = load_iab(YOUTUBE8M_TAXONOMY)
    try:
        table = read_cells(path, read_lines(path), 1, _COLUMNS)
    except InvalidTable as error:
        raise InvalidYoutube8mLabels(str(error)) from error
    labels: dict[int, Youtube8mLabel] = {}
    for line, cells in table:
        place = f"{path}, line {line}"
        label = _label(cells, taxonomy, place)
        if label.index in labels:
            raise InvalidYoutube8mLabels(f"{place}: index {label.index} comes twice.")
        labels[label.index] = label
    return MappingProxyType(labels)


def _label(cells: Mapping[str, str], taxonomy: Taxonomy, place: str) -> Youtube8mLabel:
    index, ids = cells["index"], cells["ids"].split()
    if not (index.isascii() and index.isdigit()):
        raise InvalidYoutube8mLabels(
            f"{place}: `index` must be a whole number from 0. Received: {index!r}"
        )
    if not ids and not cells["reason"]:
        raise InvalidYoutube8mLabels(
            f"{place}: a label without `ids` must have a `reason`. Received: neither"
        )
    try:
        above = [one for each in ids for one in taxonomy.ancestors(each)]
    except UnknownCategory as error:
        raise InvalidYoutube8mLabels(f"{place}: {error}") from error
    if len(set(ids) - set(above)) < len(ids):
        raise InvalidYoutube8mLabels(
            f"{place}: `ids` must not repeat, nor hold an ancestor of another. "
            f"Received: {cells['ids']!r}"
        )
    return Youtube8mLabel(
        index=int(index),
        name=cells["name"],
        category_ids=tuple(ids),
        reason=cells["reason"],
    )
