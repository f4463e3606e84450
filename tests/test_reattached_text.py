from pathlib import Path

import pytest

from vidcat.inference.texts.reattached_text import (
    TextMissing,
    require_text,
    with_text_of,
)
from vidcat.inference.video import Video

CATALOG = Path("pseudo/catalog.jsonl")


def test_rows_get_their_text_and_keep_all_else():
    rows = [Video(id="b", labels=("539",)), Video(id="a", language="fr")]
    texts = [
        Video(id="a", title="A", tags=("t",), labels=("483",)),
        Video(id="b", description="B"),
        Video(id="c", title="C"),
    ]
    assert with_text_of(rows, texts) == [
        Video(id="b", labels=("539",), description="B"),
        Video(id="a", language="fr", title="A", tags=("t",)),
    ]


def test_a_catalog_of_other_rows_is_refused():
    with pytest.raises(TextMissing, match=r"^1 of 2 rows \('b' among them\) are not"):
        with_text_of([Video(id="a"), Video(id="b")], [Video(id="a", title="A")])


def test_one_row_with_text_is_enough():
    require_text([Video(id="a"), Video(id="b", title="Tennis")], CATALOG)


def test_a_catalog_without_any_text_names_the_option_that_has_it():
    # Of an address alone nothing is left to read.
    rows = [Video(id="a"), Video(id="b", title="https://example.com/x")]
    with pytest.raises(TextMissing) as caught:
        require_text(rows, CATALOG)
    assert str(caught.value) == (
        f"{CATALOG}: no row has text, so that a text model has nothing to read. Where "
        "it comes from `vidcat pseudo-label`, name the catalog that was given there "
        "with --text-catalog."
    )
