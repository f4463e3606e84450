"""Keeps what libraries write to stderr from below Python."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def silenced_stderr() -> Iterator[None]:
    """Drops what is written to file descriptor 2; shows it if the block fails."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as written:
        os.dup2(written.fileno(), 2)
        try:
            yield
        except BaseException:
            written.seek(0)
            os.write(kept, written.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)


@contextmanager
def children_write_to(path: Path) -> Iterator[None]:
    """Lets what processes started meanwhile write to stderr go to a file.

    What this process says through `sys.stderr` still goes where it went.

    Args:
        path: The file; is replaced, its folder made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sys.stderr.flush()
    kept, before = os.dup(2), sys.stderr
    with (
        path.open("wb") as written,
        os.fdopen(os.dup(kept), "w", buffering=1) as ours,
    ):
        os.dup2(written.fileno(), 2)
        # A test's own stderr does not go through the descriptor.
        if before is sys.__stderr__:
            sys.stderr = ours
        try:
            yield
        finally:
            sys.stderr = before
            os.dup2(kept, 2)
            os.close(kept)


def quiet_beam() -> None:
    """Keeps Beam's notes and tracebacks from stderr; we say what went wrong.

    With VIDCAT_DEBUG they are shown.
    """
    import logging

    if not os.environ.get("VIDCAT_DEBUG"):
        logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
        # Beam notes some on the root logger.
        logging.getLogger().setLevel(logging.CRITICAL)
