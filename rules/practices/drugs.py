"""Dispensed psychotropic drugs, by the value set ``drug_classes``, and how many drugs it knows.

A group of that set is a class and a drug (``antipsychotic quetiapine``), several of them joined by
" + ", or ``other``. An NDC that begins with no entry is not known: it may be anything. A denied
pharmacy line is no fill; of corrected claims the last version counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import polars as pl

from rules.encounters.final import standing
from rules.model import Filing, Measure, Outcome, Period
from rules.values import ValueSet, value_set

if TYPE_CHECKING:
    from ibis.expr.types import Table

DRUGS = "drug_classes"
OTHER = "other"
ANTIDEPRESSANT, ANTIPSYCHOTIC = "antidepressant", "antipsychotic"
BRING = "load the FDA's list of today: carvein values update product.txt (docs/guides/values.md)"

FEWEST_KNOWN = 0.8
"""Least share of pharmacy lines whose drug the list knows. carvein's own default."""

_NAMED = {"_code": pl.String, "product": pl.String, "class": pl.String, "drug": pl.String}


@dataclass(frozen=True)
class Known:
    """How many pharmacy lines there are, and of how many the list knows the drug."""

    lines: int
    known: int
    version: str

    def evidence(self) -> dict[str, object]:
        """Return what a finding says of the list and its reach."""
        share = self.known / self.lines if self.lines else None
        return {
            "pharmacy_lines": self.lines,
            "drugs_known": self.known,
            "known_share": share,
            "value_sets": {DRUGS: self.version},
        }

    def lack(self, least: float) -> str:
        """Return why a figure of drugs cannot be told; "" when it can."""
        if self.known >= least * self.lines:
            return ""
        return (
            f"the list of drugs knows {self.known:,} of {self.lines:,} pharmacy lines "
            f"({self.known / self.lines:.1%}), fewer than {least:.0%}; {BRING}"
        )


def dispensed(filing: Filing, during: Period) -> Table:
    """Return the pharmacy lines of some days that stand and were not denied, read once.

    One row a line: ``member_id``, ``day``, ``days`` (1 where ``days_supply`` is empty), ``ndc``,
    ``prescriber_npi``, and where it stands.
    """
    name = f"dispensed {during.start} {during.end}"
    found: Table = filing.once(name, lambda filing: _dispensed(filing, during))
    return found


def _dispensed(filing: Filing, during: Period) -> Table:
    sent = filing.tables["encounters"]
    part = sent.filter(
        sent.claim_type == "R",
        sent.line_status != "denied",
        sent.member_id.notnull(),
        sent.service_from.between(during.start, during.end),
    )
    return standing(
        part.select(
            "encounter_id",
            "line_number",
            "member_id",
            "frequency",
            "ndc",
            "prescriber_npi",
            "_file",
            "_line",
            day="service_from",
            days=part.days_supply.fill_null(1),
        ),
        filing,
    )


def coverage(lines: Table, values: ValueSet | None = None) -> Known:
    """Return of how many lines of :func:`dispensed` the list knows the drug."""
    values = values or value_set(DRUGS)
    counts = lines.group_by("ndc").agg(lines=lines.count()).to_polars()
    known = [ndc for ndc in counts["ndc"].drop_nulls() if values.of(ndc)]
    told = counts.filter(pl.col("ndc").is_in(known))
    return Known(int(counts["lines"].sum()), int(told["lines"].sum()), values.marked_version)


def psychotropics(lines: Table) -> Table:
    """Return the lines of psychotropic drugs, one row a line and drug.

    To the columns of :func:`dispensed` come ``class``, ``drug`` and ``product`` (nine digits).
    """
    values = value_set(DRUGS)
    codes = lines.select("ndc").distinct().to_polars()["ndc"].drop_nulls().to_list()
    named = ibis.memtable(named_drugs(codes, values))
    return lines.join(named, lines.ndc == named._code).drop("_code")


def named_drugs(codes: Iterable[str], values: ValueSet) -> pl.DataFrame:
    """Return ``_code``, ``product``, ``class`` and ``drug`` of the codes of psychotropic drugs."""
    rows = []
    for code in codes:
        group = values.of(code)
        if not group or group == OTHER:
            continue
        for name in group.split(" + "):
            kind, _, drug = name.partition(" ")
            rows.append((code, code[:9], kind, drug or kind))
    return pl.DataFrame(rows, _NAMED, orient="row")


def held_back(subjects: Iterable[str], note: str, evidence: dict[str, object]) -> list[Measure]:
    """Return one measure a subject that could not run, for one reason."""
    return [
        Measure(subject, evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
        for subject in subjects
    ]
