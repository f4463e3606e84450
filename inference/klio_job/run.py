"""The Klio job: from messages that name videos to their results."""

from typing import Any

import apache_beam as beam

from vidcat.inference.klio_job.dead_letter import (
    FAILED,
    RequireMessage,
    WriteDeadLetter,
)
from vidcat.inference.klio_job.settings import Settings
from vidcat.inference.klio_job.transforms import AskForVideo, WriteResult
from vidcat.inference.pipeline.categorizing import Categorize


def run(messages: Any, config: Any) -> "beam.PCollection[bytes]":
    """Categorizes the videos of messages that Klio has let through.

    Args:
        messages: `KlioMessage`s as bytes, their videos there and without a result; of
            several event inputs, a tuple.
        config: The job's `KlioConfig`.

    Returns:
        The messages whose results are written, for the job's event output.
    """
    settings = Settings.of(config)
    if isinstance(messages, tuple):
        messages = messages | "All event inputs" >> beam.Flatten()
    asked: Any = messages | "Ask for video" >> beam.ParDo(
        AskForVideo(settings.videos)
    ).with_outputs(FAILED, main="ok")
    done: Any = (
        asked.ok
        # A file of ids is read in one piece; without this one worker would have all.
        | beam.Reshuffle()
        | Categorize(settings.serving, config.job_name)
        | "Write result"
        >> beam.ParDo(WriteResult(settings.results)).with_outputs(FAILED, main="ok")
    )
    dead = WriteDeadLetter(settings.dead_letter)
    asked[FAILED] | "Dead letter of payloads" >> beam.ParDo(dead)
    done[FAILED] | "Dead letter of videos" >> beam.ParDo(dead)
    return done.ok


def readable(
    messages: "beam.PCollection[bytes]", config: Any, label: str
) -> "beam.PCollection[bytes]":
    """Leaves out messages that Klio would lose or stop at; they are dead letters.

    Args:
        messages: As they come in.
        config: The job's `KlioConfig`.
        label: Tells this event input from others.

    Returns:
        Messages that Klio can work with.
    """
    settings = Settings.of(config)
    found: Any = messages | f"{label}Require message" >> beam.ParDo(
        RequireMessage(take_others=settings.takes_others)
    ).with_outputs(FAILED, main="ok")
    found[FAILED] | f"{label}Dead letter of messages" >> beam.ParDo(
        WriteDeadLetter(settings.dead_letter)
    )
    return found.ok
