"""The part of money that denials tell: PH and BH visits of one day, one of them denied for it."""

from __future__ import annotations

import polars as pl

from rules.encounters.visits import count_shared
from rules.model import Filing
from rules.samples import newcombe
from rules.separation.parts import MONTHS, LeftOut, Part, Told, between, too_few, why_unusable

SAME_DAY = "same-day denials"
TWO_HOUSES = 0.20
"""How much more often days with visits of both sides may meet such a denial than days with visits
of one before it reads 1; no more reads 0. carvein's own default."""


def tell_same_day(filing: Filing) -> Told:
    """Tell how much more often a PH and a BH visit of one day meet a denial than two of a kind.

    The days are those of EN09 at offices; health centers are paid by other rules. The value goes by
    the low end of the 95 % interval of the difference.
    """
    reason = why_unusable(filing, ("encounters",))
    if reason:
        return LeftOut(SAME_DAY, reason)
    offices = count_shared(filing, filing.look_back(MONTHS)).filter(~pl.col("center"))
    across, within = (
        offices.filter(pl.col("mixed") == mixed)
        .select(pl.col("days", "same_day", "credentials").sum())
        .row(0, named=True)
        for mixed in (True, False)
    )
    for each, who in ((across, "days with PH and BH visits"), (within, "days with two of a kind")):
        few = too_few(SAME_DAY, each["days"], who)
        if few:
            return few
    low, high = newcombe(across["same_day"], across["days"], within["same_day"], within["days"])
    told = (
        f"{across['same_day']:,} of {across['days']:,} days with PH and BH visits met a same-day "
        f"denial, against {within['same_day']:,} of {within['days']:,} with two visits of a kind"
    )
    details = {
        "within_denied": within["same_day"],
        "within_days": within["days"],
        "interval": [round(low, 4), round(high, 4)],
        "credentialing_across": across["credentials"],
        "credentialing_within": within["credentials"],
    }
    value = between(low, 0.0, TWO_HOUSES)
    return Part(SAME_DAY, value, across["same_day"], across["days"], told, details)
