"""Reads the tables as the IAB Tech Lab publishes them, with their slips.

Run as a program, it turns a published table into one of ours:

    python -m vidcat.taxonomy.published PUBLISHED.tsv OURS.tsv
"""

import sys
from pathlib import Path

from vidcat.taxonomy.iab import write_taxonomy
from vidcat.taxonomy.tables import InvalidTable, read_cells, read_lines
from vidcat.taxonomy.tree import CategoryRow, InvalidTaxonomy, Taxonomy

_TIERS = ("Tier 1", "Tier 2", "Tier 3", "Tier 4")
_TIERED_COLUMNS = ("Unique ID", "Parent", "Name", *_TIERS)
_CODE_COLUMNS = ("IAB Code", "Tier", "IAB Category")
_SENSITIVE = {"": False, "SCD": True}


def read_published(path: str | Path, *, version: str) -> Taxonomy:
    """Reads a Content Taxonomy table of the IAB Tech Lab (1.0, 2.x or 3.x).

    Parents come from the tier columns: the parent column contradicts them for 497
    (all versions but 3.0) and 376 (3.1). The tier columns have slips of their own:

    * names in them may be spelt otherwise than in `Name` (328 in 2.x; 156, 388 and
      602 in 3.0); `Name` is kept, the tiers only say where the row hangs;
    * the rows of *Sensitive Topics* and *Brand Suitability and Risk* (2.2) stop at
      their parent's tier, or have none; `Name` is then the missing last tier;
    * two rows may have one path (1225 and 1227, *Antarctica*, in 2.x); both stay.

    Table 1.0 has no tier path; there the code says it: `IAB1-5` is below `IAB1`.
    The column after the tiers holds `SCD` where a category is sensitive data.

    Args:
        path: The published file, tab-separated.
        version: What the taxonomy calls itself.

    Raises:
        InvalidTaxonomy: If the file is not such a table; names the file, and the
            line of a row that does not read.
        OSError: If the file cannot be read.
    """
    path = Path(path)
    try:
        lines = read_lines(path)
        coded = lines[0].startswith(_CODE_COLUMNS[0])
        rows = _coded_rows(path, lines) if coded else _tiered_rows(path, lines)
    except InvalidTable as error:
        raise InvalidTaxonomy(str(error)) from error
    try:
        return Taxonomy(rows, version=version)
    except InvalidTaxonomy as error:
        raise InvalidTaxonomy(f"{path}: {error}", error.category_id) from error


def _coded_rows(path: Path, lines: list[str]) -> list[CategoryRow]:
    rows = []
    for line, cells in read_cells(path, lines, 1, _CODE_COLUMNS):
        code, tier, name = (cells[column] for column in _CODE_COLUMNS)
        above = code.rpartition("-")[0] or None
        if tier != ("Tier 1" if above is None else "Tier 2"):
            raise InvalidTaxonomy(
                f"{path}, line {line}: `Tier` must agree with the code {code!r}. "
                f"Received: {tier!r}"
            )
        rows.append(CategoryRow(code, above, name))
    return rows


def _tiered_rows(path: Path, lines: list[str]) -> list[CategoryRow]:
    # The first line is a title; the name of the last column stands in it.
    table = read_cells(path, lines, 2, _TIERED_COLUMNS)
    names = {cells["Unique ID"]: cells["Name"] for _, cells in table}
    paths = [_path(path, line, cells, names) for line, cells in table]
    id_at: dict[tuple[str, ...], str] = {}
    for (_, cells), place in zip(table, paths, strict=True):
        id_at.setdefault(place, cells["Unique ID"])
    rows = []
    for (line, cells), place in zip(table, paths, strict=True):
        mark = cells.get("", "")
        if place[:-1] and place[:-1] not in id_at:
            raise InvalidTaxonomy(
                f"{path}, line {line}: no row has the path {list(place[:-1])}."
            )
        if mark not in _SENSITIVE:
            raise InvalidTaxonomy(
                f"{path}, line {line}: the last column must be `SCD` or empty. "
                f"Received: {mark!r}"
            )
        parent_id = id_at[place[:-1]] if place[:-1] else None
        rows.append(
            CategoryRow(cells["Unique ID"], parent_id, cells["Name"], _SENSITIVE[mark])
        )
    return rows


def _path(
    path: Path, line: int, cells: dict[str, str], names: dict[str, str]
) -> tuple[str, ...]:
    """Where a row hangs, in the spelling of the tier columns."""
    tiers = [cells[tier] for tier in _TIERS]
    filled = tuple(tier for tier in tiers if tier)
    if filled != tuple(tiers[: len(filled)]):
        raise InvalidTaxonomy(
            f"{path}, line {line}: tiers must not be skipped. Received: {tiers}"
        )
    stops_at_parent = filled and filled[-1] == names.get(cells["Parent"])
    if not filled or (stops_at_parent and filled[-1] != cells["Name"]):
        return (*filled, cells["Name"])
    return filled


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    write_taxonomy(read_published(sys.argv[1], version="published"), sys.argv[2])
