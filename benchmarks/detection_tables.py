"""The tables that a simulated world submits, and what of them was there at an earlier month."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from detection_worlds import (
    CELLS,
    LAST,
    PROOF,
    RUNOUT,
    SENT,
    SERVICES,
    SUBCONTRACTOR,
    Ints,
    People,
    World,
    arrive,
    draw_lines,
    draw_people,
    month_names,
    plant,
)
from numpy.typing import NDArray


def make_world(world: World, seed: int = PROOF) -> dict[str, pl.DataFrame]:
    """Return the submission's tables: members, encounters, capitation and ledger."""
    rng = np.random.default_rng([seed, world.number])
    months = world.before + world.after + RUNOUT
    people = draw_people(world, months, rng)
    lines = draw_lines(world, people, months, rng)
    truth = plant(world, lines, months, rng)
    lines = truth.pop("lines")
    lines = arrive(world, lines, months, rng)
    return _tables(world, people, lines, months, truth, rng)


def _tables(
    world: World,
    people: People,
    lines: dict[str, NDArray[Any]],
    months: int,
    truth: dict[str, Any],
    rng: np.random.Generator,
) -> dict[str, pl.DataFrame]:
    names = np.array(month_names(months))
    first = date.fromisoformat(names[0] + "-01")
    epoch = (first - date(1970, 1, 1)).days
    ids = np.array([f"M{number:06d}" for number in range(len(people.cell))])

    def days(offset: Ints) -> pl.Series:
        return pl.Series(offset + epoch).cast(pl.Int32).cast(pl.Date)

    starts = np.array([(date.fromisoformat(f"{n}-01") - first).days for n in names])
    starts = np.append(starts, (LAST - first).days + 1)
    members = pl.DataFrame(
        {"member_id": ids, "rate_cell": np.array(CELLS)[people.cell], "plan_id": "PLAN"}
    ).with_columns(
        enrolled_from=days(starts[people.start]),
        enrolled_to=pl.select(
            pl.when(pl.Series(people.end < months)).then(days(starts[people.end] - 1))
        ).to_series(),
    )
    kept = {name: values[lines["here"]] for name, values in lines.items()}
    kinds = np.array([s.kind for s in SERVICES])[kept["service"]]
    codes = np.array([s.code for s in SERVICES])[kept["service"]]
    diagnosis = np.where(kept["bh"], "F331", "I10")
    amount = np.round(kept["price"], 2)
    reached = np.where(kept["denied"], 0.0, np.round(amount * kept["passed"], 2))
    count = len(amount)
    encounters = pl.DataFrame(
        {
            "encounter_id": np.arange(count),
            "claim_type": kinds,
            "procedure_code": np.where(kinds == "P", codes, ""),
            "revenue_code": np.where(kinds == "I", codes, ""),
            "ndc": np.where(kinds == "R", codes, ""),
            "bill_type": np.where(kinds == "I", np.where(codes == "0450", "0131", "0111"), ""),
            "diagnosis_codes": diagnosis,
            "line_status": np.where(kept["denied"], "denied", "paid"),
            "payment_arrangement": np.where(kept["sub"], "subcapitated", "ffs"),
            "subcontractor_id": np.where(kept["sub"], SUBCONTRACTOR, ""),
            "billed_amount": amount,
            "paid_amount": reached,
            "units": kept["units"],
            "ffs_equivalent_amount": np.where(kept["sub"], amount, np.nan),
            "frequency": "1",
        }
    ).with_columns(
        pl.col("encounter_id").cast(pl.String),
        pl.lit(1).alias("line_number"),
        pl.col("ffs_equivalent_amount").fill_nan(None),
        *(
            pl.when(pl.col(name) != "").then(name).alias(name)
            for name in ("procedure_code", "revenue_code", "ndc", "bill_type", "subcontractor_id")
        ),
        member_id=pl.Series(ids).gather(kept["member"]),
        service_from=days(kept["day"]),
        service_to=days(kept["day"]),
        submitted_on=days(kept["sent"]),
        paid_on=days(kept["paid"]),
    )
    enrolled = np.array([people.enrolled[people.cell == c].sum(axis=0) for c in range(5)])
    return {
        "members": members,
        "encounters": encounters,
        "capitation": _capitation(enrolled, names),
        "ledger": _ledger(world, lines, enrolled, names, starts, truth),
    }


BH_RATE = np.array([17.0, 29.0, 69.0, 366.0, 38.0])
GROSS = np.array([108.0, 250.0, 650.0, 755.0, 545.0])


def _capitation(enrolled: Ints, names: NDArray[np.str_]) -> pl.DataFrame:
    cell, month = np.nonzero(enrolled)
    level = np.array([1.03 ** (int(name[:4]) - 2024) for name in names])
    gross = np.round(GROSS[cell] * level[month], 2)
    return pl.DataFrame(
        {
            "month": names[month],
            "rate_cell": np.array(CELLS)[cell],
            "member_months": enrolled[cell, month],
            "rate_pmpm": gross,
            "bh_pmpm": np.round(BH_RATE[cell] * level[month], 2),
            "revenue": np.round(gross * enrolled[cell, month], 2),
        }
    )


def _ledger(
    world: World,
    lines: dict[str, NDArray[Any]],
    enrolled: Ints,
    names: NDArray[np.str_],
    starts: Ints,
    truth: dict[str, Any],
) -> pl.DataFrame:
    """Return what was paid by the cut-off, whether its encounter was sent or not."""
    cut = starts[-1] + (SENT - LAST).days
    counted = ~lines["sub"] & ~lines["denied"] & (lines["paid"] < cut)
    claims = (
        pl.DataFrame(
            {
                "incurred_month": names[lines["month"][counted]],
                "domain": np.where(lines["bh"][counted], "MH", "PH"),
                "amount": lines["price"][counted],
                "at": np.searchsorted(starts, lines["paid"][counted], side="right") - 1,
            }
        )
        .group_by("incurred_month", "domain", "at")
        .agg(pl.col("amount").sum().round(2))
        .with_columns(kind=pl.lit("claims"), payee_type=pl.lit("provider"))
    )
    later = np.append(names, "2026-04")
    claims = claims.with_columns(paid_month=pl.Series(later).gather(claims["at"])).drop("at")
    people = enrolled.sum(axis=0)
    monthly = [("administration", "OTHER", "other", people * 38.0)]
    late = np.arange(len(names)) >= world.before
    monthly.append(("practice_fee", "PH", "practice", people * 2.5 + late * truth["fee"]))
    if world.subcontracted:
        rate = (BH_RATE[:, None] * enrolled).sum(axis=0) * 0.8
        paid = rate * np.where(late, truth["subcapitation"], 1.0)
        monthly.append(("subcapitation", "BH", "subcontractor", paid))
    rows = [
        pl.DataFrame({"incurred_month": names, "paid_month": names, "amount": amounts.round(2)})
        .with_columns(kind=pl.lit(kind), domain=pl.lit(domain), payee_type=pl.lit(payee))
        .select("incurred_month", "domain", "amount", "kind", "payee_type", "paid_month")
        for kind, domain, payee, amounts in monthly
    ]
    table = pl.concat([claims, *rows])
    return table.with_columns(
        entry_id=pl.Series(np.arange(table.height)).cast(pl.String),
        payee_id=pl.lit(SUBCONTRACTOR),
    )


def seen_by(
    tables: dict[str, pl.DataFrame], world: World, after: int
) -> tuple[str, date, dict[str, pl.DataFrame]]:
    """Return the period, the cut-off and the tables as they were ``after`` complete months on.

    What was served, paid or sent later is not in them.
    """
    back = world.after - after
    if back == 0:
        return f"{LAST:%Y-%m}", SENT, tables
    names = month_names(back + 1)
    last = names[0]
    ends = date.fromisoformat(f"{names[1]}-01") - timedelta(days=1)
    sent = ends + (SENT - LAST)
    encounters = tables["encounters"].filter(
        pl.col("service_from") <= ends, pl.col("submitted_on") <= sent
    )
    members = tables["members"].filter(pl.col("enrolled_from") <= ends)
    capitation = tables["capitation"].filter(pl.col("month") <= last)
    ledger = tables["ledger"].filter(
        pl.col("paid_month") <= f"{sent:%Y-%m}", pl.col("incurred_month") <= last
    )
    seen = {
        "members": members,
        "encounters": encounters,
        "capitation": capitation,
        "ledger": ledger,
    }
    return last, sent, seen
