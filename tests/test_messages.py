import json

import pytest

from vidcat.inference.pipeline.messages import (
    InvalidMessage,
    generation_of,
    shown_message,
    video_of_message,
)

NOTIFICATION = {
    "notificationConfig": "projects/_/buckets/clips/notificationConfigs/1",
    "eventType": "OBJECT_FINALIZE",
    "payloadFormat": "NONE",
    "bucketId": "clips",
    "objectId": "2025/06/a b.MP4",
    "objectGeneration": "1717243200000000",
}


def video(data, attributes=None, *, ignore_unknown=False):
    return video_of_message(data, attributes or {}, ignore_unknown=ignore_unknown)


def test_a_notification_asks_for_the_file_that_was_stored():
    found = video(b"", NOTIFICATION)
    assert found.id == found.path == "gs://clips/2025/06/a b.MP4"
    assert generation_of(NOTIFICATION) == "1717243200000000"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"eventType": "OBJECT_DELETE"}, "Received: eventType='OBJECT_DELETE'"),
        ({"bucketId": ""}, "must have `bucketId` and `objectId`"),
        ({"objectId": "2025/06/a.json"}, "must be a video by its name"),
        ({"objectId": "2025/06/"}, "must be a video by its name"),
    ],
)
def test_other_notifications_are_refused(changed, reason):
    with pytest.raises(InvalidMessage) as caught:
        video(b"{}", {**NOTIFICATION, **changed})
    assert reason in str(caught.value)


def test_a_row_asks_for_what_it_says():
    row = {"id": "v1", "path": "gs://clips/a.mp4", "title": "t", "tags": ["x"]}
    found = video(json.dumps(row).encode())
    assert (found.id, found.path, found.title) == ("v1", "gs://clips/a.mp4", "t")
    assert found.tags == ("x",)
    assert video(b'{"id": 7, "path": "/clips/a.mp4"}').path == "/clips/a.mp4"
    assert video(b'{"id": "v", "width": 3}', ignore_unknown=True).id == "v"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "must be one JSON object"),
        (b"nonsense", "must be one JSON object. Received: 'nonsense'"),
        (b'"v1"', "must be one JSON object"),
        (b"\xff\xfe", "must be UTF-8"),
        (b"[" * 100_000, "must be one JSON object"),
        (b"{}", "`id` must be given"),
        (b'{"id": "v", "title": 3}', "message, its row: `title` must be text"),
        (b'{"id": "v", "width": 3}', "Received: ['width']"),
        (b'{"id": "v", "path": "a.mp4"}', "a message lies in no folder"),
        (b'{"id": "v", "path": 3}', "`path` must be text"),
        (b'{"id": "v", "duration_seconds": NaN}', "must be a finite number"),
    ],
)
def test_anything_else_is_refused_with_its_reason(data, reason):
    with pytest.raises(InvalidMessage) as caught:
        video(data)
    assert reason in str(caught.value)


def test_a_refused_message_is_shown_to_whoever_sent_it():
    assert shown_message(b"caf\xe9", {}) == "caf\\xe9"
    assert shown_message(b"{}", {"a": "b"}) == '{"a": "b"} {}'
    assert len(shown_message(b"x" * 10_000_000, {})) == 2000
