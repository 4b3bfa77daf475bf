"""Figures of a profile that a layout leaves without their column: not told, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rules.model import Filing, Outcome
from rules.profiles.summary import Figure, source_of

READS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "providers": {
        "address_missing": ("street", "city", "state", "zip"),
        "place_unknown": ("county_fips", "latitude", "longitude"),
        "phone_missing": ("phone",),
        "languages_missing": ("languages",),
        "accessible_missing": ("accessible",),
        "accepting_new": ("accepting_new",),
        "telehealth_only": ("telehealth",),
        "never_verified": ("last_verified_on",),
        "taxonomy_missing": ("taxonomy",),
        "individual_with_organization_taxonomy": ("taxonomy",),
        "facility_with_individual_taxonomy": ("taxonomy",),
        "license_missing": ("license_number",),
    },
    "encounters": {
        "billing_taxonomy_missing": ("billing_taxonomy",),
        "rendering_npi_missing": ("rendering_npi",),
        "principal_diagnosis": ("diagnosis_codes",),
        "procedure": ("procedure_code",),
        "place_without_procedure": ("place_of_service", "procedure_code"),
        "bill_type_and_place": ("bill_type", "place_of_service"),
        "neither_bill_type_nor_place": ("bill_type", "place_of_service"),
        "neither_procedure_nor_revenue": ("procedure_code", "revenue_code"),
        "revenue_without_bill_type": ("revenue_code", "bill_type"),
        "servicing_is_billing": ("rendering_npi", "billing_npi"),
        "office_place": ("place_of_service",),
        "emergency_place": ("place_of_service",),
        "allowed_amount_missing": ("allowed_amount",),
        "days_supply_missing": ("days_supply",),
        "bh_diagnosis": ("diagnosis_codes",),
        "inpatient_diagnosis": ("diagnosis_codes",),
        "discharge_missing": ("discharge_date",),
        "inpatient_taxonomy_other": ("billing_taxonomy",),
    },
}
"""The columns whose emptiness each figure counts, by suite."""


def without_uncarried(
    filing: Filing, suite: str, figures: Mapping[str, Figure]
) -> Mapping[str, Figure]:
    """Return the figures; those that count a column which no file of the table carries told not.

    A column that nobody could send is not missing: such a figure could not run.
    """
    table = source_of(suite)
    absent = filing.not_carried.get(table, frozenset())
    reads = READS.get(suite, {})
    told: dict[str, Figure] = {}
    for name, figure in figures.items():
        lost = [column for column in reads.get(name, ()) if column in absent]
        if lost:
            note = f"the layout of {table} cannot carry {', '.join(lost)}"
            figure = replace(figure, value=None, outcome=Outcome.COULD_NOT_RUN, note=note)
        told[name] = figure
    return told
