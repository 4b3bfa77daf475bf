"""Damaged files in other layouts: HSD tables, providers.json, Tuva's claims, Synthea's tables."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import pytest
from hypothesis import strategies as st

from rules.layout import available_layouts

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "tuva" / "layouts"
HSD = {
    "hsd_provider": (
        *("SSA State/County Code", "Name of Physician or Mid-Level Practitioner"),
        *("National Provider Identifier (NPI) Number", "Provider Specialty Code", "Contract Type"),
        *("Provider Street Address", "Provider City", "Provider State Code", "Provider Zip Code"),
        *("If PCP Accepts New Patients", "Medical Group Affiliation"),
    ),
    "hsd_facility": (
        *("SSA State/County Code", "Facility or Service Type", "Facility Specialty Code"),
        *("National Provider Identifier (NPI) Number", "Facility Name", "Provider Street Address"),
        *("Provider City", "Provider State Code", "Provider Zip Code"),
        "# of Staffed, Medicare-Certified Beds",
    ),
}


def hsd(layout: str) -> bytes:
    """Return ten rows of an HSD table."""
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(HSD[layout])
    for n in range(10):
        place = (f"{n} Main St, Suite {n}", "Nashville", "TN", f"3720{n}")
        npi = f"12345{n:05d}"
        if layout == "hsd_provider":
            out.writerow(("44180", f"Doe, Ann {n}", npi, f"{n:03d}", "D", *place, "Y", "Group"))
        else:
            out.writerow(("44180", "Hospital", f"{n + 40:03d}", npi, f'"Best" {n}', *place, "12"))
    return text.getvalue().encode()


def laid_out(take, damaged, every_line_counts, table, several, layouts=None):
    files, named = {}, []
    for n, (data, layout, damages) in enumerate(several):
        files[f"{n}.csv"] = damaged(data, damages)
        named.append(layout)
    got = take(files, {table: {"file": list(files), "layout": named}}, layouts=layouts)
    assert not got.refused
    for name, data in files.items():
        every_line_counts(data, got.lines(table, name), got.faults_of(name))


def test_hsd_tables(property_of, take, damaged, damages, every_line_counts):
    def body(several):
        one = [(hsd(layout), layout, damage) for layout, damage in several]
        laid_out(take, damaged, every_line_counts, "providers", one)

    one = st.tuples(st.sampled_from(sorted(HSD)), damages)
    property_of("HSD layouts", body, each=5, several=st.lists(one, min_size=5, max_size=5))


PROVIDERS = [
    {
        "npi": f"12345{n:05d}",
        "type": "INDIVIDUAL",
        "name": {"first": "Ann", "middle": "B", "last": f"Doe{n}", "suffix": "Jr."},
        "addresses": [
            {"address": f"{a} Main St", "city": "Nashville", "state": "TN", "zip": "37201"}
            for a in range(n % 3)
        ],
        "specialty": ["Dermatology", "Surgery é"],
        "accepting": "accepting",
        "plans": [{"plan_id_type": "HIOS-PLAN-ID", "plan_id": "P1", "years": [2026]}],
        "languages": ["English"],
        "gender": "Female",
        "last_updated_on": "2026-03-01",
    }
    for n in range(8)
]


def refuse(text: str) -> None:
    raise ValueError(text)


def rows_of_json(data: bytes) -> int | None:
    """Return how many rows the standard library's reader makes of the file, None where it cannot.

    A key that stands twice, and a number that JSON does not know, make no count.
    """

    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        if len({key for key, _ in found}) < len(found):
            raise ValueError("twice")
        return dict(found)

    try:
        content = json.loads(
            data.decode("utf-8-sig"), parse_constant=refuse, object_pairs_hook=pairs
        )
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, list):
        return None
    rows = 0
    for element in content:
        addresses = element.get("addresses") if isinstance(element, dict) else None
        if addresses is None and isinstance(element, dict) and "address" in element:
            return None
        whole = isinstance(addresses, list) and all(isinstance(one, dict) for one in addresses)
        rows += max(1, len(addresses)) if whole else 1
    return rows


def test_providers_json(property_of, take, damaged, damages):
    whole = json.dumps(PROVIDERS, indent=1).encode()

    def body(several):
        files = {f"{n}.json": damaged(whole, one) for n, one in enumerate(several)}
        tables = {"providers": {"file": list(files), "layout": "cms_providers_json"}}
        got = take(files, tables)
        assert not got.refused
        for name, data in files.items():
            lines, faults = got.lines("providers", name), got.faults_of(name)
            rows = rows_of_json(data)
            if rows is None:
                assert {".file.damaged", ".file.empty", ".row.element"} & faults
            elif ".row.element" in faults or ".row.nul" in faults:
                assert 0 < len(lines) <= rows  # an odd element is one row, however many addresses
            elif ".file.damaged" not in faults:
                assert len(lines) == rows
            assert set(lines) <= set(range(2, len(PROVIDERS) * 8))

    property_of("providers.json", body, each=5, several=st.lists(damages, min_size=5, max_size=5))


def rows_of(path: Path, start: int, count: int) -> bytes:
    with gzip.open(path) as stream:
        lines = stream.read().splitlines(keepends=True)
    return lines[0] + b"".join(lines[1 + start : 1 + start + count])


@pytest.mark.shared
def test_tuva_claims_through_their_layouts(
    property_of, take, damaged, damages, every_line_counts, shared
):
    folder = shared / "data" / "tuva_claims"
    layouts = available_layouts(EXAMPLE)
    tables = {
        "medical_claim": ("encounters", rows_of(folder / "medical_claim.csv.gz", 700, 10)),
        "pharmacy_claim": ("encounters", rows_of(folder / "pharmacy_claim.csv.gz", 0, 10)),
        "eligibility": ("members", rows_of(folder / "eligibility.csv.gz", 0, 10)),
    }

    def body(table, several):
        fitting = [name for name, (of, _) in tables.items() if of == table]
        chosen = [(fitting[n % len(fitting)], one) for n, one in enumerate(several)]
        one = [(tables[name][1], f"tuva_{name}", damage) for name, damage in chosen]
        laid_out(take, damaged, every_line_counts, table, one, layouts)

    property_of(
        "tuva claims through their layouts",
        body,
        each=5,
        table=st.sampled_from(("encounters", "members")),
        several=st.lists(damages, min_size=5, max_size=5),
    )


@pytest.mark.shared
def test_synthea_tables_sent_as_ours(
    property_of, take, damaged, damages, every_line_counts, shared
):
    folder = shared / "data" / "synthea_ma_27"
    sent = {
        "encounters": ("encounters", "claims", "claims_transactions", "procedures"),
        "members": ("patients", "payer_transitions"),
        "providers": ("providers", "organizations"),
    }

    def body(table, several):
        names = sent[table]
        files = {
            f"{n}.csv": damaged(rows_of(folder / f"{names[n % len(names)]}.csv.gz", n, 12), one)
            for n, one in enumerate(several)
        }
        got = take(files, {table: {"file": list(files)}})
        assert not got.refused
        for name, data in files.items():
            every_line_counts(data, got.lines(table, name), got.faults_of(name))

    property_of(
        "synthea tables",
        body,
        each=5,
        table=st.sampled_from(sorted(sent)),
        several=st.lists(damages, min_size=5, max_size=5),
    )
