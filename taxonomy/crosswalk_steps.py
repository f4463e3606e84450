"""What becomes of each category between two neighbouring versions of the taxonomy.

An id that both versions have keeps its meaning, unless the reviewed table of the two
says otherwise; every other id is in that table, with a reason. How they were decided:
docs/crosswalk.md.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from vidcat.taxonomy.iab import DATA_FOLDER, load_iab
from vidcat.taxonomy.tables import InvalidTable, read_cells, read_lines
from vidcat.taxonomy.tree import PATH_SEPARATOR, Category, Taxonomy

CROSSWALK_FOLDER = DATA_FOLDER / "crosswalk"
"""Where the package keeps its tables of steps, one for each two versions."""

Kind = Literal["exact", "renamed", "to_parent", "split", "none"]
"""What becomes of a category.

* `exact`: one category of the same name and meaning, perhaps below another parent;
* `renamed`: one category of the same meaning under another name;
* `to_parent`: one category that covers it and more, mostly its nearest ancestor;
* `split`: several categories that hold together: *Animation Movies* of 2.2 are
  *Movies* and *Animation & Anime* in 3.0;
* `none`: nothing.

Of what was divided (now one *or* another of several) all parts do not hold: it goes
to one category that covers them, or to none.
"""

KINDS: tuple[Kind, ...] = get_args(Kind)
"""The kinds, strongest first: the kind of a whole way is the weakest of its steps."""

_COLUMNS = ("source", "kind", "targets", "narrower", "reason")
_NARROWER = {"": False, "yes": True}


class InvalidCrosswalk(ValueError):
    """A table does not say what becomes of the categories of a version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What becomes of one category between two neighbouring versions."""

    source_version: str
    """Version of `source`."""

    target_version: str
    """Version of `targets`, a neighbour of the source's."""

    source: str
    """Id of the category."""

    kind: Kind
    """What becomes of it."""

    targets: tuple[str, ...]
    """Ids that may be said where the source may; empty if and only if `none`."""

    narrower: bool = False
    """Whether a target says more than the source does, and so may be wrong:
    *Animation & Anime* of 3.0 has the id of *Animation TV* in 2.2."""

    reason: str = ""
    """Why, where that is not obvious."""


@functools.cache
def direct_steps(source_version: str, target_version: str) -> Mapping[str, Step]:
    """The step of every category of a version to a neighbouring one, by id.

    Args:
        source_version: One of `IAB_VERSIONS`.
        target_version: The version before or after it.

    Raises:
        InvalidCrosswalk: If a category of the source is in no table and has no
            namesake by id, or a table is not as `read_steps` says.
    """
    source, target = load_iab(source_version), load_iab(target_version)
    path = CROSSWALK_FOLDER / f"{source_version}_{target_version}.tsv"
    reviewed = read_steps(path, source, target) if path.exists() else {}
    if unknown := [c.id for c in source if c.id not in reviewed and c.id not in target]:
        raise InvalidCrosswalk(
            f"{path}: must say what becomes of every id that taxonomy "
            f"{target_version} does not have. Received nothing for: {unknown}"
        )
    return {c.id: reviewed.get(c.id) or _same_id(c.id, source, target) for c in source}


def read_steps(path: str | Path, source: Taxonomy, target: Taxonomy) -> dict[str, Step]:
    """Reads steps from a table.

    The table is UTF-8 text with cells between tabs and the columns `source` (an id),
    `kind`, `targets` (ids parted by blanks), `narrower` (`yes` or empty) and
    `reason` (not empty), in any order.

    Args:
        path: The file.
        source: The version of the sources.
        target: The version of the targets.

    Returns:
        The steps by source id, in the table's order.

    Raises:
        InvalidCrosswalk: If the file is not such a table, a source comes twice, an
            id is none of its version, or the targets do not fit the kind; names file
            and line.
        OSError: If the file cannot be read.
    """
    path = Path(path)
    try:
        table = read_cells(path, read_lines(path), 1, _COLUMNS)
    except InvalidTable as error:
        raise InvalidCrosswalk(str(error)) from error
    steps: dict[str, Step] = {}
    for line, cells in table:
        place = f"{path}, line {line}"
        step = _step(cells, source, target, place)
        if step.source in steps:
            raise InvalidCrosswalk(f"{place}: {step.source!r} comes twice.")
        steps[step.source] = step
    return steps


def _step(
    cells: Mapping[str, str], source: Taxonomy, target: Taxonomy, place: str
) -> Step:
    kind, targets = cells["kind"], tuple(cells["targets"].split())
    if kind not in KINDS or cells["narrower"] not in _NARROWER or not cells["reason"]:
        raise InvalidCrosswalk(
            f"{place}: `kind` must be one of {list(KINDS)}, `narrower` `yes` or empty, "
            f"and `reason` not empty. Received: {cells}"
        )
    for taxonomy, ids in ((source, (cells["source"],)), (target, targets)):
        if unknown := [one for one in ids if one not in taxonomy]:
            raise InvalidCrosswalk(
                f"{place}: must name categories of taxonomy {taxonomy.version}. "
                f"Received: {unknown}"
            )
    fitting = {"none": len(targets) == 0, "split": len(targets) > 1}
    if not fitting.get(kind, len(targets) == 1) or len(set(targets)) < len(targets):
        raise InvalidCrosswalk(
            f"{place}: `targets` must be no id for `none`, several for `split`, and "
            f"else one. Received: kind={kind!r}, targets={list(targets)}"
        )
    return Step(
        source_version=source.version,
        target_version=target.version,
        source=cells["source"],
        kind=kind,
        targets=targets,
        narrower=_NARROWER[cells["narrower"]],
        reason=cells["reason"],
    )


def _same_id(category_id: str, source: Taxonomy, target: Taxonomy) -> Step:
    before, after = source[category_id], target[category_id]
    moved = before.parent_id != after.parent_id
    return Step(
        source_version=source.version,
        target_version=target.version,
        source=category_id,
        kind="exact" if before.name == after.name else "renamed",
        targets=(category_id,),
        reason=(f"Moved from {_place(before)} to {_place(after)}." if moved else ""),
    )


def _place(category: Category) -> str:
    return PATH_SEPARATOR.join(category.path[:-1]) or "the top"
