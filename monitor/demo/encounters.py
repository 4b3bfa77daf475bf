"""The encounters table of one plan, column by column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from monitor.demo.calendars import Calendar
from monitor.demo.claims import (
    DENIAL_CODES,
    claim_lines,
    decide_claims,
    draw_outside,
    priced,
)
from monitor.demo.conditions import AILMENTS, PASSING
from monitor.demo.contracting import SILO_SUBCONTRACTOR
from monitor.demo.diagnoses import DRGS, tell_diagnoses
from monitor.demo.draw import REASONS, Events, behavioral_services
from monitor.demo.identity import number_ids
from monitor.demo.lines import CODES, REVENUES, Lines
from monitor.demo.members import Members
from monitor.demo.plans import Plan
from monitor.demo.services import EVERY
from monitor.demo.trades import BY_SLUG

Ints = NDArray[np.int64]

LABORATORY_SUBCONTRACTOR = "SUB-LAB"
PASSED_ON = {LABORATORY_SUBCONTRACTOR: 0.9, SILO_SUBCONTRACTOR: 0.84}
GROUP_TAXONOMY = "193400000X"
OPERATING_ROOM = "0360"
REMOTE = 0.14
"""Share of talking visits that are by video."""


@dataclass(frozen=True)
class Served:
    """What the encounters are told from: events with lines, and the row of who served each.

    ``usual`` gives each member's usual provider (row) of a trade; ``spare`` are NPIs of nobody
    in the network; ``kept`` are events that nothing else may happen to.
    """

    events: Events
    lines: Lines
    row: Ints
    usual: dict[str, Ints]
    kept: Ints
    spare: NDArray[np.str_]


def tell_encounters(
    served: Served,
    members: Members,
    providers: pl.DataFrame,
    calendar: Calendar,
    plan: Plan,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Return the encounters, one row a line.

    Beside the table's columns, for the demo alone: ``_domain``, ``_benefit``, ``_paid`` (the day),
    ``_kept``, ``_late`` and ``_outside``.
    """
    events, lines = served.events, served.lines
    outside = draw_outside(events, served.kept, rng)
    claims = decide_claims(events, served.kept, calendar, plan, rng)
    claim, line = claim_lines(claims, lines, events)
    told = _tell_events(served, outside, members, providers, calendar, plan, rng)
    kept = np.zeros(len(events), dtype=bool)
    kept[served.kept] = True
    told = told.with_columns(_kept=pl.Series(kept), _outside=pl.Series(outside))
    by_line = told[claims.event[claim]]
    subcontractor = by_line["subcontractor_id"]
    amounts = priced(
        claims,
        lines,
        claim,
        line,
        subcontractor.is_not_null().to_numpy(),
        PASSED_ON[SILO_SUBCONTRACTOR] if plan.silo else PASSED_ON[LABORATORY_SUBCONTRACTOR],
        rng,
    )
    ids = number_ids(plan.plan_id[:2] + "E", np.arange(len(claims.event)) + 1, 9)
    original = pl.Series(claims.original)
    frame = pl.concat([by_line, amounts], how="horizontal").with_columns(
        encounter_id=ids.gather(claim),
        line_number=pl.Series(lines.number[line]),
        _code=pl.Series(CODES).gather(lines.code[line]),
        revenue_code=pl.Series(REVENUES).gather(lines.revenue[line]),
        units=pl.Series(lines.units[line]),
        days_supply=pl.Series(lines.days_supply[line]),
        submitted_on=calendar.dates(claims.sent[claim]),
        received_on=calendar.dates(claims.received[claim]),
        adjudicated_on=calendar.dates(claims.decided[claim]),
        paid_on=calendar.dates(claims.paid[claim]),
        _paid=calendar.dates(claims.paid[claim]),
        denial_code=pl.Series(DENIAL_CODES).gather(claims.denial[claim]),
        frequency=pl.Series(claims.frequency[claim]).cast(pl.String),
        original_encounter_id=ids.gather(original.clip(lower_bound=0).to_numpy()[claim]),
        _original=original.gather(claim),
        _late=pl.Series(claims.late[claim]),
    )
    denied, pharmacy = pl.col("_denied"), pl.col("claim_type") == "R"
    return frame.with_columns(
        procedure_code=pl.when((pl.col("_code") != "") & ~pharmacy).then("_code"),
        ndc=pl.when(pharmacy).then("_code"),
        revenue_code=pl.when(pl.col("revenue_code") != "").then("revenue_code"),
        days_supply=pl.when(pharmacy).then("days_supply"),
        line_status=pl.when(denied).then(pl.lit("denied")).otherwise(pl.lit("paid")),
        denial_code=pl.when(denied).then("denial_code"),
        operating_npi=pl.when(pl.col("revenue_code") == OPERATING_ROOM).then("_surgeon"),
        paid_on=pl.when(~denied).then("paid_on"),
        original_encounter_id=pl.when(pl.col("_original") >= 0).then("original_encounter_id"),
        # The last digit of a type of bill says what the bill is: 7 replaces, 8 voids.
        bill_type=pl.when(pl.col("frequency") == "1")
        .then("bill_type")
        .otherwise(pl.col("bill_type").str.head(-1) + pl.col("frequency")),
        payment_arrangement=pl.when(pl.col("subcontractor_id").is_null())
        .then(pl.lit("ffs"))
        .otherwise(pl.lit("subcapitated")),
    ).drop("_code", "_original", "_denied", "_surgeon")


def _tell_events(
    served: Served,
    outside: NDArray[np.bool_],
    members: Members,
    providers: pl.DataFrame,
    calendar: Calendar,
    plan: Plan,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Return one row an event: what all lines of its claims have in common."""
    events, count = served.events, len(served.events)
    kind = np.array([s.claim for s in EVERY])[events.service]
    trade = np.array([s.trade for s in EVERY])[events.service]
    stay = np.array([s.stay > 0 for s in EVERY])[events.service]
    behavioral = behavioral_services()[events.service]
    reason_domain = np.array([a.domain for a in AILMENTS] + ["PH"] * len(PASSING))[events.reason]
    own_domain = np.array([s.domain for s in EVERY])[events.service]
    domain = np.where(behavioral, reason_domain, np.where(own_domain != "", own_domain, "PH"))
    who = providers.select("npi", "group_npi", "taxonomy", "site_id", "entity_type")[served.row]
    stranger = pl.Series(served.spare).gather(_strangers(events, served, rng))
    taxonomy = pl.Series([BY_SLUG[t].taxonomies[0] for t in BY_SLUG])
    trade_number = pl.Series(
        np.array([list(BY_SLUG).index(s.trade) for s in EVERY])[events.service]
    )
    talks = behavioral & (kind == "P") & np.array([s.place == "11" for s in EVERY])[events.service]
    remote = talks & (rng.uniform(size=count) < REMOTE)
    place = np.where(remote, "10", np.array([s.place for s in EVERY])[events.service])
    drg = np.array([DRGS.get(name, "") for name in REASONS])[events.reason]
    hospital = stay & (kind == "I") & (trade != "skilled_nursing")
    elective = np.where(behavioral, 0.35, 0.25)
    admission = np.where(rng.uniform(size=count) < elective, "3", "1")
    sub = np.where(trade == "laboratory", LABORATORY_SUBCONTRACTOR, "")
    if plan.silo:
        sub = np.where(behavioral & (kind != "R"), SILO_SUBCONTRACTOR, "")
    away = pl.Series(outside)
    institutional, pharmacy = pl.Series(kind == "I"), pl.Series(kind == "R")
    frame = pl.DataFrame(
        {
            "member_id": pl.Series(members.member_id).gather(events.member),
            "claim_type": kind,
            "service_from": calendar.dates(events.start),
            "service_to": calendar.dates(events.end),
            "diagnosis_codes": tell_diagnoses(events, members, kind, rng),
            "place_of_service": place,
            "bill_type": np.array([s.bill_type for s in EVERY])[events.service],
            "modifiers": np.where(remote, "95", ""),
            "admit_date": calendar.dates(events.start),
            "discharge_date": calendar.dates(events.end),
            "drg": np.where(hospital, drg, ""),
            "patient_status": np.where(stay & (kind == "I"), "01", ""),
            "admission_type": np.where(stay & (kind == "I"), admission, ""),
            "subcontractor_id": sub,
            "_domain": domain,
            "_stay": stay & (kind == "I"),
            "_service": np.array([s.name for s in EVERY])[events.service],
        }
    )
    frame = frame.with_columns(
        pl.when(pl.col(name) != "").then(name).alias(name)
        for name in (
            "bill_type",
            "modifiers",
            "drg",
            "patient_status",
            "admission_type",
            "subcontractor_id",
        )
    )
    named = pl.concat([frame, who.rename({"taxonomy": "_taxonomy"})], how="horizontal")
    grouped = pl.col("group_npi").is_not_null() & (pl.col("entity_type") == "individual")
    return named.with_columns(
        place_of_service=pl.when(~institutional).then("place_of_service"),
        admit_date=pl.when("_stay").then("admit_date"),
        discharge_date=pl.when("_stay").then("discharge_date"),
        billing_npi=pl.when(away).then(stranger).when(grouped).then("group_npi").otherwise("npi"),
        rendering_npi=pl.when(institutional | pharmacy)
        .then(None)
        .when(away)
        .then(stranger)
        .otherwise("npi"),
        billing_taxonomy=pl.when(away)
        .then(taxonomy.gather(trade_number))
        .when(grouped)
        .then(pl.lit(GROUP_TAXONOMY))
        .otherwise("_taxonomy"),
        rendering_taxonomy=pl.when(institutional | pharmacy)
        .then(None)
        .when(away)
        .then(taxonomy.gather(trade_number))
        .otherwise("_taxonomy"),
        rendering_site_id=pl.when(~away).then("site_id"),
        attending_npi=_attending(served, providers, hospital, trade, behavioral),
        prescriber_npi=_prescribers(served, providers, behavioral, kind, rng),
        _surgeon=providers["npi"].gather(served.usual["general_surgery"][events.member]),
    ).drop("npi", "group_npi", "_taxonomy", "site_id", "entity_type", "_stay")


def _strangers(events: Events, served: Served, rng: np.random.Generator) -> Ints:
    """Return for each event one of the few providers of its kind outside the network."""
    each = max(len(served.spare) // len(EVERY), 1)
    chosen: Ints = (events.service * each + rng.integers(0, each, len(events))) % len(served.spare)
    return chosen


def _attending(
    served: Served,
    providers: pl.DataFrame,
    hospital: NDArray[np.bool_],
    trade: NDArray[np.str_],
    behavioral: NDArray[np.bool_],
) -> pl.Series:
    """Return who attended: a psychiatrist, a hospitalist or an emergency physician; else nobody."""
    member = served.events.member
    row = np.where(
        hospital & (trade == "inpatient_psychiatric"),
        served.usual["psychiatry"][member],
        np.where(
            hospital,
            served.usual["hospital_medicine"][member],
            served.usual["emergency_medicine"][member],
        ),
    )
    known = hospital | (trade == "acute_hospital")
    known &= np.array([s.claim == "I" for s in EVERY])[served.events.service]
    del behavioral
    return pl.select(pl.when(pl.Series(known)).then(providers["npi"].gather(row))).to_series()


def _prescribers(
    served: Served,
    providers: pl.DataFrame,
    behavioral: NDArray[np.bool_],
    kind: NDArray[np.str_],
    rng: np.random.Generator,
) -> pl.Series:
    """Return who prescribed: primary care, and for a third of psychotropics psychiatry."""
    member = served.events.member
    psychiatric = behavioral & (rng.uniform(size=len(member)) < 0.33)
    row = np.where(
        psychiatric, served.usual["psychiatry"][member], served.usual["primary_care"][member]
    )
    return pl.select(pl.when(pl.Series(kind == "R")).then(providers["npi"].gather(row))).to_series()
