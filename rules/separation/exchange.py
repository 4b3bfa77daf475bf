"""The parts of information that do not rest on coordination: agreements, and slow encounters."""

from __future__ import annotations

from datetime import timedelta

from rules.encounters.en01_late import Params as LateParams
from rules.encounters.en01_late import measure as count_late
from rules.model import Filing
from rules.samples import newcombe
from rules.separation.parts import LeftOut, Part, Told, between, too_few, why_unusable

IN_FORCE = "agreements in force"
EXCHANGED = "last exchange"
DELAY = "encounter delay"
KINDS = {"data_sharing": "data sharing", "hie": "health information exchange"}
EXCHANGE_DAYS = 92
"""Days before the period's end within which data should have been exchanged: a quarter. carvein's
own default."""

LATE_DAYS = 30
"""Days after which a line is late, as EN01 counts them. carvein's own default."""

LATE_TWO_HOUSES = 0.50
"""How much more of delegated BH lines may be late than of direct ones before it reads 1; no more
reads 0. carvein's own default."""


def agreement_parts(filing: Filing) -> list[Told]:
    """Return the parts of agreements in force, and of their last exchange."""
    reason = why_unusable(filing, ("agreements",))
    if reason:
        return [LeftOut(IN_FORCE, reason), LeftOut(EXCHANGED, reason)]
    table, on = filing.tables["agreements"], filing.period.end
    bound = table.filter(
        table.kind.isin(list(KINDS)),
        table.effective.isnull() | (table.effective <= on),
        table.end.isnull() | (table.end >= on),
    )
    rows = list(bound.order_by("_file", "_line").to_polars().iter_rows(named=True))
    reach = {
        kind: {"PH" if row["domain"] == "PH" else "BH" for row in rows if row["kind"] == kind}
        | {"PH" for row in rows if row["kind"] == kind and row["domain"] == "both"}
        for kind in KINDS
    }
    missing = [kind for kind, sides in reach.items() if sides != {"PH", "BH"}]
    named = f" ({', '.join(KINDS[kind] for kind in missing)})" if missing else ""
    told = f"{len(missing)} of {len(KINDS)} kinds of agreement do not cover PH and BH{named}"
    in_force = Part(
        IN_FORCE, len(missing) / len(KINDS), len(missing), len(KINDS), told, {"missing": missing}
    )
    dated = [row for row in rows if row["last_exchange_on"] is not None]
    if not dated:
        return [in_force, LeftOut(EXCHANGED, "no agreement in force dates its last exchange")]
    oldest = on - timedelta(days=EXCHANGE_DAYS)
    stale = [row["agreement_id"] for row in dated if row["last_exchange_on"] < oldest]
    told = (
        f"{len(stale)} of {len(dated)} agreements exchanged no data in the last "
        f"{EXCHANGE_DAYS} days"
    )
    details = {"stale": stale, "not_dated": len(rows) - len(dated)}
    return [
        in_force,
        Part(EXCHANGED, len(stale) / len(dated), len(stale), len(dated), told, details),
    ]


def tell_delay(filing: Filing) -> Told:
    """Tell how much more of the delegated BH lines are late than of the direct PH and BH lines.

    As EN01 counts; the value goes by the low end of the 95 % interval of the difference.
    """
    reason = why_unusable(filing, ("encounters",))
    if reason:
        return LeftOut(DELAY, reason)
    counted = {
        measure.subject: measure.evidence["by_subcontractor"]
        for measure in count_late(filing, {}, LateParams(max_share=0.0, max_days=LATE_DAYS))
    }
    delegated = add_up(counted["BH"], direct=False)
    direct = tuple(
        map(sum, zip(*(add_up(each, direct=True) for each in counted.values()), strict=True))
    )
    if not delegated[1]:
        return LeftOut(DELAY, "no BH line came through a subcontractor")
    for total, who in ((delegated[1], "delegated BH lines"), (direct[1], "direct lines")):
        few = too_few(DELAY, total, who)
        if few:
            return few
    share, other = delegated[0] / delegated[1], direct[0] / direct[1]
    low, high = newcombe(*delegated, *direct)
    told = (
        f"{share:.1%} of {delegated[1]:,} delegated BH lines came late (after more than "
        f"{LATE_DAYS} days), against {other:.1%} of {direct[1]:,} direct lines"
    )
    details = {
        "direct_late": direct[0],
        "direct_lines": direct[1],
        "interval": [round(low, 4), round(high, 4)],
    }
    value = between(low, 0.0, LATE_TWO_HOUSES)
    return Part(DELAY, value, delegated[0], delegated[1], told, details)


def add_up(by: dict[str, dict[str, int]], direct: bool) -> tuple[int, int]:
    """Return late lines and all lines of the direct ones, or of those of subcontractors."""
    mine = [each for name, each in by.items() if (name == "direct") is direct]
    return sum(each["late"] for each in mine), sum(each["lines"] for each in mine)
