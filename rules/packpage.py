"""A pack -> its page: each value with its date, its source and whether that was read."""

from __future__ import annotations

from collections.abc import Iterable

from rules.contract import ADOPTED, cited
from rules.entries import DATA
from rules.markdown import mark, shown, table, terms
from rules.model import Contract, Requirement, Value

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
    if own:
        parts.append(f"## Requirements\n\n{_requirements(pack, own)}")
    if inherited:
        parts.append(f"## Inherited requirements\n\n{_inherited(inherited)}")
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
        ("county classes", f"{len(pack.county_classes)} counties" if pack.county_classes else ""),
    ]
    return table(("", ""), [fact for fact in rows if fact[1]])


def _documents(pack: Contract) -> str:
    rows = [
        (one.id, one.title, one.dated, one.source, "invented" if one.invented else "")
        for one in pack.documents.values()
    ]
    heads = ("id", "document", "dated", "source", "")
    return f"## Documents\n\n{table(heads, rows)}"


def _requirements(pack: Contract, own: Iterable[Requirement]) -> str:
    rows = [
        (
            asked.id,
            asked.title,
            shown(dict(asked.applies_to)),
            _rule(asked),
            asked.severity,
            f"{value.starts}",
            terms(value.params),
            cited(value.citation, pack.documents),
            value.citation.quote,
            _mark(pack, value),
        )
        for asked in own
        for value in asked.values
    ]
    heads = (
        "id",
        "requirement",
        "applies to",
        "rule",
        "severity",
        "from",
        "params",
        "source",
        "words",
        "mark",
    )
    return table(heads, rows)


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
    return f"[{asked.rule}](../rules/{asked.rule}.md)"


def _mark(pack: Contract, value: Value) -> str:
    document = pack.documents[value.citation.document]
    return mark(value.unverified).strip() or ("invented" if document.invented else "read")
