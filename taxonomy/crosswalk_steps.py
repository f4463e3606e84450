"""What becomes of each category between two neighbouring versions of the taxonomy.

How that was decided: docs/crosswalk.md.
"""

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from vidcat.taxonomy.iab import DATA_FOLDER, load_iab
from vidcat.taxonomy.tables import InvalidTable, read_cells, read_lines
from vidcat.taxonomy.tree import PATH_SEPARATOR, Category, Taxonomy

CROSSWALK_FOLDER = DATA_FOLDER / "crosswalk"
"""Where the package keeps its tables of steps, named for the two versions."""

Kind = Literal["exact", "renamed", "to_parent", "split", "none"]
"""What becomes of a category.

* `exact`: one category of the same name and meaning, perhaps below another parent;
* `renamed`: one category of the same meaning under another name;
* `to_parent`: one category that covers it and more, mostly its nearest ancestor;
* `split`: several categories that hold together: *Animation Movies* of 2.2 are
  *Movies* and *Animation & Anime* in 3.0;
* `none`: nothing.

Of what was divided (now one *or* another of several) the parts do not hold together:
it goes to one category that covers them all, or to none.
"""

KINDS: tuple[Kind, ...] = get_args(Kind)
"""The kinds, strongest first: the kind of a whole way is the weakest of its steps."""

_COLUMNS = ("source", "kind", "targets", "narrower", "reason")
_NARROWER = {"": False, "yes": True}
_BY_NAME: dict[str, Kind] = {name: name for name in KINDS}


class InvalidCrosswalk(ValueError):
    """A table does not say what becomes of the categories of a version."""


class Step(NamedTuple):
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

    A reviewed step comes first. Without one, 1.0 goes as published, and back the same
    way, where a category without a way back goes as its parent does; between other
    versions an id goes to itself.

    Args:
        source_version: One of `IAB_VERSIONS`.
        target_version: The version before or after it.

    Returns:
        In the order of the source's table.

    Raises:
        InvalidCrosswalk: If a category has no step, or a table is not as `read_steps`
            says.
    """
    source, target = load_iab(source_version), load_iab(target_version)
    path = CROSSWALK_FOLDER / f"{source_version}_{target_version}.tsv"
    steps = read_steps(path, source, target) if path.exists() else {}
    if source_version == "1.0":
        pairs = _published(source, target)
    elif target_version == "1.0":
        pairs = _backwards(direct_steps(target_version, source_version).values())
    else:
        pairs = [(c.id, c.id) for c in source if c.id in target]
    steps = {pair[0]: _same_meaning(source, target, *pair) for pair in pairs} | steps
    if target_version == "1.0":
        _add_ways_of_parents(steps, source, target)
    if missing := [c.id for c in source if c.id not in steps]:
        raise InvalidCrosswalk(
            f"{path}: must say what becomes of every category of {source_version} "
            f"that {target_version} does not have. Received nothing for: {missing}"
        )
    return {c.id: steps[c.id] for c in source}


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
    narrower, reason = cells["narrower"], cells["reason"]
    if kind not in KINDS or narrower not in _NARROWER or not reason:
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
    fitting = {"none": not targets, "split": len(targets) > 1}
    if not fitting.get(kind, len(targets) == 1) or len(set(targets)) < len(targets):
        raise InvalidCrosswalk(
            f"{place}: `targets` must be no id for `none`, several for `split`, and "
            f"else one. Received: kind={kind!r}, targets={list(targets)}"
        )
    return Step(
        source_version=source.version,
        target_version=target.version,
        source=cells["source"],
        kind=_BY_NAME[kind],
        targets=targets,
        narrower=_NARROWER[narrower],
        reason=reason,
    )


def _published(source: Taxonomy, target: Taxonomy) -> list[tuple[str, str]]:
    """The pairs of the published table that name a category on both sides."""
    path = CROSSWALK_FOLDER / f"published_{source.version}_{target.version}.tsv"
    table = read_cells(path, read_lines(path), 1, ("source", "target"))
    pairs = [(cells["source"], cells["target"]) for _, cells in table]
    return [pair for pair in pairs if pair[0] in source and pair[1] in target]


def _backwards(steps: Iterable[Step]) -> list[tuple[str, str]]:
    """Target and source of the steps after which the meaning is the same."""
    same = (step for step in steps if step.kind in {"exact", "renamed"})
    return [(step.targets[0], step.source) for step in same if not step.narrower]


def _same_meaning(
    source: Taxonomy, target: Taxonomy, source_id: str, target_id: str
) -> Step:
    before, after = source[source_id], target[target_id]
    # Between versions with ids of their own, another parent is no news.
    moved = source_id == target_id and before.parent_id != after.parent_id
    return Step(
        source_version=source.version,
        target_version=target.version,
        source=source_id,
        kind="exact" if before.name == after.name else "renamed",
        targets=(target_id,),
        reason=f"Moved from {_above(before)} to {_above(after)}." if moved else "",
    )


def _above(category: Category) -> str:
    return PATH_SEPARATOR.join(category.path[:-1]) or "the top"


def _add_ways_of_parents(
    steps: dict[str, Step], source: Taxonomy, target: Taxonomy
) -> None:
    """Sends what has no step where its nearest ancestor with a step goes."""
    for category in [c for c in source if c.id not in steps]:
        above = next(a for a in source.ancestors(category.id) if a in steps)
        way = steps[above]
        name = source[above].path_text
        steps[category.id] = Step(
            source_version=source.version,
            target_version=target.version,
            source=category.id,
            kind="to_parent" if way.targets else "none",
            targets=way.targets,
            narrower=way.narrower,
            reason=way.reason
            if not way.targets
            else f"{target.version} has no such category; goes as {name} does.",
        )
