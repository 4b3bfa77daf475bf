"""The page on what was found: tables with Wilson intervals, and the power curve."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from detection_plan import FAULTS, NUISANCES, SIZES, trials

Row = dict[str, Any]
REALLOCATION = "reallocation"
FEW = "cannot tell: too few members"
DATA = "cannot tell: data"
FEWEST = 50
"""Worlds of each kind that were asked for."""

QUIET = ("none", "slow run-out", "mix", "price", "growth")


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Return the Wilson interval of a share; (0, 1) of none."""
    if of == 0:
        return 0.0, 1.0
    share = hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * (share * (1 - share) / of + z * z / (4 * of * of)) ** 0.5
    return max(middle - half, 0.0), min(middle + half, 1.0)


def write_report(rows: Sequence[Row], page: Path, asked: int) -> None:
    """Write the page, and the curve beside it as img/detection.svg."""
    picture = page.parent / "img" / "detection.svg"
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_text(curve(rows), encoding="utf-8")
    page.write_text("\n".join(_lines(rows, asked)) + "\n", encoding="utf-8")


def _lines(rows: Sequence[Row], asked: int) -> list[str]:
    quiet = [row for row in rows if row["key"].startswith("quiet/")]
    faulty = [row for row in rows if row["key"].startswith("fault/")]
    small = [row for row in rows if row["members"] == 2000]
    told = sum(row["group"] in QUIET for row in quiet)
    return [
        "# Does the money-shift rule find what is planted?",
        "",
        "Made by `python benchmarks/detection.py`; do not edit. Every world is a simulated plan of",
        "20,000 members (2,000 where it says so), line by line, with 12 or 18 complete months",
        "before the fault or nuisance and 6 after, and 3 months of run-out. Each goes through rule",
        "SP10 as a submission does. The months carry a yearly wave of 3 %, lasting need, hospital",
        "stays, and a price rise each January. The simulator is carvein's own: another one, or a",
        "real plan, may be harder. No figure of the rule was set by these worlds; they showed that",
        "its interval lacked an error, which was added and told again.",
        "",
        _run(quiet, faulty, asked),
        "",
        *_targets(quiet, faulty, small, asked),
        "",
        "## Beside two naive rules",
        "",
        *_naive_rows(quiet, faulty),
        "",
        "## Nothing planted",
        "",
        f"{told} of these worlds should say no shift; the naive columns are how often each of the",
        "two naive rules flags a plan: BH share of paid dollars falls by 10 %, raw paid BH dollars",
        "per member month fall by 10 %.",
        "",
        "| Nuisance | Worlds | No shift | Cannot tell | Any fault told | Reallocation told | "
        "Naive: share | Naive: paid |",
        "|---|---|---|---|---|---|---|---|",
        *(_quiet_row(kind, [row for row in quiet if row["group"] == kind]) for kind in NUISANCES),
        "",
        "Where run-out slows, encounters fall against the ledger, which has a claim once it is",
        "paid. In a submission that looks as encounters not sent do, and SP10 often cannot tell.",
        "",
        "## Planted",
        "",
        "| Fault | Size | Members | Worlds | Told as it is | Told as another fault | No shift | "
        "Cannot tell | Naive: share | Naive: paid |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *_planted_rows(faulty),
        "",
        "## Power",
        "",
        "![Share of planted faults told as they are, by size](img/detection.svg)",
        "",
        *_ways(faulty),
        "",
        "## Delay",
        "",
        *_delay(faulty),
        "",
        "## Size and interval",
        "",
        *_sizes(faulty),
        "",
        "## How long it took",
        "",
        _seconds(rows),
    ]


def _planted(rows: Sequence[Row], fault: str, size: float, members: int = 20_000) -> list[Row]:
    wanted = (fault, size, members)
    return [row for row in rows if (row["fault"], row["size"], row["members"]) == wanted]


def _share(rows: Sequence[Row], hit: Callable[[Row], bool]) -> str:
    return _told(sum(hit(row) for row in rows), len(rows))


def _told(hits: int, of: int) -> str:
    if not of:
        return "no world"
    low, high = wilson(hits, of)
    return f"{hits} of {of} = {hits / of:.1%} ({low:.1%} to {high:.1%})"


def _run(quiet: Sequence[Row], faulty: Sequence[Row], asked: int) -> str:
    """Say how many of the worlds asked for were run, and of which kind fewer than fifty."""
    with_fault = sum(trial.key.startswith("fault/") for trial in trials(asked))
    counts = Counter(row["group"] for row in quiet)
    scarce = [f"{_name(kind)} {counts[kind]}" for kind in NUISANCES if counts[kind] < FEWEST]
    told = (
        f"**{len(quiet)} of the {asked} worlds without a fault** and {len(faulty)} of {with_fault} "
        "with one were run.\nIntervals are Wilson's, 95 %."
    )
    if scarce:
        told += (
            f"\nAt least {FEWEST} of each kind were wanted, and there are fewer of: "
            f"{', '.join(scarce)}.\nThe command goes on where it stopped."
        )
    return told


def _targets(
    quiet: Sequence[Row], faulty: Sequence[Row], small: Sequence[Row], asked: int
) -> list[str]:
    """Return the targets of the issue, what was measured, and whether it is enough."""
    withheld = [row for row in quiet if row["group"] == "withheld"]
    found = [_hits(_planted(faulty, REALLOCATION, size), REALLOCATION) for size in (0.15, 0.10)]
    false, blind, few = _hits(quiet, REALLOCATION), _hits(withheld, DATA), _hits(small, FEW)
    rows = [
        ("Reallocation of 15 % found", "at least 95 %", found[0], _at_least(found[0], 0.95)),
        ("Reallocation of 10 % found", "at least 85 %", found[1], _at_least(found[1], 0.85)),
        (
            "False reallocation where nothing is planted",
            "at most 2 %, upper bound 4 %",
            false,
            _at_most(false, 0.02, 0.04) + _of_all(len(quiet), asked),
        ),
        (
            "Cannot tell: data, where encounters were withheld",
            "at least 95 %",
            blind,
            _at_least(blind, 0.95),
        ),
        (
            "Cannot tell: too few members, plans of 2,000",
            "mostly",
            few,
            _at_least(few, 0.5),
        ),
    ]
    return [
        "## What was to be reached",
        "",
        "| Target | Wanted | Measured | Reached |",
        "|---|---|---|---|",
        *(
            f"| {name} | {wanted} | {_told(*hits)} | {reached} |"
            for name, wanted, hits, reached in rows
        ),
        "",
        "Reached means that the share measured is what was wanted; how sure that is, the interval",
        "says.",
    ]


def _hits(rows: Sequence[Row], observed: str) -> tuple[int, int]:
    return sum(row["observed"] == observed for row in rows), len(rows)


def _at_least(hits: tuple[int, int], share: float) -> str:
    return "yes" if hits[1] and hits[0] >= share * hits[1] else "**no**"


def _of_all(run: int, asked: int) -> str:
    return "" if run >= asked else f", on {run} of {asked} worlds"


def _at_most(hits: tuple[int, int], share: float, bound: float) -> str:
    if hits[0] > share * hits[1]:
        return "**no**"
    return "yes" if wilson(*hits)[1] <= bound else "share yes, bound **no**: too few worlds"


def _naive_rows(quiet: Sequence[Row], faulty: Sequence[Row]) -> list[str]:
    """Return how often SP10 tells a fault and the naive rules flag a plan, side by side."""
    groups = {
        "Reallocation of 15 % planted": _planted(faulty, REALLOCATION, 0.15),
        "Reallocation of 10 % planted": _planted(faulty, REALLOCATION, 0.10),
        "Nothing planted": quiet,
        "Nothing planted, encounters withheld": [r for r in quiet if r["group"] == "withheld"],
    }
    return [
        "Share of plans that are flagged: by SP10 with any fault, by the BH share of paid dollars",
        "that falls by 10 %, by raw paid BH dollars per member month that fall by 10 %.",
        "",
        "| Worlds | SP10 | Naive: share | Naive: paid |",
        "|---|---|---|---|",
        *(
            f"| {name} | {_share(rows, lambda row: row['observed'] in FAULTS)} "
            f"| {_share(rows, lambda row: row['naive']['share'])} "
            f"| {_share(rows, lambda row: row['naive']['paid'])} |"
            for name, rows in groups.items()
        ),
    ]


def _name(kind: str) -> str:
    return {"none": "ordinary", "small": "2,000 members"}.get(kind, kind)


def _quiet_row(kind: str, rows: Sequence[Row]) -> str:
    cells = [
        _name(kind),
        str(len(rows)),
        str(sum(row["observed"] == "no shift" for row in rows)),
        str(sum(row["observed"].startswith("cannot") for row in rows)),
        str(sum(row["observed"] in FAULTS for row in rows)),
        _share(rows, lambda row: row["observed"] == REALLOCATION),
        str(sum(row["naive"]["share"] for row in rows)),
        str(sum(row["naive"]["paid"] for row in rows)),
    ]
    return f"| {' | '.join(cells)} |"


def _planted_rows(rows: Sequence[Row]) -> list[str]:
    told = []
    for fault in FAULTS:
        for members in (20_000, 2000):
            for size in SIZES:
                these = _planted(rows, fault, size, members)
                if these:
                    told.append(_planted_row(fault, size, members, these))
    return told


def _planted_row(fault: str, size: float, members: int, rows: Sequence[Row]) -> str:
    others = Counter(
        row["observed"] for row in rows if row["observed"] in FAULTS and row["observed"] != fault
    )
    cells = [
        fault,
        f"{size:.0%}",
        f"{members:,}",
        str(len(rows)),
        _share(rows, lambda row: row["observed"] == fault),
        ", ".join(f"{count} {name}" for name, count in others.items()) or "0",
        str(sum(row["observed"] == "no shift" for row in rows)),
        str(sum(row["observed"].startswith("cannot") for row in rows)),
        str(sum(row["naive"]["share"] for row in rows)),
        str(sum(row["naive"]["paid"] for row in rows)),
    ]
    return f"| {' | '.join(cells)} |"


def _ways(rows: Sequence[Row]) -> list[str]:
    told = [
        "Reallocations by where the money went, 20,000 members:",
        "",
        "| Way | Worlds of 10 % and 15 % | Told as reallocation | Told as any fault |",
        "|---|---|---|---|",
    ]
    names = {"use": "more services", "price": "higher hospital prices", "fee": "fees in the ledger"}
    for way, name in names.items():
        these = [
            row
            for size in (0.10, 0.15)
            for row in _planted(rows, REALLOCATION, size)
            if row["way"] == way
        ]
        any_fault = _share(these, lambda row: row["observed"] in FAULTS)
        own = _share(these, lambda row: row["observed"] == REALLOCATION)
        told.append(f"| {name} | {len(these)} | {own} | {any_fault} |")
    return told


def _delay(rows: Sequence[Row]) -> list[str]:
    looked = [row for row in rows if len(row["looks"]) > 1]
    if not looked:
        return ["No world was looked at month by month yet."]
    told = [
        f"{len(looked)} reallocations of 15 % were looked at after each complete month; three",
        "months are the fewest that the rule tests.",
        "",
        "| Complete months after | Told as reallocation | Told as any fault |",
        "|---|---|---|",
    ]
    for month in ("3", "4", "5", "6"):
        own = _share(looked, lambda row, at=month: row["looks"].get(at) == REALLOCATION)
        fault = _share(looked, lambda row, at=month: row["looks"].get(at) in FAULTS)
        told.append(f"| {month} | {own} | {fault} |")
    return told


def _sizes(rows: Sequence[Row]) -> list[str]:
    found = [row for row in rows if row["observed"] in FAULTS and row.get("interval")]
    inside = _share(found, _holds)
    error = sum(abs(row["size_told"] - row["size"]) for row in found) / max(len(found), 1)
    return [
        f"The 95 % interval of the size holds the planted size in {inside} of the worlds told as",
        f"a fault{_short(found)}; the size told is off by {error:.1%} of BH money on average.",
        "Sizes are of the fault's expectation: what was drawn differs, and what is found tends to",
        "be large.",
    ]


def _holds(row: Row) -> bool:
    low, high = row["interval"]
    return bool(low <= row["size"] <= high)


def _short(found: Sequence[Row]) -> str:
    hits = sum(map(_holds, found))
    return ", **fewer than 95 %**" if hits < 0.95 * len(found) else ""


def _seconds(rows: Sequence[Row]) -> str:
    each = sorted(row["seconds"] / len(row["looks"]) for row in rows)
    lines = sum(row["lines"] for row in rows) / len(rows)
    return (
        f"Half of the worlds took {each[len(each) // 2]:.1f} seconds or less, simulated and "
        f"measured, on one core of a machine in use; {lines:,.0f} lines on average."
    )


def curve(rows: Sequence[Row]) -> str:
    """Return the power curve as SVG: share told as it is by size, with Wilson intervals."""
    colors = ("#1f5f8b", "#c2571a", "#5a7d2a", "#7a4b94")
    width, height, left, top = 640, 360, 60, 20
    wide, tall = 540, 270

    def x(size: float) -> float:
        return left + wide * size / 0.27

    def y(share: float) -> float:
        return top + tall * (1 - share)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for share in (0, 0.25, 0.5, 0.75, 0.85, 0.95, 1):
        parts.append(
            f'<line x1="{left}" x2="{left + wide}" y1="{y(share):.1f}" y2="{y(share):.1f}" '
            f'stroke="#ddd"/><text x="{left - 8}" y="{y(share) + 4:.1f}" '
            f'text-anchor="end">{share:.0%}</text>'
        )
    for size in SIZES:
        parts.append(
            f'<text x="{x(size):.1f}" y="{top + tall + 18}" text-anchor="middle">{size:.0%}</text>'
        )
    parts.append(
        f'<text x="{left + wide / 2}" y="{top + tall + 36}" text-anchor="middle">'
        "size of the fault, share of behavioral money</text>"
    )
    for number, (fault, color) in enumerate(zip(FAULTS, colors, strict=True)):
        points = []
        for size in SIZES:
            these = _planted(rows, fault, size)
            if not these:
                continue
            hits = sum(row["observed"] == fault for row in these)
            low, high = wilson(hits, len(these))
            at = x(size) + 4 * (number - 1.5)
            points.append(f"{at:.1f},{y(hits / len(these)):.1f}")
            parts.append(
                f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{y(low):.1f}" y2="{y(high):.1f}" '
                f'stroke="{color}"/><circle cx="{at:.1f}" cy="{y(hits / len(these)):.1f}" r="3.5" '
                f'fill="{color}"/>'
            )
        parts.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{color}"/>')
        parts.append(
            f'<text x="{left + 130 * number}" y="{height - 8}" fill="{color}">{fault}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"
