"""Runners of Beam that are not in Python, with workers that they did not start."""

import json

import pytest
from backfills import MOST_SECONDS, attempted, in_the_middle, lines, run_on
from cluster_files import PRISM
from worker_pool import WorkerPool

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(2 * MOST_SECONDS)]


@pytest.fixture
def workers(tmp_path):
    with WorkerPool(tmp_path) as pool:
        yield pool


def prism(workers):
    if not PRISM.exists():
        pytest.skip("Needs Beam's Prism runner; `make test-cluster` builds it with Go.")
    return "PrismRunner", f"--prism_location={PRISM}", *workers.options


def embedded(workers):
    return "PortableRunner", "--job_endpoint=embed", *workers.options


@pytest.mark.parametrize("runner", [prism, embedded])
def test_results_are_those_of_the_categorizer(runner, workers, work, tmp_path):
    report = run_on(work, tmp_path / "out", *runner(workers))
    assert workers.started > 0
    assert lines(tmp_path / "out") == work.plain
    assert sum(report.done.values()) == report.rows == len(work.plain)


def test_a_run_whose_workers_are_lost_goes_on(work, tmp_path):
    out = tmp_path / "out"
    with WorkerPool(tmp_path) as first:
        runner = prism(first)
        with in_the_middle(first.kill, out, rows=len(work.plain)):
            with pytest.raises(RuntimeError, match="failed|FAILED"):
                run_on(work, out, *runner)
    with WorkerPool(tmp_path) as second:
        report = run_on(work, out, *prism(second))
    assert report.skipped > 0
    assert report.skipped + sum(report.done.values()) == report.rows
    assert lines(out) == work.plain
    assert set(attempted(out)) == {json.loads(one)["id"] for one in work.plain}
