"""Runs the backfill of a part of a catalog: `part.py CATALOG OUT SERVING`."""

import json
import sys

from vidcat.inference.backfill.run import run_backfill
from vidcat.inference.backfill.runners import Runner
from vidcat.inference.pipeline.backfilling import Choice
from vidcat.inference.pipeline.serving import Serving

if __name__ == "__main__":
    catalog, out, serving = sys.argv[1:]
    run_backfill(
        catalog,
        out,
        Serving.from_json(json.loads(serving)),
        runner=Runner(),
        choice=Choice(ignore_unknown=True),
    )
