"""Damaged manifests, zips and NPPES files: refused in one clear line, or read and counted."""

from __future__ import annotations

import csv
import io
import re
import zipfile

import polars as pl
import pytest
import yaml
from hypothesis import strategies as st

from monitor import nppes
from monitor.nppes import NppesError, extract, open_nppes

MANIFEST = """plan_id: ANCHOR
contract_id: demo-imc
period: 2026Q1
submitted_on: 2026-04-20
certification: {name: A. Officer, title: CFO, certified_on: 2026-04-20}
tables:
  plan_offices: {file: plan_offices.csv, rows: 2}
  capitation: {file: [capitation.csv], sha256: [@], layout: carvein}
""".replace("@", "a" * 64)
WORDS = (
    *("../x.csv", "/etc/passwd", "C:\\x.csv", "~/x", "..", "", "*", "&a", "*a", "!!python/object"),
    *("!!binary aGk=", "null", "[]", "{}", "[[[[[[[[[[[[x]]]]]]]]]]]]", "9" * 400, "2026-02-30"),
    *("2026Q5", "0001Q1", "9999Q4", "\u202e", "<<: *a", "? x", "'", '"', "|", "%YAML 9", "---"),
    *("file://x", "capitation.csv", "link.csv", "hsd_provider", "-1", "1e9", "\x07", "x" * 5000),
)


def reworded(text: str, words: list[tuple[int, str]]) -> str:
    """Put words in the place of the manifest's own, counted by blanks."""
    parts = text.split(" ")
    for at, word in words:
        parts[at % len(parts)] = word
    return " ".join(parts)


def test_submission_yaml(property_of, take, damaged, damages, demo):
    files = {name: demo[name[:-4]] for name in ("plan_offices.csv", "capitation.csv")}
    rows = {name: list(range(2, data.count(b"\n") + 1)) for name, data in files.items()}

    def body(change):
        words, one = change
        text = reworded(MANIFEST, words).encode("utf-8", "surrogatepass")
        got = take(files, manifest=damaged(text, one) if one else text)
        if got.refused:
            return
        # Each file that is taken is read whole, and what is not taken is told.
        for name, lines in rows.items():
            table = name[:-4]
            taken = {file.name for files in got.received.tables.values() for file in files}
            if name in {file.name for file in got.received.tables.get(table, ())}:
                assert got.lines(table, name) == lines
            elif name not in taken:
                codes = {code for code, _, _ in got.faults}
                assert any(code.startswith((f"{table}.", "submission.")) for code in codes)
        places = {file.path.parent.name for files in got.received.tables.values() for file in files}
        assert places == {"given"}

    word = st.lists(st.tuples(st.integers(0, 60), st.sampled_from(WORDS)), max_size=3)
    change = st.one_of(
        st.tuples(st.just([]), damages),
        st.tuples(word.filter(bool), st.just([])),
        st.tuples(word, damages),
    )
    property_of("submission.yaml", body, change=change)


def zipped(files: dict[str, bytes], method: int) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return sink.getvalue()


def test_zip_of_a_submission(property_of, take, damaged, damages, demo):
    files = {name: demo[name[:-4]] for name in ("plan_offices.csv", "capitation.csv")}
    files["submission.yaml"] = MANIFEST.encode()

    def body(method, change):
        inside, outside = change
        given = {name: damaged(data, inside) if inside else data for name, data in files.items()}
        packed = zipped(given, method)
        got = take({}, packed=damaged(packed, outside) if outside else packed)
        if got.refused or inside:
            return
        # A zip proves its content by checksum: what is taken is as it was sent.
        for table, received in got.received.tables.items():
            for file in received:
                rows = files[f"{table}.csv"].count(b"\n")
                assert got.lines(table, file.name) == list(range(2, rows + 1))

    property_of(
        "zip of a submission",
        body,
        method=st.sampled_from(
            (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
        ),
        change=st.one_of(
            st.tuples(st.just([]), damages),
            st.tuples(st.just([]), damages),
            st.tuples(damages, st.just([])),
        ),
    )


MONTHLY = "npidata_pfile_20050523-20260412.csv"
NPIS = [f"12345{n:05d}" for n in range(6)]


@pytest.fixture(scope="module")
def monthly() -> bytes:
    """Return an NPPES file of six providers: the columns that are read, and twenty others."""
    text = io.StringIO()
    out = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    names = [*dict.fromkeys(nppes._PARTS.values())]
    names += [f"Other Provider Identifier_{n}" for n in range(20)]
    out.writerow(names)
    for n, npi in enumerate(NPIS):
        row = {
            "NPI": npi,
            "Entity Type Code": str(n % 2 + 1),
            "Provider Last Name (Legal Name)": "DOE, É",
            "Provider Business Practice Location Address State Name": "TN",
            "Provider Business Practice Location Address Postal Code": "372011234",
            "Last Update Date": "03/01/2024",
            "Healthcare Provider Taxonomy Code_1": "207Q00000X",
        }
        out.writerow([row.get(name, "") for name in names])
    return text.getvalue().encode()


def looked_up(path, folder):
    """Return the NPIs that were found, or None where the file was refused in one line."""
    try:
        found = extract(open_nppes(path), NPIS, folder)
    except NppesError as error:
        assert "\n" not in str(error) and str(error).isprintable()
        return None
    return pl.read_parquet(found / "*.parquet")["npi"].to_list()


def test_nppes_monthly_file(property_of, damaged, damages, monthly, tmp_path):
    runs = iter(range(1_000_000))

    def body(one):
        folder = tmp_path / f"{next(runs)}"
        folder.mkdir()
        data = damaged(monthly, one)
        (folder / MONTHLY).write_bytes(data)
        found = looked_up(folder / MONTHLY, folder / "work")
        if found is not None:
            # Each line that begins with one of the NPIs comes, whatever else it holds.
            begins = [re.match(rb'"?([0-9]{10})(?![0-9])', line) for line in data.split(b"\n")]
            wanted = [npi for one in begins if one and (npi := one[1].decode()) in NPIS]
            assert sorted(found) == sorted(wanted)

    property_of("NPPES monthly file", body, one=damages)


def test_nppes_zip(property_of, damaged, damages, monthly, tmp_path):
    packed = zipped({MONTHLY: monthly, "readme.txt": b"x"}, zipfile.ZIP_DEFLATED)
    runs = iter(range(1_000_000))

    def body(one):
        folder = tmp_path / f"{next(runs)}"
        folder.mkdir()
        (folder / "nppes.zip").write_bytes(damaged(packed, one))
        found = looked_up(folder / "nppes.zip", folder / "work")
        assert found is None or found == NPIS

    property_of("NPPES zip", body, one=damages)


def test_the_manifest_that_is_damaged_is_sound(take, demo):
    files = {name: demo[name[:-4]] for name in ("plan_offices.csv", "capitation.csv")}
    assert yaml.safe_load(MANIFEST)["plan_id"] == "ANCHOR"
    got = take(files, manifest=MANIFEST.encode())
    assert {code for code, file, _ in got.faults if file == "submission.yaml"} == set()
    assert {code for code, _, _ in got.faults} <= {"capitation.file.sha256"}


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (b'"1234500001"', b'"12345000019"', [0, 2, 3, 4, 5]),
        (b'"1234500001"', b'"1234500001x"', [0, 1, 2, 3, 4, 5]),
        (b'"1234500001",', b'"1234500001', [0, 1, 2, 3, 4, 5]),
        (b'"1234500001","2"', b'"1234500001",\r2\r', [0, 1, 2, 3, 4, 5]),
        (b"DOE", b"D" * 200_000, [0, 1, 2, 3, 4, 5]),
    ],
    ids=["another number", "letters in it", "a comma gone", "CR in a field", "a huge field"],
)
def test_what_was_found_a_line_of_nppes_that_cannot_be_split(monthly, tmp_path, old, new, found):
    (tmp_path / MONTHLY).write_bytes(monthly.replace(old, new, 1))
    assert looked_up(tmp_path / MONTHLY, tmp_path / "work") == [NPIS[n] for n in found]
