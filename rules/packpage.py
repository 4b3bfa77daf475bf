"""A pack -> its page: each value with its date, its source and whether that was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from geodata.counties import county_name
from rules.contract import ADOPTED, cited
from rules.entries import DATA
from rules.markdown import mark, shown, table, terms
from rules.model import Contract, Requirement
from rules.packlimits import has_limits, limits, mark_of, rule_link, source_cells

SUBMISSION = "submission"
"""Not a table: the checks of a submission as a whole, told on the index of tables."""


def pack_index(packs: Iterable[Contract]) -> str:
    """Return the table of all packs."""
    rows = [
        (
            f"[{pack.id}]({pack.id}.md)",
            pack.title,
            pack.model,
            pack.state,
            ", ".join(pack.extends),
            str(sum(asked.pack == pack.id for asked in pack.requirements)),
            str(sum(clause.pack == pack.id for clause in pack.clauses)),
        )
        for pack in packs
    ]
    heads = ("pack", "title", "model", "state", "extends", "requirements", "clauses")
    return f"# Packs\n\nRequirements and clauses are a pack's own.\n\n{table(heads, rows)}\n"


def pack_page(pack: Contract) -> str:
    """Return the page of a pack as Markdown."""
    own = [asked for asked in pack.requirements if asked.pack == pack.id]
    inherited = [asked for asked in pack.requirements if asked.pack != pack.id]
    clauses = [clause for clause in pack.clauses if clause.pack == pack.id]
    parts = [f"# {pack.id}", f"{pack.title}. {pack.program}.", _facts(pack), _documents(pack)]
    parts += _areas(pack)
    if own:
        parts.append(f"## Requirements\n\n{_requirements(pack, own)}")
    if inherited:
        parts.append(f"## Inherited requirements\n\n{_inherited(inherited)}")
    if pack.exemptions:
        parts.append(f"## Exceptions\n\n{_exceptions(pack)}")
    if pack.bands:
        parts.append(f"## Bands of the profiles\n\n{_bands(pack)}")
    if clauses:
        intro = "Law that is recorded and that no rule measures yet: it makes no finding."
        rows = [
            (
                clause.id,
                f"{clause.title}: {clause.text}",
                f"{clause.starts}",
                cited(clause.citation, pack.documents),
                clause.citation.quote,
                "**unverified**" if clause.unverified else "read",
            )
            for clause in clauses
        ]
        heads = ("id", "clause", "from", "source", "words seen", "mark")
        parts.append(f"## Clauses\n\n{intro}\n\n{table(heads, rows)}")
    return "\n\n".join(parts) + "\n"


def _facts(pack: Contract) -> str:
    rows = [
        ("model", pack.model),
        ("state", pack.state),
        ("plans", ", ".join(pack.plans)),
        ("in force", f"from {pack.starts}" + (f" to {pack.ends}" if pack.ends else "")),
        ("extends", ", ".join(f"[{name}]({name}.md)" for name in pack.extends)),
        ("run-out", f"{pack.runout_months} months"),
        ("distance", pack.distance_basis),
        ("behavioral health", pack.bh_definition.replace("_", " ")),
        ("county classes", f"{len(pack.county_classes)} counties" if pack.county_classes else ""),
    ]
    return table(("", ""), [fact for fact in rows if fact[1]])


def _documents(pack: Contract) -> str:
    """Return the documents; those that the pack's own entries cite stand before inherited ones."""
    values = [
        value for asked in pack.requirements if asked.pack == pack.id for value in asked.values
    ]
    clauses = [clause for clause in pack.clauses if clause.pack == pack.id]
    cites = {value.citation.document for value in values}
    cites |= {clause.citation.document for clause in clauses}
    rows = [
        (one.id, one.title, one.dated, one.source, "invented" if one.invented else "")
        for one in sorted(pack.documents.values(), key=lambda one: one.id not in cites)
    ]
    heads = ("id", "document", "dated", "source", "")
    return f"## Documents\n\n{table(heads, rows)}"


def _areas(pack: Contract) -> list[str]:
    """Return the sections of county classes and regions, those that the pack has."""
    parts = []
    if pack.county_density:
        rows = [(name, f"{least:g}") for name, least in pack.county_density.items()]
        told = table(("class", "people per square mile of land, at least"), rows)
        parts.append(f"## County classes\n\n{told}")
    elif pack.county_classes:
        parts.append(f"## County classes\n\n{_named(pack.county_classes, 'class')}")
    if pack.regions:
        parts.append(f"## Regions\n\n{_named(pack.regions, 'region')}")
    return parts


def _named(by_county: Mapping[str, str], head: str) -> str:
    rows = []
    for name in dict.fromkeys(by_county.values()):
        names = [county_name(fips) or fips for fips, held in by_county.items() if held == name]
        rows.append((name, f"{len(names)}", ", ".join(sorted(names))))
    return table((head, "counties", ""), rows)


def _exceptions(pack: Contract) -> str:
    rows = [
        (
            one.id,
            one.requirement,
            ", ".join([*(county_name(fips) or fips for fips in one.counties), *one.regions]),
            f"{one.starts}" + (f" to {one.ends}" if one.ends else ""),
            f"{one.providers_in_area}",
            f"{one.monitored_on or ''}",
            one.reason,
            cited(one.citation, pack.documents),
            mark_of(pack, one.citation, one.unverified),
        )
        for one in pack.exemptions
    ]
    heads = (
        "id",
        "requirement",
        "where",
        "from",
        "providers in the area",
        "monitored on",
        "reason",
    )
    return table((*heads, "source", "mark"), rows)


def _requirements(pack: Contract, own: Iterable[Requirement]) -> str:
    """Return the limits by class of county, and then every other requirement, as tables."""
    held = [(asked, value) for asked in own for value in asked.values]
    parts = []
    if limited := [one for one in held if has_limits(*one)]:
        parts.append(limits(pack, limited))
    rows = [
        (
            asked.id,
            asked.title,
            shown(dict(asked.applies_to)),
            _rule(asked),
            asked.severity,
            f"{value.starts}",
            terms(value.params),
            *source_cells(pack, value),
        )
        for asked, value in held
        if not has_limits(asked, value)
    ]
    heads = ("id", "requirement", "applies to", "rule", "severity", "from", "params")
    if rows:
        told = table((*heads, "source", "words", "mark"), rows)
        parts.append(f"### Other\n\n{told}" if parts else told)
    return "\n\n".join(parts)


def _bands(pack: Contract) -> str:
    """Return the bands that stand in place of those carvein ships."""
    rows = [
        (
            band.expectation,
            f"{band.starts}",
            "" if band.low is None else f"{band.low:g}",
            "" if band.high is None else f"{band.high:g}",
            band.severity or "as shipped",
            cited(band.citation, pack.documents),
            mark(band.unverified).strip(),
        )
        for band in pack.bands
    ]
    heads = ("expectation", "from", "at least", "at most", "severity", "source", "mark")
    return table(heads, rows)


def _inherited(inherited: Iterable[Requirement]) -> str:
    """Return what is inherited, by pack and severity: those pages hold the values themselves."""
    rows = []
    for asked in inherited:
        adopted = [word for word in asked.values[0].citation.also if word.startswith(ADOPTED)]
        link = f"[{asked.pack}]({asked.pack}.md)"
        rows.append((asked.id, asked.title, link, asked.severity, "; ".join(adopted)))
    return table(("id", "requirement", "from pack", "severity here", "adopted"), rows)


def _rule(asked: Requirement) -> str:
    if asked.rule == DATA:
        table_name = asked.applies_to["table"]
        page = "README" if table_name == SUBMISSION else table_name
        return f"[{DATA}](../rules/tables/{page}.md)"
    return rule_link(asked)
