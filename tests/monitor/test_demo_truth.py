"""What is planted is there: found in the files by plain counting, over five seeds."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from monitor.demo import make_state
from rules.contract import load

SEEDS = (1, 2, 3, 7, 11)
PLANS = ("STEADY", "SILO", "DRIFT", "GHOST")
FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
BH_PEOPLE = ("2084P", "103T", "1041C", "101Y", "106H", "363LP0808X")

pytestmark = pytest.mark.xdist_group("demo truth")


class State:
    """A made state and its tables, each read once, every column as text."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.truth: dict[str, Any] = json.loads((folder / "truth.json").read_text())["plans"]
        self._read: dict[tuple[str, str], pl.DataFrame] = {}

    def table(self, plan: str, name: str) -> pl.DataFrame:
        key = (plan, name)
        if key not in self._read:
            path = self.folder / plan / f"{name}.csv"
            self._read[key] = pl.read_csv(path, infer_schema_length=0)
        return self._read[key]


@pytest.fixture(scope="module")
def state_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], State]:
    made: dict[int, State] = {}

    def state_of_seed(seed: int) -> State:
        if seed not in made:
            folder = tmp_path_factory.mktemp(f"seed{seed}")
            made[seed] = State(make_state("TN", 8000, 18, seed, folder))
        return made[seed]

    return state_of_seed


def dollars(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64)


def day(column: str) -> pl.Expr:
    return pl.col(column).str.to_date("%Y-%m-%d")


def is_behavioral() -> pl.Expr:
    """Told from the principal diagnosis alone: the demo's behavioral care has no other."""
    first = pl.col("diagnosis_codes").str.replace_all(".", "", literal=True)
    return first.str.contains(r"^F(1[0-689]|[2-6]\d|[89]\d)")


def final(encounters: pl.DataFrame) -> pl.DataFrame:
    corrected = encounters.filter(pl.col("frequency") != "1")["original_encounter_id"]
    return encounters.filter(
        (pl.col("frequency") != "8") & ~pl.col("encounter_id").is_in(corrected.to_list())
    )


def benefit_by_month(state: State, plan: str) -> pl.DataFrame:
    """Return month, bh and ph dollars of final paid lines, at schedule prices if sub-capitated."""
    price = pl.coalesce(dollars("ffs_equivalent_amount"), dollars("paid_amount"))
    lines = final(state.table(plan, "encounters")).with_columns(
        month=pl.col("service_from").str.slice(0, 7), bh=is_behavioral(), price=price
    )
    return lines.group_by("month").agg(
        bh=pl.col("price").filter("bh").sum(), ph=pl.col("price").filter(~pl.col("bh")).sum()
    )


def bh_ratio(state: State, plan: str) -> float:
    window = pl.col("month").is_between(pl.lit("2025-01"), pl.lit("2025-12"))
    spent = benefit_by_month(state, plan).filter(window)["bh"].sum()
    rate = (
        state.table(plan, "capitation")
        .filter(window)
        .select((dollars("bh_pmpm") * dollars("member_months")).sum())
    )
    return float(spent) / float(rate.item())


def people_listed(state: State, plan: str) -> pl.DataFrame:
    """Return the individual behavioral providers: npi and group_npi, one row each."""
    kinds = pl.any_horizontal(pl.col("taxonomy").str.starts_with(code) for code in BH_PEOPLE)
    listed = state.table(plan, "providers").filter((pl.col("entity_type") == "individual") & kinds)
    return listed.group_by("npi").agg(pl.col("group_npi").first())


def seen_npis(state: State, plan: str) -> set[str]:
    lines = final(state.table(plan, "encounters")).filter(day("service_from") >= FIRST)
    columns = ("billing_npi", "rendering_npi", "attending_npi")
    return {npi for column in columns for npi in lines[column].drop_nulls()}


def idle_npis(state: State, plan: str) -> set[str]:
    """Return who has no line and whose group bills none without naming who rendered it."""
    lines = state.table(plan, "encounters").filter(
        pl.col("rendering_npi").is_null() & (pl.col("claim_type") != "R")
    )
    whole = set(lines["billing_npi"])
    seen = seen_npis(state, plan)
    return {
        npi
        for npi, group in people_listed(state, plan).iter_rows()
        if npi not in seen and group not in whole
    }


def late_share(state: State, plan: str, behavioral: bool) -> float:
    lines = state.table(plan, "encounters").filter(is_behavioral() == behavioral)
    late = (day("submitted_on") - day("adjudicated_on")).dt.total_days() > 30
    return float(lines.select(late.mean()).item())


@pytest.mark.parametrize("seed", SEEDS)
def test_only_drift_leaves_the_behavioral_part_of_its_rate_unspent(
    seed: int, state_of: Callable[[int], State]
) -> None:
    state = state_of(seed)
    ratios = {plan: bh_ratio(state, plan) for plan in PLANS}

    assert ratios["DRIFT"] < 0.82
    assert 0.91 < ratios["STEADY"] < 1.0
    assert all(0.90 < ratios[plan] < 1.03 for plan in ("SILO", "GHOST"))
    for plan, ratio in ratios.items():
        assert state.truth[plan]["money"]["bh_benefit_ratio"] == pytest.approx(ratio, rel=0.01)


@pytest.mark.parametrize("seed", SEEDS)
def test_drift_moves_the_money_from_the_seventh_month_on_and_its_rate_stays(
    seed: int, state_of: Callable[[int], State]
) -> None:
    state = state_of(seed)
    drift = state.truth["DRIFT"]["drift"]
    assert drift["from_month"] == "2025-04"
    months = benefit_by_month(state, "DRIFT").sort("month")
    before = months.filter(pl.col("month") < "2025-04")
    after = months.filter(pl.col("month").is_between(pl.lit("2025-04"), pl.lit("2025-12")))
    # Schedule prices rise by 3 % each January and the months before are few: hence the width.
    assert 0.66 < after["bh"].mean() / before["bh"].mean() < 0.86
    assert after["ph"].mean() > 1.01 * before["ph"].mean()
    saved = drift["schedule_dollars_before"] - drift["schedule_dollars_after"]
    assert saved / drift["schedule_dollars_before"] == pytest.approx(0.25, abs=1e-5)
    rates = state.table("DRIFT", "capitation").with_columns(rate=dollars("bh_pmpm"))
    for _, cell in rates.partition_by("rate_cell", as_dict=True).items():
        year = cell.filter(pl.col("month").str.starts_with("2025"))
        assert year["rate"].n_unique() == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_who_is_idle(seed: int, state_of: Callable[[int], State]) -> None:
    state = state_of(seed)
    for plan in PLANS:
        told = state.truth[plan]["idle_providers"]
        listed = people_listed(state, plan).height
        idle = idle_npis(state, plan)
        # A ghost may be listed under a wrong NPI, and is idle under that one.
        wrong = {
            w["true"]: w["listed"] for w in state.truth[plan]["noise"]["providers"]["wrong_npis"]
        }
        assert idle == {wrong.get(npi, npi) for npi in told["npis"]}
        assert listed == told["listed"]
        low, high = (0.38, 0.42) if plan == "GHOST" else (0.05, 0.08)
        assert low < len(idle) / listed < high
        assert 0 < len(told["billed_by_group"]) < 0.06 * listed


@pytest.mark.parametrize("seed", SEEDS)
def test_only_the_silo_is_late_with_behavioral_encounters(
    seed: int, state_of: Callable[[int], State]
) -> None:
    state = state_of(seed)
    shares = {(plan, bh): late_share(state, plan, bh) for plan in PLANS for bh in (True, False)}
    assert shares.pop(("SILO", True)) >= 0.30
    assert all(0.01 < share < 0.03 for share in shares.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_only_the_ghosts_directory_is_stale_and_misnumbered(
    seed: int, state_of: Callable[[int], State]
) -> None:
    state = state_of(seed)
    for plan in PLANS:
        rows = state.table(plan, "providers")
        fresh = (pl.lit(date(2026, 3, 31)) - day("last_verified_on")).dt.total_days() <= 90
        stale = 1 - float(rows.select(fresh.fill_null(False).mean()).item())
        wrong = float(rows.select((~pl.col("npi").map_elements(passes, pl.Boolean)).mean()).item())
        told = state.truth[plan]["noise"]["providers"]
        assert len(told["wrong_npis"]) == round(wrong * rows.height)
        if plan == "GHOST":
            assert 0.24 < stale < 0.32
            assert 0.025 < wrong < 0.035
        else:
            assert 0.02 < stale < 0.06
            assert 0 < wrong < 0.005


def passes(npi: str) -> bool:
    digits = [int(digit) for digit in "80840" + npi]
    doubled = [sum(divmod(2 * d, 10)) if place % 2 else d for place, d in enumerate(digits[::-1])]
    return sum(doubled) % 10 == 0


MILES = {
    # taxonomies: farthest miles in metro, micro and rural counties (42 CFR 422.116(d), Table 1)
    ("207Q00000X", "207R00000X", "208D00000X", "208000000X"): (10, 20, 30),
    ("2084P0800X", "2084P0804X"): (30, 45, 60),
    ("1041C0700X",): (20, 35, 60),
    ("282N00000X",): (30, 60, 60),
}


def short_counties(state: State, plan: str) -> set[tuple[str, str]]:
    """Return county and first taxonomy where under 90 % (metro) or 85 % are within the miles."""
    classes = load("demo-imc").county_classes
    members = (
        state.table(plan, "members")
        .drop_nulls(["county_fips", "latitude"])
        .filter(pl.col("enrolled_to").is_null())
    )
    home = np.radians(members.select(dollars("latitude"), dollars("longitude")).to_numpy())
    fips = members["county_fips"].to_numpy()
    kind = np.array(["metro", "micro", "rural"])
    column = np.array([int(np.flatnonzero(kind == classes[code])[0]) for code in fips])
    short = set()
    for taxonomies, miles in MILES.items():
        rows = state.table(plan, "providers").filter(
            pl.col("taxonomy").is_in(taxonomies) & (pl.col("telehealth") != "only")
        )
        site = np.radians(rows.select(dollars("latitude"), dollars("longitude")).to_numpy())
        # Haversine, pair by pair.
        half = np.sin((home[:, None, :] - site[None, :, :]) / 2) ** 2
        part = half[..., 0] + np.cos(home[:, None, 0]) * np.cos(site[None, :, 0]) * half[..., 1]
        nearest = 2 * 3958.76 * np.arcsin(np.sqrt(part)).min(axis=1)
        within = nearest <= np.array(miles)[column]
        for county in np.unique(fips):
            needed = 0.9 if classes[county] == "metro" else 0.85
            if within[fips == county].mean() < needed:
                short.add((str(county), taxonomies[0]))
    return short


@pytest.mark.parametrize("seed", SEEDS)
def test_only_steady_has_a_thin_county_and_only_one(
    seed: int, state_of: Callable[[int], State]
) -> None:
    state = state_of(seed)
    thin = state.truth["STEADY"]["thin_county"]["county_fips"]
    assert load("demo-imc").county_classes[thin] in ("rural", "micro")
    assert short_counties(state, "STEADY") == {(thin, "207Q00000X")}
    for plan in ("SILO", "DRIFT", "GHOST"):
        assert short_counties(state, plan) == set(), plan


def test_behavioral_clinicians_are_scarcer_where_people_are_few(
    state_of: Callable[[int], State],
) -> None:
    """Members of rural and micro counties for each clinician there, against those of metro."""
    state = state_of(7)
    classes = load("demo-imc").county_classes
    metro = [code for code, name in classes.items() if name == "metro"]
    for plan in PLANS:
        people = people_listed(state, plan)["npi"]
        rows = state.table(plan, "providers").filter(pl.col("npi").is_in(people.to_list()))
        inside = rows["county_fips"].is_in(metro).sum()
        members = state.table(plan, "members")["county_fips"].is_in(metro)
        in_metro = inside / members.sum()
        outside = (rows.height - inside) / (members.len() - members.sum())
        assert outside < in_metro, plan


@pytest.mark.parametrize("plan", PLANS)
def test_the_silo_is_one_and_the_others_are_not(
    plan: str, state_of: Callable[[int], State]
) -> None:
    state = state_of(7)
    silo = plan == "SILO"
    register = state.table(plan, "subcontracts").filter(pl.col("domain") == "BH")
    offices = state.table(plan, "plan_offices")
    at_an_office = register["zip"].is_in(offices["zip"].to_list()).all()
    functions = state.table(plan, "functions").pivot(
        "domain", index="function", values=["operator", "system"]
    )
    apart = functions.filter(
        (pl.col("operator_PH") != pl.col("operator_BH"))
        | (pl.col("system_PH") != pl.col("system_BH"))
    )
    joint = state.table(plan, "coordination").filter(
        (pl.col("kind") == "integrated_care_plan") & (pl.col("actor") == "joint")
    )
    lines = state.table(plan, "encounters").filter(is_behavioral() & (pl.col("claim_type") != "R"))
    handed_on = (lines["payment_arrangement"] == "subcapitated").all()
    reviewers = state.table(plan, "authorizations").filter(pl.col("domain").is_in(["MH", "SUD"]))
    assert register.height == 1
    assert (register["on_site"].item(), at_an_office) == (("N", False) if silo else ("Y", True))
    assert register["payment"].item() == ("subcapitation" if silo else "aso_fee")
    assert (functions.height, apart.height) == (18, 18 if silo else 0)
    assert (joint.height == 0) is silo
    assert handed_on is silo
    assert set(reviewers["reviewer_entity"]) == ({"SUB-BH1"} if silo else {"plan"})
    criteria = state.table(plan, "authorizations").group_by("criteria_set").len()
    assert criteria.height == (2 if silo else 1)


def test_only_in_the_silo_no_site_bills_both(state_of: Callable[[int], State]) -> None:
    state = state_of(7)
    both = {}
    for plan in PLANS:
        lines = state.table(plan, "encounters").filter(pl.col("claim_type") != "R")
        sides = lines.with_columns(bh=is_behavioral()).drop_nulls("bh")
        both[plan] = [
            sides.group_by(column)
            .agg(pl.col("bh").n_unique())
            .filter((pl.col("bh") == 2) & pl.col(column).is_not_null())
            .height
            for column in ("billing_npi", "rendering_site_id")
        ]
    assert both.pop("SILO") == [0, 0]
    assert all(count > 0 for counts in both.values() for count in counts)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_ordinary_noise_is_small_and_written_down(
    seed: int, state_of: Callable[[int], State]
) -> None:
    state = state_of(seed)
    for plan in PLANS:
        lines = state.table(plan, "encounters")
        told = state.truth[plan]["noise"]["encounters"]
        reversed_ = lines.filter(day("service_to") < day("service_from"))
        dotted = lines.filter(pl.col("diagnosis_codes").str.contains(".", literal=True))
        copies = lines.filter(pl.col("encounter_id").str.ends_with("-R"))
        assert lines.height == told["lines"]
        assert sorted(copies["encounter_id"]) == told["duplicates"]
        assert 0.0005 < copies.height / lines.height < 0.003
        faulty = {name: len(keys) for name, keys in told["faulty_lines"].items()}
        assert faulty["service_to_before_service_from"] == reversed_.height
        assert faulty["dotted_diagnosis"] == dotted.height
        assert 0.001 < sum(faulty.values()) / lines.height < 0.006
        outside = state.truth[plan]["out_of_network_lines"] / lines.height
        assert 0.02 < outside < 0.05


@pytest.mark.parametrize("seed", SEEDS)
def test_comorbid_members_cost_two_to_three_times_the_chronically_ill(
    seed: int, state_of: Callable[[int], State]
) -> None:
    """The two groups as a claims analyst would tell them: by any diagnosis on any claim."""
    state = state_of(seed)
    lines = pl.concat(final(state.table(plan, "encounters")) for plan in PLANS).with_columns(
        cost=pl.coalesce(dollars("ffs_equivalent_amount"), dollars("paid_amount")),
        chronic=pl.col("diagnosis_codes").str.contains(r"(^|;)(I|E|J4|N18|M|G)"),
        behavioral=pl.col("diagnosis_codes").str.contains(r"(^|;)F"),
    )
    people = (
        lines.group_by("member_id")
        .agg(pl.col("cost").sum(), pl.col("chronic").any(), pl.col("behavioral").any())
        .filter("chronic")
    )
    costs = dict(people.group_by("behavioral").agg(pl.col("cost").mean()).iter_rows())
    assert 2.0 < costs[True] / costs[False] < 3.0
