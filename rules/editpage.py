"""The edits of a submitted table -> the part of its page that tells each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rules.markdown import table
from rules.model import Check
from rules.relational import COMPARISONS, Comparison, RelationalEdit
from rules.tables import TableShape
from rules.tables.edit import PERIOD_END, PLAN, SUBMITTED_ON, Edit, Sort


def anchor(code: str) -> str:
    """Return the fragment of an edit's heading on its table's page, as GitHub makes it."""
    return code.replace(".", "")


def edit_sections(shape: TableShape) -> Iterator[str]:
    """Yield the parts of a table's page that tell its edits: a list, then a section an edit."""
    edits = [edit for edit in shape.edits.values() if edit.sort is not Sort.FORM]
    forms = [edit for edit in shape.edits.values() if edit.sort is Sort.FORM]
    related = [
        (comparison, edit)
        for comparison in COMPARISONS
        for edit in comparison.edits
        if edit.table == shape.name
    ]
    files = [check for code, check in shape.checks.items() if code not in shape.edits]
    yield f"## Edits\n\nFindings cite `DATA-{shape.name.upper()}`."
    named = [_full(shape, edit) for edit in edits] + [edit.full_code for _, edit in related]
    links = [f"[`{code}`](#{anchor(code)})" for code in [*named, *(_full(shape, e) for e in forms)]]
    yield "\n".join(f"- {link}" for link in links)
    if edits:
        yield "## What one row tells"
        yield from (_row_section(shape, edit) for edit in edits)
    if related:
        yield "## What other rows and tables tell"
        yield from (_related_section(*pair) for pair in related)
    if forms:
        yield "## Presence and form"
        yield from (_row_section(shape, edit) for edit in forms)
    yield f"## Files and columns\n\n{checks_table(files).rstrip()}"


def checks_table(checks: Iterable[Check]) -> str:
    """Return checks as one table of a line each."""
    rows = [
        (
            f"`{check.code}`",
            check.name,
            check.severity,
            "quarantines the row" if check.fatal else "",
            check.remedy,
        )
        for check in checks
    ]
    return table(("code", "fault", "severity", "fatal", "remedy"), rows) + "\n"


def _full(shape: TableShape, edit: Edit) -> str:
    return f"{shape.name}.{edit.code}"


def _row_section(shape: TableShape, edit: Edit) -> str:
    code = _full(shape, edit)
    looks = f"{edit.sort}: {_columns(edit.reads - {edit.field}, edit.field)}"
    if {PLAN, PERIOD_END, SUBMITTED_ON} & set(edit.ok.meta.root_names()):
        looks += ", and what the manifest says"
    facts = [("layer", "shape: one row by itself"), ("looks at", looks)]
    return _section(shape.checks[code], facts, edit.wanted)


def _related_section(comparison: Comparison, edit: RelationalEdit) -> str:
    others = [name for name in comparison.reads if name != edit.table]
    looks = f"rows of {edit.table}"
    if others:
        looks += f" beside {_columns(others[1:], others[0])}"
    return _section(
        edit.check(),
        [("layer", "shape: rows and tables"), ("looks at", looks)],
        edit.wanted,
    )


def _section(check: Check, facts: list[tuple[str, str]], wanted: str) -> str:
    told = [
        *facts,
        ("severity", str(check.severity)),
        ("the row", "is quarantined" if check.fatal else "stays"),
        ("wrong", check.name),
        ("wanted", wanted),
        ("remedy", check.remedy),
    ]
    lines = "\n".join(f"- **{name}**: {text}" for name, text in told)
    return f"### `{check.code}`\n\n{lines}"


def _columns(names: Iterable[str], first: str) -> str:
    return ", ".join(f"`{name}`" for name in [first, *sorted(names)])
