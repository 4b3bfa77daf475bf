"""The user's own value sets: one JSON file a set, in the folder that CARVEIN_VALUES names."""

from __future__ import annotations

import hashlib
import json
import os
import re
from functools import lru_cache
from pathlib import Path

from rules.valueset import ValueSet, build

VARIABLE = "CARVEIN_VALUES"
NAME = re.compile(r"[a-z][a-z0-9_]{0,60}")
MAX_BYTES = 64 * 1024 * 1024


class BrokenValues(ValueError):
    """A file in the user's folder that is no value set; the message is one line for the user."""


def folder() -> Path:
    """Return the folder: CARVEIN_VALUES, else ``carvein/values`` in the user's data folder."""
    if told := os.environ.get(VARIABLE):
        return Path(told)
    shared = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(shared) / "carvein" / "values"


def names() -> tuple[str, ...]:
    """Return the names of the user's value sets, sorted.

    Raises
    ------
    BrokenValues
        When the folder cannot be read or is none, or holds a file that is no value set of ours.
    """
    place = folder()
    try:
        found = sorted(path.name for path in place.iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        return ()
    except OSError as fault:
        reason = fault.strerror or "cannot be read"
        raise BrokenValues(f"the value folder {place}: {reason}") from None
    for name in found:
        if not name.endswith(".json") or not NAME.fullmatch(name.removesuffix(".json")):
            raise BrokenValues(
                f"the value folder {place}: {name} is not a value set that `carvein values update` "
                "stored; move it away"
            )
    return tuple(name.removesuffix(".json") for name in found)


def read(name: str) -> ValueSet | None:
    """Return the user's value set of that name, None when there is none.

    Raises
    ------
    BrokenValues
        When the file cannot be read or is no value set.
    """
    path = folder() / f"{name}.json"
    try:
        told = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as fault:
        raise _broken(path, fault.strerror or "cannot be read") from None
    return _read(path, told.st_mtime_ns, told.st_size)


def check() -> None:
    """Read every value set of the user's; raises :class:`BrokenValues` at the first broken one."""
    for name in names():
        read(name)


@lru_cache(maxsize=64)
def _read(path: Path, changed: int, size: int) -> ValueSet:
    if size > MAX_BYTES:
        raise _broken(path, f"{size:,} bytes; at most {MAX_BYTES:,} are read")
    try:
        data = path.read_bytes()
        values = build(
            json.loads(data.decode("utf-8")),
            path.name,
            hashlib.sha256(data).hexdigest(),
            replaced=True,
        )
    except OSError as fault:
        raise _broken(path, fault.strerror or "cannot be read") from None
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise _broken(path, "not the JSON that `carvein values update` wrote") from None
    except ValueError as fault:
        raise _broken(path, str(fault).removeprefix(f"{path.name}: ")) from None
    if values.name != path.stem:
        raise _broken(path, f"it holds the set {values.name[:60]}")
    return values


def _broken(path: Path, reason: str) -> BrokenValues:
    return BrokenValues(
        f"{path}: {reason}; undo it with `carvein values remove {path.stem}` or load the list again"
    )
