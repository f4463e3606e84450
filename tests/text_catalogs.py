"""Catalogs of made-up videos whose titles tell their category, for tests."""

import random
from dataclasses import replace
from hashlib import blake2b

import numpy as np

from vidcat.inference.catalogs import writer as catalog_writer
from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.lexicon import words_of

_WORDS = {
    "539": {
        "en": "tennis racket serve backhand wimbledon tiebreak forehand court",
        "fr": "tennis raquette service revers wimbledon tie-break coup terrain",
        "es": "tenis raqueta saque revés wimbledon desempate derecha pista",
    },
    "216": {
        "en": "recipe cooking soup oven dough sauce baking cake",
        "fr": "recette cuisine soupe four pâte sauce cuisson gâteau",
        "es": "receta cocina sopa horno masa salsa hornear pastel",
    },
    "1": {
        "en": "car engine sedan horsepower tyre gearbox driving diesel",
        "fr": "voiture moteur berline chevaux pneu boîte conduite diesel",
        "es": "coche motor sedán caballos neumático caja conducir diésel",
    },
    "680": {
        "en": "gameplay console level boss controller multiplayer quest speedrun",
        "fr": "jouabilité console niveau boss manette multijoueur quête partie",
        "es": "jugabilidad consola nivel jefe mando multijugador misión partida",
    },
    "422": {
        "en": "dog puppy cat kitten leash vet paws fur",
        "fr": "chien chiot chat chaton laisse vétérinaire pattes poil",
        "es": "perro cachorro gato gatito correa veterinario patas pelo",
    },
    "203": {
        "en": "dance ballet tango choreography waltz rehearsal steps partner",
        "fr": "danse ballet tango chorégraphie valse répétition pas partenaire",
        "es": "baile ballet tango coreografía vals ensayo pasos pareja",
    },
}
WORDS = {
    category: {language: words.split() for language, words in languages.items()}
    for category, languages in _WORDS.items()
}
"""For each category words in three languages; the n-th words mean the same."""

_FILLERS = {
    "en": "my new best first day part live official review today with the of",
    "fr": "mon nouveau meilleur premier jour partie direct officiel avec le de",
    "es": "mi nuevo mejor primer día parte directo oficial con el de hoy",
}

LABELS = LabelSet(taxonomy_version="3.1", ids=tuple(WORDS), visual=(True,) * 6)


def text_catalog(rows=300, *, seed=0, languages=("en", "fr"), owners=150, words=2):
    """Videos of one category each; `words` words of their titles tell which.

    Row `n` has the id `row-n` and an owner of `channel-0` to `channel-{owners - 1}`.
    """
    rng = random.Random(seed)  # noqa: S311
    videos = []
    for n in range(rows):
        category = rng.choice(list(WORDS))
        language = rng.choice(languages)
        fillers = rng.sample(_FILLERS[language].split(), 4)
        telling = rng.sample(WORDS[category][language], words + 2)
        title = fillers[:3] + telling[:words]
        rng.shuffle(title)
        videos.append(
            Video(
                id=f"row-{n}",
                title=" ".join(title).capitalize() + "!",
                tags=(telling[-1], fillers[-1]),
                description=f"{telling[-2]}. https://example.com/{n}",
                language=language,
                owner=f"channel-{rng.randrange(owners)}",
                labels=(category,),
            )
        )
    return videos


def shuffled_labels(videos, *, seed=0):
    """The same videos, each with the labels of another: nothing can be learned."""
    labels = [video.labels for video in videos]
    random.Random(seed).shuffle(labels)  # noqa: S311
    return [
        replace(video, labels=one) for video, one in zip(videos, labels, strict=True)
    ]


def write_catalog(path, videos):
    """Writes videos as JSON lines; the path once more, for one who makes a fixture."""
    catalog_writer.write_catalog(videos, path)
    return path


class WordEncoder:
    """A sentence encoder that knows the words of `WORDS` in three languages.

    A word's vector is the same in each language; a text's is the mean of its words'.
    """

    width = 32
    source = "words"
    checksum = "0123456789abcdef"

    def __init__(self):
        self.embedded = 0
        self._meaning = {
            words_of(word)[0]: f"{category} {place}"
            for category, languages in WORDS.items()
            for words in languages.values()
            for place, word in enumerate(words)
        }

    def embed(self, texts):
        self.embedded += len(texts)
        rows = [self._embed_one(text) for text in texts]
        return np.array(rows, np.float32).reshape(-1, self.width)

    def _embed_one(self, text):
        words = words_of(text) or ("",)
        vectors = [_vector(self._meaning.get(word, word)) for word in words]
        return np.mean(vectors, axis=0)


def _vector(word):
    seed = int.from_bytes(blake2b(word.encode(), digest_size=8).digest())
    return np.random.default_rng(seed).normal(size=WordEncoder.width)
