"""Features of a video as the payload of a TFRecord, in the form of YouTube-8M.

A `SequenceExample` has the context `id` and `labels` and the feature list `rgb`,
one string of bytes a frame; records of YouTube-8M may have `audio` as well. Ours
add to the context `times_seconds`, `duration_milliseconds` and `source_version`.
Unquantised values stand in `rgb_float32`, four little-endian bytes each.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from numpy.typing import NDArray

from vidcat.inference.feature_store.example_messages import Example, SequenceExample
from vidcat.inference.feature_store.frame_features import FrameFeatures
from vidcat.inference.feature_store.tfrecords import CorruptRecord, scan_records


def encode_record(features: FrameFeatures) -> bytes:
    """The payload that `decode_record` reads."""
    example = SequenceExample()
    context = example.context.feature
    context["id"].bytes_list.value.append(features.id.encode())
    context["labels"].int64_list.value.extend(features.labels)
    context["times_seconds"].float_list.value.extend(features.times_seconds.tolist())
    context["source_version"].bytes_list.value.append(features.source_version.encode())
    if features.duration_seconds is not None:
        milliseconds = round(features.duration_seconds * 1000)
        context["duration_milliseconds"].int64_list.value.append(milliseconds)
    if features.values.dtype == np.uint8:
        _put(example, "rgb", features.values)
    else:
        _put(example, "rgb_float32", features.values.astype("<f4"))
    if features.audio is not None:
        _put(example, "audio", features.audio)
    return bytes(example.SerializeToString(deterministic=True))


def decode_record(payload: bytes) -> FrameFeatures:
    """Reads a record of ours or a frame-level record of YouTube-8M.

    A record without times has a frame a second, as those of YouTube-8M.

    Raises:
        ValueError: If it is not such a record.
    """
    try:
        example = SequenceExample.FromString(payload)
    except DecodeError as error:
        raise ValueError(f"not a SequenceExample ({error})") from error
    context = example.context.feature
    lists = example.feature_lists.feature_list
    if "id" not in context or not ({"rgb", "rgb_float32"} & set(lists)):
        raise ValueError(f"no frame features, but {sorted(context)}, {sorted(lists)}")
    if "rgb" in lists:
        values = _get(lists["rgb"], np.uint8)
    else:
        values = _get(lists["rgb_float32"], "<f4").astype(np.float32)
    if "times_seconds" in context:
        times = np.array(context["times_seconds"].float_list.value, np.float32)
    else:
        times = np.arange(len(values), dtype=np.float32)
    duration = context["duration_milliseconds"].int64_list.value
    return FrameFeatures(
        id=context["id"].bytes_list.value[0].decode(),
        values=values,
        times_seconds=times,
        duration_seconds=duration[0] / 1000 if duration else None,
        source_version=b"".join(context["source_version"].bytes_list.value).decode(),
        labels=tuple(context["labels"].int64_list.value),
        audio=_get(lists["audio"], np.uint8) if "audio" in lists else None,
    )


def read_video_level(path: Path) -> Iterator[FrameFeatures]:
    """Reads the video-level records of YouTube-8M, each as one frame at 0 s.

    Args:
        path: A TFRecord file of `Example` with `id`, `labels`, `mean_rgb` and, in
            most, `mean_audio`.

    Yields:
        `FrameFeatures` with float32 `values` of shape `(1, 1024)` and `audio`
        `(1, 128)`.

    Raises:
        CorruptRecord: If the file is torn or changed; the text says where.
    """
    end = 0
    for record in scan_records(path):
        if record.payload is None:
            break
        end = record.end
        features = Example.FromString(record.payload).features.feature
        audio = np.array(features["mean_audio"].float_list.value, np.float32)
        yield FrameFeatures(
            id=features["id"].bytes_list.value[0].decode(),
            values=np.array([features["mean_rgb"].float_list.value], np.float32),
            times_seconds=np.zeros(1, np.float32),
            labels=tuple(features["labels"].int64_list.value),
            audio=audio[None] if len(audio) else None,
        )
    if end != path.stat().st_size:
        raise CorruptRecord(f"{path}: no whole record at byte {end}")


def _put(example: Any, name: str, values: NDArray[Any]) -> None:
    rows = example.feature_lists.feature_list[name].feature
    for row in values:
        rows.add().bytes_list.value.append(row.tobytes())


def _get(rows: Any, kind: Any) -> NDArray[Any]:
    frames = [frame.bytes_list.value[0] for frame in rows.feature]
    if not frames:
        raise ValueError("a record without frames")
    return np.frombuffer(b"".join(frames), kind).reshape(len(frames), -1)
