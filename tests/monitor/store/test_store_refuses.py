"""What is no store, or is asked what it cannot, is told so in one line."""

import sqlite3
import stat

import pytest
from sqlalchemy import create_engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from monitor import schema
from monitor.store import STATES, Store, StoreError


def opening(url: str) -> str:
    with pytest.raises(StoreError) as error:
        Store(url)
    return str(error.value)


def test_what_is_no_store_is_named_in_one_line(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("these are notes, not a database, and long enough to be read as a header\n" * 9)
    other = tmp_path / "other.db"
    create_engine(f"sqlite:///{other}").connect().exec_driver_sql("CREATE TABLE t (a)").close()
    assert opening(f"sqlite:///{text}") == (
        f"store {text}: not a SQLite database, so not a carvein store"
    )
    assert opening(f"sqlite:///{other}") == f"store {other}: a database, but not a carvein store"
    assert opening(f"sqlite:///{tmp_path}") == f"store {tmp_path}: not a file"
    assert opening(f"sqlite:///{tmp_path}/no/s.db") == (
        f"store {tmp_path}/no/s.db: the folder {tmp_path}/no does not exist"
    )
    assert opening("carvein.db") == (
        "store 'carvein.db': not a database URL; wanted one like sqlite:///carvein.db"
    )
    assert opening("sqlite:///file:s.db?uri=true") == (
        "store sqlite:///file:s.db?uri=true: name the file plainly, as in "
        "sqlite:///folder/carvein.db"
    )
    assert opening("nosuch://me:secret@host/db") == (
        "store nosuch://me:***@host/db: cannot be used: Can't load plugin: "
        "sqlalchemy.dialects:nosuch"
    )


def test_an_empty_file_becomes_a_private_store(tmp_path, review):
    path = tmp_path / "s.db"
    path.touch(0o644)
    store = Store(f"sqlite:///{path}")
    assert store.reviews() == []
    store.append(review(), [], [])
    assert [part.id for part in store.reviews()] == ["R1"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_store_of_a_newer_carvein_is_refused(store, review, store_path):
    store.append(review(), [], [])
    path = store_path(store)
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO meta VALUES (2, '9.9', '2030-01-01')")
    connection.commit()
    connection.close()
    assert opening(f"sqlite:///{path}") == (
        f"store {path}: written by a newer carvein (store version 2, this one reads 1): "
        f"upgrade carvein"
    )


def test_a_disposition_that_cannot_stand_is_refused_in_one_line(store, review, finding, store_path):
    one = finding()
    store.append(review(), [], [one])
    path = store_path(store)
    for arguments, message in [
        (("0" * 16, "waived", "n", "b"), f"store {path}: no finding {'0' * 16}"),
        (
            (one.id, "forgiven", "n", "b"),
            "state 'forgiven': wanted one of acknowledged, disputed, corrective_action, waived, "
            "cured",
        ),
        ((one.id, "waived", " ", "b"), f"finding {one.id}: a disposition needs a note"),
        ((one.id, "waived", "n", ""), f"finding {one.id}: a disposition needs a name"),
    ]:
        with pytest.raises(StoreError) as error:
            store.dispose(*arguments)
        assert str(error.value) == message
    assert store.dispositions() == []
    assert [store.dispose(one.id, state, "n", "b").state for state in STATES] == list(STATES)


def test_the_tables_are_plain_enough_for_another_database():
    for table in schema.METADATA.sorted_tables:
        assert str(CreateTable(table).compile(dialect=postgresql.dialect())).strip()
