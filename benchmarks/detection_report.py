"""The page on what was found: tables with Wilson intervals, and the power curve."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from detection_plan import FAULTS, NUISANCES, SIZES

Row = dict[str, Any]
REALLOCATION = "reallocation"
FEW = "cannot tell: too few members"
DATA = "cannot tell: data"
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
        "real plan, may be harder.",
        "",
        f"{len(quiet)} worlds without a fault of the {asked} asked for and {len(faulty)} with one",
        "were run; the command goes on where it stopped. Intervals are Wilson's, 95 %.",
        "",
        "## What was to be reached",
        "",
        "| Target | Wanted | Measured |",
        "|---|---|---|",
        _target(
            "Reallocation of 15 % found",
            "at least 95 %",
            _planted(faulty, REALLOCATION, 0.15),
            lambda row: row["observed"] == REALLOCATION,
        ),
        _target(
            "Reallocation of 10 % found",
            "at least 85 %",
            _planted(faulty, REALLOCATION, 0.10),
            lambda row: row["observed"] == REALLOCATION,
        ),
        _target(
            "False reallocation where nothing is planted",
            "at most 2 %, upper bound 4 %",
            quiet,
            lambda row: row["observed"] == REALLOCATION,
        ),
        _target(
            "Cannot tell: data, where encounters were withheld",
            "at least 95 %",
            [row for row in quiet if row["group"] == "withheld"],
            lambda row: row["observed"] == DATA,
        ),
        _target(
            "Cannot tell: too few, plans of 2,000",
            "mostly",
            small,
            lambda row: row["observed"] == FEW,
        ),
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
    if not rows:
        return "no world"
    hits = sum(hit(row) for row in rows)
    low, high = wilson(hits, len(rows))
    return f"{hits} of {len(rows)} = {hits / len(rows):.1%} ({low:.1%} to {high:.1%})"


def _target(name: str, wanted: str, rows: Sequence[Row], hit: Callable[[Row], bool]) -> str:
    return f"| {name} | {wanted} | {_share(rows, hit)} |"


def _quiet_row(kind: str, rows: Sequence[Row]) -> str:
    name = {"none": "ordinary", "small": "2,000 members"}.get(kind, kind)
    cells = [
        name,
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
    inside = _share(found, lambda row: row["interval"][0] <= row["size"] <= row["interval"][1])
    error = sum(abs(row["size_told"] - row["size"]) for row in found) / max(len(found), 1)
    return [
        f"The 95 % interval of the size holds the planted size in {inside} of the worlds told as",
        f"a fault; the size told is off by {error:.1%} of BH money on average. Sizes are of the",
        "fault's expectation: what was drawn differs, and what is found tends to be large.",
    ]


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
