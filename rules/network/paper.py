"""The network as listed beside the network as serving: same members, same limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from rules.model import TOLERANCE, Filing, Measure, Requirement
from rules.network import nw01_beyond_reach as nw01
from rules.network import serving
from rules.network.reach import Network, network, restrict
from rules.network.scope import Scope, meant, not_counted
from rules.network.way import way_of


@dataclass(frozen=True, eq=False)
class Pair:
    """A plan's network twice.

    ``serving`` has the providers of ``listed`` but those who are shown to serve too few members;
    ``on_paper`` are these, ``in_doubt`` those kept although no line shows that they serve enough:
    new under contract, behind a group's billing, or undecided.
    """

    listed: Network
    serving: Network
    on_paper: frozenset[str]
    in_doubt: int

    def remember(self) -> None:
        """Keep what was counted of both for the next review, if there is a memory."""
        for each in (self.listed, self.serving):
            each.remember()


@dataclass(frozen=True)
class Standard:
    """A requirement of NW01 with the params in force and its scope."""

    id: str
    title: str
    asked: Scope
    params: nw01.Params


def pair(filing: Filing, at_least: int, months: int, min_months_listed: int) -> Pair:
    """Return the network as listed and with those who serve ``at_least`` members."""
    build = partial(_pair, at_least=at_least, months=months, least_listed=min_months_listed)
    both: Pair = filing.once(f"pair_{at_least}_{months}_{min_months_listed}", build)
    return both


def _pair(filing: Filing, at_least: int, months: int, least_listed: int) -> Pair:
    whole = filing.once("network", network)
    absent = serving.on_paper(filing, at_least, months, least_listed)
    told = serving.listed_npis(filing, months, least_listed)
    kept = told.filter(~told["npi"].is_in(list(absent)))
    doubtful = kept.filter(kept["members"] < at_least)
    return Pair(whole, restrict(whole, frozenset(kept["npi"])), absent, len(doubtful))


def standards(filing: Filing, ids: Iterable[str]) -> list[Standard]:
    """Return the NW01 requirements of those ids, as in force on the last day of the period.

    Raises
    ------
    ValueError
        When the contract has no such requirement, or it sets no limit on that day.
    """
    return [_standard(filing, each) for each in ids]


def _standard(filing: Filing, wanted: str) -> Standard:
    try:
        requirement: Requirement = filing.contract.requirement(wanted)
    except KeyError:
        raise ValueError(f"the standard is {wanted}, which the contract lacks") from None
    value = requirement.in_force(filing.period.end)
    if value is None or not isinstance(value.params, nw01.Params):
        raise ValueError(f"the standard is {wanted}, which sets no limit on {filing.period.end}")
    asked = Scope.read(requirement.applies_to)
    asked.check_region(filing.contract.regions)
    return Standard(requirement.id, requirement.title, asked, value.params)


def counties(
    filing: Filing, reached: Network, asked: Scope, params: nw01.Params
) -> Iterator[tuple[str, Measure]]:
    """Count as NW01 does: each county that is meant, with its measure."""
    classes, way = filing.county_classes, way_of(filing)
    chosen = list(meant(asked, reached.counties, classes, filing.contract.regions))
    nw01.cover_all(reached, asked, params, chosen, way)
    for county, county_class in chosen:
        yield county, nw01.measure_county(reached, asked, params, county, county_class, way)


def withhold(plan: Measure, left_out: float, least: float, most: float, allowed: float) -> Measure:
    """Withhold a plan's verdict that hangs on the members of counties that could not be counted.

    Parameters
    ----------
    left_out
        Those members.
    least, most
        Between which the members counted in the numerator lie when they are added.
    allowed
        The largest share that is met.
    """
    if not left_out or not isinstance(plan.value, float):
        return plan
    members = (plan.denominator or 0.0) + left_out
    met = plan.value <= allowed + TOLERANCE
    if met == ((most if met else least) / members <= allowed + TOLERANCE):
        return plan
    note = (
        f"{left_out:,.0f} {plan.evidence['who']} live in counties that could not be counted, and "
        f"would decide: {plan.value:.1%} of the other {plan.denominator:,.0f}"
    )
    return not_counted(plan.subject, note, plan.evidence)
