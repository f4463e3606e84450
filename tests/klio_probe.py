"""A Klio job without models: notes in a file for each message which process had it.

Run as a script with the arguments of `python -m vidcat.inference.klio_job`.
"""

import os
from pathlib import Path

import apache_beam as beam


def note(message, folder):
    from klio_core.proto import klio_pb2

    video_id = klio_pb2.KlioMessage.FromString(message).data.element.decode()
    Path(folder, video_id + ".json").write_text(str(os.getpid()))
    return message


def run(messages, config):
    folder = config.job_config.data.outputs[0].location
    return messages | beam.Reshuffle() | beam.Map(note, folder)


if __name__ == "__main__":
    from vidcat.inference.klio_job import run as job
    from vidcat.inference.klio_job.__main__ import main

    job.run = run
    main()
