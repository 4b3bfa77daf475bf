"""A private folder for staged files, gone after the review and after a crash as well."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NAME = re.compile(r"carvein-(\d+)-.+")
_KEPT = "kept"


@contextmanager
def workspace(keep: bool = False) -> Iterator[Path]:
    """Make a folder (0700) below the system's temporary folder and remove it at the end.

    Folders that earlier runs of this user left behind, because they were killed, go first.

    Parameters
    ----------
    keep
        Leave the folder where it is.
    """
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"carvein-{os.getpid()}-"))
    if keep:
        (folder / _KEPT).touch()
    try:
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def sweep() -> list[Path]:
    """Remove staged files of this user's runs that no longer run; return the folders removed.

    A folder that was kept on purpose carries a file named ``kept`` and stays.
    """
    removed = []
    for folder in Path(tempfile.gettempdir()).iterdir():
        match = _NAME.fullmatch(folder.name)
        if not match or folder.is_symlink() or not folder.is_dir():
            continue
        if folder.stat().st_uid != os.getuid() or _runs(int(match[1])):
            continue
        if (folder / _KEPT).exists():
            continue
        shutil.rmtree(folder, ignore_errors=True)
        removed.append(folder)
    return removed


def label(folder: Path, review_id: str, bh_definition: str) -> None:
    """Note whose staged files a folder holds and what they call BH, when it is one that is kept."""
    if (folder / _KEPT).exists():
        told = {"review_id": review_id, "bh_definition": bh_definition}
        (folder / _KEPT).write_text(json.dumps(told), encoding="utf-8")


def find_kept(review_id: str) -> Path | None:
    """Return the folder that this user kept of a review; None when there is none (any more)."""
    for folder in sorted(Path(tempfile.gettempdir()).iterdir()):
        if not _NAME.fullmatch(folder.name) or folder.is_symlink() or not folder.is_dir():
            continue
        if folder.stat().st_uid == os.getuid() and _label(folder, "review_id") == review_id:
            return folder
    return None


def kept_definition(folder: Path) -> str:
    """Return the definition of behavioral health that a kept folder's lines were told by.

    The hierarchy where the folder does not say: it was kept when there was no other.
    """
    return _label(folder, "bh_definition") or "hierarchy"


def _label(folder: Path, key: str) -> str:
    """Return what a kept folder says of itself; empty when it does not."""
    try:
        return str(json.loads((folder / _KEPT).read_text(encoding="utf-8"))[key])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
