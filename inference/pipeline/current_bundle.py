"""`CurrentBundle`: which bundle is to be used now, of a folder that gets new ones."""

import functools
import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from apache_beam.io.filesystems import FileSystems

from vidcat.inference.files.checksums import CHECKSUMS
from vidcat.inference.pipeline.files import matching
from vidcat.inference.pipeline.loaded import Loaded, forget, loaded
from vidcat.inference.pipeline.serving import Serving

POLL_SECONDS: Final = 60.0
"""How long one look at the folder holds."""

_LOG: Final = logging.getLogger(__name__)


class NoBundle(ValueError):
    """A folder of bundles has none that can be used."""


class CurrentBundle:
    """The newest whole bundle of a folder, loaded before it is handed out.

    A folder that has checksums itself is one bundle, and stays the current one. Any
    other is a folder of bundles, one a subfolder: the last by name of those that can
    be loaded is the current one, so names must sort by time. One that cannot be loaded
    is told once and tried again at the next look, since it may be about to be copied;
    meanwhile the one before goes on. Names that start with a dot are passed over.

    Args:
        serving: Its `bundle` is the folder, on this machine or in a bucket.
        poll_seconds: How long one look at the folder holds.
        tell: Is told in one line of each bundle that cannot be used.
    """

    def __init__(
        self,
        serving: Serving,
        *,
        poll_seconds: float = POLL_SECONDS,
        tell: Callable[[str], None] = _LOG.warning,
    ) -> None:
        self.serving = serving
        self.poll_seconds = poll_seconds
        self.tell = tell
        self._current: Loaded | None = None
        self._look_again = 0.0
        self._told: set[str] = set()
        self._lock = threading.Lock()

    def loaded(self) -> Loaded:
        """The models of the bundle that is to be used now.

        Raises:
            NoBundle: If there has been none so far.
        """
        with self._lock:
            if self._current is None or time.monotonic() >= self._look_again:
                self._current = self._newest()
                self._look_again = time.monotonic() + self.poll_seconds
            return self._current

    def _newest(self) -> Loaded:
        try:
            folders = bundle_folders(self.serving.bundle)
        # Whatever a store may raise: the bundle that is loaded serves on.
        except Exception as error:
            if self._current is None:
                raise
            self._tell_once(f"{self.serving.bundle}: cannot be listed: {error}")
            return self._current
        alone = folders == [self.serving.bundle]
        for folder in folders:
            if self._current is not None:
                # Else a new one that is broken could displace it.
                loaded(self._current.serving)
            found = loaded(self.serving.with_bundle(folder))
            if found is self._current:
                return found
            try:
                _load(found)
            # It may be broken in any way.
            except Exception as error:
                forget(found)
                if alone and self._current is None:
                    raise
                self._tell_once(f"{folder}: cannot be used: {error}")
                continue
            return found
        if self._current is None:
            raise NoBundle(
                f"{self.serving.bundle}: must be a bundle or a folder of bundles, one "
                f"of which can be loaded. Received: {len(folders)} subfolders with "
                f"{CHECKSUMS}. Train one, or copy one whole."
            )
        return self._current

    def _tell_once(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            self.tell(message)


def bundle_folders(place: str) -> list[str]:
    """The folders of bundles to be tried, the first choice first.

    Args:
        place: A bundle, or a folder of bundles; a path or a URL.
    """
    if matching(FileSystems.join(place, CHECKSUMS)):
        return [place]
    found = [
        path.replace("\\", "/").rsplit("/", 2)[-2]
        for path in matching(FileSystems.join(place, "*", CHECKSUMS))
    ]
    names = sorted((name for name in found if not name.startswith(".")), reverse=True)
    return [FileSystems.join(place, name) for name in names]


@functools.lru_cache(maxsize=8)
def current_bundle_of(serving: Serving, poll_seconds: float) -> CurrentBundle:
    """The one `CurrentBundle` of this process for one way of serving."""
    return CurrentBundle(serving, poll_seconds=poll_seconds)


def _load(models: Loaded) -> None:
    """Loads all that serving needs."""
    _ = models.bundle_hash, models.encoder, models.decider
