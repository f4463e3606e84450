import cv2
import numpy as np
import pytest

from vidcat.commands.demo_catalog.plan import CATEGORIES
from vidcat.commands.demo_catalog.scenes import FILLERS, SCENES, film_clip, write_mp4
from vidcat.taxonomy.iab import load_iab

EVERY_SCENE = [*SCENES.values(), *FILLERS]
SEEDS = range(6)


def named(scene):
    return scene.__name__


def picture_of(scene, seed, seconds=1.0):
    return scene(np.random.default_rng(seed))(seconds)


def mean_hue_degrees(pictures):
    """Hue of the mean colour."""
    mean = np.mean(pictures, axis=(0, 1, 2)).astype(np.uint8)
    return 2.0 * cv2.cvtColor(mean[None, None], cv2.COLOR_BGR2HSV)[0, 0, 0]


@pytest.mark.parametrize("scene", EVERY_SCENE, ids=named)
def test_scene_moves_and_differs_from_seed_to_seed(scene):
    for seed in SEEDS:
        painter = scene(np.random.default_rng(seed))
        before, after = painter(0.4), painter(1.1)
        assert before.shape == (180, 320, 3)
        assert before.dtype == np.uint8
        assert (before != after).any(axis=2).mean() > 0.001
        other = picture_of(scene, seed + 100, 0.4)
        assert (before != other).any(axis=2).mean() > 0.05


@pytest.mark.parametrize("scene", EVERY_SCENE, ids=named)
def test_a_seed_is_a_scene(scene):
    np.testing.assert_array_equal(picture_of(scene, 3), picture_of(scene, 3))


def test_scenes_look_like_what_they_show():
    looks = {
        name: np.stack([picture_of(scene, seed) for seed in SEEDS])
        for name, scene in ((scene.__name__, scene) for scene in EVERY_SCENE)
    }
    brightness = {name: pictures.mean() for name, pictures in looks.items()}
    assert min(brightness, key=brightness.get) == "space"
    assert brightness["skiing"] > 150
    # Grass between yellow and green, water between cyan and blue.
    assert 60 < mean_hue_degrees(looks["soccer"]) < 140
    assert 170 < mean_hue_degrees(looks["swimming"]) < 220
    assert 160 < mean_hue_degrees(looks["aquarium"]) < 230
    # Four by four screen pixels to a game pixel.
    game = looks["video_gaming"]
    np.testing.assert_array_equal(game[:, ::4, ::4], game[:, 3::4, 3::4])


def test_categories_are_in_the_taxonomy_and_have_a_scene():
    taxonomy = load_iab("3.1")
    assert set(CATEGORIES) == set(SCENES)
    assert len(CATEGORIES) >= 8
    names = {scene.__name__: taxonomy[key].name for key, scene in SCENES.items()}
    assert names == {
        "tennis": "Tennis",
        "soccer": "Soccer",
        "swimming": "Swimming",
        "skiing": "Skiing",
        "auto_racing": "Auto Racing",
        "cooking": "Cooking",
        "aquarium": "Fish and Aquariums",
        "space": "Space and Astronomy",
        "beach": "Beach Travel",
        "video_gaming": "Video Gaming",
    }


@pytest.mark.parametrize("categories", [(), ("472",), ("472", "531")])
@pytest.mark.parametrize("frames", [12, 47])
def test_clip_has_as_many_frames_as_asked_for(categories, frames):
    rng = np.random.default_rng(0)
    assert len(list(film_clip(rng, categories, frames, 12))) == frames


def test_two_categories_follow_each_other():
    # Night sky, then snow: dark, then bright, whatever the camera.
    for seed in SEEDS:
        clip = list(film_clip(np.random.default_rng(seed), ("472", "531"), 40, 12))
        assert clip[14].mean() + 50 < clip[-1].mean()


def test_written_film_is_read_back(tmp_path):
    grey = [np.full((180, 320, 3), 20 * index, np.uint8) for index in range(10)]
    write_mp4(tmp_path / "grey.mp4", grey, 12)
    reader = cv2.VideoCapture(str(tmp_path / "grey.mp4"))
    assert reader.get(cv2.CAP_PROP_FPS) == pytest.approx(12)
    found = [reader.read()[1].mean() for _ in range(10)]
    np.testing.assert_allclose(found, 20 * np.arange(10), atol=5)
    assert not reader.read()[0]


def test_film_that_cannot_be_written_is_an_error_with_its_path(tmp_path):
    path = tmp_path / "missing" / "film.mp4"
    with pytest.raises(OSError, match=r"missing/film\.mp4: OpenCV cannot write"):
        write_mp4(path, [], 12)
