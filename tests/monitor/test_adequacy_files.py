"""The files that ``adequacy`` reads and writes, and those that it refuses."""

import gzip
from datetime import date
from functools import partial

import polars as pl
import pytest

from monitor.adequacy import SCHEMA, AdequacyError, adequacy, write
from tests.monitor.adequacy_sample import (
    FAR,
    HERE,
    MEMBERS,
    PROVIDERS,
    PSYCHIATRIST,
    TOY,
    answer_of,
    shown,
)
from tests.monitor.standards import DAY


@pytest.fixture
def ask(tmp_path):
    return partial(answer_of, tmp_path)


def test_gzip_and_parquet_say_what_csv_says(tmp_path):
    members = pl.DataFrame(
        {
            "member_id": ["1", "2"],
            "plan_id": ["A", "A"],
            "county_fips": [1001, 47037],  # as numbers: the zero is lost, and put back
            "latitude": [36.0, 36.0],
            "longitude": [-86.0, -86.0],
            "birth_date": [date(2020, 1, 1), None],
            "weight": [2, 3],
        }
    )
    providers = pl.DataFrame(
        {"npi": [1], "taxonomy": ["2084P0800X"], "latitude": [36.0], "longitude": [-86.0],
         "age_max": [64.0], "contract_effective": [date(2026, 1, 1)]}
    )  # fmt: skip
    members.write_parquet(tmp_path / "m.parquet")
    providers.write_parquet(tmp_path / "p.parquet")
    text = members.with_columns(pl.col("county_fips").cast(pl.String).str.zfill(5)).write_csv()
    (tmp_path / "m.csv.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "p.csv").write_text(providers.write_csv(), encoding="utf-8")
    first = adequacy(tmp_path / "m.parquet", tmp_path / "p.parquet", TOY, DAY)
    second = adequacy(tmp_path / "m.csv.gz", tmp_path / "p.csv", TOY, DAY)
    assert first.rows.equals(second.rows)
    assert shown(first, "county_fips", "members", "share") == [
        ("01001", 2.0, 1.0),
        ("47037", 3.0, 1.0),
    ]


def test_written_figures_are_unrounded_and_no_cell_is_a_formula(ask, tmp_path):
    answer = ask(
        [MEMBERS, *(f"{at},=1+1,47037,{HERE if at < 2 else FAR}" for at in range(3))],
        [PROVIDERS, PSYCHIATRIST],
    )
    write(answer.rows, tmp_path / "out.csv")
    header, line = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert header == ",".join(SCHEMA)
    cells = line.split(",")
    assert (cells[0], cells[11]) == ("'=1+1", repr(2 / 3))
    with pytest.raises(AdequacyError, match=r"none/out\.csv: cannot be written: No such file"):
        write(answer.rows, tmp_path / "none" / "out.csv")


GOOD = [MEMBERS, f"1,A,47037,{HERE}"]


@pytest.mark.parametrize(
    ("members", "providers", "message"),
    [
        ([MEMBERS], [PROVIDERS], "members.csv: no rows"),
        (["member_id", "1"], [PROVIDERS],
         "members.csv: no column latitude and longitude, zip or county_fips"),
        (["member_id;zip", "1;37203"], [PROVIDERS],
         "members.csv: no column latitude and longitude, zip or county_fips"),
        (["zip,zip", "37203,37203"], [PROVIDERS], "members.csv: a second column zip"),
        (["zip,weight", "37203,1", "37203,-1"], [PROVIDERS],
         "members.csv row 3: weight '-1'; wanted a number of 0 or more"),
        (["zip,weight", "37203,much"], [PROVIDERS],
         "members.csv row 2: weight 'much'; wanted a number of 0 or more"),
        (["zip,weight", "37203,inf"], [PROVIDERS],
         "members.csv row 2: weight 'inf'; wanted a number of 0 or more"),
        (["zip,birth_date", "37203,31.12.1990"], [PROVIDERS],
         "members.csv row 2: birth_date '31.12.1990'; wanted a date YYYY-MM-DD"),
        (["zip,birth_date", "37203,2026-02-30"], [PROVIDERS],
         "members.csv row 2: birth_date '2026-02-30'; wanted a date YYYY-MM-DD"),
        (GOOD, ["taxonomy,zip"], "providers.csv: no column npi"),
        (GOOD, ["npi,zip"], "providers.csv: no column taxonomy, program or specialty"),
        (GOOD, ["npi,taxonomy,latitude"],
         "providers.csv: no column latitude and longitude, or zip"),
        (GOOD, [f"{PROVIDERS},age_min", f"{PSYCHIATRIST},17.5"],
         "providers.csv row 2: age_min '17.5'; wanted a whole number"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_used(ask, members, providers, message):
    with pytest.raises(AdequacyError) as refused:
        ask(members, providers)
    assert str(refused.value) == message


def test_files_that_cannot_be_read(tmp_path):
    good = tmp_path / "p.csv"
    good.write_text(f"{PROVIDERS}\n", encoding="utf-8")
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "latin.csv").write_bytes(b"member_id,zip\nJos\xe9,37203\n")
    (tmp_path / "ragged.csv").write_bytes(b"member_id,zip\n1,37203,x\n")
    (tmp_path / "not.parquet").write_bytes(b"no parquet")
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"member_id,zip\n1,37203\n")[:-9])
    for name in ("none.csv", "empty.csv", "latin.csv", "ragged.csv", "not.parquet", "cut.csv.gz"):
        with pytest.raises(AdequacyError, match=rf"^{name}: cannot be read: \S") as refused:
            adequacy(tmp_path / name, good, TOY, DAY)
        assert "\n" not in str(refused.value)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(AdequacyError) as refused:
        adequacy(tmp_path, tmp_path, TOY, DAY)
    assert str(refused.value) == f"{tmp_path.name}: a folder; wanted a CSV or Parquet file"


def test_a_population_file_that_cannot_be_read(ask, tmp_path):
    with pytest.raises(AdequacyError, match=r"^none\.csv: cannot be read: "):
        ask(GOOD, [PROVIDERS], counties=tmp_path / "none.csv")
