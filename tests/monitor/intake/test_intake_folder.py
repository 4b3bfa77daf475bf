"""Receive a folder: what is taken, and what is said of the rest."""

import hashlib
import os
from datetime import date
from pathlib import Path

import pytest

from monitor.faults import Fault
from monitor.intake import Unreadable, receive
from monitor.manifest import Manifest, TableEntry

HEAD = """plan_id: ANCHOR
contract_id: demo-imc
period: 2026Q1
submitted_on: 2026-04-20
certification: {name: A. Officer, title: CFO, certified_on: 2026-04-20}
"""


@pytest.fixture
def make(tmp_path):
    """Make a folder of files and receive it."""

    def run(files, tables=None):
        folder = tmp_path / "PLAN"
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        if tables is not None:
            (folder / "submission.yaml").write_text(HEAD + tables)
        return receive(folder, tmp_path / "work")

    return run


def test_a_whole_submission(make):
    received = make(
        {"m.csv": "member_id\n", "e1.parquet": b"PAR1", "e2.csv": "x"},
        "tables:\n  encounters: {file: [e1.parquet, e2.csv], rows: 7}\n  members: {file: m.csv}\n",
    )
    assert received.manifest == Manifest(
        "ANCHOR",
        "demo-imc",
        "2026Q1",
        date(2026, 4, 20),
        "A. Officer",
        "CFO",
        date(2026, 4, 20),
        True,
        {
            "encounters": TableEntry(("e1.parquet", "e2.csv"), (), 7, 7),
            "members": TableEntry(("m.csv",), (), None, 8),
        },
        plan_named=True,
    )
    assert received.manifest.certification == "A. Officer, CFO, 2026-04-20"
    assert received.manifest.period_end == date(2026, 3, 31)
    assert received.faults == ()
    taken = {
        table: [(file.name, file.sha256, file.bytes, file.format) for file in files]
        for table, files in received.tables.items()
    }

    def digest(data):
        return hashlib.sha256(data).hexdigest()

    assert taken == {
        "members": [("m.csv", digest(b"member_id\n"), 10, "csv")],
        "encounters": [
            ("e1.parquet", digest(b"PAR1"), 4, "parquet"),
            ("e2.csv", digest(b"x"), 1, "csv"),
        ],
    }
    assert list(taken) == ["members", "encounters"]
    assert received.named == ("members", "encounters")


def test_without_a_manifest_files_named_after_tables_are_taken(make):
    received = make(
        {"members.csv": "x", "ledger.parquet": "y", "ledger.csv": "z", "notes.txt": "", "a.csv": ""}
    )
    assert received.manifest == Manifest("PLAN")
    assert {table: files[0].name for table, files in received.tables.items()} == {
        "members": "members.csv",
        "ledger": "ledger.csv",
    }
    wanted = "submission.yaml and the files it names"
    assert received.faults == tuple(
        Fault("submission.folder.file_unknown", name, 0, "", name, wanted)
        for name in ("a.csv", "ledger.parquet", "notes.txt")
    )


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("../members.csv", "not a plain name"),
        ("/etc/passwd", "not a plain name"),
        ("sub/members.csv", "not a plain name"),
        ("C:members.csv", "not a plain name"),
        ("https://example.org/members.csv", "not a plain name"),
        ("..", "not a plain name"),
        ("gone.csv", "no such file"),
        ("x" * 5000 + ".csv", "no such file"),
        ("link.csv", "a link"),
        ("pipe.csv", "not a file"),
        ("folder.csv", "not a file"),
    ],
)
def test_only_plain_files_in_the_folder_are_taken(tmp_path, name, problem):
    folder = tmp_path / "PLAN"
    folder.mkdir()
    (folder / "plan_offices.csv").write_text("x")
    (folder / "link.csv").symlink_to("/etc/passwd")
    (folder / "folder.csv").mkdir()
    os.mkfifo(folder / "pipe.csv")
    tables = f"tables:\n  plan_offices: {{file: plan_offices.csv}}\n  members: {{file: '{name}'}}\n"
    (folder / "submission.yaml").write_text(HEAD + tables)
    received = receive(folder, tmp_path / "work")
    assert list(received.tables) == ["plan_offices"]
    assert received.named == ("members", "plan_offices")
    fault = Fault(
        "members.file.missing",
        "submission.yaml",
        8,
        "file",
        f"{name}: {problem}",
        "a plain file in the folder",
    )
    assert [f for f in received.faults if f.table == "members"] == [fault]


@pytest.mark.parametrize("name", ["members.csv.gz", "members.837", "members.xlsx", "members"])
def test_kinds_that_are_not_read_are_told(make, name):
    received = make(
        {name: "x", "plan_offices.csv": "x"},
        f"tables:\n  members: {{file: {name}}}\n  plan_offices: {{file: plan_offices.csv}}\n",
    )
    wanted = "a .csv or .parquet file, not compressed"
    if name.endswith(".837"):
        wanted += "; X12 files hold encounters alone"
    assert received.faults == (Fault("members.file.format", name, 0, "file", name, wanted),)


def test_a_digest_that_differs_is_told_and_the_file_taken(make):
    right = hashlib.sha256(b"x").hexdigest()
    received = make(
        {"a.csv": "x", "b.csv": "x"},
        "tables:\n  members: {file: [a.csv, b.csv], "
        f"sha256: ['{right.upper()}', '{'0' * 64}']}}\n",
    )
    assert received.faults == (
        Fault("members.file.sha256", "b.csv", 0, "sha256", right, f"sha256 {'0' * 64}"),
    )
    assert len(received.tables["members"]) == 2


def test_a_file_named_twice_is_taken_once(make):
    received = make({"a.csv": "x"}, "tables:\n  members: {file: [a.csv, a.csv]}\n")
    assert [fault.value for fault in received.faults] == ["a.csv: named twice"]
    assert len(received.tables["members"]) == 1


@pytest.mark.parametrize(
    ("files", "tables", "message"),
    [
        ({}, None, "{}: the folder is empty"),
        (
            {"notes.txt": ""},
            None,
            "{}: no table of the public interface; wanted submission.yaml or files such as "
            "members.csv",
        ),
        (
            {"x": ""},
            "tables: {members: {file: ../m.csv}}\n",
            "{}: no table can be read: ../m.csv: not a plain name; wanted a plain file in the "
            "folder",
        ),
        (
            {"m.csv.gz": ""},
            "tables: {members: {file: m.csv.gz}}\n",
            "{}: no table can be read: m.csv.gz; wanted a .csv or .parquet file, not compressed",
        ),
    ],
)
def test_nothing_to_read_is_one_clear_line(make, tmp_path, files, tables, message):
    with pytest.raises(Unreadable) as refused:
        make(files, tables)
    assert str(refused.value) == message.format(tmp_path / "PLAN")


def test_a_path_that_is_nothing_or_no_zip(tmp_path):
    with pytest.raises(Unreadable, match=r"gone: no such file or folder$"):
        receive(tmp_path / "gone", tmp_path / "work")
    (tmp_path / "a.csv").write_text("member_id\n")
    with pytest.raises(Unreadable, match=r"a\.csv: neither a folder nor a zip$"):
        receive(tmp_path / "a.csv", tmp_path / "work")


def test_the_work_folder_is_private(make, tmp_path):
    make({"members.csv": "x"})
    assert (tmp_path / "work").stat().st_mode & 0o777 == 0o700


def test_a_file_name_that_is_no_unicode_is_shown(make, tmp_path):
    (tmp_path / "PLAN").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "PLAN") + b"/\xff.csv")).write_text("x")
    (tmp_path / "PLAN" / "members.csv").write_text("x")
    received = receive(tmp_path / "PLAN", tmp_path / "work")
    assert [fault.code for fault in received.faults] == ["submission.folder.file_unknown"]
