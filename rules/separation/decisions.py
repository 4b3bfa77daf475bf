"""The governance parts that authorizations tell: who decides for BH, by what, with what result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import polars as pl

from rules.domain import BEHAVIORAL
from rules.model import Filing, add_months
from rules.separation.parts import MONTHS, LeftOut, Part, Told, between, too_few, why_unusable
from rules.separation.shuffle import Z95

if TYPE_CHECKING:
    from ibis.expr.types import Table

ELSEWHERE = "authorizations decided elsewhere"
DENIED = "denial rates"
TWO_HOUSES_RATIO = 2.0
"""BH denial rate over that of PH that reads 1; 1 reads 0. carvein's own default."""


def decision_parts(filing: Filing) -> list[Told]:
    """Return the parts of who decides, and of what is denied."""
    reason = why_unusable(filing, ("authorizations",))
    if reason:
        return [LeftOut(ELSEWHERE, reason), LeftOut(DENIED, reason)]
    counts = decisions(filing)
    return [tell_elsewhere(counts), tell_denials(counts)]


def decisions(filing: Filing) -> pl.DataFrame:
    """Count the decisions of the last 12 months by side, entity kind and criteria set.

    Returns
    -------
    ``side`` (BH, PH), ``elsewhere`` (decided by another than the plan; null where nobody is
    named), ``criteria`` (lower case, null where empty), ``decided``, ``denied``.
    """
    asked = filing.tables["authorizations"]
    first = add_months(filing.period.end, 1 - MONTHS)
    asked = asked.filter(asked.decided_on.between(first, filing.period.end))
    kept = asked.mutate(
        side=ibis.ifelse(asked.domain.isin([*BEHAVIORAL, "BH"]), "BH", asked.domain),
        entity=_words(asked.reviewer_entity),
        criteria=_words(asked.criteria_set),
        denied=(asked.decision.lower() == "denied").fill_null(False),
    )
    own = ["plan", filing.plan_id.casefold()]
    kept = kept.mutate(elsewhere=~kept.entity.isin(own)).filter(kept.side.isin(["BH", "PH"]))
    grouped: Table = kept.group_by("side", "elsewhere", "criteria").agg(
        decided=kept.count(), denied=kept.denied.sum()
    )
    frame: pl.DataFrame = grouped.to_polars()
    return frame


def _words(text: Any) -> Any:
    return text.strip().lower().nullif("")


def tell_elsewhere(counts: pl.DataFrame) -> Told:
    """Tell how many BH decisions another entity takes by criteria that PH does not use."""
    known = counts.filter(
        pl.col("side") == "BH",
        pl.col("elsewhere").is_not_null(),
        pl.col("criteria").is_not_null() | ~pl.col("elsewhere"),
    )
    total = int(known["decided"].sum())
    few = too_few(ELSEWHERE, total, "BH decisions that name who took them and by what")
    if few:
        return few
    used = counts.filter(pl.col("side") == "PH")["criteria"].drop_nulls().to_list()
    apart = known.filter(pl.col("elsewhere"), ~pl.col("criteria").is_in(used))
    count = int(apart["decided"].sum())
    elsewhere = int(known.filter(pl.col("elsewhere"))["decided"].sum())
    told = (
        f"{count:,} of {total:,} BH authorizations were decided by a subcontractor under criteria "
        "that no PH decision used"
    )
    details = {
        "by_subcontractor": elsewhere,
        "criteria_apart": sorted(apart["criteria"].unique().to_list()),
    }
    return Part(ELSEWHERE, count / total, count, total, told, details)


def tell_denials(counts: pl.DataFrame) -> Told:
    """Tell how much more often BH is denied than PH where a subcontractor decides for BH.

    The value goes by the low end of the 95 % interval of the ratio, so that chance is not read as
    separation.
    """
    others = counts.filter(pl.col("side") == "BH", pl.col("elsewhere"))
    if not others["decided"].sum():
        return LeftOut(DENIED, "no BH decision was taken by a subcontractor")
    bh = _rate(others)
    ph = _rate(counts.filter(pl.col("side") == "PH"))
    for (_, total), side in ((bh, "subcontractors' BH"), (ph, "PH")):
        few = too_few(DENIED, total, f"{side} decisions")
        if few:
            return few
    ratio, low, high = rate_ratio(*bh, *ph)
    told = (
        f"subcontractors denied {bh[0]:,} of {bh[1]:,} BH requests ({bh[0] / bh[1]:.1%}), "
        f"against {ph[0]:,} of {ph[1]:,} of PH ({ph[0] / ph[1]:.1%})"
    )
    value = between(low, 1.0, TWO_HOUSES_RATIO)
    details = {
        "ph_denied": ph[0],
        "ph_decided": ph[1],
        "ratio": round(ratio, 4),
        "interval": [round(low, 4), round(high, 4)],
    }
    return Part(DENIED, value, bh[0], bh[1], told, details)


def _rate(counts: pl.DataFrame) -> tuple[int, int]:
    return int(counts["denied"].sum()), int(counts["decided"].sum())


def rate_ratio(a: float, n: float, c: float, m: float) -> tuple[float, float, float]:
    """Return (a / n) / (c / m) with its 95 % interval.

    The log interval of D. Katz and others (Biometrics 34, 1978) with one half added to each count
    and total, so that none may be 0.
    """
    a, n, c, m = a + 0.5, n + 0.5, c + 0.5, m + 0.5
    ratio = (a / n) / (c / m)
    error = float(np.sqrt(1 / a - 1 / n + 1 / c - 1 / m))
    return ratio, ratio * float(np.exp(-Z95 * error)), ratio * float(np.exp(Z95 * error))
