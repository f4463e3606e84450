"""A catalog to categorize on a cluster, and what ought to come out."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

# The helpers of the tests lie one folder up.
sys.path.insert(0, str(Path(__file__).parents[1]))


@pytest.fixture(scope="session")
def work(tmp_path_factory, served_bundle):
    """Some 30 clips and a few broken files, and their results without Beam."""
    from served_bundles import AS_OF, write_mixed_catalog

    from vidcat.inference.catalog import read_catalog
    from vidcat.inference.pipeline.loaded import loaded
    from vidcat.inference.pipeline.serving import Serving

    serving = Serving(bundle=str(served_bundle), as_of=AS_OF)
    catalog = write_mixed_catalog(tmp_path_factory.mktemp("work"), clips=30)
    rows = read_catalog(catalog, ignore_unknown=True)
    results = loaded(serving).categorizer.categorize_many(rows)
    plain = sorted(result.to_line() for result in results)
    assert len(plain) == 35
    return SimpleNamespace(catalog=catalog, serving=serving, plain=plain)
