"""Which provider each event went to: mostly the same near one, now and then another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from monitor.demo.calendars import Calendar
from monitor.demo.draw import Events
from monitor.demo.geography import on_sphere
from monitor.demo.members import Members
from monitor.demo.services import EVERY
from monitor.demo.trades import BEHAVIORAL_PERSONS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NEAR = 5
FAITHFUL = 0.85
"""Share of a member's events of one kind that go to the member's usual provider."""


@dataclass(frozen=True)
class Roster:
    """The main sites of a plan's providers that serve; ``row`` points into the providers frame."""

    row: Ints
    trade: NDArray[np.str_]
    whole: NDArray[np.bool_]
    points: Floats


def make_roster(providers: pl.DataFrame) -> Roster:
    """Return who may be assigned: not the idle, not those whose center bills for them."""
    whole = providers.filter("_whole")["npi"].to_list()
    could = (
        providers["_first"]
        & ~providers["_idle"]
        & ~(
            providers["_trade"].is_in(BEHAVIORAL_PERSONS)
            & providers["group_npi"].fill_null("").is_in(whole)
        )
    )
    row = np.flatnonzero(could.to_numpy())
    chosen = providers[row]
    return Roster(
        row=row,
        trade=chosen["_trade"].to_numpy(),
        whole=chosen["_whole"].to_numpy(),
        points=on_sphere(chosen["latitude"].to_numpy(), chosen["longitude"].to_numpy()),
    )


def assign_events(
    events: Events, members: Members, roster: Roster, rng: np.random.Generator
) -> tuple[Ints, dict[str, Ints]]:
    """Return for each event the row of the provider who serves it, and each member's usual ones.

    Raises
    ------
    ValueError
        When the network has nobody of a trade that members use.
    """
    homes = on_sphere(members.latitude, members.longitude)
    row = np.full(len(events), -1, dtype=np.int64)
    trade_of = np.array([(s.trade, s.whole) for s in EVERY], dtype=object)
    usual: dict[str, Ints] = {}
    for key in sorted({(str(t), bool(w)) for t, w in trade_of}):
        services = [i for i, s in enumerate(EVERY) if (s.trade, s.whole) == key]
        mine = np.flatnonzero(np.isin(events.service, services))
        near, choice = _nearest(key, homes, roster, rng)
        if not key[1]:
            usual[key[0]] = near[np.arange(members.count), choice]
        who = events.member[mine]
        pick = choice[who]
        stray = rng.uniform(size=len(mine)) > FAITHFUL
        pick = np.where(stray, rng.integers(0, near.shape[1], len(mine)), pick)
        row[mine] = near[who, pick]
    return row, usual


def _nearest(
    key: tuple[str, bool], homes: Floats, roster: Roster, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Return each member's few nearest providers of a trade (rows), and which is the usual one."""
    trade, whole = key
    of_trade = np.flatnonzero((roster.trade == trade) & (roster.whole | (not whole)))
    if not len(of_trade):
        raise ValueError(f"the demo's network has nobody for {trade}")
    k = min(NEAR, len(of_trade))
    _, index = cKDTree(roster.points[of_trade]).query(homes, k=k)
    near = roster.row[of_trade[index.reshape(len(homes), k)]]
    weight = np.array([0.48, 0.22, 0.14, 0.09, 0.07])[:k]
    return near, rng.choice(k, len(homes), p=weight / weight.sum())


def give_everyone_work(
    row: Ints, events: Events, members: Members, roster: Roster, calendar: Calendar
) -> tuple[Ints, Ints, Ints]:
    """See that each behavioral person on the roster serves someone in the look-back year.

    Returns
    -------
    row
        The assignment, with as few events as needed moved to who had none.
    kept
        One event of each such person in that year, which nothing else may happen to.
    unserved
        Rows for whom no event could be found: too few events for so many listed.
    """
    first, last = (calendar.month_starts[m] for m in (calendar.window[0], calendar.window[1] + 1))
    row = row.copy()
    homes = on_sphere(members.latitude, members.longitude)
    kept: list[Ints] = []
    unserved: list[int] = []
    for trade in BEHAVIORAL_PERSONS:
        services = [i for i, s in enumerate(EVERY) if s.trade == trade and s.claim == "P"]
        mine = np.flatnonzero(
            np.isin(events.service, services) & (events.start >= first) & (events.start < last)
        )
        people = roster.row[roster.trade == trade]
        points = roster.points[roster.trade == trade]
        busy = np.bincount(row[mine], minlength=int(roster.row.max()) + 1)
        for person, point in zip(people, points, strict=True):
            if busy[person]:
                continue
            spare = mine[busy[row[mine]] > 1]
            if not len(spare):
                unserved.append(int(person))
                continue
            moved = spare[np.argmax(homes[events.member[spare]] @ point)]
            busy[row[moved]] -= 1
            row[moved] = person
            busy[person] += 1
        order = np.argsort(row[mine], kind="stable")
        mine_sorted = mine[order]
        _, index = np.unique(row[mine_sorted], return_index=True)
        kept.append(mine_sorted[index])
    return row, np.concatenate(kept), np.array(unserved, dtype=np.int64)
