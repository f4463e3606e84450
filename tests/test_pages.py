"""A page shows what it is given, and nothing of it runs but our own script."""

import base64
import hashlib

import jinja2
import pytest

from vidcat.training.pages import render_page


@pytest.fixture
def template(tmp_path):
    path = tmp_path / "one.html"
    path.write_text("<p>{{ text }}</p>{{ script }}|{{ script_hash }}")
    (tmp_path / "one.js").write_text('"a" < "b";')
    return path


def test_texts_are_escaped_and_our_script_is_not(template):
    page = render_page(template, text="<script>alert(1)</script>")
    digest = base64.b64encode(hashlib.sha256(b'"a" < "b";').digest()).decode()
    assert page == (
        f'<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"a" < "b";|sha256-{digest}'
    )


def test_half_a_surrogate_pair_can_be_written(template):
    assert "<p>a?b</p>" in render_page(template, text="a\ud800b")


def test_a_value_that_is_missing_is_an_error(template):
    with pytest.raises(jinja2.UndefinedError, match="'text' is undefined"):
        render_page(template)


def test_without_a_style_sheet_there_is_no_style(template):
    template.write_text("{{ style }}")
    with pytest.raises(jinja2.UndefinedError, match="'style' is undefined"):
        render_page(template)
