"""Frames by question, against figures worked out on paper."""

import polars as pl
import pytest

from dashboards import filters, months, reach, standing, who_runs
from dashboards.address import Query
from monitor.scorecard import scorecard
from rules.specialty import bh_specialties


@pytest.fixture
def found(archive, made):
    return archive.findings(made.LATEST)


def test_the_behavioral_specialties_are_those_of_the_value_set():
    assert bh_specialties() == reach.BH_SPECIALTIES


def test_the_scorecard_says_what_the_command_line_says(found, sample):
    said = {
        (area, plan): words
        for area, plans in scorecard(sample.findings).items()
        for plan, words in plans.items()
    }
    cells = standing.scorecard(found)
    assert {
        key: f"{cell.count} {cell.severity} not met"
        if cell.verdict == "not_met"
        else cell.verdict.replace("_", " ")
        for key, cell in cells.items()
    } == said
    assert standing.areas(found) == list(scorecard(sample.findings))


def test_cells_count_what_could_not_run_beside_what_is_not_met(found):
    cells = standing.scorecard(found)
    assert cells["Network", "ALPHA"] == standing.Cell("not_met", "major", 3, 1, 10, 14)
    assert cells["Functions", "BETA"] == standing.Cell("not_met", "major", 1, 1, 0, 2)
    assert cells["Delegation", "ALPHA"] == standing.Cell("not_applicable", "", 1, 0, 0, 1)
    assert cells["Functions", "ALPHA"] == standing.Cell("met", "", 2, 0, 2, 2)
    assert ("Encounters", "ALPHA") not in cells


def test_what_could_not_run_alone_says_so(found):
    stuck = found.filter(verdict="could_not_run", plan_id="BETA")
    assert standing.scorecard(stuck) == {
        ("Functions", "BETA"): standing.Cell("could_not_run", "", 1, 0, 0, 1)
    }


def test_severity_and_change(found, made):
    assert standing.by_severity(found) == {
        ("ALPHA", "major"): 3,
        ("ALPHA", "info"): made.FILLERS,
        ("BETA", "critical"): 4,
        ("BETA", "major"): 2,
    }
    assert standing.by_change(found) == {
        ("critical", "new"): 3,
        ("critical", "persisting"): 1,
        ("major", "new"): 5,
        ("major", "resolved"): 1,
        ("info", "new"): made.FILLERS,
    }


def test_requirements_not_met_come_gravest_first(found, made):
    frame = standing.by_requirement(found)
    assert frame.select("severity", "plan_id", "rule", "findings", "lines").rows() == [
        ("critical", "BETA", "DL01", 1, 0),
        ("critical", "BETA", "DL02", 1, 0),
        ("critical", "BETA", "NW06", 1, 61),
        ("critical", "BETA", "SP01", 1, 0),
        ("major", "ALPHA", "NW01", 1, 0),
        ("major", "ALPHA", "NW01", 2, 0),
        ("major", "BETA", "EN01", 1, 2),
        ("major", "BETA", "IF01", 1, 0),
        ("info", "ALPHA", "encounters.units.number", made.FILLERS, 0),
    ]


def test_specialties_are_those_measured(found):
    assert reach.specialties(found) == [
        reach.Specialty("psychiatry", "Psychiatry", True),
        reach.Specialty("primary_care", "Primary care", False),
    ]


def test_counties_are_the_findings_figures(found, made):
    frame = reach.counties(found, "ALPHA", "psychiatry")
    told = {row["fips"]: row for row in frame.iter_rows(named=True)}
    assert {
        fips: (row["members"], row["within"], row["required"], row["county_class"])
        for fips, row in told.items()
        if row["within"] is not None
    } == made.PSYCHIATRY
    assert told["47157"]["beyond"] == 60
    assert (told["47157"]["county"], told["47157"]["verdict"]) == ("Shelby", "not_met")
    assert (told["47095"]["county"], told["47095"]["verdict"]) == ("Lake", "could_not_run")
    assert told["47095"]["members"] is None


def test_totals_are_sums_over_what_was_counted(found, made):
    total = reach.total(reach.counties(found, "ALPHA", "psychiatry"))
    members = sum(held[0] for held in made.PSYCHIATRY.values())
    within = sum(held[1] for held in made.PSYCHIATRY.values())
    assert total == reach.Total(members, within, counties=6, short=2, uncounted=1)
    assert total.share == within / members
    assert reach.Total(0, 0, 0, 0, 0).share is None


def test_gaps_put_both_specialties_and_the_providers_side_by_side(found):
    bh = reach.counties(found, "ALPHA", "psychiatry")
    ph = reach.counties(found, "ALPHA", "primary_care")
    gaps = reach.gaps(bh, ph, reach.provider_counts(found, "ALPHA", "psychiatry"))
    told = {row["fips"]: row for row in gaps.iter_rows(named=True)}
    assert (told["47157"]["within"], told["47157"]["within_ph"]) == (440, 500)
    assert (told["47007"]["counted"], told["47007"]["needed"]) == (3, 1)
    assert (told["47037"]["counted"], told["47095"]["within_ph"]) == (None, None)


def test_standards_and_limits_by_class(found):
    frame = reach.counties(found, "ALPHA", "psychiatry")
    assert reach.standards(frame) == {0.85: ["rural"], 0.9: ["metro"]}
    assert reach.limits(frame).rows() == [
        ("metro", "45 minutes and 30 miles", 0.9),
        ("rural", "45 minutes and 30 miles", 0.85),
    ]
    nobody = frame.head(1).with_columns(required=pl.lit(None, pl.Float64))
    assert reach.limits(pl.concat([frame, nobody])).rows() == reach.limits(frame).rows()
    assert reach.limits(nobody).rows() == [("metro", "45 minutes and 30 miles", None)]


def test_months_are_the_evidences(found, made):
    frame = months.by_month(found, "BETA")
    assert frame.select("month", "bh_benefit", "bh_rate", "ph_benefit", "mature").rows() == (
        made.MONTHS
    )
    assert frame["ratio"].to_list() == pytest.approx([0.9, 0.8, 0.628, 0.3, 0.1])
    assert frame["bh_share"].to_list() == pytest.approx(
        [900 / 3900, 800 / 4000, 628 / 3768, 300 / 1300, 100 / 600]
    )
    assert frame["counts"].to_list() == [True, True, True, False, False]
    assert months.by_month(found)["plan_id"].unique().sort().to_list() == ["ALPHA", "BETA"]


def test_ratios_are_those_judged(found):
    frame = months.ratios(found)
    assert frame.select("plan_id", "ratio", "required", "verdict").rows() == [
        ("ALPHA", 1.0, 0.85, "met"),
        ("BETA", 2328 / 3000, 0.85, "not_met"),
    ]


def test_a_month_without_a_base_has_no_share(found):
    frame = found.filter(rule="SP01", plan_id="BETA")
    empty = '{"months":[{"month":"2025-10","bh_benefit":0,"bh_rate":0,"ph_benefit":0}]}'
    told = months.by_month(frame.with_columns(evidence=pl.lit(empty)))
    assert told.select("ratio", "bh_share").rows() == [(None, None)]


def test_who_runs_each_function(found, made):
    frame = who_runs.functions(found, "BETA")
    assert frame.drop("finding_id").rows() == [
        ("BETA", "call_center", "plan", "CoreClaims", "", "", "could_not_run"),
        ("BETA", "claims_system", "plan", "CoreClaims", made.HOSTILE, "BehaviorPay", "not_met"),
    ]


def test_subcontractors_gather_what_three_rules_found(found, made):
    held = who_runs.subcontractors(found)
    assert [(one.plan_id, one.id, one.name, one.faults) for one in held] == [
        ("BETA", "SUB1", made.HOSTILE, 2)
    ]
    assert held[0].verdicts == {"DL01": "not_met", "DL02": "not_met", "DL03": "met"}
    assert (held[0].told["miles"], held[0].told["beyond"]) == (196.877, ["claims"])


def test_choices_are_what_the_review_holds(found, archive, made):
    reviews = archive.reviews()
    open_to = filters.choices(found, reviews[0], reviews)
    assert open_to["plan"] == [
        {"value": "ALPHA", "label": "ALPHA"},
        {"value": "BETA", "label": "BETA"},
    ]
    assert open_to["review"] == [
        {"value": made.LATEST, "label": "2026Q1 of 2026-04-20, latest"},
        {"value": made.EARLIER, "label": "2026Q1 of 2026-01-01"},
    ]
    rules = [choice["value"] for choice in open_to["rule"]]
    assert (rules[0], rules[-1], len(rules)) == ("DL01", "encounters.units.number", 16)


def test_faults_name_what_the_review_does_not_have(found, archive):
    reviews = archive.reviews()
    open_to = filters.choices(found, reviews[0], reviews)
    asked = Query(plan="NOPE", severity="grave", verdict="all", text="any")
    assert filters.faults(asked, open_to, ("plan", "severity", "verdict", "text", "rule")) == [
        "No plan NOPE in this review. It has ALPHA and BETA.",
        "No severity grave in this review. It has critical, major, minor and info.",
    ]
