"""Files on other machines: a web server with its moods, and a store of Beam."""

import hashlib
import posixpath
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from apache_beam.io.filesystem import CompressionTypes, FileMetadata, FileSystem
from apache_beam.io.localfilesystem import LocalFileSystem


class _Handler(BaseHTTPRequestHandler):
    """Gives files; the first folder of the address says how, see `serving`."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((self.command, self.path))
        address = urlsplit(self.path)
        mood, _, name = unquote(address.path).lstrip("/").partition("/")
        if mood.isdigit():
            self._answer(int(mood), b"", {})
        elif mood == "to":
            self._answer(302, b"", {"Location": unquote(address.query)})
        elif mood == "round":
            self._answer(302, b"", {"Location": self.path})
        elif mood == "silent":
            self.server.released.wait(20)
        else:
            self._give(mood, self.server.folder / name)

    do_HEAD = do_GET  # noqa: N815

    def _give(self, mood, path):
        if not path.is_file():
            self._answer(404, b"", {})
            return
        content = path.read_bytes()
        headers = {"ETag": f'"{hashlib.md5(content).hexdigest()}"'}  # noqa: S324
        if mood == "dated":
            headers = {"Last-Modified": self.date_time_string(path.stat().st_mtime)}
        if mood == "undated":
            headers = {}
        if mood == "no-head" and self.command == "HEAD":
            self._answer(403, b"", {})
        elif mood == "torn":
            self._answer(200, content[:-1], headers, length=len(content))
            self.close_connection = True
        elif mood == "chunked":
            self._chunks(content, whole=True)
        elif mood == "torn-chunked":
            self._chunks(content, whole=False)
        elif mood == "slow":
            self._answer(200, b"", headers, length=len(content))
            for byte in content:
                if self.server.released.wait(0.05):
                    return
                self.wfile.write(bytes([byte]))
        else:
            self._answer(200, content, headers)

    def _answer(self, status, content, headers, length=None):
        self.send_response(status)
        self.send_header("Content-Length", len(content) if length is None else length)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def _chunks(self, content, whole):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        half = len(content) // 2
        for part in (content[:half], content[half:]) if whole else (content[:half],):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
        if whole:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def log_message(self, *_):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Clients that hang up are part of the tests."""


@contextmanager
def serving(folder):
    """A web server on this machine that gives the files of a folder.

    The first part of an address is how it does so: `files` with an ETag, `dated` with
    a date instead, `undated` with neither, `no-head` to GET alone, `torn` one byte
    short, `chunked` without a length, `torn-chunked` half of it, `slow` a byte at a
    time; `silent/` never answers, `to/?URL` sends elsewhere, `round/` back to itself,
    `503/` is a status.

    Yields:
        The server; `url` is its address, `asked` holds the requests.
    """
    server = _Server(("127.0.0.1", 0), _Handler)
    server.folder, server.asked = Path(folder), []
    server.released = threading.Event()
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


class VaultFileSystem(FileSystem):
    """`vault://bucket/name`, a store without folders, kept in a folder of this machine.

    Names that end in `.torn` lose their last byte when they are read.
    """

    root = None
    """Where everything is kept, `root/bucket/name`."""
    whole = False
    """Whether names that end in `.torn` are given whole after all."""
    written = None
    """A list gets the files that are written, in their order."""
    before_writing = None
    """Is called with each URL that is to be written, and may fail."""

    @classmethod
    def scheme(cls):
        return "vault"

    @classmethod
    def place(cls, url):
        """Where a file is kept on this machine."""
        return cls.root / url.removeprefix("vault://")

    def join(self, basepath, *paths):
        return posixpath.join(basepath, *paths)

    def split(self, path):
        return posixpath.split(path)

    def mkdirs(self, path):
        pass

    def has_dirs(self):
        return False

    def _list(self, dir_or_prefix):
        near = self.place(dir_or_prefix.rpartition("/")[0])
        for path in sorted(near.rglob("*")):
            url = f"vault://{path.relative_to(self.root).as_posix()}"
            if path.is_file() and url.startswith(dir_or_prefix):
                yield self.metadata(url)

    def create(self, path, mime_type="", compression_type=CompressionTypes.AUTO):
        if type(self).before_writing is not None:
            type(self).before_writing(path)
        if self.written is not None:
            self.written.append(path)
        return LocalFileSystem(None).create(
            str(self.place(path)), compression_type=compression_type
        )

    def open(self, path, mime_type="", compression_type=CompressionTypes.AUTO):
        kept = self.place(path)
        file = LocalFileSystem(None).open(str(kept), compression_type=compression_type)
        if path.endswith(".torn") and not self.whole:
            return _Torn(file, kept.stat().st_size)
        return file

    def copy(self, source_file_names, destination_file_names):
        raise NotImplementedError

    def rename(self, source_file_names, destination_file_names):
        raise NotImplementedError

    def exists(self, path):
        return self.place(path).is_file()

    def size(self, path):
        return self.place(path).stat().st_size

    def last_updated(self, path):
        return self.place(path).stat().st_mtime

    def metadata(self, path):
        return FileMetadata(path, self.size(path), self.last_updated(path))

    def delete(self, paths):
        for path in paths:
            self.place(path).unlink()


class _Torn:
    def __init__(self, file, size):
        self._file, self._left = file, size - 1

    def read(self, count):
        chunk = self._file.read(min(count, self._left))
        self._left -= len(chunk)
        return chunk

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()
