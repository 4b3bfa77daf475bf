"""The store keeps what it has: no change, no loss, no half of a review, no other reader."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from monitor import schema
from monitor.store import Store, StoreError


def test_no_statement_changes_or_takes_away_a_row(
    store, statements, review, measure, finding, lines
):
    one = finding()
    store.append(review(), [measure()], [one], [lines(one.id, 1)])
    store.append(review(2), [measure()], [replace(one, review_id="R2")], [lines(one.id, 1)])
    store.dispose(one.id, "waived", "agreed by letter", "A. Reviewer")
    store.findings_frame("R1")
    list(store.violations("R1"))
    verbs = {statement.split()[0].upper() for statement in statements}
    assert verbs == {"BEGIN", "CREATE", "INSERT", "PRAGMA", "SELECT"}
    assert not [s for s in statements if "REPLACE" in s.upper() or "ON CONFLICT" in s.upper()]


@pytest.mark.parametrize("table", sorted(schema.METADATA.tables))
@pytest.mark.parametrize("deed", ["UPDATE {} SET {} = ''", "DELETE FROM {}"])
def test_sqlite_itself_refuses_to_change_or_take_away_a_row(
    store, table, deed, review, measure, finding, lines, store_path
):
    one = finding()
    store.append(review(), [measure()], [one], [lines(one.id, 1)])
    store.dispose(one.id, "cured", "seen", "A. Reviewer")
    connection = sqlite3.connect(store_path(store))
    column = next(c.name for c in schema.METADATA.tables[table].columns if c.name != "no")
    with pytest.raises(sqlite3.IntegrityError, match="carvein stores are append-only"):
        connection.execute(deed.format(table, column))
    connection.close()


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_the_file_and_its_journals_are_the_owners_alone(tmp_path, umask, review, lines):
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o755)
    before = folder.stat().st_mode
    seen = {}

    def look():
        yield lines("f" * 16, 1)
        seen.update({p.name: stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()})

    old = os.umask(umask)
    try:
        Store(f"sqlite:///{folder}/s.db").append(review(), [], [], look())
    finally:
        os.umask(old)
    assert seen == {"s.db": 0o600, "s.db-wal": 0o600, "s.db-shm": 0o600}
    assert {p.name: stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()} == {"s.db": 0o600}
    assert folder.stat().st_mode == before


def test_a_reader_reads_on_while_a_review_is_written(store, review, finding, lines, store_path):
    one = finding()
    store.append(review(), [], [one])
    seen = []

    def look():
        reader = Store(f"sqlite:///{store_path(store)}", timeout=0.1)
        seen.append([part.id for part in reader.reviews()])
        yield lines(one.id, 1)
        seen.append([part.id for part in reader.reviews()])

    store.append(review(2), [], [], look())
    assert seen == [["R1"], ["R1"]]
    assert [part.id for part in store.reviews()] == ["R2", "R1"]


def test_a_review_that_fails_midway_leaves_nothing(store, review, measure, finding, lines):
    one = finding()

    def breaks():
        yield lines(one.id, 1)
        raise ValueError("the disk is full")

    with pytest.raises(ValueError, match="the disk is full"):
        store.append(review(), [measure()], [one], breaks())
    assert store.reviews() == []
    assert store.findings("R1") == []
    store.append(review(), [measure()], [one], [lines(one.id, 1)])
    assert store.violation_count("R1") == 1


KILLED = """
import sys, time
sys.path.insert(0, {tests!r})
import conftest as t
from monitor.store import Store
store = Store({url!r})
one = t.make_finding(review_id="R2")
def frames():
    for batch in range(200):
        yield t.make_lines(one.id, *range(5000))
        if batch == 100:
            print("midway", flush=True)
            time.sleep(600)
store.append(t.make_review(2), [t.make_measure()], [one], frames())
"""


@pytest.mark.parametrize("fresh", [True, False])
def test_kill_9_midway_leaves_the_store_readable_and_the_next_review_complete(
    store, fresh, review, measure, finding, lines, store_path
):
    one = finding()
    if not fresh:
        store.append(review(), [measure()], [one], [lines(one.id, 1, 2)])
    url = f"sqlite:///{store_path(store)}"
    code = KILLED.format(tests=str(Path(__file__).parent), url=url)
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "midway\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()

    after = Store(url)
    assert [part.id for part in after.reviews()] == ([] if fresh else ["R1"])
    assert after.findings("R2") == after.measures("R2") == []
    assert after.violation_count("R2") == 0
    two = replace(one, review_id="R2")
    after.append(review(2), [measure()], [two], [lines(one.id, 3, 4, 5)])
    assert after.findings("R2") == [two]
    assert after.violation_count("R2") == 3
    assert stat.S_IMODE(store_path(store).stat().st_mode) == 0o600


def test_a_review_is_stored_once(store, review, finding, store_path):
    store.append(review(), [], [])
    with pytest.raises(StoreError) as error:
        store.append(review(), [], [finding()])
    assert str(error.value) == f"store {store_path(store)}: review R1 is stored already"
    assert store.findings("R1") == []


def test_two_findings_of_one_id_are_refused(store, review, finding, store_path):
    with pytest.raises(StoreError) as error:
        store.append(review(), [], [finding(), finding()])
    assert str(error.value) == (
        f"store {store_path(store)}: refused: UNIQUE constraint failed: findings.review_id, "
        f"findings.finding_id"
    )
    assert store.reviews() == []


def test_a_second_writer_waits_and_then_says_who_is_in_the_way(store, review, store_path):
    store.append(review(), [], [])
    path = store_path(store)
    holding, let_go = threading.Event(), threading.Event()

    def hold():
        connection = sqlite3.connect(path)
        connection.execute("BEGIN IMMEDIATE")
        holding.set()
        let_go.wait(30)
        connection.rollback()
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait(30)
    try:
        with pytest.raises(StoreError) as error:
            Store(f"sqlite:///{path}", timeout=0.2).append(review(2), [], [])
    finally:
        let_go.set()
        thread.join()
    assert str(error.value) == (
        f"store {path}: in use by another review (waited 0.2 s): try again when it has finished"
    )
    store.append(review(2), [], [])
    assert [part.id for part in store.reviews()] == ["R2", "R1"]
