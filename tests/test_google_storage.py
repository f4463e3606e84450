"""`gs://` against an emulator of Google Cloud Storage, through the real client."""

import pytest
from colour_encoder import SIZE, ColourEncoder
from video_files import RED, make_colour_video

from vidcat.inference.catalog import read_catalog
from vidcat.inference.catalogs.source import source_version
from vidcat.inference.describing.describing import describe_videos
from vidcat.inference.frames import FrameSampler, VideoError
from vidcat.inference.remote.failure import RemoteFileError
from vidcat.inference.remote.folders import copy_folder, files_of, working_copy
from vidcat.inference.remote.local_copy import local_copy
from vidcat.inference.remote.local_folder import local_folder


def test_a_catalog_and_its_videos_are_read(bucket, tmp_path):
    video = make_colour_video(tmp_path / "red.mp4", [RED], 2.0)
    rows = '{"id": "a", "path": "clips/red.mp4"}\n{"id": "b", "path": "none.mp4"}\n'
    bucket.blob("day/videos.jsonl").upload_from_string(rows)
    bucket.blob("day/clips/red.mp4").upload_from_filename(str(video))
    videos = read_catalog(f"gs://{bucket.name}/day/videos.jsonl")
    assert videos[0].path == f"gs://{bucket.name}/day/clips/red.mp4"
    sampler = FrameSampler(size=SIZE)
    fine, missing = describe_videos(videos, sampler, ColourEncoder())
    assert fine.times_seconds.tolist() == [0, 1]
    assert missing.error.reason == "not_found"


def test_a_version_is_size_and_time_and_follows_the_object(bucket):
    url = f"gs://{bucket.name}/clip.mp4"
    bucket.blob("clip.mp4").upload_from_string(b"twelve bytes")
    first = source_version(url)
    changed = bucket.get_blob("clip.mp4").updated.timestamp()
    assert first == f"12-{changed:.6f}" == source_version(url)
    bucket.blob("clip.mp4").upload_from_string(b"twelve other")
    assert source_version(url) != first
    with pytest.raises(RemoteFileError, match="not_found"):
        source_version(f"gs://{bucket.name}/none.mp4")


def test_an_object_is_copied_as_it_is_and_no_bucket_is_told(bucket):
    # Larger than what the client reads at once, and named as if it were packed.
    content = bytes(range(256)) * (17 << 12)
    bucket.blob("clip.gz").upload_from_string(content)
    with local_copy(f"gs://{bucket.name}/clip.gz") as local:
        assert local.read_bytes() == content
    url = "gs://no-such-bucket/clip.mp4"
    with pytest.raises(VideoError, match=f"^{url}: not_found: "), local_copy(url):
        pass


def test_a_folder_goes_there_and_back_and_is_worked_on(bucket, tmp_path):
    here, url = tmp_path / "here", f"gs://{bucket.name}/models/one"
    (here / "visual").mkdir(parents=True)
    for name in ("bundle.json", "checksums.json", "visual/a.npz"):
        (here / name).write_text(name)
    # As some tools mark a folder.
    bucket.blob("models/one/").upload_from_string(b"")
    bucket.blob("models/one-more/other").upload_from_string(b"1")
    copy_folder(here, url)
    assert files_of(url) == files_of(here)
    assert files_of(local_folder(url)) == files_of(url)
    with working_copy(url) as folder:
        (folder / "visual/a.npz").unlink()
        (folder / "new").write_text("new")
    assert list(files_of(url)) == ["bundle.json", "checksums.json", "new"]
    assert bucket.blob("models/one-more/other").exists()
