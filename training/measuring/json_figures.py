"""Figures as JSON has them: with the word that is due, without NaN and infinity."""

import math
from typing import Any

from vidcat.inference.video import Truth


def precision_word(truth: Truth) -> str:
    """`precision`, or `agreement` against pseudo-labels.

    A model set those: to say what it says is to agree with it, not to be right.
    """
    return "agreement" if truth == "pseudo" else "precision"


def json_ready(value: Any, precision_name: str = "precision") -> Any:
    """The same for JSON, which has neither NaN nor infinity.

    Args:
        value: Anything of dicts, sequences and plain values.
        precision_name: Stands in keys in place of `precision`, but for
            `average_precision`. Defaults to `"precision"`.
    """
    if isinstance(value, dict):
        return {
            key.replace("precision", precision_name)
            if key != "average_precision"
            else key: json_ready(one, precision_name)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [json_ready(one, precision_name) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
