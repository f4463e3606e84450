"""Cells of tables for spreadsheets, which take some texts for formulas."""

from typing import Final

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "'")
_SHIELD: Final = "'"
"""Spreadsheets show what follows it as text; ids and paths come from uploaders."""


def shielded(cell: str) -> str:
    """A text that a spreadsheet does not take for a formula.

    >>> shielded("=1+1"), shielded("Sports")
    ("'=1+1", 'Sports')
    """
    return f"{_SHIELD}{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def bared(text: str) -> str:
    """The inverse of `shielded`."""
    starts = tuple(_SHIELD + start for start in _FORMULA_STARTS)
    return text.removeprefix(_SHIELD) if text.startswith(starts) else text
