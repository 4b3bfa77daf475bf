"""The files of a submission: the public interface's columns in order, the same bytes each time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, get_args

import polars as pl

from monitor.demo.calendars import PERIOD, SUBMITTED

Format = Literal["csv", "parquet"]

COLUMNS: dict[str, tuple[str, ...]] = {
    name: tuple(text.split())
    for name, text in {
        "members": """member_id plan_id birth_date sex enrolled_from enrolled_to county_fips zip
            latitude longitude rate_cell dual_status smi pcp_npi care_coordinator_id
            attributed_practice_id weight""",
        "providers": """npi entity_type name taxonomy site_id street city state zip latitude
            longitude county_fips contract_effective contract_end accepting_new age_min age_max
            telehealth
            phone languages accessible group_npi license_number license_state credentialed_on
            subcontractor_id panel_limit panel_size beds last_verified_on prescriber program""",
        "encounters": """encounter_id line_number member_id claim_type service_from service_to
            billing_npi rendering_npi billed_amount paid_amount line_status payment_arrangement
            submitted_on procedure_code modifiers revenue_code bill_type place_of_service
            diagnosis_codes admit_date discharge_date units allowed_amount ffs_equivalent_amount
            received_on adjudicated_on paid_on denial_code subcontractor_id billing_taxonomy
            rendering_taxonomy rendering_site_id attending_npi operating_npi prescriber_npi drg
            patient_status admission_type ndc days_supply frequency original_encounter_id""",
        "subcontracts": """subcontractor_id name functions domain payment effective end parent_name
            ownership_pct pmpm street city state zip latitude longitude on_site
            oversight_reviewed_on audit_clause revocation_clause access_standards_clause
            quality_standards_clause award_qualification_weight award_cost_weight""",
        "plan_offices": "office_id street city state zip latitude longitude",
        "capitation": "month rate_cell member_months rate_pmpm bh_pmpm revenue",
        "ledger": """entry_id incurred_month paid_month kind domain payee_type payee_id amount
            note""",
        "appointments": """npi site_id provider_type population appointment_type called_on
            offered_on reached in_network accepting_new telehealth wait_unit wait""",
        "authorizations": """auth_id member_id domain service requested_on decided_on decision
            urgent reviewer_entity criteria_set""",
        "appeals": "appeal_id member_id domain kind reason received_on resolved_on outcome",
        "coordination": """event_id member_id kind occurred_on actor trigger_on tool value
            actor_npi""",
        "functions": "function domain operator system evidence",
        "practices": """practice_id name latitude longitude county_fips network_id
            pcmh_recognition integration_level reverse_integration bh_staff_fte psychiatrist
            bh_coordinator care_team_fte attributed_members""",
        "payment_models": """arrangement_id payee_id category includes_ph includes_bh payments
            quality_linked""",
        "incentives": """measure period numerator denominator target pool_amount paid_to_ph
            paid_to_bh""",
        "agreements": "agreement_id kind parties domain effective end last_exchange_on",
        "duals": "member_id medicare_plan_id dsnp_contract medicare_data_received month",
    }.items()
}

MONEY = frozenset(
    {
        "billed_amount",
        "paid_amount",
        "allowed_amount",
        "ffs_equivalent_amount",
        "pmpm",
        "rate_pmpm",
        "bh_pmpm",
        "revenue",
        "amount",
        "payments",
        "pool_amount",
        "paid_to_ph",
        "paid_to_bh",
    }
)

OFFICERS = {
    "STEADY": "R. Calloway",
    "SILO": "D. Maddox",
    "DRIFT": "P. Okafor",
    "GHOST": "L. Hensley",
}


def in_order(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with the interface's columns alone, in order; one it lacks is empty."""
    return frame.select(
        pl.col(name) if name in frame.columns else pl.lit(None, dtype=pl.String).alias(name)
        for name in COLUMNS[table]
    )


def write_plan(folder: Path, plan_id: str, tables: dict[str, pl.DataFrame], format: Format) -> None:
    """Write one plan's tables and its manifest, in place of an earlier run's."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in COLUMNS:
        for other in get_args(Format):
            (folder / f"{name}.{other}").unlink(missing_ok=True)
    for name, frame in tables.items():
        _write(in_order(name, frame), folder / f"{name}.{format}", format)
    listed = "\n".join(f"  {name}: {{file: {name}.{format}}}" for name in tables)
    (folder / "submission.yaml").write_text(
        f"plan_id: {plan_id}\n"
        "contract_id: demo-imc\n"
        f"period: {PERIOD}\n"
        f"submitted_on: {SUBMITTED}\n"
        f"certification: {{name: {OFFICERS[plan_id]}, title: CFO, certified_on: {SUBMITTED}}}\n"
        f"tables:\n{listed}\n",
        encoding="utf-8",
    )


def _write(frame: pl.DataFrame, path: Path, format: Format) -> None:
    if format == "parquet":
        frame.write_parquet(path, compression="zstd", statistics=False)
        return
    cents = [name for name in frame.columns if name in MONEY]
    # Decimals keep their two places in the text: 85.20, not 85.2.
    frame.with_columns(pl.col(cents).cast(pl.Decimal(18, 2))).write_csv(path)


def write_truth(path: Path, truth: dict[str, Any]) -> None:
    """Write what was planted, for those who test the pipeline; the pipeline never reads it."""
    path.write_text(json.dumps(truth, indent=1, sort_keys=True) + "\n", encoding="utf-8")
