"""HTML files that need nothing else: what all our pages share."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def render_page(
    template: Path,
    *,
    filters: Mapping[str, Callable[..., Any]] | None = None,
    **values: Any,
) -> str:
    """Renders a template of ours; texts of uploaders are escaped.

    A style sheet and a script that lie beside the template under its name are handed
    to it as `style` and `script`, with `style_hash` and `script_hash` by which a
    content security policy allows them and nothing else.

    Args:
        template: The `.html` file.
        filters: More filters by name.
        **values: What the template names; one that is missing is an error.

    Returns:
        The text of the page, which UTF-8 can write.
    """
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {} if filters is None else filters
    for name, suffix in (("style", ".css"), ("script", ".js")):
        file = template.with_suffix(suffix)
        if file.is_file():
            text = file.read_text("utf-8")
            # Our own file, not a text of an uploader.
            values |= {name: Markup(text), f"{name}_hash": _source_hash(text)}  # noqa: S704
    page = environment.get_template(template.name).render(values)
    # A title may hold half a surrogate pair, which no encoding has.
    return page.encode("utf-8", "replace").decode("utf-8")


def in_base64(picture: bytes) -> str:
    """A picture as an address of the form `data:` holds it."""
    return base64.b64encode(picture).decode("ascii")


def clock(seconds: float) -> str:
    """A time in a video, for people.

    >>> clock(75.4)
    '1:15'
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _source_hash(text: str) -> str:
    """What a content security policy calls an inline style or script."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
