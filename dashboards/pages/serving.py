"""Serving: reach on paper and in fact, listed clinicians who serve nobody, and waits."""

from __future__ import annotations

from typing import Any

import polars as pl
from dash import html

from dashboards import parts, serving
from dashboards.data import visible
from dashboards.page import Looked, Page
from dashboards.pages import paper, waiting
from dashboards.waits import waits
from dashboards.wording import counted, listed


def render(looked: Looked) -> list[Any]:
    """Return reach as listed against as serving, who serves nobody, and waits."""
    plan = looked.query.plan
    on_paper = serving.on_paper(looked.findings, plan)
    ghosts = serving.ghosts(looked.findings, plan)
    calls = waits(looked.findings, plan)
    if on_paper.is_empty() and ghosts.is_empty() and calls.is_empty():
        return [
            parts.notice(
                "Nothing on who serves",
                "This review holds no finding on reach of those who serve (NW08), on listed "
                "clinicians by county (NW07) or on waits (NW04).",
                "They come from a contract that has requirements of these rules, and from the "
                "plan's members, providers, encounters and appointments tables.",
            )
        ]
    return [
        answer(looked, on_paper, ghosts, calls),
        paper.paper_card(looked, on_paper),
        paper.ghost_card(looked, ghosts),
        waiting.wait_card(looked, calls),
    ]


def answer(
    looked: Looked, on_paper: pl.DataFrame, ghosts: pl.DataFrame, calls: pl.DataFrame
) -> Any:
    """Say who has members within reach on paper alone, clinicians who serve nobody, and waits."""
    words: list[Any] = []
    for frame, said, kept in (
        (
            on_paper,
            "More members than allowed are within reach on paper alone at",
            "No plan has more members within reach on paper alone than allowed",
        ),
        (
            ghosts.filter("of_plan"),
            "more listed clinicians than allowed serve nobody at",
            "no plan lists more clinicians who serve nobody than allowed",
        ),
    ):
        judged = frame.filter(pl.col("verdict").is_in(["met", "not_met"]))
        short = sorted(set(judged.filter(verdict="not_met")["plan_id"]))
        if len(judged):
            words.append(f"{said} {listed(short)}" if short else kept)
    if len(looked.shown_plans) == 1:
        words = [
            each.replace("No plan has", "The plan has no").replace(
                "no plan lists", "the plan lists no"
            )
            for each in words
        ]
    told: list[Any] = []
    if words:
        sentence = "; ".join(words)
        told.append(html.Strong(visible(f"{sentence[:1].upper()}{sentence[1:]}.")))
    asked = calls.filter(pl.col("share").is_not_null())
    if len(asked):
        kept_waits = int((asked["verdict"] == "met").sum())
        told.append(f" Wait standards kept: {kept_waits} of the {len(asked)} surveyed.")
    stuck = sum(
        int((each["verdict"] == "could_not_run").sum()) for each in (on_paper, ghosts, calls)
    )
    if stuck:
        told.append(f" {counted(stuck, 'figure')} could not be counted.")
    return parts.answer(*(told or ["Nothing of this could be judged."]))


def table(looked: Looked) -> pl.DataFrame:
    """Return members within reach as listed and as serving, where that is judged, else waits."""
    found = paper.paper_table(looked)
    return found if len(found) else waiting.table(looked)


PAGE = Page(
    path="/serving",
    name="Serving",
    question="Do those who are listed serve members, and how soon?",
    empty="reach as listed against as serving, listed clinicians who serve nobody, and waits for "
    "an appointment",
    filters=("review", "plan"),
    render=render,
    table=table,
    more={"ghosts": paper.ghost_table, "waits": waiting.table},
)
