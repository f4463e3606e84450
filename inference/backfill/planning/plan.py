"""`Plan`: what a backfill will take, said before it is begun."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from vidcat.inference.backfill.planning.estimates import Estimate
from vidcat.inference.backfill.planning.rates import Machine, Rates
from vidcat.inference.backfill.planning.sample import Sample
from vidcat.inference.backfill.planning.split import (
    GIB,
    SplitPlan,
    cheapest_decoder,
    plan_split,
)
from vidcat.inference.backfill.planning.survey import CatalogSurvey, survey_catalog
from vidcat.inference.backfill.planning.work import Work, work_of
from vidcat.inference.backfill.planning.workers import (
    THIS_MACHINE,
    CannotPlan,
    WorkerPlan,
    plan_workers,
)
from vidcat.inference.video import Video

if TYPE_CHECKING:
    from vidcat.inference.categorizer import Categorizer

Progress = Callable[[int, str], None]
"""Called with how many videos are measured, and a note."""

SAMPLE_VIDEOS: Final = 20
"""Videos that are measured unless it is said otherwise."""
SAMPLE_SECONDS: Final = 120.0
"""After how many seconds no more of them is begun."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a backfill of a catalog takes, and how it could be run."""

    survey: CatalogSurvey
    """The catalog."""
    sample: Sample
    """What was measured."""
    work: Work
    """What the catalog takes."""
    within_hours: float | None
    """The wished duration."""
    rates: Rates | None
    """The prices."""
    workers: tuple[WorkerPlan, ...]
    """A way for each kind of machine, the measured one first."""
    splits: tuple[SplitPlan, ...]
    """For each kind with a GPU, the way that decodes elsewhere."""
    unplanned: Mapping[str, str]
    """Why there is no way for other kinds, by their names."""

    @property
    def reading_cost(self) -> Estimate:
        """Of reading all videos once; 0 without prices."""
        price = 0.0 if self.rates is None else self.rates.read_gib
        return self.work.video_bytes * (price / GIB)

    def storage_cost(self, stored: Estimate) -> Estimate:
        """Of keeping some bytes for a month; 0 without prices."""
        price = 0.0 if self.rates is None else self.rates.storage_gib_month
        return stored * (price / GIB)

    def to_json(self) -> dict[str, Any]:
        """The plan as a JSON object."""
        survey = {
            name: value for name, value in vars(self.survey).items() if name != "drawn"
        }
        return {
            "catalog": survey,
            "sample": asdict(self.sample),
            "work": self.work.to_json(),
            "within_hours": self.within_hours,
            "rates": None if self.rates is None else asdict(self.rates),
            "workers": [one.to_json() for one in self.workers],
            "splits": [one.to_json() for one in self.splits],
            "unplanned": dict(self.unplanned),
            "reading_cost": self.reading_cost.to_json(),
            "feature_cost_a_month": self.storage_cost(
                self.work.feature_bytes
            ).to_json(),
            "result_cost_a_month": self.storage_cost(self.work.result_bytes).to_json(),
        }


def plan_backfill(
    rows: Iterable[Video],
    categorizer: "Categorizer",
    *,
    rates: Rates | None = None,
    within_hours: float | None = None,
    describe_rate: float | None = None,
    sample_videos: int = SAMPLE_VIDEOS,
    sample_seconds: float = SAMPLE_SECONDS,
    seed: int = 0,
    load_seconds: float = 0.0,
    load_cpu_seconds: float = 0.0,
    progress: Progress = lambda done, note: None,
) -> Plan:
    """Measures a sample of a catalog and plans a backfill of it.

    Args:
        rows: The rows to categorize; read once.
        categorizer: Loaded with the bundle that will be used, on a machine that has
            nothing else to do.
        rates: Kinds of machines and prices. Defaults to this machine alone.
        within_hours: How long it may take. Defaults to one worker, however long.
        describe_rate: Frames that one accelerator describes in a second. Defaults to
            what the rates say of each kind, or to what was measured.
        sample_videos: Videos to measure. Defaults to `20`.
        sample_seconds: After how many seconds no more is begun. Defaults to `120`.
        seed: Of the sample. Defaults to `0`.
        load_seconds: What it took to load the categorizer. Defaults to `0`.
        load_cpu_seconds: Processor time of the same. Defaults to `0`.
        progress: Is told of each measured video.

    Raises:
        ValueError: If no row has a video, or an argument is out of its range.
        NothingMeasured: If none of the sample can be decoded.
    """
    from vidcat.inference.backfill.planning.measuring import measure_sample
    from vidcat.inference.seen import reason_not_to_decode

    for name, value in (
        ("within_hours", within_hours),
        ("describe_rate", describe_rate),
    ):
        if value is not None and not value > 0:
            raise ValueError(f"`{name}` must be positive. Received: {name}={value}")
    sampling = categorizer.sampler.sampling
    scope, enforced = categorizer.bundle.scope, categorizer.enforce_scope
    survey = survey_catalog(
        rows,
        sampling,
        draw=sample_videos,
        seed=seed,
        is_decoded=lambda row: (
            reason_not_to_decode(row, scope, enforce_scope=enforced) is None
        ),
    )
    sample = measure_sample(
        survey.drawn,
        categorizer,
        load_seconds=load_seconds,
        load_cpu_seconds=load_cpu_seconds,
        seconds=sample_seconds,
        progress=progress,
    )
    work = work_of(
        survey,
        sample,
        sampling=sampling,
        frame_size=categorizer.sampler.size,
        feature_width=categorizer.bundle.projection.width,
    )
    return make_plan(
        survey,
        sample,
        work,
        rates=rates,
        within_hours=within_hours,
        describe_rate=describe_rate,
    )


def make_plan(
    survey: CatalogSurvey,
    sample: Sample,
    work: Work,
    *,
    rates: Rates | None = None,
    within_hours: float | None = None,
    describe_rate: float | None = None,
) -> Plan:
    """Plans from what was measured; nothing but arithmetic.

    Args:
        survey: The catalog.
        sample: What was measured.
        work: What it means for the catalog.
        rates: As for `plan_backfill`.
        within_hours: As for `plan_backfill`.
        describe_rate: As for `plan_backfill`.
    """
    machines = () if rates is None else rates.machines
    workers, splits = [], []
    unplanned = {}
    decoder = cheapest_decoder(machines)
    for machine in (_measured_machine(sample), *machines):
        # What was measured here is not replaced by what is assumed of others.
        rate = None if machine.name == THIS_MACHINE else describe_rate
        wish = {"within_hours": within_hours, "describe_rate": rate}
        try:
            workers.append(plan_workers(work, machine, **wish))
            if decoder is not None and machine.accelerators and rates is not None:
                price = rates.between_workers_gib
                splits.append(
                    plan_split(
                        work, decoder, machine, between_workers_gib=price, **wish
                    )
                )
        except CannotPlan as reason:
            unplanned[machine.name] = str(reason)
    return Plan(
        survey=survey,
        sample=sample,
        work=work,
        within_hours=within_hours,
        rates=rates,
        workers=tuple(workers),
        splits=tuple(splits),
        unplanned=unplanned,
    )


def _measured_machine(sample: Sample) -> Machine:
    return Machine(
        name=THIS_MACHINE,
        vcpus=sample.cores,
        hour=None,
        # Keras runs a network on one of them, however many there are.
        accelerators=1 if sample.on_gpu else 0,
    )
