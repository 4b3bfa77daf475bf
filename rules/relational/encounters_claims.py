"""encounters against themselves: what all lines of one claim have in common, and what they sum to.

A claim is the lines of one encounter_id and kind of frequency (original, replacement, void), for a
correction may come under the number of what it corrects. Each claim is told by numbers of fixed
size, a digest of its header among them; only claims whose lines differ are read again in full.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from rules.model import Filing, Severity
from rules.relational.edit import Comparison, RelationalEdit, Told, dollars, set_aside_ids, tell

if TYPE_CHECKING:
    from ibis.expr.types import Table


def _common(column: str, severity: Severity = Severity.MINOR) -> RelationalEdit:
    return RelationalEdit(
        "encounters",
        f"{column}.differs_within_claim",
        column,
        f"{column} differs between the lines of one claim",
        f"one {column} for all lines of a claim",
        f"Send the same {column} on every line of the claim, or separate claims.",
        severity,
    )


COMMON = (
    _common("member_id", Severity.MAJOR),
    _common("claim_type", Severity.MAJOR),
    _common("billing_npi", Severity.MAJOR),
    _common("original_encounter_id", Severity.MAJOR),
    _common("bill_type"),
    _common("submitted_on"),
    _common("admit_date"),
    _common("discharge_date"),
    _common("drg"),
    _common("patient_status"),
)
REPEATED = RelationalEdit(
    "encounters",
    "line_number.repeated",
    "line_number",
    "the line_number occurs twice in one claim",
    "each line_number once in a claim",
    "Number the lines of the claim anew, or leave out the line that was sent twice.",
    Severity.MAJOR,
)
GAP = RelationalEdit(
    "encounters",
    "line_number.gap",
    "line_number",
    "the lines of a claim are not numbered from 1 without a gap",
    "every line of the claim, denied ones too",
    "Send the lines that are missing, or number the claim's lines from 1.",
    Severity.INFO,
)
TOTAL = RelationalEdit(
    "encounters",
    "billed_amount.not_the_total",
    "billed_amount",
    "the total line (revenue code 0001) is not the sum of the other lines",
    "the sum of billed_amount of the claim's other lines",
    "Correct the total line, or send the lines that are missing; better leave total lines out.",
)
EDITS = (*COMMON, REPEATED, GAP, TOTAL)

CENT = 0.005
"""Half a cent: amounts that differ by less are equal."""
BITS = 60
"""Claims of more lines are always read in full."""
_HEADER = tuple(edit.field for edit in COMMON)
_KEY = ("encounter_id", "_correction")


def faulty(filing: Filing) -> Table:
    """Return the lines that do not fit the first line of their claim, one row a line and edit."""
    rows = _placed(_odd_lines(filing)).cache()
    first = _first_values(rows)
    met = rows.left_join(first, [rows[name] == first[f"c_{name}"] for name in _KEY])
    missing = met.most - met.different
    off = (met.billed_amount - met.others).abs() > CENT
    # The first line's value may be private: where it stands is told, not what it says.
    told = [
        Told(
            edit,
            met[edit.field] != met[f"first_{edit.field}"],
            met[edit.field],
            ibis.literal(f"one {edit.field} for the claim, as on line ")
            + met[f"line_{edit.field}"].cast("string"),
        )
        for edit in COMMON
    ]
    once = ibis.literal("once in the claim; first on line ") + met.first_line.cast("string")
    every = ibis.literal("lines 1 to ") + met.most.cast("string")
    total = ibis.literal("the sum of the other lines, ") + dollars(met.others)
    return tell(
        met,
        [
            *told,
            Told(REPEATED, met.place > 0, met.line_number, once),
            Told(
                GAP,
                met.whole & (met._line == met.last_line) & (missing > 0),
                met.line_number,
                every + ", of which " + missing.cast("string") + " are missing",
            ),
            Told(
                TOTAL,
                met.whole & met.is_total & (met.totals == 1) & off,
                met.billed_amount,
                total,
            ),
        ],
    )


def _numbered(filing: Filing) -> Table:
    lines = filing.tables["encounters"]
    return lines.select(
        "_file",
        "_line",
        "encounter_id",
        "line_number",
        *_HEADER,
        "billed_amount",
        _correction=ibis.ifelse(lines.frequency.isin(["7", "8"]), lines.frequency, "1").fill_null(
            "1"
        ),
        is_total=(lines.revenue_code.lpad(4, "0") == "0001").fill_null(False),
    )


def _odd_lines(filing: Filing) -> Table:
    """Return all lines of the claims that may be faulty, with ``whole``: none in quarantine."""
    lines = _numbered(filing)
    lines = lines.mutate(_claim=ibis.struct({name: lines[name] for name in _KEY}).hash())
    digest = ibis.struct({name: lines[name] for name in _HEADER}).hash()
    # One bit a line_number: as many bits as lines means that none is missing and none repeated.
    bit = ibis.ifelse(
        lines.line_number.between(1, BITS), ibis.literal(1, "int64") << lines.line_number, 1
    )
    claims = lines.group_by("_claim").agg(
        least=digest.min(), greatest=digest.max(), lines=lines.count(), numbers=bit.bit_or()
    )
    every = (ibis.literal(1, "int64") << (ibis.least(claims.lines, BITS) + 1)) - 2
    uneven = (claims.lines > BITS) | (claims.numbers != every).fill_null(True)
    odd = claims.filter((claims.least != claims.greatest) | uneven).select("_claim")
    odd = odd.union(_unbalanced(lines)).distinct().cache()
    rows = lines.semi_join(odd, "_claim").drop("_claim")
    hidden = set_aside_ids(filing, "encounters", "encounter_id")
    if hidden is None:
        return rows.mutate(whole=True)
    hidden = hidden.select(hidden="encounter_id")
    return rows.left_join(hidden, rows.encounter_id == hidden.hidden).select(
        *rows.columns, whole=ibis._.hidden.isnull()
    )


def _unbalanced(lines: Table) -> Table:
    """Return ``_claim`` of the claims with one total line that is not the sum of the others."""
    totals = lines.filter(lines.is_total).select("_claim").distinct()
    mine = lines.semi_join(totals, "_claim")
    sums = mine.group_by("_claim").agg(
        totals=mine.is_total.sum(),
        total=mine.billed_amount.sum(where=mine.is_total),
        others=mine.billed_amount.sum(where=~mine.is_total).fill_null(0.0),
    )
    off = (sums.total - sums.others).abs() > CENT
    return sums.filter(sums.totals == 1, off.fill_null(False)).select("_claim")


def _placed(rows: Table) -> Table:
    """Add ``place`` among lines of one number in a claim, 0 the first, and ``first_line``."""
    window = ibis.window(
        group_by=[*(rows[name] for name in _KEY), rows.line_number],
        order_by=[rows._file, rows._line],
    )
    return rows.mutate(
        place=ibis.row_number().over(window), first_line=rows._line.first().over(window)
    )


def _first_values(rows: Table) -> Any:
    """Return for each claim each column's first value and its line, and what it sums to."""
    order = [rows._file, rows._line]
    firsts: dict[str, Any] = {}
    for name in _HEADER:
        there = rows[name].notnull()
        firsts[f"first_{name}"] = rows[name].first(where=there, order_by=order)
        firsts[f"line_{name}"] = rows._line.first(where=there, order_by=order)
    return rows.group_by(**{f"c_{name}": rows[name] for name in _KEY}).agg(
        most=rows.line_number.max(),
        different=rows.line_number.nunique(),
        last_line=rows._line.argmax(rows.line_number),
        totals=rows.is_total.sum(),
        others=rows.billed_amount.sum(where=~rows.is_total).fill_null(0.0),
        **firsts,
    )


COMPARISON = Comparison("encounters_claims", "encounters", ("encounters",), EDITS, faulty)
