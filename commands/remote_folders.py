"""Options that name folders of this machine or of others, for the verbs that can."""

import functools
from collections.abc import Callable, Collection
from contextlib import ExitStack
from pathlib import Path
from typing import Any


def folder(text: str) -> Path | str:
    """Reads the text of an option; a URL stays text, whose slashes a path loses."""
    from vidcat.inference.catalogs.fields import is_url

    return text if is_url(text) else Path(text)


def with_local_folders(
    *, read: Collection[str] = (), written: Collection[str] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Lets options of a verb name folders in a store, such as `gs://bucket/folder`.

    The verb gets paths of this machine. These options have `folder` as their parser.

    Args:
        read: Options whose folders are only read.
        written: Options whose folders are written to: what the verb has changed is
            copied to the store when it ends, also by an error.
    """

    def decorate(verb: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(verb)
        def run(**given: Any) -> None:
            with ExitStack() as stack:
                for name in (*read, *written):
                    if isinstance(place := given[name], str):
                        given[name] = _on_this_machine(place, name in written, stack)
                if "context" in given:
                    given["context"].params.update(given)
                verb(**given)

        return run

    return decorate


def _on_this_machine(url: str, is_written: bool, stack: ExitStack) -> Path:
    from vidcat.commands.printing.console import say
    from vidcat.inference.remote.folders import working_copy
    from vidcat.inference.remote.local_folder import local_folder

    if not is_written:
        say(f"Copying {url} to this machine.")
        return local_folder(url)
    stack.callback(lambda: say(f"Copied to {url}."))
    copy = stack.enter_context(working_copy(url))
    stack.callback(lambda: say(f"Copying what has changed to {url}."))
    return copy
