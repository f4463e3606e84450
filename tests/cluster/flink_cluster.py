"""A Flink session cluster on this machine: one job manager, some task managers."""

import json
import urllib.request

from own_processes import OwnProcess, free_ports, wait_until

# What Flink's own start scripts open to it from Java 17 on.
OPENED = [
    f"--add-opens=java.base/java.{package}=ALL-UNNAMED"
    for package in (
        *("io", "lang", "lang.reflect", "net", "nio", "text", "time", "util"),
        *("util.concurrent", "util.concurrent.atomic", "util.concurrent.locks"),
    )
]
OPENED += [
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED",
]
MAIN_CLASS = {
    "job_manager": (
        "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
    ),
    "client": "org.apache.flink.client.cli.CliFrontend",
    "task_manager": "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
}
# Memory as Flink's scripts would work it out. A lost task manager is missed after five
# seconds; a job that loses one starts anew instead of failing.
SETTINGS = """\
jobmanager.rpc.address: localhost
jobmanager.rpc.port: {rpc_port}
jobmanager.memory.process.size: 1g
rest.address: localhost
rest.bind-address: localhost
rest.port: {rest_port}
taskmanager.host: localhost
taskmanager.numberOfTaskSlots: 1
taskmanager.cpu.cores: 1.0
taskmanager.memory.framework.heap.size: 128m
taskmanager.memory.framework.off-heap.size: 128m
taskmanager.memory.task.heap.size: 256m
taskmanager.memory.task.off-heap.size: 64m
taskmanager.memory.network.min: 64m
taskmanager.memory.network.max: 64m
taskmanager.memory.managed.size: 128m
taskmanager.memory.jvm-metaspace.size: 256m
taskmanager.memory.jvm-overhead.min: 192m
taskmanager.memory.jvm-overhead.max: 192m
heartbeat.interval: 1000
heartbeat.timeout: 5000
restart-strategy.type: fixed-delay
restart-strategy.fixed-delay.attempts: 5
restart-strategy.fixed-delay.delay: 1 s
blob.storage.directory: {folder}/blobs
io.tmp.dirs: {folder}/temporary
web.upload.dir: {folder}/uploads
"""


class FlinkCluster:
    """A session cluster, from entering to leaving the context.

    Args:
        home: Folder of Flink's distribution.
        folder: Where its configuration, logs and temporary files go.
        task_managers: How many to start, with one slot each.
    """

    def __init__(self, home, folder, task_managers=2):
        self.folder = folder
        self._java = ("java", "-Xmx400m", *OPENED, "-cp", f"{home}/lib/*")
        self._count = task_managers
        self._job_manager = None
        self.task_managers = []

    def __enter__(self):
        rpc_port, rest_port = free_ports(2)
        self.address = f"localhost:{rest_port}"
        (self.folder / "conf").mkdir(parents=True)
        settings = SETTINGS.format(
            rpc_port=rpc_port, rest_port=rest_port, folder=self.folder
        )
        (self.folder / "conf" / "config.yaml").write_text(settings)
        try:
            self._job_manager = self._start("job_manager", "--executionMode", "cluster")
            wait_until(
                self._answers, "Flink answers", seconds=60, process=self._job_manager
            )
            for _ in range(self._count):
                self.start_task_manager()
            self.wait_for_task_managers(self._count)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception):
        for process in (*self.task_managers, self._job_manager):
            if process is not None:
                process.end()

    def start_task_manager(self):
        self.task_managers.append(self._start("task_manager"))

    def wait_for_task_managers(self, count):
        """Waits until the job manager knows of `count` task managers."""
        wait_until(
            lambda: self.ask("overview")["taskmanagers"] == count,
            f"{count} task managers",
            seconds=60,
            process=self.task_managers[-1],
        )

    def run(self, jar, *arguments, parallelism):
        """Starts the program of a jar; the process ends when its job does."""
        options = ("-m", self.address, "-p", str(parallelism), jar, *arguments)
        command = (*self._java, MAIN_CLASS["client"], "run", *options)
        environment = {"FLINK_CONF_DIR": str(self.folder / "conf")}
        return OwnProcess(command, self.folder / "client.log", environment)

    def attempts_lost(self):
        """How many tasks had to be started anew, of all jobs so far."""
        steps = [
            f"jobs/{job['id']}/vertices/{step['id']}"
            for job in self.ask("jobs")["jobs"]
            for step in self.ask(f"jobs/{job['id']}")["vertices"]
        ]
        tasks = [task for step in steps for task in self.ask(step)["subtasks"]]
        return sum(task["attempt"] for task in tasks)

    def ask(self, what):
        """What Flink's REST interface answers."""
        with urllib.request.urlopen(f"http://{self.address}/{what}") as answer:
            return json.load(answer)

    def _answers(self):
        try:
            return "taskmanagers" in self.ask("overview")
        except OSError:
            return False

    def _start(self, role, *arguments):
        number = len(self.task_managers)
        log = self.folder / f"{role}-{number}.log"
        options = ("--configDir", self.folder / "conf", *arguments)
        return OwnProcess((*self._java, MAIN_CLASS[role], *options), log)
