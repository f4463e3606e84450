import pytest

from vidcat.training.teaching.stages import Stages


class Kitchen:
    """Counts what was made, and what was said about it."""

    def __init__(self, folder):
        self.folder = folder
        self.made = 0
        self.said = []

    def soup(self, fails=False, **depends_on):
        stages = Stages(self.folder, lambda name, anew: self.said.append((name, anew)))
        target = self.folder / "soup"

        def make():
            if fails:
                raise KeyboardInterrupt
            self.made += 1
            target.write_text(str(depends_on))

        stages.run("soup", depends_on, target, make, discards=self.folder / "broth")


@pytest.fixture
def kitchen(tmp_path):
    return Kitchen(tmp_path / "work")


def test_what_is_made_is_kept_while_nothing_changes(kitchen):
    kitchen.soup(salt=1, herbs=["dill"])
    kitchen.soup(herbs=["dill"], salt=1)
    assert kitchen.made == 1
    assert kitchen.said == [("soup", True), ("soup", False)]


def test_a_change_makes_it_anew(kitchen):
    kitchen.soup(salt=1)
    kitchen.soup(salt=2)
    kitchen.soup(salt=1)
    assert kitchen.made == 3


def test_what_has_gone_is_made_anew(kitchen):
    kitchen.soup(salt=1)
    (kitchen.folder / "soup").unlink()
    kitchen.soup(salt=1)
    assert kitchen.made == 2


def test_a_stopped_stage_is_not_taken_for_done(kitchen):
    kitchen.soup(salt=1)
    with pytest.raises(KeyboardInterrupt):
        kitchen.soup(salt=2, fails=True)
    # What lies there is of either salt, who knows.
    kitchen.soup(salt=1)
    assert kitchen.made == 2


@pytest.mark.parametrize(("salt", "is_kept"), [(1, True), (2, False)])
def test_unfinished_work_is_gone_on_with_while_nothing_changes(kitchen, salt, is_kept):
    with pytest.raises(KeyboardInterrupt):
        kitchen.soup(salt=1, fails=True)
    (kitchen.folder / "broth").mkdir()
    kitchen.soup(salt=salt)
    assert (kitchen.folder / "broth").exists() == is_kept


def test_a_damaged_record_says_what_to_do(kitchen):
    kitchen.soup(salt=1)
    record = kitchen.folder / "stages.json"
    record.write_text("[1")
    with pytest.raises(ValueError, match=r"stages\.json: not a record of stages"):
        kitchen.soup(salt=1)
