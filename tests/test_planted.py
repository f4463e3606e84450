"""Plants with a known answer, in a network whose logits are known."""

import json
from dataclasses import replace

import numpy as np
import pytest
from feature_stores import HEADER, WIDTH
from small_bundles import write_bundle

from vidcat.inference.bundle import Bundle
from vidcat.inference.catalog import read_catalog
from vidcat.inference.decisions import Calibrator
from vidcat.inference.feature_store.frame_features import FrameFeatures, quantise
from vidcat.inference.feature_store.writer import FeatureWriter
from vidcat.inference.features import FeatureStore
from vidcat.inference.results import EvidenceSpan
from vidcat.inference.video import Video
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.faithfulness.check import NothingToCheck, check_faithfulness
from vidcat.training.faithfulness.intervals import mean_interval
from vidcat.training.faithfulness.planted import PlantFinds, interval_iou
from vidcat.training.faithfulness.planting import NothingToPlant, draw_plants, plant

SPORTS, TENNIS, MUSIC = "483", "539", "338"
LABELS = LabelSet(taxonomy_version="3.1", ids=(TENNIS, MUSIC), visual=(True, True))


def features(video_id, values, column=0):
    frames = np.zeros((len(values), WIDTH))
    frames[:, column] = values
    return FrameFeatures(
        id=video_id,
        values=quantise(frames),
        times_seconds=np.arange(len(values), dtype=np.float32),
        duration_seconds=float(len(values)),
    )


def test_ten_seconds_are_spliced_in_where_they_are_said_to_be():
    host = features("host", np.zeros(30))
    donor = features("donor", np.arange(20) / 10)
    made = plant(Video(id="host"), host, donor, MUSIC, at_seconds=7.5, from_seconds=4.0)
    assert (made.start_seconds, made.end_seconds) == (7.5, 17.5)
    assert made.duration_seconds == 40.0
    assert len(made.frames) == 40
    # Host frames 0 to 7, donor frames 4 to 13, host frames 8 to 29 ten seconds on.
    assert made.times_seconds[:8].tolist() == list(range(8))
    assert made.times_seconds[8:18].tolist() == [7.5 + n for n in range(10)]
    assert made.times_seconds[18:].tolist() == list(range(18, 40))
    shown = made.frames[:, 0]
    assert shown[8:18] == pytest.approx(np.arange(4, 14) / 10, abs=0.02)
    assert np.abs(np.delete(shown, np.s_[8:18])).max() < 0.02
    assert made.without_plant.tolist() == [True] * 8 + [False] * 10 + [True] * 22


def rows(*labels):
    return [
        Video(id=f"v{n}", labels=tuple(one), owner=f"o{n}")
        for n, one in enumerate(labels)
    ]


def draw(videos, count=40, seconds=30):
    described = {video.id: features(video.id, np.zeros(seconds)) for video in videos}
    return draw_plants(videos, described, LABELS, load_iab("3.1"), count=count)


def test_what_is_planted_is_never_true_of_the_host():
    made = draw(rows([TENNIS], [MUSIC], [], [TENNIS, MUSIC]))
    assert len(made) == 40
    found = {(one.host.id, one.donor_id, one.category_id) for one in made}
    # v3 shows both: it is no donor, and nothing is foreign to it.
    assert found == {
        ("v0", "v1", MUSIC),
        ("v1", "v0", TENNIS),
        ("v2", "v0", TENNIS),
        ("v2", "v1", MUSIC),
    }
    assert len({one.start_seconds for one in made}) == 40


def test_what_is_unknown_of_a_host_or_above_its_labels_is_not_planted():
    unknown = Video(id="u", labels=(TENNIS,), unknown_labels=(MUSIC,))
    made = draw([*rows([MUSIC], [SPORTS]), unknown])
    # Sports may well be Tennis, and Music is unknown of `u`.
    assert {(one.host.id, one.category_id) for one in made} == {
        ("v0", TENNIS),
        ("v1", MUSIC),
    }


@pytest.mark.parametrize(
    ("videos", "seconds"),
    [(rows([TENNIS], [TENNIS]), 30), (rows([TENNIS], [MUSIC]), 9)],
)
def test_where_nothing_fits_it_is_said(videos, seconds):
    with pytest.raises(NothingToPlant, match="labelled videos of that length"):
        draw(videos, seconds=seconds)


def test_iou_of_intervals():
    assert interval_iou(0, 10, 0, 10) == 1
    assert interval_iou(0, 10, 20, 30) == 0
    # 8 in common of 12.
    assert interval_iou(0, 10, 2, 12) == pytest.approx(8 / 12)


def test_chance_is_that_of_random_places():
    made = draw(rows([TENNIS], [MUSIC]), count=1, seconds=90)[0]
    made = replace(made, start_seconds=40.0, end_seconds=50.0)
    finds = PlantFinds()
    span = EvidenceSpan(
        start_seconds=41.0, end_seconds=51.0, weight=1.0, best_seconds=45.0
    )
    finds.add(made, [span], np.random.default_rng(0))
    finds.add(made, [], np.random.default_rng(0))
    assert finds.iou == [pytest.approx(9 / 11), 0.0]
    # Within 10/3 s of the true place on either side, of 90 s of room.
    assert finds.chance == [pytest.approx(2 * 10 / 3 / 90, abs=0.05), 0.0]
    assert finds.found.mean == 0.5


def test_an_interval_of_means_draws_groups():
    found = mean_interval([1.0, 1.0, 0.0, 0.0], np.array([0, 0, 1, 1]))
    # Two groups: half of the draws are one of both, a quarter each is one alone.
    assert (found.mean, found.low, found.high) == (0.5, 0.0, 1.0)


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """Hosts show Tennis in feature 0, donors Music in feature 1, both plainly."""
    folder = tmp_path_factory.mktemp("planted")
    kernel = np.zeros((WIDTH, 2), np.float32)
    # Ten of seventy frames of 1.9 give 0.27, times 10: a probability of 0.94.
    kernel[0, 0] = kernel[1, 1] = 10.0
    write_bundle(
        folder / "bundle",
        LABELS.ids,
        kernel,
        Calibrator.identity(2),
        threshold=0.8,
        max_frames=100,
    )
    catalog = []
    with FeatureWriter(folder / "features", HEADER) as writer:
        for n in range(8):
            values = np.full(60, 1.9)
            # What a video shows, it shows in its first half alone.
            values[30:] = 0.0 if n % 2 == 0 else 1.9
            writer.add(features(f"v{n}", values, column=n % 2))
            label = (TENNIS, MUSIC)[n % 2]
            catalog.append({"id": f"v{n}", "owner": f"o{n // 2}", "labels": [label]})
    lines = "".join(json.dumps(row) + "\n" for row in catalog)
    (folder / "catalog.jsonl").write_text(lines)
    return folder


def test_plants_are_found_and_the_best_frames_are_those_that_count(job):
    check = check_faithfulness(
        Bundle.load(job / "bundle"),
        read_catalog(job / "catalog.jsonl"),
        FeatureStore(job / "features"),
        count=30,
    )
    assert check.videos == 8
    planted = check.planted
    assert (planted.planted, planted.said_of_host) == (30, 0)
    # Half a plant's frames are blank where it is from the end of a Tennis video.
    assert 15 <= planted.predicted <= 30
    # This network has no terms: windows alone.
    assert planted.by_method.keys() == {"windows"}
    assert planted.by_method["windows"].found.mean > 0.9
    assert planted.to_json()["methods"]["windows"]["chance"] < 0.3
    gain = check.curves.gains()["windows"]
    assert gain["deletion"].mean >= 0
    assert gain["insertion"].mean >= 0


def test_the_command_writes_figures_and_a_picture(job, run, tmp_path):
    done = run(
        *("evidence-check", job / "catalog.jsonl", "--bundle", job / "bundle"),
        *("--features", job / "features", "--videos", "12", "--all-videos"),
        *("--out", tmp_path, "--json"),
    )
    assert done.exit_code == 0, done.output
    printed = json.loads(done.stdout)
    assert printed == json.loads((tmp_path / "evidence_check.json").read_text())
    assert printed["planted"]["planted"] == 12
    assert (tmp_path / "deletion_insertion.png").read_bytes()[:4] == b"\x89PNG"


def test_a_bundle_that_says_nothing_cannot_be_checked(job):
    bundle = Bundle.load(job / "bundle")
    silent = replace(bundle.visual.thresholds, values=(np.inf,) * 2)
    with pytest.raises(NothingToCheck, match="must be said by their frames"):
        check_faithfulness(
            replace(bundle, visual=replace(bundle.visual, thresholds=silent)),
            read_catalog(job / "catalog.jsonl"),
            FeatureStore(job / "features"),
            count=4,
        )
