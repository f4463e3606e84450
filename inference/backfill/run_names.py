"""Names of runs."""

import secrets
from datetime import datetime


def run_name(started: datetime) -> str:
    """A name for a run; later ones come later in the alphabet."""
    return f"{started:%Y%m%dT%H%M%S%f}-{secrets.token_hex(2)}"
