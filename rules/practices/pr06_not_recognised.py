"""Few practices are recognised as a medical home, or few members are at one that is.

What it measures
----------------
The practices that members are attributed to: ``value`` is the share of them with a recognition as a
patient-centered medical home of at least ``least`` (``pcmh_recognition``, a level of 1 to 3 or a
score); by ``of`` members, the share of those attributed, by ``attributed_members``.

Why it is required
------------------
Vermont's Blueprint for Health requires recognition as a medical home by NCQA and pays its practices
on a sliding scale of the score (Integrated Care Resource Center, *State Options for Integrating
Physical and Behavioral Health Care*, 2011). Which level, and for what share, is the contract's.

Met
---
At least ``min_share`` are recognised, at exactly the level asked too.

Not met
-------
Fewer are.

Limits
------
The practices say it of themselves; no register of recognised practices is asked. Levels and scores
are held against ``least`` as they stand: a contract names which of the two its practices send.
Practices without attributed members are left out, and so are those that do not say: where these
decide, and where rows lie in quarantine, the rule could not run. With fewer than ``min_practices``
the share is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from rules.comparison import FEWEST
from rules.model import TOLERANCE, VIOLATION_COLUMNS, Filing, Measure, Outcome, Rule, Sense


@dataclass(frozen=True)
class Params:
    """``min_share`` of practices, or of members, 0 to 1, recognised at ``least`` or above.

    ``min_practices`` is carvein's own default.
    """

    min_share: float
    least: float = 1.0
    of: Literal["practices", "members"] = "practices"
    min_practices: int = FEWEST

    def __post_init__(self) -> None:
        if not 0 < self.least <= 100:
            raise ValueError(f"least {self.least:g} is not above 0 and up to 100")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the practices, or their members, and those that are recognised."""
    rows = read_practices(filing)
    hidden = filing.quarantined.get("practices", 0)
    weight = pl.col("attributed_members") if params.of == "members" else pl.lit(1.0)
    told = rows.with_columns(weight=weight).drop_nulls("level")
    kept = told.filter(pl.col("level") >= params.least - TOLERANCE)
    total, count = float(told["weight"].sum()), float(kept["weight"].sum())
    unsaid = float(rows.select(weight.filter(pl.col("level").is_null()).sum()).item() or 0)
    evidence: dict[str, object] = {
        "what": "practices are" if params.of == "practices" else "members are at a practice",
        "practices": rows.height,
        "not_said": rows.height - told.height,
        "quarantined": hidden,
    }
    if not rows.height:
        note = "no practice has attributed members"
        yield Measure("plan", 0.0, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
        return
    met = total > 0 and count >= params.min_share * total - TOLERANCE
    reason = ""
    if told.height < params.min_practices:
        few = f"fewer than {params.min_practices}, is not told"
        reason = f"a share of {told.height} practices, {few}"
    elif hidden and not met:
        reason = f"{hidden} rows of practices lie in quarantine"
    else:
        either = (count, count + unsaid)
        verdicts = {part >= params.min_share * (total + unsaid) - TOLERANCE for part in either}
        if len(verdicts) == 2:
            reason = f"{rows.height - told.height} practices do not say"
    if reason:
        note = f"cannot tell how many are recognised: {reason}"
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    faulty = told.filter(pl.col("level") < params.least - TOLERANCE)
    yield Measure(
        "plan", count, total, count / total, evidence, violations=_rows_of(faulty, params.least)
    )


def read_practices(filing: Filing) -> pl.DataFrame:
    """Return the practices with attributed members; ``level`` is 0 for none, null where unsaid."""
    table = filing.tables["practices"]
    rows: pl.DataFrame = (
        table.filter(table.practice_id.notnull(), table.attributed_members > 0)
        .select("practice_id", "pcmh_recognition", "attributed_members", "_file", "_line")
        .order_by("_file", "_line")
        .to_polars()
    )
    said = pl.col("pcmh_recognition").str.to_lowercase()
    level = pl.when(said == "none").then(pl.lit(0.0)).otherwise(said.cast(pl.Float64, strict=False))
    first = rows.unique("practice_id", keep="first", maintain_order=True)
    members = pl.col("attributed_members").cast(pl.Float64)
    return first.with_columns(level=level, attributed_members=members)


def _rows_of(rows: pl.DataFrame, least: float) -> pl.DataFrame:
    told = rows.select(
        table=pl.lit("practices"),
        file="_file",
        line=pl.col("_line").cast(pl.Int64),
        natural_key="practice_id",
        field=pl.lit("pcmh_recognition"),
        value="pcmh_recognition",
        expected=pl.lit(f"{least:g} or above"),
    )
    return told.select(VIOLATION_COLUMNS)


def required(params: Params, measure: Measure) -> float:
    """Return the least share recognised."""
    return params.min_share


RULE = Rule(
    code="PR06",
    name="practices.not-recognised",
    family="practices",
    reads=("practices",),
    params=Params,
    columns=("practices.pcmh_recognition", "practices.attributed_members"),
    grain="plan",
    unit="share",
    sense=Sense.AT_LEAST,
    required=required,
    message=(
        "{plan_id}: {numerator:,.0f} of {denominator:,.0f} {evidence[what]} recognised as a "
        "medical home at {params.least:g} or above ({value:.1%}); at least {required:.1%} asked."
    ),
    remedy="Help these practices to be recognised, or attribute members to those that are.",
    measure=measure,
)
