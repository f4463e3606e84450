import json
from dataclasses import asdict, replace

import pytest
from feature_stores import SPACE

from vidcat.inference.feature_space import (
    UNQUANTISED,
    FeatureSpace,
    FeatureSpaceMismatch,
    require_same_sampling,
)
from vidcat.inference.frame_encoder import FrameEncoder
from vidcat.inference.frames import RESIZE_FILTER, FrameSampler
from vidcat.inference.projection import Projection
from vidcat.inference.sampling import Sampling


class PlainEncoder(FrameEncoder):
    def _describe_batch(self, frames):
        return frames[:, 0, 0].astype("float32")


ENCODER = PlainEncoder(
    name="plain",
    input_size=32,
    width=3,
    weights_sha256="12" * 32,
    preprocessing="none",
    untrained=True,
    batch_size=4,
)
SAMPLER = FrameSampler(size=32, fit="crop")


def test_the_same_space_passes():
    SPACE.require_same(replace(SPACE))


@pytest.mark.parametrize("name", asdict(SPACE))
def test_any_field_that_differs_is_named(name):
    value = asdict(SPACE)[name]
    other = replace(SPACE, **{name: not value if isinstance(value, bool) else 7})
    with pytest.raises(
        FeatureSpaceMismatch,
        match=rf"feature space: `{name}` is .* 7|`{name}` is False there, True here",
    ):
        SPACE.require_same(other)


def test_sampling_that_differs_is_named():
    require_same_sampling(Sampling(), Sampling())
    with pytest.raises(FeatureSpaceMismatch) as caught:
        require_same_sampling(Sampling(), Sampling(rule="keyframes"))
    assert str(caught.value) == (
        "Another sampling: `rule` is 'uniform' there, 'keyframes' here."
    )


def test_a_space_is_what_its_three_parts_say():
    projection = Projection.identity(3)
    assert FeatureSpace.of(ENCODER, SAMPLER, projection, UNQUANTISED) == FeatureSpace(
        encoder="plain",
        weights_sha256="12" * 32,
        untrained=True,
        input_size=32,
        fit="crop",
        resize_filter=RESIZE_FILTER,
        preprocessing="none",
        projection_sha256=projection.sha256,
        width=3,
        quantisation="float32",
    )


@pytest.mark.parametrize(
    ("sampler", "width", "message"),
    [
        (FrameSampler(size=64), 3, "encoder's 32 pixels. Received: size=64"),
        (SAMPLER, 5, "encoder's 3 values. Received: input_width=5"),
    ],
)
def test_parts_that_do_not_fit_are_refused(sampler, width, message):
    with pytest.raises(ValueError, match=message):
        FeatureSpace.of(ENCODER, sampler, Projection.identity(width))


def test_json_gives_the_space_back():
    assert FeatureSpace.from_json(json.loads(json.dumps(SPACE.to_json()))) == SPACE


@pytest.mark.parametrize("change", [{"crop": 1}, {"fit": None}])
def test_json_with_other_fields_is_refused(change):
    values = SPACE.to_json() | change
    values = {name: value for name, value in values.items() if value is not None}
    with pytest.raises(
        ValueError, match=rf"unknown or missing \['{next(iter(change))}'\]"
    ):
        FeatureSpace.from_json(values)
