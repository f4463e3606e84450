"""Long work in stages: what was made is kept while nothing it depends on changes."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from vidcat.inference.feature_shards import replace_text

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
    ) -> None:
        """Makes what a stage makes, unless it is there and what it depends on is same.

        A stage that was stopped is not taken for done.

        Args:
            name: Of the stage.
            depends_on: Everything that decides what is made, ready for JSON.
            makes: File or folder that it leaves behind.
            make: Does the work.
        """
        text = json.dumps(depends_on, sort_keys=True, default=str)
        fingerprint = hashlib.sha256(text.encode()).hexdigest()
        is_done = makes.exists() and self._read().get(name) == fingerprint
        self._on_stage(name, not is_done)
        if is_done:
            return
        self._write(self._read() | {name: ""})
        make()
        self._write(self._read() | {name: fingerprint})

    def _read(self) -> dict[str, str]:
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

    def _write(self, record: Mapping[str, str]) -> None:
        text = json.dumps(dict(record), indent=1)
        replace_text(self._folder / _RECORD, text + "\n")
