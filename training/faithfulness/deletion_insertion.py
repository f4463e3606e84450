"""Deletion and insertion: how fast a score falls and rises with the best frames."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from vidcat.inference.evidence import Method
from vidcat.inference.explaining.relevance import frame_relevance
from vidcat.inference.explaining.timeline import timeline
from vidcat.inference.explaining.views import BoolArray, ScoresViews
from vidcat.training.faithfulness.intervals import MeanInterval, mean_interval

STEPS: Final = 11
"""0 to 100 % of the frames, by tenths."""
RANDOM_DRAWS: Final = 5
"""Random orders of the frames of a video, whose curves are averaged."""

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class OrderCurves:
    """The curves of N categories of videos, for one order of the frames."""

    deletion: FloatArray
    """Probability with the best 0 to 100 % of the frames left out, `(N, STEPS)`."""
    insertion: FloatArray
    """Probability with the best 0 to 100 % of the frames alone, `(N, STEPS)`."""

    @property
    def deletion_area(self) -> FloatArray:
        """Area under each deletion curve, `(N,)`: less is more faithful."""
        return _area(self.deletion)

    @property
    def insertion_area(self) -> FloatArray:
        """Area under each insertion curve, `(N,)`: more is more faithful."""
        return _area(self.insertion)


@dataclass(frozen=True, kw_only=True, eq=False)
class Curves:
    """The curves of N categories of videos, by method and for random orders."""

    by_method: Mapping[str, OrderCurves]
    """By the methods of `find_evidence`."""
    random: OrderCurves
    """The mean over random orders."""
    groups: npt.NDArray[np.intp]
    """For each of the N its owner, or its video where that has none; 0 to G - 1."""

    def gains(self) -> dict[str, dict[str, MeanInterval]]:
        """How much better than random each method is, with 95 % intervals.

        Returns:
            By method, `deletion`: how much less area under the deletion curve, and
            `insertion`: how much more under the other; owners drawn anew.
        """
        other = self.random
        return {
            name: {
                "deletion": mean_interval(
                    other.deletion_area - curves.deletion_area, self.groups
                ),
                "insertion": mean_interval(
                    curves.insertion_area - other.insertion_area, self.groups
                ),
            }
            for name, curves in self.by_method.items()
        }

    def to_json(self) -> dict[str, Any]:
        """Mean curves, areas and gains as a JSON object."""
        gains = self.gains()
        orders = {**self.by_method, "random": self.random}
        return {
            "categories": len(self.groups),
            "groups": int(self.groups.max()) + 1,
            "share_of_frames": np.linspace(0, 1, STEPS).round(2).tolist(),
            "orders": {
                name: {
                    "deletion": curves.deletion.mean(axis=0).round(4).tolist(),
                    "insertion": curves.insertion.mean(axis=0).round(4).tolist(),
                    "deletion_area": round(float(curves.deletion_area.mean()), 4),
                    "insertion_area": round(float(curves.insertion_area.mean()), 4),
                }
                for name, curves in orders.items()
            },
            "gain_over_random": {
                name: {kind: one.to_json() for kind, one in kinds.items()}
                for name, kinds in gains.items()
            },
        }


def order_views(order: npt.NDArray[np.intp]) -> tuple[BoolArray, BoolArray]:
    """The views of a video that lose, and that gain, its frames in an order.

    Args:
        order: Positions of the n frames, the best first.

    Returns:
        Two arrays of shape `(STEPS, n)`: without the first tenths, and with them alone.
    """
    rank = np.empty(len(order), np.intp)
    rank[order] = np.arange(len(order))
    counts = np.rint(np.linspace(0, len(order), STEPS))
    inserted = rank < counts[:, None]
    return ~inserted, inserted


def video_curves(
    network: ScoresViews,
    probabilities: Callable[[npt.NDArray[np.float32]], FloatArray],
    labels: Sequence[int],
    *,
    times_seconds: npt.NDArray[np.floating],
    duration_seconds: float | None,
    methods: Sequence[Method],
    random: np.random.Generator,
) -> dict[str, FloatArray]:
    """The curves of one video.

    Args:
        network: Scores the video's n frames and choices of them.
        probabilities: Turns logits `(V, labels)` into probabilities.
        labels: Positions of A labels.
        times_seconds: Times of the frames, shape `(n,)`.
        duration_seconds: Length of the video; `None` if unknown.
        methods: Ways to order the frames.
        random: Draws the random orders.

    Returns:
        By method, and for `random`, shape `(A, 2, STEPS)`: deletion, insertion.
    """
    seen = timeline(times_seconds, duration_seconds)
    frames = len(times_seconds)

    def scored(order: npt.NDArray[np.intp]) -> FloatArray:
        logits = network.logits(np.concatenate(order_views(order)))
        return np.asarray(probabilities(logits), np.float64).reshape(2, STEPS, -1)

    found: dict[str, FloatArray] = {}
    for method in methods:
        relevance = frame_relevance(network, seen, labels, method).of_frames
        found[method] = np.stack(
            [
                scored(np.argsort(-of_frames, kind="stable"))[..., label]
                for of_frames, label in zip(relevance, labels, strict=True)
            ]
        )
    drawn = [scored(random.permutation(frames)) for _ in range(RANDOM_DRAWS)]
    mean = np.mean(drawn, axis=0)
    found["random"] = np.stack([mean[..., label] for label in labels])
    return found


def gathered(
    found: Sequence[Mapping[str, FloatArray]], owners: Sequence[str]
) -> Curves:
    """Puts the curves of videos together.

    Args:
        found: What `video_curves` gave for each video, at least one.
        owners: Owner, or id, of each of them.
    """
    rows = np.repeat(np.arange(len(found)), [len(one["random"]) for one in found])
    names = np.asarray(owners)[rows]
    orders = {
        name: OrderCurves(deletion=all_of[:, 0], insertion=all_of[:, 1])
        for name in found[0]
        for all_of in [np.concatenate([one[name] for one in found])]
    }
    return Curves(
        random=orders.pop("random"),
        by_method=orders,
        groups=np.unique(names, return_inverse=True)[1],
    )


def _area(curves: FloatArray) -> FloatArray:
    return np.asarray(np.trapezoid(curves, dx=1 / (STEPS - 1), axis=-1))
