"""What the verbs share that ask a text categorizer about a catalog."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vidcat.inference.features import FeatureStore
    from vidcat.inference.text_categorizer import TextCategorizer

TextFolder = Annotated[Path, typer.Option(help="Folder made by `vidcat text train`.")]
SentenceEncoderOption = Annotated[
    str | None,
    typer.Option(help="Sentence encoder: a SavedModel folder, handle or address."),
]


def load_teacher(folder: Path, sentence_encoder: str | None) -> "TextCategorizer":
    """Loads a text categorizer, its sentence encoder from elsewhere if that is said."""
    from vidcat.inference.sentence_encoder import SentenceEncoder
    from vidcat.inference.text_categorizer import TextCategorizer

    if sentence_encoder is None:
        return TextCategorizer.load(folder)
    return TextCategorizer.load(folder, SentenceEncoder.load(sentence_encoder))


@contextmanager
def teacher_progress() -> Iterator[Callable[[str, int, int, str], None]]:
    """Shows how far scoring out of fold is."""
    from vidcat.commands.console import progress

    with progress("Scoring texts", None) as update:

        def listener(stage: str, done: int, total: int, note: str) -> None:
            detail = f", {note}" if note else ""
            update(done, f"{stage}: {done} of {total}{detail}")

        yield listener


def found_duration(store: "FeatureStore | None", video_id: str) -> float | None:
    """Duration of a described video, in seconds; `None` where it is not known."""
    if store is None or video_id not in store:
        return None
    return store.duration_seconds(video_id)
