"""Medicare data are missing for members who have Medicare as well.

What it measures
----------------
Dual members (partial or full) enrolled on the last day of the period, and members with a row in
``duals`` for the period's last month: the share for whom that month's row does not say that
Medicare data were received. With ``snp_counts`` a contract as Medicare special needs plan (D-SNP)
counts as having the data. The evidence has both.

Why it is required
------------------
A plan for people with both coverages sees half of their care without Medicare data. Integrated
plans and BH organizations for duals should be Medicare SNPs, or have the Medicare data (Integrated
Care Resource Center, *State Options for Integrating Physical and Behavioral Health Care*, 2011).

Met
---
At most ``max_share`` of the dual members lack the data.

Not met
-------
More do.

Limits
------
Received is what the plan says; whether the data were used is not seen. A dual member without a row
of the month lacks the data; if the month has no row at all, its rows were not sent, and the rule
could not run. A row without the flag is left out; past 5 % of such rows the rule could not run.
Under ``min_members`` the share is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import polars as pl

from rules.model import Filing, Measure, Outcome, Rule, Sense
from rules.spending.months import MOST_UNSEEN

if TYPE_CHECKING:
    from ibis.expr.types import Table

DUAL = ("partial", "full")


@dataclass(frozen=True)
class Params:
    """``max_share`` of dual members without Medicare data, 0 to 1.

    ``snp_counts``: a D-SNP contract stands for the data; ``min_members`` is carvein's own default.
    """

    max_share: float
    snp_counts: bool = False
    min_members: int = 10


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the dual members whose Medicare data were not received in the last month."""
    month = f"{filing.period.end:%Y-%m}"
    counts = count_members(filing, month)
    total = {
        name: int(counts[name].sum())
        for name in ("members", "rows", "told", "received", "snp", "either")
    }
    untold = total["rows"] - total["told"]
    of = total["members"] - untold
    have = total["either"] if params.snp_counts else total["received"]
    evidence: dict[str, object] = {
        "month": month,
        "without_row": total["members"] - total["rows"],
        "without_flag": untold,
        "received": total["received"],
        "dsnp": total["snp"],
        "dsnp_or_received": total["either"],
        "counted": "Medicare data or a D-SNP contract" if params.snp_counts else "Medicare data",
        "quarantined": {name: filing.quarantined.get(name, 0) for name in ("members", "duals")},
    }
    if not total["members"]:
        note = f"no dual member in {month}"
        yield Measure("plan", 0.0, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
        return
    reason = ""
    if not total["rows"]:
        reason = f"duals has no row for {month}"
    elif untold > MOST_UNSEEN * total["rows"]:
        reason = (
            f"{untold} of {total['rows']} rows of {month} do not say whether data were received"
        )
    elif of < params.min_members:
        reason = f"{of} dual members, and a share of fewer than {params.min_members} is not told"
    if reason:
        note = f"cannot tell whether Medicare data are there: {reason}"
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    yield Measure(
        subject="plan",
        numerator=of - have,
        denominator=of,
        value=(of - have) / of,
        evidence=evidence,
        violations=_rows_without(filing, month, params.snp_counts) if of > have else None,
    )


def count_members(filing: Filing, month: str) -> pl.DataFrame:
    """Return how many dual members there are in the last month, and of how many what is told.

    One row with ``members``, ``rows`` (have a row of the month), ``told`` (it has the flag, or a
    D-SNP contract), ``received``, ``snp`` and ``either``.
    """
    members, last = filing.tables["members"], filing.period.end
    enrolled = members.filter(
        members.member_id.notnull(),
        members.dual_status.lower().isin(DUAL),
        members.enrolled_from <= last,
        members.enrolled_to.isnull() | (members.enrolled_to >= last),
    )
    each = _rows(filing, month).group_by("member_id")
    row = each.agg(
        flagged=ibis._.data.notnull().any(),
        received=(ibis._.data == "Y").fill_null(False).any(),
        snp=(ibis._.snp == "Y").fill_null(False).any(),
    )
    row = row.select(_member="member_id", flagged="flagged", received="received", snp="snp")
    who = enrolled.select("member_id").distinct()
    all_of_them = who.union(row.select(member_id="_member"), distinct=True)
    joined = all_of_them.left_join(row, all_of_them.member_id == row._member)
    received, snp = joined.received.fill_null(False), joined.snp.fill_null(False)
    found: pl.DataFrame = joined.agg(
        members=joined.count(),
        rows=joined._member.count(),
        told=joined.flagged.fill_null(False).sum().fill_null(0),
        received=received.sum().fill_null(0),
        snp=snp.sum().fill_null(0),
        either=(joined.flagged.fill_null(False) & (received | snp)).sum().fill_null(0),
    ).to_polars()
    return found


def _rows(filing: Filing, month: str) -> Table:
    table = filing.tables["duals"]
    mine = table.filter(table.month == month, table.member_id.notnull())
    return mine.mutate(data=mine.medicare_data_received.upper(), snp=mine.dsnp_contract.upper())


def _rows_without(filing: Filing, month: str, snp_counts: bool) -> Table:
    rows = _rows(filing, month)
    without = rows.data == "N"
    if snp_counts:
        without &= (rows.snp != "Y").fill_null(True)
    faulty = rows.filter(without)
    return faulty.select(
        table=ibis.literal("duals"),
        file=faulty._file,
        line=faulty._line,
        natural_key=faulty.member_id + "/" + faulty.month,
        field=ibis.literal("medicare_data_received"),
        value=faulty.medicare_data_received,
        expected=ibis.literal("Y: the month's Medicare data received"),
    )


def required(params: Params, measure: Measure) -> float:
    """Return the largest share allowed."""
    return params.max_share


RULE = Rule(
    code="DU01",
    name="duals.no-medicare-data",
    family="duals",
    reads=("members", "duals"),
    params=Params,
    columns=("members.dual_status",),
    grain="plan",
    unit="share",
    sense=Sense.AT_MOST,
    required=required,
    judged_by=("max_share",),
    message=(
        "{plan_id}: for {numerator:,.0f} of {denominator:,.0f} dual members in {evidence[month]} "
        "({value:.1%}) there is no word of {evidence[counted]}; at most {required:.1%} may lack "
        "it. In a D-SNP are {evidence[dsnp]:,}; without a row of the month "
        "{evidence[without_row]:,}."
    ),
    remedy="Arrange with CMS and the members' Medicare plans to receive their data every month.",
    measure=measure,
)
