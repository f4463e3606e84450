"""Splices ten seconds of one video into another, by their features."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.feature_store.frame_features import FrameFeatures
from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Taxonomy

PLANT_SECONDS: Final = 10.0
"""Length of what is spliced in."""


class NothingToPlant(ValueError):
    """No video is long enough, or none shows a category that another lacks."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PlantedVideo:
    """A host video with a stretch of another category in it."""

    host: Video
    """The row whose metadata the sequence keeps."""
    donor_id: str
    """Id of the video that the stretch is from."""
    category_id: str
    """A category of the donor that the host has not."""
    frames: NDArray[np.float32]
    """Features of shape `(n, width)`."""
    times_seconds: NDArray[np.float64]
    """Shape `(n,)`, rising."""
    duration_seconds: float
    """Of host and plant together."""
    start_seconds: float
    """Where the plant begins."""
    end_seconds: float
    """Where it ends; not part of it."""

    @property
    def without_plant(self) -> NDArray[np.bool_]:
        """Which frames are the host's, shape `(n,)`."""
        times = self.times_seconds
        return (times < self.start_seconds) | (times >= self.end_seconds)


def plant(
    host: Video,
    host_features: FrameFeatures,
    donor_features: FrameFeatures,
    category_id: str,
    *,
    at_seconds: float,
    from_seconds: float,
    seconds: float = PLANT_SECONDS,
) -> PlantedVideo:
    """Splices `[from_seconds, from_seconds + seconds)` of a donor into a host.

    Args:
        host: The row of the host.
        host_features: Its frames; those from `at_seconds` on come later.
        donor_features: Frames of the donor.
        category_id: What the donor shows.
        at_seconds: Where the plant begins in the host.
        from_seconds: Where it begins in the donor.
        seconds: Its length. Defaults to `PLANT_SECONDS`.
    """
    own, others = host_features.frames(), donor_features.frames()
    times = np.maximum(host_features.times_seconds.astype(np.float64), 0.0)
    foreign = donor_features.times_seconds.astype(np.float64)
    before = times < at_seconds
    taken = (foreign >= from_seconds) & (foreign < from_seconds + seconds)
    return PlantedVideo(
        host=host,
        donor_id=donor_features.id,
        category_id=category_id,
        frames=np.concatenate([own[before], others[taken], own[~before]]),
        times_seconds=np.concatenate(
            [
                times[before],
                foreign[taken] - from_seconds + at_seconds,
                times[~before] + seconds,
            ]
        ),
        duration_seconds=_duration(host_features) + seconds,
        start_seconds=at_seconds,
        end_seconds=at_seconds + seconds,
    )


def draw_plants(
    videos: Sequence[Video],
    features: Mapping[str, FrameFeatures],
    label_set: LabelSet,
    taxonomy: Taxonomy,
    *,
    count: int,
    seed: int = 0,
) -> list[PlantedVideo]:
    """Plants stretches of one category of the label set into videos without it.

    A donor has one category and its ancestors and nothing else, so that its ten
    seconds show what its label says, if the label is right of all of it. Places are
    drawn from the whole of both videos.

    Args:
        videos: Rows with labels.
        features: Described frames by id; rows without are passed over.
        label_set: What the network can say.
        taxonomy: The taxonomy of the labels.
        count: How many to draw.
        seed: Of the draws.

    Raises:
        NothingToPlant: If no two videos fit together.
    """
    random = np.random.default_rng(seed)
    known = [
        video
        for video in videos
        if video.labels is not None
        and video.id in features
        and _duration(features[video.id]) >= PLANT_SECONDS
    ]
    donors: dict[str, list[str]] = {}
    for video in known:
        leaves = _leaves(video, taxonomy)
        if len(leaves) == 1 and leaves[0] in label_set:
            donors.setdefault(leaves[0], []).append(video.id)
    hosts = [video for video in known if _foreign(video, donors, taxonomy)]
    if not hosts:
        raise NothingToPlant(
            f"Videos of {PLANT_SECONDS:g} s or more must show different categories, "
            "one each, for one to be planted in another. Received: "
            f"{len(known)} labelled videos of that length, with the categories "
            f"{sorted(donors)}"
        )
    planted = []
    for _ in range(count):
        host = hosts[int(random.integers(len(hosts)))]
        choices = _foreign(host, donors, taxonomy)
        category_id = choices[int(random.integers(len(choices)))]
        ids = donors[category_id]
        donor = features[ids[int(random.integers(len(ids)))]]
        own = features[host.id]
        planted.append(
            plant(
                host,
                own,
                donor,
                category_id,
                at_seconds=float(random.uniform(0, _duration(own))),
                from_seconds=float(random.uniform(0, _duration(donor) - PLANT_SECONDS)),
            )
        )
    return planted


def _leaves(video: Video, taxonomy: Taxonomy) -> list[str]:
    labels = set(video.labels or ())
    above = {one for label in labels for one in taxonomy.ancestors(label)}
    return sorted(labels - above)


def _foreign(
    host: Video, donors: Mapping[str, object], taxonomy: Taxonomy
) -> list[str]:
    """The categories that can be planted: neither true nor unknown of the host.

    One below the host's narrowest labels may be true of it as well.
    """
    own = taxonomy.with_ancestors(host.labels or ())
    unclear = own | set(host.unknown_labels)
    narrowest = set(_leaves(host, taxonomy))
    return [
        one
        for one in sorted(donors)
        if one not in unclear
        and not unclear & set(taxonomy.descendants(one))
        and not narrowest & set(taxonomy.ancestors(one))
    ]


def _duration(features: FrameFeatures) -> float:
    """In seconds; the last frame lasts as long as the others where none is known."""
    if features.duration_seconds is not None:
        return features.duration_seconds
    times = features.times_seconds
    return float(times[-1]) + (float(times[-1]) - float(times[0])) / max(
        1, len(times) - 1
    )
