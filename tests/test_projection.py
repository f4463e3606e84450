import numpy as np
import pytest

from vidcat.inference.feature_store.frame_features import quantise
from vidcat.inference.projection import InvalidProjection, Projection
from vidcat.training import projection as training
from vidcat.training.projection import fit_projection


@pytest.fixture(scope="module")
def frames():
    """600 frames of 80 values that lie in 30 directions, and are not centred."""
    generator = np.random.default_rng(0)
    directions = generator.normal(size=(30, 80)) * np.linspace(3, 0.1, 30)[:, None]
    values = generator.normal(size=(600, 30)) @ directions + generator.normal(size=80)
    return values.astype(np.float32)


def covariance(values):
    return np.cov(values.astype(np.float64), rowvar=False)


def test_whitened_frames_have_variance_one_and_no_covariance(frames):
    projection = fit_projection(frames)
    projected = projection.apply(frames)
    assert projection.kind == "pca"
    assert projected.dtype == np.float32
    np.testing.assert_allclose(projected.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(covariance(projected), np.eye(30), atol=1e-3)


def test_eigenvalues_are_those_of_the_covariance(frames):
    expected = np.linalg.eigvalsh(covariance(frames))[::-1][:30]
    np.testing.assert_allclose(fit_projection(frames).eigenvalues, expected, rtol=1e-3)


@pytest.mark.parametrize(
    ("count", "width"),
    # A tenth of the frames, at least 1, at most the rank of 30.
    [(600, 30), (299, 29), (150, 15), (60, 6), (9, 1)],
)
def test_width_rests_on_frames_and_rank(frames, count, width):
    projection = fit_projection(frames[:count])
    assert projection.width == width
    assert projection.apply(frames).shape == (600, width)


def test_width_has_a_maximum(frames, monkeypatch):
    assert training.MAX_WIDTH == 1024
    monkeypatch.setattr(training, "MAX_WIDTH", 20)
    assert fit_projection(frames).width == 20


def test_small_eigenvalues_are_raised_to_the_floor():
    generator = np.random.default_rng(0)
    deviations = np.array([1000.0, 1.0, 0.5, 0.5], np.float32)
    frames = generator.normal(size=(100, 4)).astype(np.float32) * deviations
    projection = fit_projection(frames)
    largest = projection.eigenvalues[0]
    # Variances of 1 and 0.25 beside 1,000,000 times that.
    assert largest == pytest.approx(1e6, rel=0.3)
    np.testing.assert_allclose(projection.eigenvalues[2:], largest * 1e-6, rtol=1e-5)
    assert projection.apply(frames)[:, 3].std() < 0.7


def test_frames_with_a_large_mean_and_little_variance_are_whitened(frames):
    projection = fit_projection(frames * np.float32(1e-3) + np.float32(0.5))
    projected = projection.apply(frames * np.float32(1e-3) + np.float32(0.5))
    np.testing.assert_allclose(projected[:, :10].std(axis=0), 1, atol=0.01)


def test_none_standardises_each_value(frames):
    projection = fit_projection(frames, "none")
    assert (projection.kind, projection.width) == ("none", 80)
    expected = (frames - frames.mean(axis=0)) / frames.std(axis=0)
    np.testing.assert_allclose(projection.apply(frames), expected, atol=1e-4)


def test_a_value_that_never_changes_stays_finite():
    frames = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    frames[:, 1] = 0.25
    projected = fit_projection(frames, "none").apply(frames)
    np.testing.assert_allclose(projected[:, 1], 0, atol=1e-3)
    np.testing.assert_allclose(projected[:, 0].std(), 1, atol=1e-3)


def test_identity_changes_nothing(frames):
    identity = Projection.identity(80)
    assert identity.kind == "identity"
    np.testing.assert_array_equal(identity.apply(frames), frames)


def test_application_is_the_definition(frames):
    projection = fit_projection(frames)
    row = frames[7].astype(np.float64) - projection.mean
    expected = [
        sum(row * component) * scale
        for component, scale in zip(
            projection.components, projection.scale, strict=True
        )
    ]
    np.testing.assert_allclose(projection.apply(frames)[7], expected, atol=1e-4)


def test_a_frame_gets_the_same_bytes_alone_and_among_others(frames):
    projection = fit_projection(frames)
    together = projection.apply(frames[:101])
    for place in range(101):
        alone = projection.apply(frames[place : place + 1])
        np.testing.assert_array_equal(quantise(alone[0]), quantise(together[place]))
    assert projection.apply(frames[:0]).shape == (0, 30)


@pytest.mark.parametrize("kind", ["pca", "none"])
def test_a_saved_projection_computes_the_same(frames, tmp_path, kind):
    projection = fit_projection(frames, kind)
    projection.save(tmp_path / "projection.npz")
    loaded = Projection.load(tmp_path / "projection.npz")
    assert loaded.sha256 == projection.sha256
    assert loaded.kind == kind
    np.testing.assert_array_equal(loaded.apply(frames), projection.apply(frames))
    np.testing.assert_array_equal(loaded.eigenvalues, projection.eigenvalues)
    assert [path.name for path in tmp_path.iterdir()] == ["projection.npz"]


@pytest.mark.parametrize("name", ["mean", "components", "scale", "eigenvalues"])
def test_the_checksum_covers_every_array(frames, tmp_path, name):
    path = tmp_path / "projection.npz"
    fit_projection(frames).save(path)
    arrays = dict(np.load(path))
    arrays[name][0] += 1
    np.savez(path, **arrays)
    with pytest.raises(InvalidProjection, match=r"projection\.npz: its arrays do not"):
        Projection.load(path)


def test_files_that_hold_no_projection_are_refused(tmp_path):
    text, other, pickled = (tmp_path / name for name in ("a.npz", "b.npz", "c.npz"))
    text.write_text("not an archive")
    np.savez(other, mean=np.zeros(3))
    np.savez(pickled, mean=np.array([{}], dtype=object))
    for path in (text, other, pickled):
        with pytest.raises(
            InvalidProjection, match=f"{path.name}: holds no projection"
        ):
            Projection.load(path)
    with pytest.raises(FileNotFoundError):
        Projection.load(tmp_path / "missing.npz")


def test_frames_of_another_width_are_refused(frames):
    with pytest.raises(ValueError, match=r"shape \(N, 80\). Received: shape=\(2, 79\)"):
        Projection.identity(80).apply(frames[:2, :79])


def test_arrays_that_do_not_fit_each_other_are_refused():
    with pytest.raises(
        ValueError, match=r"Received: shapes=\[\(3,\), \(2, 3\), \(2,\), \(3,\)\]"
    ):
        Projection(
            mean=np.zeros(3),
            components=np.zeros((2, 3)),
            scale=np.ones(2),
            eigenvalues=np.ones(3),
        )


@pytest.mark.parametrize(
    ("frames", "kind", "message"),
    [
        (np.zeros((1, 4), np.float32), "pca", r"Received: \(1, 4\)"),
        (np.ones((5, 4), np.float32), "pca", "Received: 5 equal frames"),
        (np.eye(4, dtype=np.float32), "ica", "Received: kind='ica'"),
    ],
)
def test_what_cannot_be_fitted_is_refused(frames, kind, message):
    with pytest.raises(ValueError, match=message):
        fit_projection(frames, kind)
