"""Folders of other machines that are only read, each copied once."""

import os
import threading
from collections import OrderedDict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from vidcat.inference.catalogs.fields import is_url
from vidcat.inference.remote.failure import RemoteFileError
from vidcat.inference.remote.folders import FileState, copy_folder, files_of

_MOST_KEPT: Final = 4
"""Enough for a catalog's features, a text model, and a bundle that follows another."""

_State = tuple[str, tuple[tuple[str, FileState], ...]]

_copies: OrderedDict[_State, TemporaryDirectory[str]] = OrderedDict()
_lock = threading.Lock()


def local_folder(folder: str | os.PathLike[str]) -> Path:
    """A folder to read from, wherever it is.

    One of a store is copied for as long as this process runs, below the system's
    folder for temporary files (`TMPDIR`), and again only when it has changed. The four
    copies that were asked for last are kept.

    Args:
        folder: A folder of this machine, which is given as it is, or a URL.

    Returns:
        The folder on this machine; not to be written to if it is a copy.

    Raises:
        RemoteFileError: If there is no such folder, or it cannot be copied whole.
    """
    url = os.fspath(folder)
    if not is_url(url):
        return Path(folder)
    with _lock:
        files = files_of(url)
        if not files:
            raise RemoteFileError(url, "not_found", "there is no such folder")
        state = (url, tuple(files.items()))
        if state not in _copies:
            copy = TemporaryDirectory(prefix="vidcat-")
            copy_folder(url, copy.name)
            while len(_copies) >= _MOST_KEPT:
                _copies.popitem(last=False)[1].cleanup()
            _copies[state] = copy
        _copies.move_to_end(state)
        return Path(_copies[state].name)
