"""Receive a submission: a folder or a zip of one; hash its files; say what is wrong with it."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.archive import Unreadable, unpack
from monitor.faults import Fault, visible
from monitor.layout_choice import choose
from monitor.manifest import (
    MAX_BYTES,
    NAME,
    Manifest,
    ManifestError,
    TableEntry,
    read_manifest,
)
from rules.layout import Layout
from rules.tables import ENVELOPE, TABLES
from rules.tables.x12 import SUFFIXES, is_x12
from rules.tables.x12 import TABLE as X12_TABLE

__all__ = ["Received", "ReceivedFile", "Unreadable", "receive"]

FORMATS = {".csv": "csv", ".parquet": "parquet"}
_X12_NAMES = tuple(f"{suffix}{packed}" for suffix in SUFFIXES for packed in ("", ".gz"))
_PIECE = 1 << 20


@dataclass(frozen=True)
class ReceivedFile:
    """One file of a table: its plain name, where it is, its digest, its size, its format.

    ``layout`` says how its columns become the table's; None where they are the table's.
    """

    name: str
    path: Path
    sha256: str
    bytes: int
    format: str
    layout: Layout | None = None


@dataclass(frozen=True)
class Received:
    """A submission as received: its manifest, the files of each table, and located faults.

    A table that the manifest names and none of whose files can be taken is in ``manifest.tables``
    and not in ``tables``.
    """

    source: Path
    manifest: Manifest
    tables: dict[str, tuple[ReceivedFile, ...]]
    faults: tuple[Fault, ...]

    @property
    def named(self) -> tuple[str, ...]:
        """Tables that were sent, or that the manifest says were, in the interface's order."""
        return tuple(name for name in TABLES if name in self.tables or name in self.manifest.tables)


def receive(path: Path, workdir: Path, layouts: Mapping[str, Layout] | None = None) -> Received:
    """Take in the submission at ``path``; a zip is unpacked below ``workdir``.

    Parameters
    ----------
    path
        A folder, or a .zip of one, with ``submission.yaml`` or files named after tables.
    workdir
        A folder of the review's own, made (0700) when it is not there.
    layouts
        Layouts that the manifest may name, by id; the shipped ones when None.

    Raises
    ------
    Unreadable
        When there is no such path, it is neither a folder nor a readable zip, or no table of the
        public interface is in it.
    """
    path = Path(path)
    workdir.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = _open(path, workdir)
    names = sorted(os.listdir(folder))
    if not names:
        raise Unreadable(f"{visible(str(path))}: the folder is empty")
    manifest, faults = _manifest(folder, names, path)
    entries = manifest.tables or _entries_by_name(names)
    tables: dict[str, tuple[ReceivedFile, ...]] = {}
    taken = {NAME}
    for table, entry in entries.items():
        chosen, layout_faults = choose(table, entry, manifest, layouts)
        faults.extend(layout_faults)
        files, table_faults = _take(folder, table, entry, chosen)
        faults.extend(table_faults)
        taken.update(entry.files)
        if files:
            tables[table] = files
    faults.extend(_unknown_files(names, taken))
    if not entries:
        raise Unreadable(
            f"{visible(str(path))}: no table of the public interface; wanted {NAME} or files such "
            "as members.csv"
        )
    if not tables:
        first = next(fault for fault in faults if fault.table != ENVELOPE)
        reason = f"{visible(first.value or first.field)}; wanted {first.expected}"
        raise Unreadable(f"{visible(str(path))}: no table can be read: {reason}")
    ordered = {table: tables[table] for table in TABLES if table in tables}
    return Received(path, manifest, ordered, tuple(faults))


def _open(path: Path, workdir: Path) -> Path:
    shown = visible(str(path))
    try:
        if path.is_dir():
            os.listdir(path)
            return path
        if not path.exists():
            raise Unreadable(f"{shown}: no such file or folder")
        with path.open("rb") as stream:
            magic = stream.read(2)
    except OSError as error:
        raise Unreadable(f"{shown}: {error.strerror or 'cannot be opened'}") from error
    if magic != b"PK" and path.suffix.lower() != ".zip":
        raise Unreadable(f"{shown}: neither a folder nor a zip")
    return unpack(path, workdir / "received")


def _manifest(folder: Path, names: list[str], source: Path) -> tuple[Manifest, list[Fault]]:
    """Return the manifest, or what stands in for one that is missing or cannot be read."""
    plan_id = source.resolve().stem if source.is_file() else source.resolve().name
    if NAME not in names:
        return Manifest(plan_id), []
    try:
        path, problem = _plain_file(folder, NAME)
        if path is None:
            raise ManifestError(0, problem)
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        manifest, faults = read_manifest(data, plan_id)
    except (ManifestError, OSError) as error:
        line = error.line if isinstance(error, ManifestError) else 0
        reason = error.reason if isinstance(error, ManifestError) else "cannot be opened"
        wanted = "plain YAML with plan_id, contract_id, period, submitted_on and tables"
        code = f"{ENVELOPE}.manifest.unreadable"
        fault = Fault(code, NAME, line, "", reason, wanted)
        return Manifest(plan_id, unreadable=True), [fault]
    return manifest, list(faults)


def _entries_by_name(names: list[str]) -> dict[str, TableEntry]:
    """Return the tables by their files' names: ``members.csv``, else ``members.parquet``."""
    present = set(names)
    found = {}
    for table in TABLES:
        suffixes = (*FORMATS, *_X12_NAMES) if table == X12_TABLE else tuple(FORMATS)
        for name in (f"{table}{suffix}" for suffix in suffixes):
            if name in present and table not in found:
                found[table] = TableEntry((name,))
    return found


def _take(
    folder: Path, table: str, entry: TableEntry, layouts: tuple[Layout | None, ...]
) -> tuple[tuple[ReceivedFile, ...], list[Fault]]:
    files: list[ReceivedFile] = []
    faults: list[Fault] = []
    for index, name in enumerate(entry.files):
        path, problem = _plain_file(folder, name)
        layout = layouts[index] if layouts else None
        kind = _format(table, name, layout)
        if path is None:
            code, wanted = f"{table}.file.missing", "a plain file in the folder"
            faults.append(Fault(code, NAME, entry.line, "file", f"{name}: {problem}", wanted))
            continue
        if name in entry.files[:index]:
            code, wanted = f"{table}.file.missing", "each file once"
            faults.append(Fault(code, NAME, entry.line, "file", f"{name}: named twice", wanted))
            continue
        if kind is None:
            code, wanted = f"{table}.file.format", _wanted_format(table, name)
            faults.append(Fault(code, name, 0, "file", name, wanted))
            continue
        try:
            digest, size = _digest(path)
        except OSError as error:
            reason = f"{name}: {error.strerror or 'cannot be opened'}"
            faults.append(Fault(f"{table}.file.damaged", name, 0, "file", reason, "a whole file"))
            continue
        if entry.sha256 and entry.sha256[index].lower() != digest:
            wanted = f"sha256 {entry.sha256[index].lower()}"
            faults.append(Fault(f"{table}.file.sha256", name, 0, "sha256", digest, wanted))
        if layouts:
            files.append(ReceivedFile(name, path, digest, size, kind, layout))
    return tuple(files), faults


def _format(table: str, name: str, layout: Layout | None) -> str | None:
    """Return the format of a file by its name, None where its layout does not come in it."""
    if layout is not None and layout.format == "json":
        return "json" if Path(name).suffix.lower() == ".json" else None
    if layout is None and table == X12_TABLE and is_x12(name):
        return "x12"
    return FORMATS.get(Path(name).suffix.lower())


def _wanted_format(table: str, name: str) -> str:
    if table == X12_TABLE:
        return "a .csv or .parquet file, not compressed, or X12 (.837, .edi, .x12, .txt, or .gz)"
    held = "; X12 files hold encounters alone" if is_x12(name) else ""
    return f"a .csv or .parquet file, not compressed{held}"


def _plain_file(folder: Path, name: str) -> tuple[Path | None, str]:
    """Return the path of a plain file in ``folder``, or None and why it is none."""
    if not name or name in (".", "..") or any(sign in name for sign in "/\\:\0"):
        return None, "not a plain name"
    path = folder / name
    try:
        mode = path.lstat().st_mode
    except (OSError, ValueError):
        return None, "no such file"
    if stat.S_ISLNK(mode):
        return None, "a link"
    return (path, "") if stat.S_ISREG(mode) else (None, "not a file")


def _digest(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size


def _unknown_files(names: list[str], taken: set[str]) -> Iterator[Fault]:
    for name in names:
        if name not in taken:
            code = f"{ENVELOPE}.folder.file_unknown"
            wanted = f"{NAME} and the files it names"
            yield Fault(code, name, 0, "", name, wanted)
