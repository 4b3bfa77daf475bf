"""Listed behavioral-health clinicians who serve nobody.

What it measures
----------------
Of the individual behavioral-health clinicians (distinct NPIs) who were under contract in at least
``min_months_listed`` of the ``months`` calendar months that end with the last mature month, the
share that appears on no final encounter line as rendering, attending or billing provider, from the
first of those months to the end of the period. A clinician is under contract in a month on any day
of which one of the rows is. Lines after the ``months`` acquit too, and so do denied lines.

A clinician without a line of their own whose group (of any row of theirs) billed lines that name no
rendering clinician is counted apart, as ``billed_by_group``: neither idle nor serving, and still in
the denominator.

Why it is required
------------------
A network on paper serves nobody: 42 CFR 438.206(b)(1) asks for providers sufficient for adequate
access, 438.207 for documentation that it is so. The share is the contract's own figure.

Met
---
A psychiatrist with one denied visit, eleven months after the contract began.

Not met
-------
A counselor listed for six months with no line at all, or with one that was voided.

Limits
------
Individual and behavioral-health mean entity_type individual and a taxonomy of the value set
``bh_taxonomies``, but for those that seldom bill in their own name (``supervised_taxonomies``:
peers, nurses, behavior technicians). Idle does not say why: leave, no referrals or a wrong NPI on
claims look alike. A clinician who only prescribes is idle here, and so is one whose group names
itself as rendering provider or whose listed NPI fails its check digit, which no claim can match;
the evidence counts all three. Pharmacy lines do not make a group's.
Encounters that have not arrived acquit nobody, which is why the months end with the mature ones;
the evidence counts the months that hold any line. Without any line in the window nothing can be
said. Of an idle clinician with another row in quarantine nobody can say whether the group billed:
they are counted as ``undecided``, neither idle nor in the denominator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from rules.domain import taxonomy_group
from rules.model import Filing, Measure, Outcome, Period, Rule, Sense
from rules.network import serving
from rules.npi import is_sound
from rules.relational.edit import set_aside_ids
from rules.specialty import bh_trades, with_specialty
from rules.values import value_set

if TYPE_CHECKING:
    from ibis.expr.types import Table

_BEHAVIORAL = ("MH", "SUD", "BH")


@dataclass(frozen=True)
class Params:
    """``max_share``: largest share idle, 0 to 1; the two counts of months are told above."""

    max_share: float
    months: int = 12
    min_months_listed: int = 6


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the eligible clinicians and the idle ones."""
    listed_in = filing.look_back(params.months)
    window = serving.window(filing, params.months)
    providers = filing.tables["providers"]
    rows = _clinicians(providers)
    eligible = serving.eligible(rows, listed_in, params.min_months_listed)
    months = serving.months_with_lines(filing, params.months)
    lines = serving.traces(filing, params.months)
    classed = _classed(eligible, providers, lines)
    hidden, undecided = set_aside_ids(filing, "providers", "npi"), 0
    if hidden is not None:
        unsure = classed.semi_join(hidden, "npi").filter(ibis._["class"] == "idle").cache()
        undecided = int(unsure.count().execute())
        classed = classed.anti_join(unsure, "npi")
    classed = classed.cache()
    counts = dict.fromkeys(("idle", "billed_by_group", "serving"), 0)
    counts |= dict(classed["class"].value_counts(name="npis").to_polars().iter_rows())
    total = sum(counts.values())
    evidence = {
        "listed": int(rows.npi.nunique().execute()),
        "eligible": total,
        **counts,
        "undecided": undecided,
        **_other_traces(classed, providers, lines),
        "by_specialty": _by_specialty(classed, rows),
        "listed_from": str(listed_in.start),
        "listed_to": str(listed_in.end),
        "window_start": str(window.start),
        "window_end": str(window.end),
        "months_with_lines": months,
        "quarantined": {
            table: filing.quarantined.get(table, 0) for table in ("encounters", "providers")
        },
    }
    if total and not months:
        yield Measure(
            subject="plan",
            denominator=total,
            evidence=evidence,
            note=f"no final encounter line from {window.start} to {window.end}",
            outcome=Outcome.COULD_NOT_RUN,
        )
        return
    yield Measure(
        subject="plan",
        numerator=counts["idle"],
        denominator=total,
        value=counts["idle"] / total if total else None,
        evidence=evidence,
        violations=_rows_of_idle(rows, classed, window),
    )


def _clinicians(providers: Table) -> Table:
    """Return the rows of individuals of behavioral health who bill in their own name."""
    individuals = providers.filter(providers.npi.notnull(), providers.entity_type == "individual")
    supervised = value_set("supervised_taxonomies")
    taxonomies = individuals.select("taxonomy").distinct().to_polars()["taxonomy"].drop_nulls()
    counted = [
        taxonomy
        for taxonomy in taxonomies
        if taxonomy_group(taxonomy) in _BEHAVIORAL and not supervised.of(taxonomy.upper())
    ]
    return individuals.filter(individuals.taxonomy.isin(counted))


def _classed(eligible: Table, providers: Table, lines: Table) -> Table:
    """Return ``npi`` and ``class``: serving, billed_by_group (of any row of theirs) or idle."""
    seen = serving.npis(lines)
    covered = serving.members_of(serving.unnamed_groups(lines), providers).select(covered="npi")
    marked = eligible.left_join(seen, eligible.npi == seen.seen)
    marked = marked.left_join(covered, marked.npi == covered.covered)
    told = ibis.cases(
        (marked.seen.notnull(), "serving"),
        (marked.covered.notnull(), "billed_by_group"),
        else_="idle",
    )
    return marked.select("npi", **{"class": told})


def _other_traces(classed: Table, providers: Table, lines: Table) -> dict[str, int]:
    """Return what else could explain idle clinicians, and of how many.

    They prescribe; their group itself is named as rendering; their listed NPI is none.
    """
    idle = classed.filter(classed["class"] == "idle")
    prescribers = serving.npis(lines, ("prescriber_npi",)).select(npi="seen")
    rendering = serving.members_of(serving.npis(lines, ("rendering_npi",)), providers)
    return {
        "idle_but_prescribing": int(idle.semi_join(prescribers, "npi").count().execute()),
        "idle_but_group_renders": int(idle.semi_join(rendering, "npi").count().execute()),
        "idle_with_faulty_npi": int(idle.filter(~is_sound(idle.npi)).count().execute()),
    }


def _by_specialty(classed: Table, rows: Table) -> dict[str, dict[str, int]]:
    """Return eligible and idle clinicians by specialty; one who has two is in both."""
    known = with_specialty(rows)
    known = known.filter(known.specialty.isin(sorted(bh_trades())))
    trades = known.select("npi", "specialty").distinct()
    joined = classed.left_join(trades, "npi")
    joined = joined.mutate(specialty=joined.specialty.fill_null("other"))
    found = joined.group_by("specialty").agg(
        eligible=joined.count(), idle=(joined["class"] == "idle").sum()
    )
    return {
        row.pop("specialty"): row
        for row in found.order_by("specialty").to_polars().iter_rows(named=True)
    }


def _rows_of_idle(rows: Table, classed: Table, window: Period) -> Table:
    idle = rows.semi_join(classed.filter(classed["class"] == "idle"), "npi")
    return idle.select(
        table=ibis.literal("providers"),
        file=idle._file,
        line=idle._line,
        natural_key=idle.npi + "/" + idle.site_id.fill_null(""),
        field=ibis.literal("npi"),
        value=idle.npi,
        expected=ibis.literal(
            f"a final line as rendering, attending or billing provider from {window.start} to "
            f"{window.end}"
        ),
    )


def required(params: Params, measure: Measure) -> float:
    """Return the largest share allowed."""
    return params.max_share


RULE = Rule(
    code="NW06",
    name="network.listed-never-serving",
    family="network",
    reads=("providers", "encounters"),
    params=Params,
    columns=("providers.contract_effective",),
    grain="plan",
    unit="share",
    sense=Sense.AT_MOST,
    required=required,
    judged_by=("max_share",),
    message=(
        "{plan_id}: {numerator:,.0f} of {denominator:,.0f} individual BH clinicians under contract "
        "in {params.min_months_listed} or more of {params.months} months ({value:.1%}) are on no "
        "final line from {evidence[window_start]} to {evidence[window_end]}; "
        "{evidence[billed_by_group]} known only through their group's billing; at most "
        "{required:.1%} may be idle"
    ),
    remedy="Take idle clinicians off the directory, or show what keeps members from them.",
    measure=measure,
)
