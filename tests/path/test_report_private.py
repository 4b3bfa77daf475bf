"""A small submission broken in twenty ways: no byte of its report tells a member's secret."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .conftest import SOUND

MEMBERS = (
    "member_id,plan_id,birth_date,sex,enrolled_from,enrolled_to,county_fips,zip,latitude,"
    "longitude,rate_cell,dual_status,smi,pcp_npi,care_coordinator_id,attributed_practice_id,weight"
)
LINES = (
    "encounter_id,line_number,member_id,claim_type,service_from,service_to,billing_npi,"
    "rendering_npi,billed_amount,paid_amount,line_status,payment_arrangement,submitted_on,"
    "procedure_code,diagnosis_codes,received_on,adjudicated_on,paid_on,ndc,days_supply,frequency"
)
# By table the column that a row breaks, and how.
BROKEN = {
    "members": (
        ("birth_date", "05/17/1973"),
        ("sex", "1973-05-17"),
        ("zip", "3788"),
        ("zip", "37886-1234"),
        ("latitude", "-83.98765"),
        ("longitude", "35.98765"),
        ("rate_cell", "SECRET0042"),
        ("plan_id", "1973-05-17"),
        ("pcp_npi", "SECRET0042"),
        ("member_id", "SECRET0042"),
        ("county_fips", "37886"),
    ),
    "encounters": (
        ("service_from", "02/11/2026"),
        ("service_to", "2026-02-01"),
        ("received_on", "2027-02-11"),
        ("adjudicated_on", "2026-02-02"),
        ("paid_on", "2026-02-03"),
        ("submitted_on", "2026-02-11"),
        ("diagnosis_codes", "F11.20"),
        ("diagnosis_codes", "F1"),
        ("ndc", "0005401761"),
        ("billing_npi", "F1120"),
        ("line_number", "SECRET0042"),
        ("paid_amount", "2026-02-11"),
        ("frequency", "F1120"),
        ("days_supply", "00054017613"),
        ("member_id", "SECRET0043"),
    ),
}
SOUND_ROWS = {
    "members": "SECRET0042,P,1973-05-17,F,2024-01-01,,47093,37886,35.98765,-83.98765,A,none,N,"
    "1234567893,,,1",
    "encounters": "E1,1,SECRET0042,R,2026-02-11,2026-02-11,1234567893,1234567893,50,40,paid,ffs,"
    "2026-03-01,99213,F1120,2026-02-11,2026-02-11,2026-02-11,00054017613,30,1",
}
SECRETS = (
    *("SECRET0042", "SECRET0043", "1973-05-17", "05/17/1973", "37886", "35.98765", "83.98765"),
    *("2026-02-11", "02/11/2026", "F1120", "F11.20", "00054017613", "0005401761", "2026-02-03"),
)


def broken(table: str, header: str) -> list[str]:
    """Return a header, the sound row, and a row for each way of breaking it."""
    names, rows = header.split(","), [SOUND_ROWS[table]]
    for number, (name, value) in enumerate(BROKEN[table], start=2):
        row = SOUND_ROWS[table].split(",")
        row[names.index(name)] = value
        rows.append(",".join(row).replace("E1,", f"E{number},"))
    return [header, *rows, f"{rows[0]},SECRET0042,1973-05-17"]


def text_of(path: Path) -> str:
    """Return what a file of a report says; of a workbook what its cells say."""
    if path.suffix != ".xlsx":
        return path.read_bytes().decode()
    with zipfile.ZipFile(path) as book:
        whole = "\n".join(book.read(name).decode() for name in book.namelist())
    return re.sub(r' (r|ref|sqref)="[A-Z0-9:]+"', "", whole)


def test_no_byte_of_a_report_tells_a_members_secret(
    carvein: Callable[..., Any], submission: Callable[..., Path], tmp_path: Path
) -> None:
    tables = SOUND | {
        "members": broken("members", MEMBERS),
        "encounters": broken("encounters", LINES),
    }
    ran = carvein("validate", submission(tables=tables), "--contract", "demo-imc", "--report", "r")
    files = {path: text_of(path) for path in (tmp_path / "r").rglob("*") if path.is_file()}
    files[Path("the screen")] = ran.out + ran.err
    # Digits of a hash or of a figure are no secret: only what stands by itself is.
    found = [
        (path.name, secret)
        for path, text in files.items()
        for secret in SECRETS
        if re.search(rf"(?<![\w.]){re.escape(secret)}(?!\w)", text)
    ]
    assert (ran.code, len(files) > 8, found) == (1, True, [])
    assert ran.out.count("masked, like ") > 5
    assert "masked, like 99/99/9999: wanted a day as YYYY-MM-DD" in ran.out
