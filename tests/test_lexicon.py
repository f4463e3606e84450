import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.lexicon import (
    LEXICON_LANGUAGES,
    Hit,
    InvalidLexicon,
    Lexicon,
    LexiconEntry,
    words_of,
)

HEADER = "id\tphrase\tstrength\treason\n"
PAGE = Path(__file__).parents[1] / "docs" / "lexicon.md"
SPORTS, TENNIS, TRAINS, MUSIC = "483", "539", "669", "338"

# Categories that only hold others, and are said through them.
UMBRELLAS = {"en": {"SPSHQ5"}, "fr": {"SPSHQ5", "JLBCU7", "685"}}


@pytest.fixture
def lexicon():
    return Lexicon(
        language="fr",
        entries=(
            LexiconEntry(TENNIS, "tennis", True),
            LexiconEntry(SPORTS, "tennis de table", True, "no tennis"),
            LexiconEntry(TRAINS, "train à vapeur", True),
            LexiconEntry(TRAINS, "train", False),
            LexiconEntry(MUSIC, "chœur", False),
            LexiconEntry(MUSIC, "paroles", False),
        ),
    )


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "xx.tsv"

    def write(text):
        path.write_text(text, encoding="utf-8")
        return path

    return write


def found(lexicon, text):
    return [(hit.category_id, hit.phrase) for hit in lexicon.hits(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("?! …", ()),
        ("It's HERE", ("it", "s", "here")),
        ("snake_case e-mail 4x4", ("snake", "case", "e", "mail", "4x4")),
        ("Élève, cœur, CŒUR, Æther", ("eleve", "coeur", "coeur", "aether")),
        # The same letter, composed and with a combining mark; a ligature; wide forms.
        ("caf\u00e9 cafe\u0301 \ufb01lm \uff21\uff22", ("cafe", "cafe", "film", "ab")),
        ("Straße STRASSE", ("strasse", "strasse")),
        ("train🚂train", ("train", "train")),
    ],
)
def test_words_are_runs_of_letters_and_digits_without_case_and_accents(text, words):
    assert words_of(text) == words


@given(st.text())
def test_words_of_words_are_the_same_words(text):
    words = words_of(text)
    assert words_of(" ".join(words)) == words


def test_words_of_a_phrase_must_follow_each_other(lexicon):
    steam = (TRAINS, "train à vapeur")
    assert steam in found(lexicon, "Un train, à vapeur!")
    assert steam not in found(lexicon, "train vapeur à")
    assert steam not in found(lexicon, "train à grande vapeur")
    assert steam not in found(lexicon, "train à")
    assert steam not in found(lexicon, "à vapeur")


def test_a_word_of_the_text_may_have_one_more_s(lexicon):
    assert found(lexicon, "Les trains à vapeurs") == [
        (TRAINS, "train"),
        (TRAINS, "train à vapeur"),
    ]
    assert found(lexicon, "trainss") == []
    assert found(lexicon, "trained") == []
    # The other way round it is not so: a phrase in the plural asks for the plural.
    assert found(lexicon, "parole") == []
    assert found(lexicon, "paroles") == [(MUSIC, "paroles")]


def test_a_phrase_within_another_is_found_as_well(lexicon):
    assert set(found(lexicon, "tennis de table")) == {
        (TENNIS, "tennis"),
        (SPORTS, "tennis de table"),
    }


def test_hits_come_once_in_the_order_of_the_text(lexicon):
    assert lexicon.hits("CHOEUR au TENNIS, chœur") == (
        Hit(MUSIC, "chœur", False),
        Hit(TENNIS, "tennis", True),
    )
    assert lexicon.hits("") == ()


@pytest.mark.parametrize("language", LEXICON_LANGUAGES)
@given(data=st.data())
def test_every_phrase_is_found_between_words_and_not_inside_them(language, data):
    lexicon = Lexicon.load(language)
    entry = data.draw(st.sampled_from(lexicon.entries))
    hit = Hit(entry.category_id, entry.phrase, entry.strong)
    around = st.text(alphabet="zqx09 ,.!-_'()\n", max_size=9)
    before, after = data.draw(around), data.draw(around)
    assert hit in lexicon.hits(f"{before} {entry.phrase} {after}")
    assert hit not in lexicon.hits(f"{before} z{entry.phrase} {after}")
    assert hit not in lexicon.hits(f"{before} {entry.phrase}z {after}")


@pytest.mark.parametrize("language", LEXICON_LANGUAGES)
@given(data=st.data())
def test_case_and_accents_do_not_matter(language, data):
    lexicon = Lexicon.load(language)
    entry = data.draw(st.sampled_from(lexicon.entries))
    hit = Hit(entry.category_id, entry.phrase, entry.strong)
    plain = unicodedata.normalize("NFD", entry.phrase)
    plain = "".join(one for one in plain if not "\u0300" <= one <= "\u036f")
    marks = st.sampled_from(["", "", "\u0301", "\u0308", "\u0327"])
    marked = "".join(one + data.draw(marks) * one.isalpha() for one in plain)
    for text in (plain, entry.phrase.upper(), plain.title(), marked, marked.upper()):
        assert hit in lexicon.hits(text)
        assert hit in lexicon.hits(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("language", "text", "category_id"),
    [
        ("en", "How to bake a Chocolate Cake", "217"),
        ("en", "Federer vs Nadal: Wimbledon 2008", "539"),
        ("en", "GTA 5 funny moments", "691"),
        ("fr", "Recette: gâteau au chocolat sans œufs", "217"),
        ("fr", "Locomotive et TRAIN A VAPEUR en gare", "669"),
        ("fr", "Les plus beaux tours de magie", "241"),
    ],
)
def test_plain_texts_tell_their_category(language, text, category_id):
    strong = {
        hit.category_id for hit in Lexicon.load(language).hits(text) if hit.strong
    }
    assert category_id in strong


def test_load_gives_the_same_lexicon_every_time():
    assert {"en", "fr"} <= set(LEXICON_LANGUAGES)
    for language in LEXICON_LANGUAGES:
        assert Lexicon.load(language) is Lexicon.load(language)
        assert Lexicon.load(language).language == language
    with pytest.raises(ValueError, match=r"must be one of \['en', .*Received: 'EN'$"):
        Lexicon.load("EN")


@pytest.mark.parametrize("language", LEXICON_LANGUAGES)
def test_every_label_but_umbrellas_has_phrases_and_nothing_else_has(language):
    lexicon, labels = Lexicon.load(language), LabelSet.default()
    assert lexicon.taxonomy_version == labels.taxonomy_version
    spoken_of = {entry.category_id for entry in lexicon.entries}
    assert set(labels) - spoken_of == UMBRELLAS[language]
    assert spoken_of <= set(labels)


@pytest.mark.parametrize("language", LEXICON_LANGUAGES)
def test_phrases_are_many_written_alike_and_no_twins(language):
    entries = Lexicon.load(language).entries
    assert len(entries) >= 800
    for entry in entries:
        assert re.fullmatch(r"[^\W_]+( [^\W_]+)*", entry.phrase)
        assert entry.phrase == entry.phrase.casefold()
    # A phrase and its plural would count as two where there is one.
    stems = {
        (
            each.category_id,
            tuple(word.removesuffix("s") for word in words_of(each.phrase)),
        )
        for each in entries
    }
    assert len(stems) == len(entries)


@pytest.mark.parametrize("language", LEXICON_LANGUAGES)
def test_the_page_tells_the_numbers_of_the_tables(language):
    entries = Lexicon.load(language).entries
    numbers = (
        len(entries),
        len({entry.phrase for entry in entries}),
        sum(entry.strong for entry in entries),
        sum(bool(entry.reason) for entry in entries),
    )
    row = f"| `{language}` | " + " | ".join(f"{number:,}" for number in numbers) + " |"
    assert row in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id\tphrase\n", "line 1: columns must include each of ['id', 'phrase', "),
        (HEADER, ": A lexicon must hold at least one phrase."),
        (
            HEADER + "539\ttennis\tstrong\t\n\n539\tracket\tmaybe\t\n",
            "line 4: `strength` must be `strong` or `weak`. Received: 'maybe'",
        ),
        (
            HEADER + "539\ttennis\tstrong\t\nTennis\tracket\tweak\t\n",
            "line 3: 'Tennis' is no category of taxonomy 3.1. Close: 539",
        ),
        (
            HEADER + "539\t?!\tstrong\t\n",
            "line 2: `phrase` must hold a letter or a digit. Received: '?!'",
        ),
        (
            HEADER + "539\tété\tstrong\t\n483\tété\tweak\t\n539\tETE\tweak\t\n",
            "line 4: 'ETE' comes twice for '539'.",
        ),
    ],
)
def test_a_bad_table_is_refused_with_file_and_reason(table, text, reason):
    path = table(text)
    with pytest.raises(InvalidLexicon) as caught:
        Lexicon.read(path, language="xx")
    assert str(caught.value).startswith(str(path))
    assert reason in str(caught.value)


def test_a_table_in_any_language_and_version_can_be_read(table):
    path = table("strength\tphrase\tid\treason\tnotes\nweak\tniño\tIAB1-6\twhy\tmine\n")
    lexicon = Lexicon.read(path, language="es", taxonomy_version="1.0")
    assert lexicon.entries == (LexiconEntry("IAB1-6", "niño", False, "why"),)
    assert len(lexicon) == 1
    assert lexicon.hits("El NINO") == (Hit("IAB1-6", "niño", False),)
    with pytest.raises(ValueError, match=r"`version` must be one of"):
        Lexicon.read(path, language="es", taxonomy_version="9.9")
