"""Tables of text: cells between tabs, a line of column names, UTF-8."""

from collections.abc import Collection, Sequence
from pathlib import Path


class InvalidTable(ValueError):
    """A file is not the table it should be; the message names file and line."""


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 file, without a byte order mark.

    Raises:
        InvalidTable: If the bytes are not UTF-8; names file and line.
        OSError: If the file cannot be read.
    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidTable(
            f"{path}, line {line}: must be UTF-8 text. Received: byte "
            f"0x{content[error.start]:02x}"
        ) from error
    # Not `splitlines`, which also ends a line at characters that cells may hold. The
    # carriage return of a CRLF goes with the blanks around cells.
    return text.split("\n")


def read_cells(
    path: Path, lines: Sequence[str], header_line: int, required: Collection[str]
) -> list[tuple[int, dict[str, str]]]:
    """The rows below a header, as cells by column name.

    Blanks around cells and lines without any text are dropped; cells that a line
    lacks at its end are empty.

    Args:
        path: The file, for messages.
        lines: All its lines.
        header_line: Number of the line that names the columns, from 1.
        required: Column names that must be there.

    Returns:
        For each row its line number, from 1, and its cells.

    Raises:
        InvalidTable: If a column is missing or named twice, or a row has more
            cells than there are columns.
    """
    header = lines[header_line - 1] if len(lines) >= header_line else ""
    columns = [name.strip() for name in header.split("\t")]
    missing = [name for name in required if name not in columns]
    named = [name for name in columns if name]
    if missing or len(set(named)) < len(named):
        raise InvalidTable(
            f"{path}, line {header_line}: columns must include each of "
            f"{sorted(required)} once. Received: {columns}"
        )
    rows = []
    for number, line in enumerate(lines[header_line:], header_line + 1):
        cells = [cell.strip() for cell in line.split("\t")]
        if not any(cells):
            continue
        if len(cells) > len(columns):
            raise InvalidTable(
                f"{path}, line {number}: must have at most {len(columns)} cells. "
                f"Received: {len(cells)}"
            )
        cells += [""] * (len(columns) - len(cells))
        rows.append((number, dict(zip(columns, cells, strict=True))))
    return rows
