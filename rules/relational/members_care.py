"""members against providers: primary care providers listed, contracted, and fit for it.

A member's pcp_npi is held to be who it is on the last day of the span, or of the period.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from rules.model import Filing
from rules.relational.edit import Comparison, RelationalEdit, Told, set_aside_ids, tell

if TYPE_CHECKING:
    from ibis.expr.types import Table

UNKNOWN = RelationalEdit(
    "members",
    "pcp_npi.unknown",
    "pcp_npi",
    "the primary care provider is in no row of providers",
    "an NPI of providers",
    "Assign the member to a provider of the network, or list the provider.",
    looks_up=(("providers", "npi"),),
)
NOT_CONTRACTED = RelationalEdit(
    "members",
    "pcp_npi.not_contracted",
    "pcp_npi",
    "the primary care provider is not under contract at the end of the span or period",
    "a provider under contract on that day",
    "Assign the member anew, or send the contract that is missing.",
)
NOT_PRIMARY_CARE = RelationalEdit(
    "members",
    "pcp_npi.not_primary_care",
    "pcp_npi",
    "the primary care provider is listed with taxonomies of specialists alone",
    "a provider with a taxonomy of primary care",
    "Assign the member anew; nothing, where the contract lets a specialist be the member's "
    "primary care provider.",
)
EDITS = (UNKNOWN, NOT_CONTRACTED, NOT_PRIMARY_CARE)

GENERALISTS = (
    *("207Q", "207R", "207V", "208D", "2080"),  # family, internal, OB/GYN, general, pediatrics
    *("363", "364", "367A"),  # nurse practitioners, physician assistants, midwives
    *("261Q", "193", "390"),  # clinics, groups, residents in training
)
"""How taxonomies of whoever may be a primary care provider begin: broad, so as not to accuse."""


def faulty(filing: Filing) -> Table:
    """Return the spans with a provider who cannot be the member's, one row a span and edit."""
    members, providers = filing.tables["members"], filing.tables["providers"]
    end = ibis.date(filing.period.end)
    rows = members.filter(members.pcp_npi.notnull()).select(
        "_file", "_line", "member_id", "enrolled_from", "enrolled_to", "pcp_npi"
    )
    rows = rows.mutate(_day=ibis.least(rows.enrolled_to.fill_null(end), end))
    listed = _listed(providers)
    asked = (
        rows.select(who="pcp_npi", day="_day")
        .distinct()
        .left_join(listed, ibis._.who == listed.npi)
    )
    contracts = providers.select("npi", "contract_effective", "contract_end")
    asked = asked.select("who", "day", "npi", "generalist", "taxonomies")
    held = asked.semi_join(
        contracts,
        [
            asked.who == contracts.npi,
            asked.day >= contracts.contract_effective,
            contracts.contract_end.isnull() | (asked.day <= contracts.contract_end),
        ],
    ).select(held_by="who", held_on="day")
    asked = asked.left_join(held, [asked.who == held.held_by, asked.day == held.held_on])
    hidden = _hidden(filing)
    asked = asked.left_join(hidden, asked.who == hidden.hidden)
    suspects = asked.filter(
        asked.hidden.isnull() & (asked.npi.isnull() | asked.held_by.isnull() | ~asked.generalist)
    ).select("who", "day", "npi", "held_by", "generalist", "taxonomies")
    rows = rows.inner_join(suspects, [rows.pcp_npi == suspects.who, rows._day == suspects.day])
    known, day = rows.npi.notnull(), rows._day.cast("string")
    ended = rows.enrolled_to.notnull() & (rows.enrolled_to <= end)
    until = ibis.ifelse(ended, " (enrolled_to)", ", the period's end")
    return tell(
        rows,
        [
            Told(UNKNOWN, ~known, rows.pcp_npi, "an NPI of providers"),
            Told(
                NOT_CONTRACTED,
                known & rows.held_by.isnull() & (rows.enrolled_from <= rows._day),
                rows.pcp_npi,
                ibis.literal("a provider under contract on ") + day + until,
            ),
            Told(
                NOT_PRIMARY_CARE,
                known & ~rows.generalist,
                rows.pcp_npi,
                ibis.literal("a taxonomy of primary care, not ") + rows.taxonomies + " alone",
            ),
        ],
    )


def _listed(providers: Table) -> Table:
    """Return each NPI with whether any of its rows could be of primary care, and what they are."""
    code = providers.taxonomy.upper()
    could = (
        (providers.entity_type != "individual")
        | code.isnull()
        | ibis.or_(*(code.startswith(start) for start in GENERALISTS))
        | providers.program.fill_null("").lower().contains("primary care")
    )
    return providers.group_by("npi").agg(
        generalist=could.fill_null(True).any(),
        taxonomies=providers.taxonomy.max(),
    )


def _hidden(filing: Filing) -> Table:
    """Return, as ``hidden``, the NPIs that stand elsewhere: in quarantine, or as a group's."""
    groups = filing.tables["providers"].select(hidden="group_npi").distinct()
    kept = set_aside_ids(filing, "providers", "npi")
    listed = filing.tables["providers"].select(hidden="npi")
    groups = groups.filter(groups.hidden.notnull()).anti_join(listed, "hidden")
    return groups if kept is None else groups.union(kept.select(hidden="npi"), distinct=True)


def seen(filing: Filing) -> dict[str, int]:
    """Return how many spans name a primary care provider."""
    asked = int(filing.tables["members"].pcp_npi.count().execute())
    return {edit.full_code: asked for edit in EDITS}


COMPARISON = Comparison("members_care", "members", ("members", "providers"), EDITS, faulty, seen)
