"""A job on Google Cloud Dataflow: what it needs to be told, as options of Beam."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

from vidcat.inference.backfill.dataflow.profile import Profile
from vidcat.inference.backfill.runners import Runner
from vidcat.inference.catalogs.fields import is_url

if TYPE_CHECKING:
    from vidcat.inference.pipeline.hints import Hints
    from vidcat.inference.pipeline.serving import Serving

DATAFLOW: Final = "DataflowRunner"
"""Beam's name of the runner."""

_BUCKET = re.compile(r"gs://[a-z0-9][-_.a-z0-9]{1,220}[a-z0-9](/.*)?")
_JOB_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")


class InvalidJob(ValueError):
    """Something that Dataflow must know of a job is missing or cannot be."""


@dataclass(frozen=True, kw_only=True)
class DataflowJob:
    """A job on Dataflow.

    Raises:
        InvalidJob: If something is missing, in one error that names all of it and the
            options that give it.

    Reference: <https://cloud.google.com/dataflow/docs/reference/pipeline-options>
    """

    profile: Profile
    """The machines."""
    project: str | None
    """Id of the Google Cloud project that pays."""
    region: str | None
    """Where the machines are: best where the videos are."""
    image: str | None
    """Address of the container image of the workers, made of
    `inference/backfill/dataflow/image/Dockerfile`."""
    temp_location: str | None
    """Folder on `gs://` for what the runner puts down meanwhile."""
    job_name: str | None = None
    """Name in the list of jobs; `None` for one of kind and time."""
    kind: Literal["backfill", "stream"] = "backfill"
    """What it does, for its name."""
    decode_apart: bool = False
    """Whether videos are decoded on machines without a GPU; see `Hints`."""
    more_options: tuple[str, ...] = ()
    """More options of Beam, as it has them on a command line."""

    def __post_init__(self) -> None:
        problems = [
            f"{what} (--{option})"
            for what, option, value in (
                ("a project", "project", self.project),
                ("a region", "region", self.region),
                ("a container image", "image", self.image),
                ("a folder for temporary files", "temp-location", self.temp_location),
            )
            if not value
        ]
        if problems:
            raise InvalidJob(f"A Dataflow job needs {', '.join(problems)}.")
        # Beam would look for a bucket of its own, and wait for an answer.
        if not _BUCKET.fullmatch(self.temp_location or ""):
            raise InvalidJob(
                "The folder for temporary files must be gs://BUCKET/FOLDER. Received: "
                f"--temp-location {self.temp_location}"
            )
        if self.job_name is not None and not _JOB_NAME.fullmatch(self.job_name):
            raise InvalidJob(
                "A job's name must be of a-z, 0-9 and -, start with a letter and not "
                f"end with -. Received: --job-name {self.job_name}"
            )
        if self.decode_apart and not (self.profile.gpu and self.profile.decoding):
            raise InvalidJob(
                "Decoding apart needs a profile with [gpu] and [decoding]: machines to "
                "be apart from, and machines that decode. Received: --decode-apart"
            )

    def require_reachable(self, places: Mapping[str, str | None]) -> None:
        """Refuses what only this machine has: those of the job could not read it.

        Args:
            places: Files and folders by the option that names them.

        Raises:
            InvalidJob: If one is no URL.
        """
        local = [
            f"{option} {place}"
            for option, place in places.items()
            if place is not None and not is_url(place)
        ]
        if local:
            raise InvalidJob(
                "The machines of Dataflow reach what lies in a bucket, "
                "gs://BUCKET/..., and nothing on this machine. Received: "
                f"{', '.join(local)}"
            )

    def serving(self, serving: "Serving") -> "Serving":
        """The same way of serving, with the decoders that the machines have room for.

        Args:
            serving: Any; its results stay the same.
        """
        return replace(
            serving, decoders=1, decoder_threads=self.profile.decoder_threads
        )

    def runner(self, *, dry_run: bool = False) -> Runner:
        """What runs the pipelines: the one with models on the machines of the profile.

        The GPU is asked for by a service option or, where decoding is apart, by
        resource hints: Dataflow does not take both.

        Args:
            dry_run: Only to see what would be asked for, by `job_spec`: without
                network and without credentials.
        """
        common = self._common_flags()
        if dry_run:
            common += ["--dry_run=True", "--no_auth"]
        name = f"--job_name={self.job_name or self._name_by_time()}"
        return Runner(
            name=DATAFLOW,
            extra=(*common, name, *self._machine_flags(), *self.more_options),
            light_extra=(*common, f"{name}-settle", *self.more_options),
            hints=self._hints(),
        )

    def _name_by_time(self) -> str:
        return f"vidcat-{self.kind}-{datetime.now(UTC):%Y%m%d-%H%M%S}"

    def _common_flags(self) -> list[str]:
        profile = self.profile
        flags = [
            f"--project={self.project}",
            f"--region={self.region}",
            f"--temp_location={self.temp_location}",
            f"--sdk_container_image={self.image}",
            # vidcat and Beam are in the image: nothing is staged or installed.
            "--sdk_location=container",
            f"--disk_size_gb={profile.disk_gb}",
            f"--max_num_workers={profile.max_workers}",
            "--autoscaling_algorithm=THROUGHPUT_BASED",
        ]
        if profile.service_account:
            flags.append(f"--service_account_email={profile.service_account}")
        if profile.subnetwork:
            flags.append(f"--subnetwork={profile.subnetwork}")
        if not profile.public_ips:
            flags.append("--no_use_public_ips")
        return flags

    def _machine_flags(self) -> list[str]:
        profile = self.profile
        machine_type = profile.machine_type
        if self.decode_apart and profile.decoding:
            machine_type = profile.decoding.machine_type
        flags = [
            f"--machine_type={machine_type}",
            f"--num_workers={profile.first_workers}",
            f"--number_of_worker_harness_threads={profile.threads}",
        ]
        if profile.one_process:
            flags.append("--experiments=no_use_multiple_sdk_containers")
        if profile.gpu and not self.decode_apart:
            option = f"worker_accelerator={profile.gpu}"
            flags.append(f"--dataflow_service_options={option}")
        return flags

    def _hints(self) -> "Hints | None":
        profile = self.profile
        if not (self.decode_apart and profile.gpu and profile.decoding):
            return None
        from vidcat.inference.pipeline.hints import Hints

        return Hints(
            decode_apart=True,
            accelerator=profile.gpu.described(profile.machine_type),
            min_ram=profile.decoding.min_ram,
        )
