"""Separation: one house or two, component by component, and what each is made of."""

from __future__ import annotations

from typing import Any

import polars as pl
from dash import dcc, html

from dashboards import detail, parts, profile
from dashboards.data import visible
from dashboards.dots import Dot, Row, dots, name_row
from dashboards.evidence import evidence_of, number
from dashboards.figures import INK, LINE, MUTED, OTHERS
from dashboards.page import Looked, Page
from dashboards.profile import COMPONENTS, Component, Ties
from dashboards.small_cells import NOTE, tell_count
from dashboards.wording import counted, listed, tell_name, tell_verdict

MOST_PANELS = 8
"""Plans whose profiles are drawn side by side; the table holds them all."""


def render(looked: Looked) -> list[Any]:
    """Return the profile of each plan, its components opened, the sharing graph and the silos."""
    plan = looked.query.plan
    found = profile.components(looked.findings, plan)
    silos = profile.silos(looked.findings, plan)
    if not found and silos.is_empty():
        return [
            parts.notice(
                "Nothing to show",
                "This review holds no finding on separation (SL01 to SL07) or on silos.",
                "They come from a contract that has requirements of these rules, and from the "
                "plan's register, functions, providers, encounters and coordination tables.",
            )
        ]
    return [
        answer(looked, found),
        profile_card(looked, found),
        opened_card(found),
        ties_card(looked),
        silo_card(looked, silos),
        clauses(looked),
    ]


def answer(looked: Looked, found: list[Component]) -> Any:
    """Say which plans read as two houses in which components; there is no single score."""
    if not found:
        return parts.answer("No plan's separation was asked for (SL01 to SL07).")
    words: list[Any] = []
    apart = [
        (plan, [one.title.lower() for one in found if one.plan_id == plan
                and one.verdict == "not_met"])
        for plan in looked.shown_plans
    ]  # fmt: skip
    for plan, titles in apart:
        if titles:
            judged = sum(one.plan_id == plan and one.value is not None for one in found)
            told = f"{visible(plan)} reads as two houses in {len(titles)} of "
            words.append(html.Strong(f"{told}{counted(judged, 'component')}"))
            words.append(f": {listed(titles)}. ")
    one_house = [
        plan
        for plan, titles in apart
        if not titles and any(one.plan_id == plan and one.value is not None for one in found)
    ]
    if one_house:
        verb = "reads" if len(one_house) == 1 else "read"
        words.append(
            f"{visible(listed(one_house))} {verb} within what is asked in every component. "
        )
    stuck = sum(one.value is None for one in found)
    if stuck:
        words.append(f"{counted(stuck, 'component')} could not be told.")
    return parts.answer(*words)


def profile_card(looked: Looked, found: list[Component]) -> Any:
    """Return every component of every plan, as dots and as a table."""
    title = "Separation profile"
    if not found:
        return parts.card(title, html.P("Not asked for by the contract."), wide=True)
    plans = list(dict.fromkeys(one.plan_id for one in sorted(found, key=lambda one: one.plan_id)))
    panels = [
        parts.panel(profile_figure([one for one in found if one.plan_id == plan]),
                    f"separation profile of {visible(plan)}; its figures stand in the table",
                    visible(plan))
        for plan in plans[:MOST_PANELS]
        if any(one.plan_id == plan and one.value is not None for one in found)
    ]  # fmt: skip
    body: list[Any] = [parts.panels(panels)] if panels else []
    if len(plans) > MOST_PANELS:
        body.append(html.P(f"Drawn are the first {MOST_PANELS} plans; the table has all "
                           f"{len(plans)}.", className="note"))  # fmt: skip
    keys = [("●", INK, "within what is asked"), ("◆", INK, "beyond it"), ("│", INK, "most asked")]
    return parts.card(
        title,
        *body,
        parts.keys(keys),
        profile_table(looked, found, plans),
        html.P(
            "0 is one house, 1 two houses. Each component is the plain mean of its parts and "
            "stands on its own: there is no single score.",
            className="note",
        ),
        note=parts.download(looked.file("separation")),
        wide=True,
    )


def profile_figure(found: list[Component]) -> Any:
    """Draw the components of one plan from 0 to 1."""
    drawn = [
        Row(
            one.title,
            []
            if one.value is None
            else [Dot(one.value, "diamond" if one.verdict == "not_met" else "circle", INK,
                      f"{one.title}: {one.shown}")],
            one.most,
        )
        for one in found
    ]  # fmt: skip
    figure = dots(drawn, low=0.0, high=1.0)
    figure.update_xaxes(tickformat=".1f", tickvals=[0, 0.2, 0.4, 0.6, 0.8, 1])
    for at, one in enumerate(found):
        if one.value is None:
            figure.add_annotation(x=0, y=at, text="could not be told", showarrow=False,
                                  xanchor="left", font={"color": MUTED, "size": 12})  # fmt: skip
    return figure


def profile_table(looked: Looked, found: list[Component], plans: list[str]) -> Any:
    """Return the components by plan; each figure opens its finding."""
    held = {(one.rule, one.plan_id): one for one in found}
    body = [
        [title, *(_cell(looked, held.get((rule, plan))) for plan in plans)]
        for rule, (_, title) in COMPONENTS.items()
    ]
    head = ["Component", *map(visible, plans)]
    return parts.table(head, body, "separation profile, 0 one house to 1 two houses", "figures")


def _cell(looked: Looked, one: Component | None) -> Any:
    if one is None:
        return parts.mark("not_applicable", "not asked")
    words = f"{one.shown} {tell_verdict(one.verdict)[2:]}" if one.shown else ""
    asked = {"plan": looked.query.plan} if looked.query.plan else {}
    return dcc.Link(
        parts.mark(one.verdict, words),
        href=looked.to("/separation", finding=one.finding_id, **asked),
        className="cell",
    )


def opened_card(found: list[Component]) -> Any:
    """Return each component with its parts, their counts and their words, to be opened."""
    if not found:
        return parts.card("What each component is made of", html.P("Nothing."), wide=True)
    made, one_plan = [], len({one.plan_id for one in found}) == 1
    for rule, (_, title) in COMPONENTS.items():
        own = [one for one in found if one.rule == rule]
        if not own:
            continue
        told = "; ".join(f"{visible(one.plan_id)} {one.shown or 'could not be told'}"
                         for one in own)  # fmt: skip
        head = html.Summary([html.Strong(title), html.Span(f" {told}", className="note")])
        first = own[0]
        notes = [html.P(visible(first.otherwise), className="note")] if first.otherwise else []
        body = [head, part_table(own, title), *notes]
        made.append(html.Details(body, open=one_plan, className="component"))
    return parts.card(
        "What each component is made of",
        *made,
        html.P(f"{NOTE} A figure with one decimal has such a count in it.", className="note under"),
        wide=True,
    )


def part_table(own: list[Component], title: str) -> Any:
    """Return the parts of a component for each plan, those left out with their reason."""
    body: list[list[Any]] = []
    for one in own:
        told = [
            [_named(part["part"], part["told"]), part["value"], part["count"], part["of"]]
            for part in one.parts
        ]
        told += [
            [_named(part, reason), parts.mark("could_not_run", "left out"), "", ""]
            for part, reason in one.left_out
        ]
        if not told:
            told = [[_named("", one.why), parts.mark(one.verdict), "", ""]]
        body += [[visible(one.plan_id), *row] for row in told]
    head = ["Plan", "Part", "0 to 1", "Count", "Of"]
    if len(own) == 1:
        head, body = head[1:], [row[1:] for row in body]
    return parts.table(head, body, f"parts of {title.lower()}", "figures")


def _named(part: str, words: str) -> Any:
    """Return a part with its words under it."""
    name = [visible(tell_name(part)), html.Br()] if part else []
    return [*name, html.Span(visible(words), className="note")]


def ties_card(looked: Looked) -> Any:
    """Return the ties between PH and BH providers against shuffles of the same visits."""
    title = "Do PH and BH providers share patients?"
    found, left = profile.ties(looked.findings, looked.query.plan)
    notes = [html.Li(visible(f"{plan}: {reason}")) for plan, reason in left]
    untold = [html.P("Could not be told:"), html.Ul(notes, className="said")] if notes else []
    if not found:
        return parts.card(title, *(untold or [html.P("No sharing graph was drawn (SL05).")]),
                          wide=True)  # fmt: skip
    body = [
        [
            visible(one.plan_id),
            f"{one.observed:,.0f}",
            f"{one.expected:,.1f}",
            f"{one.ratio:.2f}",
            f"{one.shuffled[0]:.2f} to {one.shuffled[1]:.2f}",
            f"{one.members[0]:.2f} to {one.members[1]:.2f}",
            *(f"{one.counts[name] or 0:,.0f}" for name in ("ph_providers", "bh_providers")),
            tell_count(one.counts["members"]),
        ]
        for one in found
    ]
    head = ["Plan", "Ties across", "Shuffles give", "Ratio", "Over shuffles", "Over members",
            "PH providers", "BH providers", "Members"]  # fmt: skip
    return parts.card(
        title,
        parts.chart(ties_figure(found), "cross ties over what shuffles give, with intervals"),
        parts.keys(
            [
                ("●", INK, "ties between PH and BH providers over what shuffles give, 95 % "
                 "interval over members"),
                ("┃", OTHERS, "1.0: as many as shuffles of the same visits give"),
            ]
        ),
        parts.table(head, body, "cross ties of the sharing graph by plan", "figures"),
        html.P(
            "A tie is a PH and a BH provider who both saw one member with a BH need. Shuffles "
            "keep how many members each provider and how many providers each member has. Members "
            "need one kind of care more than the other, so even one house stays below 1.",
            className="note",
        ),
        *untold,
        note=parts.download(looked.file("separation-ties")),
        wide=True,
    )  # fmt: skip


def ties_figure(found: list[Ties]) -> Any:
    """Draw a dot a plan with its interval, and the line of what shuffles give."""
    drawn = [
        Row(name_row(visible(one.plan_id)), [Dot(one.ratio, "circle", INK,
            f"{one.plan_id}: {one.ratio:.2f} ({one.members[0]:.2f} to {one.members[1]:.2f})",
            one.members[0], one.members[1])])
        for one in found
    ]  # fmt: skip
    figure = dots(drawn, low=0.0, high=max(1.05, *(one.members[1] for one in found)))
    figure.update_xaxes(tickformat=".1f")
    line = {"color": OTHERS, "width": 2}
    figure.add_shape(type="line", x0=1, x1=1, y0=0, y1=1, yref="paper", line=line, layer="below")
    figure.update_xaxes(linecolor=LINE)
    return figure


def ties_table(looked: Looked) -> pl.DataFrame:
    """Return the sharing graph of each plan."""
    found, _ = profile.ties(looked.findings, looked.query.plan)
    schema = {"plan_id": pl.String, "ties": pl.Float64, "shuffles_give": pl.Float64}
    schema |= dict.fromkeys(("ratio", "low", "high", "low_members", "high_members"), pl.Float64)
    told = [(one.plan_id, one.observed, one.expected, one.ratio, *one.shuffled, *one.members)
            for one in found]  # fmt: skip
    return pl.DataFrame(told, schema=schema, orient="row")


SILOS = [
    parts.column("title", "Silo", 250, pinned="left"),
    parts.column("plan_id", "Plan", 90),
    parts.column("verdict", "Verdict", 130),
    parts.column("rule", "Rule", 74),
    parts.column("subject", "Of", 140),
    parts.column("figures", "Figure and what is required", 260),
    parts.column("message", "In words", 420),
]


def silo_card(looked: Looked, found: pl.DataFrame) -> Any:
    """Return the findings of the silo rules, each of which opens."""
    title = "Silos"
    if found.is_empty():
        return parts.card(title, html.P("No rule on silos was asked for."), wide=True)
    counts = dict(found.group_by("verdict").len().rows())
    marks = [
        parts.mark(verdict, f"{counts[verdict]} {tell_verdict(verdict)[2:]}")
        for verdict in ("not_met", "could_not_run", "met", "not_applicable")
        if counts.get(verdict)
    ]
    return parts.card(
        title,
        html.P(marks, className="marks"),
        parts.grid("silos", SILOS, silo_rows(found), "finding_id", "findings of the silo rules",
                   looked.key("silos")),
        note=["choose a row to open it ", parts.download(looked.file("separation-silos"))],
        wide=True,
    )  # fmt: skip


def silo_rows(found: pl.DataFrame) -> list[dict[str, Any]]:
    """Return a row a finding in words, without small counts of people."""
    made = []
    for row in found.iter_rows(named=True):
        evidence = evidence_of(row)
        judged = row["verdict"] in ("met", "not_met")
        made.append(
            {name: row[name] for name in ("finding_id", "title", "plan_id", "rule")}
            | {"verdict": tell_verdict(row["verdict"])}
            | {"subject": "the plan" if row["subject"] == "plan" else tell_name(row["subject"])}
            | {"figures": detail.figures_of(row, evidence) if judged else ""}
            | {"message": detail.message_of(row, evidence)}
        )
    return made


def silo_table(looked: Looked) -> pl.DataFrame:
    """Return the findings of the silo rules as the page tells them."""
    told = silo_rows(profile.silos(looked.findings, looked.query.plan))
    return pl.DataFrame(told, schema={column["field"]: pl.String for column in SILOS})


def table(looked: Looked) -> pl.DataFrame:
    """Return every part of every component of the plans shown."""
    told = [
        (one.plan_id, one.title, one.shown, one.most, one.verdict, part["part"], part["value"],
         part["count"], part["of"], part["told"])
        for one in profile.components(looked.findings, looked.query.plan)
        for part in (*one.parts, *({"part": name, "value": "", "count": "", "of": "",
                                    "told": f"left out: {why}"} for name, why in one.left_out))
    ]  # fmt: skip
    schema = dict.fromkeys(("plan_id", "component", "value", "most", "verdict", "part",
                            "part_value", "count", "of", "told"), pl.String)  # fmt: skip
    return pl.DataFrame(told, schema=schema | {"most": pl.Float64}, orient="row")


def clauses(looked: Looked) -> Any:
    """Return the clauses behind the profile."""
    found = looked.findings.filter(pl.col("rule").is_in(list(COMPONENTS)))
    pairs = [
        (row["requirement_id"], parts.clause(row, f" ({row['rule']} {row['rule_name']})"))
        for row in found.unique("requirement_id", maintain_order=True).iter_rows(named=True)
    ]
    most = sorted({each for text in found["required"] if (each := number(text)) is not None})
    asked = f" Asked is at most {listed(f'{each:g}' for each in most)}." if most else ""
    return parts.card(
        "The clauses, and how they were computed",
        parts.facts(pairs),
        html.P(
            "Each part stands between the figure of one house (0) and that of two houses (1). A "
            "part that the submission cannot tell, or whose group is too small, is left out by "
            f"name; with fewer than two parts a component could not run.{asked}"
        ),
        wide=True,
    )


PAGE = Page(
    path="/separation",
    name="Separation",
    question="Is physical and behavioral health run as one house or as two?",
    empty="the seven components of each plan's separation profile, the graph of providers who "
    "share patients, and the findings on silos",
    filters=("review", "plan"),
    render=render,
    table=table,
    more={"ties": ties_table, "silos": silo_table},
)
