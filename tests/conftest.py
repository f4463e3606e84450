"""What several tests share: a small encoder and the main job done once."""

import json
import os
import tempfile
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

# Tests speak of TensorFlow's own notes only when they fail.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# Tests run side by side: threads of their own would only wait for one another.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")


@pytest.fixture(scope="session")
def run():
    """Runs a `vidcat` command in this process."""
    from vidcat.commands.main import app

    def invoke(*arguments):
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(app, words, catch_exceptions=True)

    return invoke


@pytest.fixture(scope="session")
def small_encoder(tmp_path_factory):
    """Folder of a SavedModel that tells colours and coarse shapes apart."""
    import keras

    keras.utils.set_random_seed(0)
    inputs = keras.Input((64, 64, 3))
    values = keras.layers.AveragePooling2D(8)(inputs)
    values = keras.layers.Conv2D(16, 3, activation="relu")(values)
    values = keras.layers.Flatten()(values)
    outputs = keras.layers.Dense(48)(values)
    folder = tmp_path_factory.mktemp("encoder") / "small"
    keras.Model(inputs, outputs).export(folder, verbose=False)
    return folder


@pytest.fixture(scope="session")
def main_job(tmp_path_factory, run, small_encoder):
    """A catalog of clips, described, trained on, and measured, by the commands."""
    from vidcat.commands.demo_catalog.clips import make_demo_catalog

    folder = tmp_path_factory.mktemp("main_job")
    catalog = make_demo_catalog(folder, clips=90, seed=1)
    features, bundle = folder / "features", folder / "bundle"
    described = run(
        *("describe", catalog, "--out", features, "--fit-projection", "--json"),
        *("--encoder", small_encoder),
    )
    assert described.exit_code == 0, described.output
    trained = run(
        *("train", catalog, "--features", features, "--out", bundle, "--json"),
        *("--preset", "small", "--epochs", "6", "--min-examples", "3"),
        *("--min-seconds", "1", "--max-seconds", "60"),
        *("--target-precision", "0.5", "--assurance", "0.5"),
    )
    assert trained.exit_code == 0, trained.output
    return SimpleNamespace(
        folder=folder,
        catalog=catalog,
        features=features,
        bundle=bundle,
        new_clips=folder / "new_clips",
        described=json.loads(described.stdout),
        trained=json.loads(trained.stdout),
    )


@pytest.fixture(scope="session")
def served_bundle(tmp_path_factory, small_encoder):
    """Folder of a bundle with real networks of every kind."""
    from served_bundles import write_served_bundle

    folder = tmp_path_factory.mktemp("served") / "bundle"
    return write_served_bundle(folder, small_encoder)


@pytest.fixture(scope="session")
def mixed_catalog(tmp_path_factory):
    """A catalog of clips, texts and broken files; read with `ignore_unknown`."""
    from served_bundles import write_mixed_catalog

    return write_mixed_catalog(tmp_path_factory.mktemp("mixed"))


@pytest.fixture(scope="session")
def storage_emulator():
    """Address of an emulator of Google Cloud Storage, which keeps all in memory."""
    from gcp_storage_emulator.server import create_server
    from own_processes import free_ports

    (port,) = free_ports(1)
    server = create_server("127.0.0.1", port, in_memory=True)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def bucket(storage_emulator, tmp_path, monkeypatch):
    """An empty bucket."""
    from apache_beam.internal.gcp import auth
    from google.cloud import storage

    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage_emulator)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    # Beam looks for credentials for half a minute before it does without.
    monkeypatch.setattr(auth._Credentials, "_credentials_init", True)
    name = f"vidcat-{tmp_path.name}".replace("_", "-").lower()
    return storage.Client.create_anonymous_client().create_bucket(name, project="p")
