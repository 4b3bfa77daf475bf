"""The exceptions of a pack turned into nouns; what is uncited or points nowhere is refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from rules import entries
from rules.entries import Entry, Terms
from rules.exemption import Exemption
from rules.model import Contract

MOST_PROVIDERS = 1_000_000


def exemption(entry: Entry, terms: Terms) -> Exemption:
    """Read one entry of ``exceptions``; what it names is checked by :func:`refuse_unknown`."""
    counties, regions = entry.texts("counties"), entry.texts("regions")
    for i, fips in enumerate(counties):
        if not entries.is_fips(fips):
            found = f"{fips[:60]} is no FIPS code; wanted five digits in quotes"
            entry.refuse(f"counties[{i}]", found)
    if not entry.content.get("counties") and not entry.content.get("regions"):
        entry.refuse("", "no area; wanted counties, regions or both")
    starts, ends = entries.starts(entry, terms), entry.day("ends", required=False)
    if ends is not None and ends < starts:
        entry.refuse("ends", f"{ends} is before the start, {starts}")
    if ends is not None and terms.ends is not None and ends > terms.ends:
        entry.refuse("ends", f"{ends} is after the contract ends, {terms.ends}")
    practising = entry.whole("providers_in_area", 0, MOST_PROVIDERS)
    if "providers_in_area" not in entry.content:
        reason = "missing; wanted the number of such providers who practise in the area"
        entry.refuse("providers_in_area", reason)
    read = Exemption(
        id=entry.slug("id"),
        requirement=entry.text("requirement"),
        starts=starts,
        ends=ends,
        providers_in_area=practising or 0,
        reason=entry.text("reason"),
        citation=entries.citation(entries.cite(entry), terms.documents),
        counties=counties,
        regions=regions,
        monitored_on=entry.day("monitored_on", required=False),
        unverified=entry.flag("unverified", False),
        pack=terms.pack,
    )
    entry.close()
    return read


def refuse_unknown(
    read: Iterable[Exemption],
    places: Mapping[str, Entry],
    requirements: Collection[str],
    regions: Collection[str],
) -> None:
    """Refuse exceptions to a requirement, or in a region, that the contract lacks."""
    for one in read:
        entry = places[one.id]
        if one.requirement and one.requirement not in requirements:
            entry.refuse("requirement", f"the contract has no requirement {one.requirement[:60]}")
        for i, region in enumerate(one.regions):
            if region not in regions:
                known = ", ".join(sorted(set(regions))) or "none"
                entry.refuse(f"regions[{i}]", f"no region {region[:60]}; known are {known}")


def layered(extended: Iterable[Contract], own: Iterable[Exemption]) -> tuple[Exemption, ...]:
    """Return inherited exceptions and then own ones; an own id replaces the inherited one."""
    inherited = {one.id: one for parent in extended for one in parent.exemptions}
    return tuple((inherited | {one.id: one for one in own}).values())
