"""Listed providers whose NPI cannot be one.

What it measures
----------------
The share of rows of the providers table whose NPI fails its own form: ten digits, the first of
them 1 or 2, the last the check digit of the Luhn formula over 80840 and the nine digits before it.
Every row counts, so a provider at three sites with a wrong NPI is three faulty rows, as a member
who looks the provider up meets it; the evidence tells how many NPIs they are.

Why it is required
------------------
An NPI that cannot exist cannot be enrolled with the state, screened or matched to an encounter:
42 CFR 438.602(b) and 438.608(b) ask for enrolled network providers, 438.242(c) for encounters that
identify who rendered them. The check digit is that of 45 CFR 162.406 and ISO/IEC 7812.

Met
---
Two rows of 300 fail and the contract allows 1 %.

Not met
-------
1234567892 is listed on 4 of 300 rows: its check digit is 2 and should be 3.

Limits
------
A well-formed NPI may still belong to somebody else or to nobody; that needs the national
registry. Atypical providers without an NPI fail. Quarantined rows are not counted; the evidence
says how many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import ibis

from rules.model import Filing, Measure, Rule, Sense
from rules.npi import FORM, check_digit, has_form, is_sound


@dataclass(frozen=True)
class Params:
    """``max_share``: largest share of rows that may fail, 0 to 1."""

    max_share: float


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the provider rows whose NPI fails its form or its check digit."""
    providers = filing.tables["providers"]
    rows = providers.mutate(
        _formed=has_form(providers.npi),
        _last=providers.npi.substr(9, 1),
        _due=check_digit(providers.npi).cast("string"),
    )
    faulty = rows.filter(~is_sound(rows.npi))
    counts = rows.agg(rows=rows.count(), npis=rows.npi.nunique()).to_polars().row(0, named=True)
    faults = (
        faulty.agg(
            faulty_rows=faulty.count(),
            faulty_npis=faulty.npi.nunique(),
            wrong_check_digit=faulty._formed.sum().fill_null(0),
            wrong_form=(~faulty._formed & faulty.npi.notnull()).sum().fill_null(0),
            missing=faulty.npi.isnull().sum().fill_null(0),
        )
        .to_polars()
        .row(0, named=True)
    )
    told = "NPI " + faulty.npi + ": "
    wanted = ibis.cases(
        (faulty._formed, told + "check digit is " + faulty._last + ", should be " + faulty._due),
        (faulty.npi.notnull(), told + FORM),
        else_="an NPI: " + FORM,
    )
    total = counts["rows"]
    yield Measure(
        subject="plan",
        numerator=faults["faulty_rows"],
        denominator=total,
        value=faults["faulty_rows"] / total if total else None,
        evidence={**counts, **faults, "quarantined": filing.quarantined.get("providers", 0)},
        violations=faulty.select(
            table=ibis.literal("providers"),
            file=faulty._file,
            line=faulty._line,
            natural_key=faulty.npi.fill_null("") + "/" + faulty.site_id.fill_null(""),
            field=ibis.literal("npi"),
            value=faulty.npi.fill_null(""),
            expected=wanted,
        ),
    )


def required(params: Params, measure: Measure) -> float:
    """Return the largest share allowed."""
    return params.max_share


RULE = Rule(
    code="PD01",
    name="directory.npi-check-digit",
    family="directory",
    reads=("providers",),
    params=Params,
    grain="plan",
    unit="share",
    sense=Sense.AT_MOST,
    required=required,
    judged_by=("max_share",),
    message=(
        "{plan_id}: {numerator:,.0f} of {denominator:,.0f} provider rows ({value:.1%}) carry an "
        "NPI that fails its form or its check digit ({evidence[faulty_npis]} NPIs); at most "
        "{required:.1%} may"
    ),
    remedy="Correct each NPI against the national registry and the provider's contract.",
    measure=measure,
)
