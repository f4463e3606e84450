import inspect
import logging

import pytest

IN_BUCKETS = [
    *("backfill", "gs://b-1/catalog.csv", "--bundle", "gs://b-1/bundle"),
    *("--out", "gs://b-1/results"),
]
ON_DATAFLOW = [*IN_BUCKETS, "--runner", "DataflowRunner"]


def test_machines_must_be_chosen(run):
    refused = run(*ON_DATAFLOW)
    assert refused.exit_code == 2
    words = " ".join(refused.output.replace("│", " ").split())
    assert (
        "--runner DataflowRunner needs --profile, the machines: one of cpu, l4, t4,"
        in words
    )


def test_processes_are_of_this_machine(run):
    refused = run(*ON_DATAFLOW, "--profile", "l4", "--processes", "2")
    assert refused.exit_code == 2
    assert "--processes: only on this machine" in refused.output


def test_what_is_missing_is_told_before_anything_is_loaded(run):
    refused = run(*ON_DATAFLOW, "--profile", "l4", "--project", "my-project")
    assert str(refused.exception) == (
        "A Dataflow job needs a region (--region), a container image (--image), a "
        "folder for temporary files (--temp-location)."
    )


def test_results_on_this_machine_are_refused(run, tmp_path):
    refused = run(
        *ON_DATAFLOW[:-4],
        *("--out", tmp_path, "--runner", "DataflowRunner", "--profile", "l4"),
        *("--project", "my-project", "--region", "us-east1", "--image", "vidcat:1"),
        *("--temp-location", "gs://b-1/tmp"),
    )
    assert str(refused.exception).endswith(f"Received: --out {tmp_path}")


@pytest.mark.parametrize(
    "option",
    [
        *(
            ("--profile", "t4"),
            ("--image", "vidcat:1"),
            ("--temp-location", "gs://b/t"),
        ),
        *(("--decode-apart",), ("--dry-run",)),
    ],
    ids=lambda option: option[0],
)
def test_another_runner_has_no_use_for_them(run, option):
    refused = run(*IN_BUCKETS, *option)
    assert refused.exit_code == 2
    assert f"{option[0]}: only with --runner DataflowRunner." in refused.output


def test_the_page_and_the_state_of_a_job_are_passed_on(capsys):
    from apache_beam.runners.dataflow.internal import apiclient

    from vidcat.commands.printing.dataflow import _PAGE_OF_THE_JOB, pass_on_dataflow

    # Else a new Beam would go unheard.
    assert _PAGE_OF_THE_JOB in inspect.getsource(apiclient)
    logger = logging.getLogger("apache_beam.runners.dataflow")
    kept = logger.handlers[:], logger.level, logger.propagate
    try:
        pass_on_dataflow()
        sending = logging.getLogger(apiclient.__name__)
        running = logging.getLogger("apache_beam.runners.dataflow.dataflow_runner")
        sending.info("Create job: %s", "everything there is")
        sending.info("To access the Dataflow monitoring console, go to %s", "a page")
        running.info("Job %s is in state %s", "j1", "JOB_STATE_RUNNING")
        sending.error("quota")
    finally:
        logger.handlers[:], logger.level, logger.propagate = kept
    assert capsys.readouterr().err == (
        "To access the Dataflow monitoring console, go to a page\n"
        "Job j1 is in state JOB_STATE_RUNNING\n"
        "quota\n"
    )
