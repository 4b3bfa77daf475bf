"""The shares that are counted on the lines and stays of an encounter file.

The conditions read the columns that :mod:`rules.profiles.encounters` adds to the staged ones:
``professional``, ``pharmacy``, ``inpatient``, ``ambulatory``, ``fee_for_service``, ``unpaid``, and
for stays one row an inpatient claim.
"""

from __future__ import annotations

from ibis import _

from rules.profiles.metric import share

_ANY = _._line.notnull() | _._line.isnull()

PAID = (
    share(
        "billing_taxonomy_missing",
        "lines without a billing taxonomy",
        "paid professional and institutional lines",
        these=_.billing_taxonomy.isnull(),
        of=~_.pharmacy,
    ),
    share(
        "rendering_npi_missing",
        "lines without a rendering NPI",
        "paid professional lines",
        these=_.rendering_npi.isnull(),
        of=_.professional,
    ),
    share(
        "principal_diagnosis",
        "lines with a principal diagnosis",
        "paid professional lines",
        these=_.diagnosis_codes.notnull(),
        of=_.professional,
    ),
    share(
        "procedure",
        "lines with a procedure code",
        "paid ambulatory lines",
        these=_.procedure_code.notnull(),
        of=_.ambulatory,
    ),
    share(
        "place_without_procedure",
        "lines without a procedure code",
        "paid ambulatory lines with a place of service",
        these=_.procedure_code.isnull(),
        of=_.ambulatory & _.place_of_service.notnull(),
    ),
    share(
        "bill_type_and_place",
        "lines with both a type of bill and a place of service",
        "paid ambulatory lines",
        these=_.bill_type.notnull() & _.place_of_service.notnull(),
        of=_.ambulatory,
    ),
    share(
        "neither_bill_type_nor_place",
        "lines with neither a type of bill nor a place of service",
        "paid ambulatory lines",
        these=_.bill_type.isnull() & _.place_of_service.isnull(),
        of=_.ambulatory,
    ),
    share(
        "neither_procedure_nor_revenue",
        "lines with neither a procedure nor a revenue code",
        "paid ambulatory lines",
        these=_.procedure_code.isnull() & _.revenue_code.isnull(),
        of=_.ambulatory,
    ),
    share(
        "revenue_without_bill_type",
        "lines without a type of bill",
        "paid ambulatory lines with a revenue code",
        these=_.bill_type.isnull(),
        of=_.ambulatory & _.revenue_code.notnull(),
    ),
    share(
        "ambulatory_zero_paid",
        "lines paid nothing",
        "paid fee-for-service ambulatory lines",
        these=_.unpaid,
        of=_.ambulatory & _.fee_for_service,
    ),
    share(
        "pharmacy_zero_paid",
        "lines paid nothing",
        "paid fee-for-service pharmacy lines",
        these=_.unpaid,
        of=_.pharmacy & _.fee_for_service,
    ),
    share(
        "servicing_is_billing",
        "lines whose rendering NPI is the billing NPI",
        "paid professional lines with both NPIs",
        these=_.rendering_npi == _.billing_npi,
        of=_.professional & _.rendering_npi.notnull() & _.billing_npi.notnull(),
    ),
    share(
        "office_place",
        "lines at an office (11)",
        "paid ambulatory lines",
        these=_.place_of_service == "11",
        of=_.ambulatory,
    ),
    share(
        "emergency_place",
        "lines at an emergency room (23)",
        "paid ambulatory lines",
        these=_.place_of_service == "23",
        of=_.ambulatory,
    ),
    share(
        "allowed_amount_missing",
        "lines without an allowed amount",
        "paid lines",
        these=_.allowed_amount.isnull(),
        of=_ANY,
    ),
    share(
        "days_supply_missing",
        "lines without days of supply",
        "paid pharmacy lines",
        these=_.days_supply.isnull(),
        of=_.pharmacy,
    ),
    share(
        "ffs_equivalent_missing",
        "lines without a fee-for-service equivalent",
        "paid sub-capitated lines",
        these=_.ffs_equivalent_amount.isnull(),
        of=_.payment_arrangement == "subcapitated",
    ),
    share(
        "bh_diagnosis",
        "lines with a behavioral principal diagnosis (F01 to F99)",
        "paid professional and institutional lines with a diagnosis",
        these=_.diagnosis_codes.left(1) == "F",
        of=~_.pharmacy & _.diagnosis_codes.notnull(),
    ),
)
"""Of paid lines that are not voids."""

STAYS = (
    share(
        "inpatient_diagnosis",
        "inpatient claims with a diagnosis",
        "paid inpatient claims",
        these=_.diagnosed,
        of=_.encounter_id.notnull(),
    ),
    share(
        "discharge_missing",
        "inpatient claims without a discharge date",
        "paid inpatient claims that do not say still a patient (30)",
        these=~_.discharged,
        of=~_.still_a_patient,
    ),
    share(
        "inpatient_zero_paid",
        "inpatient claims paid nothing",
        "paid fee-for-service inpatient claims",
        these=_.amount <= 0,
        of=_.fee_for_service,
    ),
    share(
        "inpatient_taxonomy_other",
        "inpatient claims whose billing taxonomy is no hospital's (27 or 28)",
        "paid inpatient claims with a billing taxonomy",
        these=~_.hospital_taxonomy,
        of=_.has_taxonomy,
    ),
)
"""Of inpatient claims, their paid lines put together."""

SENT = (
    share(
        "original",
        "paid lines that are originals (1)",
        "paid lines",
        these=_.frequency.fill_null("1") == "1",
        of=_.line_status == "paid",
    ),
    share(
        "denied",
        "denied lines",
        "lines",
        these=_.line_status == "denied",
        of=_ANY,
    ),
)
"""Of all lines as sent."""
