"""The parts of information that coordination tells: notices of admission, and closed referrals."""

from __future__ import annotations

from datetime import timedelta

from rules.coordination.admissions import admissions, with_notice
from rules.coordination.cc03_late_notice import with_days
from rules.coordination.cc04_referral_open import with_closing
from rules.model import Filing, Period, add_months
from rules.separation.parts import MONTHS, LeftOut, Part, Told, between, too_few, why_unusable

NOTICES = "admission notices"
CLOSED = "closed referrals"
WITHIN = 1
"""Business days after the admission within which a notice is prompt."""

FOLLOWED = 60
"""Days that a referral is given to be closed, so that late ones are not counted as open.
carvein's own default."""

CLOSED_ONE_HOUSE = 0.50
"""Share of referrals closed that reads 0; none reads 1. carvein's own default: about one in four of
those referred made a first visit in ordinary care (hfma.org, January 2016)."""


def tell_notices(filing: Filing) -> Told:
    """Tell how many admissions had a notice on the day or within one business day, as CC03 does."""
    reason = why_unusable(filing, ("encounters", "coordination"))
    if reason:
        return LeftOut(NOTICES, reason)
    stays = admissions(filing, filing.look_back(MONTHS))
    total, state = stays.height, filing.contract.state
    few = too_few(NOTICES, total, "admissions")
    if few:
        return few
    try:
        days = with_days(with_notice(stays, filing), state)["days"]
    except ValueError as fault:
        return LeftOut(NOTICES, str(fault))
    prompt, noticed = int((days <= WITHIN).sum()), total - days.null_count()
    told = (
        f"{prompt:,} of {total:,} admissions had a notice within {WITHIN} business day "
        f"({noticed:,} had one at all)"
    )
    details = {"noticed": noticed, "within_business_days": WITHIN, "holidays": state}
    return Part(NOTICES, 1 - prompt / total, prompt, total, told, details)


def tell_closed(filing: Filing) -> Told:
    """Tell how many referrals of those given time to were closed in it, as CC04 does."""
    reason = why_unusable(filing, ("coordination",))
    if reason:
        return LeftOut(CLOSED, reason)
    end = filing.period.end
    sent_in = Period(add_months(end, 1 - MONTHS), end - timedelta(days=FOLLOWED))
    sent = with_closing(filing, sent_in, FOLLOWED)
    total, closed = sent.height, int(sent["closed"].sum())
    few = too_few(CLOSED, total, f"referrals at least {FOLLOWED} days old")
    if few:
        return few
    told = f"{closed:,} of {total:,} referrals are known to be closed"
    return Part(CLOSED, between(closed / total, CLOSED_ONE_HOUSE, 0.0), closed, total, told)
