"""`FrameScorer`: the network behind Beam's RunInference."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from apache_beam.ml.inference.base import ModelHandler, PredictionResult
from numpy.typing import NDArray

from vidcat.inference.merges.said import Said, crashed
from vidcat.inference.pipeline.elements import SeenTask
from vidcat.inference.pipeline.loaded import Loaded, loaded, loaded_for
from vidcat.inference.pipeline.serving import Serving
from vidcat.inference.visual_categorizer import BATCH_VIDEOS
from vidcat.inference.visual_scoring import views_of


class FrameScorer(ModelHandler[SeenTask, PredictionResult, Loaded]):
    """Scores the features of `SeenTask`s.

    Each inference is the logits of a video, shape `(labels,)`, or what is `Said` where
    its frames say nothing or the network raised an error for it. The silent ones come
    along because a way around the network would have to join it again: runners on one
    machine do not begin what is behind a join before all that is in front has ended.

    Args:
        serving: Names the models.
    """

    def __init__(self, serving: Serving) -> None:
        # Grown batch sizes would make many small ones of a bundle of elements.
        super().__init__(min_batch_size=BATCH_VIDEOS, max_batch_size=BATCH_VIDEOS)
        self.serving = serving

    def load_model(self) -> Loaded:
        """The models of this process, which other transforms use too."""
        return loaded(self.serving)

    def run_inference(
        self,
        batch: Sequence[SeenTask],
        model: Loaded,
        inference_args: dict[str, Any] | None = None,
    ) -> Iterable[PredictionResult]:
        """Scores videos; one that fails disturbs no other."""
        results: dict[int, PredictionResult] = {}
        for folder in {element.task.bundle for element in batch}:
            some = {
                at: element
                for at, element in enumerate(batch)
                if element.task.bundle == folder
            }
            models = loaded_for(model.serving, folder)
            scored = _scored(list(some.values()), models)
            for (at, element), inference in zip(some.items(), scored, strict=True):
                results[at] = PredictionResult(element, inference)
        return [results[at] for at in range(len(batch))]

    def get_metrics_namespace(self) -> str:
        """Where Beam counts inferences."""
        return "vidcat"


def _scored(
    elements: Sequence[SeenTask], models: Loaded
) -> list[NDArray[np.float32] | Said]:
    heard = [one for one in elements if one.seen.features is not None]
    logits = iter(_of_network(heard, models))
    return [
        element.seen.silence if element.seen.features is None else next(logits)
        for element in elements
    ]


def _of_network(
    elements: Sequence[SeenTask], models: Loaded
) -> list[NDArray[np.float32] | Said]:
    if not elements:
        return []
    try:
        return list(_logits(elements, models))
    # Whatever the network or its runtime may raise (memory, a lost device).
    except Exception as error:
        if len(elements) == 1:
            return [crashed(elements[0].task.row.id, error)]
        return [one for element in elements for one in _of_network([element], models)]


def _logits(elements: Sequence[SeenTask], models: Loaded) -> NDArray[np.float32]:
    bundle, as_of = models.bundle, models.serving.as_of
    views = [
        views_of(element.seen.row, element.seen.features.frames(), bundle, as_of)
        for element in elements
        if element.seen.features is not None
    ]
    return bundle.visual.logits(
        [one.frames for one in views], _together([one.metadata for one in views])
    )


def _together(
    metadata: Sequence[Mapping[str, NDArray[Any]] | None],
) -> dict[str, NDArray[Any]] | None:
    """Metadata of videos as arrays over all of them."""
    given = [one for one in metadata if one is not None]
    if not given:
        return None
    return {name: np.concatenate([one[name] for one in given]) for name in given[0]}
