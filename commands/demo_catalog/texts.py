"""Titles, descriptions and tags for the demo's clips, in six languages."""

from typing import Any

from numpy.random import Generator

_PHRASES: dict[str, dict[str, tuple[str, ...]]] = {
    "539": {
        "en": ("Tennis: the road to Wimbledon", "Grand slam tennis, match point"),
        "fr": (
            "Tennis : en route pour Roland Garros",
            "Apprendre le service au tennis",
        ),
        "de": ("Tennisfinale der Damen", "Aufschlag im Tennis lernen"),
        "es": ("Partido de tenis en tierra batida", "El saque en el tenis"),
        "pt": ("Partida de ténis no clube", "Aula de ténis: a direita"),
        "ja": ("テニスの試合ハイライト", "テニスのサーブ練習"),
    },
    "533": {
        "en": ("Soccer highlights: late goal", "Sunday league soccer"),
        "fr": ("Match de Ligue 1 : but à la 90e", "Football : le centre et la tête"),
        "de": ("Fußball: das Siegtor", "Fußballtraining am Abend"),
        "es": ("Fútbol: el gol del empate", "Partido de fútbol del barrio"),
        "pt": ("Golo de futebol no último minuto", "Futebol de domingo"),
        "ja": ("サッカーのゴール集", "サッカーの練習試合"),
    },
    "537": {
        "en": ("Freestyle swimming: 100 m", "Swim meet, lane four"),
        "fr": ("Natation : 100 m nage libre", "Séance de natation"),
        "de": ("Schwimmen: 100 m Freistil", "Schwimmtraining im Hallenbad"),
        "es": ("Natación: 100 m libres", "Entrenamiento de natación"),
        "pt": ("Natação: 100 m livres", "Treino na piscina"),
        "ja": ("水泳 100m自由形", "水泳の練習"),
    },
    "531": {
        "en": ("Ski resort: the black run", "Alpine skiing after fresh snow"),
        "fr": ("Ski sur piste noire", "Ski alpin dans la poudreuse"),
        "de": ("Skifahren auf der schwarzen Piste", "Ein Skitag im Neuschnee"),
        "es": ("Esquí en la pista negra", "Día de esquí con nieve nueva"),
        "pt": ("Esqui na pista preta", "Dia de esqui na serra"),
        "ja": ("スキーの上級コース", "新雪でスキー"),
    },
    "518": {
        "en": ("Motorsport: the last lap", "Grand Prix onboard lap"),
        "fr": ("Course automobile : dernier tour", "Rallye : un tour embarqué"),
        "de": ("Autorennen: die letzte Runde", "Eine Runde auf der Rennstrecke"),
        "es": ("Carrera de coches: última vuelta", "Una vuelta al circuito"),
        "pt": ("Corrida de carros: a última volta", "Uma volta na pista"),
        "ja": ("カーレース最終ラップ", "サーキット走行"),
    },
    "216": {
        "en": ("Easy recipe: vegetable stir-fry", "How to cook dinner in one pan"),
        "fr": ("Recette facile : légumes sautés", "Cuisine du soir, recette rapide"),
        "de": ("Rezept: Gemüsepfanne", "Kochen mit einer Pfanne"),
        "es": ("Receta de verduras salteadas", "Cocina rápida en sartén"),
        "pt": ("Receita de legumes salteados", "Cozinhar o jantar"),
        "ja": ("野菜炒めの作り方", "フライパン一つで料理"),
    },
    "426": {
        "en": ("Fish tank: feeding time", "My freshwater aquarium"),
        "fr": ("Aquariophilie : mes poissons", "Mon poisson rouge et les autres"),
        "de": ("Mein Aquarium", "Neue Fische im Becken"),
        "es": ("Mi acuario y sus peces", "Peces nuevos en el acuario"),
        "pt": ("O meu aquário", "Peixes novos no aquário"),
        "ja": ("アクアリウムの魚たち", "水槽に新しい魚"),
    },
    "472": {
        "en": ("The solar system tonight", "NASA pictures: a new planet"),
        "fr": ("Le système solaire ce soir", "Astronomie pour débutants"),
        "de": ("Sternenhimmel im Mai", "Astronomie: Blick auf den Planeten"),
        "es": ("El cielo de noche: planetas", "Astronomía para empezar"),
        "pt": ("O céu à noite: planetas", "Astronomia para todos"),
        "ja": ("今夜の星空と惑星", "天文入門"),
    },
    "673": {
        "en": ("A beach day on the island", "Beach holiday: the best bays"),
        "fr": ("Les plus belles plages de l'île", "Plage paradisiaque, sable blanc"),
        "de": ("Die schönsten Strände der Insel", "Ein Tag am Strand"),
        "es": ("Las mejores playas de la isla", "Un día de playa"),
        "pt": ("As melhores praias da ilha", "Um dia de praia"),
        "ja": ("島のおすすめビーチ", "海辺の一日"),
    },
    "680": {
        "en": ("Let's play: level 4, no deaths", "Retro video game speedrun"),
        "fr": ("Jeu vidéo : niveau 4 sans mourir", "Jeu vidéo rétro"),
        "de": ("Let's Play: Level 4", "Retrospiel im Schnelldurchlauf"),
        "es": ("Jugamos el nivel 4", "Videojuego retro, récord"),
        "pt": ("Jogamos o nível 4", "Jogo retro em tempo recorde"),
        "ja": ("レトロゲーム実況 レベル4", "ゲーム最速クリア"),
    },
}
"""By category id and language: what a title speaks of."""

_VAGUE = {
    "en": ("You have to see this", "Thank you all", "Some news"),
    "fr": ("Il faut voir ça", "Merci à tous", "Quelques nouvelles"),
    "de": ("Das müsst ihr sehen", "Danke an alle", "Neues von uns"),
    "es": ("Tienes que ver esto", "Gracias a todos", "Novedades"),
    "pt": ("Têm de ver isto", "Obrigado a todos", "Novidades"),
    "ja": ("これは見てほしい", "みなさんありがとう", "お知らせ"),
}
"""By language: titles that say nothing about the category."""

LANGUAGES = tuple(_VAGUE)


def write_texts(
    rng: Generator, categories: tuple[str, ...], language: str
) -> dict[str, Any]:
    """A clip's title, description and tags, as an uploader might write them.

    One in seven titles tells nothing of the category, one description in four is
    missing, and so are half of the tags.

    Args:
        rng: Source of chance.
        categories: Ids of the clip's categories; may be empty.
        language: One of `LANGUAGES`.

    Returns:
        `title`, `description` (or `None`) and `tags` of a catalog row.
    """
    phrases = [
        _PHRASES[category][language][int(rng.integers(2))] for category in categories
    ]
    vague = _VAGUE[language][int(rng.integers(3))]
    told = bool(phrases) and rng.random() > 1 / 7
    episode = f" #{rng.integers(1, 60)}" if rng.random() < 0.3 else ""
    words = sorted({word.strip(":,.'").lower() for p in phrases for word in p.split()})
    return {
        "title": (" / ".join(phrases) if told else vague) + episode,
        "description": None
        if rng.random() < 0.25
        else ". ".join([*phrases, vague]) + ".",
        "tags": [word for word in words if len(word) > 3 and rng.random() < 0.5],
    }
