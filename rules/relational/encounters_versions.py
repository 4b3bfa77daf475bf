"""encounters against themselves: replacements and voids, and the claims that they correct.

A correction is the lines of one encounter_id that are replacements (frequency 7) or voids (8) and
name another claim in original_encounter_id. What one correction does wrong is told on its first
line. How the final version of a claim is found is told in ``rules.encounters.final``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from rules.encounters.final import REPLACEMENT, VOID
from rules.model import Filing, Severity, add_months, month_end
from rules.relational.edit import Comparison, RelationalEdit, Told, dollars, set_aside_ids, tell

if TYPE_CHECKING:
    from ibis.expr.types import Table

MONTHS = 36
"""How far back before the period's end a submission's rows may reach."""
CENT = 0.005
"""Half a cent: amounts that differ by less are equal."""


def _edit(
    code: str, fault: str, wanted: str, remedy: str, severity: Severity = Severity.MINOR
) -> RelationalEdit:
    return RelationalEdit("encounters", code, code.split(".")[0], fault, wanted, remedy, severity)


ORPHAN = _edit(
    "original_encounter_id.not_sent",
    "a replacement or void names a claim that is not in the file",
    "the encounter_id of a claim in the file: replaced and voided ones stay in it",
    "Send the original too, or correct original_encounter_id.",
    Severity.MAJOR,
)
FORKED = _edit(
    "original_encounter_id.corrected_twice",
    "two corrections name the same claim",
    "one correction a claim: the next one names the last version",
    "Let the later correction name the earlier one; the latest submitted_on is taken as final.",
)
VOIDED = _edit(
    "original_encounter_id.is_a_void",
    "a void is replaced or voided",
    "a claim that is not itself a void",
    "Send the service again as an original.",
)
RING = _edit(
    "original_encounter_id.ring",
    "corrections name one another in a ring",
    "a chain that ends at an original",
    "Let the first correction name the original claim.",
    Severity.MAJOR,
)
EARLIER = _edit(
    "submitted_on.before_original",
    "a correction was submitted before the claim that it corrects",
    "the original's submitted_on or later",
    "Correct submitted_on, or name the original that it corrects.",
)
MEMBER = _edit(
    "member_id.differs_from_original",
    "a correction is of another member than the claim that it corrects",
    "the original's member_id",
    "Void the claim of the wrong member and send a new original for the right one.",
    Severity.MAJOR,
)
BILLING = _edit(
    "billing_npi.differs_from_original",
    "a correction is billed by another provider than the claim that it corrects",
    "the original's billing_npi",
    "Void the claim of the wrong provider and send a new original for the right one.",
)
CLAIM_TYPE = _edit(
    "claim_type.differs_from_original",
    "a correction is of another claim type than the claim that it corrects",
    "the original's claim_type",
    "Void the claim and send a new original of the right type.",
    Severity.MAJOR,
)
BILLED = _edit(
    "billed_amount.void_differs",
    "a void does not repeat the billed amounts of the claim that it voids",
    "the original's amounts, as positives",
    "Repeat every line of the original in its void, with the same amounts.",
)
PAID = _edit(
    "paid_amount.void_differs",
    "a void does not repeat the paid amounts of the claim that it voids",
    "the original's amounts, as positives",
    "Repeat every line of the original in its void, with the same amounts.",
)
NOTHING = _edit(
    "frequency.void_of_denied",
    "a void takes back a claim of which every line was denied",
    "a void of a claim that was paid",
    "Leave the void out: nothing was paid that it could take back.",
    Severity.INFO,
)
EDITS = (
    ORPHAN,
    FORKED,
    VOIDED,
    RING,
    EARLIER,
    MEMBER,
    BILLING,
    CLAIM_TYPE,
    BILLED,
    PAID,
    NOTHING,
)


def faulty(filing: Filing) -> Table:
    """Return the first lines of corrections that do not fit, one row a correction and edit."""
    named = _corrections(filing).cache()
    claims = _claims(filing, named).cache()
    met = _met(filing, named, claims)
    void = met.frequency == VOID
    there = met.o_claim.notnull()
    comparable = there & (met.o_kinds == 1) & met.seen_whole
    until = filing.period.end
    since = month_end(add_months(until, -MONTHS))
    known = met.original_encounter_id
    return tell(
        met,
        [
            Told(
                ORPHAN,
                ~there
                & met.seen_whole
                & (met.service_from > since)
                & (met.service_from <= until)
                & (met.service_from >= met.earliest),
                known,
                "a claim in the file",
            ),
            Told(
                FORKED,
                met.place > 0,
                known,
                ibis.literal("one correction a claim; line ")
                + met.first_line.cast("string")
                + " corrects it too",
            ),
            Told(VOIDED, there & (met.o_least == VOID), known, "a claim that is not a void"),
            Told(RING, met.in_ring, known, "a chain of corrections that ends at an original"),
            Told(
                EARLIER,
                comparable & (met.submitted_on < met.o_submitted),
                met.submitted_on,
                ibis.literal("submitted_on of the original (")
                + met.o_submitted.cast("string")
                + ") or later",
            ),
            Told(
                MEMBER,
                comparable & _differs(met.member_id, met.o_member, met.o_member_last),
                met.member_id,
                _as_on(met, "member_id"),
            ),
            Told(
                BILLING,
                comparable & _differs(met.billing_npi, met.o_billing, met.o_billing_last),
                met.billing_npi,
                _as_on(met, "billing_npi"),
            ),
            Told(
                CLAIM_TYPE,
                comparable & _differs(met.claim_type, met.o_type, met.o_type_last),
                met.claim_type,
                _as_on(met, "claim_type"),
            ),
            Told(
                BILLED,
                comparable & void & ((met.billed - met.o_billed).abs() > CENT),
                dollars(met.billed),
                ibis.literal("for all lines ") + dollars(met.o_billed) + ", as the original",
            ),
            Told(
                PAID,
                comparable & void & ((met.paid - met.o_paid).abs() > CENT),
                dollars(met.paid),
                ibis.literal("for all lines ") + dollars(met.o_paid) + ", as the original",
            ),
            Told(
                NOTHING,
                comparable & void & (met.o_least == "1") & met.o_denied,
                met.frequency,
                "a void of a claim that was paid",
            ),
        ],
    )


def _as_on(met: Table, column: str) -> Any:
    where = ibis.literal(f"the {column} of the original, on line ")
    return where + met.o_line.cast("string")


def _differs(own: Any, least: Any, most: Any) -> Any:
    """Tell whether a value is none of the original's; the original may disagree with itself."""
    return (own != least) & (own != most)


def _corrections(filing: Filing) -> Table:
    """Return one row a correction: what its first line says, and its sums."""
    lines = filing.tables["encounters"]
    rows = lines.filter(
        lines.frequency.isin([REPLACEMENT, VOID]),
        lines.original_encounter_id != lines.encounter_id,
    )
    order = [rows._file, rows._line]
    firsts = (
        "_file",
        "_line",
        "line_number",
        "original_encounter_id",
        "service_from",
        "member_id",
        "billing_npi",
        "claim_type",
    )
    return rows.group_by("encounter_id", "frequency").agg(
        submitted_on=rows.submitted_on.min(),
        billed=rows.billed_amount.sum(),
        paid=rows.paid_amount.sum(),
        **{name: rows[name].first(order_by=order) for name in firsts},
    )


def _claims(filing: Filing, named: Table) -> Table:
    """Return one row for each claim that a correction names and that is in the file."""
    lines = filing.tables["encounters"]
    asked = named.select(encounter_id="original_encounter_id").distinct()
    kind = ibis.ifelse(lines.frequency.isin([REPLACEMENT, VOID]), lines.frequency, "1").fill_null(
        "1"
    )
    rows = lines.mutate(kind=kind).semi_join(asked, "encounter_id")
    return rows.group_by(o_claim="encounter_id").agg(
        o_line=rows._line.min(),
        o_kinds=rows.kind.nunique(),
        o_least=rows.kind.min(),
        o_submitted=rows.submitted_on.min(),
        o_member=rows.member_id.min(),
        o_member_last=rows.member_id.max(),
        o_billing=rows.billing_npi.min(),
        o_billing_last=rows.billing_npi.max(),
        o_type=rows.claim_type.min(),
        o_type_last=rows.claim_type.max(),
        o_billed=rows.billed_amount.sum(),
        o_paid=rows.paid_amount.sum(),
        o_denied=(rows.line_status == "denied").all(),
    )


def _met(filing: Filing, named: Table, claims: Table) -> Table:
    """Return the corrections beside their originals, their rivals, and how far the file goes."""
    order = [named.submitted_on, named._file, named._line]
    window = ibis.window(group_by=named.original_encounter_id, order_by=order)
    placed = named.mutate(
        place=ibis.row_number().over(window), first_line=named._line.first().over(window)
    )
    met = placed.left_join(claims, placed.original_encounter_id == claims.o_claim)
    rings = _rings(named)
    met = met.left_join(rings, met.encounter_id == rings.r_claim)
    met = met.mutate(in_ring=met.r_claim.notnull(), earliest=_earliest(filing))
    hidden = set_aside_ids(filing, "encounters", "encounter_id")
    if hidden is None:
        return met.mutate(seen_whole=ibis.literal(True))
    for name in ("encounter_id", "original_encounter_id"):
        aside = hidden.view().select(**{f"hidden_{name}": "encounter_id"})
        met = met.left_join(aside, met[name] == aside[f"hidden_{name}"])
    return met.mutate(
        seen_whole=met.hidden_encounter_id.isnull() & met.hidden_original_encounter_id.isnull()
    )


def _earliest(filing: Filing) -> Any:
    """Return the first day of service of any original: what was served earlier was not sent."""
    lines = filing.tables["encounters"]
    originals = lines.filter(~lines.frequency.isin([REPLACEMENT, VOID]).fill_null(False))
    day = originals.service_from.min().execute()
    return ibis.literal(day, type="date") if day else ibis.null("date")


def _rings(named: Table) -> Table:
    """Return ``r_claim``: the corrections that come round to themselves.

    Each round doubles the steps taken along the chains and drops those that end. Who is left after
    as many steps as there are corrections goes round, and stands on the ring.
    """
    reached = named.group_by("encounter_id").agg(goes=named.original_encounter_id.min()).cache()
    steps, most = 1, int(reached.count().execute())
    while steps <= most:
        onward = reached.view().select(met="encounter_id", next="goes")
        joined = reached.inner_join(onward, reached.goes == onward.met)
        reached = joined.select("encounter_id", goes="next").cache()
        if not int(reached.count().execute()):
            break
        steps *= 2
    return reached.select(r_claim="goes").distinct()


def seen(filing: Filing) -> dict[str, int]:
    """Return how many lines are of a correction, or of a void, that names another claim."""
    lines = filing.tables["encounters"]
    rows = lines.filter(
        lines.frequency.isin([REPLACEMENT, VOID]),
        lines.original_encounter_id != lines.encounter_id,
    )
    corrections = int(rows.count().execute())
    voids = int((rows.frequency == VOID).sum().fill_null(0).execute())
    of_voids = (BILLED, PAID, NOTHING)
    return {edit.full_code: voids if edit in of_voids else corrections for edit in EDITS}


COMPARISON = Comparison("encounters_versions", "encounters", ("encounters",), EDITS, faulty, seen)
