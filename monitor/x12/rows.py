"""A claim's rows as text: one a service line, in the columns of the encounters table."""

from __future__ import annotations

from decimal import Decimal

from monitor.x12.claims import Claim, Line
from monitor.x12.envelope import Say
from monitor.x12.payers import Decision, amount, decide

OWN = ("claim_number_d9", "unit_basis", "diagnosis_pointers", "paid_by")
"""Columns beside those of the interface: what else is kept of a line, as text."""

# fmt: off
KNOWN = (
    "encounter_id", "line_number", "member_id", "claim_type", "service_from", "service_to",
    "billing_npi", "rendering_npi", "billed_amount", "paid_amount", "line_status",
    "payment_arrangement", "submitted_on", "procedure_code", "modifiers", "revenue_code",
    "bill_type", "place_of_service", "diagnosis_codes", "admit_date", "discharge_date", "units",
    "allowed_amount", "ffs_equivalent_amount", "received_on", "adjudicated_on", "paid_on",
    "denial_code", "subcontractor_id", "billing_taxonomy", "rendering_taxonomy", "attending_npi",
    "operating_npi", "drg", "patient_status", "admission_type", "ndc", "frequency",
    "original_encounter_id",
)
# fmt: on
"""Columns of the interface: those an 837 can fill, and two that are due and left empty."""

COLUMNS = KNOWN + OWN
"""The columns of a row, in their order."""

# An 837I's bill may be one of several of a stay (0, 2 to 5, 9): none of them replaces another.
_INTERIM = frozenset("023459")


def what_is_missing(claim: Claim, say: Say) -> str:
    """Say what a claim lacks; return the code for which it cannot be used, empty if it can."""
    found: list[tuple[int, str, str]] = []
    if not claim.who.has_subscriber:
        found.append((claim.at, "NM1", "no NM1*IL"))
    if not claim.lines:
        found.append((claim.at, "LX", "no LX"))
    service = "SV1" if claim.claim_type == "P" else "SV2"
    stated = claim.claim_type == "I" and claim.stated[0]
    for line in claim.lines:
        if line.services == 0:
            found.append((line.at, service, f"no {service}"))
        elif line.services > 1:
            say("order", line.at, service, f"{line.services}", f"one {service} a line")
            return "order"
        if not line.served[0] and not stated:
            found.append((line.at, "DTP", "no DTP*472"))
    wanted = {
        "NM1": "a subscriber above the claim",
        "LX": "a service line",
        service: "a service in the line",
        "DTP": "a day of service",
    }
    for at, field, value in found:
        say("missing_segment", at, field, value, wanted[field])
    return "missing_segment" if found else ""


def rows_of(claim: Claim, submitted_on: str, say: Say) -> list[tuple[str | None, ...]]:
    """Return the rows of a whole claim, in the order of :data:`COLUMNS`, and say what is odd."""
    _look_at(claim, say)
    decided = decide(claim)
    for oddity in decided.oddities:
        say(*oddity)
    institutional = claim.claim_type == "I"
    who = claim.who
    frequency = claim.frequency
    if institutional and frequency in _INTERIM:
        frequency = "1"
    discharged = claim.discharged
    if discharged == "hour":
        discharged = claim.stated[1]
    bill = f"{claim.facility}{claim.frequency}" if institutional else ""
    codes = ";".join(claim.diagnoses)
    rows: list[tuple[str | None, ...]] = []
    for number, (line, decision) in enumerate(zip(claim.lines, decided.lines, strict=True), 1):
        served = line.served if line.served[0] else claim.stated
        capitated = claim.capitated or line.capitated
        paid_on = decision.decided_on if not decision.denied else ""
        billing = who.billing
        rendering, taxonomy = _rendering(claim, line)
        rows.append(
            (
                claim.id,
                f"{number}",
                who.patient or who.subscriber,
                claim.claim_type,
                served[0],
                served[1],
                billing,
                rendering,
                line.charge,
                decision.paid,
                "denied" if decision.denied else "paid",
                "subcapitated" if capitated else "ffs",
                submitted_on,
                line.procedure,
                line.modifiers,
                line.revenue,
                bill,
                "" if institutional else line.place or claim.facility,
                _in_order(claim.diagnoses, line.pointers) if line.pointers else codes,
                claim.admitted,
                discharged,
                line.units,
                decision.allowed,
                None,
                claim.received,
                decision.decided_on,
                paid_on,
                decision.denial_code,
                None,
                who.billing_taxonomy,
                taxonomy,
                claim.attending,
                line.operating or claim.operating,
                claim.drg,
                claim.patient_status,
                claim.admission_type,
                line.ndc,
                frequency,
                claim.original,
                claim.clearing,
                line.unit_basis,
                line.pointers,
                decided.payer if decision is not _NOTHING and decision.paid else "",
            )
        )
    return rows


_NOTHING = Decision()


def _rendering(claim: Claim, line: Line) -> tuple[str, str]:
    """Return who served and with which taxonomy: of the line, else the claim, else who bills (P).

    The guide asks for 2310B only where it differs from the billing provider.
    """
    if line.rendering:
        return line.rendering, line.rendering_taxonomy
    if claim.rendering:
        return claim.rendering, claim.rendering_taxonomy
    if claim.claim_type == "P":
        return claim.who.billing, claim.who.billing_taxonomy
    return "", ""


def _in_order(diagnoses: list[str], pointers: str) -> str:
    """Return the principal diagnosis, those a line points to in its order, then the others."""
    places = [0]
    for pointer in pointers.split(";"):
        place = (
            int(pointer) - 1 if pointer.isascii() and pointer.isdigit() and len(pointer) < 3 else -1
        )
        if 0 <= place < len(diagnoses) and place not in places:
            places.append(place)
    places += [place for place in range(len(diagnoses)) if place not in places]
    return ";".join(diagnoses[place] for place in places) if diagnoses else ""


def _look_at(claim: Claim, say: Say) -> None:
    """Say what is odd about a claim that can be used."""
    if not claim.diagnoses:
        say("missing_detail", claim.at, "HI", "no HI", "a diagnosis")
    if not claim.who.has_billing:
        say("missing_detail", claim.at, "NM1", "no NM1*85", "a billing provider")
    if claim.icd9:
        say("diagnosis_qualifier", claim.at, "HI01", claim.icd9, "ABK or ABF, for ICD-10-CM")
    if claim.who.has_patient and not claim.who.patient:
        wanted = "the patient's own identifier: the subscriber's is taken"
        say("patient", claim.at, "NM109", "no NM109", wanted)
    charges = [amount(line.charge) for line in claim.lines]
    known = [charge for charge in charges if charge is not None]
    if len(known) == len(charges):
        total = sum(known, Decimal(0))
        if amount(claim.charge) != total:
            say("charge_sum", claim.at, "CLM02", claim.charge or "no CLM02", f"{total}")
