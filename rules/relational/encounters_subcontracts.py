"""encounters against the delegation register: who paid a line, and whether the register says so.

Denied lines, voids, and what was voided or replaced are not asked. What occurs together is few
against the lines: it is looked up once, and only the lines of what may be faulty are looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from rules.domain import side_of, with_domain
from rules.encounters.final import standing
from rules.model import Filing, Severity
from rules.relational.edit import Comparison, RelationalEdit, Told, set_aside_ids, tell
from rules.relational.spans import merged, reach, spans_of

if TYPE_CHECKING:
    from ibis.expr.types import Table

UNKNOWN = RelationalEdit(
    "encounters",
    "subcontractor_id.unknown",
    "subcontractor_id",
    "a line was paid through a subcontractor who is in no row of subcontracts",
    "a subcontractor_id of subcontracts",
    "Enter the agreement in subcontracts, or correct the subcontractor_id.",
    Severity.MAJOR,
    looks_up=(("subcontracts", "subcontractor_id"),),
)
NOT_IN_FORCE = RelationalEdit(
    "encounters",
    "subcontractor_id.not_in_force",
    "subcontractor_id",
    "a line was paid through a subcontractor without an agreement in force on the day of service",
    "an agreement in force on service_from",
    "Enter the earlier or later agreement in subcontracts, or correct effective or end.",
)
NOT_PER_HEAD = RelationalEdit(
    "encounters",
    "payment_arrangement.not_of_agreement",
    "payment_arrangement",
    "a sub-capitated line names a subcontractor whom no agreement pays per head",
    "subcapitation in an agreement of the subcontractor, or ffs on the line",
    "Correct payment in subcontracts or payment_arrangement on the line.",
)
PAID_TWICE = RelationalEdit(
    "encounters",
    "payment_arrangement.ffs_under_subcapitation",
    "payment_arrangement",
    "fee for service was paid for a provider whom a sub-capitated subcontractor alone contracts",
    "subcapitated, as all rows of the provider belong to a subcontractor paid per head",
    "Look whether the service was paid for twice; list a direct contract in providers if any.",
)
NAMED = (UNKNOWN, NOT_IN_FORCE, NOT_PER_HEAD)

_KEPT = (
    "_file",
    "_line",
    "encounter_id",
    "line_number",
    "service_from",
    "subcontractor_id",
    "payment_arrangement",
    "frequency",
    "line_status",
)


def faulty(filing: Filing) -> Table:
    """Return the lines whose subcontractor does not fit, one row a line and edit."""
    register = filing.tables["subcontracts"]
    spans = merged(_agreements(register)).cache()
    reached = reach(spans)
    paying = register.group_by(of="subcontractor_id").agg(
        per_head=(register.payment == "subcapitation").any(),
        said=register.payment.notnull().all(),
    )
    known = reached.left_join(paying, reached.who == paying.of)
    hidden = set_aside_ids(filing, "subcontracts", "subcontractor_id")
    if hidden is not None:
        known = known.anti_join(hidden, known.who == hidden.subcontractor_id)
    lines = filing.tables["encounters"].select(*_KEPT)
    lines = lines.filter(lines.line_status != "denied", lines.subcontractor_id.notnull())
    if hidden is not None:
        lines = lines.anti_join(hidden.view(), "subcontractor_id")
    met = lines.left_join(known, lines.subcontractor_id == known.who)
    met = met.mutate(
        wrongly_paid=(met.payment_arrangement == "subcapitated") & met.said & ~met.per_head
    )
    suspects = met.filter(
        met.who.isnull()
        | met.broken
        | (met.service_from < met.first)
        | (met.service_from > met.last)
        | met.wrongly_paid
    )
    rows = _with_cover(standing(suspects, filing).cache(), spans)
    missed = ibis.cases(
        (rows.service_from < rows.first, "the first begins on " + rows.first.cast("string")),
        (rows.service_from > rows.last, "the last ended on " + rows.last.cast("string")),
        else_="there is a gap on the day",
    )
    outside = (rows.service_from < rows.first) | (rows.service_from > rows.last) | rows.broken
    return tell(
        rows,
        [
            Told(UNKNOWN, rows.who.isnull(), rows.subcontractor_id, UNKNOWN.wanted),
            Told(
                NOT_IN_FORCE,
                outside & rows.in_line.isnull(),
                rows.subcontractor_id,
                ibis.literal("an agreement in force on the day of the service; ") + missed,
            ),
            Told(
                NOT_PER_HEAD,
                rows.wrongly_paid,
                rows.payment_arrangement,
                ibis.literal("ffs, or subcapitation in an agreement of ") + rows.subcontractor_id,
            ),
        ],
    )


def _agreements(register: Table) -> Table:
    return spans_of(register, register.subcontractor_id, register.effective, register.end)


def _with_cover(rows: Table, spans: Table) -> Table:
    """Add ``in_line``, not null where one of several agreements covers the day."""
    several = rows.filter(rows.broken)
    inside = several.semi_join(
        spans,
        [
            several.subcontractor_id == spans.who,
            several.service_from >= spans.starts,
            several.service_from <= spans.ends,
        ],
    )
    inside = inside.select(in_file="_file", in_line="_line")
    return rows.left_join(inside, [rows._file == inside.in_file, rows._line == inside.in_line])


def seen(filing: Filing) -> dict[str, int]:
    """Return how many lines that were not denied name a subcontractor, or are sub-capitated."""
    lines = filing.tables["encounters"]
    asked = lines.filter(lines.line_status != "denied", lines.subcontractor_id.notnull())
    named = int(asked.count().execute())
    per_head = int((asked.payment_arrangement == "subcapitated").sum().fill_null(0).execute())
    return {UNKNOWN.full_code: named, NOT_IN_FORCE.full_code: named} | {
        NOT_PER_HEAD.full_code: per_head
    }


def paid_twice(filing: Filing) -> Table:
    """Return the fee-for-service lines of providers whom a sub-capitated subcontractor contracts.

    Only services of the agreement's own domain, and only where every row of both the billing and
    the rendering provider belongs to such a subcontractor.
    """
    bound = _bound_providers(filing)
    lines = _asked(filing)
    work = lines.select("billing_npi", "rendering_npi").distinct()
    billing = bound.select(b_npi="npi", b_domain="domain", starts="starts", ends="ends")
    rendering = bound.view().select(r_npi="npi", r_domain="domain")
    work = work.inner_join(billing, work.billing_npi == billing.b_npi)
    work = work.left_join(rendering, work.rendering_npi == rendering.r_npi)
    work = work.filter(work.rendering_npi.isnull() | (work.b_domain == work.r_domain)).select(
        "b_npi", "b_domain", "starts", "ends", w_rendering="rendering_npi"
    )
    work = work.distinct().cache()
    rows = lines.inner_join(
        work,
        [
            lines.billing_npi == work.b_npi,
            lines.rendering_npi.identical_to(work.w_rendering),
            lines.service_from >= work.starts,
            lines.service_from <= work.ends,
        ],
    ).drop("b_npi", "w_rendering", "starts", "ends")
    rows = standing(rows, filing).cache()
    told = with_domain(rows, filing.tables["providers"], filing.contract.bh_definition)
    side = side_of(told.domain)
    ours = (told.b_domain == side) | ((told.b_domain == "both") & side.isin(("PH", "BH")))
    return tell(told, [Told(PAID_TWICE, ours, told.payment_arrangement, PAID_TWICE.wanted)])


def _asked(filing: Filing) -> Table:
    lines = filing.tables["encounters"]
    return lines.filter(
        lines.line_status == "paid",
        lines.payment_arrangement == "ffs",
        lines.paid_amount > 0,
        lines.subcontractor_id.isnull(),
        lines.claim_type != "R",
    )


def _bound_providers(filing: Filing) -> Table:
    """Return ``npi``, ``domain``, ``starts``, ``ends``: under one sub-capitation and nothing else.

    A subcontractor with several agreements, or of whom or of which provider a row lies in
    quarantine, binds nobody: how each service is paid cannot be told.
    """
    register, listed = filing.tables["subcontracts"], filing.tables["providers"]
    one = register.group_by(who="subcontractor_id").agg(
        rows=register.count(),
        payment=register.payment.min(),
        domain=register.domain.min(),
        starts=register.effective.min(),
        ends=register.end.fill_null(ibis.date("9999-12-31")).min(),
    )
    one = one.filter(one.rows == 1, one.payment == "subcapitation", one.domain.notnull())
    one = _without_hidden(filing, one, "subcontracts", "subcontractor_id", "who")
    bound = (
        listed.filter(listed.npi.notnull())
        .group_by("npi")
        .agg(
            all_named=listed.subcontractor_id.notnull().all(),
            names=listed.subcontractor_id.nunique(),
            name=listed.subcontractor_id.min(),
        )
    )
    bound = bound.filter(bound.all_named, bound.names == 1)
    bound = _without_hidden(filing, bound, "providers", "npi", "npi")
    met = bound.inner_join(one, bound.name == one.who)
    return met.select("npi", "domain", "starts", "ends").cache()


def _without_hidden(filing: Filing, rows: Table, table: str, column: str, key: str) -> Any:
    hidden = set_aside_ids(filing, table, column)
    return rows if hidden is None else rows.anti_join(hidden, rows[key] == hidden[column])


def seen_twice(filing: Filing) -> dict[str, int]:
    """Return how many medical lines were paid fee for service without a subcontractor."""
    return {PAID_TWICE.full_code: int(_asked(filing).count().execute())}


COMPARISONS = (
    Comparison(
        "encounters_subcontracts", "encounters", ("encounters", "subcontracts"), NAMED, faulty, seen
    ),
    Comparison(
        "encounters_paid_twice",
        "encounters",
        ("encounters", "subcontracts", "providers"),
        (PAID_TWICE,),
        paid_twice,
        seen_twice,
    ),
)
