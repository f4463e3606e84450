"""`Decider`: from what text and frames say of videos to their categories."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.decisions import FloatArray, Thresholds
from vidcat.inference.merges.policy import MergePolicy
from vidcat.inference.merging import (
    SOURCES,
    MergedDecision,
    MergedMatrix,
    merge,
    merged_decisions,
    one_source,
)
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Taxonomy


@dataclass(frozen=True, kw_only=True)
class Decider:
    """All that decides what is said of videos once their probabilities are known.

    The same for a video that was just described and for one whose probabilities were
    stored.

    Raises:
        ValueError: If thresholds of one source come with labels of both or of none,
            or a merge without those of both.
    """

    text: LabelSet | None
    """Labels of the text probabilities; `None` without a text model."""
    visual: LabelSet | None
    """Labels of the visual probabilities; `None` without a visual model."""
    labels: LabelSet
    """The labels that can be chosen, of either; the policy is laid out by them."""
    policy: Thresholds | MergePolicy
    """Thresholds of the one source, or how both are put together."""

    def __post_init__(self) -> None:
        wanted = 2 if isinstance(self.policy, MergePolicy) else 1
        if len(self._sources) != wanted:
            raise ValueError(
                f"{type(self.policy).__name__} must come with the labels of {wanted} "
                f"source{'s' * (wanted > 1)}. Received: {sorted(self._sources)}"
            )

    @property
    def taxonomy(self) -> Taxonomy:
        """The taxonomy that the labels belong to."""
        return load_iab(self.labels.taxonomy_version)

    @property
    def _sources(self) -> dict[str, LabelSet]:
        both = zip(SOURCES, (self.text, self.visual), strict=True)
        return {name: labels for name, labels in both if labels is not None}

    def matrix(
        self, text: FloatArray | None, visual: FloatArray | None
    ) -> MergedMatrix:
        """Decides what is said of N videos.

        Args:
            text: Calibrated, of shape `(N, labels of the text)`; not a number where
                text is silent. Without a text model it is not looked at.
            visual: Those of the frames, likewise.

        Returns:
            The decisions and their sources.
        """
        given = dict(zip(SOURCES, (text, visual), strict=True))
        laid_out = {
            name: self._laid_out(name, given[name], labels)
            for name, labels in self._sources.items()
        }
        if isinstance(self.policy, MergePolicy):
            return merge(
                laid_out["text"], laid_out["visual"], self.policy, self.taxonomy
            )
        ((name, probabilities),) = laid_out.items()
        return one_source(probabilities, name, self.policy, self.labels, self.taxonomy)

    def decide(
        self,
        text: Sequence[FloatArray | None],
        visual: Sequence[FloatArray | None],
    ) -> list[list[MergedDecision]]:
        """Decides what is said of N videos, given one by one.

        Args:
            text: For each video its text probabilities, by the labels of the text;
                `None` where text is silent.
            visual: Those of the frames, likewise.

        Returns:
            For each video its categories, best score first.
        """
        return merged_decisions(
            self.matrix(
                None if self.text is None else stacked(text, len(self.text)),
                None if self.visual is None else stacked(visual, len(self.visual)),
            )
        )

    def _laid_out(
        self, name: str, probabilities: FloatArray | None, labels: LabelSet
    ) -> NDArray[np.float64]:
        """A source's probabilities by the labels that can be chosen."""
        if probabilities is None or probabilities.shape[1:] != (len(labels),):
            shape = None if probabilities is None else probabilities.shape
            raise ValueError(
                f"`{name}` must have the shape (videos, {len(labels)}). "
                f"Received: {name} of shape {shape}"
            )
        laid_out = np.full((len(probabilities), len(self.labels)), np.nan)
        kept = [at for at, label in enumerate(labels.ids) if label in self.labels]
        columns = [self.labels.index(labels.ids[at]) for at in kept]
        laid_out[:, columns] = probabilities[:, kept]
        return laid_out


class Decides(Protocol):
    """What decides of scored videos: a bundle, or a text categorizer alone."""

    @property
    def decider(self) -> Decider:
        """What decides, once probabilities are known."""

    @property
    def content_hash(self) -> str:
        """Hash of all that decides a result."""


def stacked(said: Sequence[FloatArray | None], labels: int) -> NDArray[np.float32]:
    """What a source says of N videos as one array.

    Args:
        said: For each video its probabilities; `None` where the source is silent.
        labels: How many labels the source has.

    Returns:
        Shape `(N, labels)`; not a number in the rows where it is silent.
    """
    silence = np.full(labels, np.nan, np.float32)
    rows = [silence if one is None else one for one in said]
    return np.array(rows, np.float32).reshape(len(rows), labels)
