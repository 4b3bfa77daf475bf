"""`carvein packs` and `carvein rules`: what is asked, where it stands, and how it is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.screen import Format, fail, print_fields, print_json, print_rows, say

if TYPE_CHECKING:
    from rules.model import Contract, Requirement, Rule

packs = typer.Typer(no_args_is_help=True, help="Contracts as data: list, show and check packs.")
rules = typer.Typer(no_args_is_help=True, help="What is measured: list, show and document rules.")

AsFormat = Annotated[Format, typer.Option("--format", help="text, or json for machines")]


def load_pack(name_or_path: str) -> Contract:
    """Read a pack, or leave with exit code 2 and every problem on a line of its own."""
    from rules.contract import PackError, load

    try:
        return load(name_or_path)
    except PackError as error:
        fail(str(error))


@packs.command("list")
def list_packs(format: AsFormat = Format.TEXT) -> None:
    """List the shipped packs."""
    from rules.contract import available

    contracts = [load_pack(name) for name in available()]
    if format is Format.JSON:
        print_json([_head(contract) for contract in contracts])
        return
    print_rows(
        ("pack", "title", "model", "requirements", "clauses", "unverified values"),
        [
            (
                contract.id,
                contract.title,
                contract.model,
                len(contract.requirements),
                len(contract.clauses),
                sum(value.unverified for each in contract.requirements for value in each.values),
            )
            for contract in contracts
        ],
        right=("requirements", "clauses", "unverified values"),
    )


@packs.command("show")
def show_pack(
    pack: Annotated[str, typer.Argument(help="a shipped pack's id, or a pack's folder")],
    format: AsFormat = Format.TEXT,
) -> None:
    """Show a pack: every requirement with its values, dates, citations and marks."""
    contract = load_pack(pack)
    if format is Format.JSON:
        print_json(
            _head(contract)
            | {
                "requirements": [_requirement(each) for each in contract.requirements],
                "clauses": [asdict(clause) for clause in contract.clauses],
                "bands": [asdict(band) for band in contract.bands],
                "documents": {name: asdict(part) for name, part in contract.documents.items()},
            }
        )
        return
    print_fields(_head(contract))
    say("")
    print_rows(
        ("requirement", "rule", "severity", "applies to", "from", "asks", "stands in", "mark"),
        [
            (
                each.id,
                each.rule,
                each.severity,
                ", ".join(f"{name} {what}" for name, what in each.applies_to.items()),
                value.starts,
                _asks(value.params),
                value.citation,
                "unverified" if value.unverified else "",
            )
            for each in contract.requirements
            for value in each.values
        ],
    )
    if contract.bands:
        say("\nBands of the profiles, in place of those that carvein ships:")
        print_rows(
            ("expectation", "from", "at least", "at most", "severity", "stands in"),
            [
                (
                    band.expectation,
                    band.starts,
                    "" if band.low is None else f"{band.low:g}",
                    "" if band.high is None else f"{band.high:g}",
                    band.severity or "as shipped",
                    band.citation,
                )
                for band in contract.bands
            ],
        )
    if contract.clauses:
        say("\nClauses recorded, not measured by a rule:")
        print_rows(
            ("clause", "title", "from", "stands in", "mark"),
            [
                (
                    clause.id,
                    clause.title,
                    clause.starts,
                    clause.citation,
                    "unverified" if clause.unverified else "",
                )
                for clause in contract.clauses
            ],
        )


@packs.command("check")
def check_pack(
    path: Annotated[str, typer.Argument(help="a pack's folder or contract.yaml, or a shipped id")],
) -> None:
    """Check a pack: every problem with file, key and reason; exit 1 when there is one."""
    from rules.contract import PackError, load

    try:
        contract = load(path)
    except PackError as error:
        for problem in error.problems:
            say(str(problem))
        count = len(error.problems)
        fail(f"{path}: {count} problem{'s' if count > 1 else ''}", code=1)
    values = sum(len(each.values) for each in contract.requirements)
    say(
        f"{contract.id}: {len(contract.requirements)} requirements, {values} dated values, "
        f"{len(contract.clauses)} clauses, all cited. Digest {contract.digest}"
    )


@rules.command("list")
def list_rules(format: AsFormat = Format.TEXT) -> None:
    """List the rules."""
    from rules.registry import rules as registered

    found = registered().values()
    if format is Format.JSON:
        print_json([_rule(rule) for rule in found])
        return
    print_rows(
        ("code", "name", "reads", "unit", "since"),
        [(rule.code, rule.name, ", ".join(rule.reads), rule.unit, rule.since) for rule in found],
    )


@rules.command("show")
def show_rule(
    code: Annotated[
        str,
        typer.Argument(help="any code of a report, e.g. NW06, PFE03 or providers.npi.check_digit"),
    ],
    format: AsFormat = Format.TEXT,
) -> None:
    """Show what a code of a report checks: a rule's page, or an edit or figure in a few lines."""
    from monitor.codes import known, near
    from rules.page import page
    from rules.registry import rules as registered

    found = registered().get(code.upper())
    if found is None:
        told = known().get(code.lower()) or known().get(code.upper())
        if told is None:
            alike = near(code.lower() if "." in code else code.upper())
            hint = f"did you mean {', '.join(alike)}?" if alike else "see carvein rules list"
            fail(f"no rule, edit or figure {code[:100]}; {hint}")
        if format is Format.JSON:
            print_json(told)
        else:
            print_fields(told)
        return
    if format is Format.JSON:
        print_json(_rule(found))
    else:
        say(page(found))


@rules.command("docs")
def write_rule_docs(
    to: Annotated[Path, typer.Option("--to", help="folder of the documentation")] = Path("docs"),
) -> None:
    """Write the generated pages of rules, table edits and packs."""
    from rules.page import write_docs

    written = write_docs(to)
    say(f"{len(written)} pages written under {to}")


def _head(contract: Contract) -> dict[str, object]:
    return {
        "id": contract.id,
        "title": contract.title,
        "program": contract.program,
        "model": contract.model,
        "state": contract.state,
        "plans": ", ".join(contract.plans),
        "starts": contract.starts,
        "ends": contract.ends or "",
        "extends": ", ".join(contract.extends),
        "bh_definition": contract.bh_definition,
        "digest": contract.digest,
    }


def _requirement(requirement: Requirement) -> dict[str, object]:
    return asdict(requirement)


def _asks(params: object) -> str:
    """Tell params in a line: ``share 0.9``; by class ``metro: max_minutes 45.0, ...``."""
    from rules.params import plain

    told = plain(params)
    return _listed(told) if isinstance(told, dict) else ""


def _listed(told: Mapping[str, Any]) -> str:
    parts = []
    for name, value in told.items():
        if isinstance(value, dict):
            inner = _listed(value)
            parts += [f"{name} ({inner})"] if inner else []
        elif isinstance(value, list | tuple):
            parts.append(f"{name} {' '.join(map(str, value))}")
        elif value is not None:
            parts.append(f"{name} {value}")
    return ", ".join(parts)


def _rule(rule: Rule) -> dict[str, object]:
    shown = ("code", "name", "family", "reads", "grain", "unit", "remedy", "since", "aliases")
    return {name: getattr(rule, name) for name in shown}
