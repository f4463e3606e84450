"""A catalog to categorize on a cluster, and what ought to come out."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

# The helpers of the tests lie one folder up.
sys.path.insert(0, str(Path(__file__).parents[1]))

CLIPS = 30
COPIES = 5


@pytest.fixture(scope="session")
def work(tmp_path_factory, served_bundle):
    """A catalog that takes a while, with broken files, and its results without Beam.

    Its 30 clips have several rows each, so that some rows have attempts while others
    wait.
    """
    from served_bundles import AS_OF, write_mixed_catalog

    from vidcat.inference.catalog import read_catalog
    from vidcat.inference.pipeline.loaded import loaded
    from vidcat.inference.pipeline.serving import Serving

    serving = Serving(bundle=str(served_bundle), as_of=AS_OF)
    catalog = write_mixed_catalog(tmp_path_factory.mktemp("work"), clips=CLIPS)
    clips = catalog.read_text().splitlines()[1 : CLIPS + 1]
    again = [f"copy{n}-{row}" for n in range(1, COPIES) for row in clips]
    with catalog.open("a") as file:
        file.writelines(f"{row}\n" for row in again)
    rows = read_catalog(catalog, ignore_unknown=True)
    results = loaded(serving).categorizer.categorize_many(rows)
    plain = sorted(result.to_line() for result in results)
    # Three broken files, and two rows without a video.
    assert len(plain) == CLIPS * COPIES + 5
    return SimpleNamespace(catalog=catalog, serving=serving, plain=plain)
