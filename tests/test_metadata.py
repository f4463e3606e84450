import json
import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from vidcat.inference.metadata import MetadataEncoder, owner_digest
from vidcat.inference.video import Video
from vidcat.training.metadata import fit_metadata_encoder

AS_OF = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.fixture
def rows():
    return [
        Video(
            id="a",
            owner="Anna",
            upload_category="Sports",
            language="en-GB",
            duration_seconds=99.0,
            uploaded_at=AS_OF - timedelta(days=9),
        ),
        Video(
            id="b",
            owner="Anna",
            upload_category=" sports",
            language="EN",
            duration_seconds=9.0,
            uploaded_at=AS_OF - timedelta(days=99),
        ),
        Video(id="c", owner="Bert", upload_category="Music", language="fr"),
        Video(id="d"),
    ]


@pytest.fixture
def encoder(rows):
    return fit_metadata_encoder(rows, as_of=AS_OF)


def test_common_values_get_a_number_and_rare_ones_are_unknown(rows, encoder):
    encoded = encoder.encode(rows, as_of=AS_OF)
    assert encoded["owner"].tolist() == [1, 1, 0, 0]
    assert encoded["upload_category"].tolist() == [1, 1, 0, 0]
    assert encoded["language"].tolist() == [1, 1, 0, 0]
    assert {
        encoded[name].dtype for name in ("owner", "upload_category", "language")
    } == {np.dtype("int32")}


def test_unseen_values_are_unknown(encoder):
    new = Video(id="n", owner="Carl", upload_category="News", language="de")
    encoded = encoder.encode([new], as_of=AS_OF)
    for name in ("owner", "upload_category", "language"):
        assert encoded[name].tolist() == [0]


def test_every_value_counts_where_one_video_is_enough(rows):
    encoder = fit_metadata_encoder(rows, as_of=AS_OF, min_count=1)
    encoded = encoder.encode(rows, as_of=AS_OF)
    # In the order of their names; owners in that of their hashes.
    assert encoded["upload_category"].tolist() == [2, 2, 1, 0]
    assert encoded["language"].tolist() == [1, 1, 2, 0]
    assert sorted(set(encoded["owner"])) == [0, 1, 2]


def test_numbers_are_standardised_logarithms_with_marks(rows, encoder):
    numbers = encoder.encode(rows, as_of=AS_OF)["numbers"]
    # log(100) and log(10) stand one deviation above and below their mean; ages are
    # 9 and 99 days, the other way round.
    assert numbers.dtype == np.float32
    np.testing.assert_allclose(
        numbers, [[1, 1, -1, 1], [-1, 1, 1, 1], [0] * 4, [0] * 4], atol=1e-6
    )
    assert encoder.duration.mean == pytest.approx((math.log(100) + math.log(10)) / 2)


def test_equal_values_are_only_centred():
    rows = [Video(id=name, duration_seconds=60.0) for name in "ab"]
    encoder = fit_metadata_encoder(rows, as_of=AS_OF)
    numbers = encoder.encode([Video(id="c", duration_seconds=0.0)], as_of=AS_OF)[
        "numbers"
    ]
    np.testing.assert_allclose(numbers, [[-math.log(61), 1, 0, 0]], rtol=1e-6)


def test_zero_seconds_are_present_and_missing_ones_are_not(encoder):
    rows = [Video(id="z", duration_seconds=0.0), Video(id="m")]
    assert encoder.encode(rows, as_of=AS_OF)["numbers"][:, 1].tolist() == [1.0, 0.0]


def test_uploads_after_the_time_of_encoding_are_new(encoder):
    future = Video(id="f", uploaded_at=AS_OF + timedelta(days=3))
    now = Video(id="n", uploaded_at=AS_OF)
    numbers = encoder.encode([future, now], as_of=AS_OF)["numbers"]
    np.testing.assert_array_equal(numbers[0], numbers[1])


def test_the_encoder_survives_json_and_keeps_no_owner_name(rows, encoder):
    text = json.dumps(encoder.to_json())
    restored = MetadataEncoder.from_json(json.loads(text))
    assert restored == encoder
    for name, values in encoder.encode(rows, as_of=AS_OF).items():
        np.testing.assert_array_equal(restored.encode(rows, as_of=AS_OF)[name], values)
    assert "Anna" not in text


def test_the_owner_hash_is_the_same_everywhere():
    # `printf Anna | b2sum -l 64`
    assert owner_digest("Anna") == "a99ff9c12e6d7415"


def test_only_the_owners_with_most_videos_are_kept():
    owners = ["a"] * 2 + ["b"] * 4 + ["c"] * 3
    rows = [Video(id=str(at), owner=owner) for at, owner in enumerate(owners)]
    encoder = fit_metadata_encoder(rows, as_of=AS_OF, max_owners=2)
    assert set(encoder.owners) == {owner_digest("b"), owner_digest("c")}


def test_the_shape_counts_unknown_too(rows):
    shape = fit_metadata_encoder(rows, as_of=AS_OF, min_count=1).shape
    assert (shape.owners, shape.upload_categories, shape.languages) == (3, 3, 3)


def test_no_video_gives_empty_arrays(encoder):
    encoded = encoder.encode([], as_of=AS_OF)
    assert encoded["owner"].shape == (0,)
    assert encoded["numbers"].shape == (0, 4)


def test_the_time_needs_a_zone(encoder, rows):
    with pytest.raises(ValueError, match=r"Received: as_of=2024-06-01T00:00:00$"):
        encoder.encode(rows, as_of=AS_OF.replace(tzinfo=None))


@pytest.mark.parametrize("name", ["min_count", "max_owners"])
def test_counts_are_positive(name):
    with pytest.raises(ValueError, match=f"{name}=0"):
        fit_metadata_encoder([], as_of=AS_OF, **{name: 0})
