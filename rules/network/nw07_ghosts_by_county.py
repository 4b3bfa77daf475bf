"""Listed behavioral-health providers have served nobody, by county and by specialty.

What it measures
----------------
Of the distinct behavioral-health providers (NPIs) that a county's listings name on the last day of
the period, and that were under contract in at least ``min_months_listed`` of the ``months``
calendar months that end with the last mature month, the share that is on no final encounter line
of the plan's members as rendering, attending or billing provider, from the first of those months
to the end of the period. One figure a county for behavioral health as a whole, and one for the
whole plan by specialty and altogether. *Limited* providers, who served fewer than
``limited_below`` members, are counted apart, and so is the same for physical health, in the
evidence of each.

Why it is required
------------------
42 CFR 438.206(b)(1) asks for a network sufficient for adequate access, 438.207 for documentation
that it is so, and 438.10(h) for a directory of who provides. A rate that holds for the plan may
hide a county in which most of those listed see nobody. The share is the contract's own figure.

Met
---
Of 40 listed in the county 4 served nobody, and the contract allows 15 percent.

Not met
-------
Of 40 listed in the county 16 served nobody.

Limits
------
A county with fewer than ``min_listed`` to count is not judged: one idle provider of three says
nothing. A provider with sites in two counties counts in both, by the lines of all its sites, for
lines seldom name a site. Whoever is known only through a group that bills lines without a
clinician is in the denominator and no ghost. Left out and counted in the evidence: those new under
contract (``new``), those on no line with another row in quarantine or an NPI that fails its check
digit, which no claim can match (``undecided``), and individuals of the specialty who seldom bill
in their own name (``seldom_bills``: peers, nurses, behavior technicians). Idle does not say why,
and in a small plan chance alone leaves providers idle: the share of physical health, beside it, is
the yardstick. The two counts, 5 each, are carvein's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from rules.model import Filing, Measure, Outcome, Rule, Sense
from rules.network import serving
from rules.network.listings import NOBODY, Entities, listings, tally, with_state
from rules.network.scope import describe_county, not_counted
from rules.specialty import bh_specialties, bh_trades, specialties

WHOLE = "behavioral_health"

KINDS: Mapping[Entities, str] = {
    "all": "providers",
    "individual": "clinicians",
    "facility": "facilities",
}


@dataclass(frozen=True)
class Params:
    """``max_share`` of ghosts, 0 to 1; below ``min_listed`` providers nothing is judged.

    ``limited_below`` members make a provider limited; ``entities`` are who counts.
    """

    max_share: float
    limited_below: int = 5
    min_listed: int = 5
    months: int = 12
    min_months_listed: int = 6
    entities: Entities = "all"

    def __post_init__(self) -> None:
        for name in ("limited_below", "min_listed", "months"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} {getattr(self, name)} is below 1")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the ghosts of each county, and of the plan by specialty."""
    asked = scope.get("specialty", "")
    if asked and asked not in bh_specialties():
        yield not_counted("plan", f"specialty {asked!r} is not one of behavioral health")
        return
    days = serving.window(filing, params.months)
    listed = filing.once(f"listings_{params.entities}", partial(listings, entities=params.entities))
    behavioral = listed.filter(pl.col("specialty") == asked if asked else pl.col("domain") == "BH")
    if behavioral["supervised"].all():
        return
    if not serving.months_with_lines(filing, params.months):
        yield not_counted("plan", f"no final encounter line from {days.start} to {days.end}")
        return
    told = serving.listed_npis(filing, params.months, params.min_months_listed)
    stated = with_state(behavioral, told, params.limited_below)
    physical = with_state(listed.filter(pl.col("domain") == "PH"), told, params.limited_below)
    evidence = {
        "window_start": str(days.start),
        "window_end": str(days.end),
        "listed_to": str(filing.mature_until),
        "quarantined": {
            table: filing.quarantined.get(table, 0) for table in ("encounters", "providers")
        },
    }
    for each in _cells(stated, physical, params, asked):
        yield _judged(each, params, evidence)


@dataclass(frozen=True, eq=False)
class _Cell:
    """Whom one measure is about: its subject, the counts, and the rows that it rests on."""

    subject: str
    place: str
    specialty: str
    counts: Mapping[str, Any]
    physical: Mapping[str, Any]
    by_specialty: Mapping[str, Mapping[str, Any]]
    rows: pl.DataFrame


def _cells(
    stated: pl.DataFrame, physical: pl.DataFrame, params: Params, asked: str
) -> Iterator[_Cell]:
    """Yield one cell a county, then the plan by specialty and, where none is asked, altogether."""
    what = asked or WHOLE
    # The broad specialties hold the others' providers again.
    trades = stated if asked else stated.filter(pl.col("specialty").is_in(bh_trades()))
    by_both = tally(trades, "county", "specialty")
    beside = tally(physical, "county")
    for (county,), counts in tally(stated, "county").items():
        yield _Cell(
            f"{county or 'unknown'}/{what}",
            describe_county(county),
            asked,
            counts,
            beside.get((county,), NOBODY),
            {slug: cell for (fips, slug), cell in by_both.items() if fips == county},
            stated.filter(pl.col("county") == county),
        )
    of_plan = tally(physical)[()]
    by_specialty = {slug: cell for (slug,), cell in tally(trades, "specialty").items()}
    for slug, counts in by_specialty.items():
        rows = stated.filter(pl.col("specialty") == slug)
        yield _Cell(f"plan/{slug}", "The plan", slug, counts, of_plan, {slug: counts}, rows)
    if not asked:
        # The rows are told county by county and specialty by specialty already.
        altogether = tally(stated)[()]
        told = stated.clear()
        yield _Cell(f"plan/{WHOLE}", "The plan", "", altogether, of_plan, by_specialty, told)


def _judged(cell: _Cell, params: Params, shared: Mapping[str, Any]) -> Measure:
    counts, physical = cell.counts, cell.physical
    who = _who(cell.specialty, params.entities)
    evidence = {
        "place": cell.place,
        "who": who,
        **counts,
        "ph": dict(physical),
        "yardstick": _yardstick(physical, params.entities),
        "by_specialty": {slug: dict(each) for slug, each in cell.by_specialty.items()},
        **shared,
    }
    counted = counts["counted"]
    few = counted < params.min_listed
    return Measure(
        subject=cell.subject,
        numerator=counts["ghost"],
        denominator=counted,
        value=None if few else counts["share"],
        evidence=evidence,
        note=f"{cell.place}: too few {who} to tell a share: {counted}, wanted {params.min_listed}"
        if few
        else "",
        outcome=Outcome.NOT_APPLICABLE if few else Outcome.MEASURED,
        violations=None if few else _rows_of_ghosts(cell.rows, shared),
    )


def _who(specialty: str, entities: Entities) -> str:
    kind = KINDS[entities]
    return f"{kind} of {specialties()[specialty].title}" if specialty else f"BH {kind}"


def _yardstick(physical: Mapping[str, Any], entities: Entities) -> str:
    if physical["share"] is None:
        return f"with no PH {KINDS[entities]} to hold it against"
    return f"against {physical['share']:.1%} of {physical['counted']:,} PH {KINDS[entities]}"


def _rows_of_ghosts(rows: pl.DataFrame, shared: Mapping[str, Any]) -> pl.DataFrame:
    ghosts = rows.filter(pl.col("state") == "ghost").unique(["_file", "_line"])
    wanted = (
        "a final line as rendering, attending or billing provider from "
        f"{shared['window_start']} to {shared['window_end']}"
    )
    return ghosts.sort("_file", "_line").select(
        table=pl.lit("providers"),
        file="_file",
        line=pl.col("_line").cast(pl.Int64),
        natural_key=pl.col("npi") + "/" + pl.col("site_id").fill_null(""),
        field=pl.lit("npi"),
        value="npi",
        expected=pl.lit(wanted),
    )


def required(params: Params, measure: Measure) -> float:
    """Return the largest share allowed."""
    return params.max_share


RULE = Rule(
    code="NW07",
    name="network.ghosts-by-county",
    family="network",
    reads=("providers", "encounters"),
    params=Params,
    columns=("providers.contract_effective",),
    grain="county; plan x specialty",
    unit="share",
    sense=Sense.AT_MOST,
    required=required,
    judged_by=("max_share",),
    message=(
        "{evidence[place]}: {numerator:,.0f} of {denominator:,.0f} listed {evidence[who]} "
        "({value:.1%}) served none of the plan's members from {evidence[window_start]} to "
        "{evidence[window_end]}, {evidence[yardstick]}; {evidence[limited]:,.0f} more served "
        "fewer than {params.limited_below}; at most {required:.1%} may have served nobody"
    ),
    remedy=(
        "Take those who serve nobody off the directory of the county, or show what keeps members "
        "from them."
    ),
    measure=measure,
)
