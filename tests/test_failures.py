from vidcat.inference.describing.failures import Failure, FailureLog, read_failures


def failure(video_id, reason="no_frames"):
    return Failure(
        id=video_id,
        path=f"{video_id}.mp4",
        reason=reason,
        detail="ä\n",
        source_version="1-2",
    )


def test_failures_are_read_back(tmp_path):
    path = tmp_path / "failures.jsonl"
    assert read_failures(path) == []
    log = FailureLog(path)
    for video_id in "ab":
        log.add(failure(video_id))
    assert read_failures(path) == [failure("a"), failure("b")]
    assert len(path.read_text().splitlines()) == 2


def test_the_last_failure_of_a_video_counts(tmp_path):
    log = FailureLog(tmp_path / "failures.jsonl")
    log.add(failure("a"))
    log.add(failure("a", reason="timeout"))
    assert dict(FailureLog(log.path).failures) == {"a": failure("a", reason="timeout")}
    assert len(log.path.read_text().splitlines()) == 1


def test_a_torn_line_is_dropped(tmp_path):
    path = tmp_path / "failures.jsonl"
    for video_id in "abc":
        FailureLog(path).add(failure(video_id))
    path.write_text(path.read_text()[:-9])
    assert read_failures(path) == [failure("a"), failure("b")]
    FailureLog(path).add(failure("d"))
    assert [entry.id for entry in read_failures(path)] == ["a", "b", "d"]


def test_forgotten_failures_are_gone(tmp_path):
    log = FailureLog(tmp_path / "failures.jsonl")
    for video_id in "abc":
        log.add(failure(video_id))
    log.forget(["b", "x"])
    assert list(log.failures) == ["a", "c"]
    assert [entry.id for entry in read_failures(log.path)] == ["a", "c"]
