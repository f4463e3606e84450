from pathlib import Path

import pytest

from vidcat.taxonomy.diff import diff, published_parents
from vidcat.taxonomy.iab import IAB_VERSIONS, load_iab

PUBLISHED = Path(__file__).parents[2] / "shared" / "data" / "iab"


def test_from_2_2_to_3_0_as_counted():
    changes = diff("2.2", "3.0")
    counts = [
        len(ids)
        for ids in (changes.kept, changes.removed, changes.added, changes.renamed)
    ]
    assert counts == [684, 512, 19, 28]
    # 38 by the published parent column: the column errs for Horse Racing in 2.2.
    assert len(changes.moved) == 37
    assert changes.moved_in_column == ("497",)


@pytest.mark.parametrize(
    ("category_id", "what"),
    [
        ("539", ()),
        ("45", ("removed",)),
        ("A0AH3G", ("added",)),
        # Art and Photography Books; Weather; Music and Audio, below Entertainment.
        ("43", ("renamed",)),
        ("390", ("moved",)),
        ("338", ("renamed", "moved")),
        # Below Attractions, which was renamed: neither its name nor its parent.
        ("178", ()),
    ],
)
def test_what_happened_to_a_category(category_id, what):
    assert diff("2.2", "3.0").touched(category_id) == what


def test_from_3_0_to_3_1_by_hand():
    changes = diff("3.0", "3.1")
    assert changes.added == ("700",)
    assert changes.removed == changes.moved == ()
    # Musicals, and Software and Applications.
    assert set(changes.renamed) == {"156", "602"}
    assert set(changes.moved_in_column) == {"376", "497"}


def test_a_version_does_not_differ_from_itself():
    changes = diff("3.1", "3.1")
    assert len(changes.kept) == 704
    assert changes.removed == changes.added == changes.renamed == changes.moved == ()


def test_1_0_shares_no_id():
    assert diff("1.0", "2.0").kept == ()


def test_an_unknown_version_is_refused():
    with pytest.raises(ValueError, match=r"Received: '4.0'"):
        diff("3.1", "4.0")


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published tables are not here")
@pytest.mark.parametrize("version", IAB_VERSIONS[1:])
def test_published_parents_are_where_the_column_errs(version):
    lines = (PUBLISHED / f"content_taxonomy_{version}.tsv").read_text().splitlines()
    rows = [line.split("\t") for line in lines[2:] if line.strip()]
    column = {row[0].strip(): row[1].strip() for row in rows}
    against = {
        category.id: column[category.id]
        for category in load_iab(version)
        if column[category.id] != (category.parent_id or "")
    }
    assert published_parents(version) == against
