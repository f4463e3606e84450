"""Reads files from web servers."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPMessage, HTTPResponse, IncompleteRead
from typing import IO, Final
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit, urlunsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from vidcat.inference.ffmpeg.log import Reason
from vidcat.inference.remote.failure import RemoteFileError

_SCHEMES: Final = ("http", "https")
_OK: Final = 200
_GONE: Final = (404, 410)
# "Come back later", and everything that is the server's own trouble.
_FOR_NOW: Final = (408, 425, 429)
_LONGEST_SILENCE_SECONDS: Final = 30.0
# What may stand in an address, escapes that are there already included.
_ALLOWED: Final = "/%:@!$&'()*+,;=~?"


def is_web(url: str) -> bool:
    """Whether a URL names a file of a web server."""
    return url.partition("://")[0].lower() in _SCHEMES


@contextmanager
def open_web(
    url: str, *, timeout_seconds: float, method: str = "GET"
) -> Iterator[HTTPResponse]:
    """Asks a web server for a file; follows it to other servers, not elsewhere.

    Args:
        url: `http://` or `https://`; letters that an address cannot hold are escaped.
        timeout_seconds: How long the server may be silent; at most half a minute.
        method: `GET`, or `HEAD` for what is known of the file.

    Yields:
        The answer, its body not read yet. `length` is `None` where none is declared.

    Raises:
        RemoteFileError: If there is no file to be had, or reading it fails.
    """
    try:
        request = Request(  # noqa: S310
            _escaped(url), method=method, headers={"User-Agent": "vidcat"}
        )
        silence = min(timeout_seconds, _LONGEST_SILENCE_SECONDS)
        with _opener().open(request, timeout=silence) as answer:
            if answer.status != _OK:
                raise RemoteFileError(url, *_refusal(answer.status))
            yield answer
    except RemoteFileError:
        raise
    except HTTPError as error:
        error.close()
        raise RemoteFileError(url, *_refusal(error.code)) from None
    except (OSError, HTTPException, ValueError) as error:
        raise RemoteFileError(url, *_trouble(error)) from None


def web_version(url: str, *, timeout_seconds: float) -> str | None:
    """What tells one version of a file from another, without reading it.

    Args:
        url: The file.
        timeout_seconds: How long the server may be silent.

    Returns:
        The ETag, or length and time of the last change; `None` where the server says
        neither, or does not tell without sending the file.

    Raises:
        RemoteFileError: If there is no such file, or no server that answers.
    """
    try:
        with open_web(url, timeout_seconds=timeout_seconds, method="HEAD") as answer:
            headers = answer.headers
    except RemoteFileError as error:
        # Some servers, and addresses that were signed for reading, refuse HEAD.
        if error.reason == "unreadable":
            return None
        raise
    etag, changed = headers.get("ETag"), headers.get("Last-Modified")
    if etag or not changed:
        return etag or None
    return f"{headers.get('Content-Length', '')}-{changed}"


class _WebRedirects(HTTPRedirectHandler):
    """Follows an answer to another web server; nowhere else, such as `ftp://`."""

    def redirect_request(  # noqa: PLR0917 (the signature is urllib's)
        self,
        req: Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> Request | None:
        """The request to make instead."""
        if not is_web(newurl):
            raise HTTPError(req.full_url, code, msg, headers, fp)
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        if request is not None:
            request.method = req.get_method()
        return request


def _opener() -> OpenerDirector:
    opener = OpenerDirector()
    # The usual ones read local files as well, and FTP.
    for handler in (
        ProxyHandler(),
        UnknownHandler(),
        HTTPHandler(),
        HTTPSHandler(),
        _WebRedirects(),
        HTTPDefaultErrorHandler(),
        HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _escaped(url: str) -> str:
    parts = urlsplit(url)
    path, query = (quote(part, safe=_ALLOWED) for part in (parts.path, parts.query))
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def _refusal(status: int) -> tuple[Reason, str]:
    """Reason and detail for an answer other than 200."""
    if status in _GONE:
        return "not_found", f"there is no such file (status {status})"
    if 300 <= status < 400:
        return "unreadable", f"it leads nowhere that may be followed (status {status})"
    if status in _FOR_NOW or not 400 <= status < 500:
        return "download_failed", f"the server answered with status {status}"
    return "unreadable", f"the server refuses to give it (status {status})"


def _trouble(error: Exception) -> tuple[Reason, str]:
    """Reason and detail for a server that does not answer, or breaks off."""
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, TimeoutError):
        return "timeout", "the server was silent for too long"
    if isinstance(cause, IncompleteRead):
        return "download_failed", "the connection broke off"
    if isinstance(cause, OSError) and cause.strerror:
        return "download_failed", cause.strerror
    return "download_failed", f"{type(cause).__name__}: {' '.join(str(cause).split())}"
