"""The part of money that denials tell: PH and BH visits of one day, one of them denied for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import polars as pl

from rules.model import Filing
from rules.separation.exchange import difference
from rules.separation.parts import LeftOut, Part, Told, between, too_few, why_unusable
from rules.separation.served import decided_lines

if TYPE_CHECKING:
    from ibis.expr.types import Table

SAME_DAY = "same-day denials"
CODES = ("97", "231", "236", "B20")
"""CARC for a service bundled with, excluded by, or given by another on the same day."""

CREDENTIALING = "B7"
"""CARC for a provider not certified on the day: told apart, for it is about credentials."""

TWO_HOUSES = 0.20
"""How much more often a pair across domains may meet such a denial than a pair within one before it
reads 1; no more reads 0. carvein's own default."""


def tell_same_day(filing: Filing) -> Told:
    """Tell how much more often a PH and a BH visit of one day meet a denial than two of a kind.

    The value goes by the low end of the 95 % interval of the difference.
    """
    reason = why_unusable(filing, ("encounters",))
    if reason:
        return LeftOut(SAME_DAY, reason)
    found = count_days(filing)
    across, within = found["across"], found["within"]
    for each, who in ((across, "days with PH and BH visits"), (within, "days with two of a kind")):
        few = too_few(SAME_DAY, each["days"], who)
        if few:
            return few
    low, high = difference(across["denied"], across["days"], within["denied"], within["days"])
    told = (
        f"{across['denied']:,} of {across['days']:,} days with PH and BH visits met a same-day "
        f"denial, against {within['denied']:,} of {within['days']:,} with two visits of a kind"
    )
    details = {
        "within_denied": within["denied"],
        "within_days": within["days"],
        "interval": [round(low, 4), round(high, 4)],
        "credentialing_across": across["credentialing"],
        "credentialing_within": within["credentialing"],
    }
    value = between(low, 0.0, TWO_HOUSES)
    return Part(SAME_DAY, value, across["denied"], across["days"], told, details)


def count_days(filing: Filing) -> dict[str, dict[str, int]]:
    """Count the member days with professional claims of two providers, across and within domains.

    Returns
    -------
    By ``across`` and ``within``: ``days``, those ``denied`` with one of the codes, and those with a
    denial for ``credentialing``.
    """
    days = by_day(decided_lines(filing))
    across = (days.ph > 0) & (days.bh > 0)
    grouped = days.group_by(kind=ibis.ifelse(across, "across", "within")).agg(
        days=days.count(), denied=days.denied.sum(), credentialing=days.credentialing.sum()
    )
    frame: pl.DataFrame = grouped.to_polars()
    none = {"days": 0, "denied": 0, "credentialing": 0}
    told = {row.pop("kind"): row for row in frame.iter_rows(named=True)}
    return {kind: told.get(kind, none) for kind in ("across", "within")}


def by_day(lines: Table) -> Table:
    """Return one row a member and day with two PH or BH providers at least, and what they met."""
    npi = ibis.coalesce(lines.rendering_npi, lines.billing_npi)
    asked = lines.mutate(npi=npi).filter(
        lines.claim_type == "P", lines.side.isin(["PH", "BH"]), npi.notnull()
    )
    denied = (asked.line_status.lower() == "denied").fill_null(False)
    code = asked.denial_code.fill_null("").strip().upper()
    days = asked.group_by("member_id", "service_from").agg(
        ph=asked.npi.nunique(where=asked.side == "PH"),
        bh=asked.npi.nunique(where=asked.side == "BH"),
        denied=(denied & code.isin(CODES)).any(),
        credentialing=(denied & (code == CREDENTIALING)).any(),
    )
    return days.filter(days.ph + days.bh > 1)
