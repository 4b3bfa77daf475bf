"""Which network standards of a pack hold on a day, and the verdict on what was counted for one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from monitor.adequacy_input import AdequacyError
from monitor.judge import judge, params_used
from rules.model import Contract, Finding, Measure, Period, Requirement, Rule
from rules.network import nw01_beyond_reach as nw01
from rules.network import nw02_too_few_providers as nw02
from rules.network.scope import Scope
from rules.network.way import Way
from rules.network.who import Who

RULES: Mapping[str, Rule] = {rule.code: rule for rule in (nw01.RULE, nw02.RULE)}


@dataclass(frozen=True)
class Standard:
    """A requirement in force on a day: its scope read, its params, and those of its reach."""

    contract: Contract
    requirement: Requirement
    scope: Scope
    params: Any
    reach: nw01.Params
    terms: Mapping[str, Any]
    as_of: date

    @property
    def rule(self) -> str:
        """NW01 or NW02."""
        return self.requirement.rule

    def asks_class(self, way: Way) -> bool:
        """Whether a county's class decides if this standard is for it, or what it asks."""
        if self.scope.county_class or self.params.by_county_class:
            return True
        try:
            self.reach.reach_in(None, way)
        except LookupError:
            return True
        return False

    def judge(self, measure: Measure, plan_id: str) -> Finding:
        """Return what the judge says of a measure."""
        stamped = replace(
            measure,
            plan_id=plan_id,
            requirement_id=self.requirement.id,
            rule=self.rule,
            measured_with=self.terms,
        )
        day = Period(self.as_of, self.as_of)
        return judge(stamped, self.requirement, RULES[self.rule], self.contract, day)


def choose(contract: Contract, as_of: date) -> list[list[Standard]]:
    """Return the standards in force, those of one specialty and population together.

    The first of them that means a county's class is the one for that county: the contract's own
    before inherited ones, then the graver, then in the pack's order.

    Raises
    ------
    AdequacyError
        When none is in force, or one asks what carvein cannot tell.
    """
    place = {requirement.id: at for at, requirement in enumerate(contract.requirements)}
    ranked = sorted(
        (asked for asked in contract.requirements if asked.rule in RULES),
        key=lambda asked: (asked.pack != contract.id, asked.severity.rank, place[asked.id]),
    )
    groups: dict[tuple[str, Who], list[Standard]] = {}
    for requirement in ranked:
        standard = _standard(contract, requirement, as_of)
        if standard is not None:
            key = (standard.scope.specialty, standard.scope.people)
            groups.setdefault(key, []).append(standard)
    if not groups:
        others = list_unmeasured(contract, as_of)
        if others:
            raise AdequacyError(
                f"{contract.id}: no time, distance or minimum number is in force on {as_of}; "
                f"{others}"
            )
        raise AdequacyError(f"{contract.id}: no network standard is in force on {as_of}")
    return sorted(groups.values(), key=lambda held: min(place[one.requirement.id] for one in held))


def list_unmeasured(contract: Contract, as_of: date) -> str:
    """Say which network standards in force are for ``carvein review`` alone; "" for none."""
    counts = Counter(
        asked.rule
        for asked in contract.requirements
        if asked.rule.startswith("NW") and asked.rule not in RULES and asked.in_force(as_of)
    )
    listed = ", ".join(f"{rule} ({count})" for rule, count in sorted(counts.items()))
    return f"measured by carvein review alone: {listed}" if listed else ""


def _standard(contract: Contract, requirement: Requirement, as_of: date) -> Standard | None:
    value = requirement.in_force(as_of)
    if value is None:
        return None
    try:
        scope = Scope.read(requirement.applies_to)
        scope.check_region(contract.regions)
        by_count = isinstance(value.params, nw02.Params)
        reach = nw02.reach_of(contract, value.params, as_of) if by_count else value.params
    except ValueError as fault:
        raise AdequacyError(f"{contract.id} {requirement.id}: {fault}") from fault
    terms = params_used(RULES[requirement.rule], value.params, requirement, contract)
    return Standard(contract, requirement, scope, value.params, reach, terms, as_of)
