"""The location part that encounters tell: sites that bill for both kinds of care."""

from __future__ import annotations

from typing import Any

from rules.model import Filing, month_end
from rules.separation.parts import MONTHS, LeftOut, Part, Told, between, too_few, why_unusable
from rules.separation.served import visits

BOTH = "sites that bill both"
ONE_HOUSE = 0.10
"""Share of the sites of BH that bill PH too that reads 0; none reads 1. carvein's own default."""


def tell_sites(filing: Filing) -> Told:
    """Tell how many sites that bill BH bill PH too, and how many did in the 12 months before."""
    reason = why_unusable(filing, ("encounters",))
    if reason:
        return LeftOut(BOTH, reason)
    now = count_sites(filing, MONTHS, 0)
    few = too_few(BOTH, now[1], "sites with a BH line that names its site")
    if few:
        return few
    both, sites = now
    told = f"{both:,} of {sites:,} sites that bill BH bill PH too"
    details: dict[str, Any] = {"before": None}
    if reaches_back(filing):
        before = count_sites(filing, 2 * MONTHS, MONTHS)
        told += f" ({before[0]:,} of {before[1]:,} in the {MONTHS} months before)"
        details["before"] = {"both": before[0], "sites": before[1]}
    return Part(BOTH, between(both / sites, ONE_HOUSE, 0.0), both, sites, told, details)


def reaches_back(filing: Filing) -> bool:
    """Tell whether encounters reach back to the start of the 12 months before the window."""
    lines = filing.tables["encounters"]
    early = lines.filter(lines.service_from <= month_end(filing.look_back(2 * MONTHS).start))
    return bool(early.limit(1).count().execute())


def count_sites(filing: Filing, months: int, less: int) -> tuple[int, int]:
    """Count the sites that bill both, and all that bill BH, in the months before ``less`` ones."""
    last = filing.look_back(less).start if less else None
    lines = visits(filing, months)
    if last is not None:
        lines = lines.filter(lines.service_from < last)
    named = lines.filter(lines.rendering_site_id.notnull())
    by_site = named.group_by("rendering_site_id").agg(
        bh=(named.side == "BH").any(), ph=(named.side == "PH").any()
    )
    found = by_site.agg(both=(by_site.bh & by_site.ph).sum(), bh=by_site.bh.sum())
    both, bh = found.to_polars().row(0)
    return int(both or 0), int(bh or 0)
