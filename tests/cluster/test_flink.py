"""On a Flink cluster that loses a task manager every row has its one result."""

import functools
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from backfills import MOST_SECONDS, attempted, counted, in_the_middle, lines, run_on
from cluster_files import FLINK_HOME, JOB_SERVER_JAR
from flink_cluster import FlinkCluster
from own_processes import wait_until
from worker_pool import WorkerPool

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(2 * MOST_SECONDS)]

HERE = Path(__file__).parent
PARTS = 4


@pytest.fixture
def cluster(tmp_path):
    for needed in (FLINK_HOME, *map(shutil.which, ("java", "javac", "jar"))):
        if needed is None or not Path(needed).exists():
            pytest.skip("Needs a JDK and Flink; `make test-cluster` fetches Flink.")
    with FlinkCluster(FLINK_HOME, tmp_path / "flink") as started:
        yield started


@pytest.fixture
def lose_one(cluster):
    """Kills a task manager, as if its machine were lost, and starts another."""

    def act():
        cluster.task_managers[0].kill()
        cluster.start_task_manager()

    return act


def test_a_lost_task_manager_is_missed_and_replaced(cluster):
    cluster.task_managers[0].kill()
    cluster.wait_for_task_managers(1)
    cluster.start_task_manager()
    cluster.wait_for_task_managers(2)


def test_parts_are_whole_though_a_task_manager_is_lost(
    cluster, lose_one, work, tmp_path
):
    head, *rows = work.catalog.read_text().splitlines()
    outs = [tmp_path / f"out-{part}" for part in range(PARTS)]
    commands = []
    for part, out in enumerate(outs):
        catalog = work.catalog.with_name(f"part-{part}.csv")
        catalog.write_text("\n".join([head, *rows[part::PARTS]]) + "\n")
        serving = json.dumps(work.serving.to_json())
        words = (sys.executable, HERE / "part.py", catalog, out, serving)
        commands.append(shlex.join(map(str, words)))
    jar = parts_jar(tmp_path)
    begun = functools.partial(attempted, *outs)
    with in_the_middle(lose_one, begun, *outs, rows=len(rows)):
        job = cluster.run(jar, *commands, parallelism=2)
        try:
            wait_until(lambda: not job.runs, "the job ends", seconds=MOST_SECONDS)
        finally:
            job.end()
    assert job.status == 0, job.printed
    assert cluster.attempts_lost() > 0
    assert lines(*outs) == work.plain


@pytest.mark.skipif(
    not JOB_SERVER_JAR.exists(),
    reason=f"Needs Beam's job server for Flink: {JOB_SERVER_JAR}.",
)
def test_flink_runner_is_complete_and_single_though_a_task_manager_is_lost(
    cluster, lose_one, work, tmp_path
):
    out = tmp_path / "out"
    with WorkerPool(tmp_path) as workers:
        options = (
            f"--flink_master={cluster.address}",
            f"--flink_job_server_jar={JOB_SERVER_JAR}",
            "--parallelism=2",
            *workers.options,
        )
        begun = functools.partial(counted, out)
        with in_the_middle(lose_one, begun, out, rows=len(work.plain)):
            report = run_on(work, out, "FlinkRunner", *options)
    assert cluster.attempts_lost() > 0
    assert lines(out) == work.plain
    assert set(attempted(out)) == {json.loads(one)["id"] for one in work.plain}
    assert sum(report.done.values()) == report.rows == len(work.plain)


def parts_jar(folder):
    """The jar of the program that runs commands on the cluster."""
    (flink,) = FLINK_HOME.glob("lib/flink-dist*.jar")
    classes, jar = folder / "classes", folder / "parts.jar"
    source = HERE / "RunParts.java"
    subprocess.run(["javac", "-d", classes, "-cp", flink, source], check=True)
    packing = ("--create", "--file", jar, "--main-class", "RunParts")
    subprocess.run(["jar", *packing, "-C", classes, "."], check=True)
    return jar
