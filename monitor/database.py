"""The door to the store's database: open it, read it, write in one transaction, say what is wrong.

On SQLite the file is made with mode 0600 before SQLite sees it (its journals take the same mode)
and keeps a write-ahead log, so that a dashboard reads on while a review is written.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Select,
    create_engine,
    event,
    func,
    inspect,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import NullPool, StaticPool

from monitor import schema


class StoreError(Exception):
    """One line that says what is wrong with the store, or with what was asked of it."""


class Database:
    """One SQLAlchemy URL; nothing is created until the first write.

    Raises
    ------
    StoreError
        When the URL cannot be used, or what it names is no store of this version.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self.url, self.timeout = url, timeout
        self.path = _file_of(url)
        if self.path and not self.path.parent.is_dir():
            raise StoreError(f"store {self.path}: the folder {self.path.parent} does not exist")
        if self.path and self.path.exists() and not self.path.is_file():
            raise StoreError(f"store {self.path}: not a file")
        try:
            self._engine = _open_engine(url, timeout)
        except (ImportError, SQLAlchemyError) as error:
            raise StoreError(f"store {self}: cannot be used: {error}") from error
        self._exists = False
        self.ready()

    def __str__(self) -> str:
        return str(self.path) if self.path else _shown(self.url)

    def ready(self) -> bool:
        """Whether there is a store to read; another process may have made it meanwhile.

        Raises
        ------
        StoreError
            When the URL names something else than a store of this version.
        """
        if not self._exists and not (self.path and _is_empty(self.path)):
            with self._said(), self._engine.connect() as connection:
                self._exists = self._holds_store(connection)
        return self._exists

    def select(self, query: Select[Any]) -> list[dict[str, Any]]:
        """Return all rows of a query; none when there is no store yet."""
        if not self.ready():
            return []
        with self._said(), self._engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(query)]

    def stream(self, query: Select[Any], size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a query in batches of ``size``."""
        if not self.ready():
            return
        with self._said(), self._engine.connect() as connection:
            result = connection.execution_options(stream_results=True).execute(query)
            for batch in result.partitions(size):
                yield [tuple(row) for row in batch]

    @contextmanager
    def write(self, tool_version: str, now: str) -> Iterator[Connection]:
        """Open the one transaction of a write, making the store when there is none."""
        if self.path and not self.ready():
            self._make_file(self.path)
        with (
            self._said(),
            self._engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            if not self._exists and not self._holds_store(connection):
                schema.METADATA.create_all(connection)
                made = {"version": schema.SCHEMA, "tool_version": tool_version, "created_at": now}
                connection.execute(schema.meta.insert(), made)
            yield connection

    def _holds_store(self, connection: Connection) -> bool:
        names = set(inspect(connection).get_table_names())
        if not names:
            return False
        if not set(schema.METADATA.tables) <= names:
            raise StoreError(f"store {self}: a database, but not a carvein store")
        version = connection.scalar(select(func.max(schema.meta.c.version)))
        if version is None or version > schema.SCHEMA:
            raise StoreError(
                f"store {self}: written by a newer carvein (store version {version}, this one "
                f"reads {schema.SCHEMA}): upgrade carvein"
            )
        return True

    def _make_file(self, path: Path) -> None:
        mode = stat.S_IRUSR | stat.S_IWUSR
        try:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, mode))
            path.chmod(mode)
        except OSError as error:
            raise StoreError(f"store {self}: cannot be written: {error.strerror}") from error
        with self._said():
            # Outside of SQLAlchemy's transaction: SQLite changes the journal only between two.
            connection = self._engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA journal_mode=WAL")
            finally:
                connection.close()

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Turn what the database complains of into one line."""
        try:
            yield
        except IntegrityError as error:
            raise StoreError(f"store {self}: refused: {error.orig}") from error
        except DBAPIError as error:
            raise StoreError(f"store {self}: {self._reason(str(error.orig))}") from error
        except SQLAlchemyError as error:
            raise StoreError(f"store {self}: {_one_line(str(error))}") from error

    def _reason(self, complaint: str) -> str:
        if "not a database" in complaint:
            return "not a SQLite database, so not a carvein store"
        if "locked" in complaint:
            return (
                f"in use by another review (waited {self.timeout:g} s): "
                f"try again when it has finished"
            )
        return _one_line(complaint)


def _one_line(complaint: str) -> str:
    return (complaint.strip().splitlines() or ["unknown trouble"])[0]


def _is_empty(path: Path) -> bool:
    return not path.exists() or path.stat().st_size == 0


def _shown(url: str) -> str:
    """Return the URL without its password, as it may appear in a message."""
    return make_url(url).render_as_string(hide_password=True)


def _file_of(url: str) -> Path | None:
    """Return the file of a SQLite URL; None when the store is in memory or on a server."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            f"store {url!r}: not a database URL; wanted one like sqlite:///carvein.db"
        ) from error
    name = parsed.database or ""
    if parsed.get_backend_name() != "sqlite" or name in ("", ":memory:"):
        return None
    if name.startswith("file:"):
        raise StoreError(f"store {url}: name the file plainly, as in sqlite:///folder/carvein.db")
    return Path(name)


def _open_engine(url: str, timeout: float) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed)
    in_memory = (parsed.database or "") in ("", ":memory:")
    engine = create_engine(
        parsed,
        poolclass=StaticPool if in_memory else NullPool,
        connect_args={"timeout": timeout, "check_same_thread": False},
    )

    # The driver begins a transaction late and only before some statements: take that over.
    @event.listens_for(engine, "connect")
    def _begin_nothing(connection: Any, _record: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
