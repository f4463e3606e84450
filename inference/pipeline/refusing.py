"""`refused`: the result of an input that is no video."""

from typing import Any

from vidcat.inference.pipeline.elements import Attempt
from vidcat.inference.pipeline.loaded import Loaded
from vidcat.inference.results import Categorization, ResultKey


def refused(
    name: str,
    reason: str,
    models: Loaded,
    *,
    run: str,
    shown: Any,
    catalog: str | None = None,
    source_version: str | None = None,
    row_sha256: str | None = None,
) -> Attempt:
    """What is said of a wrong row, or of a message that asks for nothing.

    Args:
        name: What to call it, for it may have no id.
        reason: What is wrong with it.
        models: The models that would have been used.
        run: The run that refuses it.
        shown: What came in place of a row, for the person who is to mend it.
        catalog: Name of its catalog, if it is read anew with each run.
        source_version: Version of the video's file, if there is one.
        row_sha256: Tells this wrong row from another of that name.
    """
    return Attempt(
        categorization=Categorization(
            id=name,
            key=ResultKey(
                source_version=source_version,
                content_sha256=None,
                bundle=models.bundle_hash,
            ),
            status="bad_row",
            parts={"text": "no_text", "visual": "not_asked"},
            reason=reason,
            categories=(),
            taxonomy=models.bundle.label_set.taxonomy_version,
        ),
        run=run,
        row_sha256=row_sha256,
        catalog=catalog,
        row={"shown": shown},
    )
