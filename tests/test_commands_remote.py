"""The commands take catalogs, videos and folders of other machines."""

import json
import tempfile
from pathlib import Path

import pytest
from remote_files import VaultFileSystem, serving
from video_files import RED, make_clock_video, make_colour_video

from vidcat.inference.bundle import Bundle
from vidcat.inference.files.checksums import CHECKSUMS
from vidcat.inference.remote.local_folder import local_folder


@pytest.fixture
def vault(tmp_path, monkeypatch):
    """URL of the folder of this test."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(VaultFileSystem, "root", tmp_path.parent)
    monkeypatch.setattr(VaultFileSystem, "written", [])
    return f"vault://{tmp_path.name}"


def files(folder):
    found = filter(Path.is_file, folder.rglob("*"))
    return {path.relative_to(folder).as_posix() for path in found}


def test_a_catalog_in_a_store_is_described_into_a_store(
    run, small_encoder, vault, tmp_path
):
    make_clock_video(tmp_path / "clock.mp4", 4)
    make_colour_video(tmp_path / "red.mp4", [RED], 2.0)
    rows = [{"id": name, "path": f"{name}.mp4"} for name in ("clock", "red", "none")]
    lines = [json.dumps(row) + "\n" for row in rows]
    (tmp_path / "videos.jsonl").write_text(lines[0])
    command = (
        *("describe", f"{vault}/videos.jsonl", "--out", f"{vault}/features"),
        *("--encoder", small_encoder, "--json"),
    )
    first = json.loads(run(*command).stdout)
    assert (first["done"], first["frames"]) == (1, 4)
    (tmp_path / "videos.jsonl").write_text("".join(lines))
    del VaultFileSystem.written[:]
    second = json.loads(run(*command).stdout)
    assert (second["done"], second["already_done"]) == (1, 1)
    assert second["failed"] == {"not_found": 1}
    # What was there and has not changed was not written again.
    assert f"{vault}/features/space.json" not in VaultFileSystem.written
    assert "projection.npz" in files(tmp_path / "features")


def test_a_training_reads_from_a_store_and_writes_to_it(main_job, run, vault, tmp_path):
    job = f"vault://{main_job.folder.relative_to(VaultFileSystem.root).as_posix()}"
    catalog = f"{job}/{main_job.catalog.name}"
    trained = run(
        *("train", catalog, "--features", f"{job}/features"),
        *("--out", f"{vault}/bundle", "--json", "--preset", "small", "--epochs", "6"),
        *("--min-examples", "3", "--min-seconds", "1", "--max-seconds", "60"),
        *("--target-precision", "0.5", "--assurance", "0.5"),
    )
    assert trained.exit_code == 0, trained.output
    assert json.loads(trained.stdout) == main_job.trained
    assert VaultFileSystem.written[-1] == f"{vault}/bundle/{CHECKSUMS}"
    # No feature has changed, so none was written.
    assert not any(url.startswith(job) for url in VaultFileSystem.written)
    here, there = Bundle.load(main_job.bundle), Bundle.load(tmp_path / "bundle")
    assert there.content_hash == here.content_hash
    del VaultFileSystem.written[:]
    report = run(
        *(
            "evaluate",
            f"{job}/{main_job.catalog.name}",
            "--features",
            f"{job}/features",
        ),
        *("--bundle", f"{vault}/bundle", "--out", f"{vault}/figures", "--json"),
    )
    assert report.exit_code == 0, report.output
    assert json.loads(report.stdout)["new_channels"] == main_job.trained["new_channels"]
    # The bundle was there to be written to as well, and was not.
    figures = {f"{vault}/figures/{name}" for name in files(tmp_path / "figures")}
    assert set(VaultFileSystem.written) == figures != set()


def test_videos_catalogs_and_bundles_are_classified_by_url(
    main_job, run, vault, tmp_path, monkeypatch
):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    job = f"vault://{main_job.folder.relative_to(VaultFileSystem.root).as_posix()}"
    clip = main_job.new_clips / "new-00.mp4"
    with serving(main_job.new_clips) as server:
        (main_job.new_clips / "remote.csv").write_text("id,path\nx,new-00.mp4\n")
        url = f"{server.url}/files/new-00.mp4"
        done = run(
            *("classify", url, f"{server.url}/files/remote.csv", clip, "--json"),
            *("--bundle", f"{job}/bundle", "--evidence-out", f"{vault}/seconds"),
        )
        (main_job.new_clips / "remote.csv").unlink()
    assert done.exit_code == 0, done.output
    web, row, here = (json.loads(line) for line in done.stdout.splitlines())
    assert (web["id"], row["id"], here["id"]) == (url, "x", str(clip))
    assert web["categories"] == row["categories"] == here["categories"]
    sha256 = {one["key"]["content_sha256"] for one in (web, row, here)}
    assert len(sha256) == 1
    assert "x.vtt" in files(tmp_path / "seconds")
    assert local_folder(f"{job}/bundle").exists()


def test_a_folder_that_is_not_there_is_told_before_the_work(run, vault, main_job):
    done = run("classify", "clip.mp4", "--bundle", f"{vault}/none")
    assert str(done.exception) == f"{vault}/none: not_found: there is no such folder"


def test_results_in_a_store_leave_nothing_on_this_machine(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = ("--bundle", "bundle", "--out", "gs://bucket/results", "--processes", 2)
    failed = run("backfill", "missing.csv", *given)
    assert isinstance(failed.exception, FileNotFoundError)
    assert list(tmp_path.iterdir()) == []
