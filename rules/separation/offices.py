"""The location part that the register tells: whether those who run BH sit in the plan's offices."""

from __future__ import annotations

from rules.delegation.register import in_force, read_place
from rules.delegation.whereabouts import Whereabouts, locate
from rules.model import Filing
from rules.separation.parts import LeftOut, Part, Told, why_unusable
from rules.separation.register import BH, NOBODY

OFF_SITE = "off site"
MAX_MILES = 0.1
"""How near an office counts as at it. carvein's own default; DL01 takes the contract's."""


def tell_off_site(filing: Filing) -> Told:
    """Tell how many of those who run BH sit at none of the plan's offices.

    Where nothing is handed over the plan itself runs BH, in its own offices.
    """
    reason = why_unusable(filing, ("subcontracts",))
    if reason:
        return LeftOut(OFF_SITE, reason)
    bound = in_force(filing, BH)
    held = filing.quarantined.get("subcontracts", 0)
    if not bound and held:
        return LeftOut(OFF_SITE, f"{NOBODY} among the rows staged, {held} lie in quarantine")
    if not bound:
        told = "no BH subcontractor is in force: the plan runs BH itself, in its own offices"
        return Part(OFF_SITE, 0.0, 0, 1, told, {"subcontractors": []})
    reason = why_unusable(filing, ("plan_offices",))
    if reason:
        return LeftOut(OFF_SITE, reason)
    rows = filing.tables["plan_offices"].order_by("_file", "_line").to_polars()
    offices = [(row["office_id"] or "", read_place(row)) for row in rows.iter_rows(named=True)]
    hidden = filing.quarantined.get("plan_offices", 0)
    found = {
        name: whereabouts([locate(row.place, offices, MAX_MILES, hidden) for row in agreements])
        for name, agreements in sorted(bound.items())
    }
    known = {name: where for name, where in found.items() if where.on_site is not None}
    if not known:
        reasons = sorted({where.reason for where in found.values()})
        return LeftOut(OFF_SITE, f"cannot tell where they sit: {'; '.join(reasons)}")
    off = {name: where for name, where in known.items() if not where.on_site}
    miles = {name: None if w.miles is None else round(w.miles, 1) for name, w in known.items()}
    shown = [f"{name}{tell_miles(miles[name])}" for name in off]
    told = f"{len(off)} of {len(known)} BH subcontractors sit off site"
    told += f" ({', '.join(shown)})" if shown else ""
    details = {"off_site": list(off), "miles": miles, "not_told": len(found) - len(known)}
    return Part(OFF_SITE, len(off) / len(known), len(off), len(known), told, details)


def whereabouts(places: list[Whereabouts]) -> Whereabouts:
    """Return the place that speaks for a subcontractor: one off site, else one on site."""
    off = [where for where in places if where.on_site is False]
    known = [where for where in places if where.on_site is not None]
    return (off or known or places)[0]


def tell_miles(miles: float | None) -> str:
    """Say how far an office is, "" where it was not measured."""
    return "" if miles is None else f", {miles:,.1f} miles from the nearest plan office"
