"""The report in a real browser: on a desk, on a phone, on paper."""

from dataclasses import replace

import pytest
from reported_runs import simulated_run
from test_report_page import HOSTILE, hostile_run
from video_files import RED, make_colour_video

from vidcat.training.reporting.compose import compose_report
from vidcat.training.reporting.page import write_page

pytestmark = pytest.mark.browser

ROWS = "#category-table tbody tr"
ARROW = "\N{EN DASH}"


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    """Everything a report can hold, said by a hostile catalog."""
    clip = tmp_path_factory.mktemp("clips") / "red.mp4"
    make_colour_video(clip, [RED])
    ours = hostile_run(labels=40, paths=[str(clip)] * 200)
    return compose_report(
        [ours, *(simulated_run(name=f"other {at}", seed=at) for at in range(4))],
        known=hostile_run(videos=80, seed=4),
        sources=[
            simulated_run(name="text", signal=1.2),
            simulated_run(name="visual", signal=1.8),
            simulated_run(name="union", provenance={"served": True}),
        ],
        left_out={HOSTILE[0]: 3},
        examples=4,
    )


@pytest.fixture(scope="module")
def page_file(document, tmp_path_factory):
    path, _ = write_page(document, tmp_path_factory.mktemp("page") / "out.html")
    return path


@pytest.mark.parametrize("view", ["desktop", "dark", "phone"])
def test_nothing_is_loaded_and_nothing_runs_over(opened, page_file, view):
    with opened(page_file, view) as page:
        assert page.evaluate("window.hacked") is None
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"]
        # Wide tables scroll in their box; nothing else is wider than the page.
        too_wide = page.evaluate(
            """() => [...document.querySelectorAll("main *")]
            .filter((one) => !one.closest(".scroll") && !one.closest("svg"))
            .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
            .map((one) => one.outerHTML.slice(0, 80))"""
        )
        assert too_wide == []
        assert page.locator("#coverage").inner_text().endswith("%")
        assert page.locator("svg.chart").count() == 2


def test_pictures_of_examples_are_shown(opened, page_file, document):
    shown = sum(len(one.pictures) for one in document.examples)
    assert shown > 0
    with opened(page_file) as page:
        widths = page.evaluate(
            "() => [...document.images].map((one) => one.naturalWidth)"
        )
        assert widths == [160] * shown
        assert page.locator(".card .without").count() == sum(
            not one.pictures for one in document.examples
        )


def test_uploaders_text_is_shown_as_they_wrote_it(opened, page_file, document):
    with opened(page_file) as page:
        titles = page.locator(".card h4").all_inner_texts()
        given = [one.video.title for one in document.examples]
        assert len(titles) == len(given)
        for shown, title in zip(titles, given, strict=True):
            if len(title) < 160 and "\ud83d" not in title:
                assert shown == title


def test_categories_are_sorted_by_any_column(opened, page_file, document):
    by_name = sorted(
        f"{row.path} {row.figures.id}".casefold() for row in document.categories
    )
    supports = [row.figures.positives for row in document.categories]
    with opened(page_file) as page:
        head = page.locator("#category-table thead th")
        support = head.filter(has_text="Support")
        assert support.get_attribute("aria-sort") is None
        support.locator("button").click()
        assert support.get_attribute("aria-sort") == "descending"
        assert cells(page, 1) == [f"{one:,}" for one in sorted(supports, reverse=True)]
        support.locator("button").press("Enter")
        assert support.get_attribute("aria-sort") == "ascending"
        assert cells(page, 1) == [f"{one:,}" for one in sorted(supports)]
        head.first.locator("button").click()
        assert support.get_attribute("aria-sort") is None
        assert sorted(one.casefold() for one in cells(page, 0)) == by_name
        assert cells(page, 0)[0].startswith("Attractions")


@pytest.mark.parametrize("clicks", [1, 2])
def test_what_has_no_value_stands_last_either_way(opened, page_file, clicks):
    with opened(page_file) as page:
        head = page.locator("#category-table thead th")
        for _ in range(clicks):
            head.filter(has_text="Precision").locator("button").click()
        found = cells(page, 6)
        empty = found.count(ARROW)
        assert 0 < empty < len(found)
        assert found[-empty:] == [ARROW] * empty
        values = [float(one.split()[0]) for one in found[:-empty]]
        assert values == sorted(values, reverse=clicks == 1)


def test_categories_are_searched(opened, page_file, document):
    wanted = [row for row in document.categories if "auto" in row.path.lower()]
    assert 0 < len(wanted) < len(document.categories)
    with opened(page_file) as page:
        box = page.get_by_label("Search")
        box.fill("AUTO")
        assert page.locator(f"{ROWS}:visible").count() == len(wanted)
        every = len(document.categories)
        assert page.locator("output").inner_text() == f"{len(wanted)} of {every} shown"
        box.fill("<script>")
        assert page.locator(f"{ROWS}:visible").count() == 0
        box.fill("")
        assert page.locator(f"{ROWS}:visible").count() == every


def test_without_script_all_is_there(browser, page_file, document):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(page_file.as_uri())
    assert page.locator(f"{ROWS}:visible").count() == len(document.categories)
    assert page.get_by_label("Search").is_hidden()
    context.close()


def test_headings_name_every_column_and_every_picture_has_a_text(opened, page_file):
    with opened(page_file) as page:
        lacking = page.evaluate(
            """() => [
              ...[...document.querySelectorAll("th:not([scope])")],
              ...[...document.querySelectorAll("img:not([alt])")],
              ...[...document.querySelectorAll("svg[role=img]:not([aria-labelledby])")],
              ...[...document.querySelectorAll("tr")].filter((row) =>
                row.cells.length !== row.closest("table").rows[0].cells.length),
            ].map((one) => one.outerHTML.slice(0, 80))"""
        )
        assert lacking == []
        ids = page.evaluate(
            "() => [...document.querySelectorAll('[id]')].map((e) => e.id)"
        )
        assert len(ids) == len(set(ids)) > 10
        anchors = page.evaluate(
            "() => [...document.querySelectorAll('nav a')].map((e) => e.hash.slice(1))"
        )
        assert set(anchors) <= set(ids)


@pytest.mark.parametrize("view", ["desktop", "dark"])
def test_text_stands_out_from_what_is_behind_it(opened, page_file, view):
    with opened(page_file, view) as page:
        colours = page.evaluate(
            """() => {
              const style = getComputedStyle(document.documentElement);
              const names = ["text", "soft", "good", "bad", "doubt",
                "c0", "c1", "c2", "c3", "c4", "c5"];
              return [style.getPropertyValue("--sheet").trim(),
                ...names.map((name) => style.getPropertyValue("--" + name).trim())];
            }"""
        )
        behind, *texts = map(luminance, colours)
        for colour, light in zip(colours[1:], texts, strict=True):
            low, high = sorted((behind, light))
            # The least that WCAG 2.1 asks for, level AA.
            assert (high + 0.05) / (low + 0.05) >= 4.5, colour


def test_on_paper_everything_is_printed(opened, page_file, tmp_path):
    with opened(page_file) as page:
        page.emulate_media(media="print")
        assert page.locator("nav").is_hidden()
        assert (
            page.evaluate("getComputedStyle(document.body).backgroundColor")
            == "rgb(255, 255, 255)"
        )
        printed = page.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")
    assert 2 <= printed.count(b"/Type /Page\n") <= 20


def test_a_run_that_says_nothing_is_shown_as_well(opened, tmp_path):
    silent = replace(simulated_run(threshold=2.0), uncalibrated=None)
    path, _ = write_page(compose_report([silent], examples=2), tmp_path / "silent.html")
    with opened(path, "phone") as page:
        assert "Nothing is said" in page.locator(".verdict").inner_text()


def cells(page, column):
    rows = f"#category-table tbody tr > :nth-child({column + 1})"
    return page.locator(rows).all_inner_texts()


def luminance(colour):
    """Of `#rrggbb` or `#rgb`, as WCAG defines it."""
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(one * 2 for one in digits)
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4
        for one in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
