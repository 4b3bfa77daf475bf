"""Services that the final encounters hold more than once.

What it measures
----------------
The share of final lines that repeat another one. A line repeats another when its encounter_id and
line_number do; or when claim type, member, dates of service, billing and rendering NPI, procedure,
modifiers, revenue code, drug and days of supply, place, units and billed amount all agree. The
first line, by file and line, stands; each further one is counted.

Why it is required
------------------
42 CFR 438.242(b)(3) has encounter data screened for completeness, logic and consistency. A
duplicate overstates use and cost, and a rate built on it pays twice. The share is the contract's
own figure; the federal data-quality measures flag more than 0.1 % of duplicate lines.

Met
---
Two visits on a day, the second with modifier 76; or with other units, another amount or provider.
A claim and the replacement or void of it.

Not met
-------
The same psychotherapy hour under two encounter_ids.

Limits
------
Not compared as services: denied lines (a claim is denied and sent again, or denied as the
duplicate it is), lines with a modifier that says that they repeat (76, 77, 59, XE, XP, XS, XU, 91
and others of the value set), dental and transport lines (a tooth or a leg of a trip has no column
here), lines without any code. They stay in the denominator. Visits of one aide on one day with
equal units and amounts look alike; so the finding is a ground to look, not a proof. A resubmission
with another amount or place is not found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis

from rules.codes import lists_any
from rules.digests import as_table, find_several
from rules.encounters.final import final_lines, natural_key, served_in_last
from rules.model import Filing, Measure, Rule, Sense
from rules.values import value_set

if TYPE_CHECKING:
    from ibis.expr.types import Table

_SAME_SERVICE = (
    "claim_type",
    "member_id",
    "service_from",
    "service_to",
    "billing_npi",
    "rendering_npi",
    "procedure_code",
    "_modifiers",
    "revenue_code",
    "ndc",
    "days_supply",
    "place_of_service",
    "units",
    "billed_amount",
)
_KEPT = (
    *(column for column in _SAME_SERVICE if column != "_modifiers"),
    "encounter_id",
    "line_number",
    "modifiers",
    "domain",
    "line_status",
    "paid_amount",
    "_file",
    "_line",
)
_SAME_KEY = ("encounter_id", "line_number", "_version")


@dataclass(frozen=True)
class Params:
    """``max_share``: largest share of surplus lines, 0 to 1.

    ``months``: only services that began in so many last months up to the period's end; every final
    line when None.
    """

    max_share: float
    months: int | None = None


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the final lines beyond the first of each service."""
    final = filing.once("final_lines", final_lines)
    left_out = _count_by_left_out(_described(served_in_last(params.months, final, filing)))
    total = sum(left_out.values())
    alike = _described(_alike(final, params, filing))
    by_key = _surplus(alike.filter(alike.line_number.notnull()), _SAME_KEY)
    by_service = _surplus(alike.filter(alike._left_out.isnull()), _SAME_SERVICE)
    by_service = by_service.anti_join(by_key, ["_file", "_line"])
    same_key, same_service = _summed(by_key), _summed(by_service)
    surplus = same_key["lines"] + same_service["lines"]
    yield Measure(
        subject="plan",
        numerator=surplus,
        denominator=total,
        value=surplus / total if total else None,
        evidence={
            "lines": total,
            "surplus": surplus,
            "same_encounter_and_line": same_key["lines"],
            "same_service": same_service["lines"],
            "same_service_within_a_claim": same_service["within"],
            "paid_on_surplus": round(same_key["paid"] + same_service["paid"], 2),
            "not_compared": {why: lines for why, lines in left_out.items() if why},
            "quarantined": filing.quarantined.get("encounters", 0),
        },
        violations=_told(by_key, ibis.literal("line_number")).union(
            _told(by_service, by_service._code_field)
        ),
    )


def _described(lines: Table) -> Table:
    """Add the code, its column, ordered modifiers, and why a line is not compared (or null)."""
    repeats = lists_any(lines.modifiers.upper(), value_set("repeat_modifiers").codes)
    drug = lines.claim_type == "R"
    lines = lines.select(
        *_KEPT,
        _code=ibis.ifelse(drug, lines.ndc, ibis.coalesce(lines.procedure_code, lines.revenue_code)),
        _code_field=ibis.cases(
            (drug, "ndc"), (lines.procedure_code.notnull(), "procedure_code"), else_="revenue_code"
        ),
        _version=_version(lines),
    )
    return lines.mutate(
        _left_out=ibis.cases(
            (lines.line_status == "denied", "denied"),
            (repeats, "repeat_modifier"),
            (lines.domain == "OTHER", "dental_or_transport"),
            (lines._code.isnull(), "no_code"),
            else_=ibis.null(str),
        )
    )


def _count_by_left_out(lines: Table) -> dict[str | None, int]:
    """Count the lines by why they are not compared, None where they are."""
    found = lines.group_by("_left_out").agg(lines=lines.count()).order_by("_left_out")
    return dict(found.to_polars().iter_rows())


def _alike(final: Table, params: Params, filing: Filing) -> Table:
    """Return the final lines that may be the same as another one.

    A digest of the columns, of which two lines seldom have one by chance, tells them in little
    memory; whoever compares them does so column by column.
    """
    # A join lets no column go by itself: those that nobody asks for are not read.
    lines = served_in_last(params.months, final, filing).select(*_KEPT, "frequency")
    lines = lines.mutate(_version=_version(lines), _modifiers=_modifiers(lines))
    digests = {
        "_key": ibis.struct({name: lines[name] for name in _SAME_KEY}).hash(),
        "_service": ibis.struct({name: lines[name] for name in _SAME_SERVICE}).hash(),
    }
    several = {name: as_table(told, name) for name, told in find_several(lines, **digests).items()}
    lines = lines.mutate(**digests).drop("_version", "_modifiers")
    either = [lines[name].isin(told[name]) for name, told in several.items()]
    return lines.filter(either[0] | either[1]).drop(*digests).cache()


def _version(lines: Table) -> Any:
    return lines.frequency.fill_null("1")


def _modifiers(lines: Table) -> Any:
    """Return the modifiers in capitals and in order: 25;AT and at;25 are the same."""
    return lines.modifiers.upper().split(";").sort().join(";")


def _surplus(alike: Table, same: tuple[str, ...]) -> Table:
    """Return the lines beyond the first that agree in ``same``, with where the first one is."""
    alike = alike.mutate(_modifiers=_modifiers(alike))
    window = ibis.window(group_by=list(same), order_by=["_file", "_line"])
    numbered = alike.mutate(
        _place=ibis.row_number().over(window),
        _first_file=alike._file.first().over(window),
        _first_line=alike._line.first().over(window),
        _first_encounter=alike.encounter_id.first().over(window),
    )
    return numbered.filter(numbered._place > 0).cache()


def _summed(surplus: Table) -> dict[str, Any]:
    found = surplus.agg(
        lines=surplus.count(),
        within=(surplus.encounter_id == surplus._first_encounter).sum().fill_null(0),
        paid=surplus.paid_amount.sum().fill_null(0.0),
    )
    row: dict[str, Any] = found.to_polars().row(0, named=True)
    return row


def _told(surplus: Table, field: Any) -> Table:
    number = surplus.line_number.cast("string")
    return surplus.select(
        table=ibis.literal("encounters"),
        file=surplus._file,
        line=surplus._line,
        natural_key=natural_key(surplus),
        field=field,
        value=ibis.ifelse(field == "line_number", number, surplus._code).fill_null(""),
        expected="once; as " + surplus._first_file + " line " + surplus._first_line.cast("string"),
    )


def required(params: Params, measure: Measure) -> float:
    """Return the largest share allowed."""
    return params.max_share


RULE = Rule(
    code="EN02",
    name="encounters.duplicate-lines",
    family="encounters",
    reads=("encounters",),
    params=Params,
    grain="plan",
    unit="share",
    sense=Sense.AT_MOST,
    required=required,
    judged_by=("max_share",),
    message=(
        "{plan_id}: {numerator:,.0f} of {denominator:,.0f} final encounter lines ({value:.2%}) "
        "repeat another one; at most {required:.2%} may"
    ),
    remedy="Void the repeated lines, or send what tells them apart (modifier, units, provider).",
    measure=measure,
)
