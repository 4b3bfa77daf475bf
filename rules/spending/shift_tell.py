"""What a finding on shifted money says: its figures, what else could explain it, one sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.spending.change import spell, split, totals
from rules.spending.series import Series
from rules.spending.shift_find import Shift
from rules.spending.shift_scan import Step
from rules.spending.shift_verdict import (
    CONTRACTION,
    DATA,
    NO_SHIFT,
    PRICE_CUT,
    REALLOCATION,
    RETAINED,
    TOO_FEW,
    Verdict,
    chance_moved,
    detectable,
    plainly,
)

Ints = NDArray[np.int64]

TWO_YEARS = 24
"""Complete months from which on a season repeats in what is tested."""

MIX_MOVES = 0.02
GROWS = 0.05
"""Changes of mix and of membership, as shares, that are worth saying."""


def of_months(told: Series, tested: Ints) -> dict[str, Any]:
    """Return the evidence on months: which were tested, which were left out, and why."""
    left = [at for at in range(len(told.months)) if at not in set(tested.tolist())]
    return {
        "months_tested": [told.months[at] for at in tested],
        "months_left_out": {told.months[at]: _why_left(told, at, tested) for at in left},
        "completion": {
            "BH": _figures(told.bh.completion[tested], 3),
            "PH": _figures(told.ph.completion[tested], 3),
            "basis": dict(told.basis),
        },
        "encounters_to_ledger": {
            side: _figures(told.agreement[side][tested], 3) for side in ("BH", "PH")
        },
        "bh_pmpm": _figures(_pmpm(told.bh.benefit, told, tested), 2),
        "ph_pmpm": _figures(_pmpm(told.ph.benefit, told, tested), 2),
        "notes": list(told.notes),
    }


def of_shift(told: Series, shift: Shift, verdict: Verdict) -> dict[str, Any]:
    """Return the evidence on what was found, for a chart and for whoever doubts it."""
    size, interval = _size(shift, verdict)
    since = None if verdict.told in (NO_SHIFT, TOO_FEW) else told.months[shift.tested[shift.at]]
    tests: dict[str, Any] = {
        "use": {
            "month": told.months[shift.tested[shift.use.at]],
            "fall": round(shift.use.share, 4),
            "p_value": round(shift.use.p, 5),
            "shared_scatter": round(shift.use.common, 4),
        },
        "detectable": round(detectable(shift), 4),
    }
    if shift.price is not None:
        tests["bh_unit_price"] = _price(told, shift, shift.price.at, shift.price.change)
        tests["bh_unit_price"]["standard_errors"] = round(shift.price.score, 1)
    if shift.reached is not None:
        tests["reached_providers"] = _price(told, shift, shift.reached.at, shift.reached.change)
        tests["reached_providers"]["standard_errors"] = round(shift.reached.score, 1)
    if shift.handed_on is not None:
        tests["subcapitation_to_rate"] = round(float(np.expm1(shift.handed_on)), 4)
    return {
        "since": since,
        "size": round(size, 4),
        "interval": [round(each, 4) for each in interval],
        "p_value": round(shift.p, 5),
        "tests": tests,
        "lost_pmpm": round(size * shift.before, 2) if since else 0.0,
        "ph_more_pmpm": {
            "use": round(shift.ph_use.value, 2),
            "price": round(shift.ph_price.value, 2),
            "fees": round(shift.fees.value, 2),
            "interval": [
                round(shift.moved.value + z * shift.moved.error, 2) for z in (-1.96, 1.96)
            ],
        },
        "chance_that_physical_health_got_it": round(chance_moved(shift), 3),
        "both_sides_pmpm": round(shift.moved.value - shift.loss, 2) if since else 0.0,
        "subcapitated_share": round(shift.sub_share, 4),
        "change_parts": _parts(told, shift),
        "else": explain(told, shift, verdict),
    }


def explain(told: Series, shift: Shift, verdict: Verdict) -> list[str]:
    """Return what else could explain what was found, in plain words, as the data suggest it."""
    if verdict.told in (NO_SHIFT, TOO_FEW):
        return []
    tested, at = shift.tested, shift.at
    said = []
    mix = _step(told.raw_bh.benefit, told, tested, at) - _step(told.bh.benefit, told, tested, at)
    if abs(mix) >= MIX_MOVES:
        said.append(
            f"the mix of members changed: it moved BH per member month by {np.expm1(mix):+.1%}, "
            "which is taken out by rate cell but not within one"
        )
    people = np.log(told.member_months[tested].sum(axis=1))
    grew = float(people[at:].mean() - people[:at].mean())
    if abs(grew) >= GROWS:
        said.append(f"membership changed by {np.expm1(grew):+.0%}: new members may need other care")
    said += _services(told, shift)
    if shift.price_found or verdict.told == RETAINED:
        said.append("a new fee schedule, or a change in how services are coded or billed")
    if len(tested) < TWO_YEARS:
        said.append(f"the season: {len(tested)} complete months do not show two of each")
    least = float(min(told.bh.completion[tested[-1]], told.ph.completion[tested[-1]]))
    if least < 0.97:
        said.append(f"run-out that slowed: the last month is taken as {least:.0%} complete")
    if verdict.told in (REALLOCATION, CONTRACTION):
        said.append("a change of covered services, of the benefit, or of need")
    if verdict.told in (REALLOCATION, CONTRACTION) and 0.05 < chance_moved(shift) < 0.95:
        other = CONTRACTION if verdict.told == REALLOCATION else REALLOCATION
        said.append(
            f"{other}: physical health is too uneven to tell the two apart for certain "
            f"({chance_moved(shift):.0%} that it got the money)"
        )
    return said


def sentence(verdict: Verdict, evidence: dict[str, Any], told: Series, shift: Shift) -> str:
    """Return the verdict in one or two plain sentences that state its uncertainty."""
    months = evidence["months_tested"]
    span = f"{months[0]} to {months[-1]}"
    if verdict.told == NO_SHIFT:
        return (
            f"no shift of behavioral health money in {span}; a fall of "
            f"{evidence['tests']['detectable']:.0%} would have shown 19 times in 20."
        )
    low, high = evidence["interval"]
    since = evidence["since"]
    head = (
        f"{verdict.told}: {evidence['size']:.1%} of behavioral health money (95 % interval "
        f"{low:.1%} to {high:.1%}) from {since} on, ${evidence['lost_pmpm']:,.2f} a member a month"
    )
    more = evidence["ph_more_pmpm"]
    got = shift.moved.value
    got_told = f"${abs(got):,.2f} {'more' if got >= 0 else 'less'}"
    sure = shift.ph_price.value + shift.fees.value
    seen = f", prices and fees ${sure:,.2f}" if plainly(shift) else ""
    span_told = f"(95 % interval ${more['interval'][0]:,.2f} to ${more['interval'][1]:,.2f})"
    part = f", {min(got / shift.loss, 9.99):.0%} of it" if got > 0 and shift.loss > 0 else ""
    tail = {
        REALLOCATION: f"physical health got {got_told}{part} {span_told}{seen}",
        CONTRACTION: f"use fell, and physical health got {got_told}{part} {span_told}",
        PRICE_CUT: "unit prices fell, and use did not",
        RETAINED: "providers got less, and the subcontractor was paid as before",
    }[verdict.told]
    others = len(evidence["else"])
    what = "explanation" if others == 1 else "explanations"
    close = f" What else could explain it: {others} {what} in the evidence." if others else ""
    return f"{head}; {tail}.{close}"


def _size(shift: Shift, verdict: Verdict) -> tuple[float, tuple[float, float]]:
    """Return the share of BH money and its 95 % interval."""
    only = not (shift.use_found or shift.price_found)
    if shift.reached is not None and shift.reached_found and (only or verdict.told == RETAINED):
        step = shift.reached
        shares = [
            shift.sub_share * (1 - float(np.exp(step.change + z * step.spread)))
            for z in (0.0, 1.96, -1.96)
        ]
        return shares[0], (shares[1], shares[2])
    if verdict.told in (NO_SHIFT, TOO_FEW) or not shift.found:
        here: Step = shift.use
        return here.share, here.interval()
    change, error = shift.change, shift.error
    return 1 - float(np.exp(change)), (
        1 - float(np.exp(change + 1.96 * error)),
        1 - float(np.exp(change - 1.96 * error)),
    )


def _parts(told: Series, shift: Shift) -> dict[str, float]:
    """Return the split of the change of BH dollars per member month into its factors."""
    early, late = shift.tested[: shift.at], shift.tested[shift.at :]
    parts = totals(split(spell(told, 0, early), spell(told, 0, late)))
    return {name: round(value, 2) for name, value in parts.items()}


def _services(told: Series, shift: Shift) -> list[str]:
    """Say when one service type alone explains most of what was lost."""
    early, late = shift.tested[: shift.at], shift.tested[shift.at :]
    splits = split(spell(told, 0, early), spell(told, 0, late))
    lost = sum(each.change for each in splits)
    if len(splits) < 2:
        return []
    return [
        f"{each.service} care alone fell by {-each.change / each.before:.0%}: a service carved "
        "out, moved to another payer or recoded"
        for each in splits
        if lost < 0 and each.change < 0.8 * lost and each.before > 0
    ]


def _price(told: Series, shift: Shift, at: int, change: float) -> dict[str, Any]:
    return {
        "month": told.months[shift.tested[at]],
        "change": round(float(np.expm1(change)), 4),
    }


def _step(amounts: NDArray[np.float64], told: Series, tested: Ints, at: int) -> float:
    each = np.log(_pmpm(amounts, told, tested))
    return float(each[at:].mean() - each[:at].mean())


def _pmpm(amounts: NDArray[np.float64], told: Series, tested: Ints) -> NDArray[np.float64]:
    people = told.member_months[tested].sum(axis=1)
    each: NDArray[np.float64] = np.zeros(len(tested))
    np.divide(amounts[tested], people, out=each, where=people > 0)
    return each


def _figures(values: NDArray[np.float64], digits: int) -> list[float | None]:
    return [round(float(each), digits) if np.isfinite(each) else None for each in values]


def _why_left(told: Series, at: int, tested: Ints) -> str:
    if told.mature[at]:
        return "before the look-back"
    if told.member_months[at].sum() <= 0 or told.revenue[at] <= 0:
        return "no complete capitation"
    least = min(float(told.bh.completion[at]), float(told.ph.completion[at]))
    if least < 0.7:
        return f"{least:.0%} complete"
    if len(tested) and at > tested[-1]:
        return "encounters are still arriving (run-out of the contract)"
    return "capitation is not complete"


__all__ = ["DATA", "explain", "of_months", "of_shift", "sentence"]
