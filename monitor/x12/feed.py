"""The text of an X12 file for pyx12's reader: bounded pieces, unpacked on the way if gzip."""

from __future__ import annotations

import gzip
import zlib
from io import BufferedReader
from pathlib import Path
from types import TracebackType

from monitor.archive import MAX_BYTES, MAX_RATIO

_PIECE = 1 << 16
_SMALL = 16 << 20
_MAGIC = b"\x1f\x8b"


class Feed:
    """Text of a file in Latin-1, so that no byte is lost; what was read too far can be put back.

    A compressed file that turns out to be damaged ends where the damage begins: ``damage`` says
    what it was.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        packed = self._file.peek(2)[:2] == _MAGIC
        self._stream: BufferedReader | gzip.GzipFile = (
            gzip.GzipFile(fileobj=self._file) if packed else self._file
        )
        self._text, self._at, self._ended = "", 0, False
        self.damage = ""

    def __enter__(self) -> Feed:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._file.close()

    def read(self, size: int) -> str:
        """Return the next ``size`` characters, fewer at the end of the file only."""
        self._fill(size)
        text = self._text[self._at : self._at + size]
        self._at += len(text)
        return text

    def peek(self, size: int) -> str:
        """Return what :meth:`read` would, and leave it there."""
        self._fill(size)
        return self._text[self._at : self._at + size]

    def put_back(self, text: str) -> None:
        """Make ``text`` the next that is read."""
        self._text, self._at = text + self._text[self._at :], 0

    def _fill(self, size: int) -> None:
        while len(self._text) - self._at < size and not self._ended:
            try:
                data = self._stream.read1(_PIECE)
            except (OSError, EOFError, zlib.error) as error:
                self.damage = str(error) or type(error).__name__
                data = b""
            self._ended = not data
            self._text, self._at = self._text[self._at :] + data.decode("latin-1"), 0


def is_gzip(path: Path) -> bool:
    """Return whether a file begins as gzip does."""
    with path.open("rb") as stream:
        return stream.read(2) == _MAGIC


def swells(path: Path) -> bool:
    """Return whether a gzip file unpacks to over 100 times its size (and 16 MiB), or 64 GiB.

    It is unpacked once for that, piece by piece; what is damaged in it is left to the reader.
    """
    most = min(MAX_BYTES, max(_SMALL, MAX_RATIO * path.stat().st_size))
    total = 0
    try:
        with gzip.open(path) as stream:
            while piece := stream.read(1 << 20):
                total += len(piece)
                if total > most:
                    return True
    except (OSError, EOFError, zlib.error):
        return False
    return False
