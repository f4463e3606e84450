"""What changed between two versions of the taxonomy."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from vidcat.taxonomy.iab import DATA_FOLDER, load_iab
from vidcat.taxonomy.tables import read_cells, read_lines


@dataclass(frozen=True, kw_only=True)
class TaxonomyDiff:
    """The ids that changed between two versions, each in its table's order."""

    old: str
    """The version it is told from."""

    new: str
    """The version that it is told of."""

    kept: tuple[str, ...]
    """Ids of both versions, the renamed and moved ones among them."""

    removed: tuple[str, ...]
    """Ids of the old version alone."""

    added: tuple[str, ...]
    """Ids of the new version alone."""

    renamed: tuple[str, ...]
    """Kept ids whose own name is another."""

    moved: tuple[str, ...]
    """Kept ids whose parent by the tier path is another."""

    moved_in_column: tuple[str, ...]
    """Kept ids whose tier path has the same parent, but whose published parent column
    says another: it errs in one of the two versions."""

    def touched(self, category_id: str) -> tuple[str, ...]:
        """What happened to an id: some of `removed`, `added`, `renamed`, `moved`."""
        changes = {
            "removed": self.removed,
            "added": self.added,
            "renamed": self.renamed,
            "moved": self.moved,
        }
        return tuple(what for what, ids in changes.items() if category_id in ids)


def diff(old: str, new: str) -> TaxonomyDiff:
    """What changed from one version to another.

    Args:
        old: One of `IAB_VERSIONS`.
        new: One of `IAB_VERSIONS`; ids of 1.0 are codes of their own, which no other
            version has.

    Raises:
        ValueError: If a version is not known.

    >>> changes = diff("2.2", "3.0")
    >>> len(changes.kept), len(changes.removed), len(changes.added)
    (684, 512, 19)
    """
    before, after = load_iab(old), load_iab(new)
    both = [(c, after[c.id]) for c in before if c.id in after]
    in_old, in_new = published_parents(old), published_parents(new)
    same_parent = [a.id for a, b in both if a.parent_id == b.parent_id]
    return TaxonomyDiff(
        old=old,
        new=new,
        kept=tuple(a.id for a, _ in both),
        removed=tuple(c.id for c in before if c.id not in after),
        added=tuple(c.id for c in after if c.id not in before),
        renamed=tuple(a.id for a, b in both if a.name != b.name),
        moved=tuple(a.id for a, b in both if a.parent_id != b.parent_id),
        moved_in_column=tuple(
            one for one in same_parent if in_old.get(one) != in_new.get(one)
        ),
    )


@functools.cache
def published_parents(version: str) -> Mapping[str, str]:
    """Parents that the published column gives against the tier path, by id.

    `load_iab` takes the parents of the tier path.
    """
    path = DATA_FOLDER / "published_parents.tsv"
    columns = ("taxonomy", "id", "parent_id", "reason")
    table = read_cells(path, read_lines(path), 1, columns)
    return {
        cells["id"]: cells["parent_id"]
        for _, cells in table
        if cells["taxonomy"] == version
    }
