import pytest

from vidcat.inference.video import Video
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.audits.fold import fold_audit
from vidcat.training.audits.rows import AuditRow, InvalidAudit
from vidcat.training.labels import label_matrix

# 483 Sports > 539 Tennis; 338 Music > 360 Rock Music, below JLBCU7 Entertainment.
SPORTS, TENNIS, MUSIC, ROCK, ENTERTAINMENT = "483", "539", "338", "360", "JLBCU7"
TAXONOMY = load_iab("3.1")
LABELS = LabelSet(
    taxonomy_version="3.1",
    ids=(SPORTS, TENNIS, MUSIC, ROCK),
    visual=(True, True, True, False),
)


def verdict(category_id, said, *, video="v", place="row 2"):
    return AuditRow(
        id=video,
        category_id=category_id,
        category_path=TAXONOMY[category_id].path_text
        if category_id in TAXONOMY
        else "",
        stratum="disagreement",
        verdict=said,
        place=place,
    )


def fold(rows, *videos):
    return fold_audit(rows, videos or [Video(id="v", title="t")], LABELS, TAXONOMY)


def truth(rows, *videos):
    """1 yes, 0 no, -1 unknown, as training reads it; the first video's."""
    folded = fold(rows, *videos)
    return label_matrix(folded.videos[:1], LABELS, TAXONOMY)[0].tolist()


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        # In the order sports, tennis, music, rock music.
        ({TENNIS: "yes"}, [1, 1, -1, -1]),
        ({TENNIS: "no"}, [-1, 0, -1, -1]),
        ({TENNIS: "unsure", ROCK: "no"}, [-1, -1, -1, 0]),
        ({SPORTS: "no"}, [0, 0, -1, -1]),
        ({SPORTS: "no", TENNIS: "unsure"}, [0, 0, -1, -1]),
        ({SPORTS: "yes", TENNIS: "no"}, [1, 0, -1, -1]),
        ({SPORTS: "unsure", TENNIS: "yes"}, [1, 1, -1, -1]),
        ({ENTERTAINMENT: "no"}, [-1, -1, 0, 0]),
        ({ENTERTAINMENT: "unsure", MUSIC: "no"}, [-1, -1, 0, 0]),
    ],
)
def test_verdicts_become_truth(verdicts, expected):
    rows = [verdict(category_id, said) for category_id, said in verdicts.items()]
    assert truth(rows) == expected


def test_a_reviewed_row_says_that_a_person_looked():
    (row,) = fold([verdict(TENNIS, "yes")]).videos
    assert row.truth == "audited"
    assert row.labels == (SPORTS, TENNIS)
    assert row.unknown_labels == (MUSIC, ROCK)
    assert row.title == "t"


def test_pseudo_labels_give_way():
    pseudo = Video(id="v", labels=(MUSIC,), truth="pseudo")
    assert truth([verdict(TENNIS, "no")], pseudo) == [-1, 0, -1, -1]


@pytest.mark.parametrize("kind", ["gold", None])
def test_gold_labels_are_kept_and_counted(kind):
    gold = Video(id="v", labels=(MUSIC,), truth=kind)
    folded = fold([verdict(MUSIC, "no")], gold)
    assert folded.videos == (gold,)
    assert (folded.audited, folded.kept_gold) == (0, 1)


def test_an_earlier_audit_stays_where_nothing_new_is_said():
    first = fold([verdict(TENNIS, "yes"), verdict(MUSIC, "no")]).videos[0]
    assert truth([verdict(TENNIS, "no")], first) == [1, 0, 0, 0]
    assert truth([verdict(ROCK, "yes")], first) == [1, 1, 1, 1]
    assert truth([verdict(SPORTS, "no")], first) == [0, 0, 0, 0]
    unsure = [verdict(TENNIS, "unsure"), verdict(ROCK, "no")]
    assert truth(unsure, first) == [1, -1, 0, 0]


def test_what_is_not_reviewed_is_counted_and_left_alone():
    videos = [Video(id="v"), Video(id="w", labels=(MUSIC,), truth="pseudo")]
    rows = [
        verdict(TENNIS, "yes"),
        verdict(MUSIC, None),
        verdict(MUSIC, None, video="w"),
    ]
    folded = fold(rows, *videos)
    assert folded.videos[1] == videos[1]
    assert folded.verdicts == {"yes": 1, "unreviewed": 2}
    assert folded.audited == 1


def test_who_is_unsure_of_everything_changes_nothing():
    pseudo = Video(id="v", labels=(MUSIC,), truth="pseudo")
    folded = fold([verdict(MUSIC, "unsure"), verdict(TENNIS, "unsure")], pseudo)
    assert folded.videos == (pseudo,)
    assert (folded.audited, folded.verdicts) == (0, {"unsure": 2})


def test_a_video_that_is_not_in_the_catalog_is_refused():
    with pytest.raises(InvalidAudit) as caught:
        fold([verdict(TENNIS, "yes", video="7", place="row 9")])
    assert str(caught.value) == (
        "row 9: `id` must be that of a video of the catalog. Received: id='7'. Have "
        "the spreadsheet keep the column as text."
    )


def test_a_category_that_does_not_exist_is_refused():
    with pytest.raises(InvalidAudit, match=r"row 2: `category_id` .*'5E\+39'"):
        fold([verdict("5E+39", "yes")])


def test_verdicts_that_contradict_each_other_are_refused():
    rows = [
        verdict(TENNIS, "yes", place="row 4"),
        verdict(SPORTS, "no", place="row 7"),
    ]
    with pytest.raises(InvalidAudit) as caught:
        fold(rows)
    assert str(caught.value) == (
        "row 4: `verdict` must agree with that of the categories above. Received: yes "
        "to 'Sports > Tennis', no to 'Sports' in row 7. Change one of them, or write "
        "unsure."
    )
