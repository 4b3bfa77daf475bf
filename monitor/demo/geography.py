"""The land: a state's counties and the ZIP codes where its people live, with a guess at how many.

ZIP centroids are those of the ``zipcodes`` package. It does not say how many people live where, so
a ZIP code's population is guessed from how closely ZIP codes lie around it: the denser, the more
urban.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import shapely
import yaml
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geodata.counties import county_of, shapes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EARTH_MILES = 3958.8

PEOPLE_AT_ONE_MILE = 33_640.0
CROWDING = 0.6
"""People of a ZIP code = 33,640 / (miles to its fifth neighbor) ** 0.6: scaled so that the
contiguous states hold 329 million; against the counties' 2020 counts the logarithms correlate at
0.78."""

DENSE, SETTLED = 1200.0, 50.0
"""Guessed people a square mile from which a county is taken as large metro or metro."""

TIERS = ("large_metro", "metro", "micro", "rural")
"""County classes of 42 CFR 422.116(c) that networks are built to; a tier is an index into them."""

FEWEST_ZIP_CODES = 10


@dataclass(frozen=True)
class Land:
    """One state: ``z_*`` are arrays over its residential ZIP codes, ``c_*`` over its counties."""

    state: str
    z_zip: NDArray[np.str_]
    z_city: NDArray[np.str_]
    z_latitude: Floats
    z_longitude: Floats
    z_county: Ints
    z_people: Floats
    z_spread: Floats
    c_fips: NDArray[np.str_]
    c_name: NDArray[np.str_]
    c_tier: Ints
    c_shape: NDArray[Any]

    @property
    def z_tier(self) -> Ints:
        """Return the tier of each ZIP code's county."""
        return self.c_tier[self.z_county]


def on_sphere(latitude: Floats, longitude: Floats) -> Floats:
    """Return points (degrees) as an n x 3 array of points on the unit sphere."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    return np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


def miles(chord: Floats) -> Floats:
    """Return great-circle miles for chords of the unit sphere."""
    return 2 * EARTH_MILES * np.arcsin(np.minimum(chord / 2, 1.0))


def read_land(state: str) -> Land:
    """Return the land of a state.

    Parameters
    ----------
    state
        Postal code, for example ``TN``.

    Raises
    ------
    ValueError
        When the ``zipcodes`` package knows too few residential ZIP codes of such a state.
    """
    code = state.strip().upper()
    rows = _zip_rows(code)
    if not rows:
        raise ValueError(f"state {state!r}: no such state, wanted a postal code such as TN or MA")
    latitude = np.array([float(row["lat"]) for row in rows])
    longitude = np.array([float(row["long"]) for row in rows])
    holding = county_of(latitude, longitude)
    state_fips = Counter(fips[:2] for fips in holding if fips).most_common(1)[0][0]
    counties = shapes()
    own = counties[counties["state"] == state_fips]
    names = dict(zip(own["fips"], (_plain(name) for name in own["name"]), strict=True))
    index = {fips: number for number, fips in enumerate(own["fips"])}
    # A centroid in another county than its ZIP code's own is of no use for placing people.
    lives = np.array(
        [
            row["zip_code_type"] == "STANDARD"
            and fips in names
            and _plain(row["county"] or "").startswith(names[fips])
            for row, fips in zip(rows, holding, strict=True)
        ],
        dtype=bool,
    )
    if lives.sum() < FEWEST_ZIP_CODES:
        raise ValueError(
            f"state {state!r}: {int(lives.sum())} residential ZIP codes are known, "
            f"wanted {FEWEST_ZIP_CODES} or more"
        )
    points = on_sphere(latitude, longitude)
    fifth = miles(cKDTree(points).query(points[lives], k=6)[0][:, -1])
    people = PEOPLE_AT_ONE_MILE * np.maximum(fifth, 0.7) ** -CROWDING
    nearest = miles(cKDTree(points[lives]).query(points[lives], k=2)[0][:, -1])
    where = np.array([index[fips] for fips, here in zip(holding, lives, strict=True) if here])
    density = np.bincount(where, people, len(own)) / own["land_square_miles"].to_numpy(dtype=float)
    chosen = np.flatnonzero(lives)
    return Land(
        state=code,
        z_zip=np.array([rows[i]["zip_code"] for i in chosen]),
        z_city=np.array([rows[i]["city"] for i in chosen]),
        z_latitude=latitude[lives],
        z_longitude=longitude[lives],
        z_county=where,
        z_people=people,
        z_spread=np.clip(nearest * 0.5, 0.3, 6.0),
        c_fips=own["fips"].to_numpy(dtype=str),
        c_name=own["name"].to_numpy(dtype=str),
        c_tier=_tiers(own["fips"].tolist(), density),
        c_shape=own.geometry.to_numpy(),
    )


def _tiers(fips: list[str], density: Floats) -> Ints:
    """Return each county's tier: its class in the contract's list, else guessed from its density.

    A guess never says rural: a plan that cannot know builds its network to the stricter standard.
    """
    listed = contract_classes()
    guessed = np.select([density >= DENSE, density >= SETTLED], [0, 1], default=2)
    return np.array(
        [
            TIERS.index(listed[code]) if code in listed else tier
            for code, tier in zip(fips, guessed.tolist(), strict=True)
        ]
    )


@cache
def contract_classes() -> dict[str, str]:
    """Return the county classes that the contract lists for its own state, by FIPS code."""
    text = (files("rules") / "packs" / "demo-imc" / "counties.yaml").read_text(encoding="utf-8")
    classes = yaml.safe_load(text)["counties"]
    return {code: "rural" if name == "ceac" else name for code, name in classes.items()}


def scatter(land: Land, at: Ints, reach: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return a point near each ZIP centroid, inside the centroid's own county.

    Parameters
    ----------
    at
        Indices of ZIP codes.
    reach
        Greatest distance from the centroid, in units of the ZIP code's own spread.

    Returns
    -------
    latitude, longitude
        Degrees, rounded to five decimals (about a yard) before they are tested.
    """
    angle = rng.uniform(0, 2 * np.pi, len(at))
    radius = reach * land.z_spread[at] * np.sqrt(rng.uniform(0, 1, len(at)))
    latitude, longitude = land.z_latitude[at], land.z_longitude[at]
    north = radius * np.sin(angle) / 69.09
    east = radius * np.cos(angle) / (69.09 * np.cos(np.radians(latitude)))
    for shrink in (1.0, 0.5, 0.25, 0.1, 0.02):
        new_latitude = np.round(land.z_latitude[at] + shrink * north, 5)
        new_longitude = np.round(land.z_longitude[at] + shrink * east, 5)
        if shrink == 1.0:
            latitude, longitude = new_latitude, new_longitude
            continue
        outside = ~_inside(land, at, latitude, longitude)
        latitude = np.where(outside, new_latitude, latitude)
        longitude = np.where(outside, new_longitude, longitude)
    outside = ~_inside(land, at, latitude, longitude)
    return (
        np.where(outside, land.z_latitude[at], latitude),
        np.where(outside, land.z_longitude[at], longitude),
    )


def _inside(land: Land, at: Ints, latitude: Floats, longitude: Floats) -> NDArray[np.bool_]:
    """Return whether each point lies in the county of its ZIP code."""
    inside = np.zeros(len(at), dtype=bool)
    county = land.z_county[at]
    order = np.argsort(county, kind="stable")
    bounds = np.searchsorted(county[order], np.arange(len(land.c_fips) + 1))
    for index in np.unique(county):
        mine = order[bounds[index] : bounds[index + 1]]
        shape = land.c_shape[index]
        shapely.prepare(shape)
        inside[mine] = shapely.contains_xy(shape, longitude[mine], latitude[mine])
    return inside


def _zip_rows(state: str) -> list[dict[str, Any]]:
    """Return the active ZIP codes of a state that have coordinates, in order of their code."""
    import zipcodes

    rows = [
        row
        for row in zipcodes.filter_by(state=state)  # type: ignore[no-untyped-call]
        if row["active"] and row["lat"] and row["long"]
    ]
    return sorted(rows, key=lambda row: str(row["zip_code"]))


def _plain(name: str) -> str:
    """Return a county's name without what the packages differ in: case, accents, blanks, points."""
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(ch for ch in text.lower() if ch.isalpha())
