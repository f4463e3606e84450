"""Long work in stages: what was made is kept while nothing it depends on changes."""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from vidcat.inference.files.whole_files import replace_text

_RECORD: Final = "stages.json"


class Stages:
    """The stages of one piece of work, remembered in its folder.

    Args:
        folder: Where the work is kept; made where it is missing.
        on_stage: Called with a stage's name and whether it is done anew, before it
            begins.
    """

    def __init__(self, folder: Path, on_stage: Callable[[str, bool], None]) -> None:
        self._folder = folder
        self._on_stage = on_stage
        folder.mkdir(parents=True, exist_ok=True)

    def run(
        self,
        name: str,
        depends_on: Mapping[str, Any],
        makes: Path,
        make: Callable[[], None],
        *,
        discards: Path | None = None,
    ) -> None:
        """Makes what a stage makes, unless it is there and rests on the same.

        A stage that was stopped is not taken for done: called again with the same, it
        goes on with what lies there.

        Args:
            name: Of the stage.
            depends_on: Everything that decides what is made, ready for JSON.
            makes: File or folder that it leaves behind.
            make: Does the work.
            discards: Folder of unfinished work that is of no use to other work; it
                is removed where what the stage depends on has changed.

        Raises:
            ValueError: If the record of stages is damaged; names the file.
        """
        text = json.dumps(depends_on, sort_keys=True, default=str)
        fingerprint = hashlib.sha256(text.encode()).hexdigest()
        begun = self._read().get(name, {})
        is_same = begun.get("of") == fingerprint
        is_done = is_same and begun["done"] and makes.exists()
        self._on_stage(name, not is_done)
        if is_done:
            return
        if discards is not None and not is_same and discards.exists():
            shutil.rmtree(discards)
        self._note(name, fingerprint, done=False)
        make()
        self._note(name, fingerprint, done=True)

    def _note(self, name: str, fingerprint: str, *, done: bool) -> None:
        record = self._read() | {name: {"of": fingerprint, "done": done}}
        text = json.dumps(record, indent=1)
        replace_text(self._folder / _RECORD, text + "\n")

    def _read(self) -> dict[str, dict[str, Any]]:
        path = self._folder / _RECORD
        try:
            return dict(json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"{path}: not a record of stages ({error}); remove it, and every "
                "stage is done anew."
            ) from error
