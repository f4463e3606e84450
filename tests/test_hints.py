import json

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.testing.util import assert_that, equal_to
from served_bundles import AS_OF, write_mixed_catalog, write_served_bundle

from vidcat.inference.backfill.run import run_backfill
from vidcat.inference.backfill.runners import Runner
from vidcat.inference.pipeline.backfilling import Choice
from vidcat.inference.pipeline.hints import Hints
from vidcat.inference.pipeline.serving import Serving

L4 = "type:nvidia-l4;count:1;machine_type:g2-standard-16;install-nvidia-driver"
APART = Hints(decode_apart=True, accelerator=L4, min_ram="2 GiB")


def two_steps(pipeline, hints):
    videos = pipeline | beam.Create([1, 2, 3])
    frames = videos | hints.decoding("Decode" >> beam.Map(lambda video: [video] * 2))
    return hints.parted(frames) | hints.describing("Describe" >> beam.Map(sum))


def hints_of(hints):
    """The resource hints of each step, in Beam's portable form."""
    pipeline = beam.Pipeline(options=PipelineOptions([]))
    two_steps(pipeline, hints)
    parts = pipeline.to_runner_api().components
    return {
        step.unique_name: dict(parts.environments[step.environment_id].resource_hints)
        for step in parts.transforms.values()
        if step.environment_id
    }


def test_by_default_no_step_has_a_hint_and_frames_stay_where_they_are():
    # A single hint would switch right fitting on, beside the service option.
    found = hints_of(Hints())
    assert {"Decode", "Describe"} <= found.keys()
    assert set(map(len, found.values())) == {0}
    assert not any("FromDecoding" in name for name in found)


def test_apart_each_step_asks_for_its_own_machine():
    found = hints_of(APART)
    # 2 GiB are 2 x 2^30 = 2147483648 bytes.
    assert found["Decode"] == {"beam:resources:min_ram_bytes:v1": b"2147483648"}
    assert found["Describe"] == {"beam:resources:accelerator:v1": L4.encode()}


def test_apart_the_frames_are_stored_in_between():
    # Without, Dataflow may run both steps on the machine with the GPU.
    assert any(name.startswith("FromDecodingToDescribing/") for name in hints_of(APART))


def test_without_a_need_for_memory_decoding_has_no_hint():
    found = hints_of(Hints(decode_apart=True, accelerator=L4))
    assert found["Decode"] == {}
    assert found["Describe"] != {}


@pytest.mark.parametrize("hints", [Hints(), APART], ids=["together", "apart"])
def test_results_are_the_same(hints):
    with beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner"])) as pipeline:
        assert_that(two_steps(pipeline, hints), equal_to([2, 4, 6]))


def test_frames_that_cross_to_other_machines_get_the_same_categories(
    tmp_path, small_encoder
):
    bundle = write_served_bundle(tmp_path / "bundle", small_encoder)
    catalog = write_mixed_catalog(tmp_path)
    serving = Serving(bundle=str(bundle), as_of=AS_OF)
    found = {}
    for name, hints in {"together": None, "apart": APART}.items():
        out = tmp_path / name
        run_backfill(
            str(catalog),
            str(out),
            serving,
            runner=Runner(hints=hints),
            choice=Choice(ignore_unknown=True),
        )
        lines = (out / "results-00000-of-00001.jsonl").read_text().splitlines()
        found[name] = sorted(lines)
    # Six clips and five rows of other kinds; some of them have categories of frames.
    assert len(found["together"]) == 11
    assert any(
        "visual" in category["sources"]
        for line in found["together"]
        for category in json.loads(line)["categories"]
    )
    assert found["apart"] == found["together"]


def test_apart_needs_something_to_be_apart_from():
    with pytest.raises(ValueError, match="Received: accelerator=None"):
        Hints(decode_apart=True)


@pytest.mark.parametrize("given", [{"accelerator": L4}, {"min_ram": "16GB"}])
def test_a_hint_that_would_go_nowhere_is_refused(given):
    with pytest.raises(ValueError, match="decode_apart=False") as caught:
        Hints(**given)
    ((name, value),) = given.items()
    assert f"{name}={value!r}" in str(caught.value)
