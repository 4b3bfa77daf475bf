"""Practices are paid less than the scale of their recognition.

What it measures
----------------
Over the ``months`` calendar months that end ``runout_months`` before the period's end: the share of
practices with attributed members whose fees are under what the scale gives. Fees are the ledger's
``practice_fee`` entries to the practice, by month incurred; the scale gives dollars per attributed
member and month by ``pcmh_recognition``: of the recognition itself, or of the highest number of the
scale that a practice's level or score reaches. A fee under the scale by no more than ``tolerance``
of it is paid in full.

Why it is required
------------------
Vermont's Blueprint paid practices per member and month on a sliding scale of their NCQA score, from
all payers (Integrated Care Resource Center, *State Options*, 2011): a fee that does not follow the
scale does not pay for the practice's work.

Met
---
The share is at most ``max_share``.

Not met
-------
The share is more than ``max_share``.

Limits
------
Attributed members are those of the submission, held against fees of earlier months: ``tolerance``
must leave room for how attribution moves. Fees beyond the scale are not looked at. A practice whose
recognition is empty or not on the scale is counted apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rules.model import Filing, Measure, Outcome, Rule, Sense
from rules.spending.months import list_months, months_of, why_unseen

READS = ("practices", "ledger")


@dataclass(frozen=True)
class Params:
    """``scale``: dollars per member and month by recognition; ``tolerance``, ``max_share``: 0 to 1.

    Names of the scale are ``none``, levels or scores, as text.
    """

    months: int
    scale: Mapping[str, float]
    max_share: float
    tolerance: float = 0.05

    def __post_init__(self) -> None:
        if self.months < 1:
            raise ValueError(f"months {self.months}, wanted at least 1")
        if not self.scale:
            raise ValueError("the scale is empty, wanted dollars by recognition")
        for name in self.scale:
            if name != "none" and _number(name) is None:
                raise ValueError(f"scale {name} is neither none nor a number")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count practices that were paid under the scale."""
    window = filing.look_back(params.months)
    months = months_of(window)
    evidence: dict[str, Any] = {"window_start": months[0], "window_end": months[-1]}
    if reason := why_unseen(filing, READS):
        note = f"cannot tell practice fees: {reason}"
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    held = read_practices(filing)
    dues = {each["practice_id"]: due(each, params, len(months)) for each in held}
    scaled = {practice: dollars for practice, dollars in dues.items() if dollars is not None}
    owed = {practice: dollars for practice, dollars in scaled.items() if dollars > 0}
    evidence |= {
        "practices": len(held),
        "off_scale": len(held) - len(scaled),
        "without_fee_on_scale": len(scaled) - len(owed),
    }
    if not owed:
        note = "no practice with attributed members has a fee on the scale"
        yield Measure("plan", None, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
        return
    if not ledger_tells(filing, months):
        note = f"cannot tell practice fees: ledger has no entry incurred in {list_months(months)}"
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    paid = fees(filing, months)
    under = {
        practice: dollars
        for practice, dollars in owed.items()
        if paid.get(practice, 0.0) < (1 - params.tolerance) * dollars - 0.005
    }
    evidence |= {
        "due": round(sum(owed.values()), 2),
        "paid": round(sum(paid.get(practice, 0.0) for practice in owed), 2),
        "short": round(sum(d - paid.get(p, 0.0) for p, d in under.items()), 2),
        "paid_nothing": sum(1 for practice in under if not paid.get(practice)),
        "under": [
            {"practice_id": practice, "due": round(dollars, 2), "paid": paid.get(practice, 0.0)}
            for practice, dollars in list(under.items())[:SHOWN]
        ],
    }
    yield Measure("plan", len(under), len(owed), len(under) / len(owed), evidence)


SHOWN = 50
"""Practices under the scale that the evidence lists."""


def read_practices(filing: Filing) -> list[dict[str, Any]]:
    """Return practices with attributed members, in order of their ids."""
    rows = filing.tables["practices"]
    kept = rows.filter(rows.practice_id.notnull(), rows.attributed_members > 0)
    each = kept.group_by("practice_id").agg(
        recognition=kept.pcmh_recognition.max(),
        attributed=kept.attributed_members.max().cast("float64"),
    )
    told: list[dict[str, Any]] = each.order_by("practice_id").to_polars().to_dicts()
    return told


def due(practice: Mapping[str, Any], params: Params, months: int) -> float | None:
    """Return what the scale gives a practice over some months, None where it is off the scale."""
    recognition = practice["recognition"]
    if recognition is None:
        return None
    fee = params.scale.get(recognition)
    if fee is None:
        score = _number(recognition)
        numbered = {name: _number(name) for name in params.scale}
        steps = {n: params.scale[name] for name, n in numbered.items() if n is not None}
        reached = [step for step in steps if score is not None and step <= score]
        if not reached:
            return None
        fee = steps[max(reached)]
    return float(practice["attributed"]) * fee * months


def fees(filing: Filing, months: tuple[str, ...]) -> dict[str, float]:
    """Return practice fees by payee."""
    entries = filing.tables["ledger"]
    kept = entries.filter(
        entries.kind == "practice_fee",
        entries.payee_id.notnull(),
        entries.incurred_month.isin(list(months)),
    )
    sums = kept.group_by("payee_id").agg(amount=kept.amount.sum().cast("float64"))
    rows = sums.order_by("payee_id").to_polars()
    return {payee: round(amount, 2) for payee, amount in rows.iter_rows()}


def ledger_tells(filing: Filing, months: tuple[str, ...]) -> bool:
    """Return whether the ledger has any entry incurred in the months."""
    entries = filing.tables["ledger"]
    return bool(entries.filter(entries.incurred_month.isin(list(months))).count().execute())


def _number(name: str) -> float | None:
    try:
        return float(name)
    except ValueError:
        return None


def required(params: Params, measure: Measure) -> float:
    """Return the largest share of the contract."""
    return params.max_share


RULE = Rule(
    code="SP09",
    name="spending.fee-off-scale",
    family="spending",
    reads=READS,
    params=Params,
    grain="plan",
    unit="share of practices",
    sense=Sense.AT_MOST,
    required=required,
    message=(
        "{numerator:,.0f} of {denominator:,.0f} practices of {plan_id} ({value:.1%}) were paid "
        "less than the scale of their recognition gives from {evidence[window_start]} to "
        "{evidence[window_end]}, ${evidence[short]:,.0f} in all; at most {required:.1%} may be."
    ),
    remedy="Pay the practices what the scale gives, and enter it in the ledger.",
    measure=measure,
    judged_by=("max_share",),
)
