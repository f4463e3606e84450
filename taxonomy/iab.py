"""The IAB Content Taxonomy, versions 1.0 to 3.1.

The facts are the IAB Tech Lab's (CC BY 3.0); `data/ATTRIBUTION.md` says what was
changed.
"""

import functools
from pathlib import Path

from vidcat.taxonomy.tables import InvalidTable, read_cells, read_lines
from vidcat.taxonomy.tree import CategoryRow, InvalidTaxonomy, Taxonomy

IAB_VERSIONS = ("1.0", "2.0", "2.1", "2.2", "3.0", "3.1")
"""Versions that `load_iab` knows, oldest first."""

DATA_FOLDER = Path(__file__).with_name("data")
"""Where the package keeps its tables."""

_COLUMNS = ("id", "parent_id", "name", "sensitive")
_SENSITIVE = {"": False, "yes": True}


@functools.lru_cache(maxsize=len(IAB_VERSIONS))
def load_iab(version: str = "3.1") -> Taxonomy:
    """The IAB Content Taxonomy of one version; the same object every time.

    Args:
        version: One of `IAB_VERSIONS`. Defaults to `"3.1"`.

    Raises:
        ValueError: If the version is not known.

    >>> iab = load_iab()
    >>> len(iab)
    704
    >>> iab["539"].path_text
    'Sports > Tennis'
    >>> iab.ancestors("497")
    ('496', '483')
    """
    if version not in IAB_VERSIONS:
        raise ValueError(
            f"`version` must be one of {list(IAB_VERSIONS)}. Received: {version!r}"
        )
    return read_taxonomy(DATA_FOLDER / f"content_{version}.tsv", version=version)


def read_taxonomy(path: str | Path, *, version: str) -> Taxonomy:
    """Reads a taxonomy from a table.

    The table is UTF-8 text with cells between tabs and the columns `id`,
    `parent_id` (empty for a root), `name` and `sensitive` (`yes` or empty), in any
    order. Blanks around cells, empty lines and a byte order mark are dropped.

    Args:
        path: The file.
        version: What the taxonomy calls itself.

    Raises:
        InvalidTaxonomy: If the file is not such a table, or its categories do not
            form a forest; the message names file and line.
        OSError: If the file cannot be read.
    """
    path = Path(path)
    try:
        table = read_cells(path, read_lines(path), 1, _COLUMNS)
    except InvalidTable as error:
        raise InvalidTaxonomy(str(error)) from error
    rows = [_row(path, line, cells) for line, cells in table]
    if not rows:
        raise InvalidTaxonomy(f"{path}: must hold at least one category.")
    try:
        return Taxonomy(rows, version=version)
    except InvalidTaxonomy as error:
        # Of an id that comes twice, the second line is the fault.
        line = {cells["id"]: line for line, cells in table}[error.category_id]
        raise InvalidTaxonomy(
            f"{path}, line {line}: {error}", error.category_id
        ) from error


def _row(path: Path, line: int, cells: dict[str, str]) -> CategoryRow:
    if cells["sensitive"] not in _SENSITIVE:
        raise InvalidTaxonomy(
            f"{path}, line {line}: `sensitive` must be `yes` or empty. "
            f"Received: {cells['sensitive']!r}"
        )
    return CategoryRow(
        cells["id"],
        cells["parent_id"] or None,
        cells["name"],
        _SENSITIVE[cells["sensitive"]],
    )


def write_taxonomy(taxonomy: Taxonomy, path: str | Path) -> None:
    """Writes the table that `read_taxonomy` reads."""
    lines = ["\t".join(_COLUMNS)]
    for category in taxonomy:
        mark = "yes" if category.sensitive else ""
        cells = (category.id, category.parent_id or "", category.name, mark)
        lines.append("\t".join(cells))
    Path(path).write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")
