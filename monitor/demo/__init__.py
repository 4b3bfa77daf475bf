"""A synthetic state with known truth planted in it: four plans, one of them ordinary."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from monitor.demo.write import Format

__all__ = ["FEWEST_MEMBERS", "make_state"]

FEWEST_MEMBERS, MOST_MEMBERS = 400, 4_000_000


def make_state(
    state: str,
    members: int,
    months: int,
    seed: int,
    to: Path,
    format: Format = "csv",
    progress: Callable[[str], None] | None = None,
) -> Path:
    """Write a synthetic state: one submission a plan, and ``truth.json``.

    Parameters
    ----------
    state
        Postal code of a state, for example ``TN``.
    members
        People enrolled, over the four plans together: 400 to 4,000,000.
    months
        Calendar months of data, 15 to 36; the last one is always March 2026.
    seed
        Any whole number from 0; the same one gives the same bytes.
    to
        Folder to write to, made when it is missing.
    format
        ``csv`` or ``parquet``.
    progress
        Called with the name of each step before it begins.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ValueError
        When the state is not known or a size is out of its range.
    """
    from monitor.demo.build import build_plan
    from monitor.demo.calendars import LEAST_MONTHS, MOST_MONTHS, PERIOD, SUBMITTED, Calendar
    from monitor.demo.geography import read_land
    from monitor.demo.network import make_pool
    from monitor.demo.plans import PLANS
    from monitor.demo.write import write_plan, write_truth

    if not FEWEST_MEMBERS <= members <= MOST_MEMBERS:
        raise ValueError(f"members {members}: wanted {FEWEST_MEMBERS:,} to {MOST_MEMBERS:,}")
    if not LEAST_MONTHS <= months <= MOST_MONTHS:
        raise ValueError(f"months {months}: wanted {LEAST_MONTHS} to {MOST_MONTHS}")
    if seed < 0:
        raise ValueError(f"seed {seed}: wanted 0 or more")
    if format not in ("csv", "parquet"):
        raise ValueError(f"format {format!r}: wanted csv or parquet")

    def step(what: str) -> None:
        if progress:
            progress(what)

    step(f"{state}: counties, ZIP codes, providers")
    land = read_land(state)
    calendar = Calendar(months)
    shared, *own = np.random.SeedSequence(seed).spawn(1 + len(PLANS))
    pool, spare = make_pool(land, members // len(PLANS), np.random.default_rng(shared))
    truth: dict[str, Any] = {}
    for number, (plan, plan_seed) in enumerate(zip(PLANS, own, strict=True)):
        count = members // len(PLANS) + (number < members % len(PLANS))
        tables, truth[plan.plan_id] = build_plan(
            plan,
            land,
            pool,
            spare,
            calendar,
            count,
            plan_seed,
            lambda what, name=plan.plan_id: step(f"{name}: {what}"),  # type: ignore[misc]
        )
        step(f"{plan.plan_id}: writing")
        write_plan(to / plan.plan_id, plan.plan_id, tables, format)
    write_truth(
        to / "truth.json",
        {
            "state": land.state,
            "members": members,
            "months": months,
            "seed": seed,
            "period": PERIOD,
            "submitted_on": str(SUBMITTED),
            "first_month": calendar.names[0],
            "plans": truth,
        },
    )
    return to
