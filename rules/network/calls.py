"""The calls of an appointment survey, each with what came of it and how long the wait is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import polars as pl

from rules.model import Filing, Period, add_months
from rules.network.words import within_sentence
from rules.workdays import business_days

Unit = Literal["business_days", "days", "hours"]
Population = Literal["all", "adult", "pediatric"]
AppointmentType = Literal["routine", "urgent", "post_discharge"]

WORDS: Mapping[str, str] = {"business_days": "business days", "days": "days", "hours": "hours"}
TYPE_WORDS: Mapping[str, str] = {
    "routine": "routine",
    "urgent": "urgent",
    "post_discharge": "after-discharge",
}

OUTCOMES = (
    *("not_reached", "out_of_network", "not_accepting", "by_telehealth"),
    *("none_offered", "kept", "late", "unconverted"),
)
"""What came of a call, the first that holds: each call has one of them."""

APART = 1.0
"""From this difference on, a wait as given and the one that the days give disagree."""

LONGEST_YEARS = 2
"""Years after the period's that holidays are taken out of; any limit ends long before."""

_CLOCK = 1.0
"""Hours by which a day may be longer or shorter when the clocks change."""

_COLUMNS = (
    *("npi", "site_id", "provider_type", "population", "appointment_type"),
    *("called_on", "offered_on", "reached", "in_network", "accepting_new", "telehealth"),
    *("wait_unit", "wait", "_file", "_line"),
)


@dataclass(frozen=True)
class Asked:
    """Which calls a requirement is about: its ``applies_to``, read."""

    provider_types: tuple[str, ...]
    appointment_type: AppointmentType
    population: Population

    @classmethod
    def read(cls, applies_to: Mapping[str, str]) -> Asked:
        """Read provider_type (or several, ``;``-separated), appointment_type and population.

        Raises
        ------
        ValueError
            When no provider type is named, or one of the others is not known.
        """
        types = [name.strip() for name in applies_to.get("provider_type", "").split(";")]
        if not all(types):
            raise ValueError("no provider_type is named; wanted one or several, ;-separated")
        kind = applies_to.get("appointment_type", "routine")
        named = applies_to.get("population", "all")
        for appointment_type in get_args(AppointmentType):
            for population in get_args(Population):
                if (kind, named) == (appointment_type, population):
                    return cls(tuple(dict.fromkeys(types)), appointment_type, population)
        raise ValueError(
            f"found appointment_type {kind!r} and population {named!r}; wanted one of "
            f"{', '.join(get_args(AppointmentType))} and of {', '.join(get_args(Population))}"
        )

    @property
    def subject(self) -> str:
        """The subject of the measure, e.g. ``primary_care/routine/adult``."""
        return f"{'+'.join(self.provider_types)}/{self.appointment_type}/{self.population}"

    @property
    def words(self) -> str:
        """The calls meant, as sentences have it, e.g. ``adult routine primary care``."""
        who = "" if self.population == "all" else f"{self.population} "
        kinds = " and ".join(map(within_sentence, self.provider_types))
        return f"{who}{TYPE_WORDS[self.appointment_type]} {kinds}"


def calls(filing: Filing, asked: Asked, months: int) -> pl.DataFrame:
    """Return the calls meant that were made in the ``months`` months to the period's end."""
    end = filing.period.end
    during = Period(add_months(end, 1 - months), end)
    table = filing.tables["appointments"].select(*_COLUMNS)
    rows: pl.DataFrame = table.filter(
        table.called_on.between(during.start, during.end),
        table.provider_type.isin(asked.provider_types),
        table.appointment_type == asked.appointment_type,
    ).to_polars()
    if asked.population != "all":
        rows = rows.filter(pl.col("population") == asked.population)
    return rows.sort("_file", "_line")


def with_waits(rows: pl.DataFrame, unit: Unit, state: str) -> pl.DataFrame:
    """Add the wait of each call in one unit, and what it rests on.

    Returns
    -------
    polars.DataFrame
        With ``least`` and ``most`` (the wait lies between them; equal where it is known, both
        null where it cannot be told), ``basis`` (dates, wait, or null) and ``disagrees`` (whether
        the other one says something else).

    Notes
    -----
    Days and business days are counted from the two dates, and taken from ``wait`` where there is
    no offered_on. Hours are taken from ``wait``; without it two dates bound them: days apart by n
    are more than n - 1 and less than n + 1 days of 24 hours apart, give or take a change of clock.

    Raises
    ------
    ValueError
        When business days are asked and the state's holidays are not known.
    """
    sound = (pl.col("offered_on") >= pl.col("called_on")).fill_null(False)
    given = pl.when(pl.col("wait_unit") == unit).then(pl.col("wait"))
    rows = rows.with_columns(
        given=given,
        days=pl.when(sound).then(_days()).cast(pl.Float64),
        order=pl.int_range(pl.len()),
    )
    if unit == "hours":
        low = (24 * (pl.col("days") - 1) - _CLOCK).clip(lower_bound=0.0)
        high = 24 * (pl.col("days") + 1) + _CLOCK
        known, dated = pl.col("given").is_not_null(), pl.col("days").is_not_null()
        return rows.with_columns(
            least=pl.coalesce("given", low),
            most=pl.coalesce("given", high),
            basis=_basis(known, "wait", dated, "dates"),
            disagrees=(~pl.col("given").is_between(low, high)).fill_null(False),
        )
    if unit == "business_days":
        rows = _with_business_days(rows, state)
    dated, known = pl.col("days").is_not_null(), pl.col("given").is_not_null()
    wait = pl.coalesce("days", "given")
    apart = (pl.col("days") - pl.col("given")).abs() >= APART
    return rows.with_columns(
        least=wait,
        most=wait,
        basis=_basis(dated, "dates", known, "wait"),
        disagrees=apart.fill_null(False),
    )


def with_outcome(rows: pl.DataFrame, max_wait: float, telehealth_counts: bool) -> pl.DataFrame:
    """Add ``outcome``, one of :data:`OUTCOMES`, to what :func:`with_waits` returned."""
    offered = pl.col("offered_on").is_not_null() | pl.col("wait").is_not_null()
    remote = pl.lit(not telehealth_counts) & (pl.col("telehealth") == "Y").fill_null(False)
    outcome = (
        pl.when((pl.col("reached") != "Y").fill_null(True))
        .then(pl.lit("not_reached"))
        .when(pl.col("in_network") == "N")
        .then(pl.lit("out_of_network"))
        # Whoever offers a new patient a time accepts new patients, whatever the answer was.
        .when((pl.col("accepting_new") == "N") & ~offered)
        .then(pl.lit("not_accepting"))
        .when(~offered)
        .then(pl.lit("none_offered"))
        .when(remote)
        .then(pl.lit("by_telehealth"))
        .when(pl.col("most") <= max_wait)
        .then(pl.lit("kept"))
        .when(pl.col("least") > max_wait)
        .then(pl.lit("late"))
        .otherwise(pl.lit("unconverted"))
    )
    return rows.with_columns(outcome=outcome)


def count_outcomes(rows: pl.DataFrame) -> dict[str, int]:
    """Return how many calls came to each outcome, 0 where none did."""
    counted: dict[str, int] = dict(rows["outcome"].value_counts().iter_rows())
    return {outcome: counted.get(outcome, 0) for outcome in OUTCOMES}


def _days() -> pl.Expr:
    return (pl.col("offered_on") - pl.col("called_on")).dt.total_days()


def _basis(first: pl.Expr, name: str, second: pl.Expr, other: str) -> pl.Expr:
    return pl.when(first).then(pl.lit(name)).when(second).then(pl.lit(other))


def _with_business_days(rows: pl.DataFrame, state: str) -> pl.DataFrame:
    """Put business days in place of the days between the two dates."""
    dated = rows.filter(pl.col("days").is_not_null())
    if dated.is_empty():
        return rows
    called = dated["called_on"].dt.year()
    first, last = int(called.min()), int(called.max()) + LONGEST_YEARS  # type: ignore[arg-type]
    counted = business_days(
        dated["called_on"], dated["offered_on"], state, range(first, last + 1)
    ).cast(pl.Float64)
    days: dict[str, Any] = {"order": dated["order"], "days": counted}
    return rows.drop("days").join(pl.DataFrame(days), on="order", how="left", maintain_order="left")
