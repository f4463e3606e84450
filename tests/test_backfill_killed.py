"""A backfill that is killed again and again ends as one that nobody disturbed.

`VIDCAT_KILLS=10 pytest tests/test_backfill_killed.py -s` kills ten times and prints
what each kill met; without it, two do.
"""

import csv
import itertools
import json
import os
import time
from collections import Counter

import numpy as np
import pytest
from killed_backfill import RunningBackfill, attempted, backfill
from served_bundles import write_mixed_catalog

KILLS = int(os.environ.get("VIDCAT_KILLS", "2"))
ROWS = 80 * KILLS


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    """Many rows of clips, texts and broken files; clips repeat, texts do not."""
    folder = tmp_path_factory.mktemp("many")
    with write_mixed_catalog(folder).open() as file:
        kinds = list(csv.DictReader(file))
    path = folder / "catalog.jsonl"
    with path.open("w") as file:
        for number, kind in zip(range(ROWS), itertools.cycle(kinds), strict=False):
            row = {name: value for name, value in kind.items() if value}
            row.pop("views", None)
            row["id"] = f"{row['id']}-{number}"
            if "title" in row:
                row["title"] += f" {number}"
            file.write(json.dumps(row) + "\n")
        # Two rows with an id that others have: wrong rows are results, too.
        file.write('{"id": "v0-0"}\n{"id": "v1-1", "title": "car"}\n')
    return path


def lines(folder, name):
    (path,) = folder.glob(f"{name}-*.jsonl")
    return sorted(path.read_text("utf-8").splitlines())


def without_run(ledger):
    """Ledger rows but for the name of the run, which nobody can know."""
    return [{**json.loads(line), "run": None} for line in ledger]


@pytest.mark.timeout(300 * (KILLS + 2))
def test_killed_at_random_moments_it_ends_as_the_undisturbed_run(
    catalog, served_bundle, tmp_path
):
    began = time.monotonic()
    undisturbed = backfill(catalog, tmp_path / "whole", served_bundle, 1)
    seconds_a_row = (time.monotonic() - began) / ROWS
    rng = np.random.default_rng(KILLS)
    out = tmp_path / "killed"
    kills = []
    for number in range(KILLS):
        known = attempted(out)
        running = RunningBackfill(catalog, out, served_bundle, processes=1 + number % 2)
        if number == 0:
            # In the middle of the work: more than wrong rows is written, not all.
            running.wait_for_attempts(2)
        elif number % 4 == 3:
            # While it starts: libraries, models, what was done before.
            running.wait(rng.uniform(0, 10))
        else:
            running.wait_until_counted()
            running.wait(rng.uniform(0, 2) * (ROWS - known) * seconds_a_row / KILLS)
        met = running.kill()
        print(f"kill {number + 1}: {met}, {ROWS + 2} rows")
        kills.append(met)
        if met is None:
            break
    assert kills[0] is not None
    assert kills[0].moment == "work"
    assert 0 < kills[0].attempted < ROWS
    report = backfill(catalog, out, served_bundle, 1)
    for name in ("results", "dead_letter/catalog", "dead_letter/bad_rows"):
        assert lines(out, name) == lines(tmp_path / "whole", name), name
    assert len(lines(out, "results")) == ROWS + 2
    ledger = lines(out, "ledger")
    assert without_run(ledger) == without_run(lines(tmp_path / "whole", "ledger"))
    assert Counter(json.loads(line)["status"] for line in ledger) == report.statuses
    assert report.statuses == undisturbed.statuses
    assert report.rows == report.skipped + report.bad_rows + sum(report.done.values())
    assert report.left == 0
    assert report.dead_letter == undisturbed.dead_letter > 2
