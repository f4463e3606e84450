"""The ways to categorize a catalog that `backfill.py` compares.

`python backfill_ways.py WAY CATALOG BUNDLE OUT` goes one of them, from the start of a
process to its end.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)


def make_bundle(folder: Path, encoder_name: str) -> None:
    """Writes a bundle of random weights, as large as one that was trained."""
    from vidcat.inference.bundle import Bundle
    from vidcat.inference.decisions import Calibrator, Thresholds
    from vidcat.inference.encoders.source import EncoderSource
    from vidcat.inference.feature_space import FeatureSpace
    from vidcat.inference.frames import FrameSampler
    from vidcat.inference.projection import Projection
    from vidcat.inference.scope import Scope
    from vidcat.inference.visual_categorizer import VisualCategorizer
    from vidcat.models.visual import build_visual_categorizer
    from vidcat.taxonomy.labels import LabelSet

    labels = LabelSet.default()
    source = EncoderSource(name=encoder_name, weights="random")
    encoder = source.load()
    sampler = FrameSampler(size=encoder.input_size)
    projection = Projection.identity(encoder.width)
    Bundle(
        label_set=labels,
        space=FeatureSpace.of(encoder, sampler, projection),
        encoder=source,
        sampling=sampler.sampling,
        projection=projection,
        visual=VisualCategorizer(
            model=build_visual_categorizer(
                labels=len(labels), feature_dim=encoder.width
            ),
            calibrator=Calibrator.identity(len(labels)),
            thresholds=Thresholds(
                # Random weights say a half of everything: three or so are chosen.
                values=tuple(0.4 if at < 3 else 0.9 for at in range(len(labels))),
                confident=(True,) * len(labels),
                target_precision=0.8,
                truth="gold",
            ),
            metadata=None,
            max_frames=300,
        ),
        parts={},
        scope=Scope(min_seconds=1.0),
        truth="gold",
        provenance={"as_of": AS_OF.isoformat()},
    ).save(folder)


def plain(catalog: Path, bundle: Path, out: Path) -> None:
    from vidcat.inference.catalog import read_catalog
    from vidcat.inference.categorizer import Categorizer

    categorizer = Categorizer.load(bundle, as_of=AS_OF)
    out.mkdir(parents=True)
    with (out / "results-0.jsonl").open("w") as file:
        for result in categorizer.categorize_many(read_catalog(catalog)):
            file.write(result.to_line() + "\n")


def in_process(catalog: Path, bundle: Path, out: Path, processes: int = 1) -> None:
    from vidcat.inference.backfill.run import run_backfill
    from vidcat.inference.backfill.runners import Runner
    from vidcat.inference.pipeline.backfilling import Choice
    from vidcat.inference.pipeline.serving import Serving

    run_backfill(
        str(catalog),
        str(out),
        Serving(bundle=str(bundle), as_of=AS_OF),
        runner=Runner(processes=processes),
        choice=Choice(),
    )


def two_processes(catalog: Path, bundle: Path, out: Path) -> None:
    in_process(catalog, bundle, out, processes=2)


def klio(catalog: Path, bundle: Path, out: Path) -> None:
    """The Klio job on the folder of the videos; the catalog gives the ids."""
    from vidcat.inference.klio_job.config import read_job
    from vidcat.inference.klio_job.start import start

    out.mkdir(parents=True)
    rows = [json.loads(line) for line in catalog.read_text().splitlines()]
    ids = out.with_suffix(".ids")
    ids.write_text("".join(row["id"] + "\n" for row in rows))
    videos = str((catalog.parent / rows[0]["path"]).parent)
    events = {"type": "file", "location": str(ids)}
    data = {"type": "file", "location": str(out), "file_suffix": ".jsonl"}
    job = {
        "job_name": "benchmark",
        "pipeline_options": {
            "project": "benchmark",
            "streaming": False,
            "experiments": ["beam_fn_api"],
        },
        "job_config": {
            "allow_non_klio_messages": True,
            "events": {"inputs": [events]},
            "data": {
                "inputs": [{**data, "location": videos, "file_suffix": ".mp4"}],
                "outputs": [data],
            },
            "vidcat": {
                "bundle": str(bundle),
                "dead_letter": str(out.with_suffix(".dead")),
                "as_of": AS_OF.isoformat(),
            },
        },
    }
    # YAML reads JSON.
    configuration = out.with_suffix(".yaml")
    configuration.write_text(json.dumps(job))
    start(read_job(configuration, []), direct=True)


WAYS: dict[str, Callable[[Path, Path, Path], None]] = {
    "plain": plain,
    "Beam": in_process,
    "Beam, two processes": two_processes,
    "Klio": klio,
}

if __name__ == "__main__":
    WAYS[sys.argv[1]](*map(Path, sys.argv[2:]))
