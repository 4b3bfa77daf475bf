"""encounters against providers: under contract on the day, at a site and in a trade of their own.

Who is in no row of providers is not asked here: whether too many are is EN03's to judge. Nor are
denied lines, voids, and what was voided or replaced; nor, as to contracts, the services that
members may have outside the network (the value set ``out_of_network_exempt``, and the first 90 days
of enrolment).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from rules.encounters.exempt import with_ground
from rules.encounters.final import standing
from rules.model import Filing
from rules.relational.edit import Comparison, RelationalEdit, Told, set_aside_ids, tell
from rules.relational.spans import merged, reach, spans_of

if TYPE_CHECKING:
    from ibis.expr.types import Table

CONTINUITY_DAYS = 90
"""Care that may go on with an earlier provider; the default of EN03."""


def _contract(column: str, who: str) -> RelationalEdit:
    return RelationalEdit(
        "encounters",
        f"{column}.not_under_contract",
        column,
        f"{column} is listed in providers and was not under contract on the day of the service",
        "a provider under contract on service_from, alone or as a group",
        f"Correct contract_effective or contract_end of the {who}, or the NPI of the line.",
    )


def _facility(column: str, doing: str) -> RelationalEdit:
    return RelationalEdit(
        "encounters",
        f"{column}.facility",
        column,
        f"{column} is a facility that {doing}",
        "the NPI of a person",
        f"Send the NPI of the person in {column}, or correct entity_type in providers.",
    )


BILLING = _contract("billing_npi", "billing provider")
RENDERING = _contract("rendering_npi", "rendering provider")
SITE = RelationalEdit(
    "encounters",
    "rendering_site_id.not_of_provider",
    "rendering_site_id",
    "the site is one of neither the rendering nor the billing provider",
    "a site_id that providers lists for either, or for their group",
    "List the site in providers with who works there, or correct rendering_site_id.",
)
TAXONOMY = RelationalEdit(
    "encounters",
    "rendering_taxonomy.unlisted",
    "rendering_taxonomy",
    "the rendering taxonomy is none that providers lists for this NPI",
    "a taxonomy of the provider in providers",
    "List the taxonomy in providers, or correct it on the line.",
)
FACILITY = _facility("rendering_npi", "another provider bills for as if it were a person")
ATTENDING = _facility("attending_npi", "is said to attend")
OPERATING = _facility("operating_npi", "is said to operate")
PRESCRIBER = _facility("prescriber_npi", "is said to prescribe")
PERSONS = (ATTENDING, OPERATING, PRESCRIBER)
EDITS = (BILLING, RENDERING, SITE, TAXONOMY, FACILITY, *PERSONS)

_SIDES = {BILLING: "billing_npi", RENDERING: "rendering_npi"}
_WORK = ("billing_npi", "rendering_npi", "rendering_site_id", "rendering_taxonomy")
_ROLES = tuple(edit.field for edit in PERSONS)
_KEPT = (
    "_file",
    "_line",
    "encounter_id",
    "line_number",
    "service_from",
    "frequency",
    "line_status",
    *_WORK,
    *_ROLES,
)


def faulty(filing: Filing) -> Table:
    """Return the lines whose providers do not fit, one row a line and edit.

    What occurs together (who billed, who rendered, where, as what) is few against the lines: it is
    looked up once, and only the lines of what may be faulty are looked at themselves.
    """
    lines = filing.tables["encounters"].select(*_KEPT).filter(ibis._.line_status != "denied")
    listed = _visible(filing)
    spans = merged(_contracts(listed)).cache()
    own = _own(listed, reach(spans)).cache()
    work, roles = _odd_work(filing, lines, listed, own), _odd_roles(lines, own)
    rows = lines.left_join(work, [lines[name].identical_to(work[f"w_{name}"]) for name in _WORK])
    rows = rows.left_join(roles, [rows[name].identical_to(roles[f"p_{name}"]) for name in _ROLES])
    rows = rows.filter(rows.odd_work | rows.odd_role)
    rows = standing(rows, filing)
    rows = rows.mutate(**{f"{npi}_outside": _outside(rows, npi) for npi in _SIDES.values()})
    rows = _held_to_contract(rows.cache(), spans, filing)
    told = [
        Told(
            edit,
            rows[f"{npi}_outside"] & rows[f"{npi}_inside"].isnull() & rows.ground.isnull(),
            rows[npi],
            "a provider under contract on the day of the service; the contract "
            + _missed(rows, npi),
        )
        for edit, npi in _SIDES.items()
    ]
    example = ibis.literal("a taxonomy of the provider in providers, such as ") + rows.example
    site = "a site that providers lists for the rendering or the billing provider"
    return tell(
        rows,
        [
            *told,
            Told(SITE, rows.site_fault, rows.rendering_site_id, site),
            Told(TAXONOMY, rows.taxonomy_fault, rows.rendering_taxonomy, example),
            Told(FACILITY, rows.facility_fault, rows.rendering_npi, FACILITY.wanted),
            *(Told(e, rows[f"{e.field}_fault"], rows[e.field], e.wanted) for e in PERSONS),
        ],
    )


def _visible(filing: Filing) -> Table:
    """Return the providers without those of whom, or of whose group, a row lies in quarantine."""
    listed = filing.tables["providers"].filter(ibis._.npi.notnull())
    for column in ("npi", "group_npi"):
        hidden = set_aside_ids(filing, "providers", column)
        if hidden is not None:
            listed = listed.anti_join(hidden, listed.npi == hidden[column])
    return listed.select(
        "npi",
        "group_npi",
        "site_id",
        "contract_effective",
        "contract_end",
        is_facility=(listed.entity_type == "facility").fill_null(False),
        taxonomy=listed.taxonomy.upper(),
    ).cache()


def _contracts(listed: Table) -> Table:
    """Return the spans of contract of each NPI: its own rows and those that it is the group of."""
    days = (listed.contract_effective, listed.contract_end)
    return spans_of(listed, listed.npi, *days).union(spans_of(listed, listed.group_npi, *days))


def _own(listed: Table, reached: Table) -> Table:
    """Return one row for each NPI that has rows of its own: its reach, and what it is."""
    about = listed.group_by(npi="npi").agg(
        facility=listed.is_facility.all(),
        taxonomies_known=listed.taxonomy.notnull().all(),
        example=listed.taxonomy.min(),
    )
    return about.left_join(reached, about.npi == reached.who).drop("who")


def _odd_work(filing: Filing, lines: Table, listed: Table, own: Table) -> Table:
    """Return what occurs together and may be faulty, with what providers says of it."""
    work = lines.group_by(*_WORK).agg(
        earliest=lines.service_from.min(), latest=lines.service_from.max()
    )
    work = work.mutate(_taxonomy=work.rendering_taxonomy.upper())
    billing = own.select(npi_b="npi", first_b="first", last_b="last", broken_b="broken")
    rendering = own.rename(npi_r="npi", first_r="first", last_r="last", broken_r="broken")
    trades = listed.select(npi_t="npi", taxonomy="taxonomy").distinct()
    met = work.left_join(billing, work.billing_npi == billing.npi_b)
    met = met.left_join(rendering, met.rendering_npi == rendering.npi_r)
    met = met.left_join(
        trades, [met.rendering_npi == trades.npi_t, met._taxonomy == trades.taxonomy]
    )
    met = _with_site(met, filing, listed)
    met = met.mutate(
        site_fault=met.rendering_site_id.notnull()
        & (met.npi_b.notnull() | met.npi_r.notnull())
        & met.site.isnull(),
        taxonomy_fault=met.rendering_taxonomy.notnull()
        & met.taxonomies_known.fill_null(False)
        & met.taxonomy.isnull(),
        facility_fault=(met.facility & (met.rendering_npi != met.billing_npi)).fill_null(False),
        uncovered=ibis.or_(
            *(
                (
                    (met.earliest < met[f"first_{side}"])
                    | (met.latest > met[f"last_{side}"])
                    | met[f"broken_{side}"]
                ).fill_null(False)
                for side in "br"
            )
        ),
    )
    odd = met.filter(met.site_fault | met.taxonomy_fault | met.facility_fault | met.uncovered)
    kept = ("site_fault", "taxonomy_fault", "facility_fault", "example")
    reached = (f"{what}_{side}" for what in ("first", "last", "broken") for side in "br")
    return odd.select(
        *kept, *reached, odd_work=ibis.literal(True), **{f"w_{name}": name for name in _WORK}
    ).cache()


def _with_site(met: Table, filing: Filing, listed: Table) -> Table:
    """Add ``site`` where the site is known for the rendering or the billing NPI."""
    sites = listed.select(who="npi", at="site_id").union(
        listed.select(who="group_npi", at="site_id")
    )
    sites = sites.filter(sites.who.notnull(), sites["at"].notnull()).distinct()
    for npi in _SIDES.values():
        named = sites.select(**{f"{npi}_who": "who", f"{npi}_at": "at"})
        met = met.left_join(
            named, [met[npi] == named[f"{npi}_who"], met.rendering_site_id == named[f"{npi}_at"]]
        )
    known = [met[f"{npi}_at"] for npi in _SIDES.values()]
    hidden = set_aside_ids(filing, "providers", "site_id")
    if hidden is not None:
        hidden = hidden.select(hidden="site_id")
        met = met.left_join(hidden, met.rendering_site_id == hidden.hidden)
        known = [*(met[column.get_name()] for column in known), met.hidden]
    return met.mutate(site=ibis.coalesce(*known))


def _odd_roles(lines: Table, own: Table) -> Table:
    """Return who attended, operated and prescribed where one of them is a facility."""
    met = lines.select(**{f"p_{name}": name for name in _ROLES}).distinct()
    facilities = own.filter(own.facility)
    for name in _ROLES:
        named = facilities.select(**{f"f_{name}": "npi"})
        met = met.left_join(named, met[f"p_{name}"] == named[f"f_{name}"])
    met = met.mutate(**{f"{name}_fault": met[f"f_{name}"].notnull() for name in _ROLES})
    odd = met.filter(ibis.or_(*(met[f"{name}_fault"] for name in _ROLES)))
    return odd.drop(*(f"f_{name}" for name in _ROLES)).mutate(odd_role=True).cache()


def _outside(rows: Table, npi: str) -> Any:
    """Tell whether a contract may not have been in force: out of its reach, or it has a gap."""
    side, on = npi[0], rows.service_from
    outside = (on < rows[f"first_{side}"]) | (on > rows[f"last_{side}"]) | rows[f"broken_{side}"]
    return outside.fill_null(False)


def _missed(rows: Table, npi: str) -> Any:
    """Say how the contract missed the service."""
    side, on = npi[0], rows.service_from
    first, last = rows[f"first_{side}"], rows[f"last_{side}"]
    return ibis.cases(
        (on < first, ibis.literal("begins on ") + first.cast("string")),
        (on > last, ibis.literal("ended on ") + last.cast("string")),
        else_="has a gap on the day",
    )


def _held_to_contract(rows: Table, spans: Table, filing: Filing) -> Table:
    """Add ``<npi>_inside`` where a contract covers the day, and the ``ground`` for no contract."""
    outside = rows.filter(ibis.or_(*(rows[f"{npi}_outside"] for npi in _SIDES.values())))
    if not int(outside.count().execute()):
        nothing = {f"{npi}_inside": ibis.null("int64") for npi in _SIDES.values()}
        return rows.mutate(**nothing, ground=ibis.null(str))
    for npi in _SIDES.values():
        asked = rows.filter(rows[f"broken_{npi[0]}"])
        inside = asked.semi_join(
            spans,
            [
                asked[npi] == spans.who,
                asked.service_from >= spans.starts,
                asked.service_from <= spans.ends,
            ],
        )
        inside = inside.select(**{f"{npi}_file": "_file", f"{npi}_inside": "_line"})
        rows = rows.left_join(
            inside, [rows._file == inside[f"{npi}_file"], rows._line == inside[f"{npi}_inside"]]
        )
    grounds = _grounds(outside, filing)
    return rows.left_join(
        grounds, [rows._file == grounds.ground_file, rows._line == grounds.ground_line]
    )


def _grounds(outside: Table, filing: Filing) -> Table:
    """Return the lines of these encounters that may lie outside the network, with the ground."""
    every = filing.tables["encounters"]
    lines = every.semi_join(outside.select("encounter_id").distinct(), "encounter_id")
    members = filing.tables.get("members")
    if members is None:
        members = every.limit(0).select(
            "member_id", enrolled_from="service_from", enrolled_to="service_to"
        )
    marked = with_ground(lines, members, CONTINUITY_DAYS)
    found = marked.filter(marked.ground.notnull())
    return found.select("ground", ground_file="_file", ground_line="_line").cache()


def seen(filing: Filing) -> dict[str, int]:
    """Return how many lines that were not denied have the column that each edit blames."""
    lines = filing.tables["encounters"]
    asked = lines.filter(lines.line_status != "denied")
    counts = asked.agg(**{edit.field: asked[edit.field].count() for edit in EDITS})
    [found] = counts.to_polars().to_dicts()
    return {edit.full_code: int(found[edit.field]) for edit in EDITS}


COMPARISON = Comparison(
    "encounters_providers", "encounters", ("encounters", "providers"), EDITS, faulty, seen
)
