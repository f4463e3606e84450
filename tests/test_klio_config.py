"""What the Klio job is set to, and what is said where that is wrong."""

from datetime import UTC, datetime

import pytest
from klio_jobs import write_job

pytest.importorskip("klio")

# Mends Klio, so it comes first.
from vidcat.inference.klio_job import compat  # isort: skip  # noqa: F401
from klio_core.config import KlioConfig

from vidcat.inference.klio_job.config import InvalidJob, read_job
from vidcat.inference.klio_job.messages import Place
from vidcat.inference.klio_job.settings import Settings
from vidcat.inference.klio_job.start import start


def settings(config, *changes):
    job = read_job(config, changes)
    return Settings.of(KlioConfig(job, config_skip_preprocessing=True))


def test_the_job_tells_how_to_serve_and_where_files_are(tmp_path):
    vidcat = {
        "bundle": "gs://bucket/bundle",
        "dead_letter": "gs://bucket/dead",
        "timeout_seconds": 20,
        "evidence_method": None,
        "as_of": datetime(2025, 1, 1, tzinfo=UTC),
    }
    found = settings(write_job(tmp_path, vidcat=vidcat, allow_non_klio_messages=True))
    assert found.serving.bundle == "gs://bucket/bundle"
    assert found.serving.timeout_seconds == 20
    assert found.serving.evidence_method is None
    assert found.serving.as_of == datetime(2025, 1, 1, tzinfo=UTC)
    assert found.dead_letter == "gs://bucket/dead"
    assert found.videos == Place(location=str(tmp_path / "in"), suffix=".mp4")
    assert found.results.path("v1") == str(tmp_path / "out" / "v1.json")
    assert found.takes_others


def test_ages_are_those_at_the_start_unless_a_time_is_given(tmp_path):
    before = datetime.now(UTC)
    config = write_job(tmp_path)
    assert before <= settings(config).serving.as_of <= datetime.now(UTC)
    given = settings(config, "job_config.vidcat.as_of=2025-01-01").serving.as_of
    assert given == datetime(2025, 1, 1, tzinfo=UTC)


def test_changes_are_yaml_and_reach_inputs_by_name(tmp_path):
    job = read_job(
        write_job(tmp_path, allow_non_klio_messages=True),
        [
            "job_config.allow_non_klio_messages=false",
            "pipeline_options.num_workers = 8",
            "job_config.data.inputs.file0.ping=true",
            "job_config.events.inputs={ids: {type: avro, location: a=b}}",
        ],
    )
    assert job["job_config"]["allow_non_klio_messages"] is False
    assert job["pipeline_options"]["num_workers"] == 8
    assert job["job_config"]["data"]["inputs"]["file0"]["ping"] is True
    assert job["job_config"]["events"]["inputs"] == {
        "ids": {"type": "avro", "location": "a=b"}
    }


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("force", "must be key=value. Received: 'force'"),
        ("job_config.vidcat={", "klio-job.yaml: while parsing"),
        ("job_name.sub.name=1", "klio-job.yaml: "),
        ("job_config.vidcat={bundle: b}", "must be a folder. Received: dead_letter="),
        ("job_config.vidcat.bundle=7", "must be a folder. Received: bundle=7"),
        ("job_config.vidcat.bundel=b", "known settings. Received: ['bundel']. Known"),
        ("job_config.vidcat.evidence_method=x", "Received: evidence_method='x'"),
        ("job_config.vidcat.as_of=soon", "Received: as_of='soon'"),
        ("job_config.data.outputs={}", "outputs` must be one folder, of type `gcs`"),
    ],
)
def test_a_wrong_setting_is_refused(tmp_path, change, says):
    with pytest.raises(InvalidJob) as caught:
        settings(write_job(tmp_path), change)
    assert says in str(caught.value)


def test_a_job_must_have_a_file_and_a_project(tmp_path):
    with pytest.raises(InvalidJob, match="No such file or directory"):
        read_job(tmp_path / "none.yaml")
    job = read_job(write_job(tmp_path), ["pipeline_options.project=null"])
    with pytest.raises(InvalidJob, match="Received: project=None"):
        start(job, direct=True)
