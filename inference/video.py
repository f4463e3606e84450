"""`Video`: one row of a catalog."""

import math
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

Truth = Literal["gold", "audited", "pseudo"]
"""Who set the labels: a person, a person who checked a proposal, or a model."""


@dataclass(frozen=True, kw_only=True)
class Video:
    """One video of a catalog, with what its platform knows about it.

    Raises:
        ValueError: If `id` is empty, `duration_seconds` is negative or not finite,
            `uploaded_at` has no time zone, or a label is both given and unknown.
        TypeError: If a list of text is given as one text.
    """

    id: str
    """Unique in its catalog."""
    path: str | None = None
    """File; `None` where only text is known."""
    title: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    """Language code, such as `en` or `pt-BR`."""
    owner: str | None = None
    """Channel or account that uploaded the video."""
    upload_category: str | None = None
    """Category the uploader chose, in the platform's own words."""
    uploaded_at: datetime | None = None
    """Time of upload, with time zone."""
    duration_seconds: float | None = None
    labels: tuple[str, ...] | None = None
    """True category ids; `()` where none applies, `None` where nobody has said."""
    unknown_labels: tuple[str, ...] = ()
    """Category ids whose truth is not known although `labels` are given."""
    truth: Truth | None = None
    """How `labels` came about."""

    def __post_init__(self) -> None:
        if not self.id:
            raise ValueError(f"`id` must not be empty. Received: id={self.id!r}")
        for name in ("tags", "labels", "unknown_labels"):
            if isinstance(getattr(self, name), str):
                raise TypeError(
                    f"`{name}` must be a tuple of text. "
                    f"Received: {name}={getattr(self, name)!r}"
                )
        seconds = self.duration_seconds
        if seconds is not None and not (math.isfinite(seconds) and seconds >= 0):
            raise ValueError(
                "`duration_seconds` must be finite and zero or more. "
                f"Received: duration_seconds={seconds}"
            )
        if self.uploaded_at is not None and self.uploaded_at.tzinfo is None:
            raise ValueError(
                "`uploaded_at` must have a time zone. "
                f"Received: uploaded_at={self.uploaded_at.isoformat()}"
            )
        self._check_labels()

    def lasting(self, found_seconds: float | None) -> "Video":
        """The same video, with the duration found in its file if it has none."""
        if self.duration_seconds is not None or found_seconds is None:
            return self
        return replace(self, duration_seconds=found_seconds)

    def _check_labels(self) -> None:
        if self.unknown_labels and self.labels is None:
            raise ValueError(
                "`unknown_labels` must come with `labels`, an empty list at least. "
                f"Received: unknown_labels={self.unknown_labels}, labels=None"
            )
        if both := sorted(set(self.labels or ()) & set(self.unknown_labels)):
            raise ValueError(
                "`labels` and `unknown_labels` must not share an id. "
                f"Received: {both} in both"
            )
