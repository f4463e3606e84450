"""The ways of sampling that a bundle takes beside its own, each measured."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vidcat.inference.feature_space import require_same_sampling
from vidcat.inference.files.whole_files import replace_text
from vidcat.inference.sampling import Sampling

_NAME = "accepted_sampling.json"


def accept_sampling(
    folder: Path, sampling: Sampling, measured: Mapping[str, Any]
) -> None:
    """Allows a bundle to take videos that were sampled in another way.

    Args:
        folder: The bundle's folder.
        sampling: The other way; takes the place of one with the same rule.
        measured: The figures with it, and what is lost against the bundle's own.
    """
    others = [entry for entry in _entries(folder) if _of(entry).rule != sampling.rule]
    entry = {"sampling": sampling.to_json(), "measured": dict(measured)}
    replace_text(folder / _NAME, json.dumps([*others, entry], indent=1) + "\n")


def require_sampling(folder: Path, own: Sampling, other: Sampling) -> None:
    """Refuses videos that were sampled in a way the bundle does not accept.

    Raises:
        FeatureSpaceMismatch: If `other` is neither the bundle's own sampling nor
            one that was measured and accepted.
    """
    if other not in [_of(entry) for entry in _entries(folder)]:
        require_same_sampling(own, other)


def sampling_by_rule(folder: Path, own: Sampling, rule: str) -> Sampling:
    """The sampling of that rule that a bundle takes.

    Raises:
        ValueError: If it takes none; the text says how one is accepted.
    """
    for sampling in (own, *map(_of, _entries(folder))):
        if sampling.rule == rule:
            return sampling
    raise ValueError(
        f"{folder}: this bundle was trained on {own.rule} sampling and has not been "
        f"measured on {rule}; `vidcat evaluate --sampling {rule}`, with features that "
        "were sampled so, measures and accepts it."
    )


def _entries(folder: Path) -> list[dict[str, Any]]:
    path = folder / _NAME
    return json.loads(path.read_text()) if path.exists() else []


def _of(entry: Mapping[str, Any]) -> Sampling:
    return Sampling.from_json(entry["sampling"])
