"""Few sites bill both physical and behavioral health, or fewer than before.

What it measures
----------------
In the ``months`` calendar months that end ``runout_months`` before the period's end: the sites at
which at least ``min_members`` members had a physical and at least as many a behavioral service, by
final professional and institutional lines. Behavioral is what the service or its provider tells: a
diagnosis alone makes no behavioral service. A line is of the site that it names, or of the one site
at which its rendering provider is listed. ``value`` is the number of sites; the same is counted for
as many months before.

Why it is required
------------------
Co-location is where integration begins at the practice level (*Integrating physical and behavioral
health: a major step toward population health management*, hfma.org, 2016): whether more sites bill
both is what a state can see of it in encounters. How many are asked for is the contract's figure.

Met
---
There are at least ``min_sites``, and at least ``keep_share`` of those before, where it is asked.

Not met
-------
There are fewer; of those before, so many fewer that chance does not explain it: of the sites that
billed both in one of the two spans alone, significantly more lost it than gained it (sign test,
5 %).

Limits
------
A site that hosts two practices which bill apart is one site if it has one ``site_id``. A decline
that chance could make, under ten sites before, a month of either span without any line, and more
than ``max_unplaced_share`` of lines without a known site: then the rule could not run where the
figure turns on it. Telehealth lines count at the site of their clinician.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from math import comb
from typing import TYPE_CHECKING, Any

import ibis
import polars as pl

from rules.domain import side_of
from rules.encounters.final import final_lines
from rules.model import Filing, Measure, Outcome, Period, Rule, Sense, add_months, month_end

if TYPE_CHECKING:
    from ibis.expr.types import Table

FEWEST_BEFORE = 10
"""Fewest sites before of which a decline is told. carvein's own default."""

SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Params:
    """``min_sites`` now, and ``keep_share`` of the sites before, 0 to 1; at least one of the two.

    ``months``, ``min_members`` of each side and ``max_unplaced_share`` are carvein's own defaults.
    """

    min_sites: int | None = None
    keep_share: float | None = None
    months: int = 12
    min_members: int = 5
    max_unplaced_share: float = 0.2

    def __post_init__(self) -> None:
        if self.min_sites is None and self.keep_share is None:
            raise ValueError("neither min_sites nor keep_share is given; wanted one or both")
        if not 1 <= self.months <= 18:
            raise ValueError(f"months {self.months} is not 1 to 18")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the sites that bill both now, and before."""
    now = filing.look_back(params.months)
    before = Period(add_months(now.start, -params.months), month_end(add_months(now.start, -1)))
    lines = by_member(placed_lines(filing, Period(before.start, now.end))).cache()
    sites = count_sites(lines, now.start, params.min_members)
    placed = _placed(lines, now.start)
    both = {span: set(sites.filter(pl.col(f"both_{span}"))["site"]) for span in ("now", "before")}
    served = sites.filter(pl.col("served_now")).height
    lost, gained = len(both["before"] - both["now"]), len(both["now"] - both["before"])
    evidence: dict[str, Any] = {
        "window_start": str(now.start),
        "window_end": str(now.end),
        "before_start": str(before.start),
        "before_end": str(before.end),
        "before": len(both["before"]),
        "lost": lost,
        "gained": gained,
        "chance": sign_test(lost, gained),
        "sites": served,
        **placed,
        "quarantined": filing.quarantined.get("encounters", 0),
    }
    count = len(both["now"])
    if not placed["lines"]:
        note = f"no line of either side from {now.start} to {now.end}"
        yield Measure("plan", 0.0, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
        return
    reason = why_untold(evidence, count, params)
    if reason:
        note = f"cannot tell the sites that bill both: {reason}"
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    yield Measure("plan", count, served, count, evidence)


def why_untold(evidence: Mapping[str, Any], count: int, params: Params) -> str:
    """Return why the figure, or its decline, cannot be told; "" when it can."""
    unplaced = evidence["lines"] - evidence["placed"]
    if unplaced > params.max_unplaced_share * evidence["lines"]:
        return f"{unplaced:,} of {evidence['lines']:,} lines are of no known site"
    short = params.min_sites is not None and count < params.min_sites
    fewer = params.keep_share is not None and count < params.keep_share * evidence["before"]
    if (short or fewer) and evidence["months_now"] < params.months:
        silent = params.months - evidence["months_now"]
        span = f"{evidence['window_start']} to {evidence['window_end']}"
        return f"{silent} of the months from {span} have no line"
    if short:
        return ""
    if params.keep_share is None or count >= params.keep_share * evidence["before"]:
        return "" if params.keep_share is None else _why_no_before(evidence, params)
    reason = _why_no_before(evidence, params)
    if reason:
        return reason
    if evidence["chance"] >= SIGNIFICANT:
        return (
            f"{count} now and {evidence['before']} before; {evidence['lost']} lost and "
            f"{evidence['gained']} gained could be chance"
        )
    return ""


def _why_no_before(evidence: Mapping[str, Any], params: Params) -> str:
    if evidence["months_before"] < params.months:
        silent = params.months - evidence["months_before"]
        return (
            f"{silent} of the months from {evidence['before_start']} to {evidence['before_end']} "
            "have no line"
        )
    if evidence["before"] < FEWEST_BEFORE:
        return (
            f"{evidence['before']} billed both in the months before, and of fewer than "
            f"{FEWEST_BEFORE} no decline is told"
        )
    return ""


def placed_lines(filing: Filing, during: Period) -> Table:
    """Return final lines of PH, and of BH by service or provider, with their ``site``.

    ``site`` is null where none is known.
    """
    lines = filing.once("final_lines", final_lines)
    side = side_of(lines.domain)
    told = (side == "PH") | ((side == "BH") & (lines.domain_reason != "diagnosis"))
    mine = lines.filter(
        lines.claim_type.isin(["P", "I"]),
        lines.member_id.notnull(),
        lines.service_from.between(during.start, during.end),
        told,
    ).select(
        "member_id",
        "rendering_npi",
        "rendering_site_id",
        day="service_from",
        behavioral=side == "BH",
    )
    listed = filing.tables.get("providers")
    if listed is None:
        return mine.mutate(site=mine.rendering_site_id)
    known = listed.filter(listed.npi.notnull(), listed.site_id.notnull())
    each = known.group_by("npi").agg(sites=known.site_id.nunique(), only=known.site_id.min())
    one = each.filter(each.sites == 1).select(_npi="npi", only="only")
    joined = mine.left_join(one, mine.rendering_npi == one._npi)
    return joined.select(
        "member_id",
        "day",
        "behavioral",
        site=ibis.coalesce(joined.rendering_site_id, joined.only),
    )


def by_member(lines: Table) -> Table:
    """Return the lines counted by ``site``, ``member_id``, ``behavioral`` and ``month``."""
    groups = lines.group_by("site", "member_id", "behavioral", month=lines.day.truncate("month"))
    return groups.agg(lines=lines.count())


def count_sites(counted: Table, since: date, min_members: int) -> pl.DataFrame:
    """Return ``site``, whether it billed both now and before, and whether it served now."""
    known = counted.filter(counted.site.notnull())
    recent = known.month >= since
    spans = {
        f"{side}_{span}": (where & when).any()
        for side, where in (("bh", known.behavioral), ("ph", ~known.behavioral))
        for span, when in (("now", recent), ("before", ~recent))
    }
    members = known.group_by("site", "member_id").agg(**spans)
    sums = members.group_by("site").agg(**{name: members[name].sum() for name in spans})
    found: pl.DataFrame = sums.to_polars()
    enough = {name: pl.col(name) >= min_members for name in spans}
    return found.select(
        "site",
        both_now=enough["bh_now"] & enough["ph_now"],
        both_before=enough["bh_before"] & enough["ph_before"],
        served_now=enough["bh_now"] | enough["ph_now"],
    ).sort("site")


def _placed(counted: Table, since: date) -> dict[str, int]:
    """Return the lines now, those of a known site, and the months of both spans that have any."""
    recent = counted.month >= since
    counts = counted.agg(
        lines=counted.lines.sum(where=recent).fill_null(0),
        placed=counted.lines.sum(where=recent & counted.site.notnull()).fill_null(0),
        months_before=counted.month.nunique(where=~recent),
        months_now=counted.month.nunique(where=recent),
    )
    return {name: int(value) for name, value in counts.to_polars().row(0, named=True).items()}


def sign_test(lost: int, gained: int) -> float:
    """Return the two-sided chance of a split as uneven, where both are equally likely.

    The exact sign test, which is McNemar's for paired counts; 1 without any change.
    """
    trials = lost + gained
    most = max(lost, gained)
    tail = sum(comb(trials, place) for place in range(most, trials + 1))
    return min(1.0, 2 * tail / (1 << trials))


def required(params: Params, measure: Measure) -> float:
    """Return the sites asked: those of the contract, or the part of those before."""
    kept = (params.keep_share or 0.0) * float(measure.evidence.get("before", 0))
    return max(float(params.min_sites or 0), kept)


RULE = Rule(
    code="PR01",
    name="practices.fewer-sites-bill-both",
    family="practices",
    reads=("encounters",),
    params=Params,
    grain="plan",
    unit="sites",
    sense=Sense.AT_LEAST,
    required=required,
    message=(
        "{plan_id}: {numerator:,.0f} of {denominator:,.0f} sites billed both PH and BH from "
        "{evidence[window_start]} to {evidence[window_end]}, {evidence[before]:,} from "
        "{evidence[before_start]} to {evidence[before_end]} ({evidence[lost]:,} lost, "
        "{evidence[gained]:,} gained); at least {required:g} asked."
    ),
    remedy="Find out why the sites stopped billing one side, and help more sites to bring it in.",
    measure=measure,
)
