"""Real videos for the studies: rows with text, video-level features, mapped labels."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.feature_store.records import read_video_level
from vidcat.inference.video import Video
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.youtube8m import youtube8m_labels, youtube8m_truth


@dataclass(frozen=True)
class OneFrame:
    """A video that is described by one frame."""

    row: NDArray[np.float32]

    def frames(self) -> NDArray[np.float32]:
        """The features, of shape `(1, width)`."""
        return self.row[None]


class StudyData(NamedTuple):
    """All videos of the study."""

    text_rows: list[Video]
    """Rows with text and without features."""
    joint: list[Video]
    """Rows with text, metadata and features: the test set."""
    frame_rows: list[Video]
    """Videos with features and without text."""
    features: Mapping[str, OneFrame]
    """By id, of `joint` and `frame_rows`."""
    own_labels: Mapping[str, tuple[int, ...]]
    """The YouTube-8M labels of every video with features, by id."""


def read_data(folder: Path) -> StudyData:
    """Reads `yt8m_text/videos.jsonl` and the shards of `yt8m_video_features`."""
    features: dict[str, OneFrame] = {}
    own_labels: dict[str, tuple[int, ...]] = {}
    for shard in sorted((folder / "yt8m_video_features").glob("*.tfrecord")):
        for video in read_video_level(shard):
            features[video.id] = OneFrame(video.values[0])
            own_labels[video.id] = video.labels
    text_rows, joint = [], []
    with (folder / "yt8m_text/videos.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            video = text_row(json.loads(line))
            (joint if video.id in features else text_rows).append(video)
    with_text = {video.id for video in joint}
    frame_rows = [
        Video(id=name, duration_seconds=240.0, **truth_of(labels))
        for name, labels in own_labels.items()
        if name not in with_text
    ]
    return StudyData(text_rows, joint, frame_rows, features, own_labels)


def text_row(row: Mapping[str, object]) -> Video:
    """A row of the text data as a catalog would have it."""
    values = {key: value for key, value in row.items() if value is not None}
    return Video(
        id=str(values["pseudo_id"]),
        title=values.get("title"),
        description=values.get("description"),
        tags=tuple(values.get("tags", ())),
        language=values.get("lang_guess"),
        owner=values.get("owner"),
        upload_category=next(iter(values.get("categories", ())), None),
        duration_seconds=values.get("duration"),
        **truth_of(values["yt8m_labels"]),
    )


def truth_of(labels: Iterable[int]) -> dict[str, tuple[str, ...] | None]:
    """The fields of a row's truth; without any mapped label it has none."""
    truth = youtube8m_truth(labels)
    if truth is None:
        return {"labels": None}
    return {"labels": truth.labels, "unknown_labels": truth.unknown_labels}


def reachable_labels() -> LabelSet:
    """Those of the 196 categories that some YouTube-8M label implies."""
    taxonomy = load_iab("3.1")
    mapped = [
        one for label in youtube8m_labels().values() for one in label.category_ids
    ]
    implied = taxonomy.with_ancestors(mapped)
    every = LabelSet.default()
    return every.select([one for one in every.ids if one in implied])
