"""Money left in the benefit fund is not paid as the contract splits it.

What it measures
----------------
Over the ``months`` calendar months that end ``runout_months`` before the period's end: what was
paid to the state's payee over what was due to it. The fund is ``fund_share`` of the BH part of the
rate (``of`` bh_rate) or of revenue (``of`` revenue); what is left of it is the fund less BH
benefits at FFS-equivalent (``of`` bh_rate) or all benefits, completed; the state is due
``state_part`` of that. Paid are ledger entries to the payee ``state_payee``, whatever their kind,
incurred in the window.

Why it is required
------------------
Iowa's plan held 81 % of its payment for claims, and what was not spent went 80 % to the state and
20 % to the vendor (the 1995 contract, as Psychiatric Services 51:10 tells it).

Met
---
At least what was due was paid, to the cent.

Not met
-------
Less than what was due was paid.

Limits
------
With nothing left of the fund the rule is not applicable. Money is due when the contract says, which
may be after the window; ``months`` and the due date of the requirement must fit. Months under 0.7
complete are left out; later ones are completed by chain ladder (the evidence says how, and how much
was added).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from rules.model import Filing, Measure, Outcome, Rule, Sense
from rules.spending.window import Window, look, without_months

READS = ("encounters", "capitation", "ledger")


@dataclass(frozen=True)
class Params:
    """``fund_share``, ``state_part``: 0 to 1; ``of``: what the fund is a share of."""

    months: int
    fund_share: float
    state_part: float
    state_payee: str
    of: Literal["bh_rate", "revenue"] = "bh_rate"

    def __post_init__(self) -> None:
        if self.months < 1:
            raise ValueError(f"months {self.months}, wanted at least 1")
        for name in ("fund_share", "state_part"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name} {getattr(self, name)} is not above 0 up to 1")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Set what was paid to the state against its part of what is left of the fund."""
    window = look(filing, params.months)
    evidence = window.evidence(filing, READS)
    if nothing := without_months(window, evidence):
        yield nothing
        return
    behavioral = params.of == "bh_rate"
    if reason := window.why_untold(filing, READS, ("BH",) if behavioral else ("BH", "PH")) or (
        window.why_no_bh_rate() if behavioral else ""
    ):
        note = f"cannot tell what is left of the fund: {reason}"
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    told = window.series
    spent = window.total(told.raw_bh.benefit)
    source = window.total(told.bh_rate)
    if params.of == "revenue":
        spent += window.total(told.raw_ph.benefit) + window.total(told.other_benefit)
        source = window.total(told.revenue)
    fund = params.fund_share * source
    left = max(fund - spent, 0.0)
    due = round(params.state_part * left, 2)
    found = evidence | {
        "fund": round(fund, 2),
        "spent": round(spent, 2),
        "left": round(left, 2),
        "state_due": due,
        "plan_may_keep": round(left - due, 2),
    }
    if due <= 0:
        note = f"nothing is left of the fund {window.span}"
        yield Measure("plan", None, 0.0, None, found, note, Outcome.NOT_APPLICABLE)
        return
    paid = paid_to(filing, window, params.state_payee)
    yield Measure("plan", paid, due, paid / due, found)


def paid_to(filing: Filing, window: Window, payee: str) -> float:
    """Return the dollars of ledger entries to one payee, incurred in the months used."""
    entries = filing.tables["ledger"]
    kept = entries.filter(
        entries.payee_id == payee, entries.incurred_month.isin(list(window.months))
    )
    return round(float(kept.amount.sum().fill_null(0.0).execute()), 2)


def required(params: Params, measure: Measure) -> float:
    """Return the whole of what is due."""
    return 1.0


RULE = Rule(
    code="SP07",
    name="spending.unspent-not-split",
    family="spending",
    reads=READS,
    params=Params,
    grain="plan",
    unit="share of what is due",
    sense=Sense.AT_LEAST,
    required=required,
    message=(
        "{plan_id} left ${evidence[left]:,.0f} of the fund of ${evidence[fund]:,.0f} unspent from "
        "{evidence[window_start]} to {evidence[window_end]} ({evidence[basis]}) and paid the state "
        "${numerator:,.0f} of the ${denominator:,.0f} due to it."
    ),
    remedy="Pay the state its part of what is left of the fund, and enter it in the ledger.",
    measure=measure,
)
