import subprocess
import sys

import pytest

from vidcat.inference.language import MUSE_LANGUAGES, detect_language, language_of
from vidcat.inference.texts.language_codes import language_code
from vidcat.inference.video import Video

SENTENCES = {
    "ar": "كيف تصنع كعكة الشوكولاتة في المنزل",
    "de": "So backt man einen Schokoladenkuchen zu Hause",
    "en": "How to bake a chocolate cake at home",
    "es": "Cómo hacer un pastel de chocolate en casa",
    "fr": "Comment faire un gâteau au chocolat à la maison",
    "it": "Come fare una torta al cioccolato in casa",
    "ja": "家で作るチョコレートケーキ",
    "ko": "집에서 초콜릿 케이크 만드는 법",
    "nl": "Zo bak je thuis een chocoladetaart",
    "pl": "Jak upiec ciasto czekoladowe w domu",
    "pt": "Como fazer um bolo de chocolate em casa",
    "ru": "Как испечь шоколадный торт дома",
    "th": "วิธีทำเค้กช็อกโกแลตที่บ้าน",
    "tr": "Evde çikolatalı kek nasıl yapılır",  # noqa: RUF001
    "zh": "如何在家制作巧克力蛋糕",
}
OTHERS = {
    "cs": "Jak upéct čokoládový dort doma",
    "el": "Πώς να φτιάξετε κέικ σοκολάτας στο σπίτι",  # noqa: RUF001
    "fa": "چگونه در خانه کیک شکلاتی درست کنیم",
    "he": "איך להכין עוגת שוקולד בבית",
    "hu": "Hogyan süssünk csokoládétortát otthon",
    "id": "Cara membuat kue cokelat di rumah",
    "no": "Hvordan bake en sjokoladekake hjemme på kjøkkenet",
    "sv": "Hur man bakar en chokladkaka hemma",
    "uk": "Як спекти шоколадний торт удома",
    "vi": "Cách làm bánh sô cô la tại nhà",
}


def test_every_language_of_muse_has_a_sentence_here():
    assert sorted(SENTENCES) == sorted(MUSE_LANGUAGES)


@pytest.mark.parametrize("language", [*SENTENCES, *OTHERS])
def test_sentence_is_of_its_language(language):
    assert detect_language((SENTENCES | OTHERS)[language]) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "😀🎉🎂",
        "12:45 2024 — 100 %",
        "Bonjour à",  # 8 letters
        "你好吗",  # 3 ideographs
        "Ronaldo Messi Neymar Mbappe",
        "როგორ გამოვაცხოთ შოკოლადის ნამცხვარი",  # Georgian, which is not looked for
        "ቸኮሌት ኬክን በቤት ውስጥ እንዴት እንደሚጋገር",
        "qwrtz sdfgh yxcvbn plkjh",
        "#chat #mignon #drôle #animaux #bébé",
        "https://www.example.com/comment-faire-un-gateau-au-chocolat",
        "contact.presse@boulangerie-patisserie.example.fr",
    ],
)
def test_text_without_enough_words_has_no_language(text):
    assert detect_language(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "😀😀🎉 Comment faire un gâteau au chocolat 🎂🎂",
        "Comment faire un gâteau au chocolat #howto #baking #cake #easyrecipe",
        "Comment faire un gâteau au chocolat @thebakingchannel @sweetandeasy",
        "https://www.youtube.com/watch?v=the-best-cake Comment faire un gâteau "
        "au chocolat www.thebakingshop.com/cakes?from=youtube",
        "Comment faire un gâteau au chocolat \ud83d",
        "𝓒𝓸𝓶𝓶𝓮𝓷𝓽 𝓯𝓪𝓲𝓻𝓮 𝓾𝓷 𝓰𝓪̂𝓽𝓮𝓪𝓾 𝓪𝓾 𝓬𝓱𝓸𝓬𝓸𝓵𝓪𝓽 𝓪̀ 𝓵𝓪 𝓶𝓪𝓲𝓼𝓸𝓷",  # noqa: RUF001
        "Comment faire un g\x00âteau au chocolat",
        "Comment faire un gâteau au chocolat à la maison. " + "Buy my book now. " * 500,
    ],
)
def test_what_is_no_sentence_does_not_mislead(text):
    french = "Comment faire un gâteau au chocolat à la maison, tout simplement. " * 16
    assert detect_language(text if len(text) < 1000 else french + text) == "fr"


def test_address_without_a_blank_leaves_the_words_beside_it():
    assert detect_language("观看www.example.com/the/best/cake如何在家制作蛋糕") == "zh"


RUSSIAN = (
    "Сегодня мы покажем, как испечь простой шоколадный торт в обычной духовке. "
    "Сначала растопите масло, затем добавьте муку и какао, перемешайте всё вместе "
    "до однородной массы и оставьте тесто на десять минут. "
)
ENGLISH = (
    "Today we will show you how a simple chocolate cake is baked in your own kitchen. "
    "First you melt the butter, then add sugar, flour and cocoa, stir everything until "
    "the mixture is smooth, and leave it standing there for about ten minutes. "
)


def test_start_of_a_megabyte_of_text_decides():
    assert detect_language(ENGLISH * 4500) == "en"
    assert detect_language(RUSSIAN * 10 + ENGLISH * 4500) == "ru"


@pytest.mark.parametrize("characters", [40, 100, 119, 120, 130, 200, 329, 330, 600])
def test_language_does_not_depend_on_the_length(characters):
    assert detect_language((ENGLISH * 3)[:characters]) == "en"


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en", "en"),
        (" EN ", "en"),
        ("pt-BR", "pt"),
        ("zh_Hant_TW", "zh"),
        ("en_US.UTF-8", "en"),
        ("eng", "en"),
        ("FRA", "fr"),
        ("fre", "fr"),
        ("ger-AT", "de"),
        ("cmn-Hans", "zh"),
        ("iw", "he"),
        ("fil", "tl"),
        ("nb-NO", "no"),
        ("nno", "no"),
        ("haw", "haw"),
        ("und", None),
        ("", None),
        ("  ", None),
        ("zxx", None),
        ("mul", None),
        ("xx", None),
        ("english", None),
        ("e1", None),
        ("-", None),
    ],
)
def test_code_is_the_primary_subtag_in_two_letters(tag, code):
    assert language_code(tag) == code


def video(language):
    return Video(id="a", language=language)


def test_catalog_goes_before_the_text():
    assert language_of(video("pt-BR"), SENTENCES["fr"]) == "pt"
    assert language_of(video("eng"), None) == "en"


@pytest.mark.parametrize("missing", [None, "und", "xx", "unknown"])
def test_text_speaks_where_the_catalog_does_not(missing):
    assert language_of(video(missing), SENTENCES["fr"]) == "fr"
    assert language_of(video(missing), "12345") is None
    assert language_of(video(missing), None) is None


def test_catalog_that_names_every_language_needs_no_detector():
    program = (
        "import sys; from vidcat.inference.language import language_of; "
        "from vidcat.inference.video import Video; "
        "print(language_of(Video(id='a', language='en'), 'Bonjour à tous'), "
        "'lingua' in sys.modules)"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert out.stdout == "en False\n"
