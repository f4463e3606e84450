"""What `vidcat doctor` looks at in the sentence encoder, which text needs."""

from typing import Any

from vidcat.commands.doctor_checks.check import Check


def check_sentence_encoder(frameworks: dict[str, Any]) -> Check:
    """Whether the multilingual sentence encoder can run, and its files are cached.

    Args:
        frameworks: From `probe_frameworks`.
    """
    from vidcat.inference.encoders.hub_model import (
        cached_at,
        how_to_place,
        is_saved_model,
    )
    from vidcat.inference.encoders.weights import folder_sha256
    from vidcat.inference.sentence_encoder import PUBLISHED_ENCODER

    if "url" not in frameworks:
        return _warning("not checked", "Mend tensorflow and keras first.")
    if "tensorflow_text" not in frameworks:
        return _warning(
            f"no tensorflow-text ({frameworks['error']})",
            "Only text in many languages needs it: pip install 'vidcat[muse]'.",
        )
    if "tensorflow_hub" not in frameworks:
        return _warning(
            f"no tensorflow-hub ({frameworks['error']})",
            "The encoder's files are fetched with it: pip install tensorflow-hub "
            "'setuptools<81'.",
        )
    packages = (
        f"tensorflow-text {frameworks['tensorflow_text']}, "
        f"tensorflow-hub {frameworks['tensorflow_hub']}"
    )
    folder = cached_at(PUBLISHED_ENCODER)
    if is_saved_model(folder):
        found = f"{packages}, {folder}, checksum {folder_sha256(folder)}"
        return Check(name="sentence encoder", status="ok", found=found)
    return _warning(
        f"{packages}, its files are not cached; they are fetched when first used",
        f"Without network: {how_to_place(PUBLISHED_ENCODER)}",
    )


def _warning(found: str, remedy: str) -> Check:
    return Check(name="sentence encoder", status="warning", found=found, remedy=remedy)
