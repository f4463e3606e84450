"""The page about a full catalog holds what its script computes, and that is right."""

import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def script():
    sys.path.insert(0, str(DOCS / "studies"))
    try:
        import full_catalog
    finally:
        sys.path.pop(0)
    return full_catalog


def cells(rows):
    return [line.strip("| ").split(" | ") for line in rows if line.startswith("|")][2:]


def test_the_page_has_the_figures_of_the_script(script):
    figures = (DOCS / "full_catalog.md").read_text().partition("<!-- figures -->\n")[2]
    shown = figures.partition("<!-- end of figures -->")[0]
    assert shown.strip() == "\n".join(script.lines()).strip()


def test_two_million_hours_are_decoded_described_and_categorized(script):
    hd = cells(script.hours_table())[1]
    # 30e6 videos of 240 s: 7.2e9 s at 0.073; a frame a second at 2 / 17.3; 1.4 each.
    assert hd == [
        "720p, a frame a second",
        "0.0730",
        *(f"{7.2e9 * 0.073 / 3600:,.0f}", f"{7.2e9 * 2 / 17.3 / 3600:,.0f}"),
        f"{30e6 * 1.4 / 3600:,.0f}",
    ]


def test_hours_of_a_gpu_and_the_cores_beside_it(script):
    t4 = cells(script.gpu_table())[0]
    # 7.2e9 / 361 / 3600, with 814 and 180 for the ends.
    assert t4[3] == "5,540 (2,457 to 11,111)"
    # 361 frames/s, each 0.073 core-seconds of decoding and 1.4 / 240 of the rest.
    hd = cells(script.cores_table())[1]
    assert hd[1] == f"{361 * (0.073 + 1.4 / 240):.0f}" == "28"


def test_features_take_a_kilobyte_a_frame(script):
    every, *_ = cells(script.bytes_table())
    # 7.2e9 * 1024 bytes are 6.71 * 2^40; 0.02 for each of their 6,866 * 2^30.
    assert every == ["features, a frame a second", "6.71 TiB", "137 a month"]


def test_what_the_page_says_of_the_ways_holds(script):
    rows = cells(script.ways_table())
    cost = {(row[0], row[1]): int(row[5].replace(",", "")) for row in rows}
    use = {(row[0], row[1]): row[4] for row in rows}
    limit = {(row[0], row[1]): row[3] for row in rows}
    hd, small = "720p, a frame a second", "360p, a frame a second"
    assert limit[hd, "n1-standard-8-t4"] == "cores"
    ratio = cost[hd, "g2-standard-32"] / cost[hd, "n1-standard-8-t4"]
    assert ratio == pytest.approx(0.6, abs=0.03)
    without = cost[hd, "n2-standard-16"] / cost[hd, "n1-standard-8-t4"]
    assert without == pytest.approx(4 / 3, abs=0.05)
    busy = [int(use[kind, "a3-highgpu-1g"].rstrip("%")) for kind, _ in use]
    assert max(busy) < 20
    split = "n2-standard-16 decodes, n1-standard-8-t4 describes"
    crossing = 7.2e9 * 299 * 299 * 3 / 2**30 * 0.011
    assert crossing > cost[hd, "n1-standard-8-t4"] > cost[hd, "g2-standard-32"]
    assert cost[hd, split] > 2 * cost[hd, "n1-standard-8-t4"]
    assert cost[small, "n1-standard-8-t4"] < cost[hd, "n1-standard-8-t4"] / 2


def test_a_wrong_guess_of_the_rate_costs_nothing_where_cores_are_the_limit(script):
    rows = cells(script.guess_table())
    eight = [row for row in rows if row[0] == "g2-standard-8"]
    assert len(eight) == 5
    assert all(len(set(row[2:])) == 1 for row in eight)
    (small,) = [row for row in rows if row[:2] == ["g2-standard-32", SMALL]]
    assert len(set(small[2:])) > 1


SMALL = "360p, a frame a second"
