"""The query engine behind the rules: DuckDB through ibis, shut in the staging folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar
from uuid import uuid4

import duckdb
import ibis

T = TypeVar("T")

ENGINE = f"duckdb {duckdb.__version__}"
"""Name and version of the engine, as a review records it."""

MEMORY, MEMORY_A_THREAD = 300, 150
"""Megabytes that a review's queries may use before they spill into the staging folder.

Each thread holds buffers of its own and needs its share; more than that saves little time.
"""

AMPLE = 1_600
"""Megabytes of a second attempt, where the first had too few: faulty lines by the million."""

_SETTINGS = (
    "SET memory_limit = ?",
    "SET temp_directory = ?",
    "SET allowed_directories = [?]",
    "SET threads = ?",
)
_LOCKS = (
    "SET enable_progress_bar = false",
    # Nothing here counts on the order of rows that no query asked for, and it costs memory.
    "SET preserve_insertion_order = false",
    "SET allow_community_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


class Engine:
    """One in-memory DuckDB for one review, that reads nothing but ``folder``.

    No extension can be installed or loaded, no other file or address read, and no setting changed
    once it is open. What does not fit in memory is spilled below ``folder``.
    """

    name = ENGINE

    def __init__(self, folder: Path, memory: int = 0, threads: int = 0) -> None:
        self.folder = folder.resolve()
        spill = self.folder / "spill"
        spill.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Extensions would be written to a folder that cannot be: INSTALL fails before it asks.
        self.backend: Any = ibis.duckdb.connect(
            ":memory:",
            extension_directory=os.path.join(os.devnull, "extensions"),
            autoinstall_known_extensions=False,
            autoload_known_extensions=False,
        )
        threads = threads or os.cpu_count() or 1
        memory = memory or max(MEMORY, MEMORY_A_THREAD * threads)
        values = (f"{memory}MB", str(spill), str(self.folder), threads)
        for setting, value in zip(_SETTINGS, values, strict=True):
            self.backend.con.execute(setting, [value])
        for lock in _LOCKS:
            self.backend.con.execute(lock)

    def table(self, parquet_folder: Path) -> Any:
        """Return the Parquet parts in a folder, below the engine's own, as one ibis table.

        Parts are read in the order of their names; a column that a part lacks is null in it.
        """
        parts = [str(part) for part in sorted(parquet_folder.resolve().glob("*.parquet"))]
        return self.backend.read_parquet(parts, union_by_name=True)

    def close(self) -> None:
        """Let go of the database and everything it holds in memory."""
        # ibis drops a cached table when its last reader goes: that may be after the connection.
        for name in tuple(self.backend._cache_name_to_entry):
            self.backend._finalize_cached_table(name)
        self.backend.disconnect()

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def with_room(folder: Path, ask: Callable[[Engine], T], forget: Callable[[], object]) -> T:
    """Return what ``ask`` makes of an engine; one that lacks memory is replaced by an ample one.

    Parameters
    ----------
    folder
        The folder that the engine may read.
    ask
        Called with an engine, and once more where memory was too little.
    forget
        Called between the two: takes back what the first call left elsewhere.
    """
    try:
        with Engine(folder) as engine:
            return ask(engine)
    except duckdb.OutOfMemoryException:
        forget()
    with Engine(folder, AMPLE) as engine:
        return ask(engine)


def in_batches(table: Any, rows: int) -> Iterator[Any]:
    """Yield the rows of an ibis table as Arrow record batches of at most ``rows`` rows.

    The result is held by the engine, which may spill it, and not by Python.
    """
    backend = table.get_backend()
    name = f"batches_{uuid4().hex}"
    held = backend.create_table(name, table, temp=True)
    try:
        # ibis 12.0 reads batches by a name that duckdb 2.0 no longer has.
        yield from backend.con.sql(backend.compile(held)).to_arrow_reader(rows)
    finally:
        backend.drop_table(name, force=True)
