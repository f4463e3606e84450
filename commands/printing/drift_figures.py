"""Prints what has drifted: a table for people, JSON for programs."""

import json
from typing import TYPE_CHECKING, Final

from vidcat.commands.printing.console import visible
from vidcat.commands.printing.tables import figures_table

if TYPE_CHECKING:
    from rich.console import Console

    from vidcat.training.monitoring.drift import Drift

_SHOWN: Final = 15
"""Shares that are shown, the surest changes first; all are in the JSON."""


def print_drift(drift: "Drift", *, as_json: bool) -> None:
    """Prints a comparison on stdout: its verdict, alarms and surest changes.

    Args:
        drift: The comparison.
        as_json: Whether to print all figures as JSON.
    """
    if as_json:
        print(json.dumps(drift.to_json(), allow_nan=False))
        return
    from rich.console import Console

    console = Console()
    count = len(drift.alarms)
    verdict = (
        f"Drift: {count} alarm{'s' * (count != 1)}." if count else "No drift found."
    )
    console.print(
        f"{verdict} {drift.baseline.videos} videos in the baseline, "
        f"{drift.today.videos} today.",
        highlight=False,
    )
    for alarm in drift.alarms:
        _print_text(console, f"- {alarm.text}")
    _print_shares(console, drift)
    _print_scores(console, drift)
    canaries = () if drift.canaries is None else drift.canaries.remarks
    for remark in (*drift.remarks, *(f"Canaries: {one}" for one in canaries)):
        _print_text(console, f"Note: {remark}")


def _print_text(console: "Console", text: str) -> None:
    # Ids come from uploaders and may look like markup.
    console.print(visible(text), markup=False, highlight=False, soft_wrap=True)


def _print_shares(console: "Console", drift: "Drift") -> None:
    from rich.text import Text

    from vidcat.training.monitoring.words import percent, subject_of

    changes = sorted((*drift.others, *drift.categories), key=lambda one: one.p_value)
    if not changes:
        return
    table = figures_table(f"Shares of the videos, the {_SHOWN} surest changes first")
    table.add_column("")
    for name in ("baseline", "today", "points", "95 % interval", "chance"):
        table.add_column(name, justify="right")
    table.add_column("")
    for change in changes[:_SHOWN]:
        low, high = change.interval
        table.add_row(
            Text(subject_of(change, drift)),
            percent(change.baseline.rate),
            percent(change.today.rate),
            f"{100 * change.difference:+.2f}",
            f"{100 * low:+.2f} to {100 * high:+.2f}",
            f"{change.adjusted_p:.3f}",
            "alarm" if change.alarming else "",
        )
    console.print(table)


def _print_scores(console: "Console", drift: "Drift") -> None:
    from rich.text import Text

    from vidcat.training.monitoring.words import scores_name

    told = [one for one in drift.scores if one.bins]
    if not told:
        return
    table = figures_table("Population-stability index of scores, the surest first")
    table.add_column("")
    for name in ("scores", "today", "PSI", "by chance", "chance"):
        table.add_column(name, justify="right")
    table.add_column("")
    for shift in told[:_SHOWN]:
        table.add_row(
            Text(scores_name(shift, drift)),
            str(shift.baseline),
            str(shift.today),
            f"{shift.index:.3f}",
            f"{shift.expected:.3f}",
            f"{shift.adjusted_p:.3f}",
            "alarm" if shift.alarming else "",
        )
    console.print(table)
