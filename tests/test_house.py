"""The layout, the direction of imports, and what a user's installation holds."""

import ast
import configparser
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ["taxonomy", "models", "inference", "training", "commands"]


def tracked(*patterns):
    listing = ["git", "ls-files", "-co", "--exclude-standard", *patterns]
    found = subprocess.run(
        listing, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    return {name for name in found if (ROOT / name).is_file()}


def test_setup_lists_every_package():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = set(config["options"]["packages"].split())
    found = {
        "vidcat." + ".".join(init.relative_to(ROOT).parent.parts)
        for room in ROOMS
        for init in (ROOT / room).rglob("__init__.py")
    }
    assert found
    assert listed == found


def test_wheel_holds_the_files_of_the_rooms(tmp_path):
    # What an earlier build left would be packed as well.
    shutil.rmtree(ROOT / "build" / "lib", ignore_errors=True)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    kept = {f"vidcat/{name}" for name in tracked(*ROOMS)}
    assert kept
    assert packed == kept


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("room", ROOMS)
def test_imports_run_one_way(room):
    allowed = {"vidcat." + name for name in ROOMS[: ROOMS.index(room) + 1]}
    files = sorted((ROOT / room).rglob("*.py"))
    assert files
    for path in files:
        ours = {
            ".".join(name.split(".")[:2])
            for name in imports_of(path)
            if name.split(".")[0] == "vidcat"
        }
        assert ours <= allowed, path


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("vidcat.taxonomy.labels", {"numpy", "keras", "tensorflow", "rich"}),
        ("vidcat.taxonomy.lexicon", {"numpy", "keras", "tensorflow", "rich"}),
        ("vidcat.taxonomy.youtube8m", {"numpy", "keras", "tensorflow", "rich"}),
        ("vidcat.taxonomy.crosswalk", {"numpy", "keras", "tensorflow", "rich"}),
        ("vidcat.taxonomy.mapped_scores", {"numpy", "keras", "tensorflow", "rich"}),
        ("vidcat.taxonomy.diff", {"numpy", "keras", "tensorflow", "rich"}),
        ("vidcat.inference.catalog", {"keras", "tensorflow", "sklearn"}),
        ("vidcat.inference.texts.text", {"numpy", "keras", "tensorflow"}),
        (
            "vidcat.inference.backfill.planning.plan",
            {"numpy", "keras", "tensorflow", "apache_beam"},
        ),
        ("vidcat.inference.frames", {"keras", "tensorflow", "cv2"}),
        ("vidcat.inference.language", {"numpy", "lingua", "tensorflow"}),
        (
            "vidcat.inference.sentence_encoder",
            {"keras", "tensorflow", "tensorflow_hub"},
        ),
        (
            "vidcat.inference.backfill.dataflow.job",
            {"apache_beam", "keras", "tensorflow", "numpy"},
        ),
        ("vidcat.inference.decisions", {"keras", "tensorflow", "sklearn"}),
        ("vidcat.training.evaluation", {"keras", "tensorflow", "matplotlib"}),
        ("vidcat.training.monitoring.comparing", {"keras", "tensorflow", "scipy"}),
        (
            "vidcat.training.reporting.page",
            {"keras", "tensorflow", "matplotlib", "sklearn", "jinja2", "cv2"},
        ),
        (
            "vidcat.training.reporting.compose",
            {"keras", "tensorflow", "matplotlib", "sklearn", "jinja2", "cv2"},
        ),
        ("vidcat.training.measuring.stored_runs", {"keras", "tensorflow"}),
        ("vidcat.commands.main", {"numpy", "keras", "tensorflow", "rich", "cv2"}),
    ],
)
def test_importing_stays_light(module, unwanted):
    probe = f"import sys, {module}; print(*sorted(sys.modules))"
    out = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True
    )
    loaded = set(out.stdout.split())
    assert module in loaded
    assert not unwanted & loaded
