"""A subcontractor was paid per head for months of which no encounter of theirs was sent.

What it measures
----------------
For each subcontractor with sub-capitation in the ledger, the months that were paid for and for
which the submission has no encounter line of theirs, denied ones included.

Why it is required
------------------
42 CFR 438.242(c)(1) has the contract ask for encounter data whoever pays the provider, and
42 CFR 438.230(c)(1) hands the duty on with the work. A per-head payment without encounters leaves
nothing that shows what it bought. How many months a contract bears is its own figure.

Met
---
Every month that was paid for has at least one line.

Not met
-------
The subcontractor was paid from January to June and sent nothing for May.

Limits
------
Only mature months (the contract's ``runout_months``) among the last ``months``. A line is theirs
when it names them, or names nobody and was billed or rendered by a provider whom providers lists
under them. Where not one line of the file names any subcontractor and no provider is listed under
one, whose lines there are cannot be told, and the rule could not run. One line is enough: EN08 asks
about volume.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rules.model import Filing, Measure, Outcome, Period, Rule, Sense
from rules.spending.months import list_months, months_of, why_unseen


@dataclass(frozen=True)
class Params:
    """``max_months`` that may be silent; ``months`` that are looked at."""

    max_months: int = 0
    months: int = 12


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the silent months of each subcontractor that was paid per head."""
    window = filing.look_back(params.months)
    paid = _paid_months(filing, window)
    if not paid:
        return
    reason = why_unseen(filing, ("encounters", "ledger"))
    sent = _months_with_lines(filing, window)
    if not reason and not sent and not _names_anybody(filing):
        reason = "no encounter line names a subcontractor, and no provider is listed under one"
    for payee, amounts in sorted(paid.items()):
        if reason:
            yield Measure(subject=payee, outcome=Outcome.COULD_NOT_RUN, note=reason)
            continue
        silent = [month for month in sorted(amounts) if month not in sent.get(payee, ())]
        yield Measure(
            subject=payee,
            numerator=float(len(silent)),
            denominator=float(len(amounts)),
            value=float(len(silent)),
            evidence={
                "silent": list_months(silent) or "none",
                "paid_for_them": round(sum(amounts[month] for month in silent), 2),
                "paid_months": list_months(sorted(amounts)),
            },
        )


def _paid_months(filing: Filing, window: Period) -> dict[str, dict[str, float]]:
    """Return what was paid per head, by subcontractor and month incurred; positive sums only."""
    entries = filing.tables["ledger"]
    entries = entries.filter(
        entries.kind == "subcapitation",
        entries.payee_type == "subcontractor",
        entries.payee_id.notnull(),
        entries.incurred_month.isin(list(months_of(window))),
    )
    sums = entries.group_by("payee_id", "incurred_month").agg(paid=entries.amount.sum())
    found: dict[str, dict[str, float]] = {}
    for payee, month, amount in sums.to_polars().iter_rows():
        if (amount or 0.0) > 0:
            found.setdefault(payee, {})[month] = amount
    return found


def _months_with_lines(filing: Filing, window: Period) -> dict[str, set[str]]:
    """Return the months with at least one line, by subcontractor."""
    lines = filing.tables["encounters"]
    lines = lines.filter(lines.service_from.between(window.start, window.end))
    lines = lines.mutate(month=lines.service_from.strftime("%Y-%m"))
    parts = [lines.select("month", whose="subcontractor_id").distinct()]
    listed = _listed_under(filing)
    if listed is not None:
        unnamed = lines.filter(lines.subcontractor_id.isnull())
        for npi in ("billing_npi", "rendering_npi"):
            parts.append(
                unnamed.inner_join(listed, unnamed[npi] == listed.npi)
                .select("month", "whose")
                .distinct()
            )
    found: dict[str, set[str]] = {}
    for part in parts:
        for month, whose in part.to_polars().iter_rows():
            if whose is not None:
                found.setdefault(whose, set()).add(month)
    return found


def _listed_under(filing: Filing) -> Any:
    """Return ``npi``, ``whose``: the providers of subcontractors; None without providers."""
    listed = filing.tables.get("providers")
    if listed is None:
        return None
    named = listed.filter(listed.subcontractor_id.notnull(), listed.npi.notnull())
    return named.select("npi", whose="subcontractor_id").distinct().cache()


def _names_anybody(filing: Filing) -> bool:
    listed = _listed_under(filing)
    lines = filing.tables["encounters"]
    named = int(lines.subcontractor_id.count().execute())
    return bool(named or (listed is not None and int(listed.count().execute())))


def required(params: Params, measure: Measure) -> float:
    """Return how many months may be silent."""
    return float(params.max_months)


RULE = Rule(
    code="EN07",
    name="encounters.paid-and-silent",
    family="encounters",
    reads=("encounters", "ledger"),
    params=Params,
    grain="subcontractor",
    unit="months",
    sense=Sense.AT_MOST,
    required=required,
    judged_by=("max_months",),
    message=(
        "{plan_id}, {subject}: months paid per head {denominator:,.0f}, of them without an "
        "encounter {numerator:,.0f} ({evidence[silent]}); allowed without one {required:.0f}"
    ),
    remedy="Have the subcontractor send the encounters of these months, and send them on.",
    measure=measure,
)
