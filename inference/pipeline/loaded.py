"""The models of a process: each is loaded once, whoever asks for it."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, TypeVar, cast

from vidcat.inference.bundle import Bundle
from vidcat.inference.categorizer import Categorizer
from vidcat.inference.feature_store.accepted_sampling import (
    require_sampling,
    sampling_by_rule,
)
from vidcat.inference.frame_encoder import FrameEncoder
from vidcat.inference.frames import FrameSampler
from vidcat.inference.merges.decider import Decider
from vidcat.inference.pipeline.serving import Serving
from vidcat.inference.remote.local_folder import local_folder
from vidcat.inference.sampling import Sampling
from vidcat.inference.texts.multilingual import Embeds

Value = TypeVar("Value")

_MOST_LOADED: Final = 2
"""The bundle in use, and the one that takes its place."""


class _LoadedOnce(Generic[Value]):
    """As `cached_property`, but threads that ask at the same time load once."""

    def __init__(self, load: Callable[["Loaded"], Value]) -> None:
        self._load = load
        self.__doc__ = load.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, holder: "Loaded", owner: type | None = None) -> Value:
        kept = vars(holder)
        with holder.lock:
            if self._name not in kept:
                kept[self._name] = self._load(holder)
        return cast(Value, kept[self._name])


class Loaded:
    """The parts of one way of serving, each loaded when it is first asked for.

    Args:
        serving: Names them.
    """

    def __init__(self, serving: Serving) -> None:
        self.serving = serving
        self.lock = threading.RLock()
        """Is held while something is loaded."""

    @_LoadedOnce
    def bundle(self) -> Bundle:
        """The bundle.

        Raises:
            InvalidBundle: If the folder holds no whole bundle.
        """
        found = Bundle.load(self._folder, sentence_encoder=self._sentence_encoder())
        weights = self.serving.frame_weights
        return found if weights is None else found.with_encoder_at(weights)

    @_LoadedOnce
    def bundle_hash(self) -> str:
        """Content hash of the bundle."""
        return self.bundle.content_hash

    @_LoadedOnce
    def sampler(self) -> FrameSampler:
        """Samples frames as the bundle was trained on, or as it accepts."""
        bundle, serving = self.bundle, self.serving
        return FrameSampler(
            size=bundle.space.input_size,
            fit=bundle.space.fit,
            sampling=sampling_of(serving, bundle),
            timeout_seconds=serving.timeout_seconds,
            threads=serving.decoder_threads,
        )

    @_LoadedOnce
    def encoder(self) -> FrameEncoder:
        """The frame encoder.

        Raises:
            WeightsUnavailable: If its weights cannot be had.
            FeatureSpaceMismatch: If it is not the bundle's.
        """
        return self.categorizer.encoder

    @_LoadedOnce
    def categorizer(self) -> Categorizer:
        """All of it, for videos one after the other.

        Raises:
            WeightsUnavailable: If the encoder's weights cannot be had.
            FeatureSpaceMismatch: If encoder or sampler are not the bundle's.
        """
        serving = self.serving
        return Categorizer(
            self.bundle,
            self.bundle.encoder.load(serving.batch_size),
            self.sampler,
            evidence=serving.evidence_method is not None,
            evidence_method=serving.evidence_method or "windows",
            enforce_scope=serving.enforce_scope,
            as_of=serving.as_of,
        )

    @_LoadedOnce
    def decider(self) -> Decider:
        """What decides, once probabilities are known."""
        return self.bundle.decider

    @_LoadedOnce
    def _folder(self) -> Path:
        return local_folder(self.serving.bundle)

    def _sentence_encoder(self) -> Embeds | None:
        source = self.serving.sentence_encoder
        if source is None:
            return None
        from vidcat.inference.sentence_encoder import SentenceEncoder

        return SentenceEncoder.load(source)


def sampling_of(serving: Serving, bundle: Bundle) -> Sampling:
    """How frames are to be chosen.

    Args:
        serving: May ask for another rule than training's.
        bundle: That of `serving`.

    Raises:
        ValueError: If the bundle does not accept it.
    """
    if serving.sampling_rule is None:
        return bundle.sampling
    folder = local_folder(serving.bundle)
    sampling = sampling_by_rule(folder, bundle.sampling, serving.sampling_rule)
    require_sampling(folder, bundle.sampling, sampling)
    return sampling


_loaded: OrderedDict[Serving, Loaded] = OrderedDict()
_lock = threading.Lock()


def loaded(serving: Serving) -> Loaded:
    """The models of this process for one way of serving.

    Beam sets up a transform anew for each bundle of elements on some runners, and in
    several threads on others: models are kept by the process, not by a transform.

    Args:
        serving: Names them.
    """
    with _lock:
        if serving not in _loaded:
            while len(_loaded) >= _MOST_LOADED:
                _loaded.popitem(last=False)
            _loaded[serving] = Loaded(serving)
        _loaded.move_to_end(serving)
        return _loaded[serving]


def forget(models: Loaded) -> None:
    """Lets models go, so that they are loaded anew when they are asked for again.

    Args:
        models: Such as could not be loaded whole.
    """
    with _lock:
        if _loaded.get(models.serving) is models:
            del _loaded[models.serving]


def loaded_for(serving: Serving, bundle: str | None) -> Loaded:
    """The models for an element, which may ask for another bundle.

    Args:
        serving: Names the models.
        bundle: Folder of the bundle to use in the place of serving's; `None` for that.
    """
    return loaded(serving if bundle is None else serving.with_bundle(bundle))
