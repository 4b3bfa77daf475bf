"""One finding opened: what was found, what it rests on, what was said, its first faulty lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from dashboards import parts, people
from dashboards.data import Disposition, Lines, tell_figures, visible
from dashboards.evidence import evidence_of, number
from dashboards.page import Looked
from dashboards.small_cells import COUNTS, is_hidden, is_small, tell_count, tell_share
from dashboards.veil import sentence, tell_points, veil
from dashboards.wording import counted, percent, tell_name

FIRST = 20
"""Faulty lines that are shown."""

ELSEWHERE = frozenset({"months", "strata"})
"""Evidence that a page draws; it is too long to list."""


def render(looked: Looked, row: Mapping[str, Any], close: str) -> list[Any]:
    """Return the parts of an open finding.

    Parameters
    ----------
    row
        The finding as the store has it.
    close
        Address of the page without it.
    """
    told = evidence_of(row)
    finding_id = row["finding_id"]
    lines = looked.archive.lines(looked.review.id, finding_id, FIRST)
    body = [
        html.Div(
            [
                html.H2("Finding", id="finding-head", tabIndex=-1),
                dcc.Link("Close", href=close, className="button"),
            ],
            className="card-head",
        ),
        html.P(
            [
                parts.mark(row["verdict"]),
                parts.severity_mark(row["severity"]),
                *([html.Span(row["change"], className="tag")] if row["change"] else []),
                *([parts.unverified_mark()] if row["unverified"] else []),
            ],
            className="marks",
        ),
        html.P(visible(message_of(row, told)), className="message"),
        parts.facts(
            [
                ("Figures", figures_of(row, told)),
                ("Plan", visible(row["plan_id"])),
                ("Subject", visible(row["subject"])),
                ("Period", visible(row["period"])),
                ("Clause", visible(f"{row['requirement_id']}: {row['citation']}")),
                ("Rule", visible(f"{row['rule']} {row['rule_name']}")),
                ("To mend it", visible(row["remedy"])),
                ("Finding", html.Code(finding_id)),
            ]
        ),
    ]
    if told:
        body += [html.H3("Evidence"), tell_evidence(people.veil_people(row, told))]
    body += [html.H3("Dispositions"), tell_said(looked.archive.said(finding_id), finding_id)]
    body += [html.H3("Faulty lines"), tell_lines(lines, looked.review.id + finding_id)]
    return [html.Section(body, className="card finding", **parts.aria(labelledby="finding-head"))]


def message_of(row: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    """Return a finding's sentence without small counts of members."""
    if row["rule"].startswith("SL"):
        return people.component_sentence(row, told)
    if people.counts_people(row["rule"]):
        return people.message(row)
    return sentence(row["message"], row["numerator"], row["denominator"], told)


def figures_of(row: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    """Return what was observed and what is required, without small counts of members."""
    if row["rule"].startswith("SL"):
        value = people.veil_value(told, number(row["observed"]))
        return f"{value} · at most {row['required']}" if value else "none"
    if (hidden := people.figures(row)) is not None:
        return hidden
    part, whole = row["numerator"], row["denominator"]
    if "who" in told and whole is not None:
        if "within_listed" in told and part is not None and (is_small(whole) or is_small(part)):
            asked = percent(number(row["required"]))
            return f"{tell_share(part, whole)} of {tell_count(whole)} · at most {asked}"
        if "yardstick" in told and "gap_serving" in told:
            asked = f" · at most {percent(number(row['required']))}" if row["required"] else ""
            return f"{tell_points(told, 'serving')} of {tell_count(whole)} members{asked}"
        if "within" not in told and is_small(whole):
            return f"{row['observed']} {row['unit']} · at least {row['required']}"
        if "within" in told and part is not None and (is_small(whole) or is_hidden(part, whole)):
            asked = percent(number(row["required"]))
            return f"{tell_share(part, whole)} of {tell_count(whole)} · at least {asked}"
    return tell_figures(row) or "none"


def tell_evidence(told: Mapping[str, Any]) -> Any:
    """Return evidence as names and values; what has parts of its own is nested once."""
    pairs = []
    for name, value in veil(told).items():
        shown = "on its page" if name in ELSEWHERE else _told(name, value, "who" in told)
        pairs.append((tell_name(name), shown))
    return parts.facts(pairs)


def _told(name: str, value: Any, of_members: bool) -> Any:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        if of_members and name in COUNTS:
            return tell_count(value)
        return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3f}"
    if isinstance(value, Mapping):
        if value and all(isinstance(part, Mapping) for part in value.values()):
            return _nested(value)
        inner = [(tell_name(str(key)), _told(str(key), part, False)) for key, part in value.items()]
        return parts.facts(inner) if inner else "none"
    if isinstance(value, list):
        flat = [_flat(part) for part in value]
        return visible(", ".join(flat)) if flat else "none"
    return visible(str(value))


def _nested(value: Mapping[str, Mapping[str, Any]]) -> Any:
    """Return a mapping of mappings as a small table."""
    heads = list(dict.fromkeys(name for part in value.values() for name in part))
    rows = [
        [visible(tell_name(name)), *(_told(head, part.get(head), False) for head in heads)]
        for name, part in value.items()
    ]
    return parts.table(["", *map(tell_name, heads)], rows, "evidence by part", "figures")


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{part}" for part in value.values())
    return str(value)


def tell_said(said: list[Disposition], finding_id: str) -> Any:
    """Return the dispositions of a finding, the last one first."""
    if not said:
        command = f"carvein dispose {finding_id} --state acknowledged --note TEXT"
        return html.P(["None yet. To add one: ", html.Code(command)])
    return html.Ul(
        [
            html.Li(
                [
                    html.Strong(one.state.replace("_", " ")),
                    visible(f": {one.note} ({one.by}, {one.at[:10]}, on review {one.review_id})"),
                ]
            )
            for one in reversed(said)
        ],
        className="said",
    )


def tell_lines(lines: Lines, of: str) -> Any:
    """Return the first faulty lines as a table, and how many there are."""
    if not lines.total:
        return html.P("None: this finding is about a figure as a whole, not about single lines.")
    shown = len(lines.first)
    how_many = (
        f"The first {shown} of {lines.total:,} lines."
        if shown < lines.total
        else f"{counted(lines.total, 'line')}."
    )
    rows = [
        {"place": str(place)} | row
        for place, row in enumerate(lines.first.drop("finding_id").to_dicts())
    ]
    columns = [
        parts.column("file", "File", 130),
        parts.number_column("line", "Line", 76, "d"),
        parts.column("field", "Field", 110),
        parts.column("value", "Found", 110),
        parts.column("expected", "Wanted", 170),
    ]
    return html.Div(
        [
            html.P(f"{how_many} {lines.notice}", className="note"),
            parts.grid("lines", columns, rows, "place", "first faulty lines", of, fitted=False),
        ]
    )
