"""Scores of categories, said in another version of the taxonomy."""

from collections.abc import Iterable
from typing import NamedTuple

from vidcat.taxonomy.crosswalk import Crosswalk, Mapping


class MappedScores(NamedTuple):
    """Scores in another version, and what that cost."""

    pairs: tuple[tuple[str, float], ...]
    """Category id of the target version and score, each id once, in the order in
    which they were first reached."""

    lost: tuple[Mapping, ...]
    """Mappings of what was given and has no target."""

    coarsened: tuple[Mapping, ...]
    """Mappings of what was given and is now said by a category that covers more."""

    narrowed: tuple[Mapping, ...]
    """Mappings of what was given and has a target that says more than it did."""


def map_scores(
    pairs: Iterable[tuple[str, float]], crosswalk: Crosswalk, *, narrower: bool = True
) -> MappedScores:
    """The scores of one video in another version of the taxonomy.

    What maps to one category gives it the best of its scores. Ancestors are not
    added: a category may be below other parents in the target version, so close over
    them afterwards.

    Args:
        pairs: Category ids of the source version, each with its score.
        crosswalk: From the version of the ids to the one that is wanted.
        narrower: Whether to keep targets that say more than the source did. With
            `False` nothing is said that the source did not say, and such categories
            are among the lost ones. Defaults to `True`.

    Raises:
        UnknownCategory: If an id is none of the source version.

    >>> from vidcat.taxonomy.crosswalk import crosswalk
    >>> mapped = map_scores(
    ...     [("329", 0.9), ("333", 0.6), ("382", 0.8)], crosswalk("2.2", "3.1")
    ... )
    >>> mapped.pairs
    (('324', 0.9), ('641', 0.9), ('647', 0.6))
    >>> [mapping.source for mapping in mapped.lost]
    ['382']
    """
    best: dict[str, float] = {}
    kept: dict[str, Mapping] = {}
    lost: dict[str, Mapping] = {}
    for category_id, score in pairs:
        mapping = crosswalk[category_id]
        usable = mapping.targets and (narrower or not mapping.narrower)
        (kept if usable else lost)[category_id] = mapping
        for target in mapping.targets if usable else ():
            best[target] = max(score, best.get(target, score))
    return MappedScores(
        pairs=tuple(best.items()),
        lost=tuple(lost.values()),
        coarsened=tuple(m for m in kept.values() if m.kind == "to_parent"),
        narrowed=tuple(m for m in kept.values() if m.narrower),
    )


class RoundTrip(NamedTuple):
    """What is left of the categories of a version after a way there and back."""

    same: tuple[str, ...]
    """Ids that come back as themselves alone."""

    changed: dict[str, tuple[str, ...]]
    """Ids that come back as others, or with others beside them, and as which."""

    lost: tuple[str, ...]
    """Ids that do not come back at all."""


def round_trip(there: Crosswalk, back: Crosswalk) -> RoundTrip:
    """What is lost on the way to another version and back.

    Args:
        there: From the version that is asked about.
        back: From where `there` leads, to where it began.

    Raises:
        ValueError: If `back` does not lead back.

    >>> from vidcat.taxonomy.crosswalk import crosswalk
    >>> lost = round_trip(crosswalk("2.2", "3.1"), crosswalk("3.1", "2.2"))
    >>> lost.changed["329"]
    ('324', '641')
    """
    ends = (there.source_version, there.target_version)
    if ends != (back.target_version, back.source_version):
        raise ValueError(
            f"`back` must lead from {ends[1]} to {ends[0]}. Received: {back!r}"
        )
    same, lost = [], []
    changed = {}
    for mapping in there:
        ways = (back[target].targets for target in mapping.targets)
        returned = tuple(dict.fromkeys(one for way in ways for one in way))
        if returned == (mapping.source,):
            same.append(mapping.source)
        elif returned:
            changed[mapping.source] = returned
        else:
            lost.append(mapping.source)
    return RoundTrip(tuple(same), changed, tuple(lost))
