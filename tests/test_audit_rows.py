import csv
from dataclasses import replace

import pytest

from vidcat.training.audits.rows import (
    COLUMNS,
    AuditRow,
    InvalidAudit,
    check_no_verdicts,
    read_audit,
    write_audit,
)

TENNIS = "539"
ROWS = [
    AuditRow(
        id="007",
        path="clips/a, b.mp4",
        category_id=TENNIS,
        category_path="Sports > Tennis",
        teacher_score=0.9321,
        student_score=0.25,
        stratum="random",
        weight=1000 / 7,
    ),
    AuditRow(
        id='two\n"lines"',
        category_id="JLBCU7",
        category_path="Entertainment",
        teacher_score=0.5,
        stratum="disagreement",
        verdict="unsure",
        remark="too short; hard to say",
    ),
]


@pytest.fixture
def table(tmp_path):
    write_audit(ROWS, tmp_path / "audit.csv")
    return tmp_path / "audit.csv"


def refusal(path):
    with pytest.raises(InvalidAudit) as caught:
        read_audit(path)
    return str(caught.value)


def edited(table, **values):
    """The table with these values in its first row."""
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0] |= values
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return table


def test_what_is_written_is_read_again(table):
    read = read_audit(table)
    assert read == ROWS
    assert [row.place for row in read] == [
        f"{table}, row 2",
        f"{table}, row 3 (up to line 4)",
    ]


def test_the_columns_are_those_that_a_reviewer_needs(table):
    assert table.read_text().splitlines()[0] == (
        "id,path,category_id,category_path,teacher_score,student_score,stratum,"
        "weight,verdict,remark"
    )
    assert len(COLUMNS) == 10


def test_a_table_from_another_spreadsheet_is_read(tmp_path):
    path = tmp_path / "reviewed.csv"
    path.write_bytes(
        "\ufeffremark;id;verdict;weight;stratum;category_id;reviewer\r\n"
        "é;v1; Yes ;2,5;random;539;Ann\r\n".encode()
    )
    (row,) = read_audit(path)
    assert row == AuditRow(
        id="v1",
        category_id=TENNIS,
        stratum="random",
        weight=2.5,
        verdict="yes",
        remark="é",
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"verdict": "maybe"}, "`verdict` must be one of ['yes', 'no', 'unsure'], or"),
        ({"verdict": "maybe"}, "Received: verdict='maybe'"),
        ({"stratum": "rand"}, "`stratum` must be one of ['random', 'disagreement']. "),
        ({"weight": ""}, "`weight` of a random row must be 1 to 1,000,000,000. Recei"),
        ({"weight": "1.34210526315789E+16"}, "Received: weight='1.34210526315789E+16'"),
        ({"weight": "0.5"}, "Received: weight='0.5'"),
        ({"weight": "many"}, "`weight` must be a number. Received: weight='many'"),
        ({"teacher_score": "nan"}, "`teacher_score` must be a number."),
        ({"id": " "}, "`id` must be given. Received: id=''"),
        ({"category_id": ""}, "`category_id` must be given."),
    ],
)
def test_a_wrong_cell_is_refused_with_row_and_column(table, values, message):
    text = refusal(edited(table, **values))
    assert text.startswith(f"{table}, row 2: ")
    assert message in text


def test_a_missing_column_is_named(tmp_path):
    path = tmp_path / "audit.csv"
    path.write_text("id,category_id,stratum,weight\nv1,539,random,1\n")
    assert refusal(path) == (
        f"{path}, row 1: the columns must include ['id', 'category_id', 'stratum', "
        "'weight', 'verdict']. Missing: ['verdict']. Keep the columns that "
        "`vidcat audit draw` wrote."
    )


def test_a_question_that_comes_twice_is_refused(table):
    table.write_text(table.read_text() + "007,,539,,,,disagreement,,no,\n")
    assert refusal(table) == (
        f"{table}, row 4 (up to line 5): a video and a category must come once. "
        "Received: id='007', category_id='539', which row 2 has too. Remove one of "
        "them."
    )


def test_an_empty_table_is_refused(tmp_path):
    write_audit([], tmp_path / "audit.csv")
    assert "must have at least one row" in refusal(tmp_path / "audit.csv")


def test_a_table_that_somebody_filled_in_is_not_to_be_replaced(tmp_path):
    path = tmp_path / "audit.csv"
    check_no_verdicts(path)
    write_audit(ROWS[:1], path)
    check_no_verdicts(path)
    # One row has a verdict, and a remark.
    write_audit(ROWS, path)
    with pytest.raises(InvalidAudit) as caught:
        check_no_verdicts(path)
    assert str(caught.value) == (
        f"{path}: must have no verdicts, which a new draw would replace. Received: 1 "
        "rows with a verdict or a remark. Give another folder, or move the table away."
    )


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-x9", "@sum", "'quoted"])
def test_an_id_is_no_formula_to_a_spreadsheet(tmp_path, name):
    path = tmp_path / "audit.csv"
    write_audit([replace(ROWS[0], id=name)], path)
    written = next(csv.DictReader(path.open(newline="")))
    assert written["id"] == f"'{name}"
    assert [row.id for row in read_audit(path)] == [name]
