"""The governance parts that authorizations tell: who decides for BH, by what, with what result."""

from __future__ import annotations

import numpy as np
import polars as pl

from rules.delegation.decisions import PLAN, counts, made_apart, total, untold
from rules.model import Filing
from rules.separation.parts import MONTHS, LeftOut, Part, Told, between, too_few, why_unusable
from rules.separation.shuffle import Z95

ELSEWHERE = "authorizations decided elsewhere"
DENIED = "denial rates"
TWO_HOUSES_RATIO = 2.0
"""BH denial rate over that of PH that reads 1; 1 reads 0. carvein's own default."""


def decision_parts(filing: Filing) -> list[Told]:
    """Return the parts of who decides, and of what is denied, by the decisions that DL08 counts."""
    reason = why_unusable(filing, ("authorizations",))
    if reason:
        return [LeftOut(ELSEWHERE, reason), LeftOut(DENIED, reason)]
    decided = counts(filing, MONTHS)
    return [tell_elsewhere(decided), tell_denials(decided)]


def tell_elsewhere(decided: pl.DataFrame) -> Told:
    """Tell how many BH decisions are made by others who know no PH, by criteria of their own."""
    behavioral, physical = (decided.filter(pl.col("side") == side) for side in ("BH", "PH"))
    known = int(behavioral.filter(~untold())["decisions"].sum())
    few = too_few(ELSEWHERE, known, "BH decisions that name who took them and by what")
    if few:
        return few
    apart = made_apart(behavioral, physical)
    count = int(apart["decisions"].sum())
    told = (
        f"{count:,} of {known:,} BH authorizations were decided by a subcontractor under criteria "
        "that no PH decision used"
    )
    details = {
        "by_subcontractor": int(_others(behavioral)["decisions"].sum()),
        "criteria_apart": sorted(apart["criteria"].unique().to_list()),
    }
    return Part(ELSEWHERE, count / known, count, known, told, details)


def _others(behavioral: pl.DataFrame) -> pl.DataFrame:
    return behavioral.filter(pl.col("by").fill_null("") != "", pl.col("by") != PLAN)


def tell_denials(decided: pl.DataFrame) -> Told:
    """Tell how much more often BH is denied than PH where a subcontractor decides for BH.

    The value goes by the low end of the 95 % interval of the ratio, so that chance is not read as
    separation.
    """
    (of, denied), (ph_of, ph_denied) = total(_others(decided), "BH"), total(decided, "PH")
    if not of:
        return LeftOut(DENIED, "no BH decision was taken by a subcontractor")
    for count, side in ((of, "subcontractors' BH"), (ph_of, "PH")):
        few = too_few(DENIED, count, f"{side} decisions")
        if few:
            return few
    ratio, low, high = rate_ratio(denied, of, ph_denied, ph_of)
    told = (
        f"subcontractors denied {denied:,} of {of:,} BH requests ({denied / of:.1%}), "
        f"against {ph_denied:,} of {ph_of:,} of PH ({ph_denied / ph_of:.1%})"
    )
    value = between(low, 1.0, TWO_HOUSES_RATIO)
    details = {
        "ph_denied": ph_denied,
        "ph_decided": ph_of,
        "ratio": round(ratio, 4),
        "interval": [round(low, 4), round(high, 4)],
    }
    return Part(DENIED, value, denied, of, told, details)


def rate_ratio(a: float, n: float, c: float, m: float) -> tuple[float, float, float]:
    """Return (a / n) / (c / m) with its 95 % interval.

    The log interval of D. Katz and others (Biometrics 34, 1978) with one half added to each count
    and total, so that none may be 0.
    """
    a, n, c, m = a + 0.5, n + 0.5, c + 0.5, m + 0.5
    ratio = (a / n) / (c / m)
    error = float(np.sqrt(1 / a - 1 / n + 1 / c - 1 / m))
    return ratio, ratio * float(np.exp(-Z95 * error)), ratio * float(np.exp(Z95 * error))
