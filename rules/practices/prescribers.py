"""Who prescribes: primary care, or somebody else, by the taxonomies of the register."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.specialty import bh_specialties, with_specialty

if TYPE_CHECKING:
    from ibis.expr.types import Table


def with_prescriber(lines: Table, providers: Table) -> Table:
    """Add ``known`` and ``primary``: whether the prescriber is listed, and is primary care.

    One who is listed under primary care and under a behavioral specialty is not primary care.
    """
    listed = providers.filter(providers.npi.notnull())
    told = with_specialty(listed.select("npi", "taxonomy", "program"))
    each = told.group_by(_primary_npi="npi").agg(
        _primary=(told.specialty == "primary_care").any(),
        _behavioral=told.specialty.isin(sorted(bh_specialties())).any(),
    )
    people = listed.select(_listed_npi="npi").distinct()
    joined = lines.left_join(people, lines.prescriber_npi == people._listed_npi)
    joined = joined.left_join(each, joined.prescriber_npi == each._primary_npi)
    return joined.mutate(
        known=joined._listed_npi.notnull(),
        primary=(joined._primary & ~joined._behavioral).fill_null(False),
    ).drop("_listed_npi", "_primary_npi", "_primary", "_behavioral")
