"""Who posts what in the demo's catalog: owners with habits, rows with metadata."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.random import Generator

from vidcat.commands.demo_texts import LANGUAGES, write_texts

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
_FIRST_WORDS = "amber blue crimson dusty early fern golden hazel iron jade lunar misty"
_SECOND_WORDS = (
    "otter finch harbor meadow comet lantern maple pixel summit tide wolf yard"
)


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
    """Owners whose habits cover every category; one in seven posts very much.

    Args:
        rng: Source of chance.
        count: How many, at most 144.

    Returns:
        The owners, each with a name of their own.
    """
    names = [f"{a}-{b}" for a in _FIRST_WORDS.split() for b in _SECOND_WORDS.split()]
    chosen = rng.permutation(len(names))[:count]
    return [
        Owner(
            name=names[name],
            habits=(
                CATEGORIES[which % len(CATEGORIES)],
                CATEGORIES[int(rng.integers(len(CATEGORIES)))],
            ),
            language=LANGUAGES[
                int(rng.choice(6, p=(0.4, 0.2, 0.13, 0.12, 0.08, 0.07)))
            ],
            share=9.0 if which % 7 == 0 else 1.0,
        )
        for which, name in enumerate(chosen)
    ]


def plan_rows(rng: Generator, owners: list[Owner], count: int) -> list[Row]:
    """Catalog rows of clips yet to be made, every owner with one at least.

    Args:
        rng: Source of chance.
        owners: Who posts; at most `count`.
        count: How many rows.

    Returns:
        Rows without `path` and `duration_seconds`.
    """
    shares = np.array([owner.share for owner in owners])
    more = rng.choice(len(owners), count - len(owners), p=shares / shares.sum())
    posts = rng.permutation([*range(len(owners)), *more.tolist()])
    return [_row(rng, owners[int(which)]) for which in posts]


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
