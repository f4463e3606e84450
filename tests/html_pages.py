"""Reads the pages that vidcat writes, and refuses elements that are not closed."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """The elements and the text of a page."""

    void = frozenset({"meta", "img"})
    """Elements that are never closed."""

    def __init__(self, markup):
        super().__init__()
        self.elements = []
        self.text = []
        self.open = []
        self.feed(markup)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.text.append(data)
