"""The demo's files: what `submission.md` asks of them, and what their parts owe each other."""

import json
import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas
import polars as pl
import pytest
import simple_icd_10_cm as icd
import yaml
import zipcodes

from geodata.counties import shapes
from monitor.demo import make_state
from monitor.demo.conditions import CODES
from monitor.demo.write import COLUMNS
from rules.model import Severity
from rules.tables import TABLES

PLANS = ("STEADY", "SILO", "DRIFT", "GHOST")

pytestmark = pytest.mark.xdist_group("demo tables")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_state("TN", 3003, 18, 5, tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="module")
def truth(made: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((made / "truth.json").read_text())
    return told


def table(made: Path, plan: str, name: str) -> pl.DataFrame:
    return pl.read_csv(made / plan / f"{name}.csv", infer_schema_length=0)


def dollars(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64)


def test_the_columns_are_those_of_the_public_interface_in_its_order(made: Path) -> None:
    assert set(COLUMNS) == set(TABLES)
    for plan in PLANS:
        for name, shape in TABLES.items():
            header = (made / plan / f"{name}.csv").open(encoding="utf-8").readline().strip()
            assert header.split(",") == [column.name for column in shape.columns], (plan, name)


def test_the_manifest(made: Path) -> None:
    assert sorted(path.name for path in made.iterdir()) == [*sorted(PLANS), "truth.json"]
    for plan in PLANS:
        told = yaml.safe_load((made / plan / "submission.yaml").read_text())
        assert told["plan_id"] == plan
        assert (told["contract_id"], told["period"]) == ("demo-imc", "2026Q1")
        assert told["submitted_on"] == date(2026, 4, 20)
        assert told["certification"]["title"] == "CFO"
        assert told["certification"]["certified_on"] == date(2026, 4, 20)
        files = {name: entry["file"] for name, entry in told["tables"].items()}
        assert files == {name: f"{name}.csv" for name in TABLES}
        assert all((made / plan / file).is_file() for file in files.values())


def test_the_members_of_four_plans_add_up_to_those_asked_for(made: Path) -> None:
    counts = [table(made, plan, "members")["member_id"].n_unique() for plan in PLANS]
    assert counts == [751, 751, 751, 750]


def test_required_columns_are_filled_but_for_the_noise(made: Path) -> None:
    for plan in PLANS:
        for name, shape in TABLES.items():
            rows = table(made, plan, name)
            assert rows.height > 0, (plan, name)
            for column in shape.columns:
                missing = rows[column.name].null_count()
                if column.required and not column.may_be_empty:
                    assert missing <= 1 + 0.002 * rows.height, (plan, name, column.name)


def test_rows_are_well_formed_but_for_the_noise(made: Path) -> None:
    """Every edit of the public interface, run by the pipeline's own shape step."""
    from monitor.intake import receive
    from monitor.shape import shape

    for plan in ("STEADY", "SILO"):
        received = receive(made / plan, made / "work" / plan / "in")
        shaped = shape(received, made / "work" / plan / "staged")
        for measure in shaped.measures:
            count = shaped.counts.get(measure.rule.split(".")[0])
            faulty, rows = measure.numerator or 0, count.rows if count else 0
            if shaped.checks[measure.rule].severity is Severity.INFO:
                continue
            # Wrong check digits are planted, below the 1 % that PD01 allows.
            most = 0.01 if measure.rule.endswith(".check_digit") else 0.002
            assert faulty <= max(2, most * rows), (plan, measure.rule, faulty, rows)


def test_what_is_named_elsewhere_is_there(made: Path) -> None:
    for plan in PLANS:
        members = set(table(made, plan, "members")["member_id"])
        encounters = table(made, plan, "encounters")
        register = set(table(made, plan, "subcontracts")["subcontractor_id"])
        practices = set(table(made, plan, "practices")["practice_id"])
        providers = table(made, plan, "providers")
        sites = set(providers["site_id"])
        for name in ("encounters", "authorizations", "appeals", "coordination", "duals"):
            assert set(table(made, plan, name)["member_id"]) <= members, (plan, name)
        assert set(encounters["original_encounter_id"].drop_nulls()) <= set(
            encounters["encounter_id"]
        )
        assert set(encounters["subcontractor_id"].drop_nulls()) <= register
        assert set(providers["subcontractor_id"].drop_nulls()) <= register
        assert set(encounters["rendering_site_id"].drop_nulls()) <= sites
        assert set(table(made, plan, "members")["attributed_practice_id"]) <= practices
        operators = set(table(made, plan, "functions")["operator"]) - {"plan"}
        assert operators <= register
        reviewers = set(table(made, plan, "authorizations")["reviewer_entity"]) - {"plan"}
        assert reviewers <= register
        surveyed = table(made, plan, "appointments").select("npi", "site_id").unique()
        assert surveyed.join(providers, on=["npi", "site_id"], how="anti").height == 0
        assert not encounters.select("encounter_id", "line_number").is_duplicated().any()


def test_encounters_lie_within_enrolment_but_for_the_end_of_a_stay(made: Path) -> None:
    for plan in PLANS:
        spans = table(made, plan, "members").select("member_id", "enrolled_from", "enrolled_to")
        lines = table(made, plan, "encounters").select(
            "encounter_id", "line_number", "member_id", "service_from"
        )
        held = lines.join(spans, on="member_id").filter(
            (pl.col("service_from") >= pl.col("enrolled_from"))
            & (pl.col("service_from") <= pl.col("enrolled_to").fill_null("9999-12-31"))
        )
        assert held.select("encounter_id", "line_number").n_unique() == lines.height


def test_npis_end_in_their_check_digit_but_for_those_told(
    made: Path, truth: dict[str, Any]
) -> None:
    """The check digit by the textbook: 80840 before the NPI, every second digit doubled."""

    def passes(npi: str) -> bool:
        total = 0
        for place, digit in enumerate(reversed("80840" + npi)):
            value = int(digit) * (2 if place % 2 else 1)
            total += value - 9 if value > 9 else value
        return total % 10 == 0

    assert passes("1234567893")  # the worked example of the NPI check digit's description
    for plan in PLANS:
        noise = truth["plans"][plan]["noise"]
        listed = table(made, plan, "providers")["npi"].unique()
        told = {wrong["listed"] for wrong in noise["providers"]["wrong_npis"]}
        assert {npi for npi in listed if not passes(npi)} == told
        assert all(passes(wrong["true"]) for wrong in noise["providers"]["wrong_npis"])
        lines = table(made, plan, "encounters").select(
            pl.concat_str("encounter_id", "line_number", separator="/").alias("key"),
            "rendering_npi",
            "billing_npi",
            "attending_npi",
            "prescriber_npi",
        )
        for column in ("billing_npi", "attending_npi", "prescriber_npi"):
            assert all(passes(npi) for npi in lines[column].drop_nulls().unique())
        broken = {npi for npi in lines["rendering_npi"].drop_nulls().unique() if not passes(npi)}
        keys = lines.filter(pl.col("rendering_npi").is_in(broken))["key"]
        copies = [key for key in keys if "-R/" in key]
        assert (
            sorted(set(keys) - set(copies))
            == noise["encounters"]["faulty_lines"]["npi_check_digit"]
        )


def test_diagnosis_codes_exist_and_can_be_billed(made: Path) -> None:
    assert [code for code in CODES if not (icd.is_valid_item(code) and icd.is_leaf(code))] == []
    used = {
        code.replace(".", "")
        for plan in PLANS
        for codes in table(made, plan, "encounters")["diagnosis_codes"].drop_nulls()
        for code in codes.split(";")
    }
    assert used - set(CODES) == {"XX999"}


def test_members_live_in_their_county_and_by_their_zip_code(made: Path) -> None:
    counties = shapes()[["fips", "geometry"]]
    for plan in PLANS:
        people = table(made, plan, "members").drop_nulls(["latitude", "county_fips"])
        points = geopandas.GeoDataFrame(
            people.select("county_fips", "zip").to_pandas(),
            geometry=geopandas.points_from_xy(
                people["longitude"].cast(pl.Float64), people["latitude"].cast(pl.Float64)
            ),
            crs="EPSG:4269",
        )
        placed = geopandas.sjoin(points, counties, predicate="within")
        assert len(placed) == len(points)
        assert (placed["county_fips"] == placed["fips"]).all()
        for code in people["zip"].unique().head(60):
            assert [entry["state"] for entry in zipcodes.matching(code)] == ["TN"]
        sites = table(made, plan, "providers").drop_nulls("county_fips")
        assert set(sites["county_fips"].str.slice(0, 2)) == {"47"}
        assert set(people["county_fips"]) <= set(counties["fips"])


def test_all_specialties_of_the_network_standard_have_providers(made: Path) -> None:
    from rules.specialty import list_specialties, specialties

    of_the_law = {slug for slug, one in specialties().items() if one.hsd_code}
    assert len(of_the_law) == 43
    for plan in PLANS:
        listed = list_specialties(table(made, plan, "providers"))
        assert of_the_law - set(listed["specialty"]) == set()


def test_revenue_is_rate_times_member_months_as_the_members_table_has_them(made: Path) -> None:
    for plan in PLANS:
        paid = table(made, plan, "capitation").with_columns(
            dollars("revenue"), dollars("rate_pmpm"), dollars("bh_pmpm"), dollars("member_months")
        )
        product = paid["rate_pmpm"] * paid["member_months"]
        assert ((paid["revenue"] - product).abs() < 0.005 + 1e-6).all()
        assert (paid["bh_pmpm"] < paid["rate_pmpm"]).all()
        people = table(made, plan, "members")
        for month in paid["month"].unique():
            enrolled = people.filter(
                (pl.col("enrolled_from").str.slice(0, 7) <= month)
                & (pl.col("enrolled_to").fill_null("9999-12").str.slice(0, 7) >= month)
            )
            months = paid.filter(pl.col("month") == month)["member_months"].sum()
            assert enrolled.height == months, (plan, month)


def test_the_ledger_is_what_the_encounters_were_paid(made: Path, truth: dict[str, Any]) -> None:
    for plan in PLANS:
        copies = truth["plans"][plan]["noise"]["encounters"]["duplicates"]
        lines = (
            table(made, plan, "encounters")
            .filter(
                ~pl.col("encounter_id").is_in(copies) & (pl.col("payment_arrangement") == "ffs")
            )
            .with_columns(dollars("paid_amount"), month=pl.col("service_from").str.slice(0, 7))
        )
        ledger = table(made, plan, "ledger").with_columns(dollars("amount"))
        claims = ledger.filter(pl.col("kind") == "claims")
        paid = lines.filter(pl.col("frequency") != "8")
        assert claims["amount"].sum() == pytest.approx(paid["paid_amount"].sum(), abs=0.01)
        corrected = lines.filter(pl.col("frequency") != "1")["original_encounter_id"].to_list()
        taken = lines.filter(pl.col("encounter_id").is_in(corrected))["paid_amount"].sum()
        recovered = ledger.filter(pl.col("kind") == "recovery")
        assert recovered["amount"].sum() == pytest.approx(-taken, abs=0.01)
        assert (recovered["amount"] < 0).all()
        by_month = (
            claims.group_by("incurred_month").agg(pl.col("amount").sum()).sort("incurred_month")
        )
        lines_by_month = (
            paid.filter(pl.col("paid_amount") > 0)
            .group_by("month")
            .agg(pl.col("paid_amount").sum())
            .sort("month")
        )
        assert by_month["incurred_month"].to_list() == lines_by_month["month"].to_list()
        gap = by_month["amount"] - lines_by_month["paid_amount"]
        assert gap.abs().max() < 0.01
        assert (ledger["paid_month"] >= ledger["incurred_month"]).all()
        revenue = table(made, plan, "capitation").select(dollars("revenue").sum()).item()
        reinvested = ledger.filter(pl.col("kind") == "reinvestment")["amount"].sum()
        assert reinvested / revenue == pytest.approx(0.015, abs=1e-6)


def test_voids_repeat_their_originals_and_denied_lines_pay_nothing(made: Path) -> None:
    amounts = ["billed_amount", "paid_amount", "allowed_amount", "line_status"]
    for plan in PLANS:
        lines = table(made, plan, "encounters")
        denied = lines.filter(pl.col("line_status") == "denied")
        assert set(denied["paid_amount"]) == {"0.00"}
        assert denied["denial_code"].null_count() == 0
        voids = lines.filter(pl.col("frequency") == "8")
        assert voids.height > 0
        joined = voids.join(
            lines,
            left_on=["original_encounter_id", "line_number"],
            right_on=["encounter_id", "line_number"],
        )
        assert joined.height == voids.height
        for column in amounts:
            assert (joined[column] == joined[f"{column}_right"]).all(), column


def test_days_follow_one_another_and_nothing_comes_after_the_submission(made: Path) -> None:
    for plan in PLANS:
        lines = table(made, plan, "encounters")
        reversed_ = lines.filter(pl.col("service_to") < pl.col("service_from")).height
        assert reversed_ < 0.001 * lines.height
        order = ["service_to", "received_on", "adjudicated_on", "submitted_on"]
        for earlier, later in pairwise(order):
            assert (lines[earlier] <= lines[later]).all(), (earlier, later)
        assert lines["submitted_on"].max() <= "2026-04-20"
        assert lines["paid_on"].drop_nulls().max() <= "2026-04-20"
        assert (lines["service_from"].min()[:7], lines["service_from"].max()[:7]) == (
            "2024-10",
            "2026-03",
        )
        # Run-out: of the last month less has come in than of the same month a year before.
        visits = lines.filter(pl.col("claim_type") != "R")
        by_month = dict(visits.group_by(pl.col("service_from").str.slice(0, 7)).len().iter_rows())
        assert 0.5 < by_month["2026-03"] / by_month["2025-03"] < 0.9


def test_pharmacy_lines_have_a_drug_and_no_other_has(made: Path) -> None:
    lines = table(made, "STEADY", "encounters")
    fills = lines.filter(pl.col("claim_type") == "R")
    assert fills["ndc"].str.contains(r"^\d{11}$").all()
    assert fills["days_supply"].cast(pl.Int64).is_between(1, 90).all()
    assert fills["prescriber_npi"].null_count() == 0
    assert lines.filter(pl.col("claim_type") != "R")["ndc"].drop_nulls().len() == 0
    professional = lines.filter(pl.col("claim_type") == "P")
    assert professional["procedure_code"].str.contains(r"^[0-9A-Z]\d{3}[0-9A-Z]$").all()
    assert professional["rendering_npi"].null_count() == 0
    facility = lines.filter(pl.col("claim_type") == "I")
    assert facility["revenue_code"].str.contains(r"^\d{4}$").all()
    assert facility["bill_type"].str.contains(r"^0\d{3}$").all()
    per_member_year = lines.height / (
        table(made, "STEADY", "capitation").select(dollars("member_months").sum()).item() / 12
    )
    assert 12 < per_member_year < 20


def test_behavioral_stays_are_followed_up_as_often_as_they_are(made: Path) -> None:
    seen = within = 0
    for plan in PLANS:
        lines = table(made, plan, "encounters").with_columns(
            pl.col("service_from", "discharge_date").str.to_date("%Y-%m-%d")
        )
        stays = lines.filter(pl.col("revenue_code") == "0124").select("member_id", "discharge_date")
        visits = lines.filter(
            pl.col("procedure_code").is_in(["99213", "99214", "90834", "90837", "90832"])
            & pl.col("diagnosis_codes").str.contains("^F")
        ).select("member_id", seen_on="service_from")
        stays = stays.unique()
        followed = (
            stays.join(visits, on="member_id")
            .filter((pl.col("seen_on") - pl.col("discharge_date")).dt.total_days().is_between(1, 7))
            .select("member_id", "discharge_date")
            .unique()
        )
        seen, within = seen + stays.height, within + followed.height
    assert seen > 30
    assert 0.35 < within / seen < 0.70


def test_names_of_systems_and_people_carry_no_markup(made: Path) -> None:
    for plan in PLANS:
        for name in ("providers", "functions", "subcontracts", "practices"):
            text = (made / plan / f"{name}.csv").read_text(encoding="utf-8")
            assert not re.search(r"[<>{}]", text), (plan, name)
