"""What the verbs share that load a text categorizer and let it read a catalog."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidcat.inference.features import FeatureStore
    from vidcat.inference.text_categorizer import TextCategorizer
    from vidcat.inference.texts.multilingual import Embeds
    from vidcat.inference.video import Video
    from vidcat.training.texts.parts import TextListener


def load_text_categorizer(
    folder: Path, sentence_encoder: str | None
) -> "TextCategorizer":
    """Loads a text categorizer, its sentence encoder from elsewhere if that is said."""
    from vidcat.inference.text_categorizer import TextCategorizer

    return TextCategorizer.load(folder, load_sentence_encoder(sentence_encoder))


def load_sentence_encoder(source: str | None) -> "Embeds | None":
    """The sentence encoder that was named; `None` for that of the text model."""
    return None if source is None else sentence_encoder_at(source)


def sentence_encoder_at(source: str) -> "Embeds":
    """Loads a sentence encoder; says so if it has to be fetched."""
    from vidcat.commands.printing.console import say
    from vidcat.inference.encoders.hub_model import (
        cached_at,
        is_elsewhere,
        is_saved_model,
    )
    from vidcat.inference.sentence_encoder import SentenceEncoder

    if not is_elsewhere(source):
        # What is recorded must be found from another folder, too.
        source = str(Path(source).resolve())
    elif not is_saved_model(cached_at(source)):
        say(f"Fetching {source} to {cached_at(source)}, this once.")
    return SentenceEncoder.load(source)


def read_with_text(
    catalog: str, text_catalog: str | None, ignore_unknown: bool
) -> "list[Video]":
    """The rows of a catalog, their text from another one if that is named."""
    from vidcat.inference.catalog import read_catalog
    from vidcat.inference.texts.reattached_text import with_text_of

    videos = read_catalog(catalog, ignore_unknown=ignore_unknown)
    if text_catalog is None:
        return videos
    texts = read_catalog(text_catalog, ignore_unknown=ignore_unknown)
    return with_text_of(videos, texts)


@contextmanager
def text_progress(label: str) -> Iterator["TextListener"]:
    """Shows how far a training on text is, or scoring out of fold.

    Args:
        label: What is being done.

    Yields:
        The listener of the training.
    """
    from vidcat.commands.printing.console import progress

    with progress(label, None) as update:

        def listener(stage: str, done: int, total: int, note: str) -> None:
            detail = f", {note}" if note else ""
            update(done, f"{stage}: {done} of {total}{detail}")

        yield listener


def found_duration(store: "FeatureStore | None", video_id: str) -> float | None:
    """Duration of a described video, in seconds; `None` where it is not known."""
    if store is None or video_id not in store:
        return None
    return store.duration_seconds(video_id)
