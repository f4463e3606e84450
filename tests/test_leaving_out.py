"""Which rows of a catalog are still to be done."""

import json
import os
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.testing import test_pipeline
from apache_beam.testing.util import assert_that, equal_to
from served_bundles import AS_OF

from vidcat.inference.backfill.runners import Runner
from vidcat.inference.catalogs.rows import CatalogRow
from vidcat.inference.catalogs.source import source_version
from vidcat.inference.pipeline.elements import row_sha256
from vidcat.inference.pipeline.leaving_out import BAD, COUNTED, Done, LeaveOutDone
from vidcat.inference.pipeline.loaded import loaded
from vidcat.inference.pipeline.serving import Serving
from vidcat.inference.video import Video


@pytest.fixture(scope="module")
def serving(served_bundle):
    return Serving(bundle=str(served_bundle), as_of=AS_OF)


@pytest.fixture
def video(tmp_path):
    """A row with a file; what is in it is not looked at."""
    path = tmp_path / "v.mp4"
    path.write_bytes(b"a video")
    return Video(id="v", path=str(path), title="first")


def row(video, number=1, catalog="c.csv", **more):
    place = f"{catalog}, row {number}"
    return CatalogRow(catalog=catalog, number=number, place=place, video=video, **more)


def attempt(serving, video, status="ok", visual="ok", bundle=None):
    """What an attempt at a row as it is now left, read back from its line."""
    version = None if video.path is None else source_version(video.path)
    line = {
        "id": video.id,
        "status": status,
        "parts": {"text": "ok", "visual": visual},
        "key": {
            "source_version": version,
            "content_sha256": None,
            "bundle": bundle or loaded(serving).bundle_hash,
        },
        "attempt": {"run": "1", "row_sha256": row_sha256(video)},
    }
    return Done.of(json.loads(json.dumps(line)))


def leave_out(serving, groups, *, todo, bad=(), counted, **asked):
    """Runs the transform over `(id, rows, attempts)` and compares what it gives."""
    options = {"since": "", "retry_failed": False, **asked}
    elements = [(key, (list(rows), list(done))) for key, rows, done in groups]
    with test_pipeline.TestPipeline(
        options=PipelineOptions(Runner().options)
    ) as pipeline:
        found = (
            pipeline
            | beam.Create(elements)
            | beam.ParDo(LeaveOutDone(serving, "2", **options)).with_outputs(
                BAD, COUNTED, main="ok"
            )
        )
        ids = found.ok | "Ids" >> beam.Map(lambda pair: (pair[1].row.id, pair[0]))
        reasons = found[BAD] | "Reasons" >> beam.Map(
            lambda one: (one.categorization.id, one.categorization.reason, one.catalog)
        )
        assert_that(ids, equal_to(list(todo)), label="to do")
        assert_that(reasons, equal_to(list(bad)), label="bad")
        assert_that(found[COUNTED], equal_to(list(counted)), label="counted")


RANK = (0.0, "c.csv", 1)


def test_a_row_without_an_attempt_is_done(serving, video):
    leave_out(serving, [("v", [row(video)], [])], todo=[("v", RANK)], counted=["to_do"])


def test_a_task_has_the_version_of_its_file(serving, video):
    tasks = LeaveOutDone(serving, "2", since="", retry_failed=False).process(
        ("v", ([row(video)], []))
    )
    _, (rank, task) = tasks
    assert rank == RANK
    assert task.source_version == source_version(video.path)
    assert task.row == video


@pytest.mark.parametrize("asked", [{}, {"retry_failed": True}])
def test_what_has_an_answer_is_left_out(serving, video, asked):
    done = [attempt(serving, video, "no_category")]
    leave_out(
        serving, [("v", [row(video)], done)], todo=[], counted=["skipped"], **asked
    )


def test_attempts_of_runs_before_all_was_to_be_done_again_do_not_count(serving, video):
    done = [attempt(serving, video)]
    leave_out(
        serving,
        [("v", [row(video)], done)],
        todo=[("v", RANK)],
        counted=["to_do"],
        since="2",
    )


def test_a_changed_row_is_done_again(serving, video):
    done = [attempt(serving, Video(id="v", path=video.path, title="before"))]
    leave_out(
        serving, [("v", [row(video)], done)], todo=[("v", RANK)], counted=["to_do"]
    )


def test_labels_of_a_row_may_change(serving, video):
    done = [attempt(serving, video)]
    labelled = Video(
        id="v", path=video.path, title="first", labels=("539",), truth="gold"
    )
    leave_out(serving, [("v", [row(labelled)], done)], todo=[], counted=["skipped"])


@pytest.mark.parametrize("change", ["content", "time", "gone"])
def test_a_changed_file_is_done_again(serving, video, change):
    done = [attempt(serving, video)]
    if change == "content":
        with Path(video.path).open("ab") as file:
            file.write(b", and more")
    elif change == "time":
        os.utime(video.path, ns=(1, 1))
    else:
        Path(video.path).unlink()
    leave_out(
        serving, [("v", [row(video)], done)], todo=[("v", RANK)], counted=["to_do"]
    )


def test_another_bundle_does_all_again(serving, video):
    done = [attempt(serving, video, bundle="ab" * 32)]
    leave_out(
        serving, [("v", [row(video)], done)], todo=[("v", RANK)], counted=["to_do"]
    )


@pytest.mark.parametrize(
    ("status", "visual"),
    [
        ("decode_error", "decode_error"),
        ("timeout", "timeout"),
        # Text gave an answer, the video did not.
        ("ok", "decode_error"),
        ("ok", "error"),
    ],
)
def test_what_failed_is_done_again_only_if_asked(serving, video, status, visual):
    groups = [("v", [row(video)], [attempt(serving, video, status, visual)])]
    leave_out(serving, groups, todo=[], counted=["skipped"])
    leave_out(serving, groups, todo=[("v", RANK)], counted=["to_do"], retry_failed=True)


def test_what_failed_once_and_was_answered_later_is_not_tried_again(serving, video):
    done = [attempt(serving, video, "timeout", "timeout"), attempt(serving, video)]
    leave_out(
        serving,
        [("v", [row(video)], done)],
        todo=[],
        counted=["skipped"],
        retry_failed=True,
    )


def test_a_row_without_a_video_is_known_by_its_text(serving):
    text = Video(id="t", title="a book")
    other = Video(id="t", title="a car")
    done = [attempt(serving, text, visual="not_asked")]
    leave_out(serving, [("t", [row(text)], done)], todo=[], counted=["skipped"])
    leave_out(
        serving, [("t", [row(other)], done)], todo=[("t", RANK)], counted=["to_do"]
    )


def test_of_rows_with_one_id_the_first_counts(serving, video):
    rows = [row(video, 9), row(video, 2), row(video, 3, catalog="d.csv")]
    twice = "`id` must be unique. Received: id='v', which c.csv, row 2 has too. Remove "
    twice += "or rename one of them."
    leave_out(
        serving,
        [("v", rows, [])],
        todo=[("v", (0.0, "c.csv", 2))],
        bad=[("c.csv, row 9", twice, "c.csv"), ("d.csv, row 3", twice, "d.csv")],
        counted=["to_do", "bad", "bad"],
    )


def test_a_wrong_row_leaves_with_its_reason(serving):
    wrong = row(None, 4, reason="no id", shown=["x"])
    leave_out(
        serving,
        [(wrong.place, [wrong], [])],
        todo=[],
        bad=[("c.csv, row 4", "no id", "c.csv")],
        counted=["bad"],
    )


def test_attempts_at_rows_that_are_in_no_catalog_any_more_are_no_task(serving, video):
    leave_out(serving, [("v", [], [attempt(serving, video)])], todo=[], counted=[])
