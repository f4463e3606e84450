import subprocess
from datetime import datetime

import pytest

from vidcat.training.provenance import code_commit, commit_of, made_by


def git(folder, *words):
    settings = ("-c", "user.name=a", "-c", "user.email=a@b.example")
    done = subprocess.run(
        ["git", "-C", folder, *settings, *words],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@pytest.fixture
def source_tree(tmp_path):
    git(tmp_path, "init", "--quiet")
    (tmp_path / "a.txt").write_text("a")
    git(tmp_path, "add", "a.txt")
    git(tmp_path, "commit", "--quiet", "-m", "First")
    return tmp_path


def address_of(folder):
    return {"url": folder.as_uri(), "dir_info": {"editable": True}}


def test_the_commit_of_a_source_tree_is_its_head(source_tree):
    head = git(source_tree, "rev-parse", "HEAD")
    assert len(head) == 40
    assert commit_of(address_of(source_tree)) == head


def test_changes_of_the_tree_are_told(source_tree):
    (source_tree / "a.txt").write_text("b")
    head = git(source_tree, "rev-parse", "HEAD")
    assert commit_of(address_of(source_tree)) == f"{head}-dirty"


def test_the_commit_that_an_installation_noted_goes_before():
    noted = {"url": "https://example.org/vidcat.git", "vcs_info": {"commit_id": "f00d"}}
    assert commit_of(noted) == "f00d"


def test_no_commit_is_made_up(tmp_path, source_tree):
    below = source_tree / "below"
    below.mkdir()
    # A folder within somebody's repository is not that repository.
    for found in (below, tmp_path / "missing"):
        assert commit_of(address_of(found)) is None
    assert commit_of({"url": "https://example.org/vidcat-1.whl"}) is None


def test_what_is_made_says_by_what_and_when():
    made = made_by()
    assert datetime.fromisoformat(made["at"]).tzinfo is not None
    assert made["vidcat"]
    assert made["commit"] == code_commit()
