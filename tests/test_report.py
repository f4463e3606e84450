import json

import cv2
import numpy as np
import pytest

from vidcat.inference.decisions import Thresholds
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.evaluation import evaluate
from vidcat.training.report import write_report

BLUE, BROWN = (11, 83, 148), (180, 95, 6)
AXES_END = 900
"""Column at which curves may still be; names stand to the right of it."""


def run_of(name, signal, *, threshold=0.6, truth="gold", target=0.8):
    rng = np.random.default_rng(0)
    y_true = (rng.random((200, 2)) < 0.4).astype(np.int8)
    scores = np.clip(0.4 + signal * (y_true - 0.5) + rng.normal(0, 0.1, (200, 2)), 0, 1)
    thresholds = Thresholds(
        values=(threshold,) * 2,
        confident=(True, True),
        target_precision=target,
        truth=truth,
    )
    labels = LabelSet(taxonomy_version="3.1", ids=("483", "1"), visual=(True, True))
    return evaluate(
        y_true, scores, thresholds, labels, load_iab(), name=name, truth=truth
    )


def pixels_of(picture, colour):
    """Positions (row, column) of the pixels of a colour, softened edges included."""
    image = cv2.cvtColor(cv2.imread(str(picture)), cv2.COLOR_BGR2RGB).astype(int)
    return np.argwhere(abs(image - colour).max(axis=-1) < 60)


def test_figures_of_all_runs_are_in_the_json(tmp_path):
    runs = [run_of("ours", 0.4), run_of("baseline", 0.2)]
    paths = write_report(runs, tmp_path / "new" / "folder")
    read = json.loads(paths["json"].read_text())["runs"]
    assert [one["name"] for one in read] == ["ours", "baseline"]
    for one, run in zip(read, runs, strict=True):
        assert one == json.loads(json.dumps(run.to_json()))
        assert one["operating_point"]["coverage"] == run.operating_point.coverage


def test_more_runs_than_can_be_named_are_in_the_json_only(tmp_path):
    run, other = run_of("ours", 0.4), run_of("other", 0.1)
    six = write_report([run] + [other] * 5, tmp_path / "six")
    nine = write_report([run] + [other] * 5 + [run] * 3, tmp_path / "nine")
    assert len(json.loads(nine["json"].read_text())["runs"]) == 9
    pictures = [cv2.imread(str(paths["picture"])) for paths in (six, nine)]
    assert np.array_equal(*pictures)


def test_json_holds_no_nan(tmp_path):
    paths = write_report([run_of("abstains", 0.4, threshold=np.inf)], tmp_path)
    point = json.loads(paths["json"].read_text())["runs"][0]["operating_point"]
    assert (point["precision"], point["coverage"]) == (None, 0.0)
    assert "NaN" not in paths["json"].read_text()


def test_the_first_run_is_solid_and_the_second_dashed(tmp_path):
    paths = write_report([run_of("ours", 0.4), run_of("other", 0.1)], tmp_path)
    assert paths["picture"].read_bytes().startswith(b"\x89PNG")

    def filled(colour):
        """Share of the columns that the curve crosses in which it is drawn."""
        columns = np.unique(pixels_of(paths["picture"], colour)[:, 1])
        inside = columns[columns < AXES_END]
        return len(inside) / (inside[-1] - inside[0] + 1)

    assert filled(BLUE) > 0.93
    assert filled(BROWN) < 0.85


def test_a_better_run_is_drawn_above(tmp_path):
    paths = write_report([run_of("ours", 0.4), run_of("other", 0.1)], tmp_path)

    def mean_row(colour):
        found = pixels_of(paths["picture"], colour)
        return found[found[:, 1] < AXES_END, 0].mean()

    assert mean_row(BLUE) < mean_row(BROWN)


def test_runs_against_other_truth_are_not_overlaid(tmp_path):
    runs = [run_of("a", 0.4), run_of("b", 0.4, truth="pseudo")]
    with pytest.raises(ValueError, match=r"one `truth` .* a: gold, b: pseudo$"):
        write_report(runs, tmp_path)
    runs = [run_of("a", 0.4), run_of("b", 0.4, target=0.9)]
    with pytest.raises(ValueError, match=r"`target_precision` .* a: 0.8, b: 0.9$"):
        write_report(runs, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_report_needs_a_run(tmp_path):
    with pytest.raises(ValueError, match=r"Received: runs=\[\]"):
        write_report([], tmp_path)


def test_an_earlier_report_stays_until_the_new_one_is_whole(tmp_path, monkeypatch):
    paths = write_report([run_of("old", 0.4)], tmp_path)
    before = {path: path.read_bytes() for path in paths.values()}

    def cut_off(self, file, **_):
        if hasattr(file, "write"):
            file.write(b"half")
        else:
            file.write_bytes(b"half")
        raise OSError("killed")

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", cut_off)
    with pytest.raises(OSError, match="killed"):
        write_report([run_of("new", 0.4)], tmp_path)
    assert paths["picture"].read_bytes() == before[paths["picture"]]
    assert json.loads(paths["json"].read_text())["runs"][0]["name"] == "new"
