"""encounters against themselves: stays that overlap, and drugs that were dispensed twice in a day.

Denied lines, voids, and what was voided or replaced are not asked. A transfer on the day of the
discharge is no overlap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from rules.encounters.final import standing
from rules.model import Filing, Severity
from rules.relational.edit import Comparison, RelationalEdit, Told, tell

if TYPE_CHECKING:
    from ibis.expr.types import Table

APART = RelationalEdit(
    "encounters",
    "admit_date.overlaps_stay",
    "admit_date",
    "a member was admitted to a hospital before the discharge from another one",
    "one inpatient stay of a member at a time",
    "Correct admit_date or discharge_date of one of the stays, or void the one that was not.",
)
INTERIM = RelationalEdit(
    "encounters",
    "service_from.overlaps_interim",
    "service_from",
    "two bills of one stay cover the same days",
    "interim bills of a stay that follow one another",
    "Replace or void the bill that repeats days of another one.",
)
TWICE = RelationalEdit(
    "encounters",
    "ndc.dispensed_twice",
    "ndc",
    "two pharmacies dispensed the same drug to a member on one day",
    "one fill of a drug a day",
    "Look whether one of the fills was not picked up and has to be voided.",
    Severity.INFO,
)

_WHERE = ("_file", "_line", "encounter_id", "line_number", "frequency")


def _asked(filing: Filing) -> Table:
    lines = filing.tables["encounters"]
    return lines.filter(lines.line_status != "denied")


def _bills(filing: Filing) -> Table:
    """Return one row an inpatient bill: its first line and its days; bill types 11x alone."""
    lines = _asked(filing)
    bill = lines.bill_type.lpad(4, "0")
    rows = lines.filter(
        lines.claim_type == "I", bill.startswith("011"), lines.member_id.notnull()
    ).mutate(interim=bill[3].isin(["2", "3", "4"]).fill_null(False))
    rows = standing(
        rows.select(
            *_WHERE,
            "member_id",
            "billing_npi",
            "admit_date",
            "discharge_date",
            "service_from",
            "service_to",
            "interim",
        ),
        filing,
    )
    order = [rows._file, rows._line]
    return rows.group_by("encounter_id", "member_id", "billing_npi", "admit_date").agg(
        discharge_date=rows.discharge_date.max(),
        service_from=rows.service_from.min(),
        service_to=rows.service_to.max(),
        interim=rows.interim.any(),
        **{name: rows[name].first(order_by=order) for name in ("_file", "_line", "line_number")},
    )


def _stays(filing: Filing) -> Table:
    """Return the bills beside the earlier stay, and the earlier interim bill, that lasts longest.

    What was just before may have ended while an earlier one goes on. Of two stays from one day the
    shorter comes first: a transfer on the day of admission is no overlap.
    """
    bills = filing.once("inpatient_bills", _bills)
    at = [bills._file, bills._line]
    stays = ibis.window(
        group_by=bills.member_id,
        order_by=[bills.admit_date, bills.discharge_date, *at],
        rows=(None, -1),
    )
    parts = ibis.window(
        group_by=[bills.member_id, bills.billing_npi, bills.admit_date],
        order_by=[bills.service_from, bills.service_to, *at],
        rows=(None, -1),
    )
    ended, billed = bills.discharge_date, ibis.ifelse(bills.interim, bills.service_to, None)
    return bills.mutate(
        before_npi=bills.billing_npi.argmax(ended).over(stays),
        before_discharge=ended.max().over(stays),
        before_stay=bills._line.argmax(ended).over(stays),
        before_to=billed.max().over(parts),
        before_bill=bills._line.argmax(billed).over(parts),
    )


def overlapping(filing: Filing) -> Table:
    """Return the first lines of inpatient bills that overlap another one."""
    rows = _stays(filing)
    line = ibis.literal("a day after the bill on line ")
    return tell(
        rows,
        [
            Told(
                APART,
                (rows.billing_npi != rows.before_npi) & (rows.admit_date < rows.before_discharge),
                rows.admit_date,
                ibis.literal("the day of discharge or later of the stay on line ")
                + rows.before_stay.cast("string"),
            ),
            Told(
                INTERIM,
                rows.interim & (rows.service_from <= rows.before_to),
                rows.service_from,
                line + rows.before_bill.cast("string"),
            ),
        ],
    )


def seen_stays(filing: Filing) -> dict[str, int]:
    """Return how many inpatient bills stand, and how many of them are interim."""
    bills = filing.once("inpatient_bills", _bills)
    known = bills.admit_date.notnull() & bills.discharge_date.notnull()
    counts = bills.agg(stays=known.sum(), interim=bills.interim.sum()).fill_null(0)
    [found] = counts.to_polars().to_dicts()
    return {APART.full_code: int(found["stays"]), INTERIM.full_code: int(found["interim"])}


def dispensed_twice(filing: Filing) -> Table:
    """Return the fills of a drug beyond a member's first on one day, by another pharmacy."""
    lines = _asked(filing)
    fills = lines.filter(lines.claim_type == "R", lines.ndc.notnull(), lines.billing_npi.notnull())
    same = {name: fills[name] for name in ("member_id", "ndc", "service_from")}
    several = fills.group_by(fill=ibis.struct(same).hash()).agg(fills=fills.count())
    several = several.filter(several.fills > 1).select("fill").cache()
    keyed = fills.select(*_WHERE, *same, "billing_npi", fill=ibis.struct(same).hash())
    rows = standing(keyed.semi_join(several, "fill").drop("fill"), filing)
    window = ibis.window(group_by=list(same), order_by=[rows._file, rows._line])
    rows = rows.mutate(
        first_npi=rows.billing_npi.first().over(window), first_line=rows._line.first().over(window)
    )
    once = ibis.literal("one fill a day; the first is on line ") + rows.first_line.cast("string")
    return tell(rows, [Told(TWICE, rows.billing_npi != rows.first_npi, rows.ndc, once)])


def seen_fills(filing: Filing) -> dict[str, int]:
    """Return how many pharmacy lines were not denied."""
    lines = _asked(filing)
    return {TWICE.full_code: int((lines.claim_type == "R").sum().fill_null(0).execute())}


COMPARISONS = (
    Comparison(
        "encounters_stays", "encounters", ("encounters",), (APART, INTERIM), overlapping, seen_stays
    ),
    Comparison(
        "encounters_fills", "encounters", ("encounters",), (TWICE,), dispensed_twice, seen_fills
    ),
)
