"""Measured runs in a report's folder, and what they note of themselves."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from vidcat.inference.merging import SOURCES
from vidcat.training.measuring.measured_run import MeasuredRun
from vidcat.training.provenance import made_by

if TYPE_CHECKING:
    # With it comes Keras, which a report of kept runs does without.
    from vidcat.inference.bundle import Bundle

RunPart = Literal["test", "later", "all"]
"""Which rows a run is about: the test part, later videos of known channels, or a whole
catalog that training never saw."""
RunKind = Literal["network", "comparison", "source"]
"""Whether it is a model's own network, another one of the same training, or text,
frames or a merge of one bundle."""

RUNS: Final = "runs"
"""Folder of the runs, below that of a report."""


def bundle_provenance(
    bundle: "Bundle", *, part: RunPart, kind: RunKind
) -> Mapping[str, Any]:
    """What a run of a bundle notes of itself.

    Args:
        bundle: The bundle that is measured.
        part: Which rows it is measured on.
        kind: What the run is of.
    """
    return run_provenance(
        content_hash=bundle.content_hash,
        trained=dict(bundle.provenance) | {"truth": bundle.truth},
        part=part,
        kind=kind,
    ) | {"space": bundle.space.to_json(), "sampling": bundle.sampling.to_json()}


def run_provenance(
    *, content_hash: str, trained: Mapping[str, Any], part: RunPart, kind: RunKind
) -> dict[str, Any]:
    """What any run notes of itself.

    Args:
        content_hash: Of the model.
        trained: The model's own provenance.
        part: Which rows it is measured on.
        kind: What the run is of.
    """
    made = made_by()
    return {
        "bundle": content_hash,
        "vidcat": made["vidcat"],
        "commit": made["commit"],
        "measured_at": made["at"],
        "part": part,
        "kind": kind,
        "trained": dict(trained),
    }


def save_runs(runs: Iterable[MeasuredRun], folder: Path) -> list[Path]:
    """Writes runs below a report's folder, those of the same name replaced.

    Returns:
        Their folders, in the order of the runs.
    """
    taken: list[str] = []
    for run in runs:
        taken.append(_folder_name(run.name, taken))
        run.save(folder / RUNS / taken[-1])
    return [folder / RUNS / name for name in taken]


def _folder_name(name: str, taken: Sequence[str] = ()) -> str:
    """A folder's name for a run: letters, digits and hyphens of its own name.

    >>> _folder_name("average pooling"), _folder_name("NeXtVLAD", ["nextvlad"])
    ('average-pooling', 'nextvlad-2')
    """
    kept = "".join(one if one.isalnum() else "-" for one in name.lower())
    plain = "-".join(part for part in kept.split("-") if part) or "run"
    number, found = 1, plain
    while found in taken:
        number += 1
        found = f"{plain}-{number}"
    return found


class SortedRuns(NamedTuple):
    """Runs by what a report does with them."""

    networks: tuple[MeasuredRun, ...]
    """The run that it is about, and those to lay beside it."""
    known: MeasuredRun | None
    """That of the same network on known channels."""
    sources: tuple[MeasuredRun, ...]
    """Text, frames and both together."""


def sorted_runs(runs: Sequence[MeasuredRun]) -> SortedRuns:
    """Sorts runs by what they note of themselves.

    Folders come in the order of their names; here a model's own network goes before
    others of its training, text and frames before merges, and the merge that is served
    before others.

    Args:
        runs: At least one. Where all are of sources, or all of known channels, the
            report is about these.

    Returns:
        The runs, each where it belongs, those of one kind in the order given. Of other
        networks on known channels none is shown.
    """
    sources = tuple(run for run in runs if run.provenance.get("kind") == "source")
    later = [run for run in runs if run.provenance.get("part") == "later"]
    networks = [run for run in runs if run not in (*sources, *later)]
    if not networks:
        return SortedRuns(tuple(runs), None, ())
    networks.sort(key=lambda run: run.provenance.get("kind") == "comparison")
    known = [run for run in later if run.name == networks[0].name]
    return SortedRuns(
        tuple(networks),
        known[0] if known else None,
        tuple(sorted(sources, key=_place)),
    )


def _place(source: MeasuredRun) -> tuple[int, bool]:
    alone = SOURCES.index(source.name) if source.name in SOURCES else len(SOURCES)
    return alone, not source.provenance.get("served")


def load_runs(folders: Sequence[Path | str]) -> list[MeasuredRun]:
    """Reads runs.

    Raises:
        InvalidRun: If a folder holds none, or a damaged one.
    """
    return [MeasuredRun.load(folder) for folder in folders]
