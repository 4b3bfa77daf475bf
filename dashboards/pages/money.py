"""Money: whether a plan's behavioral-health money shifted, since when, and where it went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
from dash import html

from dashboards import money, parts
from dashboards.data import visible
from dashboards.dollars import monthly_pmpm
from dashboards.page import Looked, Page
from dashboards.pages import account, ratios
from dashboards.wording import month, percent, signed, span, tell_verdict

RULES = tuple(f"SP{number:02}" for number in range(1, 12))


def settle(looked: Looked) -> Mapping[str, str]:
    """Choose the plan with the largest shift, else the first that has a verdict, else the first."""
    told = money.verdicts(looked.findings)
    fell = told.filter(pl.col("verdict") == "not_met").sort("size", descending=True)
    first = [*fell["plan_id"], *told["plan_id"], *looked.plans, ""]
    return {"plan": str(first[0])}


def render(looked: Looked) -> list[Any]:
    """Return the verdict and its tests, money by month, its change, and the account of it."""
    plan = looked.query.plan
    if looked.findings.filter(pl.col("rule").is_in(RULES)).is_empty():
        return [
            parts.notice(
                "Nothing to show",
                "This review holds no finding on behavioral-health money (SP01 to SP11).",
                "They come from a contract that has requirements of these rules, and from the "
                "plan's encounters, capitation, ledger and members tables.",
            )
        ]
    row, evidence = money.one_of(looked.findings, "SP10", plan)
    return [
        answer(plan, row, evidence),
        verdict_card(looked, row, evidence),
        month_card(looked, str(evidence.get("since") or "")),
        account.flow_card(looked),
        account.change_card(looked),
        ratios.share_card(looked),
        ratios.ratio_card(looked),
        ratios.rule_card(looked),
        ratios.clause_card(looked),
    ]


def answer(plan: str, row: Mapping[str, Any] | None, evidence: Mapping[str, Any]) -> Any:
    """Say the verdict with since, size and interval."""
    name = visible(plan)
    if row is None:
        return parts.answer(
            f"Whether {name}'s behavioral-health money shifted was not asked of it: "
            "the contract has no requirement of SP10."
        )
    told, size = visible(row["observed"] or ""), evidence.get("size")
    low, high = money.interval_of(evidence)
    if row["verdict"] == "not_met" and None not in (size, low, high):
        since, lost = evidence.get("since"), evidence.get("lost_pmpm")
        words = [
            html.Strong(f"{name}: {told}. "),
            f"{percent(size)} of behavioral-health money (95 % interval {percent(low)} to "
            f"{percent(high)}, estimated)",
            f" from {visible(month(str(since)))} on" if since else "",
            f", ${lost:,.2f} a member a month." if lost is not None else ".",
        ]
        others = len(evidence.get("else") or ())
        if others:
            words.append(
                f" {others} other {'explanation is' if others == 1 else 'explanations are'} "
                "told below."
            )
        return parts.answer(*words)
    if row["verdict"] == "met":
        shown = (evidence.get("tests") or {}).get("detectable")
        months = evidence.get("months_tested") or ()
        when = f" from {span(months[0], months[-1])}" if months else ""
        tail = f" A fall of {percent(shown, 0)} would have shown 19 times in 20." if shown else ""
        return parts.answer(
            html.Strong(f"{name}: no shift of behavioral-health money{when}."), visible(tail)
        )
    verdict = told or tell_verdict(row["verdict"])[2:]
    return parts.answer(html.Strong(f"{name}: {verdict}. "), visible(_sentence(row["message"])))


def _sentence(text: str) -> str:
    told = text.strip()
    return f"{told[:1].upper()}{told[1:]}{'' if told.endswith('.') else '.'}"


COLUMNS = [
    parts.column("plan_id", "Plan", 96, pinned="left"),
    parts.column("told", "What is told", 200),
    parts.column("verdict", "Verdict", 130),
    parts.column("since", "Since", 86),
    parts.number_column("size", "Size of fall", 92, ".1%"),
    parts.column("interval", "95 % interval", 130),
    parts.number_column("lost_pmpm", "$ a member a month", 104, ",.2f"),
    parts.number_column("p_value", "p value", 78, ".3f"),
    parts.column("months", "Months tested", 160),
]


def verdict_card(looked: Looked, row: Mapping[str, Any] | None, evidence: Mapping[str, Any]) -> Any:
    """Return the verdict of every plan, and the tests behind that of the plan shown."""
    told = money.verdicts(looked.findings)
    title = "Did behavioral-health money shift?"
    if told.is_empty() or row is None:
        return parts.card(title, html.P("No verdict on this plan (SP10)."), wide=True)
    body = [
        parts.grid(
            "shift", COLUMNS, verdict_rows(told), "finding_id", "verdict of each plan",
            looked.key("shift"),
        ),
        html.H3(f"{visible(looked.query.plan)}: the tests", className="part"),
        tests_table(evidence),
        html.H3("What else could explain it", className="part"),
        others(evidence, row["verdict"]),
        html.H3("Can the data tell it?", className="part"),
        parts.facts(data_facts(evidence)),
    ]  # fmt: skip
    if found := money.regions(evidence):
        body += [html.H3("By region", className="part"), region_table(found)]
    note = ["choose a row to open it ", parts.download(looked.file("money"))]
    return parts.card(title, *body, note=note, wide=True)


def verdict_rows(told: pl.DataFrame) -> list[dict[str, Any]]:
    """Return a row a plan; size and interval where a shift or its absence is told."""
    made = []
    for row in told.iter_rows(named=True):
        known = row["low"] is not None and row["high"] is not None
        ends = f"{percent(row['low'])} to {percent(row['high'])}".replace("-", "−") if known else ""
        made.append(
            {name: row[name] for name in ("finding_id", "plan_id", "told", "months", "p_value")}
            | {"since": row["since"] or "", "size": row["size"], "interval": ends}
            | {"lost_pmpm": row["lost_pmpm"] if row["since"] else None}
            | {"verdict": tell_verdict(row["verdict"])}
        )
    return made


def table(looked: Looked) -> pl.DataFrame:
    """Return the verdict of every plan."""
    frame = money.verdicts(looked.findings)
    return frame.select(*(name for name in money.VERDICTS if name not in ("finding_id", "message")))


TESTS = {
    "use": "Use, at constant prices",
    "bh_unit_price": "BH unit prices, by service code",
    "reached_providers": "What reached providers of a sub-capitated unit of care",
}


def tests_table(evidence: Mapping[str, Any]) -> Any:
    """Return each test with the month of its largest step, the step and how sure it is."""
    tests = evidence.get("tests") or {}
    body = []
    for name, words in TESTS.items():
        one = tests.get(name)
        if not isinstance(one, Mapping):
            continue
        step = -one["fall"] if one.get("fall") is not None else one.get("change")
        sure = (
            f"p {one['p_value']:.3f} (largest fall over all months, by simulation)"
            if one.get("p_value") is not None
            else f"{signed(one.get('standard_errors') or 0)} standard errors"
        )
        shown = "" if step is None else f"{signed(100 * step)} %"
        body.append([words, visible(month(str(one.get("month") or ""))), shown, sure])
    if tests.get("subcapitation_to_rate") is not None:
        shown = f"{signed(100 * tests['subcapitation_to_rate'])} %"
        body.append(["Subcontractors' pay over the BH rate", "from the same month on", shown, ""])
    more = evidence.get("ph_more_pmpm")
    if isinstance(more, Mapping) and all(each in more for each in ("use", "price", "fees")):
        got = more["use"] + more["price"] + more["fees"]
        low, high = money.interval_of(more)
        ends = ""
        if low is not None and high is not None:
            ends = f"95 % interval {_dollars(low)} to {_dollars(high)}"
        words = "What physical health got, a member a month"
        body.append([words, "from the same month on", _dollars(got), ends])
    chance = evidence.get("chance_that_physical_health_got_it")
    if chance is not None and evidence.get("since"):
        body.append(["Chance that physical health got it", "", percent(chance, 0), "estimated"])
    if not body:
        return html.P("No test was made: the data do not carry one, see below.")
    head = ["Test", "Month of largest step", "Step", "How sure"]
    return parts.table(head, body, "tests behind the verdict", "figures roomy")


def _dollars(change: float) -> str:
    """Return a change in dollars with its sign, e.g. ``−$14.61``."""
    return f"{'−' if change < 0 else '+'}${abs(change):,.2f}"


def others(evidence: Mapping[str, Any], verdict: str) -> Any:
    """Return what else could explain what was found."""
    told = evidence.get("else") or ()
    if told:
        return html.Ul([html.Li(visible(_sentence(each))) for each in told], className="said")
    if verdict == "not_met":
        return html.P(
            "The data suggest nothing else. A finding is a fact about money, not about motive."
        )
    told = "Nothing fell" if verdict == "met" else "No shift is told"
    return html.P(f"{told}, so there is nothing to explain.")


def data_facts(evidence: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return what the verdict rests on: months, completeness, agreement with the ledger."""
    tested = evidence.get("months_tested") or ()
    left = evidence.get("months_left_out") or {}
    pairs: list[tuple[str, Any]] = []
    if tested:
        words = f"{len(tested)} complete months, {span(tested[0], tested[-1])}"
        pairs.append(("Months tested", visible(words)))
    if left:
        told = "; ".join(f"{month(each)}: {why}" for each, why in left.items())
        pairs.append(("Left out", visible(told)))
    for name, words in (
        ("completion", "Least complete month"),
        ("encounters_to_ledger", "Encounters over ledger"),
    ):
        sides = evidence.get(name) or {}
        found = {side: [each for each in sides.get(side) or () if each is not None]
                 for side in ("BH", "PH")}  # fmt: skip
        if any(found.values()):
            said = [
                f"{side} {percent(min(each))}"
                + (f" to {percent(max(each))}" if name != "completion" else "")
                for side, each in found.items()
                if each
            ]
            pairs.append((words, ", ".join(said)))
    basis = (evidence.get("completion") or {}).get("basis") or {}
    if basis:
        pairs.append(("Completed by", visible(", ".join(f"{k}: {v}" for k, v in basis.items()))))
    detectable = (evidence.get("tests") or {}).get("detectable")
    if detectable is not None:
        pairs.append(("Would have shown", f"a fall of {percent(detectable, 0)}, 19 times in 20"))
    if evidence.get("notes"):
        pairs.append(("Notes", visible("; ".join(map(str, evidence["notes"])))))
    return pairs or [("Months", "none was complete enough to test")]


def region_table(found: list[dict[str, Any]]) -> Any:
    """Return the regions that were searched alike, false discovery held at 5 %."""
    body = [
        [
            visible(str(each.get("region"))),
            parts.mark("not_met", "fell")
            if each.get("fell")
            else parts.mark("not_applicable", "no fall proven"),
            visible(month(str(each.get("since") or ""))),
            "" if each.get("fall") is None else f"{signed(-100 * each['fall'])} %",
            "" if each.get("q_value") is None else f"{each['q_value']:.3f}",
        ]
        for each in found
    ]
    head = ["Region", "Found", "Largest step", "Step in use", "q value"]
    return parts.table(head, body, "regions, false discovery held at 5 %", "figures roomy")


MONTHS = [
    parts.column("month", "Month", 86, pinned="left"),
    parts.number_column("bh_pmpm", "Completed, standardised, $", 130, ",.2f"),
    parts.number_column("rate_pmpm", "BH part of rate, $", 110, ",.2f"),
    parts.number_column("bh_raw_pmpm", "As arrived, $", 100, ",.2f"),
    parts.number_column("completion", "Complete", 90, ".1%"),
    parts.number_column("member_months", "Member months", 100),
    parts.column("standing", "Standing", 180),
]


def month_card(looked: Looked, since: str) -> Any:
    """Return BH dollars per member month, and the months behind them."""
    frame = month_table(looked)
    title = "BH dollars per member month"
    if frame.is_empty():
        told = "No month of this plan could be completed: SP06 and SP10 have no months of it."
        return parts.card(title, html.P(told), wide=True)
    drawn = money.by_month(looked.findings, looked.query.plan)
    label = (
        "BH dollars per member month: completed, as arrived, and the rate's BH part; every figure "
        "stands in the table below"
    )
    return parts.card(
        title,
        parts.chart(monthly_pmpm(drawn, since), label),
        html.P(
            "Completed: benefit at FFS-equivalent, what is still to come estimated, standardised "
            "to the rate-setting mix of rate cells; the rate alike. As arrived: the same money "
            "neither completed nor standardised. Shaded months are under 0.7 complete, or later "
            "than the run-out leaves (open dots): they are not counted.",
            className="note",
        ),
        parts.grid(
            "money-months", MONTHS, frame.reverse().to_dicts(), "month", "dollars by month",
            looked.key("money-months"),
        ),
        note=parts.download(looked.file("money-months")),
        wide=True,
    )  # fmt: skip


def month_table(looked: Looked) -> pl.DataFrame:
    """Return the months of the plan with what each counts for."""
    standing = (
        pl.when("counts")
        .then(pl.lit("counted"))
        .when("mature")
        .then(pl.lit("complete, before the window"))
        .otherwise(pl.lit("still arriving, not counted"))
    )
    frame = money.by_month(looked.findings, looked.query.plan).with_columns(standing=standing)
    return frame.select(*(column["field"] for column in MONTHS))


PAGE = Page(
    path="/money",
    name="Money",
    question="Did behavioral-health money go elsewhere, and where?",
    empty="whether a plan's BH money shifted, its dollars per member month, and the account of "
    "the BH part of its rate",
    filters=("review", "plan"),
    render=render,
    table=table,
    settle=settle,
    more={
        "months": month_table,
        "account": account.flow_table,
        "change": account.change_table,
        "strata": ratios.strata_table,
    },
)
