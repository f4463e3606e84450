"""Keeps what libraries write to stderr from below Python."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


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


def quiet_beam() -> None:
    """Keeps Beam's notes on its own workings from stderr; its errors stay."""
    import logging

    logging.getLogger("apache_beam").setLevel(logging.ERROR)
    # Beam notes some on the root logger.
    logging.getLogger().setLevel(logging.ERROR)
