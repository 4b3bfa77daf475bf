"""What each member with a BH need got in the months looked back on: PH, BH, or both.

A member has a BH need who has the ``smi`` flag, a BH diagnosis as CC01 tells it, or a paid BH day.
"""

from __future__ import annotations

import polars as pl

from rules.coordination.needs import enrolment
from rules.encounters.care import care
from rules.model import Filing
from rules.separation.parts import MONTHS

GAP = 45
"""Days of the window that a member may be without enrolment. carvein's own default, after the
gap that measures of quality commonly allow."""

HEAVY = 4
"""Days with a PH visit from which a member is one who needs PH too. carvein's own default."""


def needs(filing: Filing) -> pl.DataFrame:
    """Return one row a member with a BH need who was enrolled in the window.

    Returns
    -------
    polars.DataFrame
        ``member_id``, ``smi``, ``dual``, ``covered`` (enrolled all but the gap), ``bh_need``,
        ``ph_need``, and ``ph_days``, ``bh_days``: days with a paid visit of each kind.
    """
    window = filing.look_back(MONTHS)
    wanted = (window.end - window.start).days + 1 - GAP
    told = enrolment(filing, window).join(care(filing, window), on="member_id", how="left")
    told = told.with_columns(
        pl.col("bh_days", "ph_days").fill_null(0),
        pl.col("bh_need", "ph_need").fill_null(False),
        covered=pl.col("days") >= wanted,
    )
    return told.filter(pl.col("smi") | pl.col("bh_need") | (pl.col("bh_days") > 0))
