"""JSON objects that people and programs send as rows."""

import json


def json_object(text: str) -> dict[str, object]:
    """Reads a JSON object.

    Args:
        text: All of it.

    Raises:
        ValueError: If it is none, or has a field twice; says what it must be.
    """
    try:
        found = json.loads(text, object_pairs_hook=_unique_fields)
    # Lists in lists without end exhaust the parser's stack.
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"must be one JSON object. Received: {text.strip()[:60]!r} ({error})"
        ) from None
    if not isinstance(found, dict):
        raise ValueError(f"must be one JSON object. Received: {text.strip()[:60]!r}")
    return found


def _unique_fields(pairs: list[tuple[str, object]]) -> dict[str, object]:
    row = dict(pairs)
    if len(row) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"fields given twice: {twice}")
    return row
