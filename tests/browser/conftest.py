"""A real browser, and a page that must not ask it for anything."""

import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

# The helpers of the tests lie one folder up.
sys.path.insert(0, str(Path(__file__).parents[1]))

VIEWS = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
}


@pytest.fixture(scope="session")
def browser():
    """The system's Chromium, or the one that VIDCAT_CHROMIUM names."""
    from playwright.sync_api import sync_playwright

    named = os.environ.get("VIDCAT_CHROMIUM")
    path = named or shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "Chromium must be installed, or named by VIDCAT_CHROMIUM."
    with sync_playwright() as playwright:
        # Root, as in a container, may not use the sandbox; the pages are our own.
        started = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"]
        )
        yield started
        started.close()


@pytest.fixture
def opened(browser):
    """Opens a file in a view; fails on errors and on any request but for the file."""

    @contextmanager
    def open_file(path, view="desktop"):
        address = path.absolute().as_uri()
        context = browser.new_context(**VIEWS[view])
        page = context.new_page()
        troubles = []
        page.on("console", lambda one: troubles.append(f"{one.type}: {one.text}"))
        page.on("pageerror", lambda one: troubles.append(f"error: {one}"))

        def answer(route):
            asked = route.request.url
            if asked == address or asked.startswith("data:"):
                route.continue_()
            else:
                troubles.append(f"request: {asked}")
                route.abort()

        context.route("**/*", answer)
        page.goto(address)
        yield page
        assert troubles == []
        context.close()

    return open_file
