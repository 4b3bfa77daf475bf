"""A rule, a table or a pack -> its page of the documentation, and all pages into a folder."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rules import contract as contracts
from rules import params, registry
from rules.editpage import checks_table, edit_sections
from rules.markdown import row, shown, table
from rules.model import Contract, Requirement, Rule, Sense
from rules.packpage import pack_index, pack_page
from rules.profiles import suite
from rules.relational import relational_checks
from rules.tables import ENVELOPE, ENVELOPE_CHECKS, TABLES, TableShape
from rules.tables.edit import Sort

GENERATED = "<!-- Written by `carvein rules docs` from the code and the packs; do not edit. -->\n"
MAX_LISTED = 12
"""Requirements of one pack that a rule's page lists; of more it gives the number and the pack."""

_UNDERLINED = re.compile(r"^(\S.*)\n-{3,}$", re.MULTILINE)


def write_docs(folder: Path) -> list[Path]:
    """Write all pages under ``folder`` (``rules/``, ``rules/tables/``, ``packs/``).

    Returns
    -------
    The paths written, sorted. Pages of what no longer exists are left for the caller to see.
    """
    written = []
    for name, text in sorted(pages().items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        written.append(path)
    return written


def pages() -> dict[str, str]:
    """Return every page by its path under the documentation folder."""
    known = registry.rules()
    packs = {name: contracts.load(name) for name in contracts.available()}
    written = {
        "rules/README.md": rule_index(known, packs.values()),
        "rules/tables/README.md": table_index(),
        "packs/README.md": pack_index(packs.values()),
    }
    written |= {f"rules/{code}.md": page(rule, packs.values()) for code, rule in known.items()}
    written |= {f"rules/tables/{name}.md": table_page(shape) for name, shape in TABLES.items()}
    written |= {f"packs/{name}.md": pack_page(pack) for name, pack in packs.items()}
    return {name: f"{GENERATED}\n{text}" for name, text in written.items()}


def sections(rule: Rule) -> dict[str, str]:
    """Return the summary of a rule's docstring under ``""`` and its sections by heading."""
    module = inspect.getmodule(rule.measure)
    parts = _UNDERLINED.split(inspect.cleandoc((module and module.__doc__) or ""))
    texts = [part.strip() for part in parts]
    return {"": texts[0], **dict(zip(texts[1::2], texts[2::2], strict=True))}


def page(rule: Rule, packs: Iterable[Contract] | None = None) -> str:
    """Return the page of a rule as Markdown.

    Parameters
    ----------
    packs
        The packs whose requirements are listed; all shipped ones when not given.
    """
    if packs is None:
        packs = [contracts.load(name) for name in contracts.available()]
    told = sections(rule)
    sense = "at least" if rule.sense is Sense.AT_LEAST else "at most"
    facts = table(
        ("", ""),
        [
            ("family", rule.family),
            ("reads", ", ".join(f"`{name}`" for name in rule.reads)),
            ("one finding a", rule.grain),
            (
                "figure",
                f"{rule.unit}, {sense} the required one" if rule.unit else "words, see below",
            ),
            ("since", rule.since),
            *([("also known as", ", ".join(rule.aliases))] if rule.aliases else []),
        ],
    )
    return "\n\n".join(
        [
            f"# {rule.code} {rule.name}",
            told.pop(""),
            facts,
            *(f"## {heading}\n\n{text}" for heading, text in told.items()),
            f"## Params\n\n{_params(rule)}",
            f"## Message\n\n```text\n{rule.message}\n```",
            f"## Remedy\n\n{rule.remedy}",
            f"## Asked by\n\n{_asked_by(rule, packs)}\n",
        ]
    )


def rule_index(known: Mapping[str, Rule], packs: Iterable[Contract]) -> str:
    """Return the table of all rules."""
    packs = list(packs)
    rows = [
        (
            f"[{code}]({code}.md)",
            rule.name,
            sections(rule)[""],
            ", ".join(pack.id for pack in packs if _asking(rule, pack)) or "no shipped pack",
        )
        for code, rule in known.items()
    ]
    edits = "The edits of submitted tables are in [tables](tables/README.md).\n"
    return f"# Rules\n\n{table(('code', 'name', 'fault', 'asked by'), rows)}\n\n{edits}"


def table_index() -> str:
    """Return the table of all submitted tables, and the checks of a submission as a whole."""
    rows = [
        (f"[{name}]({name}.md)", shape.title, str(len(shape.columns)), *_counts(shape))
        for name, shape in TABLES.items()
    ]
    heads = (
        "table",
        "holds",
        "columns",
        "edits of a row",
        "of rows and tables",
        "of form",
        "of files",
    )
    tables = table(heads, rows)
    intro = (
        "Every faulty row is a violation with its file and line. The rows of a fatal edit are\n"
        "quarantined: kept, reported, and left out of what the rules count."
    )
    whole = f"## The submission itself\n\nFindings cite `DATA-{ENVELOPE.upper()}`."
    return "\n\n".join(
        [
            "# Edits of submitted tables",
            intro,
            tables,
            whole,
            checks_table(ENVELOPE_CHECKS.values()),
        ]
    )


def _counts(shape: TableShape) -> tuple[str, str, str, str]:
    form = sum(edit.sort is Sort.FORM for edit in shape.edits.values())
    related = sum(check.table == shape.name for check in relational_checks().values())
    files = len(shape.checks) - len(shape.edits)
    return str(len(shape.edits) - form), str(related), str(form), str(files)


def table_page(shape: TableShape) -> str:
    """Return the page of a submitted table: its columns, its edits one by one, its profile.

    Every edit has a heading of its own, its code, which :func:`anchor` links to.
    """
    columns = table(
        ("column", "holds", "must exist", "may be empty", "masked"),
        [
            (
                f"`{column.name}`",
                column.wanted,
                "yes" if column.required else "",
                "yes" if column.may_be_empty or not column.required else "",
                "yes" if column.private else "",
            )
            for column in shape.columns
        ],
    )
    key = ", ".join(f"`{name}`" for name in shape.key)
    parts = [
        f"# {shape.name}",
        f"{_capital(shape.title.removeprefix(f'{shape.name}: '))}. A row is told apart by {key}.",
        f"## Columns\n\n{columns}",
        *edit_sections(shape),
    ]
    if shape.name in suite.TABLES:
        parts.append(f"## Profile\n\n{_expectations(suite.load(shape.name))}")
    return "\n\n".join(parts) + "\n"


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}"


def _expectations(read: suite.Suite) -> str:
    rows = [
        (
            f"`{each.code}`",
            each.title,
            each.band,
            each.severity,
            str(each.citation),
            each.remedy,
        )
        for each in read.expectations
    ]
    return table(("code", "figure", "normal", "severity", "source", "remedy"), rows)


def _params(rule: Rule) -> str:
    hints = params.fields_of(rule.params)
    told = inspect.cleandoc(rule.params.__doc__ or "")
    if not hints:
        return told
    defaults = {
        field.name: shown(params.plain(_default(field)))
        for field in dataclasses.fields(rule.params)
        if _default(field) is not dataclasses.MISSING
    }
    rows = [
        (
            f"`{name}`",
            params.describe(kind),
            defaults.get(name, "required"),
            "yes" if name in rule.judged_by else "measure again",
        )
        for name, kind in hints.items()
    ]
    heads = ("param", "takes", "default", "judged again from stored measures")
    return f"{told}\n\n{table(heads, rows)}"


def _default(field: dataclasses.Field[Any]) -> Any:
    made = field.default_factory
    return field.default if made is dataclasses.MISSING else made()


def _asking(rule: Rule, pack: Contract) -> Sequence[Requirement]:
    return [asked for asked in pack.requirements if asked.rule == rule.code]


def _asked_by(rule: Rule, packs: Iterable[Contract]) -> str:
    rows: list[Sequence[str]] = []
    for pack in packs:
        asked = _asking(rule, pack)
        link = f"[{pack.id}](../packs/{pack.id}.md)"
        if len(asked) > MAX_LISTED:
            severities = ", ".join(sorted({str(one.severity) for one in asked}))
            told = f"{len(asked)} requirements"
            rows.append((link, told, severities, "", "", ""))
            continue
        rows += [
            row(link, one.id, one.severity, value, pack.documents)
            for one in asked
            for value in one.values
        ]
    if not rows:
        return "No shipped pack."
    return table(("pack", "requirement", "severity", "from", "params", "source"), rows)
