"""What ``carvein siting`` answers: three tables, how good the choice is, what to know of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from geodata.counties import county_name, county_of
from geodata.siting import GUARANTEE, Choice, Homes
from geodata.travel import NOTE
from monitor.adequacy import write
from monitor.siting_candidates import Candidates
from rules.model import TOLERANCE
from rules.network.words import number, so_many

ADDITIONS: Mapping[str, type[pl.DataType]] = {
    "rank": pl.Int64,
    "candidate": pl.String,
    "name": pl.String,
    "place": pl.String,
    "county_fips": pl.String,
    "latitude": pl.Float64,
    "longitude": pl.Float64,
    "approximate": pl.String,
    "others_at_point": pl.Int64,
    "members_gained": pl.Float64,
    "cumulative_gained": pl.Float64,
    "cumulative_share": pl.Float64,
}
GAINED: Mapping[str, type[pl.DataType]] = {
    "rank": pl.Int64,
    "candidate": pl.String,
    "county_fips": pl.String,
    "county": pl.String,
    "members_gained": pl.Float64,
}
COUNTIES: Mapping[str, type[pl.DataType]] = {
    "county_fips": pl.String,
    "county": pl.String,
    "county_class": pl.String,
    "requirement": pl.String,
    "limit": pl.String,
    "members": pl.Float64,
    "unlocated": pl.Float64,
    "within_before": pl.Float64,
    "gained": pl.Float64,
    "within_after": pl.Float64,
    "share_before": pl.Float64,
    "share_after": pl.Float64,
    "required_share": pl.Float64,
    "met_before": pl.String,
    "met_after": pl.String,
}
"""The columns of the three tables, in their order."""

LEFT_OUT = {
    "under_contract": "under contract already",
    "other_specialty": "of another specialty or of none",
    "unlocated": "without a point",
    "deactivated": "with a deactivated NPI",
    "abroad": "outside the United States",
}


@dataclass(frozen=True, eq=False)
class Siting:
    """The answer: the additions in order, what each gains by county, and each county after all.

    ``additions``, ``gained`` and ``counties`` have the columns of :data:`ADDITIONS`,
    :data:`GAINED` and :data:`COUNTIES`. ``verdict`` says how good the choice is known to be.
    """

    additions: pl.DataFrame
    gained: pl.DataFrame
    counties: pl.DataFrame
    choice: Choice
    verdict: str
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class County:
    """A county under its standard: what NW01 says of it, and who is not within yet."""

    fips: str
    requirement: str
    county_class: str | None
    told: Mapping[str, Any]
    required: float
    homes: Homes


def lay_out(
    counties: Sequence[County],
    found: Candidates,
    choice: Choice,
    add: int,
    seconds: float,
    notes: Sequence[str],
) -> Siting:
    """Lay out the answer to ``add`` additions, with ``notes`` among what is to know of it."""
    rows = found.rows.group_by("point", maintain_order=True).agg(pl.all().first(), pl.len())
    chosen = rows.sort("point")[list(choice.sites)]
    return Siting(
        additions=_additions(chosen, found, choice, counties),
        gained=_gained(chosen, choice, counties),
        counties=_after(counties, choice),
        choice=choice,
        verdict=tell(choice, add, seconds),
        notes=(
            *(dict.fromkeys(county.told["basis"] for county in counties) or (NOTE,)),
            *_notes(found, counties),
            *notes,
            *_of_choice(choice, add),
        ),
    )


def write_siting(answer: Siting, path: Path) -> tuple[Path, Path]:
    """Write the additions to ``path``, and beside it what is gained and the counties; return both.

    Raises
    ------
    AdequacyError
        When a file cannot be written.
    """
    beside = tuple(path.with_name(f"{path.stem}-{name}.csv") for name in ("gained", "counties"))
    for rows, to in zip(
        (answer.additions, answer.gained, answer.counties), (path, *beside), strict=True
    ):
        write(rows, to)
    return beside[0], beside[1]


def _additions(
    chosen: pl.DataFrame, found: Candidates, choice: Choice, counties: Sequence[County]
) -> pl.DataFrame:
    people = sum(county.told["members"] for county in counties)
    within = sum(county.told["within"] for county in counties)
    each = choice.gained.sum(axis=1)
    so_far = np.cumsum(each)
    places = list(choice.sites)
    north, east = found.latitude[places], found.longitude[places]
    columns = {
        "rank": np.arange(1, len(places) + 1),
        "candidate": chosen["id"],
        "name": chosen["name"],
        "place": chosen["place"],
        "county_fips": county_of(north, east),
        "latitude": north,
        "longitude": east,
        "approximate": ["Y" if near else "N" for near in chosen["approximate"]],
        "others_at_point": chosen["len"] - 1,
        "members_gained": each,
        "cumulative_gained": so_far,
        "cumulative_share": (within + so_far) / people if people else np.zeros(0),
    }
    return pl.DataFrame(columns).select(pl.col(name).cast(ADDITIONS[name]) for name in ADDITIONS)


def _gained(chosen: pl.DataFrame, choice: Choice, counties: Sequence[County]) -> pl.DataFrame:
    rows = [
        (step + 1, chosen["id"][step], county.fips, county_name(county.fips), float(people))
        for step, by_county in enumerate(choice.gained)
        for county, people in zip(counties, by_county, strict=True)
        if people
    ]
    return pl.DataFrame(rows, schema=dict(GAINED), orient="row")


def _after(counties: Sequence[County], choice: Choice) -> pl.DataFrame:
    rows = []
    for county, gained in zip(counties, choice.gained.sum(axis=0), strict=True):
        told = county.told
        after = told["within"] + float(gained)
        shares = [told["within"] / told["members"], after / told["members"]]
        met = [
            "Y" if credited(told, each) >= county.required - TOLERANCE else "N" for each in shares
        ]
        rows.append(
            (
                county.fips,
                county_name(county.fips),
                county.county_class,
                county.requirement,
                told["limit"],
                told["members"],
                told["unlocated"],
                told["within"],
                float(gained),
                after,
                *shares,
                county.required,
                *met,
            )
        )
    return pl.DataFrame(rows, schema=dict(COUNTIES), orient="row")


def credited(told: Mapping[str, Any], share: float) -> float:
    """Return a share with the points that the standard credits for telehealth, if any."""
    credit = float(told.get("share_credited", told["share"]) - told["share"])
    return min(1.0, share + credit) if credit > 0 else share


def tell(choice: Choice, add: int, seconds: float) -> str:
    """Say how good the choice is known to be."""
    if not choice.sites:
        return "nothing to gain: no candidate reaches a member who is not within already"
    if choice.proven:
        return f"exact: no choice of {add} brings more members within the standard"
    part = f"{np.floor(choice.total / choice.bound * 1000) / 10:.1f} %"
    most = number(np.ceil(choice.bound * 10 - 1e-6) / 10)
    known = f"no choice of {add} brings more than {most}, so this is at least {part} of the best"
    if choice.method == "exact":
        return f"best found in {seconds:g} seconds: {known}"
    return f"greedy, at least {GUARANTEE:.1%} of the best wherever it is used: here {known}"


def _notes(found: Candidates, counties: Sequence[County]) -> Iterator[str]:
    left = [f"{count:,} {LEFT_OUT[why]}" for why, count in found.left_out.items() if count]
    if left:
        yield f"candidates left out: {', '.join(left)}"
    near = int(found.rows["approximate"].sum())
    if near:
        yield f"{so_many(near, 'candidate')} placed at the centroid of a ZIP code"
    yield from found.notes
    if found.rows.is_empty():
        yield "no candidate is left to choose from"
    yield "candidates are taken to see members of every age, in person, at their one point"
    unlocated = sum(county.told["unlocated"] for county in counties)
    if unlocated:
        yield f"members without a point, whom no addition reaches: {number(unlocated)}"


def _of_choice(choice: Choice, add: int) -> Iterator[str]:
    if 0 < len(choice.sites) < add:
        yield f"{add} were asked for and {len(choice.sites)} named: no other gains anybody"
    if choice.method == "exact" and len(choice.sites) > 1:
        yield "the additions are the best together: the first few of them need not be the best few"
