"""What a Klio message may ask for, and what is refused."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from klio_jobs import klio_message

from vidcat.inference.video import Video

pytest.importorskip("klio")

from vidcat.inference.klio_job import compat  # noqa: F401  before Klio's messages
from vidcat.inference.klio_job.messages import (
    InvalidMessage,
    Place,
    require_message,
    shown_id,
    video_of_message,
)

VIDEOS = Place(location="gs://bucket/videos", suffix=".mp4")
READABLE = string.ascii_letters + string.digits + string.punctuation + " "


def test_the_row_is_the_payload_with_the_place_of_the_video():
    message = klio_message("club/7", b'{"id": "club/7", "title": "Serve", "tags": []}')
    assert video_of_message(message, VIDEOS) == Video(
        id="club/7", path="gs://bucket/videos/club/7.mp4", title="Serve"
    )
    assert require_message(message, take_others=False) == message


def test_without_a_payload_the_row_is_id_and_path():
    assert video_of_message(klio_message("v1"), VIDEOS) == Video(
        id="v1", path="gs://bucket/videos/v1.mp4"
    )


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"[1]", "it must be one JSON object. Received: '[1]'"),
        (b"{", "it must be one JSON object. Received: '{' (Expecting"),
        (b"\xff", "it must be UTF-8 ('utf-8' codec can't decode byte 0xff"),
        (b'{"title": "a", "title": "b"}', "fields given twice: ['title']"),
        (b'{"titel": "a"}', "fields must be known. Received: ['titel']. Known are"),
        (b'{"path": "/etc/passwd"}', "fields must be known. Received: ['path']"),
        (b'{"id": "w"}', "must be that of the message. Received: id='w' for 'v'"),
        (b'{"duration_seconds": NaN}', "Received: duration_seconds=nan"),
        (b'{"unknown_labels": ["1"]}', "must come with `labels`"),
    ],
)
def test_a_payload_that_is_no_row_is_refused(payload, says):
    with pytest.raises(InvalidMessage) as caught:
        video_of_message(klio_message("v", payload), VIDEOS)
    assert str(caught.value).startswith("In the payload: ")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "video_id", ["", ".", "..", "../v", "a/../../v", "/v", "a//v", "v/", "a\nb", "a\0"]
)
def test_an_id_that_leads_out_of_the_folder_is_refused(video_id):
    with pytest.raises(InvalidMessage, match="must be the name of a file below"):
        require_message(klio_message(video_id), take_others=True)


def test_an_id_that_is_no_text_is_refused():
    with pytest.raises(InvalidMessage, match=r"must be UTF-8\. Received: b'\\xff'"):
        require_message(b"\xff", take_others=True)
    assert shown_id(b"\xff") == "\\xff"


def test_other_messages_are_refused_unless_they_are_to_be_taken():
    with pytest.raises(
        InvalidMessage, match=r"must be a KlioMessage\. Received: b'v1'"
    ):
        require_message(b"v1", take_others=False)


@given(st.text(READABLE, min_size=1) | st.text(string.digits, min_size=1))
def test_a_text_is_taken_for_an_id_whatever_it_could_be_read_as(text):
    if {"", ".", ".."} & set(text.split("/")):
        return
    taken = require_message(text.encode(), take_others=True)
    assert video_of_message(taken, VIDEOS).id == text
    assert taken == klio_message(text)


def test_an_id_as_the_first_version_of_klio_had_it():
    # Field 1 of the data (2).
    assert require_message(b"\x12\x04\x0a\x02v1", take_others=False)
    with pytest.raises(InvalidMessage, match="must be the name of a file below"):
        require_message(b"\x12\x04\x0a\x02..", take_others=False)
