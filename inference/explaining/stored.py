"""Evidence for described videos, from stored features; no video is opened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Final

from vidcat.inference.bundle import Bundle
from vidcat.inference.evidence import Method
from vidcat.inference.explaining.together import categorized
from vidcat.inference.features import FeatureStore
from vidcat.inference.merges.decider import Decider
from vidcat.inference.merges.said import NO_MODEL, Said
from vidcat.inference.results import Categorization, ResultKey
from vidcat.inference.scored import Scored
from vidcat.inference.texts.scoring import said_by_text
from vidcat.inference.video import Video
from vidcat.inference.visual_scoring import ScoredVideo

_AT_ONCE: Final = 64
"""Rows whose text is scored together."""


def categorize_stored(
    bundle: Bundle,
    rows: Sequence[Video],
    store: FeatureStore,
    *,
    method: Method | None = "windows",
    as_of: datetime | None = None,
) -> Iterator[Categorization]:
    """Categorizes rows of a catalog by their stored features.

    The results are those of `Categorizer`, but for the checksum of the file, which is
    not read.

    Args:
        bundle: What training left behind.
        rows: Rows of a catalog. One without features says what its text says.
        store: The features.
        method: How evidence is found, `None` for not at all. Defaults to `"windows"`.
        as_of: The time at which the age of a video is taken. Defaults to that of the
            bundle's training.

    Yields:
        One result for each row, in their order.

    Raises:
        FeatureSpaceMismatch: If the features are in another space than the bundle's.
    """
    bundle.space.require_same(store.space)
    stored = _Stored(
        bundle=bundle,
        store=store,
        method=method,
        as_of=as_of or datetime.fromisoformat(bundle.provenance["as_of"]),
        bundle_hash=bundle.content_hash,
    )
    waiting = iter(rows)
    while chunk := list(islice(waiting, _AT_ONCE)):
        texts = [NO_MODEL] * len(chunk)
        if bundle.text is not None:
            texts = said_by_text(bundle.text, chunk)
        for row, text in zip(chunk, texts, strict=True):
            yield stored.categorize(row, text)


@dataclass(frozen=True, kw_only=True)
class _Stored:
    """Categorizes single rows."""

    bundle: Bundle
    store: FeatureStore
    method: Method | None
    as_of: datetime
    bundle_hash: str

    @cached_property
    def _decider(self) -> Decider:
        return self.bundle.decider

    def categorize(self, row: Video, text: Said) -> Categorization:
        """The result of a row whose text was scored."""
        scored = self._scored(row, text)
        return categorized(scored, self._decider, method=self.method)[1]

    def _scored(self, row: Video, text: Said) -> Scored:
        if row.id not in self.store:
            unseen = Said(state="not_asked", note="the row has no features")
            return Scored(row=row, key=self._key(None), text=text, visual=unseen)
        features = self.store[row.id]
        lasting = row.lasting(features.duration_seconds)
        out_of_scope = self.bundle.scope.reason_against(lasting.duration_seconds)
        frames = ScoredVideo.of(lasting, features, self.bundle, self.as_of)
        visual = Said(
            state="ok" if out_of_scope is None else "out_of_scope",
            probabilities=frames.probabilities,
            note=out_of_scope,
        )
        return Scored(
            row=lasting,
            key=self._key(features.source_version or None),
            text=text,
            visual=visual,
            frames=frames,
        )

    def _key(self, source_version: str | None) -> ResultKey:
        return ResultKey(
            source_version=source_version,
            content_sha256=None,
            bundle=self.bundle_hash,
        )
