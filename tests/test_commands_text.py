import json
import subprocess
import sys

import jsonschema
import pytest
from test_main_job import RESULT
from text_catalogs import LABELS, text_catalog, write_catalog

from vidcat.inference.catalog import InvalidCatalog, read_catalog
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.inference.texts.results import categorize_texts
from vidcat.training.evaluation import evaluate_run
from vidcat.training.measuring.assessment import NothingToMeasure
from vidcat.training.measuring.measured_run import MeasuredRun
from vidcat.training.texts.assessment import assess_text

TEXT_RESULT = json.loads(json.dumps(RESULT))
TEXT_RESULT["properties"]["parts"]["properties"] = {
    "text": {"enum": ["ok", "no_text", "no_model", "error"]},
    "visual": {"const": "not_asked"},
}
category = TEXT_RESULT["properties"]["categories"]["items"]["properties"]
category["sources"] = {"const": ["text"]}
category["evidence"] = {"const": []}
category["evidence_reason"] = {"const": "text says so"}


@pytest.fixture(scope="module")
def job(tmp_path_factory, run):
    """A catalog, a text categorizer trained on it, and what training printed."""
    folder = tmp_path_factory.mktemp("job")
    catalog = write_catalog(folder / "catalog.jsonl", text_catalog(400))
    LABELS.write(folder / "labels.tsv")
    done = run(
        *("text", "train", catalog, "--out", folder / "text", "--json"),
        *("--kind", "bag-of-words", "--labels", folder / "labels.tsv"),
        *("--min-examples", "3"),
    )
    assert done.exit_code == 0, done.output
    return folder, done


def test_training_prints_its_figures_and_says_where_things_lie(job):
    folder, done = job
    figures = json.loads(done.stdout)
    names = [one["name"] for one in figures["new_channels"]]
    assert names[0] == "all languages"
    assert set(names) >= {"en", "fr"}
    assert figures["new_channels"][0]["top_1_accuracy"] > 0.8
    assert f"Text categorizer: {folder / 'text'}." in done.stderr
    report = folder / "text" / "report"
    assert (report / "precision_coverage.png").read_bytes()[:4] == b"\x89PNG"
    assert len(json.loads((report / "evaluation.json").read_text())["runs"]) == 3


def test_what_was_measured_is_kept_with_the_languages_that_were_found(job):
    folder, _ = job
    kept = MeasuredRun.load(folder / "text" / "report" / "runs" / "all-languages")
    figures = json.loads((folder / "text" / "report" / "evaluation.json").read_text())
    point = figures["runs"][0]["operating_point"]
    assert evaluate_run(kept).operating_point.correct == point["correct"]
    assert len(kept.videos) + len(kept.failed) == point["videos"]
    assert {one.language for one in kept.videos} >= {"en", "fr"}
    assert kept.provenance["part"] == "test"


def test_evaluate_prints_what_training_and_the_library_say(job, run):
    folder, trained = job
    done = run(
        *("text", "evaluate", folder / "catalog.jsonl", "--text", folder / "text"),
        *("--out", folder / "again", "--json"),
    )
    assert json.loads(done.stdout) == json.loads(trained.stdout)
    categorizer = TextCategorizer.load(folder / "text")
    library = assess_text(categorizer, read_catalog(folder / "catalog.jsonl"))
    assert json.loads(done.stdout) == json.loads(json.dumps(library.to_json()))
    assert (folder / "again" / "precision_coverage.png").exists()


def test_evaluate_gives_people_a_table(job, run):
    folder, _ = job
    done = run(
        *("text", "evaluate", folder / "catalog.jsonl", "--text", folder / "text"),
        *("--out", folder / "table"),
    )
    assert done.exit_code == 0, done.output
    assert "all languages" in done.stdout
    assert "Hit@1" in done.stdout


def test_measuring_on_what_was_trained_on_is_refused(job, run):
    folder, _ = job
    done = run(
        *("text", "evaluate", folder / "catalog.jsonl", "--text", folder / "text"),
        "--all-videos",
    )
    assert isinstance(done.exception, NothingToMeasure)


def test_another_catalog_is_measured_whole(job, run, tmp_path):
    folder, _ = job
    videos = text_catalog(40, seed=9)
    rows = [json.loads(line) for line in catalog_lines(tmp_path, videos)]
    for row in rows:
        row["id"] = f"other-{row['id']}"
    other = tmp_path / "other.jsonl"
    other.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = run(
        *("text", "evaluate", other, "--text", folder / "text", "--all-videos"),
        *("--out", tmp_path / "report", "--json"),
    )
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)
    assert figures["whole_catalog"] is True
    assert figures["new_channels"][0]["operating_point"]["videos"] == 40


def catalog_lines(folder, videos):
    return write_catalog(folder / "lines.jsonl", videos).read_text().splitlines()


ODD_ROWS = [
    {"id": "null", "title": None, "tags": None, "description": None},
    {"id": "empty", "title": "", "tags": [], "description": "  "},
    {"id": "long", "title": "Tennis racket serve", "description": "word " * 200_000},
    {
        "id": "html",
        "title": "<b>Tennis</b> &amp; racket",
        "description": "<p>serve<br>",
    },
    {"id": "emoji", "title": "🎾🎾 tennis 👩\u200d🦰 racket"},
    {"id": "arabic", "title": "مباراة تنس tennis racket", "language": "en"},
    {"id": "hebrew", "title": "\u202eשלום עולם\u202c", "language": "he"},  # noqa: RUF001
    {"id": "surrogate", "title": "tennis racket \ud83d serve", "language": "en"},
    {"id": "control", "title": "ten\x00nis\x07 racket\u200b serve", "language": "en"},
]


def test_odd_rows_end_in_one_result_each(job, run, tmp_path):
    folder, _ = job
    odd = tmp_path / "odd.jsonl"
    rows = [{"language": "en", **row} for row in ODD_ROWS]
    odd.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = run("text", "classify", odd, "--text", folder / "text", "--json")
    assert done.exit_code == 0, done.output
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert [result["id"] for result in results] == [row["id"] for row in rows]
    for result in results:
        jsonschema.validate(result, TEXT_RESULT)
    states = {result["id"]: result["parts"]["text"] for result in results}
    assert states.pop("null") == states.pop("empty") == "no_text"
    assert states.pop("hebrew") == "no_model"
    assert set(states.values()) == {"ok"}
    best = {r["id"]: r["categories"][0]["id"] for r in results if r["categories"]}
    # A parent has the score of its child.
    assert set(best.values()) <= {"539", "483"}
    assert best.keys() >= {"html", "surrogate"}
    assert "9 rows: " in done.stderr


def test_classify_prints_what_the_library_says(job, run):
    folder, _ = job
    catalog = folder / "catalog.jsonl"
    done = run("text", "classify", catalog, "--text", folder / "text", "--json")
    assert done.exit_code == 0, done.output
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    categorizer = TextCategorizer.load(folder / "text")
    library = categorize_texts(categorizer, read_catalog(catalog))
    assert printed == [json.loads(json.dumps(one.to_json())) for one in library]
    assert len(printed) == 400


def test_one_video_may_be_given_by_its_fields(job, run):
    folder, _ = job
    done = run(
        *("text", "classify", "--title", "Raquette et terrain", "--language", "fr"),
        *("--tag", "tennis", "--tag", "revers", "--description", "service"),
        *("--text", folder / "text", "--json"),
    )
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert result["parts"]["text"] == "ok"
    assert "539" in {category["id"] for category in result["categories"]}
    table = run("text", "classify", "--title", "Tennis", "--language", "en",
                "--text", folder / "text")  # fmt: skip
    assert "given" in table.stdout
    assert "1 rows: " in table.stderr


@pytest.fixture(scope="module")
def small_muse(tmp_path_factory):
    """Folder of a SavedModel like MUSE, with a real SentencePiece tokenizer."""
    import tensorflow as tf
    from tiny_sentences import MeanOfPieces, train_tokenizer

    folder = tmp_path_factory.mktemp("small_muse")
    tf.saved_model.save(MeanOfPieces(train_tokenizer()), str(folder))
    return folder


def test_the_multilingual_part_by_the_commands(job, run, small_muse, tmp_path):
    folder, _ = job
    catalog = write_catalog(tmp_path / "c.jsonl", text_catalog(150))
    trained = run(
        *("text", "train", catalog, "--out", tmp_path / "text", "--json"),
        *("--kind", "both", "--sentence-encoder", small_muse),
        *("--labels", folder / "labels.tsv", "--min-examples", "3"),
    )
    assert trained.exit_code == 0, trained.output
    done = run(
        *("text", "classify", "--title", "Raqueta y pista", "--language", "es"),
        *("--text", tmp_path / "text", "--json"),
    )
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert result["parts"]["text"] == "ok"
    assert result["reason"] == "the text model was never measured on the language 'es'"
    moved = tmp_path / "moved"
    small_muse.rename(moved)
    lost = run("text", "classify", "--title", "x", "--text", tmp_path / "text")
    assert lost.exit_code == 1
    assert "--sentence-encoder" in str(lost.exception)
    again = run(
        *("text", "classify", "--title", "Raqueta y pista", "--language", "es"),
        *("--text", tmp_path / "text", "--json", "--sentence-encoder", moved),
    )
    assert again.stdout == done.stdout


def test_without_the_encoder_training_names_what_does_without(job, run, tmp_path):
    folder, _ = job
    done = run(
        *("text", "train", folder / "catalog.jsonl", "--out", tmp_path / "text"),
        *("--sentence-encoder", tmp_path / "nowhere"),
    )
    assert done.exit_code == 1
    assert "saved_model.pb" in str(done.exception)
    assert "--kind bag-of-words trains without" in str(done.exception)


def test_nothing_to_classify_is_wrong_usage(job, run):
    folder, _ = job
    done = run("text", "classify", "--text", folder / "text")
    assert done.exit_code == 2
    assert "Give a catalog, or --title" in done.stderr


def bad_catalogs():
    good = {"id": "a", "title": "Tennis"}
    yield "twice.jsonl", json.dumps(good) + "\n" + json.dumps(good), "row 2: `id`"
    yield "number.jsonl", '{"id": "a", "title": 5}', "row 1: `title` must be text"
    yield "list.jsonl", '{"id": "a", "tags": "x"}', "row 1: `tags` must be a list"
    yield "noid.jsonl", '{"title": "Tennis"}', "row 1: `id` must be given"
    yield "noid.csv", "title,tags\nTennis,x\n", "row 1: the columns must be named"
    yield "typo.jsonl", '{"id": "a", "titel": "x"}', "'titel' may mean 'title'"
    yield "cells.csv", "id,title\na,b,c\n", "row 2: a row must have 2 cells"
    latin = "id,title\na,Tennis\nb,Café\n".encode("latin-1")
    yield "latin.csv", latin, "line 3: the text must be UTF-8. Received: byte 0xe9"
    yield "utf16.csv", "id,title\na,b\n".encode("utf-16"), "line 1: the text must be"


@pytest.mark.parametrize(("name", "content", "message"), list(bad_catalogs()))
def test_a_wrong_catalog_is_one_error_that_names_the_place(
    name, content, message, tmp_path, run
):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    for verb, folder in (("train", "--out"), ("evaluate", "--text")):
        done = run("text", verb, path, folder, tmp_path)
        assert done.exit_code == 1
        assert isinstance(done.exception, InvalidCatalog)
        assert f"{path}" in str(done.exception)
        assert message in str(done.exception)


@pytest.mark.parametrize("named", ["english", "en,../fr"])
def test_languages_must_be_codes(job, run, tmp_path, named):
    folder, _ = job
    done = run(
        *("text", "train", folder / "catalog.jsonl", "--out", tmp_path / "text"),
        *("--kind", "bag-of-words", "--languages", named),
    )
    assert done.exit_code == 2
    assert f"Received: '{named.split(',')[-1]}'" in done.stderr


def test_languages_may_be_written_in_capitals_or_three_letters(job, run, tmp_path):
    folder, _ = job
    done = run(
        *("text", "train", folder / "catalog.jsonl", "--out", tmp_path / "text"),
        *("--kind", "bag-of-words", "--languages", "EN,fra,en"),
        *("--labels", folder / "labels.tsv", "--min-examples", "3"),
    )
    assert done.exit_code == 0, done.output
    trained = TextCategorizer.load(tmp_path / "text")
    assert trained.provenance["config"]["languages"] == ["en", "fr"]


def test_a_catalog_without_text_says_which_columns_are_missing(run, tmp_path):
    rows = "".join(f'{{"id": "v{n}", "labels": ["539"]}}\n' for n in range(100))
    (tmp_path / "bare.jsonl").write_text(rows)
    done = run("text", "train", tmp_path / "bare.jsonl", "--out", tmp_path / "text",
               "--kind", "bag-of-words")  # fmt: skip
    assert done.exit_code == 1
    assert "Give the catalog a `title`, a `description` or `tags`." in str(
        done.exception
    )


def test_an_error_is_one_line_and_status_1(tmp_path):
    (tmp_path / "bad.jsonl").write_text('{"id": "a", "title": 5}')
    words = ["text", "train", str(tmp_path / "bad.jsonl"), "--out", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-c", "from vidcat.commands.main import main; main()", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    assert line.endswith("row 1: `title` must be text. Received: title=5")


def test_help_has_examples(run):
    for verb in ("train", "evaluate", "classify"):
        shown = run("text", verb, "--help").stdout
        assert "Examples:" in shown
        assert f"vidcat text {verb}" in shown
