"""One plan, from its members to its tables and the truth about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from monitor.demo.access import tell_appeals, tell_appointments, tell_authorizations
from monitor.demo.assign import assign_events, give_everyone_work, make_roster
from monitor.demo.calendars import Calendar
from monitor.demo.contracting import contract_providers
from monitor.demo.draw import draw_events
from monitor.demo.drift import behavioral_money, cut_events, drop_events, reprice
from monitor.demo.encounters import Served, tell_encounters
from monitor.demo.faults import spoil_encounters, spoil_members, spoil_providers
from monitor.demo.geography import Land
from monitor.demo.joint import (
    tell_coordination,
    tell_duals,
    tell_incentives,
    tell_payment_models,
    tell_practices,
)
from monitor.demo.lines import write_lines
from monitor.demo.members import make_members, tell_members
from monitor.demo.money import set_rates, silo_pmpm, tell_capitation, tell_ledger
from monitor.demo.oversight import (
    tell_agreements,
    tell_functions,
    tell_offices,
    tell_subcontracts,
)
from monitor.demo.plans import Plan
from monitor.demo.thin import empty_county
from monitor.demo.truth import tell_truth


def build_plan(
    plan: Plan,
    land: Land,
    pool: pl.DataFrame,
    spare: np.ndarray[Any, Any],
    calendar: Calendar,
    count: int,
    seed: np.random.SeedSequence,
    step: Callable[[str], None],
) -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
    """Return every table of one plan, and what was planted in them."""
    rng_of = [np.random.default_rng(child) for child in seed.spawn(12)]
    step("members")
    members = make_members(land, calendar, plan.plan_id[:2], count, rng_of[0])
    providers = contract_providers(pool, land, calendar, plan, rng_of[1])
    thin = None
    if plan.thin_county:
        providers, thin = empty_county(providers, members, land)
    step("care")
    events = draw_events(members, calendar, plan.silo, rng_of[2])
    roster = make_roster(providers)
    row, usual = assign_events(events, members, roster, rng_of[3])
    level = rng_of[3].normal(1.0, 0.02, providers.height).clip(0.95, 1.05)
    lines = write_lines(events, calendar, level[row], rng_of[4])
    drift: dict[str, Any] = {}
    if plan.bh_cut:
        before = behavioral_money(events, lines, calendar, plan)
        stays, lost = cut_events(events, lines, calendar, plan, rng_of[5])
        drift = {"events_gone": int((~stays).sum()), "members_without_any_more": lost}
        events, lines = drop_events(events, lines, stays)
        row = row[stays]
        price, factor, more = reprice(events, lines, before, calendar, plan)
        lines = lines.at(price)
        drift |= {
            "price_factor": factor,
            "hospital_price_factor": more,
            "schedule_dollars_before": before,
            "schedule_dollars_after": behavioral_money(events, lines, calendar, plan),
        }
    row, kept, unserved = give_everyone_work(row, events, members, roster, calendar)
    if len(unserved):
        gone = providers["npi"].gather(unserved).to_list()
        providers, row, usual = _leave_out(providers, gone, row, usual)
    step("claims")
    served = Served(events, lines, row, usual, kept, spare)
    encounters = tell_encounters(served, members, providers, calendar, plan, rng_of[6])
    step("money")
    pcp = usual["primary_care"]
    pcp_npi = providers["npi"].to_numpy()[pcp].astype(str)
    practices, practice = tell_practices(providers, members, pcp, plan, rng_of[7])
    capitation = tell_capitation(members, set_rates(members, calendar, plan, rng_of[8]), calendar)
    ledger = tell_ledger(encounters, capitation, practices, calendar, plan)
    step("oversight")
    offices = tell_offices(land, plan, rng_of[9])
    tables = {
        "members": tell_members(
            members, land, calendar, plan.plan_id, pcp_npi, practice, rng_of[9]
        ),
        "providers": providers,
        "encounters": encounters,
        "subcontracts": tell_subcontracts(land, offices, plan, silo_pmpm(capitation), rng_of[9]),
        "plan_offices": offices,
        "capitation": capitation,
        "ledger": ledger,
        "authorizations": tell_authorizations(events, members, calendar, plan, rng_of[9]),
        "appeals": tell_appeals(members, calendar, plan, rng_of[9]),
        "coordination": tell_coordination(events, members, pcp_npi, calendar, plan, rng_of[9]),
        "functions": tell_functions(plan),
        "practices": practices,
        "payment_models": tell_payment_models(providers, capitation, plan, rng_of[9]),
        "incentives": tell_incentives(plan, capitation, rng_of[9]),
        "agreements": tell_agreements(plan),
        "duals": tell_duals(members, calendar, rng_of[9]),
    }
    truth = tell_truth(tables, plan, calendar, land, thin, drift)
    step("faults")
    for name, spoil in (("members", spoil_members), ("encounters", spoil_encounters)):
        tables[name], truth["noise"][name] = spoil(tables[name], rng_of[10])
    listed, truth["noise"]["providers"] = spoil_providers(providers, plan, rng_of[11])
    # Callers have the numbers that the directory shows.
    tables |= {
        "providers": listed,
        "appointments": tell_appointments(listed, calendar, rng_of[11]),
    }
    return tables, truth


def _leave_out(
    providers: pl.DataFrame,
    npis: list[str],
    row: np.ndarray[Any, Any],
    usual: dict[str, np.ndarray[Any, Any]],
) -> tuple[pl.DataFrame, np.ndarray[Any, Any], dict[str, np.ndarray[Any, Any]]]:
    """Return the providers without those whom too few members are there for, and rows to match."""
    stays = ~providers["npi"].is_in(npis).to_numpy()
    place = np.cumsum(stays) - 1
    trade = providers["_trade"].to_numpy()
    for gone in np.flatnonzero(~stays):
        # Whoever counted on one who is gone now has a colleague of the same trade, if there is one.
        place[gone] = place[np.argmax(stays & (trade == trade[gone]))]
    return providers.filter(pl.Series(stays)), place[row], {k: place[v] for k, v in usual.items()}
