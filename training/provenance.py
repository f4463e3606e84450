"""Which code made something: its version, its commit, and when."""

import importlib.metadata
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

_SECONDS = 10.0


def made_by() -> dict[str, Any]:
    """The installed vidcat and the time.

    Returns:
        `vidcat` (version), `commit` (or `None`), `at` (UTC, to the second).
    """
    return {
        "vidcat": importlib.metadata.version("vidcat"),
        "commit": code_commit(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def code_commit() -> str | None:
    """The commit of the installed vidcat.

    Returns:
        Its hash, as the installation noted it or as git says of the source tree, with
        `-dirty` where the tree has changes; `None` where neither is known.
    """
    noted = importlib.metadata.distribution("vidcat").read_text("direct_url.json")
    return None if noted is None else commit_of(json.loads(noted))


def commit_of(direct_url: dict[str, Any]) -> str | None:
    """The commit behind an installation.

    Args:
        direct_url: What `direct_url.json` of an installed distribution says (PEP 610).
    """
    noted: str | None = direct_url.get("vcs_info", {}).get("commit_id")
    if noted is not None:
        return noted
    address = urlsplit(direct_url.get("url", ""))
    folder = Path(unquote(address.path))
    if address.scheme != "file" or not (folder / ".git").exists():
        return None
    words = ("describe", "--always", "--abbrev=40", "--dirty", "--exclude=*")
    try:
        done = subprocess.run(  # noqa: S603 (the words are ours)
            ["git", "-C", str(folder), *words],  # noqa: S607 (git is where it is)
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
