"""How a plan's encounters of the period differ from those of its own last four periods.

A period is the reporting period or one of the four of equal length before it, all taken from the
submission itself, which reaches back up to 36 months. A line belongs to the period in which it was
adjudicated (else paid, else served): each period is then as complete as the others, and late
arrivals of the last months do not show as a fall. Only final versions count. A period without a
line is not one of the four, and with fewer than two of them there is nothing to compare with.

A mix is the distribution of lines over families of codes: the first three characters of the
procedure code, else of the revenue code, else of the claim type. Its shift is the total variation
distance: half the sum of the differences of the families' shares, 0 (the same) to 1 (none shared).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import ibis
import polars as pl

from rules.domain import side_of
from rules.encounters.final import final_lines
from rules.model import Filing, Period, add_months, month_end
from rules.profiles.metric import Kind, Metric

EARLIER = 4
"""Periods before the reporting one that it is compared with."""

FEWEST_PERIODS = 2
FEWEST_LINES = 300
"""Lines of the period and of the earlier ones together that a comparison takes at least."""

_SIDES = {"ph": "PH", "bh": "BH"}
_WORDS = {"ph": "physical", "bh": "behavioral"}


_IDLE = (
    f"nothing to compare: fewer than {FEWEST_LINES} lines in the period, or in the last "
    f"{EARLIER} together, or fewer than {FEWEST_PERIODS} of them were sent"
)

_POINTS: dict[str, Any] = {"kind": Kind.COUNT, "tells": ("now", "before")}


def _both(name: str, counted: str, among: str, **given: Any) -> Iterator[Metric]:
    for side, word in _WORDS.items():
        said = f"{counted} ({word} health), this period"
        yield Metric(f"{side}_{name}", said, among, idle=_IDLE, **given)


METRICS = (
    *_both(
        "volume_drift",
        "final lines a member-month",
        "lines a member-month of the last periods",
        needs=("members",),
    ),
    Metric(
        "bh_share_drift",
        "behavioral share of final lines, this period",
        "share of the last periods",
        idle=_IDLE,
    ),
    *_both(
        "payment_drift",
        "dollars paid a paid fee-for-service line",
        "dollars a line of the last periods",
    ),
    *_both("denied_drift", "rise of the share of denied lines", "lines", **_POINTS),
    Metric(
        "bh_by_diagnosis_drift",
        "rise of the share of behavioral lines that only their diagnosis makes behavioral",
        "behavioral lines",
        idle=_IDLE,
        **_POINTS,
    ),
    *_both("code_mix_shift", "shift of the mix of codes", "lines", kind=Kind.COUNT),
)
"""Every metric of drift that an expectation may name."""


def counts(filing: Filing) -> dict[str, float | None]:
    """Return ``<metric>__counted`` and ``<metric>__among`` for every metric that can be told.

    Counted is the figure of the period, among the mean of the earlier periods' figures. Of a rise
    counted is the difference of the two, which are told as ``<metric>__now`` and
    ``<metric>__before``, and among the number of lines; of a shift counted is the distance. A
    metric with too few lines or periods has None for both.
    """
    tallied = _tally(filing)
    now = tallied.filter(pl.col("back") == 0)
    before = [tallied.filter(pl.col("back") == back) for back in range(1, EARLIER + 1)]
    before = [each for each in before if each.height]
    row: dict[str, float | None] = {}
    for metric in METRICS:
        name = metric.name
        here, earlier = _told(name, now, before, filing)
        row[f"{name}__counted"], row[f"{name}__among"] = here, earlier
        if metric.tells and here is not None and earlier is not None:
            row[f"{name}__now"], row[f"{name}__before"] = here, earlier
            row[f"{name}__counted"] = here - earlier
            row[f"{name}__among"] = float(_of(now, name, _SIDES[_side(name)])["lines"].sum())
    return row


def _side(name: str) -> str:
    """Return whose lines a metric counts."""
    return "ph" if name.startswith("ph_") else "bh"


def _told(
    name: str, now: pl.DataFrame, before: list[pl.DataFrame], filing: Filing
) -> tuple[float | None, float | None]:
    side = _SIDES[_side(name)]
    if name.endswith("_code_mix_shift"):
        return _shift(*(_families(each, side) for each in (now, _pooled(before))))
    few = any(
        each["lines"].sum() < FEWEST_LINES
        for each in (_of(now, name, side), _of(_pooled(before), name, side))
    )
    if few or len(before) < FEWEST_PERIODS:
        return None, None
    figure = _FIGURES[name.removeprefix("ph_").removeprefix("bh_")]
    here = figure(now, side, filing)
    earlier = [value for each in before if (value := figure(each, side, filing)) is not None]
    if here is None or len(earlier) < FEWEST_PERIODS:
        return None, None
    return here, sum(earlier) / len(earlier)


def _of(tallied: pl.DataFrame, name: str, side: str) -> pl.DataFrame:
    """Return the rows whose lines a metric counts; a share of both sides counts both."""
    return tallied if name == "bh_share_drift" else tallied.filter(pl.col("side") == side)


def _tally(filing: Filing) -> pl.DataFrame:
    """Count final lines by how many periods back they were adjudicated, side and code family."""
    lines = filing.once("final_lines", final_lines)
    day = ibis.coalesce(lines.adjudicated_on, lines.paid_on, lines.service_from)
    back = ibis.cases(
        *((day.between(each.start, each.end), number) for number, each in _periods(filing.period))
    )
    denied = lines.line_status == "denied"
    priced = ~denied & (lines.payment_arrangement == "ffs") & lines.paid_amount.notnull()
    code = ibis.coalesce(lines.procedure_code, lines.revenue_code, lines.claim_type)
    chosen = lines.select(
        back=back,
        side=side_of(lines.domain),
        family=code.left(3),
        denied=denied,
        priced=priced,
        paid=ibis.ifelse(priced, lines.paid_amount, 0.0),
        by_diagnosis=lines.domain_reason == "diagnosis",
    )
    chosen = chosen.filter(chosen.back.notnull(), chosen.side.isin(tuple(_SIDES.values())))
    tallied: pl.DataFrame = (
        chosen.group_by("back", "side", "family")
        .agg(
            lines=chosen.count(),
            denied=chosen.denied.sum(),
            priced=chosen.priced.sum(),
            paid=chosen.paid.sum(),
            by_diagnosis=chosen.by_diagnosis.sum(),
        )
        .order_by("back", "side", "family")
        .to_polars()
    )
    return tallied


def _periods(period: Period) -> Iterator[tuple[int, Period]]:
    for back in range(EARLIER + 1):
        start = add_months(period.start, -back * period.months)
        yield back, Period(start, month_end(add_months(start, period.months - 1)))


def _pooled(before: list[pl.DataFrame]) -> pl.DataFrame:
    schema = {"side": pl.String, "family": pl.String, "lines": pl.Int64}
    return pl.concat(before) if before else pl.DataFrame(schema=schema)


def _families(tallied: pl.DataFrame, side: str) -> Counter[str]:
    mine = tallied.filter(pl.col("side") == side).group_by("family").agg(pl.col("lines").sum())
    return Counter(dict(mine.iter_rows()))


def _shift(now: Counter[str], before: Counter[str]) -> tuple[float | None, float | None]:
    here, earlier = now.total(), before.total()
    if min(here, earlier) < FEWEST_LINES:
        return None, None
    apart = sum(abs(now[code] / here - before[code] / earlier) for code in sorted(now | before))
    return apart / 2, float(here + earlier)


def _volume(tallied: pl.DataFrame, side: str, filing: Filing) -> float | None:
    months = _member_months(filing).get(int(tallied["back"][0]), 0) if tallied.height else 0
    return _sum(tallied, side, "lines") / months if months else None


def _member_months(filing: Filing) -> Mapping[int, int]:
    """Return member-months by periods back: members with any enrolled day, month by month."""
    counted: Mapping[int, int] = filing.once("drift_member_months", _enrolled)
    return counted


def _enrolled(filing: Filing) -> Mapping[int, int]:
    members = filing.tables.get("members")
    if members is None:
        return {}
    months = {
        f"{back}_{number}": add_months(each.start, number)
        for back, each in _periods(filing.period)
        for number in range(each.months)
    }
    row = members.aggregate(
        **{
            name: members.member_id.nunique(
                where=(members.enrolled_from <= month_end(start))
                & (members.enrolled_to.isnull() | (members.enrolled_to >= start))
            )
            for name, start in months.items()
        }
    ).to_polars()
    summed: Counter[int] = Counter()
    for name, enrolled in row.row(0, named=True).items():
        summed[int(name.split("_")[0])] += enrolled
    return dict(summed)


def _share(tallied: pl.DataFrame, side: str, filing: Filing) -> float | None:
    every = _sum(tallied, None, "lines")
    return _sum(tallied, "BH", "lines") / every if every else None


def _payment(tallied: pl.DataFrame, side: str, filing: Filing) -> float | None:
    priced = _sum(tallied, side, "priced")
    return _sum(tallied, side, "paid") / priced if priced >= FEWEST_LINES else None


def _denied(tallied: pl.DataFrame, side: str, filing: Filing) -> float | None:
    lines = _sum(tallied, side, "lines")
    return _sum(tallied, side, "denied") / lines if lines else None


def _by_diagnosis(tallied: pl.DataFrame, side: str, filing: Filing) -> float | None:
    lines = _sum(tallied, "BH", "lines")
    return _sum(tallied, "BH", "by_diagnosis") / lines if lines else None


def _sum(tallied: pl.DataFrame, side: str | None, column: str) -> float:
    mine = tallied if side is None else tallied.filter(pl.col("side") == side)
    return float(mine[column].sum())


_FIGURES: Mapping[str, Callable[[pl.DataFrame, str, Filing], float | None]] = {
    "volume_drift": _volume,
    "share_drift": _share,
    "payment_drift": _payment,
    "denied_drift": _denied,
    "by_diagnosis_drift": _by_diagnosis,
}
