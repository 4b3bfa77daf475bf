"""What an unknown drug may have been: without a list of drug codes no treatment is denied."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from rules.model import TOLERANCE, Filing, Measure, Outcome
from rules.quality.drugs import any_fill
from rules.quality.lines import drug_list
from rules.quality.telling import BRING

_DRUGS = "substance_use"


def unseen_within(filing: Filing, missed: pl.DataFrame, days: int) -> int:
    """Return how many events had a fill of a drug that no list knows, from 0 to ``days`` after.

    0 where the user's list names drugs for substance use: then every fill is known.
    """
    known = drug_list()
    if not missed.height or (known is not None and known.group(_DRUGS)):
        return 0
    given = any_fill(filing, missed).rename({"day": "given"})
    after = (pl.col("given") - pl.col("day")).dt.total_days()
    met = missed.select("event", "member_id", "day").join(given, on="member_id")
    return met.filter(after.is_between(0, days))["event"].n_unique()


def held_back(told: Measure, unseen: int, min_rate: float) -> Measure:
    """Return a rate, or that it could not run where unknown fills decide whether it is met."""
    known = drug_list()
    read = known is not None and bool(known.group(_DRUGS))
    evidence = {**told.evidence, "drugs_read": read, "events_with_unknown_fills": unseen}
    told = replace(told, evidence=evidence)
    if not told.denominator or not isinstance(told.value, float):
        return told
    highest = ((told.numerator or 0.0) + unseen) / told.denominator
    if told.value + TOLERANCE >= min_rate or highest + TOLERANCE < min_rate:
        return told
    note = (
        f"cannot tell whether drugs for substance use were given: {unseen} of "
        f"{told.denominator:.0f} events had fills of drugs that no list names; {BRING}"
    )
    return replace(told, value=None, note=note, outcome=Outcome.COULD_NOT_RUN)
