"""Practices without a psychiatrist are not reached by one from afar.

What it measures
----------------
The practices without a psychiatrist of their own (``psychiatrist`` N) to which at least
``min_members`` members with a behavioral need (as CC01 tells it) are attributed. ``value`` is the
share of them of whose members at least one was seen by telehealth by a psychiatrist, or a nurse
practitioner for psychiatry, in the ``months`` calendar months that end ``runout_months`` before the
period's end.

Why it is required
------------------
Telepsychiatry serves several practices (*Integrating physical and behavioral health: a major step
toward population health management*, hfma.org, 2016): it is how a practice too small for a
psychiatrist gets one. What share is to be reached is the contract's own figure.

Met
---
At least ``min_share`` of them are reached; one member of a practice is enough.

Not met
-------
Fewer are.

Limits
------
Telehealth is told by place of service 02 or 10 and by the modifiers 93, 95, FQ, GQ and GT; where no
line of the plan says so the rule could not run. A visit need not have been arranged by the
practice, and advice that a psychiatrist gives to a practice without seeing the member is not
billed as one. Members count at the practice of their latest enrolment; practices that do not say
whether they have a psychiatrist are left out and told. With fewer than ``min_practices`` the share
is not told. How many psychiatrists serve two practices or more stands in the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import polars as pl

from rules.comparison import FEWEST
from rules.encounters.care import care
from rules.encounters.final import standing
from rules.model import VIOLATION_COLUMNS, Filing, Measure, Outcome, Period, Rule, Sense
from rules.samples import wilson
from rules.specialty import specialties_of
from rules.values import value_set

if TYPE_CHECKING:
    from ibis.expr.types import Table

MODIFIERS = ("93", "95", "FQ", "GQ", "GT")
NURSES = ("363LP0808X",)
"""Nurse practitioners for psychiatry (NUCC), who are of no specialty of network standards."""


@dataclass(frozen=True)
class Params:
    """``min_share`` of practices, 0 to 1, to be reached by telepsychiatry.

    ``min_members`` with a behavioral need, ``months`` and ``min_practices`` are carvein's own
    defaults.
    """

    min_share: float
    min_members: int = 5
    months: int = 12
    min_practices: int = FEWEST

    def __post_init__(self) -> None:
        if self.min_members < 1:
            raise ValueError(f"min_members {self.min_members} is below 1")
        if not 1 <= self.months <= 36:
            raise ValueError(f"months {self.months} is not 1 to 36")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the practices without a psychiatrist, and those reached by one from afar."""
    during = filing.look_back(params.months)
    remote = by_telehealth(filing, during)
    lines = int(remote["lines"].sum())
    seen = remote.filter(pl.col("taxonomy").is_in(_psychiatric(remote["taxonomy"])))
    placed = attributed(filing, during)
    visits = seen.join(placed, on="member_id").select("member_id", "npi", "practice_id").unique()
    need = care(filing, during).filter("bh_need").select("member_id")
    counts = placed.join(need, on="member_id").group_by("practice_id").agg(members=pl.len())
    rows = practice_rows(filing)
    of = (
        rows.filter(pl.col("psychiatrist") == "N")
        .join(counts, on="practice_id")
        .filter(pl.col("members") >= params.min_members)
        .with_columns(reached=pl.col("practice_id").is_in(visits["practice_id"].implode()))
        .sort("practice_id")
    )
    served = visits.drop_nulls("npi").group_by("npi").agg(pl.col("practice_id").n_unique())
    total, count = of.height, int(of["reached"].sum())
    evidence: dict[str, object] = {
        "window_start": str(during.start),
        "window_end": str(during.end),
        "telehealth_lines": lines,
        "psychiatrists": served.height,
        "serving_several": served.filter(pl.col("practice_id") > 1).height,
        "practices": rows.height,
        "own_psychiatrist": rows.filter(pl.col("psychiatrist") == "Y").height,
        "not_said": rows["psychiatrist"].null_count(),
        "interval": list(wilson(count, total)) if total else None,
        "quarantined": {
            name: filing.quarantined.get(name, 0) for name in ("practices", "members", "encounters")
        },
    }
    span = f"from {during.start} to {during.end}"
    if not total:
        note = (
            f"no practice without a psychiatrist has {params.min_members} members with a "
            f"behavioral need {span}"
        )
        yield Measure("plan", 0.0, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
        return
    reason = ""
    if not lines:
        reason = f"no line {span} is marked as telehealth"
    elif total < params.min_practices:
        reason = f"a share of {total} practices, fewer than {params.min_practices}, is not told"
    if reason:
        note = f"cannot tell which practices telepsychiatry reaches: {reason}"
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    faulty = _rows_of(of.filter(~pl.col("reached")))
    yield Measure("plan", count, total, count / total, evidence, violations=faulty)


def by_telehealth(filing: Filing, during: Period) -> pl.DataFrame:
    """Return ``member_id``, ``npi``, ``taxonomy`` (of who rendered) and ``lines`` by telehealth.

    Denied lines count, for the visit took place.
    """
    sent = filing.tables["encounters"]
    part = sent.filter(
        sent.claim_type.isin(["P", "I"]),
        sent.member_id.notnull(),
        sent.service_from.between(during.start, during.end),
    )
    mine = standing(part.filter(remote(part)), filing)
    counted = mine.group_by(
        "member_id", npi=mine.rendering_npi, taxonomy=mine.rendering_taxonomy
    ).agg(lines=mine.count())
    frame: pl.DataFrame = counted.to_polars()
    return frame


def remote(lines: Table) -> Table:
    """Return whether a line was given by telehealth, by its place or a modifier."""
    places = value_set("places_of_service").group("telehealth")
    marks = lines.modifiers.upper().replace(" ", "")
    marked = reduce(or_, ((";" + marks + ";").contains(f";{code};") for code in MODIFIERS))
    told: Table = lines.place_of_service.isin(places).fill_null(False) | marked.fill_null(False)
    return told


def attributed(filing: Filing, during: Period) -> pl.DataFrame:
    """Return ``member_id`` and ``practice_id`` of the latest enrolment that meets some days."""
    table = filing.tables["members"]
    rows = table.filter(
        table.member_id.notnull(),
        table.enrolled_from <= during.end,
        (table.enrolled_to >= during.start) | table.enrolled_to.isnull(),
    ).select(
        "member_id", "enrolled_from", "_file", "_line", practice_id=table.attributed_practice_id
    )
    frame: pl.DataFrame = rows.to_polars()
    last = frame.sort("enrolled_from", "_file", "_line").unique("member_id", keep="last")
    return last.drop_nulls("practice_id").select("member_id", "practice_id")


def practice_rows(filing: Filing) -> pl.DataFrame:
    """Return the practices, the first row of each: ``practice_id``, ``psychiatrist``, its place."""
    table = filing.tables["practices"]
    rows = table.filter(table.practice_id.notnull()).select(
        "practice_id", "_file", "_line", psychiatrist=table.psychiatrist.upper()
    )
    frame: pl.DataFrame = rows.to_polars()
    return frame.sort("_file", "_line").unique("practice_id", keep="first", maintain_order=True)


def _psychiatric(taxonomies: pl.Series) -> list[str]:
    """Return those of some taxonomies that are of psychiatrists or psychiatric nurses."""
    distinct = taxonomies.drop_nulls().unique().to_list()
    return [
        code for code in distinct if code in NURSES or "psychiatry" in specialties_of(code, None)
    ]


def _rows_of(rows: pl.DataFrame) -> pl.DataFrame:
    told = rows.select(
        table=pl.lit("practices"),
        file="_file",
        line=pl.col("_line").cast(pl.Int64),
        natural_key="practice_id",
        field=pl.lit("psychiatrist"),
        value="psychiatrist",
        expected=pl.lit("a member seen by a psychiatrist by telehealth"),
    )
    return told.select(VIOLATION_COLUMNS)


def required(params: Params, measure: Measure) -> float:
    """Return the least share reached."""
    return params.min_share


RULE = Rule(
    code="PR03",
    name="practices.no-telepsychiatry",
    family="practices",
    reads=("practices", "members", "encounters"),
    params=Params,
    columns=("members.attributed_practice_id", "practices.psychiatrist"),
    grain="plan",
    unit="share of practices",
    sense=Sense.AT_LEAST,
    required=required,
    judged_by=("min_share",),
    message=(
        "{plan_id}: telepsychiatry reached {numerator:,.0f} of {denominator:,.0f} practices "
        "without a psychiatrist from {evidence[window_start]} to {evidence[window_end]} "
        "({value:.1%}); at least {required:.1%} asked. {evidence[serving_several]:,} of "
        "{evidence[psychiatrists]:,} who see members by telehealth serve two practices or more."
        "{doubt}"
    ),
    remedy="Connect these practices to psychiatrists by telehealth, and share one among several.",
    measure=measure,
)
