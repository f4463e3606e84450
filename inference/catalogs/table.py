"""`Table`: a file of rows, and where its rows look for their videos."""

import os
import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from vidcat.inference.catalogs.fields import is_url
from vidcat.inference.remote.fetching import fetched


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table on this machine, or one of another machine and its copy on this one."""

    name: str
    """As its reader knows it: the path, or the URL."""
    file: Path
    """Where it is read."""

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """The last part of its name."""
        return title_of(self.name)

    def beside(self, path: str) -> str:
        """A path that a row has, from anywhere; a relative one is from its folder."""
        if is_url(path):
            return path
        if not is_url(self.name):
            return str(self.file.parent / path)
        if posixpath.isabs(path):
            # A file that all machines have, such as those that share a disk.
            return path
        top, folder = _top_of(self.name), posixpath.dirname(_path_of(self.name))
        return top + posixpath.normpath(posixpath.join("/", folder, path))


def title_of(path: str | os.PathLike[str]) -> str:
    """The last part of a path, or of the path of a URL."""
    return Path(_path_of(os.fspath(path))).name


def suffix_of(path: str | os.PathLike[str]) -> str:
    """The ending of a file's name, or of a URL's, in small letters."""
    return Path(_path_of(os.fspath(path))).suffix.lower()


@contextmanager
def table_at(path: str | os.PathLike[str]) -> Iterator[Table]:
    """A table, fetched for as long as the context lasts if it is a URL.

    Args:
        path: The file or the URL.

    Yields:
        The table. Whether there is such a file on this machine is not looked at.

    Raises:
        RemoteFileError: If it cannot be fetched.
    """
    name = os.fspath(path)
    if is_url(name):
        with fetched(name) as file:
            yield Table(name=name, file=file)
    else:
        yield Table(name=str(Path(name)), file=Path(name))


def _top_of(url: str) -> str:
    """Scheme and bucket, or server."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def _path_of(name: str) -> str:
    """A path, or that part of a URL; without what follows it on the web."""
    if not is_url(name):
        return name
    if name.lower().startswith(("http://", "https://")):
        return urlsplit(name).path
    return name.removeprefix(_top_of(name))
