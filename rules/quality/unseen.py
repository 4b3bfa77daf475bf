"""What an unknown drug may have been: where that decides, a rate could not run.

For drugs for substance use a fill that no list knows may have been the treatment. For
antidepressants and antipsychotics told by a stand-in it may also have put a member among those who
are counted, or out of them: of each member is told what could be, and of all the lowest and the
highest rate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from rules.model import TOLERANCE, Filing, Measure, Outcome
from rules.quality.drug_lists import REMEDY, Reading
from rules.quality.drugs import any_fill
from rules.quality.lines import drug_list
from rules.quality.telling import BRING

_DRUGS = "substance_use"


@dataclass(frozen=True)
class Between:
    """The lowest and the highest rate that unknown drugs leave open, each as count and total."""

    lowest: tuple[int, int]
    highest: tuple[int, int]


def between(possible: pl.DataFrame) -> Between:
    """Return the rates that are left open, one row a member.

    Parameters
    ----------
    possible
        ``can_meet``, ``can_miss``, ``can_leave``: whether the member, depending on what unknown
        drugs were, could count in the numerator, in the denominator alone, and in neither; one of
        them at least is true.
    """
    meets, misses, leaves = (
        pl.col(f"can_{name}").fill_null(False) for name in ("meet", "miss", "leave")
    )
    told = possible.select(
        most=meets.sum(),
        other=(misses & ~meets & ~leaves).sum(),
        least=(meets & ~misses & ~leaves).sum(),
        missed=misses.sum(),
    )
    most, other, least, missed = (int(count) for count in told.row(0))
    return Between(lowest=(least, least + missed), highest=(most, most + other))


def held_open(told: Measure, open_to: Between | None, min_rate: float, by: Reading) -> Measure:
    """Return a rate, or that it could not run where unknown drugs decide whether it is met.

    ``open_to`` is None where the list names every drug of the group.
    """
    if open_to is None:
        return told
    ends = (open_to.lowest, open_to.highest)
    evidence = {
        **told.evidence,
        "lowest_if_unknown": list(ends[0]),
        "highest_if_unknown": list(ends[1]),
    }
    told = replace(told, evidence=evidence)
    if not told.denominator or not isinstance(told.value, float):
        return told
    # Without anybody left in the denominator there is no verdict to keep.
    same = [
        total > 0
        and (count / total + TOLERANCE >= min_rate) is (told.value + TOLERANCE >= min_rate)
        for count, total in ends
    ]
    if all(same):
        return told
    note = (
        f"cannot tell who was given {by.group} drugs: {told.numerator:.0f} of "
        f"{told.denominator:.0f} by the list {by.values.name}, and from {ends[0][0]} of "
        f"{ends[0][1]} to {ends[1][0]} of {ends[1][1]} depending on what fills of unknown drugs "
        f"were, with {min_rate:.1%} asked for; {REMEDY}"
    )
    return replace(told, value=None, note=note, outcome=Outcome.COULD_NOT_RUN, violations=None)


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
