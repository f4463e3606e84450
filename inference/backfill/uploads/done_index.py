"""`DoneIndex`: what has a result, kept in memory."""

import hashlib
import json
from collections.abc import Iterable
from typing import Final

from vidcat.inference.pipeline.elements import ATTEMPT_FIELDS, Attempt
from vidcat.inference.pipeline.files import json_lines

_NONE: Final[frozenset[str]] = frozenset()


class DoneIndex:
    """Knows which bundles were tried on which version of which row and file."""

    def __init__(self) -> None:
        # By a digest of 16 bytes; the sets are shared by all that have the same.
        self._bundles: dict[bytes, frozenset[str]] = {}
        self._sets: dict[frozenset[str], frozenset[str]] = {}

    def read(self, shards: Iterable[str]) -> None:
        """Adds the attempts of files.

        Args:
            shards: Files of `Attempt` lines.

        Raises:
            UnreadableLine: If one holds something else.
        """
        for shard in shards:
            for line in json_lines(shard, ATTEMPT_FIELDS):
                key, row = line["key"], line["attempt"].get("row_sha256")
                self._add(line["id"], row, key["source_version"], key["bundle"])

    def add(self, attempt: Attempt) -> None:
        """Adds an attempt that was just made."""
        found = attempt.categorization
        self._add(
            found.id, attempt.row_sha256, found.key.source_version, found.key.bundle
        )

    def bundles_of(
        self, video_id: str, row_sha256: str, source_version: str | None
    ) -> frozenset[str]:
        """Content hashes of the bundles that were tried.

        Args:
            video_id: The id.
            row_sha256: As in `Attempt`.
            source_version: Version of the file.
        """
        return self._bundles.get(_digest(video_id, row_sha256, source_version), _NONE)

    def _add(
        self, video_id: str, row: str | None, version: str | None, bundle: str
    ) -> None:
        digest = _digest(video_id, row, version)
        bundles = self._bundles.get(digest, _NONE) | {bundle}
        self._bundles[digest] = self._sets.setdefault(bundles, bundles)


def _digest(*parts: str | None) -> bytes:
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).digest()
