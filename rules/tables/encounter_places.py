"""The place of service of one service line, its procedure and its telehealth modifiers."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.column import sent
from rules.tables.edit import Edit
from rules.tables.encounter_lines import PROFESSIONAL
from rules.tables.listed import listed, started

_PLACE, _PROCEDURE = pl.col("place_of_service"), pl.col("procedure_code")
_AT_DISTANCE = ["02", "10"]


def _visit(code: str, fault: str, first: int, last: int, wrong: list[str], right: str) -> Edit:
    """Return the edit that visits of one setting, ``first`` to ``last``, are not told elsewhere."""
    return Edit(
        f"place_of_service.{code}",
        "place_of_service",
        fault,
        right,
        ~_PLACE.is_in(wrong)
        | ~PROFESSIONAL
        | ~_PROCEDURE.is_in([str(procedure) for procedure in range(first, last + 1)]),
        remedy="Correct the place of service or the procedure; the procedure's own text says "
        "where it is done.",
        expected=pl.format("{}, not {}", pl.lit(right), sent("place_of_service")),
    )


PLACES = (
    Edit(
        "place_of_service.unknown",
        "place_of_service",
        "a place of service that is not assigned",
        "a code of the CMS place of service set",
        listed("place_of_service", "places_of_service", form="^[0-9]{2}$"),
        remedy="Send the code of the place where the member was seen.",
    ),
    Edit(
        "place_of_service.not_in_force",
        "place_of_service",
        "a place of service that was not in force on the day",
        "a code that was in force on service_from",
        started("place_of_service", "service_from", "places_of_service"),
        remedy="Send the code that was in force on the day.",
    ),
    _visit(
        "hospital_visit",
        "a hospital visit took place in an office or at home",
        99221,
        99239,
        ["11", "12"],
        "a hospital such as 21, 22 or 51",
    ),
    _visit(
        "emergency_visit",
        "an emergency department visit took place in an office or at home",
        99281,
        99285,
        ["11", "12"],
        "an emergency room (23)",
    ),
    _visit(
        "home_visit",
        "a visit at home took place in an office or hospital",
        99341,
        99350,
        ["11", "21", "22", "23"],
        "a home or residence such as 12, 13 or 14",
    ),
    _visit(
        "nursing_visit",
        "a nursing facility visit took place in an office or at home",
        99304,
        99316,
        ["11", "12"],
        "a nursing facility such as 31 or 32",
    ),
    Edit(
        "procedure_code.at_distance",
        "procedure_code",
        "a service that needs hands was given by telehealth",
        "a place where somebody can draw blood, inject, vaccinate or give anesthesia",
        ~_PLACE.is_in(_AT_DISTANCE)
        | ~_PROCEDURE.is_in(["36415", "36416", "96372", "90471", "90472", "90473", "90870"]),
        remedy="Correct the place of service.",
    ),
    Edit(
        "modifiers.telehealth_in_person",
        "modifiers",
        "a telehealth modifier with a place that is not telehealth",
        "place of service 02 or 10, where the state asks for it",
        _PLACE.is_in(_AT_DISTANCE)
        | ~PROFESSIONAL
        | ~pl.col("modifiers").str.contains("95|93|GT|GQ|FQ"),
        remedy="Send 02 or 10, unless the state wants the place as if the visit were in person.",
        severity=Severity.INFO,
    ),
)
