"""The engine reads its own folder and nothing else."""

import socket

import duckdb
import polars as pl
import pytest

from monitor.engine import ENGINE, Engine, with_room


@pytest.fixture
def engine(tmp_path):
    folder = tmp_path / "staged"
    (folder / "members").mkdir(parents=True)
    pl.DataFrame({"a": [1, 2]}).write_parquet(folder / "members" / "part-00000.parquet")
    pl.DataFrame({"a": [3], "b": ["x"]}).write_parquet(folder / "members" / "part-00001.parquet")
    (tmp_path / "outside.csv").write_text("secret\n")
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "outside.parquet")
    with Engine(folder) as opened:
        yield opened


def test_parts_are_one_table(engine):
    table = engine.table(engine.folder / "members")
    assert table.schema().names == ("a", "b")
    assert table.order_by("a").to_polars().rows() == [(1, None), (2, None), (3, "x")]
    assert table.filter(table.a > 1).cache().count().execute() == 2


def test_tables_do_not_shadow_each_other(engine):
    first = engine.table(engine.folder / "members")
    second = engine.table(engine.folder / "members")
    joined = first.join(second, "a").count().execute()
    assert (joined, engine.name) == (3, ENGINE)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_csv('{outside}')",
        "SELECT * FROM read_parquet('{parquet}')",
        "SELECT * FROM read_text('{inside}/../outside.csv')",
        "SELECT * FROM read_csv('http://127.0.0.1:{port}/x.csv')",
        "SELECT * FROM read_parquet('https://127.0.0.1:{port}/x.parquet')",
        "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
        "ATTACH '{outside}.db'",
        "COPY (SELECT 1) TO '{outside}'",
        "INSTALL httpfs",
        "INSTALL httpfs FROM core",
        "INSTALL h3 FROM community",
        "INSTALL httpfs FROM 'http://127.0.0.1:{port}/'",
        "INSTALL '{outside}'",
        "LOAD httpfs",
        "LOAD '{outside}'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET allowed_directories = ['/']",
        "RESET extension_directory",
    ],
)
def test_what_it_refuses(engine, tmp_path, query):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        asked = query.format(
            outside=tmp_path / "outside.csv",
            parquet=tmp_path / "outside.parquet",
            inside=engine.folder,
            port=server.getsockname()[1],
        )
        with pytest.raises(duckdb.Error):
            engine.backend.con.execute(asked).fetchall()
        with pytest.raises(TimeoutError):
            server.accept()
    assert (tmp_path / "outside.csv").read_text() == "secret\n"


def test_settings(engine):
    query = "SELECT value FROM duckdb_settings() WHERE name = ?"

    def setting(name):
        return engine.backend.con.execute(query, [name]).fetchone()[0]

    assert setting("enable_external_access") == "false"
    assert setting("lock_configuration") == "true"
    assert setting("autoinstall_known_extensions") == "false"
    assert setting("autoload_known_extensions") == "false"
    assert setting("enable_progress_bar") == "false"
    assert setting("temp_directory") == str(engine.folder / "spill")
    assert (engine.folder / "spill").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("threads", "memory", "limit"),
    [(1, 0, "286.1 MiB"), (2, 0, "286.1 MiB"), (3, 0, "429.1 MiB"), (3, 64, "61.0 MiB")],
)
def test_memory_grows_with_threads(tmp_path, threads, memory, limit):
    with Engine(tmp_path, memory, threads) as engine:
        asked = "SELECT current_setting('memory_limit'), current_setting('threads')"
        assert engine.backend.con.execute(asked).fetchone() == (limit, threads)


def test_it_spills_into_its_own_folder(tmp_path):
    with Engine(tmp_path, memory=64, threads=1) as engine:
        groups = "SELECT range AS k, count(*) AS n FROM range(3000000) GROUP BY k ORDER BY k"
        query = f"SELECT count(*) FROM ({groups})"
        assert engine.backend.con.execute(query).fetchone() == (3_000_000,)


def test_a_closed_engine_holds_nothing(tmp_path):
    with Engine(tmp_path) as engine:
        pass
    with pytest.raises(duckdb.Error):
        engine.backend.con.execute("SELECT 1")


def test_an_engine_without_memory_is_replaced_by_an_ample_one(tmp_path):
    asked, forgotten = [], []

    def ask(engine):
        asked.append(
            engine.backend.con.execute("SELECT current_setting('memory_limit')").fetchone()
        )
        if len(asked) == 1:
            raise duckdb.OutOfMemoryException("too little")
        return "told"

    assert with_room(tmp_path, ask, lambda: forgotten.append(len(asked))) == "told"
    assert len(set(asked)) == 2 and asked[1] == ("1.4 GiB",)
    assert forgotten == [1]


def test_memory_that_never_suffices_is_a_fault_of_ours(tmp_path):
    def ask(engine):
        raise duckdb.OutOfMemoryException("too little")

    with pytest.raises(duckdb.OutOfMemoryException):
        with_room(tmp_path, ask, lambda: None)
