"""What the pages say can be typed, and their links lead somewhere."""

import re
import shlex
from itertools import takewhile
from pathlib import Path

import pytest
import typer.main

from vidcat.commands.main import app

ROOT = Path(__file__).parents[1]
PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "benchmarks").glob("*.md"),
]


def commands_of(text):
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        joined = block.replace("\\\n", " ")
        for line in joined.splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] == ["vidcat"]:
                # What the shell takes: results into a file.
                yield list(takewhile(lambda word: word not in {">", ">>"}, words[1:]))


COMMANDS = [
    pytest.param(words, id=" ".join(words))
    for page in PAGES
    for words in commands_of(page.read_text())
]


def test_the_readme_shows_every_verb():
    shown = {words[0] for words in commands_of((ROOT / "README.md").read_text())}
    assert {"describe", "train", "evaluate", "classify", "taxonomy", "doctor"} <= shown
    assert {"backfill", "watch"} <= shown


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_of_the_pages_is_understood(words):
    command = typer.main.get_command(app)
    context = command.make_context("vidcat", list(words[:1]))
    _, verb, rest = command.resolve_command(context, list(words))
    assert verb is not None
    # Parsing checks options, types and required ones; nothing is run.
    parsed = verb.make_context(words[0], list(rest), parent=context)
    assert parsed.params or parsed.args or verb.name in {"doctor", "taxonomy"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_to_files(page):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text())
    missing = [name for name in targets if not (page.parent / name).exists()]
    assert missing == []
