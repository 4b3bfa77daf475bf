"""providers against providers: one site at two places, one person at implausibly many sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from rules.model import Filing
from rules.relational.edit import Comparison, RelationalEdit, Told, tell
from rules.relational.ids import joined
from rules.relational.repeats import keep_groups

if TYPE_CHECKING:
    from ibis.expr.types import Table

APART = 0.5
"""Miles between two points of one site. carvein's own: a campus is wide, two addresses wider."""

MANY = 15
"""Sites of one person in force on one day. carvein's own: nobody has set a number."""

_EARTH_RADIUS_MILES = 3958.7613
_KEY = ("npi", "site_id", "taxonomy")

TWO_PLACES = RelationalEdit(
    "providers",
    "site_id.two_places",
    "site_id",
    f"one site_id lies at two places over {APART:g} mile apart",
    "one place for a site_id",
    "Geocode the address anew, or give the other place a site_id of its own.",
)
MANY_SITES = RelationalEdit(
    "providers",
    "site_id.too_many",
    "site_id",
    f"a person is listed at more than {MANY} sites on one day (carvein's own limit)",
    f"at most {MANY} sites at which the person sees patients",
    "List the person only where patients can be seen regularly.",
)
EDITS = (TWO_PLACES, MANY_SITES)


def faulty(filing: Filing) -> Table:
    """Return the rows whose site is another place, or one too many, one row a row and edit."""
    rows = filing.tables["providers"]
    return joined((_two_places(rows), _many_sites(filing, rows)))


def _two_places(rows: Table) -> Table | None:
    """Hold each row's point against the point that most rows of its site have."""
    kept = rows.filter(
        rows.site_id.notnull(), rows.latitude.notnull(), rows.longitude.notnull()
    ).select("_file", "_line", *_KEY, "latitude", "longitude")
    moved = (kept.latitude.nunique() > 1) | (kept.longitude.nunique() > 1)
    kept = keep_groups(kept, ["site_id"], moved)
    if kept is None:
        return None
    points = kept.group_by("site_id", "latitude", "longitude").agg(
        rows=kept.count(), file=kept._file.min(), line=kept._line.min()
    )
    best = ibis.window(group_by="site_id", order_by=[ibis.desc("rows"), "file", "line"])
    home = points.mutate(_nth=ibis.row_number().over(best))
    home = home.filter(home._nth == 0).select(
        "site_id",
        _north="latitude",
        _east="longitude",
        _place=home.file + " line " + home.line.cast("string"),
    )
    kept = kept.inner_join(home, "site_id")
    miles = _miles(kept.latitude, kept.longitude, kept._north, kept._east)
    expected = (
        ibis.literal("one place; this one is ")
        + miles.round(1).cast("string")
        + " miles from that of "
        + kept._place
    )
    return tell(kept, [Told(TWO_PLACES, miles > APART, kept.site_id, expected)])


def _many_sites(filing: Filing, rows: Table) -> Table | None:
    """Return the sites of each person beyond the limit, in force at the period's end."""
    day = ibis.date(filing.period.end)
    kept = rows.filter(
        rows.entity_type == "individual",
        rows.site_id.notnull(),
        rows.telehealth.isnull() | (rows.telehealth != "only"),
        rows.contract_effective <= day,
        rows.contract_end.isnull() | (rows.contract_end >= day),
    ).select("_file", "_line", *_KEY)
    kept = keep_groups(kept, ["npi"], kept.site_id.nunique() > MANY)
    if kept is None:
        return None
    counted = kept.group_by("npi").agg(_sites=kept.site_id.nunique())
    kept = kept.inner_join(counted, "npi")
    order = ibis.window(group_by=["npi", "site_id"], order_by=["_file", "_line"])
    kept = kept.mutate(_again=ibis.row_number().over(order))
    kept = kept.filter(kept._again == 0)
    nth = ibis.row_number().over(ibis.window(group_by="npi", order_by=["_file", "_line"]))
    kept = kept.mutate(_nth=nth + 1)
    expected = (
        ibis.literal(f"at most {MANY} sites; NPI ")
        + kept.npi
        + " is listed at "
        + kept._sites.cast("string")
    )
    return tell(kept, [Told(MANY_SITES, kept._nth > MANY, kept.site_id, expected)])


def _miles(
    north: ibis.ir.FloatingValue,
    east: ibis.ir.FloatingValue,
    to_north: ibis.ir.FloatingValue,
    to_east: ibis.ir.FloatingValue,
) -> ibis.ir.FloatingValue:
    """Return great-circle miles by the haversine formula, degrees in."""
    tall = ((to_north - north).radians() / 2).sin()
    wide = ((to_east - east).radians() / 2).sin()
    half = tall * tall + north.radians().cos() * to_north.radians().cos() * wide * wide
    return ibis.least(half, ibis.literal(1.0)).sqrt().asin() * (2 * _EARTH_RADIUS_MILES)


COMPARISON = Comparison("providers_sites", "providers", ("providers",), EDITS, faulty)
