"""What a review judged of network standards, laid out as CMS's form asks: one a region.

The form wants one standard for each provider type, population and region. A requirement whose
limits differ by class of county becomes one standard a class; one that names a class or a region
is of that alone; any other is statewide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from monitor.export.naaar_items import (
    DIRECTORY,
    GEOMAPPING,
    MAX_DISTANCE,
    MAX_EITHER,
    MAX_TIME,
    MINIMUM,
    POPULATIONS,
    RATIOS,
    REGIONS,
    SHOPPER,
    STATEWIDE,
    WAIT,
    type_of,
)
from rules.model import Contract, Finding, Layer, Measure, Period, Verdict
from rules.network.scope import read_people
from rules.network.who import Who
from rules.params import plain
from rules.specialty import specialties

METHOD: Mapping[str, str] = {
    "NW01": GEOMAPPING,
    "NW02": DIRECTORY,
    "NW03": DIRECTORY,
    "NW04": SHOPPER,
    "NW05": DIRECTORY,
}
"""The rules whose figures the form asks for, and the method that each one's figures are."""

NO_STANDARD = ("applies from ", "no longer found; ")
"""How the judge's words begin on what is not in force, and on what only an earlier review had."""

UNKNOWN = ""
"""The region of what could not be measured because the county's class is unknown."""


@dataclass(frozen=True)
class Judged:
    """A finding with the terms that it was measured with."""

    finding: Finding
    params: Mapping[str, Any] = field(default_factory=dict)
    applies_to: Mapping[str, str] = field(default_factory=dict)

    @property
    def measured(self) -> bool:
        """Whether there is a figure that was judged."""
        return self.finding.verdict in (Verdict.MET, Verdict.NOT_MET)

    @property
    def exception(self) -> Mapping[str, Any]:
        """The exception that the contract grants here, empty where it grants none."""
        told = self.finding.evidence.get("exception")
        return told if isinstance(told, Mapping) else {}


@dataclass(frozen=True)
class Standard:
    """One column of tab II: a requirement in one region, with every finding of it by plan."""

    requirement_id: str
    rule: str
    region: str
    judged: tuple[Judged, ...]

    @property
    def name(self) -> str:
        """The standard in notes for the reader, e.g. ``MA-TD-029, Rural``."""
        return f"{self.requirement_id}, {self.region or 'region unknown'}"

    @property
    def _first(self) -> Judged:
        return next((each for each in self.judged if each.params), self.judged[0])

    @property
    def method(self) -> str:
        """The analysis method, as the form spells it (II.A.5)."""
        return METHOD[self.rule]

    @property
    def slugs(self) -> tuple[str, ...]:
        """The specialty, or the provider types of a survey, that the requirement is about."""
        scope = self._first.applies_to
        named = scope.get("specialty") or scope.get("provider_type") or ""
        return tuple(slug.strip() for slug in named.split(";") if slug.strip())

    @property
    def provider_type(self) -> str:
        """The core type (II.A.1); "" where none fits, or several do."""
        fits = {type_of(slug, _domain(slug)) for slug in self.slugs}
        return fits.pop() if len(fits) == 1 else ""

    @property
    def detail(self) -> str:
        """The specialties in words, with CMS's code where there is one (II.A.2)."""
        return "; ".join(_title(slug) for slug in self.slugs)

    @property
    def population(self) -> str:
        """The population (II.A.6): a set value, or free text for one that is not in the list."""
        try:
            who = read_people(self._first.applies_to)
        except ValueError:
            return ""
        if who == Who(who.population):
            return POPULATIONS.get(who.population, "")
        said = who.words.replace("members", "enrollees")
        return said[:1].upper() + said[1:]

    @property
    def kind(self) -> str:
        """The standard's type (II.A.3)."""
        if self.rule == "NW01":
            logic = self._limit.get("logic") or self._first.params.get("logic")
            kinds = {"time": MAX_TIME, "distance": MAX_DISTANCE}
            return kinds.get(str(logic), MAX_EITHER)
        if self.rule == "NW02":
            return RATIOS if self._first.params.get("by_county_class") else MINIMUM
        return {"NW03": RATIOS, "NW04": WAIT}.get(self.rule, MINIMUM)

    @property
    def _limit(self) -> Mapping[str, Any]:
        """What the requirement sets for the class of county that the region is."""
        by_class = self._first.params.get("by_county_class") or {}
        for name, limit in by_class.items():
            if region_name(name) == self.region and isinstance(limit, Mapping):
                return limit
        return {}

    @property
    def description(self) -> str:
        """The standard in words, with where it stands (II.A.4)."""
        spoken = next((each.finding for each in self.judged if each.measured), None)
        finding = spoken or self.judged[0].finding
        mark = " [not verified in its source]" if finding.unverified else ""
        return f"{self._words(finding)} ({finding.citation}){mark}"

    def _words(self, finding: Finding) -> str:
        params = {**self._first.params, **self._limit}
        if self.rule == "NW01":
            return _time_or_distance(params, finding)
        what = "; ".join(_plain_title(slug) for slug in self.slugs) or "the specialty"
        if self.rule == "NW02":
            return _minimum_within(params, self, finding, what)
        if self.rule == "NW03":
            counts = params.get("counts", "providers")
            per = _number(params.get("per_members"))
            least = _number(params.get("at_least"))
            asked = _so_many(least, str(counts))
            if "per_members" not in params:
                return f"{what}: {counts} per enrollee, as many as the contract asks"
            return f"{what}: at least {asked} per {per} enrollees, rounded up"
        if self.rule == "NW04":
            unit = str(params.get("unit", "")).replace("_", " ")
            when = str(self._first.applies_to.get("appointment_type", "")).replace("_", "-")
            return (
                f"{_percent_of(params, finding)} of appointments asked for ({when}) are offered "
                f"within {_number(params.get('max_wait'))} {unit}"
            )
        counts, least = params.get("counts", "providers"), _least(params, finding)
        area = {"county": "in each county", "region": "in each region"}.get(
            str(params.get("area")), "in the plan's network"
        )
        return f"{what}: at least {_so_many(least, str(counts))} {area}"


def judged_by_standard(
    findings: Iterable[Finding],
    measures: Iterable[Measure],
    contract: Contract | None,
    period: Period,
    only: Sequence[str] = (),
) -> list[Standard]:
    """Return the standards of a review, in the order of the pack, else of the findings.

    A requirement that no value is in force for on the period's last day is none of them.

    Parameters
    ----------
    contract
        The pack, for the order and for the terms of what was never measured; None when not known.
    only
        Ids of requirements, or what they begin with; every one when empty.
    """
    terms = {
        (each.plan_id, each.requirement_id, each.rule, each.subject): each.measured_with
        for each in measures
    }
    grouped: dict[tuple[str, str], list[Judged]] = {}
    for finding in findings:
        if finding.rule not in METHOD or finding.layer is not Layer.REQUIREMENT:
            continue
        if only and not finding.requirement_id.startswith(tuple(only)):
            continue
        if finding.message.startswith(NO_STANDARD):
            continue
        key = (finding.plan_id, finding.requirement_id, finding.rule, finding.subject)
        used = {**_terms_of(contract, finding, period), **(terms.get(key) or {})}
        scope = used.pop("applies_to", {})
        judged = Judged(finding, used, scope if isinstance(scope, Mapping) else {})
        grouped.setdefault((finding.requirement_id, finding.rule), []).append(judged)
    order = [each.id for each in contract.requirements] if contract else []
    rank = {name: at for at, name in enumerate(order)}
    keys = sorted(grouped, key=lambda key: rank.get(key[0], len(rank)))
    return [standard for key in keys for standard in _by_region(*key, grouped[key])]


def _by_region(requirement_id: str, rule: str, judged: list[Judged]) -> Iterable[Standard]:
    """Part the findings of a requirement by region; those of a whole plan belong to each."""
    parts: dict[str, list[Judged]] = {}
    whole = [each for each in judged if each.finding.subject == "plan" and not each.measured]
    for each in judged:
        if each not in whole:
            parts.setdefault(_region_of(each), []).append(each)
    if not parts:
        parts = {_region_of(whole[0]): []}
    known = list(REGIONS.values())
    order = {name: at for at, name in enumerate((STATEWIDE, *known))}
    for region in sorted(parts, key=lambda name: (order.get(name, len(order)), name)):
        yield Standard(requirement_id, rule, region, (*parts[region], *whole))


def _region_of(judged: Judged) -> str:
    told, scope = judged.finding.evidence, judged.applies_to
    if scope.get("county_class"):
        return region_name(scope["county_class"])
    if scope.get("region"):
        return str(scope["region"])
    if judged.params.get("by_county_class"):
        named = told.get("county_class")
        return region_name(str(named)) if named else UNKNOWN
    if judged.params.get("area") == "region":
        return str(told.get("region") or told.get("area") or UNKNOWN)
    return STATEWIDE


def region_name(county_class: str) -> str:
    """Return a class of county as the form spells it, else in its own words."""
    words = county_class.replace("_", " ").strip()
    return REGIONS.get(county_class, words[:1].upper() + words[1:])


def _terms_of(contract: Contract | None, finding: Finding, period: Period) -> dict[str, Any]:
    """Return the pack's terms, for those that a measure does not hold; empty when not known.

    A measure holds what it was counted with, and not what it was only judged by.
    """
    if contract is None:
        return {}
    try:
        requirement = contract.requirement(finding.requirement_id)
    except KeyError:
        return {}
    value = requirement.in_force(period.end)
    used: dict[str, Any] = dict(plain(value.params)) if value else {}
    if finding.verdict in (Verdict.MET, Verdict.NOT_MET):
        # What it was judged by stands in the finding; the pack may have been amended since.
        used = {name: item for name, item in used.items() if name not in ("share", "minimum")}
    return {**used, "applies_to": dict(requirement.applies_to)}


def _domain(slug: str) -> str:
    held = specialties().get(slug)
    return held.domain if held else ""


def _plain_title(slug: str) -> str:
    held = specialties().get(slug)
    return held.title if held else slug.replace("_", " ").capitalize()


def _title(slug: str) -> str:
    held = specialties().get(slug)
    code = f" (CMS HSD {held.hsd_code})" if held and held.hsd_code else ""
    return f"{_plain_title(slug)}{code}"


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else "an unknown number of"


def _percent_of(params: Mapping[str, Any], finding: Finding) -> str:
    """Return the share required; from the finding where the terms do not hold it."""
    share = params.get("share")
    if share is None:
        try:
            share = float(finding.required)
        except ValueError:
            return "A share"
    return f"At least {share * 100:g}%"


def _time_or_distance(params: Mapping[str, Any], finding: Finding) -> str:
    logic = str(params.get("logic", "both"))
    parts = []
    if logic != "distance" and params.get("max_minutes") is not None:
        parts.append(f"{params['max_minutes']:g} minutes")
    if logic != "time" and params.get("max_miles") is not None:
        parts.append(f"{params['max_miles']:g} miles")
    limit = (" or " if logic == "either" else " and ").join(parts) or "the limit"
    wanted = params.get("providers") or 1
    whom = "a provider" if wanted == 1 else f"{wanted} different providers"
    said = f"{_percent_of(params, finding)} of enrollees within {limit} of {whom}"
    if params.get("telehealth_credit"):
        said += f"; {params['telehealth_credit'] * 100:g} points credited for telehealth"
    return said


def _minimum_within(
    params: Mapping[str, Any], standard: Standard, finding: Finding, what: str
) -> str:
    counts = params.get("counts", "providers")
    by_class = params.get("by_county_class") or {}
    ratio = next((n for name, n in by_class.items() if region_name(name) == standard.region), None)
    reach = finding.evidence.get("limit") if by_class else None
    where = f"within {reach}" if reach else f"within the limits of {params.get('within')}"
    if ratio is not None:
        return f"{what}: {ratio:g} {counts} per 1,000 enrollees of a county, rounded up, {where}"
    return f"{what}: at least {_so_many(_least(params, finding), str(counts))} {where}"


def _least(params: Mapping[str, Any], finding: Finding) -> str:
    """Return the minimum required; from the finding where the terms do not hold it."""
    least = params.get("minimum")
    if least is None:
        try:
            least = float(finding.required)
        except ValueError:
            return "a number of"
    return f"{least:g}"


def _so_many(number: Any, counts: str) -> str:
    """Say a number and what is counted, e.g. ``1 provider``."""
    return f"{number} {counts[:-1] if str(number) == '1' else counts}"
