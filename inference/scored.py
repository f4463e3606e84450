"""`Scored`: what is known of a video before anything is decided."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from vidcat.inference.language import language_of
from vidcat.inference.merges.said import Said
from vidcat.inference.results import ResultHead, ResultKey
from vidcat.inference.video import Video
from vidcat.inference.visual_scoring import ScoredVideo

Keep = Callable[["Scored"], object]
"""Called with the scores of each video that a result is given for, in their order."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Scored:
    """What text and frames say of one video; decisions follow from it."""

    row: Video
    """Its row of the catalog, with the duration that was found in its file."""
    key: ResultKey
    """What the scores were computed from."""
    text: Said
    """What its text says."""
    visual: Said
    """What its frames say."""
    frames: ScoredVideo | None = None
    """Its frames, to look for evidence in; `None` where they say nothing."""

    @property
    def head(self) -> ResultHead:
        """Its result without the categories."""
        both = (self.visual, self.text)
        failed = [one.status for one in both if one.status != "no_category"]
        notes = [one.note for one in both if one.note is not None]
        return ResultHead(
            id=self.row.id,
            key=self.key,
            status=next(iter(failed), "no_category"),
            parts={"text": self.text.state, "visual": self.visual.state},
            reason="; ".join(notes) if notes else None,
        )

    @property
    def language(self) -> str | None:
        """Primary subtag of its language; `None` where it is not known."""
        return self.text.language or language_of(self.row, None)

    def without_frames(self, instead: Said) -> "Scored":
        """The same video, its frames silent.

        Args:
            instead: Why they are.
        """
        return replace(self, visual=instead, frames=None)
