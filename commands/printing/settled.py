"""Prints what lies in a folder of results."""

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidcat.inference.backfill.settle import Settled


def print_settled(settled: "Settled", out: str, *, as_json: bool) -> None:
    """Prints on stdout what lies in a folder of results.

    Args:
        settled: The counts.
        out: The folder.
        as_json: Whether to print a JSON object.
    """
    if as_json:
        print(json.dumps(settled.to_json()))
        return
    print(f"{sum(settled.statuses.values())} results in {out}:")
    for status, count in sorted(settled.statuses.items()):
        print(f"  {count} {status}")
    print(f"{settled.dead_letter} in the dead letter.")
