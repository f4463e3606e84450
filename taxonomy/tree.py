"""A taxonomy: categories by id, each with its place in a forest."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

PATH_SEPARATOR = " > "
"""Stands between the names of a written path; names themselves hold `/` and `&`."""


class InvalidTaxonomy(ValueError):
    """The categories do not form a forest, or their table cannot be read.

    Args:
        message: What is wrong.
        category_id: The category it was seen at; empty if that is not known.
    """

    def __init__(self, message: str, category_id: str = "") -> None:
        super().__init__(message)
        self.category_id = category_id


class UnknownCategory(KeyError):
    """No category has this id, path or name, or more than one has it."""

    def __str__(self) -> str:
        """Returns the message itself: `KeyError` would put it in quotes."""
        return str(self.args[0])


class CategoryRow(NamedTuple):
    """A category as a table gives it, before its place in the forest is known."""

    id: str
    parent_id: str | None
    name: str
    sensitive: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Category:
    """One thing that can be said about a video."""

    id: str
    """As published, always a string: `"483"`, `"v9i3On"`, `"IAB1-5"`."""

    name: str
    """Its own name, without those of its ancestors."""

    path: tuple[str, ...]
    """Names from the root down to this category, its own name included."""

    parent_id: str | None = None
    """Id of the category above it; `None` for a root."""

    sensitive: bool = False
    """Whether the table marks it as sensitive data (`SCD`); not inherited."""

    @property
    def tier(self) -> int:
        """Its depth; roots are tier 1."""
        return len(self.path)

    @property
    def path_text(self) -> str:
        """The path as people write it: `"Sports > Tennis"`."""
        return PATH_SEPARATOR.join(self.path)


class Taxonomy:
    """An immutable forest of categories in the order of their table.

    `taxonomy[id]` is a `Category`, `id in taxonomy` asks for one, iteration gives
    all of them, `len` counts them. Methods that walk the forest take and return
    ids, and raise `UnknownCategory` for an id that is not there.

    Args:
        rows: The categories; parents may come after their children.
        version: What the taxonomy calls itself, such as `"3.1"`.

    Raises:
        InvalidTaxonomy: If an id or a name is empty, an id comes twice, a parent is
            unknown, or categories are ancestors of each other.

    >>> sports = Taxonomy(
    ...     [
    ...         CategoryRow("483", None, "Sports"),
    ...         CategoryRow("539", "483", "Tennis"),
    ...         CategoryRow("540", "483", "Track and Field"),
    ...     ],
    ...     version="3.1",
    ... )
    >>> sports["539"].path_text
    'Sports > Tennis'
    >>> sports.children("483")
    ('539', '540')
    >>> sorted(sports.with_ancestors(["540"]))
    ['483', '540']
    >>> sports.find("sports > tennis").id
    '539'
    """

    __slots__ = ("_by_id", "_children", "_version")

    def __init__(self, rows: Iterable[CategoryRow], *, version: str) -> None:
        table = _rows_by_id(rows)
        paths: dict[str, tuple[str, ...]] = {}
        children: dict[str, list[str]] = {}
        for row in table.values():
            _add_path(row, table, paths)
            if row.parent_id is not None:
                children.setdefault(row.parent_id, []).append(row.id)
        self._version = version
        self._children = {above: tuple(ids) for above, ids in children.items()}
        self._by_id = {
            row.id: Category(
                id=row.id,
                name=row.name,
                path=paths[row.id],
                parent_id=row.parent_id,
                sensitive=row.sensitive,
            )
            for row in table.values()
        }

    @property
    def version(self) -> str:
        """What the taxonomy calls itself."""
        return self._version

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Category]:
        return iter(self._by_id.values())

    def __contains__(self, category_id: object) -> bool:
        return category_id in self._by_id

    def __getitem__(self, category_id: str) -> Category:
        try:
            return self._by_id[category_id]
        except KeyError:
            raise UnknownCategory(self._not_found(str(category_id))) from None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Taxonomy):
            return NotImplemented
        return self.version == other.version and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash((self._version, len(self)))

    def __repr__(self) -> str:
        return f"<Taxonomy {self._version}: {len(self)} categories>"

    def roots(self) -> tuple[str, ...]:
        """Ids of the categories without a parent."""
        return tuple(category.id for category in self if category.parent_id is None)

    def parent(self, category_id: str) -> str | None:
        """Id of the category above; `None` for a root."""
        return self[category_id].parent_id

    def children(self, category_id: str) -> tuple[str, ...]:
        """Ids of the categories directly below."""
        return self._children.get(self[category_id].id, ())

    def ancestors(self, category_id: str) -> tuple[str, ...]:
        """Ids of the categories above, nearest first, without the category itself."""
        above: list[str] = []
        parent = self.parent(category_id)
        while parent is not None:
            above.append(parent)
            parent = self._by_id[parent].parent_id
        return tuple(above)

    def descendants(self, category_id: str) -> tuple[str, ...]:
        """Ids of all categories below, each before those below it."""
        below: list[str] = []
        waiting = [*reversed(self.children(category_id))]
        while waiting:
            below.append(waiting.pop())
            waiting += reversed(self._children.get(below[-1], ()))
        return tuple(below)

    def with_ancestors(self, category_ids: Iterable[str]) -> frozenset[str]:
        """The given ids and those of all their ancestors.

        Args:
            category_ids: Ids in any order; an id may come twice.

        Returns:
            The closure: applying it again changes nothing.
        """
        closed: set[str] = set()
        for category_id in category_ids:
            closed.add(self[category_id].id)
            closed.update(self.ancestors(category_id))
        return frozenset(closed)

    def find(self, text: str) -> Category:
        """The category with this id, or else with this path or name.

        Args:
            text: An id (exactly as published), a path such as `"Sports > Tennis"`,
                or a name that only one category bears. Case and runs of blanks in
                paths and names do not matter.

        Raises:
            UnknownCategory: If there is none, or if several bear the name.
        """
        if text in self._by_id:
            return self._by_id[text]
        wanted = _folded_path(text)
        found = [c for c in self if wanted == tuple(map(_folded, c.path))]
        if not found and len(wanted) == 1:
            found = [c for c in self if _folded(c.name) == wanted[0]]
        if not found:
            raise UnknownCategory(self._not_found(text))
        if len(found) > 1:
            named = ", ".join(f"{c.id} ({c.path_text})" for c in found)
            raise UnknownCategory(
                f"{text!r} must name one category of taxonomy {self._version}, and "
                f"{len(found)} bear it: {named}. Give the id."
            )
        return found[0]

    def search(self, text: str) -> list[Category]:
        """Categories whose path holds every word of `text`, best first.

        A name that equals the text comes before one that holds all the words, and
        that before words found in the names above; then higher tiers come first.
        An id finds its category. Blank text finds nothing.
        """
        phrase = _folded(text)
        words = phrase.split()
        if not words:
            return []

        def rank(category: Category) -> tuple[bool, bool, int]:
            name = _folded(category.name)
            everywhere = all(word in name for word in words)
            return (name != phrase, not everywhere, category.tier)

        by_id = [self._by_id[text.strip()]] if text.strip() in self._by_id else []
        found = [
            category
            for category in self
            if all(word in _folded(category.path_text) for word in words)
        ]
        return by_id + sorted(found, key=rank)

    def suggest(self, text: str, count: int = 3) -> tuple[Category, ...]:
        """At most `count` categories that may have been meant by `text`."""
        # Imported when something has gone wrong: it costs as much as a whole table.
        from difflib import get_close_matches

        keys: dict[str, Category] = {}
        for category in self:
            for key in (category.id, category.name, category.path_text):
                keys.setdefault(_folded(key), category)
        wanted = PATH_SEPARATOR.join(_folded_path(text))
        close = get_close_matches(wanted, keys, n=3 * count, cutoff=0.7)
        candidates = [keys[key] for key in close] + self.search(text)
        return tuple(dict.fromkeys(candidates))[:count]

    def _not_found(self, text: str) -> str:
        message = f"{text!r} is no category of taxonomy {self._version}."
        if close := self.suggest(text):
            meant = ", ".join(f"{c.id} ({c.path_text})" for c in close)
            message += f" Close: {meant}."
        return message


def _rows_by_id(rows: Iterable[CategoryRow]) -> dict[str, CategoryRow]:
    table: dict[str, CategoryRow] = {}
    for row in rows:
        if not row.id or not row.name:
            raise InvalidTaxonomy(
                "A category must have an id and a name. Received: "
                f"id={row.id!r}, name={row.name!r}",
                row.id,
            )
        if row.id in table:
            raise InvalidTaxonomy(
                f"Category {row.id!r} comes twice: as {table[row.id].name!r} "
                f"and as {row.name!r}.",
                row.id,
            )
        table[row.id] = row
    return table


def _add_path(
    row: CategoryRow,
    table: dict[str, CategoryRow],
    paths: dict[str, tuple[str, ...]],
) -> None:
    """Adds the path of `row`, and those of its ancestors, to `paths`."""
    climbed: dict[str, CategoryRow] = {}
    at: CategoryRow = row
    while at.id not in paths:
        climbed[at.id] = at
        if at.parent_id is None:
            paths[at.id] = (at.name,)
        elif at.parent_id not in table:
            raise InvalidTaxonomy(
                f"Category {at.id!r} has an unknown parent {at.parent_id!r}.", at.id
            )
        elif at.parent_id in climbed:
            raise InvalidTaxonomy(
                f"Category {at.id!r} is among its own ancestors: "
                f"{' -> '.join([*climbed, at.parent_id])}.",
                at.id,
            )
        else:
            at = table[at.parent_id]
    for below in reversed(climbed.values()):
        if below.parent_id is not None:
            paths[below.id] = (*paths[below.parent_id], below.name)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _folded_path(text: str) -> tuple[str, ...]:
    return tuple(_folded(part) for part in text.split(PATH_SEPARATOR.strip()))
