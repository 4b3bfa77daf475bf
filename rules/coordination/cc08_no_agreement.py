"""An agreement that integration rests on is not in force, or nothing goes over it.

What it measures
----------------
Each of ``kinds`` (data sharing, health information exchange, training, oversight): the agreements
of that kind that are in force on the period's last day. For kinds that exchange data, those whose
``last_exchange_on`` is at most ``max_days`` before that day. ``value`` is the number of agreements
that count, and one is asked.

Why it is required
------------------
Information-sharing agreements in force, connection to a health information exchange and provider
training that joins both models of care are among six states' lessons (Integrated Care Resource
Center, *Integrating Behavioral and Physical Health for Medicare-Medicaid Enrollees*, 2017).

Met
---
One agreement counts: in force on its last day too, the last exchange exactly ``max_days`` ago.

Not met
-------
None does: all ended a day before, or the last exchange was a day earlier.

Limits
------
The table says that there is an agreement, not what is exchanged. With whom it is, is not judged
unless the contract names a ``domain``. An agreement in force whose last exchange is not given
leaves open whether anything goes over it: where no other one counts the rule could not run. So
could it where a quarantined row may be the one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from rules.model import VIOLATION_COLUMNS, Filing, Measure, Outcome, Rule, Sense

KINDS = ("data_sharing", "hie", "training", "oversight")
EXCHANGING = ("data_sharing", "hie")
"""Kinds under which data go from one party to another."""

_BEHAVIORAL = ("bh", "mh", "sud", "both")


@dataclass(frozen=True)
class Params:
    """``kinds`` of agreement that are asked for; ``max_days`` since the last exchange.

    Without ``max_days`` no exchange is looked at. ``domain`` BH leaves out agreements that do not
    take in behavioral health.
    """

    kinds: tuple[str, ...]
    max_days: int | None = None
    domain: str = ""

    def __post_init__(self) -> None:
        unknown = [kind for kind in self.kinds if kind not in KINDS]
        if unknown or not self.kinds:
            found = ", ".join(unknown) or "no kind"
            raise ValueError(f"kinds: found {found}, wanted some of {', '.join(KINDS)}")
        if self.max_days is not None and self.max_days < 0:
            raise ValueError(f"max_days {self.max_days} is below 0")
        if self.domain not in ("", "BH"):
            raise ValueError(f"domain {self.domain!r}, wanted BH or nothing")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count, for each kind, the agreements in force over which data go."""
    rows: pl.DataFrame = filing.tables["agreements"].order_by("_file", "_line").to_polars()
    if params.domain:
        rows = rows.filter(pl.col("domain").str.to_lowercase().is_in(_BEHAVIORAL))
    hidden = filing.quarantined.get("agreements", 0)
    for kind in dict.fromkeys(params.kinds):
        mine = rows.filter(pl.col("kind").str.to_lowercase() == kind)
        yield count_agreements(kind, mine, filing, params.max_days, hidden)


def count_agreements(
    kind: str, rows: pl.DataFrame, filing: Filing, max_days: int | None, hidden: int
) -> Measure:
    """Turn the agreements of one kind into its measure."""
    last = filing.period.end
    bound = rows.filter(
        pl.col("effective").is_null() | (pl.col("effective") <= last),
        pl.col("end").is_null() | (pl.col("end") >= last),
    )
    looked = max_days is not None and kind in EXCHANGING
    told = pl.col("last_exchange_on")
    since = last - timedelta(days=max_days or 0)
    counting = bound.filter(told >= since) if looked else bound
    unknown = bound["last_exchange_on"].null_count() if looked else 0
    latest = bound["last_exchange_on"].max()
    named = kind.replace("_", " ")
    evidence: dict[str, Any] = {
        "last_day": str(last),
        "agreements": rows.height,
        "in_force": bound.height,
        "counting": counting.height,
        "last_exchange_on": str(latest or ""),
        "found": _told(bound.height, looked, str(latest or ""), counting.height, str(last)),
        "quarantined": hidden,
    }
    reason = ""
    if counting.is_empty() and hidden:
        reason = f"{hidden} rows of agreements lie in quarantine"
    elif counting.is_empty() and unknown:
        reason = f"{unknown} of {bound.height} in force do not say when data were last exchanged"
    if reason:
        note = f"cannot tell whether an agreement on {named} is in use: {reason}"
        return Measure(kind, evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
    faulty = (bound if bound.height else rows) if counting.is_empty() else rows.clear()
    return Measure(
        subject=kind,
        numerator=counting.height,
        denominator=1.0,
        value=float(counting.height),
        evidence=evidence,
        violations=_rows_of(faulty, filing, bound.height > 0, since),
    )


def _told(in_force: int, looked: bool, latest: str, counting: int, last: str) -> str:
    if not in_force:
        return f"none in force on {last}"
    exchanged = f", data last exchanged on {latest}" if looked and latest else ""
    return f"{counting} of {in_force} in force on {last} count{exchanged}"


def _rows_of(rows: pl.DataFrame, filing: Filing, in_force: bool, since: date) -> pl.DataFrame:
    last = filing.period.end
    ended = (pl.col("end") < last).fill_null(False)
    field = pl.when(ended).then(pl.lit("end")).otherwise(pl.lit("effective"))
    value = pl.when(ended).then("end").otherwise("effective")
    wanted = pl.when(ended).then(pl.lit(f"{last} or later")).otherwise(pl.lit(f"{last} or earlier"))
    if in_force:
        field, value = pl.lit("last_exchange_on"), pl.col("last_exchange_on")
        wanted = pl.lit(f"{since} or later")
    told = rows.select(
        table=pl.lit("agreements"),
        file="_file",
        line="_line",
        natural_key=pl.col("agreement_id").fill_null(""),
        field=field,
        value=value.cast(pl.String).fill_null(""),
        expected=wanted,
    )
    return told.select(VIOLATION_COLUMNS)


def required(params: Any, measure: Measure) -> float:
    """One agreement is asked."""
    return 1.0


RULE = Rule(
    code="CC08",
    name="coordination.no-agreement",
    family="coordination",
    reads=("agreements",),
    params=Params,
    grain="kind of agreement",
    unit="agreements",
    sense=Sense.AT_LEAST,
    required=required,
    message="{plan_id}, agreements on {subject}: {evidence[found]}; one is asked.",
    remedy="Conclude or renew the agreement, and begin or resume the exchange under it.",
    measure=measure,
)
