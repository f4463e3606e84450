"""Runs verbs of the command line from within another one."""

import shlex
from collections.abc import Iterable, Mapping
from typing import Any


def run_verb(*words: object) -> None:
    """Shows a command and runs it."""
    from vidcat.commands.main import app
    from vidcat.commands.printing.console import say

    texts = [str(word) for word in words]
    say(f"\n$ vidcat {shlex.join(texts)}")
    app(texts, standalone_mode=False)


def option_words(given: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """The words that give options the values they have; missing ones are left out.

    >>> option_words({"seed": 3, "xla": False, "labels": None}, ("seed", "xla"))
    ['--seed', '3']
    """
    words = []
    for name in names:
        value = given[name]
        option = f"--{name.replace('_', '-')}"
        if value is True:
            words.append(option)
        elif value is not None and value is not False:
            words += [option, str(value)]
    return words
