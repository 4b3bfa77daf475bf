"""The members: who they are, where they live, what ails them, when they were enrolled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from monitor.demo.calendars import Calendar
from monitor.demo.conditions import AILMENTS, BEHAVIORAL, CHRONIC, DISORDERS
from monitor.demo.geography import Land, scatter
from rules.model import add_months

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CELLS = ("CHILD", "ADULT", "DISABLED", "SMI", "DUAL")
CELL_SHARE = (0.50, 0.32, 0.08, 0.05, 0.05)
CHILD, ADULT, DISABLED, SMI, DUAL = range(5)


@dataclass(frozen=True)
class Members:
    """One plan's members: arrays over people, and ``s_*`` arrays over enrolment spans.

    ``has`` is people x ailments; ``s_from`` and ``s_to`` are days of the calendar, the last one
    included, cut to the calendar; ``care`` and ``bh_care`` are how much care a person takes against
    others with the same ailments.
    """

    member_id: NDArray[np.str_]
    place: Ints
    latitude: Floats
    longitude: Floats
    age: Ints
    male: NDArray[np.bool_]
    cell: Ints
    has: NDArray[np.bool_]
    care: Floats
    bh_care: Floats
    birth: Ints
    s_member: Ints
    s_from: Ints
    s_to: Ints
    s_open: NDArray[np.bool_]
    s_since: Ints

    @property
    def count(self) -> int:
        """Number of people."""
        return len(self.member_id)

    @property
    def s_days(self) -> Ints:
        """Days enrolled in each span."""
        return self.s_to - self.s_from + 1

    def member_months(self, calendar: Calendar) -> NDArray[np.int64]:
        """Return cells x months: people enrolled in each month (spans are of whole months)."""
        start = calendar.month_of(self.s_from)
        end = calendar.month_of(self.s_to)
        change = np.zeros((len(CELLS), calendar.months + 1), dtype=np.int64)
        cell = self.cell[self.s_member]
        np.add.at(change, (cell, start), 1)
        np.add.at(change, (cell, end + 1), -1)
        return np.cumsum(change, axis=1)[:, :-1]


def make_members(
    land: Land, calendar: Calendar, prefix: str, count: int, rng: np.random.Generator
) -> Members:
    """Return ``count`` members of one plan, placed by how many people a ZIP code holds."""
    place = rng.choice(len(land.z_people), count, p=land.z_people / land.z_people.sum())
    latitude, longitude = scatter(land, place, 1.0, rng)
    cell = _spread(count, CELL_SHARE, rng)
    low = np.array([0, 19, 4, 19, 65])[cell]
    high = np.array([18, 60, 62, 62, 88])[cell]
    age = rng.integers(low, high + 1)
    male = rng.uniform(size=count) < np.where(cell == ADULT, 0.36, 0.49)
    has = _ail(cell, age, rng)
    care = rng.gamma(1.6, 1 / 1.6, count)
    bh_care = rng.gamma(1.3, 1 / 1.3, count) * (rng.uniform(size=count) < 0.75) / 0.75
    spans = _enrol(calendar, count, rng)
    # A birthday lies before the first enrolment, in whole years of age at the calendar's start.
    birth = -(age * 365 + age // 4) - rng.integers(1, 365, count) - 30
    since = np.full(count, calendar.days)
    np.minimum.at(since, spans[0], spans[4])
    birth = np.minimum(birth, since - 1)
    number = (
        rng.permutation(9_000_000)[:count] + 1_000_000
        if count > 50_000
        else (rng.choice(9_000_000, count, replace=False) + 1_000_000)
    )
    return Members(
        member_id=np.char.add(prefix, number.astype(str)),
        place=place,
        latitude=latitude,
        longitude=longitude,
        age=age,
        male=male,
        cell=cell,
        has=has,
        care=care,
        bh_care=bh_care,
        birth=birth,
        s_member=spans[0],
        s_from=spans[1],
        s_to=spans[2],
        s_open=spans[3],
        s_since=spans[4],
    )


def _spread(count: int, shares: tuple[float, ...], rng: np.random.Generator) -> Ints:
    """Return ``count`` labels in exactly these shares (to rounding), in random order."""
    at = (np.arange(count) + 0.5) / count
    labels = np.searchsorted(np.cumsum(shares), at, side="right")
    return rng.permutation(np.minimum(labels, len(shares) - 1))


def _ail(cell: Ints, age: Ints, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return people x ailments; a chronic illness makes a behavioral one more likely."""
    has = np.zeros((len(cell), len(AILMENTS)), dtype=bool)
    ripe = np.clip(age / 45, 0.3, 1.6)
    for index, ailment in enumerate(AILMENTS[: len(CHRONIC)]):
        chance = np.array(ailment.share)[cell]
        has[:, index] = rng.uniform(size=len(cell)) < np.where(age >= 19, chance * ripe, chance)
    sick = has[:, : len(CHRONIC)].any(axis=1)
    for index, ailment in enumerate(AILMENTS[len(CHRONIC) :], start=len(CHRONIC)):
        chance = np.array(ailment.share)[cell] * np.where(sick, 1.7, 0.75)
        fits = (age >= ailment.from_age) & (age <= ailment.to_age)
        has[:, index] = (rng.uniform(size=len(cell)) < chance) & fits
    # Everyone in the SMI cell has a serious mental illness.
    serious = [AILMENTS.index(ailment) for ailment in BEHAVIORAL if ailment.serious]
    lacking = np.flatnonzero((cell == SMI) & ~has[:, serious].any(axis=1))
    has[lacking, rng.choice(serious, len(lacking), p=(0.36, 0.36, 0.28))] = True
    return has


def _enrol(
    calendar: Calendar, count: int, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints, NDArray[np.bool_], Ints]:
    """Return spans: member, first and last day in the calendar, open?, true first day."""
    starts = calendar.month_starts
    draw = rng.uniform(size=count)
    months = calendar.months
    # 78 % are there throughout; 10 % join, 9 % leave, 3 % leave and come back.
    joins = (draw >= 0.78) & (draw < 0.88)
    leaves = (draw >= 0.88) & (draw < 0.97)
    returns = draw >= 0.97
    begin = np.where(joins, rng.integers(1, months - 3, count), 0)
    end = np.where(leaves, rng.integers(3, months - 1, count), months)
    away = rng.integers(3, months - 5, count)
    back = away + rng.integers(1, 4, count)
    first_end = np.where(returns, away, end)
    member = np.arange(count)
    again = np.flatnonzero(returns)
    years_back = rng.integers(1, 36, count)
    # Before the calendar: the first of a month in the three years before it.
    before = -np.array([(calendar.first - add_months(calendar.first, -m)).days for m in range(37)])
    since = np.where(begin == 0, before[years_back], starts[begin])
    s_member = np.concatenate([member, again])
    s_from = np.concatenate([starts[begin], starts[back[again]]])
    s_to = np.concatenate([starts[first_end] - 1, np.full(len(again), calendar.days - 1)])
    s_open = np.concatenate([first_end == months, np.ones(len(again), dtype=bool)])
    s_since = np.concatenate([since, starts[back[again]]])
    return s_member, s_from, s_to, s_open, s_since


def tell_members(
    members: Members,
    land: Land,
    calendar: Calendar,
    plan_id: str,
    pcp_npi: NDArray[np.str_],
    practice: NDArray[np.str_],
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Return the members table: one row a span."""
    who = members.s_member
    serious = [AILMENTS.index(ailment) for ailment in BEHAVIORAL if ailment.serious]
    smi = members.has[:, serious].any(axis=1) & (members.age >= 18)
    dual = np.where(
        members.cell == DUAL,
        np.where(rng.uniform(size=members.count) < 0.75, "full", "partial"),
        "none",
    )
    needs = members.has[:, : len(DISORDERS)].sum(axis=1) >= 3
    coordinator = np.char.add("CC", rng.integers(100, 130, members.count).astype(str))
    sex = np.where(members.male, "M", "F")
    unknown = np.flatnonzero(rng.uniform(size=members.count) < 0.0015)
    sex[unknown] = np.where(np.arange(len(unknown)) % 3 == 0, "X", "U")
    place = members.place
    frame = pl.DataFrame(
        {
            "member_id": members.member_id,
            "plan_id": np.full(members.count, plan_id),
            "birth_date": calendar.dates(members.birth),
            "sex": sex,
            "county_fips": land.c_fips[land.z_county[place]],
            "zip": land.z_zip[place],
            "latitude": members.latitude,
            "longitude": members.longitude,
            "rate_cell": np.array(CELLS)[members.cell],
            "dual_status": dual,
            "smi": np.where(smi, "Y", "N"),
            "pcp_npi": pcp_npi,
            "care_coordinator_id": pl.select(
                pl.when(pl.Series(needs | smi)).then(pl.Series(coordinator))
            ).to_series(),
            "attributed_practice_id": practice,
            "weight": np.ones(members.count, dtype=np.int64),
        }
    )
    return frame[who].with_columns(
        enrolled_from=calendar.dates(members.s_since),
        enrolled_to=pl.when(~pl.Series(members.s_open)).then(calendar.dates(members.s_to)),
    )
