"""The Pub/Sub emulator of the Google Cloud CLI, with topics and their subscriptions."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager, suppress

import pytest
from own_processes import free_ports

PROJECT = "projects/vidcat-tests"


@contextmanager
def pubsub_emulator(folder):
    """Starts it, and ends it and its processes; the value for PUBSUB_EMULATOR_HOST."""
    if shutil.which("gcloud") is None or shutil.which("java") is None:
        pytest.skip("The Pub/Sub emulator needs the Google Cloud CLI and Java.")
    (port,) = free_ports(1)
    host = f"localhost:{port}"
    kept = folder / "emulator"
    kept.mkdir()
    log = folder / "emulator.log"
    command = ["gcloud", "beta", "emulators", "pubsub", "start", "--quiet"]
    with log.open("wb") as said:
        process = subprocess.Popen(
            [*command, f"--host-port={host}", f"--data-dir={kept}"],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            # The command starts Java, which would outlive it.
            start_new_session=True,
        )
    try:
        _wait_for_start(process, log)
        yield host
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for_start(process, log, seconds=60):
    give_up = time.monotonic() + seconds
    while "Server started" not in log.read_text():
        if process.poll() is not None and "component" in log.read_text():
            pytest.skip(f"The Pub/Sub emulator is not installed: {log.read_text()}")
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < give_up, log.read_text()
        time.sleep(0.1)


class Topics:
    """Topics of the emulator, each with a subscription of the same name.

    `PUBSUB_EMULATOR_HOST` must be set.
    """

    def __init__(self, *names):
        from google.cloud import pubsub

        self.publisher = pubsub.PublisherClient()
        self.subscriber = pubsub.SubscriberClient()
        for name in names:
            topic = f"{PROJECT}/topics/{name}"
            self.publisher.create_topic(name=topic)
            subscription = f"{PROJECT}/subscriptions/{name}"
            self.subscriber.create_subscription(name=subscription, topic=topic)

    def publish(self, name, message, **attributes):
        topic = f"{PROJECT}/topics/{name}"
        self.publisher.publish(topic, message, **attributes).result(timeout=30)

    def take(self, name, count, process, seconds=240):
        """The bytes of the first `count` messages to come from a process that runs."""

        def runs():
            assert process.poll() is None, process.returncode

        return [one.data for one in self.pull(name, count, runs, seconds)]

    def pull(self, name, count, check=lambda: None, seconds=240):
        """The first `count` messages to come, as long as a check does not object."""
        from google.api_core.exceptions import DeadlineExceeded

        subscription = f"{PROJECT}/subscriptions/{name}"
        found = []
        give_up = time.monotonic() + seconds
        while len(found) < count:
            check()
            assert time.monotonic() < give_up, found
            with suppress(DeadlineExceeded):
                answer = self.subscriber.pull(
                    subscription=subscription, max_messages=count, timeout=5
                )
                received = answer.received_messages
                found += [one.message for one in received]
                if ids := [one.ack_id for one in received]:
                    self.subscriber.acknowledge(subscription=subscription, ack_ids=ids)
        return found
