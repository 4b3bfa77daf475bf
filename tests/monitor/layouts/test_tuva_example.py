"""The documented example: Tuva's demo claims through their layouts, from files to the report."""

import gzip
import json
import shutil

import polars as pl
import pytest

from monitor.engine import Engine
from monitor.intake import receive
from monitor.shape import shape
from rules.domain import with_domain
from rules.layout import available_layouts

pytestmark = pytest.mark.shared
TABLES = ("eligibility", "medical_claim", "pharmacy_claim")


@pytest.fixture
def tuva(shared, tmp_path, layout_folder):
    """Build the submission as the README says."""
    folder = tmp_path / "tuva"
    folder.mkdir()
    for name in TABLES:
        packed = shared / "data" / "tuva_claims" / f"{name}.csv.gz"
        with gzip.open(packed) as source, (folder / f"{name}.csv").open("wb") as sink:
            shutil.copyfileobj(source, sink)
    shutil.copy(layout_folder.parent / "submission.yaml", folder)
    return folder


def test_the_example_validates_with_a_believable_report(tuva, tmp_path, carvein, layout_folder):
    ran = carvein(
        "validate",
        tuva,
        "--contract",
        "federal-438",
        "--layouts",
        layout_folder,
        "--report",
        "r",
        "--show-phi",
        "--format",
        "json",
    )

    summary = json.loads(ran.out)
    assert (ran.code, summary["verdict"]) == (1, "accepted_with_errors")
    assert summary["tables"] == {
        "members": {"rows": 100, "staged": 100, "quarantined": 0},
        "encounters": {"rows": 6_715, "staged": 6_715, "quarantined": 0},
    }
    found = pl.read_csv(tmp_path / "r" / "findings.csv", infer_schema=False)
    not_met = dict(found.filter(pl.col("verdict") == "not_met").select("rule", "violations").rows())
    # The README explains each of these.
    assert {code: not_met[code] for code in EXPECTED} == EXPECTED
    readme = (layout_folder.parent / "README.md").read_text()
    for code, lines in EXPECTED.items():
        assert f"`{code}`" in readme
        assert f"{int(lines):,}" in readme


EXPECTED = {
    "encounters.billing_npi.empty": "5513",
    "encounters.service_from.not_enrolled": "3882",
    "members.zip.empty": "100",
    "encounters.layout.cannot_carry": "40",
}


def test_lines_and_domains_are_those_of_the_source(tuva, tmp_path, layout_folder):
    received = receive(tuva, tmp_path / "received", available_layouts(layout_folder))
    shaped = shape(received, tmp_path / "shaped")
    assert {name: count.rows for (_, name), count in shaped.files.items()} == {
        "eligibility.csv": 100,
        "medical_claim.csv": 6_067,
        "pharmacy_claim.csv": 648,
    }

    source = pl.read_csv(tuva / "medical_claim.csv", infer_schema=False).with_row_index("_line", 2)
    staged = pl.read_parquet(shaped.staged["encounters"] / "*.parquet")
    medical = staged.filter(pl.col("_file") == "medical_claim.csv")
    assert medical["_line"].to_list() == source["_line"].to_list()
    assert medical["encounter_id"].to_list() == source["claim_id"].to_list()
    assert medical["paid_amount"].sum() == pytest.approx(source["paid_amount"].cast(float).sum())
    codes = source.select(
        pl.concat_list(f"diagnosis_code_{n}" for n in range(1, 26)).list.drop_nulls().list.join(";")
    ).to_series()
    assert medical["diagnosis_codes"].fill_null("").to_list() == codes.to_list()

    with Engine(tmp_path / "shaped") as engine:
        lines = with_domain(engine.table(shaped.staged["encounters"])).to_polars()
    medical = lines.filter(pl.col("_file") == "medical_claim.csv")
    assert dict(medical["domain"].value_counts().rows()) == DOMAINS
    # By hand: what the source itself says. 69 claims carry a mental or substance-use diagnosis in
    # any place, 39 lines have it first; a line counts by its first, or by its service.
    first = pl.col("diagnosis_code_1").fill_null("").str.contains("^F[1-9]")
    every = source.select(pl.concat_list(DIAGNOSES).list.drop_nulls().list.join(";")).to_series()
    anywhere = source.filter(every.str.contains("(^|;)F[1-9]"))
    assert (anywhere.height, anywhere["claim_id"].n_unique()) == (171, 69)
    assert source.filter(first).height == 39
    behavioral = medical.filter(pl.col("domain").is_in(["MH", "SUD"]))
    by_service = behavioral.filter(~pl.col("diagnosis_codes").fill_null("").str.contains("^F"))
    assert sorted(by_service["procedure_code"]) == ["99222", *["G0442"] * 3, *["G0444"] * 6]
    assert behavioral.height == 39 + 10


DIAGNOSES = [f"diagnosis_code_{n}" for n in range(1, 26)]
DOMAINS = {"PH": 5_937, "OTHER": 81, "MH": 40, "SUD": 9}
