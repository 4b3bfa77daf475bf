"""The parts of money that spending and payment models tell: handed over, kept, and joined."""

from __future__ import annotations

from rules.model import Filing, Outcome
from rules.separation.parts import MONTHS, LeftOut, Part, Told, between, too_few, why_unusable
from rules.separation.served import paid_lines
from rules.spending.months import MOST_UNSEEN
from rules.spending.sp03_retained import Params as KeptParams
from rules.spending.sp03_retained import measure as measure_kept

HANDED_OVER = "sub-capitated share"
RETAINED = "retained share"
MODELS = "value-based arrangements without BH"

KEPT_TWO_HOUSES = 0.15
"""Share of a sub-capitation kept by the subcontractor that reads 1; none reads 0. carvein's own
default, the mirror of the 85 % of 42 CFR 438.8(c)."""

FEWEST_MODELS = 5
"""Fewest value-based arrangements. carvein's own default."""

FEWEST_MONTHS = 6
"""Fewest mature months of sub-capitation. carvein's own default."""


def tell_handed_over(filing: Filing) -> Told:
    """Tell which share of BH spending goes through a subcontractor who is paid per head.

    Sub-capitated lines are priced at their equivalent in the plan's own schedule.
    """
    reason = why_unusable(filing, ("encounters",))
    if reason:
        return LeftOut(HANDED_OVER, reason)
    lines = paid_lines(filing)
    bh = lines.filter(lines.side == "BH")
    over = (bh.payment_arrangement.lower() == "subcapitated").fill_null(False)
    found = bh.agg(
        lines=bh.count(),
        over=bh.ffs_equivalent_amount.sum(where=over).fill_null(0.0),
        direct=bh.paid_amount.sum(where=~over).fill_null(0.0),
        handed=over.sum().fill_null(0),
        unpriced=(over & bh.ffs_equivalent_amount.isnull()).sum().fill_null(0),
    )
    row = found.to_polars().row(0, named=True)
    few = too_few(HANDED_OVER, row["lines"], "paid BH lines")
    if few:
        return few
    if row["unpriced"] > MOST_UNSEEN * row["handed"]:
        missing = f"{row['unpriced']:,} of {row['handed']:,} sub-capitated BH lines have no price"
        return LeftOut(HANDED_OVER, missing)
    total = row["over"] + row["direct"]
    if total <= 0:
        return LeftOut(HANDED_OVER, "BH lines paid nothing")
    told = (
        f"${row['over']:,.0f} of ${total:,.0f} of BH spending went through a subcontractor paid "
        "per head"
    )
    return Part(HANDED_OVER, row["over"] / total, round(row["over"], 2), round(total, 2), told)


def tell_retained(filing: Filing) -> Told:
    """Tell which share of BH sub-capitation its subcontractors kept, as SP03 tells each of them.

    One of them that SP03 does not judge leaves the part out: money kept is not told from lines that
    were not sent.
    """
    reason = why_unusable(filing, ("encounters", "capitation", "ledger", "members"))
    if reason:
        return LeftOut(RETAINED, reason)
    found = list(measure_kept(filing, {"domain": "BH"}, KeptParams(months=MONTHS, max_share=1.0)))
    if untold := [each.note for each in found if each.outcome is not Outcome.MEASURED]:
        return LeftOut(RETAINED, "; ".join(untold))
    months = max(each.evidence["months_paid"] for each in found)
    few = too_few(RETAINED, months, "mature months with sub-capitation", FEWEST_MONTHS)
    if few:
        return few
    kept = sum(each.numerator or 0.0 for each in found)
    paid = sum(each.denominator or 0.0 for each in found)
    said = (
        f"subcontractors kept ${kept:,.0f} of ${paid:,.0f} of BH sub-capitation "
        f"({kept / paid:.1%}, {months} months)"
    )
    value = between(kept / paid, 0.0, KEPT_TWO_HOUSES)
    return Part(RETAINED, value, round(kept, 2), round(paid, 2), said)


def tell_models(filing: Filing) -> Told:
    """Tell how many value-based arrangements (categories 2 to 4) leave out BH, or PH."""
    reason = why_unusable(filing, ("payment_models",))
    if reason:
        return LeftOut(MODELS, reason)
    rows = filing.tables["payment_models"]
    valued = rows.filter(
        rows.category.cast("string").isin(["2", "3", "4"]),
        rows.includes_ph.upper().isin(["Y", "N"]),
        rows.includes_bh.upper().isin(["Y", "N"]),
    )
    both = (valued.includes_ph.upper() == "Y") & (valued.includes_bh.upper() == "Y")
    total, joint = (
        int(each or 0) for each in valued.agg(n=valued.count(), b=both.sum()).to_polars().row(0)
    )
    few = too_few(MODELS, total, "value-based arrangements", FEWEST_MODELS)
    if few:
        return few
    apart = total - joint
    told = f"{apart:,} of {total:,} value-based arrangements do not hold PH and BH together"
    return Part(MODELS, apart / total, apart, total, told)
