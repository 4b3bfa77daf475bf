"""ledger and payment_models against the registers: payees known, bound and paid as agreed.

A payee of payee_type provider may be outside the network or a sum over many, so it is asked only
where it has the form of an NPI; providers, groups and whoever billed in encounters are known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import polars as pl

from rules.model import Filing, Severity
from rules.relational.edit import Comparison, RelationalEdit, Told, dollars, set_aside_ids, tell
from rules.relational.ids import ids_of, naming_unknown, nothing

if TYPE_CHECKING:
    from ibis.expr.types import Table

UNREGISTERED = RelationalEdit(
    "ledger",
    "payee_id.unknown_subcontractor",
    "payee_id",
    "a subcontractor was paid that is not in subcontracts",
    "a subcontractor_id of subcontracts",
    "Enter the subcontractor in the register, or correct payee_id.",
    Severity.MAJOR,
    looks_up=(("subcontracts", "subcontractor_id"),),
)
NOT_IN_FORCE = RelationalEdit(
    "ledger",
    "payee_id.not_in_force",
    "payee_id",
    "a subcontractor was paid for a month in which no agreement with it was in force",
    "a month of an agreement",
    "Send the agreement that is missing, or correct incurred_month.",
    looks_up=(("subcontracts", "subcontractor_id"),),
)
ABOVE_AGREED = RelationalEdit(
    "ledger",
    "amount.above_pmpm",
    "amount",
    "sub-capitation of a month is over 5 % above the agreed pmpm times all member months "
    "(carvein's own limit)",
    "at most pmpm x member_months of the month",
    "Correct pmpm in subcontracts, or the entries; say in note what is paid beside it.",
    looks_up=(("subcontracts", "subcontractor_id"), ("capitation", "month")),
)
NO_PROVIDER = RelationalEdit(
    "ledger",
    "payee_id.unknown_provider",
    "payee_id",
    "an NPI was paid that is neither in providers nor bills in encounters",
    "an NPI or group_npi of providers, or a billing_npi of encounters",
    "List the provider, or send the encounters that the payment is for.",
    looks_up=(("providers", "npi"),),
)
NO_PRACTICE = RelationalEdit(
    "ledger",
    "payee_id.unknown_practice",
    "payee_id",
    "a practice was paid that is not in practices",
    "a practice_id of practices",
    "List the practice, or correct payee_id.",
    looks_up=(("practices", "practice_id"),),
)
NO_PAYEE = RelationalEdit(
    "payment_models",
    "payee_id.unknown",
    "payee_id",
    "an arrangement is with a payee whom no table knows",
    "an NPI or group_npi of providers, a practice_id or a subcontractor_id",
    "List the payee, or correct payee_id.",
    looks_up=(
        ("providers", "npi"),
        ("practices", "practice_id"),
        ("subcontracts", "subcontractor_id"),
    ),
)
EXCESS = 0.05
"""carvein's own: retroactive months move a monthly payment by a little."""

_SUMMED = (
    ("ledger", "payee_id", "payee_id"),
    ("subcontracts", "subcontractor_id", "payee_id"),
    ("capitation", "month", "incurred_month"),
)
_NPI = "^[12][0-9]{9}$"


def against_register(filing: Filing) -> Table:
    """Return the payments to subcontractors without an agreement, one row a row and edit."""
    ledger, register = filing.tables["ledger"], filing.tables["subcontracts"]
    rows = ledger.filter(ledger.payee_type == "subcontractor", ledger.payee_id.notnull())
    rows = rows.select("_file", "_line", "entry_id", "incurred_month", "payee_id")
    hidden = set_aside_ids(filing, "subcontracts", "subcontractor_id")
    if hidden is not None:
        rows = rows.anti_join(hidden, rows.payee_id == hidden.subcontractor_id)
    known = register.group_by(_sub="subcontractor_id").agg(
        _first=register.effective.min(), _last=register.end.max()
    )
    rows = rows.left_join(known, rows.payee_id == known._sub)
    spans = _months(register)
    held = rows.semi_join(
        spans,
        [
            rows.payee_id == spans.who,
            rows.incurred_month >= spans.begins,
            rows.incurred_month <= spans.ends,
        ],
    ).select(_held_file="_file", _held_line="_line")
    rows = rows.left_join(held, [rows._file == held._held_file, rows._line == held._held_line])
    expected = (
        ibis.literal("an agreement in force in ")
        + rows.incurred_month
        + "; the register has it from "
        + rows._first.cast("string")
        + ibis.coalesce(ibis.literal(" to ") + rows._last.cast("string"), ibis.literal(" on"))
    )
    return tell(
        rows,
        [
            Told(
                UNREGISTERED,
                rows._sub.isnull(),
                rows.payee_id,
                "a subcontractor_id of subcontracts",
            ),
            Told(
                NOT_IN_FORCE,
                rows._sub.notnull() & rows._held_line.isnull() & rows._first.notnull(),
                rows.payee_id,
                expected,
            ),
        ],
    )


def seen_subcontractors(filing: Filing) -> dict[str, int]:
    """Return how many entries pay a subcontractor."""
    asked = _paid_to(filing, "subcontractor")
    return {edit.full_code: asked for edit in (UNREGISTERED, NOT_IN_FORCE)}


def above_agreed(filing: Filing) -> Table:
    """Return the last sub-capitation entry of each payee and month that was paid too much."""
    register, capitation = filing.tables["subcontracts"], filing.tables["capitation"]
    rows = _subcapitations(filing)
    by = ["payee_id", "incurred_month"]
    window = ibis.window(group_by=by, order_by=[ibis.desc("_file"), ibis.desc("_line")])
    rows = rows.mutate(
        _nth=ibis.row_number().over(window),
        _paid=rows.amount.sum().over(ibis.window(group_by=by)),
    )
    rows = rows.filter(rows._nth == 0)
    months = capitation.group_by(_month="month").agg(
        _months=capitation.member_months.sum(),
        _whole=capitation.member_months.notnull().all(),
    )
    rows = rows.inner_join(months, rows.incurred_month == months._month)
    spans = _months(register.filter(register.payment == "subcapitation"))
    pmpm = rows.select("payee_id", "incurred_month").inner_join(
        spans,
        [
            ibis._.payee_id == spans.who,
            ibis._.incurred_month >= spans.begins,
            ibis._.incurred_month <= spans.ends,
        ],
    )
    pmpm = pmpm.group_by(_who="payee_id", _when="incurred_month").agg(
        _pmpm=pmpm.pmpm.sum(), _priced=pmpm.pmpm.notnull().all()
    )
    rows = rows.inner_join(pmpm, [rows.payee_id == pmpm._who, rows.incurred_month == pmpm._when])
    agreed = rows._pmpm * rows._months
    expected = (
        ibis.literal("at most ")
        + dollars(agreed)
        + " in "
        + rows.incurred_month
        + ": pmpm "
        + rows._pmpm.cast("string")
        + " x "
        + rows._months.cast("string")
        + " member months"
    )
    too_much = rows._priced & rows._whole & (rows._paid > (1 + EXCESS) * agreed + 0.005)
    return tell(rows, [Told(ABOVE_AGREED, too_much, dollars(rows._paid), expected)])


def _subcapitations(filing: Filing) -> Table:
    """Return the sub-capitation entries of payees and months of which no row is in quarantine."""
    ledger = filing.tables["ledger"]
    rows = ledger.filter(ledger.kind == "subcapitation").select(
        "_file", "_line", "entry_id", "incurred_month", "payee_id", "amount"
    )
    for table, column, mine in _SUMMED:
        hidden = set_aside_ids(filing, table, column)
        if hidden is not None:
            rows = rows.anti_join(hidden, rows[mine] == hidden[column])
    return rows


def seen_subcapitations(filing: Filing) -> dict[str, int]:
    """Return how many entries are sub-capitations that can be held to the agreement."""
    return {ABOVE_AGREED.full_code: int(_subcapitations(filing).count().execute())}


def unknown_providers(filing: Filing) -> Table:
    """Return the payments to NPIs that nothing else of the submission knows."""
    ledger = filing.tables["ledger"]
    rows = ledger.filter(ledger.payee_type == "provider", ledger.payee_id.re_search(_NPI))
    rows = rows.select("_file", "_line", "entry_id", "payee_id")
    unknown = naming_unknown(rows, "payee_id", *_known_npis(filing))
    if unknown is None:
        return nothing()
    return tell(
        unknown,
        [
            Told(
                NO_PROVIDER,
                ibis.literal(True),
                unknown.payee_id,
                "an NPI of providers or encounters",
            )
        ],
    )


def seen_npis(filing: Filing) -> dict[str, int]:
    """Return how many entries pay an NPI."""
    ledger = filing.tables["ledger"]
    asked = ledger.filter(ledger.payee_type == "provider", ledger.payee_id.re_search(_NPI))
    return {NO_PROVIDER.full_code: int(asked.count().execute())}


def unknown_practices(filing: Filing) -> Table:
    """Return the payments to practices that are not in practices."""
    ledger = filing.tables["ledger"]
    rows = ledger.filter(ledger.payee_type == "practice", ledger.payee_id.notnull())
    rows = rows.select("_file", "_line", "entry_id", "payee_id")
    unknown = naming_unknown(rows, "payee_id", ids_of(filing, "practices", "practice_id"))
    if unknown is None:
        return nothing()
    return tell(
        unknown,
        [Told(NO_PRACTICE, ibis.literal(True), unknown.payee_id, "a practice_id of practices")],
    )


def seen_practices(filing: Filing) -> dict[str, int]:
    """Return how many entries pay a practice."""
    return {NO_PRACTICE.full_code: _paid_to(filing, "practice")}


def unknown_payees(filing: Filing) -> Table:
    """Return the arrangements with a payee whom no table knows."""
    rows = filing.tables["payment_models"].select("_file", "_line", "arrangement_id", "payee_id")
    known = _known_npis(filing)
    for table, column in (("practices", "practice_id"), ("subcontracts", "subcontractor_id")):
        if table in filing.tables:
            known.append(ids_of(filing, table, column))
    unknown = naming_unknown(rows, "payee_id", *known)
    if unknown is None:
        return nothing()
    expected = "a provider, group, practice or subcontractor of the submission"
    return tell(unknown, [Told(NO_PAYEE, ibis.literal(True), unknown.payee_id, expected)])


def _paid_to(filing: Filing, payee_type: str) -> int:
    ledger = filing.tables["ledger"]
    return int(ledger.filter(ledger.payee_type == payee_type).count().execute())


def _months(register: Table) -> Table:
    """Return ``who``, ``pmpm`` and the months from ``begins`` to ``ends`` of each agreement."""
    return register.select(
        "pmpm",
        who="subcontractor_id",
        begins=register.effective.strftime("%Y-%m").fill_null("0000-00"),
        ends=register.end.strftime("%Y-%m").fill_null("9999-99"),
    )


def _known_npis(filing: Filing) -> list[pl.Series]:
    """Return every NPI of providers, group or single, and every one that bills."""
    known = [ids_of(filing, "providers", name) for name in ("npi", "group_npi")]
    if "encounters" in filing.tables:
        known.append(ids_of(filing, "encounters", "billing_npi"))
    return known


COMPARISONS = (
    Comparison(
        "ledger_subcontracts",
        "ledger",
        ("ledger", "subcontracts"),
        (UNREGISTERED, NOT_IN_FORCE),
        against_register,
        seen_subcontractors,
    ),
    Comparison(
        "ledger_pmpm",
        "ledger",
        ("ledger", "subcontracts", "capitation"),
        (ABOVE_AGREED,),
        above_agreed,
        seen_subcapitations,
    ),
    Comparison(
        "ledger_providers",
        "ledger",
        ("ledger", "providers"),
        (NO_PROVIDER,),
        unknown_providers,
        seen_npis,
    ),
    Comparison(
        "ledger_practices",
        "ledger",
        ("ledger", "practices"),
        (NO_PRACTICE,),
        unknown_practices,
        seen_practices,
    ),
    Comparison(
        "payment_models_payees",
        "payment_models",
        ("payment_models", "providers"),
        (NO_PAYEE,),
        unknown_payees,
    ),
)
