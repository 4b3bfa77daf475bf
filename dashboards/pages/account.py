"""The cards of where BH money went: the account of the BH part of the rate, and what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from dash import html

from dashboards import money, parts
from dashboards.data import visible
from dashboards.dollars import Step, account
from dashboards.figures import BH, OTHERS, PH
from dashboards.page import Looked
from dashboards.wording import month, percent, span, tell_name, tell_verdict

COLORS = {"bh_rate": BH, "bh_benefit": BH, "ph_benefit": PH, "remainder": OTHERS}
"""Colours of the parts of the account; what is neither BH nor PH is grey."""


def flow_card(looked: Looked) -> Any:
    """Return the account of the BH part of the rate, as bars and to the cent."""
    title = "Where the BH part of the rate went"
    plan = looked.query.plan
    told = money.flow(looked.findings, plan)
    if told is None:
        return parts.card(title, html.P(why(looked, "SP11", "The account")))
    row, evidence = money.one_of(looked.findings, "SP11", plan)
    steps = flow_steps(told)
    lead = (
        html.P(
            f"{visible(_window(evidence))}. Each bar starts where the one above it ended.",
            className="note",
        ),
        parts.chart(account(steps), "account of the BH part of the rate; the table has its cents"),
    )
    checks = (
        "The parts sum to the BH part of the rate, to the cent."
        if told.balances
        else "The parts do not sum to the BH part of the rate: this finding is not sound."
    )
    remainder = f" The remainder is {told.remainder_is}." if told.remainder_is else ""
    verdict = row["verdict"] if row else ""
    return parts.card(
        title,
        *lead,
        flow_figures(told),
        html.P(
            [
                visible(checks + remainder),
                " Money carries no label: that physical health was paid from it is how the "
                "account is drawn. ",
                parts.mark(verdict) if verdict else "",
            ],
            className="note under",
        ),
        note=parts.download(looked.file("money-account")),
    )


def flow_steps(told: money.Flow) -> list[Step]:
    """Return the bars of the account, from the whole down to nothing."""
    left = told.cents["bh_rate"] / 100
    steps = [Step(money.FLOW["bh_rate"], 0.0, left, BH, _whole(left))]
    for name, cents in told.parts.items():
        start, left = left, left - cents / 100
        color = COLORS.get(name, OTHERS)
        steps.append(
            Step(money.FLOW[name], start, left, color, _whole(cents / 100), name == "remainder")
        )
    return steps


def flow_figures(told: money.Flow) -> Any:
    """Return the account as a table whose last row is its sum."""
    whole = told.cents["bh_rate"]
    body: list[list[Any]] = [
        [money.FLOW[name], _cents(cents), percent(cents / whole).replace("-", "−")]
        for name, cents in told.parts.items()
    ]
    summed = sum(told.parts.values())
    body.append([html.Strong("Sum"), html.Strong(_cents(summed)), percent(summed / whole)])
    body.append([money.FLOW["bh_rate"], _cents(whole), percent(1.0)])
    return parts.table(["Part", "Dollars", "Of the rate"], body, "the account", "figures money")


def flow_table(looked: Looked) -> pl.DataFrame:
    """Return the account of each plan, dollars a part."""
    made = []
    for plan in looked.shown_plans:
        told = money.flow(looked.findings, plan)
        for name, cents in (told.cents if told else {}).items():
            made.append({"plan_id": plan, "part": name, "dollars": cents / 100})
    schema = {"plan_id": pl.String, "part": pl.String, "dollars": pl.Float64}
    return pl.DataFrame(made, schema=schema)


def change_card(looked: Looked) -> Any:
    """Return what a change of BH dollars per member month came from."""
    title = "What changed: use or price"
    told = money.change(looked.findings, looked.query.plan)
    if told is None:
        return parts.card(title, html.P(why(looked, "SP06", "The split of the change")))
    return parts.card(
        title,
        html.P(
            f"BH benefit a member a month, {visible(_spell(told.before))} against "
            f"{visible(_spell(told.after))}, completed; the parts sum to the change.",
            className="note",
        ),
        parts.chart(
            account(change_steps(told), cents=True),
            "change of BH dollars per member month by penetration, units per user and price",
        ),
        service_table(told),
        note=parts.download(looked.file("money-change")),
    )


def change_steps(told: money.Change) -> list[Step]:
    """Return the bars from before to after; a part that takes away is hatched."""
    cents = in_cents([*told.parts.values()], told.was, told.became)
    at = round(100 * told.was)
    steps = [Step(_spell(told.before), 0.0, at / 100, BH, _cents(at))]
    for name, part in zip(told.parts, cents, strict=True):
        ends = (at / 100, (at + part) / 100)
        steps.append(Step(money.CHANGE[name], *ends, OTHERS, _signed(part), part < 0))
        at += part
    return [*steps, Step(_spell(told.after), 0.0, at / 100, BH, _cents(at))]


def in_cents(parted: Sequence[float], was: float, became: float) -> list[int]:
    """Return parts in whole cents that sum to the change in cents; the largest takes what is left.

    Parameters
    ----------
    parted
        Dollars that sum to ``became`` less ``was``.
    """
    cents = [round(100 * part) for part in parted]
    if cents:
        largest = max(range(len(cents)), key=lambda at: abs(parted[at]))
        cents[largest] += round(100 * became) - round(100 * was) - sum(cents)
    return cents


def service_table(told: money.Change) -> Any:
    """Return the split by service type, and its sum."""
    body: list[list[Any]] = []
    for row in told.services.iter_rows(named=True):
        split = in_cents([row[name] or 0.0 for name in money.CHANGE], row["before"], row["after"])
        body.append(
            [
                tell_name(visible(row["service"])),
                _cents(round(100 * row["before"])),
                *map(_signed, split),
                _cents(round(100 * row["after"])),
            ]
        )
    whole = in_cents([*told.parts.values()], told.was, told.became)
    ends = (_cents(round(100 * told.was)), _cents(round(100 * told.became)))
    summed = [html.Strong(each) for each in (ends[0], *map(_signed, whole), ends[1])]
    body.append([html.Strong("All"), *summed])
    head = ["Service", "Before", "Penetration", "Units", "Price", "After"]
    return parts.table(head, body, "change by service type, dollars per member month", "figures")


def change_table(looked: Looked) -> pl.DataFrame:
    """Return the split of the change by service type of each plan, dollars per member month."""
    made = []
    for plan in looked.shown_plans:
        if told := money.change(looked.findings, plan):
            spells = (pl.lit(plan).alias("plan_id"), pl.lit(told.before).alias("spell_before"),
                      pl.lit(told.after).alias("spell_after"))  # fmt: skip
            made.append(told.services.select(*spells, *money.SERVICES))
    spells_of = dict.fromkeys(("plan_id", "spell_before", "spell_after"), pl.String)
    return pl.concat([pl.DataFrame(schema={**spells_of, **money.SERVICES}), *made])


def why(looked: Looked, rule: str, what: str) -> str:
    """Say why a figure is not shown: the rule was not asked, or could not tell it."""
    row, _ = money.one_of(looked.findings, rule, looked.query.plan)
    if row is None:
        return f"{what} comes from {rule}, which this review has no finding of for this plan."
    return visible(f"{what} is not there ({tell_verdict(row['verdict'])[2:]}): {row['message']}")


def _window(evidence: Mapping[str, Any]) -> str:
    first, last = evidence.get("window_start"), evidence.get("window_end")
    return f"{span(str(first), str(last))}" if first and last else "Months judged"


def _spell(told: str) -> str:
    first, _, last = told.partition(" to ")
    return span(first, last) if last else month(told)


def _whole(dollars: float) -> str:
    return f"{'−' if dollars < 0 else ''}${abs(dollars):,.0f}"


def _cents(cents: int) -> str:
    return f"{'−' if cents < 0 else ''}${abs(cents) // 100:,}.{abs(cents) % 100:02}"


def _signed(cents: int) -> str:
    return f"{'−' if cents < 0 else '+'}${abs(cents) // 100:,}.{abs(cents) % 100:02}"
