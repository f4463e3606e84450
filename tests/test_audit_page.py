import base64
import re

import cv2
import numpy as np
import pytest
from html_pages import Page
from video_files import BLUE, GREEN, RED, make_colour_video

from vidcat.inference.video import Video
from vidcat.training.audits.page import FRAME_PIXELS, write_audit_page
from vidcat.training.audits.rows import AuditRow


class AuditPage(Page):
    """A page with pictures."""

    def pictures(self):
        sources = [fields["src"] for tag, fields in self.elements if tag == "img"]
        found = []
        for source in sources:
            kind, _, content = source.partition(",")
            assert kind == "data:image/jpeg;base64"
            encoded = np.frombuffer(base64.b64decode(content), np.uint8)
            found.append(cv2.imdecode(encoded, cv2.IMREAD_COLOR)[..., ::-1])
        return found


def question(video_id, category_path="Sports > Tennis", **fields):
    return AuditRow(
        id=video_id,
        category_id="539",
        category_path=category_path,
        stratum="random",
        weight=1.0,
        teacher_score=0.8765,
        **fields,
    )


@pytest.fixture
def page_of(tmp_path):
    def write(rows, *videos):
        path = tmp_path / "audit.html"
        by_id = {video.id: video for video in videos}
        write_audit_page(rows, by_id, path, table="audit.csv")
        return AuditPage(path.read_text("utf-8"))

    return write


def test_a_videos_frames_are_shown_in_their_order(page_of, tmp_path):
    path = make_colour_video(
        tmp_path / "a.mp4", [RED, GREEN, BLUE], options=("-g", "1")
    )
    page = page_of([question("v")], Video(id="v", path=str(path)))
    pictures = page.pictures()
    assert len(pictures) == 3
    for picture, colour in zip(pictures, [RED, GREEN, BLUE], strict=True):
        assert picture.shape == (FRAME_PIXELS, FRAME_PIXELS, 3)
        np.testing.assert_allclose(picture.mean(axis=(0, 1)), colour, atol=12)


def test_a_video_that_cannot_be_read_shows_why(page_of, tmp_path):
    (tmp_path / "torn.mp4").write_bytes(b"\x00" * 64)
    page = page_of(
        [question("torn"), question("gone"), question("text")],
        Video(id="torn", path=str(tmp_path / "torn.mp4")),
        Video(id="gone", path=str(tmp_path / "<gone>.mp4")),
        Video(id="text"),
    )
    assert page.pictures() == []
    text = "".join(page.text)
    assert f"{tmp_path}/torn.mp4: " in text
    assert f"{tmp_path}/<gone>.mp4: there is no such file." in text
    assert "No video file is given; only text is known." in text


def test_each_video_has_one_card_with_its_questions(page_of):
    page = page_of(
        [question("a"), question("a", "Music"), question("b", "Pets")],
        Video(id="a", title="First", duration_seconds=125.4),
        Video(id="b", description="Second", tags=("dog", "cat")),
    )
    assert [tag for tag, _ in page.elements].count("article") == 2
    words = re.sub(r"\s+", " ", " ".join(page.text))
    assert "3 questions about 2 videos" in words
    assert "First a · 2:05 Sports > Tennis row 2 Music row 3" in words
    assert "no title Second dog · cat b Pets row 4" in words


def test_a_reviewer_is_not_led_by_scores(page_of):
    page = page_of([question("v", student_score=0.1234)], Video(id="v"))
    text = "".join(page.text)
    assert "0.87" not in text
    assert "0.12" not in text
    _, of_video = text.split("is left alone.")
    assert "row 2" in of_video
    assert "random" not in of_video


HOSTILE = '</h2><script>alert("x")</script><img src=x onerror=alert(1)>&amp;\'"{{7*7}}'


def test_hostile_text_stays_text(page_of):
    page = page_of(
        [question(HOSTILE, HOSTILE)],
        Video(
            id=HOSTILE,
            title=HOSTILE,
            description=HOSTILE,
            tags=(HOSTILE,),
            path=HOSTILE,
        ),
    )
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "iframe", "link"}
    assert "img" not in tags
    assert not any(
        name.startswith("on") for _, fields in page.elements for name in fields
    )
    # Title, description, tags, id, category, and the path in the reason.
    assert "".join(page.text).count(HOSTILE) == 6


def test_the_page_may_load_nothing_and_run_nothing(page_of):
    page = page_of([question("v")], Video(id="v"))
    policies = [
        fields["content"]
        for tag, fields in page.elements
        if tag == "meta" and fields.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policies == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]


def test_any_text_can_be_written(page_of):
    long = "wordswithoutend" * 70_000
    page = page_of(
        [question("v")],
        Video(id="v", title="half \ud83d pair \x00 \u202e", description=long),
    )
    text = "".join(page.text)
    assert "half ? pair" in text
    assert len(text) < 3000
