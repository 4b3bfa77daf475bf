"""What a line is for, against a table worked by hand: one row a step, a clash or an edge."""

import random

import ibis
import polars as pl
import pytest

from rules.domain import DOMAINS, KEPT, side_of, with_domain
from rules.domain_definition import STEPS
from rules.domain_told import Teller
from rules.tables import staged_schema

PROVIDERS = [
    {"npi": "PSYCHIATRIST", "taxonomy": "2084P0800X"},
    {"npi": "COUNSELOR", "taxonomy": "101YM0800X"},
    {"npi": "ADDICTION", "taxonomy": "2084A0401X"},
    {"npi": "FAMILY", "taxonomy": "207Q00000X"},
    {"npi": "CMHC", "taxonomy": "261QM0801X"},
    {"npi": "DENTIST", "taxonomy": "122300000X"},
    {"npi": "BOTHKINDS", "taxonomy": "261QM0801X"},
    {"npi": "BOTHKINDS", "taxonomy": "261QR0405X"},
    {"npi": "TWOTRADES", "taxonomy": "2084P0800X"},
    {"npi": "TWOTRADES", "taxonomy": "207Q00000X"},
    {"npi": "UNTOLD", "taxonomy": None},
    {"npi": None, "taxonomy": "2084P0800X"},
]

# Columns: procedure, modifiers, revenue, bill, place, diagnoses; then who; then what is expected.
BY_CODES = [
    # procedure code
    ("90867", None, None, None, None, None, "MH", "procedure"),
    ("90834", None, None, None, "11", "F331", "MH", "procedure"),
    ("90834", None, None, None, "11", "F1020;F331", "SUD", "procedure"),
    ("90834", None, None, None, "11", "I10;F1020", "MH", "procedure"),
    ("90834", "HF", None, None, None, "F331", "SUD", "procedure"),
    ("90834", "HE", None, None, None, "F1020", "MH", "procedure"),
    ("90834", "HH", None, None, "58", "F331", "SUD", "procedure"),
    ("90834", None, "0906", None, None, "F331", "SUD", "procedure"),
    ("h0015", None, None, None, None, "F331", "SUD", "procedure"),
    ("H0031", None, None, None, None, "F1020", "MH", "procedure"),
    ("H0020", None, None, None, None, None, "SUD", "procedure"),
    ("H2011", None, None, None, None, None, "MH", "procedure"),
    ("99492", None, None, None, "11", "F331", "MH", "procedure"),
    ("99484", None, None, None, "11", "F1120", "SUD", "procedure"),
    ("J2315", None, None, None, None, None, "SUD", "procedure"),
    ("T1019", None, None, None, "12", "F200", "LTSS", "procedure"),
    ("S5102", None, None, None, None, None, "LTSS", "procedure"),
    ("D2391", None, None, None, None, None, "OTHER", "procedure"),
    ("A0428", None, None, None, "41", "F200", "OTHER", "procedure"),
    ("T2003", None, None, None, None, None, "OTHER", "procedure"),
    # both sides of ranges
    ("90831", None, None, None, None, None, "PH", "none"),
    ("90832", None, None, None, None, None, "MH", "procedure"),
    ("90835", None, None, None, None, None, "PH", "none"),
    ("90853", None, None, None, None, None, "MH", "procedure"),
    ("90854", None, None, None, None, None, "PH", "none"),
    ("H0050", None, None, None, None, None, "SUD", "procedure"),
    ("H0051", None, None, None, None, None, "PH", "none"),
    ("99406", None, None, None, None, "F17210", "PH", "none"),
    ("99408", None, None, None, None, None, "SUD", "procedure"),
    # program modifier
    ("99213", "25;HF", None, None, None, "I10", "SUD", "modifier"),
    ("T1016", "HE", None, None, None, None, "MH", "modifier"),
    ("T1016", "HH", None, None, None, "F1020", "SUD", "modifier"),
    ("T1016", "HF;HE", None, None, None, None, "SUD", "modifier"),
    ("T1016", "HN", None, None, None, None, "PH", "none"),
    # revenue code
    (None, None, "0124", "0111", None, "I10", "MH", "revenue"),
    (None, None, "0126", "0111", None, "F1020", "SUD", "revenue"),
    (None, None, "126", "111", None, "F331", "SUD", "revenue"),
    (None, None, "0900", "0131", None, "F1020", "SUD", "revenue"),
    (None, None, "0905", None, None, "F1020", "MH", "revenue"),
    (None, None, "0450", "0131", None, "I10", "PH", "none"),
    (None, None, "0128", "0111", None, "I10", "PH", "none"),
    ("99213", None, "0513", None, None, "I10", "MH", "revenue"),
    # type of bill
    (None, None, "0120", "0211", None, "F0390", "LTSS", "bill"),
    (None, None, "0120", "211", None, "F331", "LTSS", "bill"),
    (None, None, "0120", "0111", None, "I10", "PH", "none"),
    # place of service
    ("99223", None, None, None, "51", "I10", "MH", "place"),
    ("99213", None, None, None, "53", "I10", "MH", "place"),
    ("99213", None, None, None, "55", "F331", "SUD", "place"),
    ("99213", None, None, None, "58", None, "SUD", "place"),
    ("99213", None, None, None, "54", "F71", "LTSS", "place"),
    ("99213", None, None, None, "41", None, "OTHER", "place"),
    ("99213", None, None, None, "50", "F331", "MH", "diagnosis"),
    # principal diagnosis, both sides of each range
    ("99213", None, None, None, "11", "F09", "PH", "none"),
    ("99213", None, None, None, "11", "F1010", "SUD", "diagnosis"),
    ("99213", None, None, None, "11", "F1621", "SUD", "diagnosis"),
    ("99213", None, None, None, "11", "F17210", "PH", "none"),
    ("99213", None, None, None, "11", "F1810", "SUD", "diagnosis"),
    ("99213", None, None, None, "11", "F1999", "SUD", "diagnosis"),
    ("99213", None, None, None, "11", "F200", "MH", "diagnosis"),
    ("99213", None, None, None, "11", "F69", "MH", "diagnosis"),
    ("99213", None, None, None, "11", "F70", "PH", "none"),
    ("99213", None, None, None, "11", "F79", "PH", "none"),
    ("99213", None, None, None, "11", "F800", "MH", "diagnosis"),
    ("99213", None, None, None, "11", "F99", "MH", "diagnosis"),
    ("99213", None, None, None, "11", "G309", "PH", "none"),
    ("99213", None, None, None, "11", "T1491XA", "MH", "diagnosis"),
    ("99213", None, None, None, "11", "T1490XA", "PH", "none"),
    ("99213", None, None, None, "11", "R45851", "MH", "diagnosis"),
    ("99213", None, None, None, "11", "X71", "MH", "diagnosis"),
    ("99213", None, None, None, "11", "X838XXA", "MH", "diagnosis"),
    ("99213", None, None, None, "11", "X92", "PH", "none"),
    ("99213", None, None, None, "11", "I10;F331", "PH", "none"),
    ("99213", None, None, None, "11", ";F331", "PH", "none"),
    (None, None, None, None, None, None, "PH", "none"),
]

# Columns: claim type, rendering NPI and taxonomy, billing NPI and taxonomy, prescriber, diagnosis.
BY_WHO = [
    ("P", None, "2084P0800X", None, None, None, "I10", "MH", "taxonomy"),
    ("P", None, "2084P0800X", None, None, None, "F1120", "SUD", "taxonomy"),
    ("P", None, "2084p0800x", None, None, None, "I10", "MH", "taxonomy"),
    ("P", None, "2084N0400X", None, None, None, "G309", "PH", "none"),
    ("P", None, "101YA0400X", None, None, None, "F331", "SUD", "taxonomy"),
    ("P", None, "122300000X", None, None, None, "K029", "OTHER", "taxonomy"),
    ("I", None, None, None, "283Q00000X", None, "I10", "MH", "taxonomy"),
    ("I", None, None, None, "314000000X", None, "F331", "LTSS", "taxonomy"),
    # a rendering provider who is known goes before whoever billed
    ("P", None, "207Q00000X", None, "261QM0801X", None, "I10", "PH", "none"),
    ("P", None, "207Q00000X", None, "261QM0801X", None, "F331", "MH", "diagnosis"),
    ("P", None, "101YM0800X", None, "282N00000X", None, "I10", "MH", "taxonomy"),
    ("P", "FAMILY", None, None, "261QM0801X", None, "I10", "PH", "none"),
    ("P", "NOBODY", None, None, "261QM0801X", None, "I10", "MH", "taxonomy"),
    ("P", "UNTOLD", None, None, "261QM0801X", None, "I10", "MH", "taxonomy"),
    # the table speaks where the line is silent
    ("P", "COUNSELOR", None, None, None, None, "I10", "MH", "taxonomy"),
    ("P", "COUNSELOR", "207Q00000X", None, None, None, "I10", "PH", "none"),
    ("P", "ADDICTION", None, None, None, None, "F331", "SUD", "taxonomy"),
    ("P", "DENTIST", None, None, None, None, None, "OTHER", "taxonomy"),
    ("I", None, None, "CMHC", None, None, "I10", "MH", "taxonomy"),
    ("P", "NOBODY", None, "CMHC", None, None, "I10", "MH", "taxonomy"),
    ("P", "BOTHKINDS", None, None, None, None, "F1120", "SUD", "taxonomy"),
    ("P", "BOTHKINDS", None, None, None, None, "I10", "MH", "taxonomy"),
    ("P", "TWOTRADES", None, None, None, None, "I10", "PH", "none"),
    ("P", "TWOTRADES", None, None, None, None, "F331", "MH", "diagnosis"),
    # pharmacy: the prescriber, then a diagnosis if there is one; never the pharmacy
    ("R", None, None, "CMHC", "261QM0801X", "PSYCHIATRIST", None, "MH", "taxonomy"),
    ("R", None, None, None, None, "ADDICTION", None, "SUD", "taxonomy"),
    ("R", "COUNSELOR", "101YM0800X", "CMHC", "261QM0801X", "FAMILY", None, "PH", "none"),
    ("R", None, None, None, None, "FAMILY", "F331", "MH", "diagnosis"),
    ("R", None, None, None, None, None, None, "PH", "none"),
    ("P", None, None, None, None, "PSYCHIATRIST", "I10", "PH", "none"),
]
CODES = (
    *("procedure_code", "modifiers", "revenue_code", "bill_type", "place_of_service"),
    "diagnosis_codes",
)
WHO = (
    *("claim_type", "rendering_npi", "rendering_taxonomy", "billing_npi", "billing_taxonomy"),
    *("prescriber_npi", "diagnosis_codes"),
)


@pytest.fixture(scope="module")
def engine():
    return ibis.duckdb.connect()


def table(engine, name, rows):
    frame = pl.DataFrame(rows, schema=staged_schema(name))
    return engine.create_table(name, frame.to_arrow(), overwrite=True)


def told_while_staged(rows, providers=None):
    """Return what the teller says of rows, and what is read where they are staged with it."""
    lines = pl.DataFrame(rows, schema=staged_schema("encounters"))
    listed = None
    if providers is not None:
        frame = pl.DataFrame(providers, schema=staged_schema("providers"))
        listed = frame.select("npi", "taxonomy")
    return lines.with_columns(Teller(listed).tell(lines, {}))


def told(lines):
    frame = lines.order_by("line_number").select("domain", "domain_reason").to_polars()
    return list(frame.iter_rows())


def test_lines_told_by_their_codes(engine):
    rows = [
        {**dict(zip(CODES, row, strict=False)), "line_number": n} for n, row in enumerate(BY_CODES)
    ]
    lines = with_domain(table(engine, "encounters", rows))
    assert told(lines) == [row[6:] for row in BY_CODES]


def test_lines_told_by_who_did_them(engine):
    rows = [{**dict(zip(WHO, row, strict=False)), "line_number": n} for n, row in enumerate(BY_WHO)]
    lines = table(engine, "encounters", rows)
    providers = table(engine, "providers", PROVIDERS)
    assert told(with_domain(lines, providers)) == [row[7:] for row in BY_WHO]


def test_without_the_providers_table_only_the_lines_speak(engine):
    rows = [
        {"line_number": 1, "rendering_npi": "COUNSELOR", "diagnosis_codes": "I10"},
        {"line_number": 2, "rendering_taxonomy": "101YM0800X", "diagnosis_codes": "I10"},
    ]
    lines = with_domain(table(engine, "encounters", rows))
    assert told(lines) == [("PH", "none"), ("MH", "taxonomy")]


def test_every_line_keeps_its_columns_and_appears_once(engine):
    rows = [{"line_number": n, "rendering_npi": "BOTHKINDS"} for n in range(5)]
    lines = table(engine, "encounters", rows)
    doubled = table(engine, "providers", PROVIDERS * 3)
    domained = with_domain(lines, doubled)
    assert domained.columns == (*lines.columns, "domain", "domain_reason")
    assert told(domained) == [("MH", "taxonomy")] * 5


def test_no_line_and_no_provider(engine):
    lines = with_domain(table(engine, "encounters", []), table(engine, "providers", []))
    assert told(lines) == []


def test_every_outcome_is_in_the_tables_above():
    rows = [row[6:] for row in BY_CODES] + [row[7:] for row in BY_WHO]
    assert {domain for domain, _ in rows} == set(DOMAINS)
    assert {reason for _, reason in rows} == {*STEPS, "none"}


def test_the_teller_says_the_same_while_lines_are_staged():
    codes = [dict(zip(CODES, row, strict=False)) for row in BY_CODES]
    who = [dict(zip(WHO, row, strict=False)) for row in BY_WHO]
    kept = list(KEPT.values())
    assert told_while_staged(codes).select(kept).rows() == [row[6:] for row in BY_CODES]
    assert told_while_staged(who, PROVIDERS).select(kept).rows() == [row[7:] for row in BY_WHO]
    assert told_while_staged([], PROVIDERS).select(kept).rows() == []


def test_the_teller_agrees_with_the_joins_on_whatever_meets(engine):
    rng = random.Random(7)
    columns = (*CODES, *(name for name in WHO if name not in CODES))
    values = {name: [None, None] for name in columns}
    for names, rows in ((CODES, BY_CODES), (WHO, BY_WHO)):
        for row in rows:
            for name, value in zip(names, row, strict=False):
                values[name].append(value)
    rows = [{name: rng.choice(values[name]) for name in columns} for _ in range(3_000)]
    rows = [{**row, "line_number": number} for number, row in enumerate(rows)]
    joined = with_domain(table(engine, "encounters", rows), table(engine, "providers", PROVIDERS))
    assert told_while_staged(rows, PROVIDERS).select(KEPT.values()).rows() == told(joined)


def test_what_was_told_while_staging_is_read_and_not_told_again(engine):
    staged = told_while_staged([{"line_number": 1, "procedure_code": "90867"}])
    staged = staged.with_columns(_domain=pl.lit("LTSS"), _domain_reason=pl.lit("bill"))
    lines = with_domain(engine.create_table("told", staged.to_arrow(), overwrite=True))
    assert told(lines) == [("LTSS", "bill")]
    assert lines.columns == (*staged_schema("encounters"), "domain", "domain_reason")


def test_sides(engine):
    domains = ibis.memtable({"domain": [*DOMAINS]})
    sides = domains.select(side=side_of(domains.domain)).to_polars()["side"].to_list()
    assert sides == ["PH", "BH", "BH", "LTSS", "OTHER"]
