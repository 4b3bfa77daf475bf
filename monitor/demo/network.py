"""The providers of a state: enough of every trade within reach, the rest where people are."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from monitor.demo.geography import Land, miles, on_sphere, scatter
from monitor.demo.identity import make_names, make_npis, make_phones, make_streets
from monitor.demo.trades import HOSPITAL_PROGRAMS, PRESCRIBERS, TRADES, Trade

Ints = NDArray[np.int64]

NEARER, SPREAD, NEAREST = 0.8, 1.3, 0.2
"""Sites are chosen nearer than the standard, as members and sites lie around a ZIP's centroid."""

RURAL_DRAW = {True: 0.3, False: 1.0}
"""How a micro or rural county draws further providers, against its people: behavioral, other."""

SMALLEST_MARKET = 5000
"""Members of a plan under which no fewer further providers are drawn (behavioral: 3,000)."""

ALONE = 0.35
"""Share of people without colleagues at their site who bill under their own NPI."""

_DEGREES = {
    "psychiatry": ", MD",
    "clinical_psychology": ", PhD",
    "clinical_social_work": ", LCSW",
    "counseling": ", LPC",
    "psychiatric_nursing": ", PMHNP",
    "chiropractor": ", DC",
    "podiatry": ", DPM",
    "occupational_therapy": ", OT",
    "speech_therapy": ", SLP",
}
_PLACES = {
    "acute_hospital": "Regional Hospital",
    "surgical_services": "Surgery Center",
    "skilled_nursing": "Health and Rehabilitation",
    "diagnostic_radiology": "Imaging",
    "mammography": "Breast Imaging Center",
    "physical_therapy": "Physical Therapy",
    "infusion_chemotherapy": "Infusion Center",
    "inpatient_psychiatric": "Psychiatric Hospital",
    "outpatient_behavioral_health": "Community Mental Health Center",
    "substance_use_clinic": "Recovery Center",
    "opioid_treatment": "Treatment Services",
    "crisis_service": "Mobile Crisis Team",
    "pharmacy": "Pharmacy",
    "laboratory": "Laboratory",
    "dental": "Family Dental",
    "transport": "Medical Transport",
    "home_care": "Home Care",
}
_FAMILY = {"primary_care": "primary", "pediatrics": "primary"}


STRANGERS = 480
"""Providers of the state whom no plan contracts, for care outside the network."""


def make_pool(
    land: Land, plan_members: int, rng: np.random.Generator
) -> tuple[pl.DataFrame, NDArray[np.str_]]:
    """Return every provider of the state that a plan may contract, one row each, and strangers.

    Columns are those of the providers table that do not depend on a plan, and for the demo alone
    ``_trade`` (slug), ``_place`` (index of the ZIP code), ``_core`` (needed for distance), and
    ``_whole`` (a center that bills for its clinicians without naming them).
    """
    points = on_sphere(land.z_latitude, land.z_longitude)
    chord = np.sqrt(np.maximum(2 - 2 * points @ points.T, 0))
    apart = miles(chord).astype(np.float32)
    within = {trade.reach: apart <= _near_enough(land, trade.reach) for trade in TRADES}
    trades, places, core = [], [], []
    town = np.sqrt(land.z_people)
    for number, trade in enumerate(TRADES):
        needed = np.zeros(0, dtype=np.int64)
        if trade.covers:
            needed = choose_sites(within[trade.reach], land.z_people, town, rng)
        draw = np.where(land.z_tier >= 2, RURAL_DRAW[trade.behavioral], 1.0)
        weight = land.z_people**1.15 * draw
        served = max(plan_members, 3000 if trade.behavioral else SMALLEST_MARKET)
        more = int(np.ceil(trade.extra * served / 1000))
        further = rng.choice(len(weight), more, p=weight / weight.sum())
        trades += [np.full(len(needed) + more, number)]
        places += [needed, further]
        core += [np.ones(len(needed), dtype=bool), np.zeros(more, dtype=bool)]
    numbers, place = np.concatenate(trades), np.concatenate(places)
    # People may be gathered under at most as many groups: their NPIs are drawn along.
    npis = make_npis(2 * len(numbers) + STRANGERS, rng)
    pool = _describe(land, numbers, place, npis[: len(numbers)], rng)
    pool = pool.with_columns(_core=pl.Series(np.concatenate(core)))
    pool = pool.with_columns(program=_hospital_programs(pool, land, apart, rng))
    offers = (pl.col("_trade") == "acute_hospital") & pl.col("program").is_not_null()
    pool = pool.with_columns(_core=pl.col("_core") | offers)
    groups, strangers = npis[len(numbers) : -STRANGERS], npis[-STRANGERS:]
    return _group(pool, groups, rng), strangers


def _near_enough(land: Land, reach: tuple[float, ...]) -> NDArray[np.float32]:
    """Return miles within which a site serves the people of each ZIP code for certain."""
    allowed = np.array(reach)[land.z_tier]
    near = np.minimum(NEARER * allowed, allowed - SPREAD * land.z_spread)
    return np.maximum(near, NEAREST * allowed).astype(np.float32)


def _hospital_programs(
    pool: pl.DataFrame, land: Land, apart: NDArray[np.float32], rng: np.random.Generator
) -> pl.Series:
    """Return the programs column with what each hospital offers, joined by semicolons."""
    programs = [program or "" for program in pool["program"].to_list()]
    hospitals = np.flatnonzero((pool["_trade"] == "acute_hospital").to_numpy())
    place = pool["_place"].to_numpy()[hospitals]
    town = np.sqrt(land.z_people)
    for program, reach in HOSPITAL_PROGRAMS.items():
        within = apart[place] <= _near_enough(land, reach)
        for index in choose_sites(within, land.z_people, town[place], rng):
            hospital = hospitals[index]
            programs[hospital] = ";".join(filter(None, (programs[hospital], program)))
    return pl.Series([program or None for program in programs], dtype=pl.String)


def choose_sites(
    within: NDArray[np.bool_],
    people: NDArray[np.float64],
    draws: NDArray[np.float64],
    rng: np.random.Generator,
) -> Ints:
    """Return sites such that every ZIP code has one within reach, greedily by the people won.

    ``within`` is sites x ZIP codes; a ZIP code that no site reaches stays without one. ``draws`` is
    how strongly each site draws providers besides.
    """
    reached_by = np.ascontiguousarray(within.T).astype(np.float64)
    draw = draws * rng.uniform(0.8, 1.2, len(within))
    gain = people @ reached_by
    waiting: NDArray[np.bool_] = within.sum(axis=0) > 0
    chosen = []
    while waiting.any():
        best = int(np.argmax(gain * draw))
        chosen.append(best)
        won = np.flatnonzero(within[best] & waiting)
        gain -= people[won] @ reached_by[won]
        waiting[won] = False
    return np.array(chosen, dtype=np.int64)


def _describe(
    land: Land, trade: Ints, place: Ints, npis: NDArray[np.str_], rng: np.random.Generator
) -> pl.DataFrame:
    """Return one row a provider with its name, taxonomy, point and licence."""
    count = len(trade)
    slug = np.array([t.slug for t in TRADES])[trade]
    person = np.array([t.person for t in TRADES])[trade]
    latitude, longitude = scatter(land, place, 0.25, rng)
    # The first of a trade's codes serves all ages and is the likelier one.
    pick = rng.uniform(size=count)
    taxonomy = np.array([_taxonomy(TRADES[t], u) for t, u in zip(trade, pick, strict=True)])
    names = make_names(count, rng)
    city, county = land.z_city[place], land.c_name[land.z_county[place]]
    called = [
        f"{names[i]}{_DEGREES.get(slug[i], ', MD')}"
        if person[i]
        else f"{county[i] if i % 3 == 0 else city[i]} {_PLACES[slug[i]]}"
        for i in range(count)
    ]
    beds = np.select(
        [slug == "acute_hospital", slug == "inpatient_psychiatric", slug == "skilled_nursing"],
        [rng.integers(40, 420, count), rng.integers(24, 120, count), rng.integers(60, 160, count)],
        default=0,
    )
    licenses = 100_000 + rng.permutation(3 * count)[:count]
    return pl.DataFrame(
        {
            "npi": npis,
            "entity_type": np.where(person, "individual", "facility"),
            "name": called,
            "taxonomy": taxonomy,
            "street": make_streets(count, rng),
            "city": city,
            "state": np.full(count, land.state),
            "zip": land.z_zip[place],
            "latitude": latitude,
            "longitude": longitude,
            "county_fips": land.c_fips[land.z_county[place]],
            "phone": make_phones(count, rng),
            "license_number": np.char.add("L", licenses.astype(str)),
            "beds": beds,
            "prescriber": np.where(
                np.isin(slug, PRESCRIBERS) | taxonomy_is_physician(taxonomy), "Y", "N"
            ),
            "program": np.array([t.program for t in TRADES])[trade],
            "_trade": slug,
            "_place": place,
        }
    ).with_columns(
        pl.when(pl.col("beds") > 0).then("beds").alias("beds"),
        pl.when(pl.col("program") != "").then("program").alias("program"),
    )


def _taxonomy(trade: Trade, draw: float) -> str:
    codes = trade.taxonomies
    return (
        codes[0]
        if draw < 0.7 or len(codes) == 1
        else codes[1 + int(draw * 1000) % (len(codes) - 1)]
    )


def taxonomy_is_physician(taxonomy: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Return whether NUCC codes are of allopathic and osteopathic physicians (20…)."""
    return np.char.startswith(taxonomy, "20")


def _group(pool: pl.DataFrame, orgs: NDArray[np.str_], rng: np.random.Generator) -> pl.DataFrame:
    """Gather people of a place into practices: shared site, shared group NPI."""
    count = pool.height
    npi, slug = pool["npi"].to_numpy(), pool["_trade"].to_numpy()
    person = pool["entity_type"].to_numpy() == "individual"
    place = pool["_place"].to_numpy()
    family = np.array([_family(s) for s in slug])
    site = np.array([f"S{i:06d}" for i in range(count)], dtype=object)
    group = np.full(count, "", dtype=object)
    address = np.arange(count)
    draw = rng.uniform(size=count)
    centers = {
        (int(place[i])): i for i in range(count) if slug[i] == "outpatient_behavioral_health"
    }
    alone = rng.uniform(size=count) < ALONE
    clinics: dict[int, int] = {}
    seats: dict[tuple[int, str], list[int]] = {}
    order = np.lexsort((np.arange(count), family == "behavioral", ~person))
    next_org = 0
    for i in order[: int(person.sum())]:
        key = (int(place[i]), str(family[i]))
        if family[i] == "behavioral" and place[i] in centers and draw[i] < 0.4:
            host = centers[int(place[i])]
            group[i], address[i], site[i] = npi[host], host, site[host]
            continue
        if family[i] == "behavioral" and place[i] in clinics and draw[i] > 0.75:
            host = clinics[int(place[i])]
            group[i], address[i], site[i] = group[host], host, site[host]
            continue
        mates = seats.setdefault(key, [])
        if len(mates) == 5:
            mates.clear()
        if mates:
            first = mates[0]
            if not group[first]:
                group[first] = orgs[next_org]
                next_org += 1
            if family[i] == "primary":
                clinics.setdefault(int(place[i]), first)
            group[i], address[i], site[i] = group[first], first, site[first]
        elif not alone[i]:
            group[i] = orgs[next_org]
            next_org += 1
        mates.append(int(i))
    shared = ["street", "city", "zip", "latitude", "longitude", "county_fips", "phone", "_place"]
    moved = pool.select(shared)[address]
    hosted = pl.Series("_group", group.astype(str))
    whole = _billing_whole(pool, hosted, rng)
    return pool.with_columns(
        *moved.get_columns(),
        site_id=pl.Series(site.astype(str)),
        group_npi=pl.when(hosted != "").then(hosted),
        _whole=pl.Series(np.isin(npi, whole)),
    )


def _family(slug: str) -> str:
    trade = next(t for t in TRADES if t.slug == slug)
    return "behavioral" if trade.behavioral else _FAMILY.get(slug, slug)


def _billing_whole(pool: pl.DataFrame, group: pl.Series, rng: np.random.Generator) -> list[str]:
    """Return the centers that bill for all their clinicians: about 3 % of behavioral people."""
    people = pool.filter(pl.col("entity_type") == "individual")
    behavioral = int(people["_trade"].is_in([t.slug for t in TRADES if t.behavioral]).sum())
    centers = pool.filter(pl.col("_trade") == "outpatient_behavioral_health")["npi"].to_list()
    sizes = dict(group.value_counts().iter_rows())
    hosts = [npi for npi in centers if sizes.get(npi, 0) > 0]
    chosen: list[str] = centers[:1] if not hosts else []
    held = 0
    for index in rng.permutation(len(hosts)):
        if held and held + sizes[hosts[index]] > 0.035 * behavioral:
            continue
        chosen.append(hosts[index])
        held += sizes[hosts[index]]
    return chosen
