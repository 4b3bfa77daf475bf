"""The ordinary noise: a fraction of a percent of faulty rows, each one written down as truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from monitor.demo.identity import break_npis
from monitor.demo.plans import Plan

Truth = dict[str, Any]

DUPLICATES = 0.0012
BROKEN = 0.0008
MISSING = 0.0008
REVERSED = 0.0006
INVALID = 0.0006
DOTTED = 0.0005


def spoil_encounters(frame: pl.DataFrame, rng: np.random.Generator) -> tuple[pl.DataFrame, Truth]:
    """Return the encounters with faults and duplicates planted, and where they are.

    Lines that some other truth rests on (``_kept``) are left alone.
    """
    count = frame.height
    free = rng.permutation(np.flatnonzero(~frame["_kept"].to_numpy()))
    at = 0

    def take(share: float, fits: pl.Series) -> NDArray[np.int64]:
        nonlocal at
        wanted = max(round(share * count), 1)
        ok = fits.fill_null(False).to_numpy()
        rest = free[at:]
        chosen = rest[ok[rest]][:wanted]
        free[at:] = np.concatenate([chosen, rest[~np.isin(rest, chosen)]])
        at += len(chosen)
        return np.sort(chosen)

    rendered = frame["rendering_npi"].is_not_null()
    broken = take(BROKEN, rendered)
    missing = take(MISSING, (frame["claim_type"] == "P") & (frame["_domain"] == "PH"))
    turned = take(REVERSED, frame["service_to"] == frame["service_from"])
    invalid = take(INVALID, frame["claim_type"] != "R")
    dotted = take(DOTTED, frame["diagnosis_codes"].str.len_chars() >= 5)
    twice = take(
        DUPLICATES,
        (frame["frequency"] == "1")
        & (frame["line_status"] == "paid")
        & (frame["line_number"] == 1)
        & ~frame["_domain"].is_in(["OTHER"])
        & ~frame["encounter_id"].is_in(frame["original_encounter_id"].drop_nulls().to_list())
        & (frame["procedure_code"].is_not_null() | frame["ndc"].is_not_null()),
    )
    index = pl.int_range(pl.len())
    spoiled = frame.with_columns(
        _fault=pl.when(index.is_in(broken))
        .then(pl.lit("npi_check_digit"))
        .when(index.is_in(missing))
        .then(pl.lit("missing_place_of_service"))
        .when(index.is_in(turned))
        .then(pl.lit("service_to_before_service_from"))
        .when(index.is_in(invalid))
        .then(pl.lit("invalid_diagnosis"))
        .when(index.is_in(dotted))
        .then(pl.lit("dotted_diagnosis"))
    )
    true = frame["rendering_npi"].gather(broken).to_numpy().astype(str)
    npi = frame["rendering_npi"].scatter(broken, pl.Series(break_npis(true, rng)))
    fault, dx = pl.col("_fault"), pl.col("diagnosis_codes")
    spoiled = spoiled.with_columns(
        rendering_npi=npi,
        place_of_service=pl.when(fault == "missing_place_of_service")
        .then(None)
        .otherwise("place_of_service"),
        service_to=pl.when(fault == "service_to_before_service_from")
        .then(pl.col("service_from").dt.offset_by("-1d"))
        .otherwise("service_to"),
        diagnosis_codes=pl.when(fault == "invalid_diagnosis")
        .then(dx + ";XX999")
        .when(fault == "dotted_diagnosis")
        .then(dx.str.slice(0, 3) + "." + dx.str.slice(3))
        .otherwise(dx),
    )
    copies = spoiled[twice].with_columns(
        encounter_id=pl.col("encounter_id") + "-R",
        _fault=pl.lit("duplicate"),
        original_encounter_id=pl.lit(None, dtype=pl.String),
    )
    return pl.concat([spoiled, copies]), {
        "lines": count + len(twice),
        "duplicates": copies["encounter_id"].sort().to_list(),
        "faulty_lines": {
            str(name): part.select(pl.concat_str("encounter_id", "line_number", separator="/"))
            .to_series()
            .sort()
            .to_list()
            for (name,), part in spoiled.filter(fault.is_not_null())
            .partition_by("_fault", as_dict=True, maintain_order=True)
            .items()
        },
    }


def spoil_providers(
    frame: pl.DataFrame, plan: Plan, rng: np.random.Generator
) -> tuple[pl.DataFrame, Truth]:
    """Return the providers with wrong NPIs, blanks and slips planted, and where they are.

    A wrong NPI goes to someone listed once who is nobody's group, and not to behavioral providers
    at work: their encounters would then look like a stranger's.
    """
    count = frame.height
    once = frame.join(frame.group_by("npi").len(), on="npi", how="left", maintain_order="left")
    group = frame["group_npi"].drop_nulls().to_list()
    works = once["_behavioral"] & ~once["_idle"]
    could = ((once["len"] == 1) & ~works & ~once["npi"].is_in(group)).to_numpy()
    wrong = rng.choice(
        np.flatnonzero(could),
        min(max(round(plan.wrong_npi * count), 1), int(could.sum())),
        replace=False,
    )
    wrong = np.sort(wrong)
    true = frame["npi"].gather(wrong).to_numpy().astype(str)
    listed = break_npis(true, rng)
    draw = rng.uniform(size=count)
    slips = rng.permutation(np.setdiff1d(np.flatnonzero(~frame["_behavioral"].to_numpy()), wrong))
    no_phone, bad_zip, ages = slips[:2], slips[2:4], slips[4:5]
    index = pl.int_range(pl.len())
    spoiled = frame.with_columns(
        npi=frame["npi"].scatter(wrong, pl.Series(listed)),
        county_fips=pl.when(pl.Series(draw >= 0.01)).then("county_fips"),
        phone=pl.when(~index.is_in(no_phone)).then("phone"),
        zip=pl.when(index.is_in(bad_zip)).then(pl.col("zip").str.slice(0, 4)).otherwise("zip"),
        age_min=pl.when(index.is_in(ages)).then(65).otherwise("age_min"),
        age_max=pl.when(index.is_in(ages)).then(18).otherwise("age_max"),
        last_verified_on=pl.when(pl.col("_stale") & pl.Series(draw > 0.9))
        .then(None)
        .otherwise("last_verified_on"),
    )
    return spoiled, {
        "rows": count,
        "wrong_npis": [
            {"listed": str(shown), "true": str(npi)}
            for shown, npi in zip(listed, true, strict=True)
        ],
        "stale_rows": int(frame["_stale"].sum()),
        "faulty_rows": {
            "missing_phone": spoiled["npi"].gather(np.sort(no_phone)).to_list(),
            "zip_of_four_digits": spoiled["npi"].gather(np.sort(bad_zip)).to_list(),
            "ages_reversed": spoiled["npi"].gather(ages).to_list(),
        },
    }


def spoil_members(frame: pl.DataFrame, rng: np.random.Generator) -> tuple[pl.DataFrame, Truth]:
    """Return the members with a few blanks and slips, and where they are."""
    order = rng.permutation(frame.height)
    each = max(round(0.0005 * frame.height), 1)
    sex, fips, cell = order[:each], order[each : 2 * each], order[2 * each : 3 * each]
    blank = order[3 * each : 3 * each + round(0.006 * frame.height)]
    index = pl.int_range(pl.len())
    spoiled = frame.with_columns(
        sex=pl.when(index.is_in(sex)).then(pl.lit("9")).otherwise("sex"),
        county_fips=pl.when(~index.is_in(fips)).then("county_fips"),
        rate_cell=pl.when(index.is_in(cell)).then(None).otherwise("rate_cell"),
        latitude=pl.when(~index.is_in(blank)).then("latitude"),
        longitude=pl.when(~index.is_in(blank)).then("longitude"),
    )
    return spoiled, {
        "rows": frame.height,
        "without_point": len(blank),
        "faulty_rows": {
            name: spoiled["member_id"].gather(np.sort(rows)).to_list()
            for name, rows in (("sex_9", sex), ("no_county", fips), ("no_rate_cell", cell))
        },
    }
