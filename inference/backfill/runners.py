"""`Runner`: what a pipeline is run by, and the options of Beam that say so."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from vidcat.inference.pipeline.hints import Hints

LOCAL: Final = "local"
"""The runner of this machine: one process, or several."""


@dataclass(frozen=True, kw_only=True)
class Runner:
    """What pipelines are run by.

    Raises:
        ValueError: If `processes` is below one, or given to another than `local`.
    """

    name: str = LOCAL
    """`local`, or the name of a runner of Beam."""
    processes: int = 1
    """Processes on this machine, for `local`."""
    extra: tuple[str, ...] = ()
    """More options of Beam, as it has them on a command line."""
    light_extra: tuple[str, ...] | None = None
    """The same for a pipeline without models; `None` for no difference."""
    hints: "Hints | None" = None
    """What the steps of a pipeline need of their machines; `None` for nothing."""

    def __post_init__(self) -> None:
        if self.processes < 1:
            raise ValueError(
                f"`processes` must be one or more. Received: processes={self.processes}"
            )
        if self.processes > 1 and not self.is_local:
            raise ValueError(
                f"`processes` are of the runner {LOCAL!r}; others have options of "
                f"their own. Received: processes={self.processes}, name={self.name!r}"
            )

    @property
    def is_local(self) -> bool:
        """Whether it runs on this machine alone."""
        return self.name == LOCAL

    @property
    def options(self) -> list[str]:
        """The options of Beam for a pipeline that categorizes."""
        if not self.is_local:
            return [f"--runner={self.name}", *self.extra]
        import apache_beam

        mode = "in_memory" if self.processes == 1 else "multi_processing"
        return [
            "--runner=DirectRunner",
            # Keeps Beam from fetching another runner, a program of its own.
            f"--update_compatibility_version={apache_beam.__version__}",
            f"--direct_num_workers={self.processes}",
            f"--direct_running_mode={mode}",
            *self.extra,
        ]

    @property
    def light(self) -> "Runner":
        """The same for a pipeline without models, which more processes would slow."""
        extra = self.extra if self.light_extra is None else self.light_extra
        return replace(self, processes=1, extra=extra, hints=None)
