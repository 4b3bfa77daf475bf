"""Services that members got from providers outside the plan's network.

What it measures
----------------
For PH and for BH each, the share of final lines whose billing NPI and whose rendering NPI were both
outside the network on the first day of the service: neither was under contract on that day, alone
or as the group of a provider who was.

Why it is required
------------------
42 CFR 438.206(b)(4) lets members go outside where the network cannot serve them, so a large share
says that it cannot. The share is the contract's own figure.

Met
---
A clinician who is not listed bills through a group of listed clinicians. An emergency visit
anywhere.

Not met
-------
Weekly psychotherapy with somebody who has no contract, or whose contract ended the day before.

Limits
------
Left out, with counts in the evidence: pharmacy lines (pharmacies are not in the providers' table),
emergency encounters whole, crisis services, family planning, transport, members in their first
``continuity_days`` of enrolment (continuity of care), and lines without any NPI. Which codes those
are is the value set ``out_of_network_exempt``, carvein's default. Physicians' lines of a stay that
began in an emergency are left out only where the line says so itself. A single-case agreement
counts only if the provider is listed. A listed row without a start of contract counts as under
contract. Denied lines count; the evidence says how many. A line that would be outside and
one of whose NPIs stands in a quarantined row of providers cannot be told: it counts neither as
outside nor as a line, and the evidence has how many as ``undecided``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis

from rules.domain import side_of
from rules.encounters.exempt import GROUNDS, READ, emergencies, mark_ground, transitions
from rules.encounters.final import final_lines, natural_key, served_in_last
from rules.model import Filing, Measure, Rule, Sense
from rules.relational.edit import set_aside_ids

if TYPE_CHECKING:
    from ibis.expr.types import Table

SIDES = ("PH", "BH")
_KEPT = (
    "side",
    "encounter_id",
    "line_number",
    "service_from",
    "billing_npi",
    "rendering_npi",
    "line_status",
    "paid_amount",
    "_file",
    "_line",
)
_NPIS = ("billing_npi", "rendering_npi")
_SHOWN = 10
"""How many of the NPIs outside the evidence names, those with most lines first."""


@dataclass(frozen=True)
class Params:
    """``max_share``: largest share outside, 0 to 1; ``continuity_days``: see Limits.

    ``months``: only services that began in so many last months up to the period's end; every final
    line when None.
    """

    max_share: float
    continuity_days: int = 90
    months: int | None = None


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the final lines of PH and of BH outside the network."""
    final = filing.once("final_lines", final_lines)
    lines = served_in_last(params.months, final, filing)
    lines = lines.mutate(side=side_of(lines.domain)).filter(lambda table: table.side.isin(SIDES))
    # A join lets no column go by itself: those that nobody asks for are not read.
    lines = lines.select(*_KEPT, *(name for name in READ if name not in _KEPT))
    grounds = emergencies(lines), transitions(filing.tables["members"], params.continuity_days)
    # Whatever ground a pharmacy line had, it is left out as one: none is looked for.
    drugs, others = lines.filter(_is_drug(lines)), lines.filter(~_is_drug(lines))
    totals, left_out = _counted(_with_left_out(mark_ground(others, *grounds)))
    for side, count in drugs.side.value_counts(name="lines").to_polars().iter_rows():
        left_out[side]["pharmacy"] = count
    # The few lines outside are found first: grounds take longer than contracts.
    outside = _outside(others, filing.tables["providers"])
    outside = _with_left_out(mark_ground(outside.cache(), *grounds))
    outside = _told(outside.filter(outside.left_out.isnull()), filing).cache()
    unsure = dict.fromkeys(SIDES, 0)
    unsure |= dict(outside.filter(outside.unsure).side.value_counts().to_polars().iter_rows())
    for side in SIDES:
        found = outside.filter(outside.side == side, ~outside.unsure)
        count, total = int(found.count().execute()), totals[side] - unsure[side]
        yield Measure(
            subject=side,
            numerator=count,
            denominator=total,
            value=count / total if total else None,
            evidence={
                "lines": total,
                "outside": count,
                "undecided": unsure[side],
                **_described(found),
                "left_out": left_out[side],
                "quarantined": {
                    table: filing.quarantined.get(table, 0)
                    for table in ("encounters", "providers", "members")
                },
            },
            violations=found.select(
                table=ibis.literal("encounters"),
                file=found._file,
                line=found._line,
                natural_key=natural_key(found),
                field=ibis.ifelse(found.rendering_npi.isnull(), "billing_npi", "rendering_npi"),
                value=ibis.coalesce(found.rendering_npi, found.billing_npi),
                expected=ibis.literal(
                    "a billing or rendering provider, or its group, under contract on the date"
                ),
            ),
        )


def _is_drug(lines: Table) -> Any:
    return (lines.claim_type == "R").fill_null(False)


def _with_left_out(lines: Table) -> Table:
    """Keep what is told of a line, and why it is not held to the network, null where it is."""
    return lines.select(
        *_KEPT,
        left_out=ibis.cases(
            (lines.ground.notnull(), lines.ground),
            (lines.billing_npi.isnull() & lines.rendering_npi.isnull(), "no_npi"),
            else_=ibis.null(str),
        ),
    )


def _outside(lines: Table, providers: Table) -> Table:
    """Return the lines none of whose NPIs was under contract on ``service_from``.

    Who billed and who rendered together are few against the lines: most were under contract on
    every day on which they served, and their lines are not looked at one by one.
    """
    contracted = _contracted(providers).cache()
    pairs = lines.group_by(*_NPIS).agg(
        first=lines.service_from.min(),
        last=lines.service_from.max(),
    )
    open_pairs = _uncovered(pairs, contracted, "first", "last")
    asked = open_pairs.select(**{f"_{npi}": npi for npi in _NPIS}).cache()
    rows = lines.semi_join(asked, [lines[npi].identical_to(asked[f"_{npi}"]) for npi in _NPIS])
    return _uncovered(rows, contracted, "service_from", "service_from")


def _uncovered(rows: Table, contracted: Table, first: str, last: str) -> Table:
    """Return the rows none of whose NPIs was under contract from the day ``first`` to ``last``."""
    for npi in _NPIS:
        spans = contracted.view()
        rows = rows.anti_join(
            spans,
            [
                rows[npi] == spans.npi,
                rows[first] >= spans.starts,
                rows[last] <= spans.ends,
            ],
        )
    return rows


def _told(outside: Table, filing: Filing) -> Table:
    """Add ``unsure``: a row of one of the line's NPIs lies in quarantine."""
    unsure = ibis.literal(False)
    for column in ("npi", "group_npi"):
        hidden = set_aside_ids(filing, "providers", column)
        if hidden is not None:
            kept = hidden.to_polars()[column].to_list()
            for npi in _NPIS:
                unsure = unsure | outside[npi].isin(kept).fill_null(False)
    return outside.mutate(unsure=unsure)


def _contracted(providers: Table) -> Table:
    """Return ``npi``, ``starts``, ``ends`` of providers and their groups, spans put together.

    A group is listed with each of its clinicians; spans that overlap become one.
    """
    spans = providers.select(
        "npi",
        "group_npi",
        starts=providers.contract_effective.fill_null(ibis.date("0001-01-01")),
        ends=providers.contract_end.fill_null(ibis.date("9999-12-31")),
    )
    every = spans.drop("group_npi").union(
        spans.select(npi="group_npi", starts="starts", ends="ends")
    )
    every = every.filter(every.npi.notnull(), every.starts <= every.ends).distinct()
    before = ibis.window(group_by="npi", order_by=["starts", "ends"], rows=(None, -1))
    opened = every.mutate(reached=every.ends.max().over(before))
    opened = opened.mutate(opens=(opened.starts > opened.reached).fill_null(True).cast("int64"))
    numbered = opened.mutate(
        island=opened.opens.sum().over(
            ibis.cumulative_window(group_by="npi", order_by=["starts", "ends"])
        )
    )
    return (
        numbered.group_by("npi", "island")
        .agg(starts=numbered.starts.min(), ends=numbered.ends.max())
        .drop("island")
    )


def _counted(lines: Table) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """Return the lines of each side that are held to the network, and those left out by reason."""
    reasons = ("pharmacy", *GROUNDS, "no_npi")
    totals = dict.fromkeys(SIDES, 0)
    left_out = {side: dict.fromkeys(reasons, 0) for side in SIDES}
    found = lines.group_by("side", "left_out").agg(lines=lines.count())
    for side, reason, count in found.to_polars().iter_rows():
        if reason is None:
            totals[side] = count
        else:
            left_out[side][reason] = count
    return totals, left_out


def _described(outside: Table) -> dict[str, Any]:
    """Return what the outside lines come to: denied, paid, and who most of them went to."""
    sums = outside.agg(
        denied=(outside.line_status == "denied").sum().fill_null(0),
        paid=outside.paid_amount.sum().fill_null(0.0).round(2),
        billing_npis=outside.billing_npi.nunique(),
    )
    most = outside.group_by(npi=ibis.coalesce(outside.billing_npi, outside.rendering_npi)).agg(
        lines=outside.count()
    )
    most = most.order_by(ibis.desc("lines"), "npi").limit(_SHOWN)
    return {**sums.to_polars().row(0, named=True), "most": most.to_polars().to_dicts()}


def required(params: Params, measure: Measure) -> float:
    """Return the largest share allowed."""
    return params.max_share


RULE = Rule(
    code="EN03",
    name="encounters.outside-network",
    family="encounters",
    reads=("encounters", "providers", "members"),
    params=Params,
    columns=("providers.contract_effective",),
    grain="PH and BH",
    unit="share",
    sense=Sense.AT_MOST,
    required=required,
    judged_by=("max_share",),
    message=(
        "{plan_id}: {numerator:,.0f} of {denominator:,.0f} {subject} lines ({value:.1%}), other "
        "than emergencies and what else is left out, went to {evidence[billing_npis]} billing "
        "providers outside the network; at most {required:.1%} may"
    ),
    remedy="Contract with the providers that members go to, or list those that are under contract.",
    measure=measure,
)
