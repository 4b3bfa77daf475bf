"""providers: one row a provider, site and specialty under contract."""

from __future__ import annotations

from rules.tables.column import FIPS, NPI, STATE, TAXONOMY, ZIP, Column, Form, Kind
from rules.tables.provider_edits import EDITS
from rules.tables.shape import shape_of

_PHONE = Form(r"^[+0-9(][0-9() .+-]{6,19}( ?x ?[0-9]{1,6})?$", "a telephone number")

COLUMNS = (
    Column("npi", required=True, fatal=True, form=NPI),
    Column("entity_type", Kind.CHOICE, required=True, values=("individual", "facility")),
    Column("name", required=True),
    Column("taxonomy", required=True, form=TAXONOMY),
    Column("site_id", required=True),
    Column("street", required=True),
    Column("city", required=True),
    Column("state", required=True, form=STATE),
    Column("zip", required=True, form=ZIP),
    Column("latitude", Kind.NUMBER, required=True, may_be_empty=True, low=-90.0, high=90.0),
    Column("longitude", Kind.NUMBER, required=True, may_be_empty=True, low=-180.0, high=180.0),
    Column("county_fips", required=True, may_be_empty=True, form=FIPS),
    Column("contract_effective", Kind.DATE, required=True, fatal=True),
    Column("contract_end", Kind.DATE, required=True, may_be_empty=True),
    Column("accepting_new", Kind.FLAG, required=True),
    Column("age_min", Kind.COUNT, required=True, low=0.0, high=130.0),
    Column("age_max", Kind.COUNT, required=True, low=0.0, high=999.0),
    Column("telehealth", Kind.CHOICE, required=True, values=("none", "offers", "only")),
    Column("phone", form=_PHONE),
    Column("languages", Kind.LIST),
    Column("accessible", Kind.FLAG),
    Column("group_npi", form=NPI),
    Column("license_number"),
    Column("license_state", form=STATE),
    Column("credentialed_on", Kind.DATE),
    Column("subcontractor_id"),
    Column("panel_limit", Kind.COUNT, low=0.0),
    Column("panel_size", Kind.COUNT, low=0.0),
    Column("beds", Kind.COUNT, low=0.0),
    Column("last_verified_on", Kind.DATE),
    Column("prescriber", Kind.FLAG),
    Column("program"),
)

PROVIDERS = shape_of("providers", __doc__, COLUMNS, ("npi", "site_id", "taxonomy"), EDITS)
