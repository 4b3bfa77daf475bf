"""What the plan paid: which payer of a claim it is, and what it decided on each line.

The rules, and why they are these, stand in docs/guides/x12.md and in ADR 80. Money is counted in
decimals: no cent is lost when a claim's payment is laid on its lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pyx12.segment import Segment

from monitor.x12.claims import Claim, Line, Payer
from monitor.x12.envelope import element

_AMOUNT = re.compile(r"-?\d{1,15}(\.\d{0,6})?|-?\.\d{1,6}", re.ASCII)
_CENT = Decimal("0.01")
_NONE = Decimal(0)

# fmt: off
NOT_DENIALS = frozenset((
    "1", "2", "3", "23", "24", "42", "44", "45", "66", "70", "90", "91", "94", "97", "100", "101",
    "102", "103", "104", "105", "118", "121", "122", "131", "132", "137", "139", "142", "143",
    "144", "161", "178", "187", "232", "234", "237", "253",
))
# fmt: on
"""Claim adjustment reasons that leave a service covered though nothing was paid for it.

The member's share, another payer's part, capitation, fee schedules, bundling, withholds. carvein's
own reading of X12's code list 139 (claim adjustment reason codes); a line with one of them is never
called denied.
"""

# fmt: off
NOT_MEDICAID = frozenset((
    "16", "MA", "MB",  # Medicare: advantage HMO, part A, part B
    "CH", "VA", "OF", "FI", "TV",  # TRICARE, veterans, other federal programs, Title V
    "WC", "AM", "LM",  # workers' compensation, automobile, liability
))
# fmt: on
"""Claim filing indicators (SBR09) of payers that cannot be a Medicaid plan.

carvein's own reading of the 5010 implementation guides' list; commercial ones (CI, HM, BL, ZZ and
their like) are not among them, for plans write them of themselves.
"""


@dataclass(frozen=True)
class Decision:
    """What the plan decided on one line, as text; empty where the claim does not say."""

    paid: str = ""
    allowed: str = ""
    denial_code: str = ""
    decided_on: str = ""

    @property
    def denied(self) -> bool:
        """Whether the line was denied."""
        return bool(self.denial_code)


@dataclass(frozen=True)
class Decided:
    """What the plan decided on a claim: one decision a line, and what is odd about it.

    ``payer`` is the identifier of the payer that was read as the plan. ``oddities`` are a fault's
    code, the segment it lies at, the element, what was found and what was wanted.
    """

    payer: str
    lines: tuple[Decision, ...]
    oddities: tuple[tuple[str, int, str, str, str], ...] = ()


_UNDECIDED = Decision()


def decide(claim: Claim) -> Decided:
    """Return what the plan decided on each line of a claim."""
    if not claim.payers and not any(line.payments for line in claim.lines):
        return Decided("", (_UNDECIDED,) * len(claim.lines))
    odd: list[tuple[str, int, str, str, str]] = []
    chosen = _choose(claim, odd)
    if chosen is None:
        return Decided("", (_UNDECIDED,) * len(claim.lines), tuple(odd))
    payer, loop = chosen
    decisions = [_on_line(line, payer, loop, odd) for line in claim.lines]
    paid = [amount(decision.paid) if decision else None for decision in decisions]
    told = [part for part in paid if part is not None]
    total = amount(loop.paid) if loop else None
    adjusted = _sum(part for _, part in _reasons(loop.adjustments)) if loop else _NONE
    if not any(decisions):
        return Decided(payer, _by_claim(claim, loop, total), tuple(odd))
    if total is not None and len(told) == len(decisions):
        wanted = _sum(told) - adjusted
        if wanted != total:
            expected = f"{wanted}, the lines' {_sum(told)} less {adjusted} adjusted"
            odd.append(("claim_balance", claim.at, "AMT02", f"{total}", expected))
        elif adjusted:
            expected = f"{_sum(told)}, as the lines were paid: {adjusted} is adjusted above them"
            odd.append(("claim_adjusted", claim.at, "AMT02", f"{total}", expected))
    # A line that no 2430 speaks of was paid nothing only if the others make up the whole.
    rest = Decision("0") if total is not None and _sum(told) - adjusted == total else _UNDECIDED
    return Decided(payer, tuple(decision or rest for decision in decisions), tuple(odd))


def _choose(
    claim: Claim, odd: list[tuple[str, int, str, str, str]]
) -> tuple[str, Payer | None] | None:
    """Return the payer that is the plan and its 2320, None where it cannot be told.

    It is the one that is named like the submitter, else like the payer the claim is sent to, else
    the only one that decided on the claim, unless its filing indicator says that it is no plan.
    """
    loops: dict[str, list[Payer]] = {}
    for payer in claim.payers:
        if payer.paid or payer.adjustments:
            loops.setdefault(payer.id, []).append(payer)
    named = dict.fromkeys(loops)
    for line in claim.lines:
        named |= dict.fromkeys(payment.payer for payment in line.payments)
    if not named:
        return None
    own = next((one for one in (claim.who.submitter, claim.who.payer) if one and one in named), "")
    kinds = {payer.id: payer.kind for payer in claim.payers}
    if not own and len(named) == 1:
        own = next(iter(named))
        if kinds.get(own) in NOT_MEDICAID:
            wanted = f"the plan; SBR09 {kinds[own]} is another payer"
            odd.append(("payer_unclear", claim.at, "NM109", own or "no NM109", wanted))
            return None
        wanted = "the plan: the submitter (1000A) or the payer (2010BB)"
        odd.append(("payer_assumed", claim.at, "NM109", own or "no NM109", wanted))
    elif not own:
        wanted = "one that is the submitter (1000A) or the payer (2010BB)"
        odd.append(("payer_unclear", claim.at, "NM109", f"{len(named)}", wanted))
        return None
    mine = loops.get(own, [])
    if len(mine) > 1:
        odd.append(("payer_unclear", claim.at, "NM109", f"{len(mine)}", "one 2320 a payer"))
        return None
    loop = mine[0] if mine else next((one for one in claim.payers if one.id == own), None)
    return own, loop


def _on_line(
    line: Line, payer: str, loop: Payer | None, odd: list[tuple[str, int, str, str, str]]
) -> Decision | None:
    """Return what the plan's 2430 of a line say, None where it has none."""
    payments = [payment for payment in line.payments if payment.payer == payer]
    if not payments:
        return None
    parts = [amount(payment.paid) for payment in payments]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        # What is no amount goes on as it was sent: the edit of paid_amount tells it.
        bad = next(p.paid for p, part in zip(payments, parts, strict=True) if part is None)
        return Decision(bad, decided_on=payments[-1].decided_on)
    paid, charge = _sum(known), amount(line.charge)
    reasons = [pair for payment in payments for pair in _reasons(payment.adjustments)]
    adjusted = _sum(part for _, part in reasons)
    if charge is not None and paid + adjusted != charge:
        expected = f"{charge - adjusted}, the charge {charge} less {adjusted} adjusted"
        odd.append(("line_balance", line.at, "SVD02", f"{paid}", expected))
    day = next((p.decided_on for p in reversed(payments) if p.decided_on), "")
    if not day and loop is not None:
        day = loop.decided_on
    text = payments[0].paid if len(payments) == 1 else f"{paid}"
    denial = _denial(charge, paid, reasons)
    allowed = ""
    if not denial:
        owed = (s for p in payments for s in p.adjustments if element(s, 1) == "PR")
        allowed = f"{paid + _sum(part for _, part in _reasons(owed))}"
    return Decision(text, allowed, denial, day)


def _by_claim(claim: Claim, loop: Payer | None, total: Decimal | None) -> tuple[Decision, ...]:
    """Return the lines' decisions where the plan decided on the claim as a whole."""
    if loop is None or not loop.paid:
        return (_UNDECIDED,) * len(claim.lines)
    if total is None:
        return tuple(Decision(loop.paid, decided_on=loop.decided_on) for _ in claim.lines)
    charges = [amount(line.charge) or _NONE for line in claim.lines]
    reasons = _reasons(loop.adjustments)
    denial = _denial(_sum(charges), total, reasons)
    return tuple(
        Decision(f"{part}", "", denial, loop.decided_on) for part in lay_on(total, charges)
    )


def lay_on(total: Decimal, charges: Sequence[Decimal]) -> list[Decimal]:
    """Divide an amount among lines as their charges are, in cents, so that the parts add up to it.

    Each line gets its share cut to cents; the cents that are left go one by one to the lines that
    lost most by the cut, the earlier of two alike first. What is less than a cent stays on the
    first line; so does all of it where no charge is above 0.
    """
    weights = [max(charge, _NONE) for charge in charges]
    whole = _sum(weights)
    if not whole:
        return [total, *([_NONE] * (len(charges) - 1))]
    sign = -1 if total < 0 else 1
    cents = abs(total) // _CENT
    shares = [cents * weight / whole for weight in weights]
    parts = [share // 1 for share in shares]
    left = int(cents - _sum(parts))
    by_loss = sorted(range(len(parts)), key=lambda n: (parts[n] - shares[n], n))
    for place in range(left):
        parts[by_loss[place % len(parts)]] += 1
    found = [sign * part * _CENT for part in parts]
    found[0] += total - _sum(found)
    return found


def amount(text: str) -> Decimal | None:
    """Return an amount, None where the text is none."""
    return Decimal(text) if _AMOUNT.fullmatch(text) else None


def _reasons(adjustments: Iterable[Segment]) -> list[tuple[str, Decimal]]:
    """Return the reasons and amounts of CAS segments: up to six of each in a segment."""
    found = []
    for segment in adjustments:
        for place in range(2, min(len(segment.elements), 19) + 1, 3):
            part = amount(element(segment, place + 1))
            reason = element(segment, place)
            if part is not None and reason:
                found.append((reason, part))
    return found


def _denial(charge: Decimal | None, paid: Decimal, reasons: Sequence[tuple[str, Decimal]]) -> str:
    """Return the reason for which a service was denied, empty where it was not or cannot be told.

    Denied is what was charged, was paid nothing, is adjusted away whole, and has no reason under
    which it would be covered all the same. The reason is that of the largest amount.
    """
    if not charge or paid or _sum(part for _, part in reasons) != charge:
        return ""
    if any(reason in NOT_DENIALS for reason, _ in reasons):
        return ""
    return max(reasons, key=lambda pair: pair[1])[0]


def _sum(parts: Iterable[Decimal]) -> Decimal:
    return sum(parts, _NONE)
