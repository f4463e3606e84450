"""From a catalog of videos to categories, by the commands, on real files."""

import json
import shutil
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace

import jsonschema
import numpy as np
import pytest

from vidcat.inference.bundle import Bundle, InvalidBundle
from vidcat.inference.catalog import read_catalog
from vidcat.inference.categorizer import Categorizer
from vidcat.inference.feature_space import FeatureSpaceMismatch
from vidcat.inference.features import FeatureStore
from vidcat.inference.frames import FrameSampler
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.inference.video import Video
from vidcat.training.measuring.assessment import NothingToMeasure
from vidcat.training.measuring.scoring import score_videos
from vidcat.training.splits import SplitError

NUMBER = {"type": "number"}
RESULT = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        *("id", "key", "status", "parts", "reason", "categories", "taxonomy"),
    ],
    "properties": {
        "id": {"type": "string"},
        "key": {
            "type": "object",
            "additionalProperties": False,
            "required": ["source_version", "content_sha256", "bundle"],
            "properties": {
                "source_version": {"type": ["string", "null"]},
                "content_sha256": {"type": ["string", "null"]},
                "bundle": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            },
        },
        "status": {"enum": ["ok", "no_category", "decode_error", "timeout"]},
        "parts": {
            "type": "object",
            "additionalProperties": False,
            "required": ["text", "visual"],
            "properties": {
                "text": {"const": "no_model"},
                "visual": {"enum": ["ok", "out_of_scope", "decode_error", "timeout"]},
            },
        },
        "reason": {"type": ["string", "null"]},
        "taxonomy": {"const": "3.1"},
        "categories": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": [
                    *("id", "name", "path", "score", "confident", "sources"),
                    *("evidence", "evidence_reason"),
                ],
                "properties": {
                    "id": {"type": "string"},
                    "name": {"type": "string"},
                    "path": {"type": "array", "items": {"type": "string"}},
                    "score": {"type": "number", "minimum": 0, "maximum": 1},
                    "confident": {"type": "boolean"},
                    "sources": {"const": ["visual"]},
                    "evidence": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": [
                                *("start_seconds", "end_seconds", "weight"),
                                "best_seconds",
                            ],
                            "properties": {
                                "start_seconds": NUMBER,
                                "end_seconds": NUMBER,
                                "weight": NUMBER,
                                "best_seconds": NUMBER,
                            },
                        },
                    },
                    "evidence_reason": {"type": ["string", "null"]},
                },
            },
        },
    },
}


@pytest.fixture(scope="module")
def results(main_job, run):
    """The new clips' results, as JSON lines of the command."""
    done = run(
        *("classify", main_job.new_clips / "catalog.jsonl"),
        *("--bundle", main_job.bundle, "--json"),
    )
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_row_is_described_or_counted(main_job):
    counts = main_job.described
    assert counts["done"] == 90
    assert counts["failed"] == {"empty_file": 1, "not_a_video": 2}
    assert len(FeatureStore(main_job.features)) == 90


def test_describing_again_does_nothing(main_job, run, small_encoder):
    again = run(
        *("describe", main_job.catalog, "--out", main_job.features, "--json"),
        *("--fit-projection", "--encoder", small_encoder),
    )
    counts = json.loads(again.stdout)
    assert (counts["done"], counts["already_done"]) == (0, 90)


def test_training_reports_the_baseline_and_metadata_beside_ours(main_job):
    names = [run["name"] for run in main_job.trained["new_channels"]]
    assert names == ["NeXtVLAD", "average pooling", "no metadata"]
    for figures in main_job.trained["new_channels"]:
        assert figures["truth"] == "gold"
        assert 0 <= figures["operating_point"]["coverage"] <= 1
    report = main_job.bundle / "report"
    assert (report / "precision_coverage.png").read_bytes()[:4] == b"\x89PNG"
    assert json.loads((report / "evaluation.json").read_text())["runs"]
    page = json.loads((report / "report.json").read_text())
    names = [one["name"] for one in page["runs"]]
    assert names == ["NeXtVLAD", "average pooling", "no metadata"]
    assert any(one["pictures"] for one in page["examples"])
    assert {"commit", "created_at"} <= page["provenance"]["trained"].keys()
    assert "<title>NeXtVLAD: coverage" in (report / "report.html").read_text("utf-8")


def test_evaluate_prints_what_training_printed(main_job, run):
    done = run(
        *("evaluate", main_job.catalog, "--bundle", main_job.bundle, "--json"),
        *("--features", main_job.features, "--out", main_job.folder / "again"),
    )
    assert json.loads(done.stdout) == main_job.trained


def test_results_have_the_promised_form(results):
    assert len(results) == 10
    for result in results:
        jsonschema.validate(result, RESULT)
        assert (result["status"] == "ok") == bool(result["categories"])
    chosen = [category for result in results for category in result["categories"]]
    assert chosen
    for category in chosen:
        assert category["name"] == category["path"][-1]
        weights = [span["weight"] for span in category["evidence"]]
        assert not weights or sum(weights) == pytest.approx(1)
        assert (category["evidence_reason"] is None) == bool(weights)


def test_evidence_is_written_as_captions_and_pictures(main_job, run, tmp_path):
    done = run(
        *("classify", main_job.new_clips / "catalog.jsonl", "--json"),
        *("--bundle", main_job.bundle, "--evidence-out", tmp_path / "seconds"),
        *("--evidence-method", "attribution"),
    )
    assert done.exit_code == 0, done.output
    found = [json.loads(line) for line in done.stdout.splitlines()]
    pictures = {
        f"{result['id']}-{category['id']}.jpg"
        for result in found
        for category in result["categories"]
        if category["evidence"]
    }
    captions = {f"{result['id']}.vtt" for result in found}
    names = {path.name for path in (tmp_path / "seconds").iterdir()}
    assert names == captions | pictures


def test_parents_are_given_with_their_children(results, main_job):
    taxonomy = Bundle.load(main_job.bundle).taxonomy
    for result in results:
        scores = {each["id"]: each["score"] for each in result["categories"]}
        for category_id, score in scores.items():
            for above in taxonomy.ancestors(category_id):
                assert scores[above] >= score


def test_a_video_alone_has_the_same_categories_as_among_others(main_job):
    categorizer = Categorizer.load(main_job.bundle)
    rows = read_catalog(main_job.new_clips / "catalog.jsonl")
    among = list(categorizer.categorize_many(rows))
    assert [result.id for result in among] == [row.id for row in rows]
    assert [categorizer.categorize(row) for row in rows[:3]] == among[:3]


def test_serving_scores_a_video_as_training_measured_it(main_job):
    # The catalog's row has no duration here: both take it from the file.
    row = replace(read_catalog(main_job.catalog)[0], duration_seconds=None)
    bundle = Bundle.load(main_job.bundle)
    store = FeatureStore(main_job.features)
    as_of = datetime.fromisoformat(bundle.provenance["as_of"])
    measured = bundle.visual.probabilities(
        score_videos(
            bundle.visual,
            [row.lasting(store.duration_seconds(row.id))],
            store,
            as_of=as_of,
        )
    )
    everything = replace(
        bundle.visual.thresholds, values=(0.0,) * len(bundle.visual.thresholds.values)
    )
    lenient = replace(bundle, visual=replace(bundle.visual, thresholds=everything))
    sampler = FrameSampler(size=bundle.space.input_size, sampling=bundle.sampling)
    served = Categorizer(lenient, bundle.encoder.load(), sampler, as_of=as_of)
    scores = {each.id: each.score for each in served.categorize(row).categories}
    leaves = [
        label
        for label in bundle.label_set.ids
        if not set(bundle.taxonomy.descendants(label)) & set(bundle.label_set.ids)
    ]
    assert len(leaves) > 3
    for label in leaves:
        at = bundle.label_set.index(label)
        assert scores[label] == pytest.approx(measured[0, at], abs=6e-5)


def test_an_encoder_that_fails_costs_one_video(main_job):
    bundle = Bundle.load(main_job.bundle)
    encoder = bundle.encoder.load()
    describe, calls = encoder.describe, []

    def fail_once(frames):
        calls.append(len(frames))
        if len(calls) == 1:
            raise MemoryError("the device is full")
        return describe(frames)

    encoder.describe = fail_once
    sampler = FrameSampler(size=bundle.space.input_size, sampling=bundle.sampling)
    rows = read_catalog(main_job.new_clips / "catalog.jsonl")
    done = list(Categorizer(bundle, encoder, sampler).categorize_many(rows))
    assert [result.id for result in done] == [row.id for row in rows]
    failed = [result for result in done if result.status == "model_error"]
    assert [result.id for result in failed] == [rows[0].id]
    assert failed[0].reason.endswith("MemoryError: the device is full")
    assert failed[0].parts["visual"] == "error"


def test_an_error_of_the_catalog_is_not_blamed_on_a_video(main_job):
    rows = read_catalog(main_job.new_clips / "catalog.jsonl")

    def torn():
        yield from rows[:2]
        raise RuntimeError("the catalog is torn")

    with pytest.raises(RuntimeError, match="the catalog is torn"):
        list(Categorizer.load(main_job.bundle).categorize_many(torn()))


def test_a_path_that_no_file_can_have_is_one_result(main_job):
    clip = main_job.new_clips / "new-00.mp4"
    done = list(Categorizer.load(main_job.bundle).categorize_many(["x" * 300, clip]))
    assert done[0].status == "decode_error"
    assert "unreadable" in done[0].reason
    assert done[1].parts["visual"] == "ok"


def test_measuring_on_what_was_trained_on_is_refused(main_job, run):
    done = run(
        *("evaluate", main_job.catalog, "--bundle", main_job.bundle),
        *("--features", main_job.features, "--all-videos"),
    )
    assert isinstance(done.exception, NothingToMeasure)
    assert "would look too good" in str(done.exception)


def test_training_anew_leaves_nothing_of_the_old_bundle(main_job, run, tmp_path):
    bundle = tmp_path / "bundle"
    command = (
        *("train", main_job.catalog, "--features", main_job.features),
        *("--out", bundle, "--preset", "small", "--epochs", "1"),
        *("--min-seconds", "1", "--max-seconds", "60"),
        *("--target-precision", "0.5", "--assurance", "0.5"),
    )
    (bundle / "comparisons" / "old").mkdir(parents=True)
    (bundle / "comparisons" / "old" / "values.json").write_text("{}")
    # As a killed writing of a bundle leaves it.
    (bundle / "bundle.json").touch()
    first = run(*command, "--no-comparisons", "--json")
    assert first.exit_code == 0, first.output
    names = [one["name"] for one in json.loads(first.stdout)["new_channels"]]
    assert names == ["NeXtVLAD"]
    before = Bundle.load(bundle).content_hash
    again = run(*command, "--no-comparisons", "--json")
    assert again.stdout == first.stdout
    assert Bundle.load(bundle).content_hash == before


def test_another_split_than_the_projections_is_refused(main_job, run, tmp_path):
    done = run(
        *("train", main_job.catalog, "--features", main_job.features),
        *("--out", tmp_path, "--split-by", "id"),
    )
    assert isinstance(done.exception, SplitError)
    assert "Use --split-by auto" in str(done.exception)


def test_files_and_broken_files_end_in_one_result_each(main_job, run, tmp_path):
    torn = tmp_path / "torn.mp4"
    torn.write_bytes(b"not a video at all")
    clip = main_job.new_clips / "new-00.mp4"
    done = run("classify", clip, torn, tmp_path / "no.mp4", "--bundle", main_job.bundle,
               "--json")  # fmt: skip
    assert done.exit_code == 0, done.output
    first, second, third = (json.loads(line) for line in done.stdout.splitlines())
    assert first["parts"]["visual"] == "ok"
    assert first["key"]["source_version"].startswith(f"{clip.stat().st_size}-")
    assert (second["status"], third["status"]) == ("decode_error", "decode_error")
    assert "not_a_video" in second["reason"]
    assert "torn.mp4" in second["reason"]
    assert "not_found" in third["reason"]


def test_scope_marks_and_enforced_leaves_out(main_job):
    long = Video(
        id="long", path=str(main_job.new_clips / "new-00.mp4"), duration_seconds=90.0
    )
    marked = Categorizer.load(main_job.bundle).categorize(long)
    assert marked.parts["visual"] == "out_of_scope"
    assert marked.reason == "duration 90.0 s is outside the scope of 1 to 60 s"
    enforced = Categorizer.load(main_job.bundle, enforce_scope=True).categorize(long)
    assert enforced.categories == ()
    assert enforced.status == "no_category"


def test_another_sampling_is_refused_until_it_was_measured(
    main_job, run, small_encoder, tmp_path
):
    bundle = tmp_path / "bundle"
    shutil.copytree(main_job.bundle, bundle)
    clip = main_job.new_clips / "new-00.mp4"
    keyframes = ("--sampling", "keyframes")
    refused = run("classify", clip, "--bundle", bundle, *keyframes)
    assert refused.exit_code == 1
    assert "has not been measured on keyframes" in str(refused.exception)
    other = tmp_path / "features"
    described = run(
        *("describe", main_job.catalog, "--out", other, *keyframes),
        *("--projection", main_job.features, "--encoder", small_encoder),
    )
    assert described.exit_code == 0, described.output
    measured = run(
        *("evaluate", main_job.catalog, "--bundle", bundle, "--features", other),
        *keyframes,
    )
    assert measured.exit_code == 0, measured.output
    kept = json.loads((bundle / "accepted_sampling.json").read_text())
    assert kept[0]["sampling"]["rule"] == "keyframes"
    assert set(kept[0]["measured"]["loss"]) >= {"gap", "coverage"}
    accepted = run("classify", clip, "--bundle", bundle, *keyframes)
    assert accepted.exit_code == 0, accepted.output


def test_features_of_another_space_are_refused(main_job, run, small_encoder, tmp_path):
    other = tmp_path / "features"
    run("describe", main_job.new_clips, "--out", other, "--fit-projection",
        "--encoder", small_encoder)  # fmt: skip
    done = run("evaluate", main_job.catalog, "--bundle", main_job.bundle,
               "--features", other)  # fmt: skip
    assert isinstance(done.exception, FeatureSpaceMismatch)
    assert "`projection_sha256`" in str(done.exception)


def test_a_changed_bundle_is_refused(main_job, tmp_path):
    bundle = tmp_path / "bundle"
    shutil.copytree(main_job.bundle, bundle)
    with (bundle / "labels.tsv").open("a") as file:
        file.write("\n")
    with pytest.raises(InvalidBundle, match=r"labels\.tsv: is missing or not as train"):
        Bundle.load(bundle)


def test_a_folder_without_a_bundle_says_how_to_make_one(tmp_path):
    with pytest.raises(InvalidBundle, match="`vidcat train` makes one"):
        Bundle.load(tmp_path)


def test_people_get_a_table(main_job, run):
    done = run(
        "classify", main_job.new_clips / "catalog.jsonl", "--bundle", main_job.bundle
    )
    assert done.exit_code == 0, done.output
    assert "new-00" in done.stdout
    assert "category" in done.stdout
    assert "10 videos:" in done.stderr


@pytest.fixture(scope="module")
def both_job(main_job, run):
    """A text model of the same catalog, and a bundle in which it speaks as well."""
    text, bundle = main_job.folder / "text", main_job.folder / "both"
    learned = run(
        *("text", "train", main_job.catalog, "--out", text),
        *("--kind", "bag-of-words", "--min-examples", "3"),
        *("--target-precision", "0.5", "--assurance", "0.5"),
    )
    assert learned.exit_code == 0, learned.output
    trained = run(
        *("train", main_job.catalog, "--features", main_job.features),
        *("--out", bundle, "--preset", "small", "--epochs", "2"),
        *("--min-examples", "3", "--min-seconds", "1", "--max-seconds", "60"),
        *("--target-precision", "0.5", "--assurance", "0.5"),
        *("--no-comparisons", "--json"),
        *("--text", text, "--thresholds", "separate"),
    )
    assert trained.exit_code == 0, trained.output
    return SimpleNamespace(text=text, bundle=bundle, told=trained.stderr)


def test_text_speaks_in_a_bundle_that_was_trained_with_it(both_job, main_job, run):
    assert "Text and frames are put together by `separate`" in both_job.told
    bundle = Bundle.load(both_job.bundle)
    alone = TextCategorizer.load(both_job.text)
    assert bundle.text.content_hash == alone.content_hash
    at = [bundle.merge.label_set.index(label) for label in alone.label_set.ids]
    kept = np.array(bundle.merge.text.values)[at]
    np.testing.assert_array_equal(kept, alone.thresholds.values)
    done = run(
        *("classify", main_job.new_clips / "catalog.jsonl"),
        *("--bundle", both_job.bundle, "--json"),
    )
    assert done.exit_code == 0, done.output
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(results) == 10
    assert {one["parts"]["text"] for one in results} <= {"ok", "no_text", "no_model"}
    sources = [one["sources"] for result in results for one in result["categories"]]
    assert sources
    assert all(one in (["text"], ["visual"], ["text", "visual"]) for one in sources)


def test_the_merge_is_measured_on_the_test_part(both_job, main_job, run):
    done = run(
        *("merge", "evaluate", main_job.catalog, "--bundle", both_job.bundle),
        *("--features", main_job.features, "--json"),
    )
    assert done.exit_code == 0, done.output
    measured = json.loads(done.stdout)
    assert (measured["served"], measured["truth"]) == ("separate", "gold")
    names = [one["name"] for one in measured["every"]["runs"]]
    assert names == ["text", "visual", "separate", "union", "noisy-or", "stacked"]
    assert (both_job.bundle / "report" / "merge.png").exists()


def test_a_text_model_of_another_split_is_refused(both_job, main_job, run, tmp_path):
    done = run(
        *("text", "train", main_job.catalog, "--out", tmp_path / "text"),
        *("--kind", "bag-of-words", "--min-examples", "3", "--split-by", "id"),
    )
    assert done.exit_code == 0, done.output
    refused = run(
        *("train", main_job.catalog, "--features", main_job.features),
        *("--out", tmp_path / "bundle", "--min-examples", "3"),
        *("--min-seconds", "1", "--max-seconds", "60", "--text", tmp_path / "text"),
    )
    assert isinstance(refused.exception, SplitError)
    assert "text would be measured on what it learned" in str(refused.exception)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--merge", "union"), "name it with --text"),
        (("--thresholds", "separate"), "name it with --text"),
        (
            ("--thresholds", "separate", "--merge", "stacked", "--text", "text"),
            "--thresholds separate is the same as --merge separate",
        ),
    ],
)
def test_options_that_contradict_each_other_are_wrong_usage(
    main_job, run, options, told
):
    done = run(
        *("train", main_job.catalog, "--features", main_job.features),
        *("--out", main_job.folder / "none", *options),
    )
    assert done.exit_code == 2
    assert told in " ".join(done.stderr.replace("│", " ").split())
