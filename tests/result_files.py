"""Files of results for tests, as `vidcat classify --json` prints them."""

import json

from vidcat.inference.results import (
    Categorization,
    CategoryResult,
    EvidenceSpan,
    ResultKey,
)
from vidcat.taxonomy.iab import load_iab

BUNDLE = "5d1f00"


def result(video_id, *categories, status=None, bundle=BUNDLE, taxonomy="3.1"):
    """A result; categories are ids, or ids with a score and spans."""
    found = []
    for one in categories:
        category_id, score, *spans = (one, 0.9) if isinstance(one, str) else one
        category = load_iab(taxonomy)[category_id]
        found.append(
            CategoryResult(
                id=category_id,
                name=category.name,
                path=category.path,
                score=score,
                confident=True,
                sources=("visual",),
                evidence=tuple(spans),
            )
        )
    return Categorization(
        id=video_id,
        key=ResultKey(source_version=None, content_sha256=None, bundle=bundle),
        status=status or ("ok" if found else "no_category"),
        parts={"text": "no_model", "visual": "ok"},
        reason=None,
        categories=tuple(found),
        taxonomy=taxonomy,
    )


def span(start, end, weight=1.0):
    return EvidenceSpan(
        start_seconds=start,
        end_seconds=end,
        weight=weight,
        best_seconds=(start + end) / 2,
    )


def write_results(path, *results):
    lines = [json.dumps(one.to_json()) + "\n" for one in results]
    path.write_text("".join(lines), encoding="utf-8")
    return path
