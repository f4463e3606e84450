"""Runners of Beam that are not in Python, with workers that they did not start."""

import pytest
from backfills import MOST_SECONDS, counted, in_the_middle, lines, run_on
from cluster_files import PRISM
from worker_pool import WorkerPool

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(2 * MOST_SECONDS)]

SOME = 40
"""Rows that are done before the workers are lost."""


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


def test_a_run_whose_workers_are_lost_goes_on(workers, work, tmp_path):
    out, rows = tmp_path / "out", len(work.plain)
    name, *options = prism(workers)
    assert sum(run_on(work, out, name, *options, most=SOME).done.values()) == SOME

    def begun():
        return len(counted(out)) > 1

    with (
        in_the_middle(workers.kill, begun, out, rows=rows),
        pytest.raises(RuntimeError, match="SDK worker disconnected"),
    ):
        run_on(work, out, name, *options)
    with WorkerPool(tmp_path) as others:
        report = run_on(work, out, *prism(others))
    assert report.skipped >= SOME
    assert report.skipped + sum(report.done.values()) == report.rows == rows
    assert lines(out) == work.plain
