"""What the Klio job is set to, out of its configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, get_args

from vidcat.inference.evidence import Method
from vidcat.inference.klio_job.config import InvalidJob
from vidcat.inference.klio_job.messages import Place
from vidcat.inference.pipeline.serving import Serving


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the transforms of the job need to know; travels to the workers."""

    serving: Serving
    """How videos are categorized."""
    videos: Place
    """Where the videos are: the job's data input."""
    results: Place
    """Where the results go: the job's data output."""
    dead_letter: str
    """Folder for what could not be categorized."""
    takes_others: bool
    """Whether a message that is none of Klio's is the id of a video."""

    @classmethod
    def of(cls, config: Any) -> "Settings":
        """Reads them from a `KlioConfig`.

        Raises:
            InvalidJob: If one is missing, unknown or wrong.
        """
        job = config.job_config
        given = dict(getattr(job, "vidcat", {}))
        for name in ("bundle", "dead_letter"):
            if not isinstance(given.get(name), str) or not given[name]:
                raise InvalidJob(
                    f"`job_config.vidcat.{name}` must be a folder. "
                    f"Received: {name}={given.get(name)!r}"
                )
        return cls(
            dead_letter=given.pop("dead_letter"),
            serving=_serving(given),
            videos=_place("inputs", job.data.inputs),
            results=_place("outputs", job.data.outputs),
            takes_others=job.allow_non_klio_messages,
        )


def _serving(given: Mapping[str, Any]) -> Serving:
    known = {field.name for field in fields(Serving)}
    if unknown := sorted(given.keys() - known):
        raise InvalidJob(
            f"`job_config.vidcat` must hold known settings. Received: {unknown}. Known "
            f"are {sorted(known | {'dead_letter'})}."
        )
    method = given.get("evidence_method")
    if method is not None and method not in get_args(Method):
        raise InvalidJob(
            f"`evidence_method` must be one of {list(get_args(Method))}, or null for "
            f"none. Received: evidence_method={method!r}"
        )
    as_of = given.get("as_of")
    try:
        moment = datetime.now(UTC) if as_of is None else datetime.fromisoformat(as_of)
    except (TypeError, ValueError):
        raise InvalidJob(
            f"`as_of` must be a date and time. Received: as_of={as_of!r}"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return Serving(**{**given, "as_of": moment})


def _place(which: str, data: list[Any]) -> Place:
    if len(data) != 1:
        raise InvalidJob(
            f"`job_config.data.{which}` must be one folder, of type `gcs` or `file`. "
            f"Received: {len(data)} of them"
        )
    return Place(location=data[0].location, suffix=data[0].file_suffix)
