"""Behavioral health is run from somewhere other than the plan's own offices.

What it measures
----------------
Each subcontractor of the domain (BH, or both) whose agreement is in force on any day of the
period: whether the place in the register is the building of one of ``plan_offices``, by address
or within ``max_miles`` of its point in a straight line, and whether the register's own ``on_site``
flag says the same. ``value`` is the number of faults: off site, flag disagrees.

Why it is required
------------------
An integrated contract that hands behavioral health to a company in another building can keep two
systems of care apart. TennCare's integrated contract has BH subcontractors operate on site in the
plan's offices (Integrated Care Resource Center, *State Options for Integrating Physical and
Behavioral Health Care*, 2011).

Met
---
Every place that the register gives for the subcontractor is a plan office, and no ``on_site`` flag
says otherwise.

Not met
-------
A place is at none of the plan's offices, or a flag says Y where the place is off site or N where
it is on site.

Limits
------
The register says where a subcontractor sits, not where its staff work. Addresses are compared
as buildings: number, street and ZIP5, whatever the suite. Miles are straight lines. An address
without coordinates is judged on the address alone. With neither, or where some office cannot be
compared at all, the rule could not run: an unknown place is not called off site.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rules.delegation.places import Place
from rules.delegation.register import (
    Agreement,
    covered,
    describe,
    distinct,
    faulty_rows,
    in_force,
    none_in_force,
    read_place,
)
from rules.delegation.whereabouts import Whereabouts, locate
from rules.model import Filing, Measure, Outcome, Rule, Sense


@dataclass(frozen=True)
class Params:
    """``domain``: whose subcontractors; ``max_miles``: how near an office counts as at it."""

    domain: str
    max_miles: float


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count, for each subcontractor in force, the faults of its place and of its flag."""
    subcontractors = in_force(filing, covered((params.domain, "both")))
    if not subcontractors:
        yield none_in_force(filing, params.domain)
        return
    rows = filing.tables["plan_offices"].order_by("_file", "_line").to_polars()
    offices = [(row["office_id"] or "", read_place(row)) for row in rows.iter_rows(named=True)]
    hidden = filing.quarantined.get("plan_offices", 0)
    for subcontractor_id, agreements in sorted(subcontractors.items()):
        sitings = [
            (row, locate(row.place, offices, params.max_miles, hidden)) for row in agreements
        ]
        yield count_faults(subcontractor_id, sitings, params.max_miles)


def count_faults(
    subcontractor_id: str, sitings: list[tuple[Agreement, Whereabouts]], max_miles: float
) -> Measure:
    """Turn the agreements of one subcontractor, each with its whereabouts, into its measure."""
    off = [(row, where) for row, where in sitings if where.on_site is False]
    known = [(row, where) for row, where in sitings if where.on_site is not None]
    _, shown = next(iter(off or known or sitings))
    on_site = not off if known else None
    evidence = {
        **describe([row for row, _ in sitings]),
        "address": shown.place.address,
        "office": shown.office,
        "miles": shown.miles,
        "measured_by": shown.basis,
        "on_site": on_site,
        "on_site_flag": "; ".join(distinct(row.on_site for row, _ in sitings)),
    }
    if on_site is None:
        note = f"{subcontractor_id}: cannot tell whether it is on site: {shown.reason}"
        return Measure(
            subcontractor_id, evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN
        )
    # A row whose own place is unknown is taken to sit where the subcontractor's other rows do.
    flagged = [
        (row, on_site if where.on_site is None else where.on_site)
        for row, where in sitings
        if row.on_site.upper() in ("Y", "N")
    ]
    wrong = [(row, truly) for row, truly in flagged if (row.on_site.upper() == "Y") != truly]
    faults = float(bool(off) + bool(wrong))
    found = [tell_place(shown, max_miles)] if off else []
    found += [tell_flag(*wrong[0])] if wrong else []
    wanted = f"the address of a plan office, or within {max_miles:g} miles of one"
    return Measure(
        subject=subcontractor_id,
        numerator=faults,
        denominator=float(1 + bool(flagged)),
        value=faults,
        evidence={**evidence, "found": "; ".join(found) or "on site"},
        violations=faulty_rows(
            [(row, *show_place(where.place), wanted) for row, where in off]
            + [(row, "on_site", row.on_site, "Y" if truly else "N") for row, truly in wrong]
        ),
    )


def tell_place(where: Whereabouts, max_miles: float) -> str:
    """Say where an off-site subcontractor is."""
    place = where.place.address or "the point given"
    if where.miles is None:
        return f"{place} is the address of no plan office (no coordinates to measure)"
    miles = f"{where.miles:.3f}" if where.miles < 1 else f"{where.miles:.1f}"
    return (
        f"{place} is at no plan office's address and {miles} straight-line miles from "
        f"{where.office}, the nearest; at most {max_miles:g} counts as on site"
    )


def tell_flag(row: Agreement, on_site: bool) -> str:
    """Say what the register's flag says and what its place says."""
    return (
        f"the register flags on_site {row.on_site}, its place is {'on' if on_site else 'off'} site"
    )


def show_place(place: Place) -> tuple[str, str]:
    """Return the field and the value that show where the register puts a subcontractor."""
    if place.street:
        return "street", place.address
    return "latitude", f"{place.latitude}, {place.longitude}"


def required(params: Any, measure: Measure) -> float:
    """No fault is allowed."""
    return 0.0


RULE = Rule(
    code="DL01",
    name="delegation.off-site",
    family="delegation",
    reads=("subcontracts", "plan_offices"),
    params=Params,
    grain="subcontractor",
    unit="faults",
    sense=Sense.AT_MOST,
    required=required,
    message="{evidence[name]} ({subject}): {evidence[found]}.",
    remedy=(
        "Move the subcontractor's work for this contract into a plan office, or correct its "
        "address and on_site flag in the register."
    ),
    measure=measure,
)
