"""Prints what changes between versions of the taxonomy."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import typer

from vidcat.taxonomy.crosswalk import Crosswalk, crosswalk
from vidcat.taxonomy.crosswalk import Mapping as CategoryMapping
from vidcat.taxonomy.diff import TaxonomyDiff
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.mapped_scores import RoundTrip
from vidcat.taxonomy.tree import PATH_SEPARATOR, Taxonomy

_TABLE_COLUMNS = ("source", "path", "kind", "targets", "narrower", "back", "reason")


def print_diff(changes: TaxonomyDiff, labels: Mapping[str, LabelSet]) -> None:
    """Prints the counts, then a line for each change and each touched label.

    Args:
        changes: What changed.
        labels: The labels of a bundle, by what its model reads; may be empty.
    """
    typer.echo(f"From {changes.old} to {changes.new}")
    for what, ids in _changes(changes).items():
        typer.echo(f"  {what:8} {len(ids):5}{_by_column(what, changes)}")
    for what, ids in _changes(changes).items():
        if what != "kept":
            for category_id in ids:
                typer.echo(f"{what:8}  {_change(what, category_id, changes)}")
    for kind, label_set in labels.items():
        touched = _touched(changes, label_set)
        typer.echo(f"Labels told from {kind}: {len(touched)} of {len(label_set)}")
        for category_id, happened in touched.items():
            typer.echo(f"label     {category_id}  {', '.join(happened)}")


def print_diff_json(changes: TaxonomyDiff, labels: Mapping[str, LabelSet]) -> None:
    """Prints the ids as one JSON object, removed ones with where they go."""
    way = crosswalk(changes.old, changes.new)
    value: dict[str, Any] = {"old": changes.old, "new": changes.new}
    value |= {what: list(ids) for what, ids in _changes(changes).items()}
    value["moved_in_column"] = list(changes.moved_in_column)
    value["removed"] = [
        {"id": one, "kind": way[one].kind, "targets": list(way[one].targets)}
        for one in changes.removed
    ]
    if labels:
        value["labels"] = {
            kind: _touched(changes, label_set) for kind, label_set in labels.items()
        }
    typer.echo(json.dumps(value, ensure_ascii=False))


def print_mapping(mapping: CategoryMapping, way: Crosswalk, trip: RoundTrip) -> None:
    """Prints where a category goes, each step below, and as what it comes back."""
    source, target = load_iab(way.source_version), load_iab(way.target_version)
    typer.echo(_line(source, mapping.source))
    mark = "  (says more than the source)" if mapping.narrower else ""
    typer.echo(f"  {mapping.kind}{mark}")
    for one in mapping.targets:
        typer.echo(f"    {_line(target, one)}")
    for step in mapping.steps:
        to = f" to {', '.join(step.targets)}" if step.targets else ""
        reason = f". {step.reason}" if step.reason else ""
        typer.echo(
            f"  {step.source_version} > {step.target_version}  {step.source} "
            f"{step.kind}{to}{reason}"
        )
    back = _back(mapping.source, trip)
    typer.echo(f"  back       {', '.join(back) or 'lost'}")


def print_mapping_json(
    mapping: CategoryMapping, way: Crosswalk, trip: RoundTrip
) -> None:
    """Prints where a category goes as one line of JSON."""
    value = {
        "source_version": way.source_version,
        "target_version": way.target_version,
        "source": mapping.source,
        "kind": mapping.kind,
        "targets": list(mapping.targets),
        "narrower": mapping.narrower,
        "back": list(_back(mapping.source, trip)),
        "steps": [
            {
                "source_version": step.source_version,
                "target_version": step.target_version,
                "source": step.source,
                "kind": step.kind,
                "targets": list(step.targets),
                "narrower": step.narrower,
                "reason": step.reason,
            }
            for step in mapping.steps
        ],
    }
    typer.echo(json.dumps(value, ensure_ascii=False))


def print_mappings_table(
    mappings: Iterable[CategoryMapping], way: Crosswalk, trip: RoundTrip
) -> None:
    """Prints where categories go as a table with tabs between cells."""
    source = load_iab(way.source_version)
    typer.echo("\t".join(_TABLE_COLUMNS))
    for mapping in mappings:
        cells = (
            mapping.source,
            source[mapping.source].path_text,
            mapping.kind,
            " ".join(mapping.targets),
            "yes" if mapping.narrower else "",
            " ".join(_back(mapping.source, trip)),
            mapping.reason,
        )
        typer.echo("\t".join(cells))


def _changes(changes: TaxonomyDiff) -> dict[str, tuple[str, ...]]:
    return {
        "kept": changes.kept,
        "removed": changes.removed,
        "added": changes.added,
        "renamed": changes.renamed,
        "moved": changes.moved,
    }


def _by_column(what: str, changes: TaxonomyDiff) -> str:
    """What the published parent column adds to those that moved."""
    if what != "moved" or not changes.moved_in_column:
        return ""
    count = len(changes.moved) + len(changes.moved_in_column)
    named = ", ".join(changes.moved_in_column)
    return f"  by the tier path; {count} by the published parents, which err: {named}"


def _change(what: str, category_id: str, changes: TaxonomyDiff) -> str:
    before, after = load_iab(changes.old), load_iab(changes.new)
    if what == "added":
        return _line(after, category_id)
    if what == "removed":
        mapping = crosswalk(changes.old, changes.new)[category_id]
        where = f"{mapping.kind} {' '.join(mapping.targets)}".strip()
        return f"{_line(before, category_id)}  ({where})"
    if what == "renamed":
        was, now = before[category_id].name, after[category_id].name
    else:
        was, now = _above(before, category_id), _above(after, category_id)
    return f"{category_id}  {was} -> {now}"


def _above(taxonomy: Taxonomy, category_id: str) -> str:
    return PATH_SEPARATOR.join(taxonomy[category_id].path[:-1]) or "the top"


def _line(taxonomy: Taxonomy, category_id: str) -> str:
    return f"{category_id}  {taxonomy[category_id].path_text}"


def _touched(changes: TaxonomyDiff, label_set: LabelSet) -> dict[str, tuple[str, ...]]:
    """What happened to the labels that something happened to."""
    every = {label: changes.touched(label) for label in label_set}
    return {label: what for label, what in every.items() if what}


def _back(category_id: str, trip: RoundTrip) -> tuple[str, ...]:
    same = (category_id,) if category_id in trip.same else ()
    return trip.changed.get(category_id, same)
