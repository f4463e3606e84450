"""Where the categories of one taxonomy version go in another.

Between neighbouring versions each category takes one step; other pairs go through
the versions in between. How the steps were decided: docs/crosswalk.md.
"""

import collections.abc
import functools
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from vidcat.taxonomy.crosswalk_steps import KINDS, Kind, Step, direct_steps
from vidcat.taxonomy.iab import IAB_VERSIONS, load_iab


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """What becomes of one category between any two versions."""

    source: str
    """Id of the category."""

    kind: Kind
    """The weakest kind of its steps."""

    targets: tuple[str, ...]
    """Ids of the target version; empty if and only if `none`."""

    narrower: bool = False
    """Whether a target may say more than the source does, see `Step.narrower`."""

    reason: str = ""
    """The reasons of the steps, each after its versions where there are several."""

    steps: tuple[Step, ...] = field(default=(), repr=False)
    """All steps on the way, in the order of versions; none within one version."""


class Crosswalk:
    """Where every category of one version goes in another.

    `crosswalk[id]` is a `Mapping`, iteration gives all of them in the order of the
    source's table, `len` counts them. Made by `crosswalk`.
    """

    __slots__ = ("_by_source", "source_version", "target_version")

    def __init__(
        self, source_version: str, target_version: str, mappings: Iterable[Mapping]
    ) -> None:
        self.source_version = source_version
        self.target_version = target_version
        self._by_source = {mapping.source: mapping for mapping in mappings}

    def __getitem__(self, category_id: str) -> Mapping:
        if category_id not in self._by_source:
            # Raises, and says which ids are close.
            load_iab(self.source_version)[category_id]
        return self._by_source[category_id]

    def __contains__(self, category_id: object) -> bool:
        return category_id in self._by_source

    def __iter__(self) -> Iterator[Mapping]:
        return iter(self._by_source.values())

    def __len__(self) -> int:
        return len(self._by_source)

    def __repr__(self) -> str:
        return f"<Crosswalk {self.source_version} to {self.target_version}>"

    def counts(self) -> dict[Kind, int]:
        """How many categories go each way; every kind is there."""
        counts = dict.fromkeys(KINDS, 0)
        for mapping in self:
            counts[mapping.kind] += 1
        return counts


@functools.cache
def crosswalk(source_version: str, target_version: str) -> Crosswalk:
    """Where every category of one version goes in another; the same object each time.

    Args:
        source_version: One of `IAB_VERSIONS`.
        target_version: One of `IAB_VERSIONS`, older or newer; the same one gives
            the identity.

    Raises:
        ValueError: If a version is not known.

    >>> crosswalk("2.2", "3.1")["329"].targets
    ('324', '641')
    >>> crosswalk("2.2", "3.1")["382"].kind
    'none'
    """
    source, _ = load_iab(source_version), load_iab(target_version)
    first, last = map(IAB_VERSIONS.index, (source_version, target_version))
    way = IAB_VERSIONS[min(first, last) : max(first, last) + 1]
    if last < first:
        way = way[::-1]
    tables = [direct_steps(*pair) for pair in itertools.pairwise(way)]
    return Crosswalk(
        source_version,
        target_version,
        (_walked(category.id, tables) for category in source),
    )


def _walked(source: str, tables: list[collections.abc.Mapping[str, Step]]) -> Mapping:
    at: tuple[str, ...] = (source,)
    steps: list[Step] = []
    for table in tables:
        taken = [table[category_id] for category_id in at]
        steps += taken
        at = tuple(dict.fromkeys(target for step in taken for target in step.targets))
    kinds = [step.kind for step in steps] or ["exact"]
    return Mapping(
        source=source,
        kind=max(kinds, key=KINDS.index) if at else "none",
        targets=at,
        narrower=bool(at) and any(step.narrower for step in steps),
        reason=_reasons(steps, len(tables)),
        steps=tuple(steps),
    )


def _reasons(steps: list[Step], tables: int) -> str:
    given = [step for step in steps if step.reason]
    if tables == 1:
        return "".join(step.reason for step in given)
    return " ".join(
        f"{step.source_version} to {step.target_version}: {step.reason}"
        for step in given
    )
