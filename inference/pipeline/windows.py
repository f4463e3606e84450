"""The global window, the only one that videos are categorized in."""

from typing import Any

from apache_beam.transforms.window import GlobalWindow, GlobalWindows
from apache_beam.utils.timestamp import MIN_TIMESTAMP
from apache_beam.utils.windowed_value import WindowedValue


def in_global_window(element: object) -> WindowedValue:
    """An element that is given at the end of a bundle, when Beam wants its window."""
    return WindowedValue(element, MIN_TIMESTAMP, (GlobalWindow(),))


def require_global_window(elements: Any) -> None:
    """Refuses a PCollection in windows, out of which `in_global_window` would take it.

    Raises:
        ValueError: If it is in windows.
    """
    windows = elements.windowing.windowfn
    if not isinstance(windows, GlobalWindows):
        raise ValueError(
            "What is to be categorized must be in the global window. Received: "
            f"{windows}. Put the results into windows instead."
        )
