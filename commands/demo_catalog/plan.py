"""Who posts what in the demo's catalog: owners with habits, rows with metadata."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.random import Generator

from vidcat.commands.demo_catalog.texts import LANGUAGES, write_texts
from vidcat.inference.video import Video
from vidcat.training.splits import Part, assign_parts

Row = dict[str, Any]
"""A catalog row as it is written to JSON."""

_UPLOAD_CATEGORIES = {
    "539": "Sports",
    "533": "Sports",
    "537": "Sports",
    "531": "Sports",
    "518": "Autos & Vehicles",
    "216": "Howto & Style",
    "426": "Pets & Animals",
    "472": "Science & Technology",
    "673": "Travel & Events",
    "680": "Gaming",
}
CATEGORIES = tuple(_UPLOAD_CATEGORIES)
"""IAB 3.1 ids of what the demo's clips show."""

_FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
_DAYS = 730
_FIRST_WORDS = (
    "amber blue crimson dusty early fern golden hazel iron jade lunar misty north "
    "olive plum quiet"
)
_SECOND_WORDS = (
    "otter finch harbor meadow comet lantern maple pixel summit tide wolf yard brook "
    "cedar delta ember"
)
# One owner in seven posts much and is trained on, so that there are known channels.
_ROLES: tuple[tuple[Part, float], ...] = (
    ("train", 9.0),
    ("test", 2.0),
    ("calibration", 2.0),
    ("validation", 2.0),
    ("train", 1.0),
    ("train", 1.0),
    ("train", 1.0),
)
MOST_OWNERS = 100


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Somebody who posts clips."""

    name: str
    """What the catalog calls them."""
    habits: tuple[str, str]
    """Ids of the category they post mostly and of the one they post now and then."""
    language: str
    """Language they write in."""
    share: float
    """How much they post, beside the others."""


def make_owners(rng: Generator, count: int) -> list[Owner]:
    """Owners whose habits cover every category.

    A split by owner of so few leaves parts without this category or that. Here names
    are given so that seventy owners suffice for each category to be somebody's habit
    in each of the four parts.

    Args:
        rng: Source of chance.
        count: How many, at most `MOST_OWNERS`.

    Returns:
        The owners, each with a name of their own.
    """
    names = _names_by_part(rng)
    owners = []
    for which in range(count):
        # By this step a category meets all seven roles within seventy owners.
        part, share = _ROLES[(which + which // len(CATEGORIES)) % len(_ROLES)]
        second = CATEGORIES[int(rng.integers(len(CATEGORIES)))]
        language = LANGUAGES[int(rng.choice(6, p=(0.4, 0.2, 0.13, 0.12, 0.08, 0.07)))]
        owner = Owner(
            name=names[part].pop(),
            habits=(CATEGORIES[which % len(CATEGORIES)], second),
            language=language,
            share=share,
        )
        owners.append(owner)
    return owners


def _names_by_part(rng: Generator) -> dict[Part, list[str]]:
    names = [f"{a}-{b}" for a in _FIRST_WORDS.split() for b in _SECOND_WORDS.split()]
    rng.shuffle(names)
    parts = assign_parts([Video(id=name, path=None, owner=name) for name in names])
    by_part: dict[Part, list[str]] = defaultdict(list)
    for name, part in parts.items():
        by_part[part].append(name)
    return by_part


def plan_rows(rng: Generator, owners: list[Owner], count: int) -> list[Row]:
    """Catalog rows of clips yet to be made, among owners by what they post.

    Args:
        rng: Source of chance.
        owners: Who posts.
        count: How many rows.

    Returns:
        Rows without `id`, `path` and `duration_seconds`.
    """
    ends = np.cumsum([owner.share for owner in owners])
    # Evenly spaced draws give every owner their share, up to one clip.
    draws = (np.arange(count) + rng.random()) * ends[-1] / count
    posts = rng.permutation(np.searchsorted(ends, draws, side="right"))
    return [_row(rng, owners[int(which)]) for which in posts]


def plan_text_rows(seed: int, count: int) -> list[Row]:
    """Catalog rows of which only text and labels are known, and no video.

    Args:
        seed: The same seed gives the same rows.
        count: How many.

    Returns:
        Rows with `id` and without `path`.
    """
    rng = np.random.default_rng([seed, 1])
    owners = make_owners(rng, MOST_OWNERS - len(CATEGORIES))
    return [
        {"id": f"text-{number:04d}", **row}
        for number, row in enumerate(plan_rows(rng, owners, count))
    ]


def _row(rng: Generator, owner: Owner) -> Row:
    labels = _labels(rng, owner)
    uploaded = _FIRST_DAY + timedelta(minutes=int(rng.integers(_DAYS * 24 * 60)))
    upload_category: str | None = "Entertainment"
    if labels and rng.random() < 0.8:
        upload_category = _UPLOAD_CATEGORIES[labels[0]]
    if rng.random() < 0.15:
        upload_category = None
    return {
        **write_texts(rng, labels, owner.language),
        "language": owner.language if rng.random() < 0.9 else None,
        "owner": owner.name,
        "upload_category": upload_category,
        "uploaded_at": uploaded.isoformat().replace("+00:00", "Z"),
        "labels": list(labels),
        "truth": "gold",
    }


def _labels(rng: Generator, owner: Owner) -> tuple[str, ...]:
    main, second = owner.habits
    chance = rng.random()
    if chance < 0.1:
        return ()
    if chance < 0.22 and main != second:
        return (main, second) if rng.random() < 0.5 else (second, main)
    if chance < 0.78:
        return (main,)
    if chance < 0.93:
        return (second,)
    return (CATEGORIES[int(rng.integers(len(CATEGORIES)))],)
