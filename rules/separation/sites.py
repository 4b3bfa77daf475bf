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
    now, before = count_sites(filing)
    few = too_few(BOTH, now[1], "sites with a BH line that names its site")
    if few:
        return few
    both, sites = now
    told = f"{both:,} of {sites:,} sites that bill BH bill PH too"
    details: dict[str, Any] = {"before": None}
    if reaches_back(filing):
        told += f" ({before[0]:,} of {before[1]:,} in the {MONTHS} months before)"
        details["before"] = {"both": before[0], "sites": before[1]}
    return Part(BOTH, between(both / sites, ONE_HOUSE, 0.0), both, sites, told, details)


def reaches_back(filing: Filing) -> bool:
    """Tell whether encounters reach back to the start of the 12 months before the window."""
    lines = filing.tables["encounters"]
    early = lines.filter(lines.service_from <= month_end(filing.look_back(2 * MONTHS).start))
    return bool(early.limit(1).count().execute())


def count_sites(filing: Filing) -> list[tuple[int, int]]:
    """Count the sites that bill both, and all that bill BH: in the window, and in that before."""
    lines = visits(filing, 2 * MONTHS)
    named = lines.filter(lines.rendering_site_id.notnull())
    recent = named.service_from >= filing.look_back(MONTHS).start
    by_site = named.group_by("rendering_site_id").agg(
        **{
            f"{side}_{span}": ((named.side == side) & when).any()
            for side in ("BH", "PH")
            for span, when in (("now", recent), ("before", ~recent))
        }
    )
    found = by_site.to_polars()
    return [
        (found.filter(f"BH_{span}", f"PH_{span}").height, found.filter(f"BH_{span}").height)
        for span in ("now", "before")
    ]
