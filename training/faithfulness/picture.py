"""Draws deletion and insertion curves."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from vidcat.inference.files.whole_files import replacing
from vidcat.training.faithfulness.deletion_insertion import STEPS, Curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS: Final = {"windows": "#0b5394", "attribution": "#b45f06", "random": "#777777"}
_STYLES: Final = {"windows": "-", "attribution": "--", "random": ":"}


def draw_curves(curves: Curves, path: Path) -> None:
    """Draws the mean curves of all methods beside random frames.

    Args:
        curves: What was measured.
        path: The PNG file to write.
    """
    # Without pyplot there is no global figure, and no display is looked for.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.6), dpi=150, layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    orders = {**curves.by_method, "random": curves.random}
    share = np.linspace(0, 100, STEPS)
    for name, order in orders.items():
        style = {"color": _COLOURS[name], "linestyle": _STYLES[name], "linewidth": 2.2}
        area = order.deletion_area.mean(), order.insertion_area.mean()
        for axes, drawn, mean in zip(
            (left, right),
            (order.deletion, order.insertion),
            area,
            strict=True,
        ):
            label = f"{name}: area {mean:.2f}"
            axes.plot(share, drawn.mean(axis=0), label=label, **style)
    _dress(left, "Best frames left out: lower is better", "frames left out, %")
    _dress(right, "Best frames alone: higher is better", "frames kept, %")
    left.set_ylabel("mean probability of the category", fontsize=11)
    figure.suptitle(
        f"{len(curves.groups):,} categories said of videos",
        fontsize=12,
        x=0.01,
        ha="left",
    )
    with replacing(path) as file:
        figure.savefig(file, format="png")


def _dress(axes: "Axes", title: str, name: str) -> None:
    axes.set_title(title, fontsize=12, loc="left")
    axes.set_xlabel(name, fontsize=11)
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 1.02)
    axes.grid(color="#e5e5e5", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.legend(fontsize=10.5, frameon=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
