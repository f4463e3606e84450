"""The command plans a backfill, and sets the run beside the plan."""

import json

import numpy as np
import pytest
from small_bundles import frame_average_network
from video_files import BLUE, RED, make_colour_video

from vidcat.inference.bundle import Bundle
from vidcat.inference.decisions import Calibrator, Thresholds
from vidcat.inference.encoders.source import EncoderSource
from vidcat.inference.feature_space import FeatureSpace
from vidcat.inference.frame_encoder import FrameEncoder
from vidcat.inference.frames import FrameSampler
from vidcat.inference.projection import Projection
from vidcat.inference.scope import Scope
from vidcat.inference.visual_categorizer import VisualCategorizer
from vidcat.taxonomy.labels import LabelSet

RATES = """
currency = "EUR"
as_of = "today"
[machines.cpus]
vcpus = 4
hour = 0.5
[machines.gpu]
vcpus = 4
hour = 1.5
accelerators = 1
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory, small_encoder):
    encoder = FrameEncoder.load(small_encoder)
    sampler = FrameSampler(size=encoder.input_size)
    projection = Projection.identity(encoder.width)
    folder = tmp_path_factory.mktemp("bundle") / "bundle"
    Bundle(
        label_set=LabelSet(
            taxonomy_version="3.1", ids=("1", "539"), visual=(True,) * 2
        ),
        space=FeatureSpace.of(encoder, sampler, projection),
        encoder=EncoderSource(name=str(small_encoder)),
        sampling=sampler.sampling,
        projection=projection,
        visual=VisualCategorizer(
            model=frame_average_network(np.ones((encoder.width, 2), np.float32)),
            calibrator=Calibrator.identity(2),
            thresholds=Thresholds(
                values=(0.5,) * 2,
                confident=(True,) * 2,
                target_precision=0.8,
                truth="gold",
            ),
            metadata=None,
            max_frames=20,
        ),
        parts={"a": "test"},
        scope=Scope(min_seconds=1.0, max_seconds=60.0),
        truth="gold",
        provenance={"as_of": "2025-06-01T00:00:00+00:00"},
    ).save(folder)
    return folder


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    folder = tmp_path_factory.mktemp("catalog")
    rows = [{"id": "torn", "path": "torn.mp4"}, {"id": "text", "title": "Words"}]
    (folder / "torn.mp4").write_bytes(b"no video at all")
    for at in range(3):
        make_colour_video(folder / f"{at}.mp4", [RED, BLUE], 1.0 + at)
        rows.append(
            {"id": f"v{at}", "path": f"{at}.mp4", "duration_seconds": 2 + 2 * at}
        )
    path = folder / "catalog.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"path": "x"}\n')
    return path


def test_a_plan_is_printed_kept_and_set_beside_the_run(run, bundle, catalog, tmp_path):
    rates, out = tmp_path / "rates.toml", tmp_path / "out"
    rates.write_text(RATES)
    words = ("backfill", catalog, "--bundle", bundle, "--out", out)
    planned = run(*words, "--plan", "--json", "--rates", rates, "--describe-rate", 50)
    assert planned.exit_code == 0, planned.output
    plan = json.loads(planned.stdout)
    # The wrong row is left out; one of four videos is broken.
    assert (plan["catalog"]["rows"], plan["catalog"]["videos"]) == (5, 4)
    assert len(plan["sample"]["videos"]) == 4
    assert plan["work"]["frames"]["value"] == pytest.approx(2 + 4 + 6)
    assert plan["work"]["failures"]["value"] == pytest.approx(1)
    kinds = [one["machine"] for one in plan["workers"]]
    assert kinds == ["this machine", "cpus", "gpu"]
    assert json.loads((out / "plan.json").read_text())["plan"] == plan
    assert not (out / "attempts").exists()

    done = run(*words)
    assert done.exit_code == 0, done.output
    beside = done.stdout.partition("Planned and measured")[2]
    (broken,) = [line for line in beside.splitlines() if "broken" in line]
    assert broken.split()[2] == "1"
    assert "core-hours" in beside
    (report,) = [
        json.loads(path.read_text())["report"]
        for path in (out / "runs").glob("*.json")
        if path.name.count(".") == 1
    ]
    assert 0 < report["cpu_seconds"] < 60 * report["seconds"]


def test_a_plan_of_another_catalog_is_not_set_beside_a_run(
    run, bundle, catalog, tmp_path
):
    other, out = tmp_path / "other.jsonl", tmp_path / "out"
    video = str(catalog.parent / "0.mp4")
    other.write_text(json.dumps({"id": "a", "path": video}) + "\n")
    words = ("--bundle", bundle, "--out", out)
    assert run("backfill", other, *words, "--plan").exit_code == 0
    done = run("backfill", catalog, *words)
    assert done.exit_code == 0, done.output
    assert "Planned" not in done.stdout


@pytest.mark.parametrize(
    "wish",
    [
        (("--within-hours", 0), "`within_hours` must be positive"),
        (("--rates", "none.toml"), "none.toml"),
    ],
)
def test_wrong_wishes_are_refused(run, bundle, catalog, tmp_path, wish):
    options, message = wish
    words = ("backfill", catalog, "--bundle", bundle, "--out", tmp_path, "--plan")
    refused = run(*words, *options)
    assert refused.exit_code == 1
    assert message in str(refused.exception)
