"""Open a zip of a submission inside bounds: size, count, ratio, and names that stay inside."""

from __future__ import annotations

import lzma
import re
import stat
import zipfile
import zlib
from pathlib import Path

from monitor.faults import visible

MAX_ENTRIES = 1_000
MAX_BYTES = 64 << 30
MAX_RATIO = 100
"""A zip that unpacks to this many times its own size, or more, is refused."""

_PIECE = 1 << 20
_ENCRYPTED = 0x1


class Unreadable(Exception):
    """Nothing of a submission can be read; the message is one clear line."""


_LEFT_BY_A_MAC = ("__MACOSX", ".DS_Store")


def unpack(path: Path, folder: Path) -> Path:
    """Unpack the zip at ``path`` into the new ``folder`` and return where its files are.

    That is ``folder`` itself, or the one folder inside the zip that holds everything. What was
    unpacked is not trusted to be what the zip announced: bytes are counted as they come.

    Raises
    ------
    Unreadable
        When the zip is damaged, encrypted, too large, swells ``MAX_RATIO`` times or more, or has
        a name that is absolute, climbs, repeats or is a link.
    """
    folder.mkdir(mode=0o700, parents=True)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(archive.infolist()) > MAX_ENTRIES:
                raise _refused(path, f"{len(archive.infolist())} entries", f"{MAX_ENTRIES}")
            _check_names(path, archive.infolist())
            left = min(MAX_BYTES, MAX_RATIO * path.stat().st_size - 1)
            for entry in entries:
                left = _unpack_one(path, archive, entry, folder, left)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError) as error:
        reason = visible(str(error)) or type(error).__name__
        raise Unreadable(f"{path.name}: the zip is damaged or cut off ({reason})") from error
    except (NotImplementedError, RuntimeError, ValueError) as error:
        raise Unreadable(f"{path.name}: the zip cannot be read ({visible(str(error))})") from error
    inside = [found for found in folder.iterdir() if found.name not in _LEFT_BY_A_MAC]
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


def _refused(path: Path, found: str, most: str) -> Unreadable:
    return Unreadable(f"{path.name}: the zip has {found}; wanted at most {most}")


def _check_names(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for entry in entries:
        name, parts = entry.filename, re.split(r"[/\\]", entry.filename.rstrip("/"))
        shown = visible(name)
        if entry.flag_bits & _ENCRYPTED:
            raise Unreadable(f"{path.name}: {shown} is encrypted; wanted a zip without password")
        mode = entry.external_attr >> 16
        if mode and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_IFMT(mode) == 0):
            raise Unreadable(f"{path.name}: {shown} is a link or device; wanted plain files")
        climbs = any(part in ("", ".", "..") for part in parts) or ":" in parts[0]
        if climbs or "\\" in name or "\0" in (entry.orig_filename or ""):
            raise Unreadable(f"{path.name}: the name {shown} leads out of the zip")
        if name.casefold() in seen:
            raise Unreadable(f"{path.name}: {shown} stands twice in the zip")
        seen.add(name.casefold())


def _unpack_one(
    path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, left: int
) -> int:
    """Write one entry below ``folder`` and return how many bytes may still come."""
    target = folder.joinpath(*entry.filename.split("/"))
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with archive.open(entry) as source, target.open("xb") as sink:
        while piece := source.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise Unreadable(
                    f"{path.name}: the zip unpacks to over {MAX_RATIO} times its size, or over "
                    f"{MAX_BYTES >> 30} GiB"
                )
            sink.write(piece)
    return left
