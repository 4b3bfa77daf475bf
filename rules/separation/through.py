"""The part of the network that encounters tell: members whose BH care passes one subcontractor."""

from __future__ import annotations

import ibis

from rules.model import Filing
from rules.separation.parts import LeftOut, Part, Told, too_few, why_unusable
from rules.separation.served import visits

SEEN = "served through one subcontractor"


def tell_seen(filing: Filing) -> Told:
    """Tell how many members in BH care had all of it through the largest subcontractor."""
    reason = why_unusable(filing, ("encounters",))
    if reason:
        return LeftOut(SEEN, reason)
    lines = visits(filing)
    bh = lines.filter(lines.side == "BH", lines.member_id.notnull())
    through = bh.subcontractor_id.fill_null("").strip()
    by_member = bh.group_by("member_id").agg(holders=through.nunique(), holder=through.max())
    sole = ibis.ifelse(by_member.holders == 1, by_member.holder, "")
    counts = by_member.group_by(holder=sole).agg(members=by_member.count()).to_polars()
    total = int(counts["members"].sum())
    few = too_few(SEEN, total, "members in BH care")
    if few:
        return few
    held = sorted((-count, name) for name, count in counts.iter_rows() if name)
    count, who = (-held[0][0], held[0][1]) if held else (0, "")
    through_whom = f"subcontractor {who}" if who else "a subcontractor"
    told = f"{count:,} of {total:,} members in BH care had all of it through {through_whom}"
    return Part(SEEN, count / total, count, total, told, {"subcontractor": who})
