"""The parts of information that coordination tells: notices of admission, and closed referrals."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from rules.model import Filing
from rules.separation.parts import LeftOut, Part, Told, between, too_few, why_unusable
from rules.separation.served import paid_lines
from rules.workdays import FEDERAL, business_days, holidays_in

NOTICES = "admission notices"
CLOSED = "closed referrals"
WITHIN = 1
"""Business days after the admission within which a notice is prompt."""

MONTH = timedelta(days=31)

FOLLOWED = 60
"""Days that a referral is given to be closed, so that late ones are not counted as open.
carvein's own default."""

CLOSED_ONE_HOUSE = 0.50
"""Share of referrals closed that reads 0; none reads 1. carvein's own default: about one in four of
those referred made a first visit in ordinary care (hfma.org, January 2016)."""


def tell_notices(filing: Filing) -> Told:
    """Tell how many admissions had a notice on the day or within one business day."""
    reason = why_unusable(filing, ("encounters", "coordination"))
    if reason:
        return LeftOut(NOTICES, reason)
    stays = admissions(filing)
    few = too_few(NOTICES, stays.height, "admissions")
    if few:
        return few
    events = filing.tables["coordination"]
    sent = events.filter(
        events.kind == "admission_notice",
        events.occurred_on.notnull(),
        events.trigger_on.notnull(),
    )
    notices = sent.group_by("member_id", admitted=sent.trigger_on).agg(told=sent.occurred_on.min())
    found = stays.join(notices.to_polars(), on=["member_id", "admitted"])
    # A notice before the day it answers is a slip of the table, and no less prompt; one that is
    # more than a month late is late by any calendar.
    end = found.select(pl.col("told").clip(pl.col("admitted"), pl.col("admitted") + MONTH))
    state = calendar_of(filing)
    days = business_days(found["admitted"], end["told"], state, years_of(found["admitted"]))
    prompt, total = int((days <= WITHIN).sum()), stays.height
    told = (
        f"{prompt:,} of {total:,} admissions had a notice within {WITHIN} business day "
        f"({found.height:,} had one at all)"
    )
    details = {"noticed": found.height, "within_business_days": WITHIN, "holidays": state}
    return Part(NOTICES, 1 - prompt / total, prompt, total, told, details)


def admissions(filing: Filing) -> pl.DataFrame:
    """Return ``member_id`` and ``admitted`` of the distinct hospital stays of the window.

    Institutional claims with a day of admission and a hospital inpatient type of bill (011x, 012x).
    """
    lines = paid_lines(filing)
    bill = lines.bill_type.fill_null("").lpad(4, "0")
    stays = lines.filter(
        lines.claim_type == "I",
        lines.admit_date.notnull(),
        lines.member_id.notnull(),
        bill.substr(0, 3).isin(["011", "012"]),
    )
    window = filing.look_back(12)
    stays = stays.filter(stays.admit_date.between(window.start, window.end))
    kept = stays.select("member_id", admitted="admit_date").distinct()
    frame: pl.DataFrame = kept.to_polars().sort("member_id", "admitted")
    return frame


def calendar_of(filing: Filing) -> str:
    """Return the state whose holidays count, ``US`` (federal ones) where it has no calendar."""
    try:
        holidays_in(filing.contract.state, filing.period.end.year)
    except ValueError:
        return FEDERAL
    return filing.contract.state


def years_of(admitted: pl.Series) -> list[int]:
    """Return the years in which admissions, and notices of them within a month, fall."""
    years = admitted.dt.year().unique().to_list()
    return sorted({year + later for year in years for later in (0, 1)})


def tell_closed(filing: Filing) -> Told:
    """Tell how many referrals are known to have led to a visit, of those given time to."""
    reason = why_unusable(filing, ("coordination",))
    if reason:
        return LeftOut(CLOSED, reason)
    events = filing.tables["coordination"]
    last = filing.period.end - timedelta(days=FOLLOWED)
    first = filing.look_back(12).start
    sent = events.filter(events.kind == "referral", events.occurred_on.between(first, last))
    sent = sent.select("member_id", "occurred_on").distinct()
    ended = events.filter(events.kind == "referral_closed").select(
        "member_id", occurred_on="trigger_on"
    )
    closed = int(sent.semi_join(ended, ["member_id", "occurred_on"]).count().execute())
    total = int(sent.count().execute())
    few = too_few(CLOSED, total, f"referrals at least {FOLLOWED} days old")
    if few:
        return few
    told = f"{closed:,} of {total:,} referrals are known to be closed"
    return Part(CLOSED, between(closed / total, CLOSED_ONE_HOUSE, 0.0), closed, total, told)
