"""Why a file of another machine could not be had."""

from vidcat.inference.ffmpeg.log import Reason


class RemoteFileError(OSError):
    """A file of another machine could not be read, wholly or at all.

    Args:
        url: The file.
        reason: One of `vidcat.inference.frames.REASONS`.
        detail: One line for people.
    """

    def __init__(self, url: str, reason: Reason, detail: str) -> None:
        super().__init__(f"{url}: {reason}: {detail}")
        self.url = url
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type["RemoteFileError"], tuple[str, Reason, str]]:
        """Lets it pass from one process to another."""
        return type(self), (self.url, self.reason, self.detail)


class UploadFailed(OSError):
    """A file could not be written to another machine; the text names it."""
