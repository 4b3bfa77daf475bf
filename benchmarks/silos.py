"""The separation profile over synthetic states: what each component reads in every plan.

`python benchmarks/silos.py --worlds 10 --members 4000` makes states with different seeds, takes the
plans' submissions down the one path with the separation requirements of ``demo-imc`` alone, and
writes the table between the marks of docs/separation.md. In the demo state SILO is planted, the
other three plans are ordinary in this. About half a minute a world.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from monitor import desk
from monitor.demo import make_state
from monitor.review import Terms, review
from rules.contract import load
from rules.model import Contract

PLANS = ("SILO", "STEADY", "DRIFT", "GHOST")
COMPONENTS = ("governance", "location", "systems", "network", "care", "information", "money")
PAGE = Path(__file__).resolve().parents[1] / "docs" / "separation.md"
MARKS = ("<!-- table: begin -->", "<!-- table: end -->")
Read = dict[tuple[str, str], list[float | None]]


def separation_pack() -> Contract:
    """Return the demo contract with the requirements of the separation profile alone."""
    whole = load("demo-imc")
    kept = tuple(each for each in whole.requirements if each.rule.startswith("SL"))
    return replace(whole, requirements=kept)


def read_world(pack: Contract, seed: int, members: int) -> dict[tuple[str, str], float | None]:
    """Return what each plan and component reads in one state; None where it could not be told."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        state = make_state("TN", members, 18, seed, folder / "state", "parquet")
        received, refused = desk.take_in([state / plan for plan in PLANS], pack, folder)
        if refused:
            raise SystemExit(f"seed {seed}: {refused}")
        terms = Terms(
            "R1",
            pack,
            desk.settle_period("", received, date(2026, 5, 1)),
            date(2026, 5, 1),
            pack.county_classes,
        )
        found = review(received, terms, folder / "work", lambda plan_id: ()).measures
    return {
        (measure.plan_id, measure.subject): None if measure.value is None else float(measure.value)
        for measure in found
        if measure.rule.startswith("SL")
    }


def wilson_upper(hits: int, of: int) -> float:
    """Return the upper end of the 95 % interval of a share (Wilson)."""
    z = 1.959963984540054
    share = hits / of
    middle = share + z * z / (2 * of)
    spread = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle + spread) / (1 + z * z / of)


def tell(read: Mapping[tuple[str, str], Sequence[float | None]], limit: float) -> list[str]:
    """Return the lines of a Markdown table: a row a component and kind of plan."""
    lines = [
        "| component | plans | plan-worlds | not told | least | median | most | above 0.5 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for component in COMPONENTS:
        for who, plans in (("SILO", PLANS[:1]), ("ordinary", PLANS[1:])):
            values = [value for plan in plans for value in read[plan, component]]
            told = sorted(value for value in values if value is not None)
            above = sum(value > limit + 1e-9 for value in told)
            shown = (
                f"{told[0]:.2f} | {told[len(told) // 2]:.2f} | {told[-1]:.2f}"
                if told
                else "- | - | -"
            )
            lines.append(
                f"| {component} | {who} | {len(values)} | {len(values) - len(told)} | {shown} | "
                f"{above} |"
            )
    ordinary = [
        value
        for component in COMPONENTS
        for plan in PLANS[1:]
        for value in read[plan, component]
        if value is not None
    ]
    false = sum(value > limit + 1e-9 for value in ordinary)
    lines += [
        "",
        f"False alarms in ordinary plans: {false} of {len(ordinary)} components told (Wilson upper "
        f"bound {wilson_upper(false, len(ordinary)):.1%}).",
    ]
    return lines


def write_table(lines: list[str], page: Path = PAGE) -> None:
    """Put lines between the marks of the page."""
    text = page.read_text(encoding="utf-8")
    head, rest = text.split(MARKS[0])
    _, tail = rest.split(MARKS[1])
    body = "\n".join(["", "", *lines, "", ""])
    page.write_text(f"{head}{MARKS[0]}{body}{MARKS[1]}{tail}", encoding="utf-8")


def main() -> None:
    """Make the worlds, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", type=int, default=10)
    parser.add_argument("--members", type=int, default=4000)
    parser.add_argument("--first-seed", type=int, default=500)
    asked = parser.parse_args()
    pack = separation_pack()
    read: Read = defaultdict(list)
    for number in range(asked.worlds):
        seed = asked.first_seed + number
        for key, value in read_world(pack, seed, asked.members).items():
            read[key].append(value)
        told = {plan: read[plan, "care"][-1] for plan in PLANS}
        print(f"world {number + 1} of {asked.worlds}, seed {seed}: care {told}", flush=True)
    lines = [
        f"Made by `python benchmarks/silos.py --worlds {asked.worlds} --members {asked.members} "
        f"--first-seed {asked.first_seed}`: {asked.worlds} states of four plans, "
        f"{asked.members // 4:,} members a plan.",
        "",
        *tell(read, 0.5),
    ]
    print("\n".join(lines))
    write_table(lines)


if __name__ == "__main__":
    main()
