"""Prints what became of the rows of a catalog."""

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidcat.inference.backfill.report import BackfillReport


def print_counts(report: "BackfillReport", *, as_json: bool) -> None:
    """Prints the counts of a run on stdout.

    Args:
        report: The counts.
        as_json: Whether to print a JSON object.
    """
    if as_json:
        print(json.dumps(report.to_json()))
        return
    done = sum(report.done.values())
    print(
        f"{report.rows} rows: {done} done now, {report.skipped} done before, "
        f"{report.bad_rows} wrong rows, {report.left} left; {report.seconds:.0f} s."
    )
    for status, count in sorted(report.done.items()):
        print(f"  {count} {status}")
    totals = ", ".join(f"{n} {status}" for status, n in sorted(report.statuses.items()))
    print(f"All results: {totals or 'none'}; {report.dead_letter} in the dead letter.")
