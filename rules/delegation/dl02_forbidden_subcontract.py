"""A subcontract passes on what the contract says may not be passed on.

What it measures
----------------
Each subcontractor whose agreement covers one of ``domains`` and is in force on any day of the
period. ``value`` is how many of its different pairs of domain and payment the contract forbids:
the payment is one of ``payments``. ``denominator`` counts all its pairs in those domains.

Why it is required
------------------
A plan that pays another company per head for behavioral health hands over the risk, and with it
the reason to manage both sides together. Arizona's integrated authority for serious mental illness
allowed no subcontracting of any subset of the services (Integrated Care Resource Center,
*State Options for Integrating Physical and Behavioral Health Care*, 2011).

Met
---
No agreement of the subcontractor pairs one of the domains with one of the payments.

Not met
-------
At least one does.

Limits
------
The register is the plan's own statement; an agreement that it leaves out is not seen. The word
for payment is taken as written: a capitation that is called an administrative fee passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rules.delegation.register import (
    Agreement,
    covered,
    describe,
    faulty_rows,
    in_force,
    none_in_force,
)
from rules.model import Filing, Measure, Rule, Sense


@dataclass(frozen=True)
class Params:
    """``domains`` and ``payments``: a subcontract of one paid by the other is forbidden.

    Words of the register: domains BH, PH, both; payments subcapitation, aso_fee, ffs.
    """

    domains: tuple[str, ...]
    payments: tuple[str, ...]


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count, for each subcontractor of the domains in force, the pairs that are forbidden."""
    subcontractors = in_force(filing, covered(params.domains))
    if not subcontractors:
        yield none_in_force(filing, " or ".join(params.domains))
        return
    forbidden = {payment.casefold() for payment in params.payments}
    wanted = f"a payment other than {', '.join(params.payments)}"
    for subcontractor_id, agreements in sorted(subcontractors.items()):
        at_fault = [row for row in agreements if row.payment.casefold() in forbidden]
        found = pairs_of(at_fault)
        yield Measure(
            subject=subcontractor_id,
            numerator=float(len(found)),
            denominator=float(len(pairs_of(agreements))),
            value=float(len(found)),
            evidence={
                **describe(agreements),
                "forbidden": [{"domain": domain, "payment": paid} for domain, paid in found],
                "found": "; ".join(f"{domain} by {paid}" for domain, paid in found) or "none",
            },
            violations=faulty_rows((row, "payment", row.payment, wanted) for row in at_fault),
        )


def pairs_of(agreements: list[Agreement]) -> list[tuple[str, str]]:
    """Return the different (domain, payment) of some agreements, sorted."""
    return sorted({(row.domain, row.payment.casefold()) for row in agreements})


def required(params: Any, measure: Measure) -> float:
    """No forbidden pair is allowed."""
    return 0.0


RULE = Rule(
    code="DL02",
    name="delegation.forbidden-subcontract",
    family="delegation",
    reads=("subcontracts",),
    params=Params,
    grain="subcontractor",
    unit="forbidden subcontracts",
    sense=Sense.AT_MOST,
    required=required,
    message="{evidence[name]} ({subject}), forbidden subcontracts: {evidence[found]}.",
    remedy="End or amend the agreement: pay for these services in a way that the contract allows.",
    measure=measure,
)
