import pytest
from reported_runs import simulated_run

from vidcat.training.measuring.measured_run import InvalidRun
from vidcat.training.measuring.stored_runs import load_runs, save_runs, sorted_runs


def small(name, **provenance):
    return simulated_run(name=name, videos=9, labels=3, failed=0, provenance=provenance)


def test_runs_lie_in_folders_named_after_them(tmp_path):
    runs = [small("NeXtVLAD"), small("average pooling"), small("nextvlad!")]
    folders = save_runs(runs, tmp_path / "report")
    assert [one.relative_to(tmp_path).as_posix() for one in folders] == [
        "report/runs/nextvlad",
        "report/runs/average-pooling",
        "report/runs/nextvlad-2",
    ]
    assert [run.name for run in load_runs(folders)] == [run.name for run in runs]


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(InvalidRun, match="no measured run is here"):
        load_runs([tmp_path])


def test_runs_go_where_a_report_shows_them():
    ours, other = small("NeXtVLAD", kind="network"), small("average", kind="comparison")
    known = small("NeXtVLAD", part="later", kind="network")
    known_other = small("average", part="later", kind="comparison")
    text, visual = (small(name, kind="source") for name in ("text", "visual"))
    stacked = small("stacked", kind="source", served=False)
    union = small("union", kind="source", served=True)
    # As a shell lists folders: by their names.
    given = [other, known_other, ours, known, stacked, text, union, visual]
    found = sorted_runs(given)
    assert found.networks == (ours, other)
    assert found.known is known
    assert found.sources == (text, visual, union, stacked)


def test_sources_alone_are_what_a_report_is_about():
    text, both = small("text", kind="source"), small("union", kind="source")
    assert sorted_runs([text, both]) == ((text, both), None, ())
