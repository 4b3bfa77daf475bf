"""The answers of the NAAAR: every figure worked out by hand, nothing said that is not known."""

import json
from dataclasses import replace

import pytest

from monitor.export.naaar import ExportError, export_naaar
from monitor.export.naaar_items import type_of
from rules.contract import load


@pytest.fixture
def naaar(tmp_path, made):
    def run(findings, **more):
        only = more.pop("only", ())
        store, review = made.store_of(tmp_path, findings, **more)
        export_naaar(store, review, tmp_path / "out.json", only=only)
        return json.loads((tmp_path / "out.json").read_text())

    return run


def told(record, plan, standard):
    """Return the answers given in section C and D as item -> value."""
    answers = record["III"][plan]["standards"][str(standard)]
    return {item: each["value"] for item, each in answers.items() if each["value"] is not None}


def test_the_standards_of_a_review_one_a_region(made, naaar):
    record = naaar(made.full_review())
    rows = [
        (
            each["standard"],
            each["requirement_id"],
            *(each[f"II.A.{item}"]["value"] for item in range(1, 8)),
        )
        for each in record["II.A"]
    ]
    time = "Maximum time or distance (e.g. 1 provider within 30 min or 30 miles)"
    sud = "Substance Use Disorder (SUD)"
    directory, cite = "Plan Provider Directory Review", "(base 3.2.1, p. 41)"
    psychiatry = "Psychiatry (CMS HSD 029)"
    within = "within 60 minutes and 50 miles"
    assert rows == [
        (
            *(1, "NET-1", "Mental health", psychiatry, time),
            f"At least 90% of enrollees within 30 minutes and 20 miles of a provider {cite}",
            *("Geomapping", "Adult", "Metro"),
        ),
        (
            *(2, "NET-1", "Mental health", psychiatry, time),
            f"At least 85% of enrollees within 60 minutes and 50 miles of a provider {cite}",
            *("Geomapping", "Adult", "Rural"),
        ),
        (
            *(3, "NET-2", "Mental health", psychiatry, "Provider to enrollee ratios"),
            f"Psychiatry: 0.12 providers per 1,000 enrollees of a county, rounded up, {within} "
            f"{cite}",
            *(directory, "Adult", "Rural"),
        ),
        (
            *(4, "NET-3", "Primary care", "Primary care (CMS HSD S03)"),
            "Provider to enrollee ratios",
            f"Primary care: at least 1 provider per 500 enrollees, rounded up {cite}",
            *(directory, "Adult and pediatric", "Statewide"),
        ),
        (
            *(5, "NET-4", sud, "Outpatient sud", "Appointment wait time"),
            "At least 90% of appointments asked for (routine) are offered within 10 business days "
            f"{cite}",
            *("Secret Shopper: Appointment Availability", "Pediatric", "Statewide"),
        ),
        (
            *(6, "NET-5", "Mental health"),
            "Inpatient psychiatric facility services (CMS HSD 052)",
            "Minimum number of network providers",
            "Inpatient psychiatric facility services: at least 12 beds in each region "
            "(base 3.2.1, p. 41)",
            *(directory, "Enrollees with serious mental illness", "North"),
        ),
    ]


def test_figures_of_a_region_add_up_its_counties(made, naaar):
    record = naaar(made.full_review())
    # 140 of 150 and never the average of 90% and 100%; the longest of 40 and 55.25 minutes.
    assert told(record, "STEADY", 2) == {
        "III.D.1a": "93.33%",
        "III.D.2a": 55.2,
        "III.D.3a": 27.6,
    }
    assert told(record, "STEADY", 1)["III.D.1a"] == "100.00%"
    # The lower of 4 and 3; the worse of 1:250 and 1:166.7.
    assert told(record, "STEADY", 3) == {"III.D.4a": 3, "III.D.5a": "1:250.0"}
    assert told(record, "STEADY", 4) == {"III.D.4a": 3, "III.D.5a": "1:466.7"}
    assert told(record, "STEADY", 5) == {"III.D.6a": "94.00%"}
    assert told(record, "STEADY", 6) == {"III.D.4a": "40 beds"}


def test_units_and_findings_stand_beside_the_values(made, naaar):
    record = naaar(made.full_review())
    assert record["III"]["STEADY"]["standards"]["1"]["III.D.2a"] == {
        "value": 12.0,
        "unit": "minutes",
        "findings": [
            made.finding_id("demo-imc", "STEADY", "NET-1", "NW01", "Davis (47037)/psychiatry/adult")
        ],
    }


def test_non_compliance_names_the_counties_and_the_findings(made, naaar):
    record = naaar(made.full_review())
    bell, cole = (
        made.finding_id("demo-imc", "GHOST", "NET-1", "NW01", f"{county}/psychiatry/adult")
        for county in ("Bell (47001)", "Cole (47003)")
    )
    answers = told(record, "GHOST", 2)
    # Ten people live in Cole: its percentage would tell of persons.
    assert answers == {
        "III.C.1": "Plan is non-compliant for this standard",
        "III.C.2a": "Geomapping",
        "III.C.2b": f"Not met in 2 of 2 Rural areas: Bell (47001) 40.00% [{bell}]; Cole (47003) "
        f"(fewer than 11 enrollees) [{cole}]. Review R1.",
        "III.D.1a": "40.91%",
        "III.D.2a": 90.0,
        "III.D.3a": 45.0,
    }
    assert told(record, "GHOST", 4)["III.C.2b"].startswith(
        "Not met in 1 of 1 area: The plan 2 of 3 needed ["
    )
    assert record["III"]["GHOST"]["III.A.1"]["value"] == (
        "No, the plan does not comply on all standards based on all analyses or exceptions granted"
    )


def test_a_shortfall_with_an_exception_is_shown_and_not_called_non_compliant(made, naaar):
    answers = told(naaar(made.full_review()), "GHOST", 1)
    ident = made.finding_id("demo-imc", "GHOST", "NET-1", "NW01", "Davis (47037)/psychiatry/adult")
    assert answers == {
        "III.C.2a": "Geomapping",
        "III.C.2b": "Not met in 1 of 1 Metro area, 1 of them with an exception: Davis (47037) "
        f"50.00% [{ident}]. Review R1.",
        "III.C.3a": "Yes",
        "III.C.3b": "Davis (47037): exception EX-1 until 2026-12-31 (amendment 2, 4.1)",
        "III.C.3c": "one psychiatrist practises there (1 such provider practises in the area)",
        "III.D.1a": "50.00%",
        "III.D.2a": 45.0,
        "III.D.3a": 22.5,
    }


def test_what_was_not_measured_is_neither_compliance_nor_the_contrary(made, naaar):
    record = naaar(made.full_review())
    assert told(record, "GHOST", 5) == {
        "III.C.2b": "Not measured in 1 area: no appointments table was submitted",
        "III.D.6a": "N/A",
    }
    assert told(record, "GHOST", 6) == {"III.D.4a": "N/A"}
    assert record["notes"]["not_measured"] == [
        "GHOST, NET-4, Statewide: all of it could not be measured: no appointments table was "
        "submitted",
        "GHOST, NET-5, North: N/A, North: no members on that day",
    ]


def test_assurance_is_yes_only_where_all_is_measured_and_met(made, naaar):
    record = naaar(made.full_review())
    assert record["III"]["STEADY"]["III.A.1"]["value"] == (
        "Yes, the plan complies based on all analyses"
    )
    assert (
        "III.A.1 of STEADY: every standard is met; it is the state's assurance"
        in record["notes"]["to_check"]
    )


@pytest.mark.parametrize("verdict", ["could_not_run", "not_applicable"])
def test_assurance_is_left_open_where_a_standard_has_no_figure(made, naaar, verdict):
    some = [made.wait("STEADY", 47, 50), made.beds("STEADY", 0, verdict=verdict)]
    record = naaar(some, plans=("STEADY",))
    assert record["III"]["STEADY"]["III.A.1"] == {"value": None}
    assert record["notes"]["to_fill"][-1] == (
        "III.A.1 of STEADY: nothing is not met, but 1 of 2 standards have no figure, or some of "
        "their counties could not be measured"
    )


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2026Q1", {"III.D.6a": "94.00%"}),
        ("2026Q4", {"III.D.6d": "94.00%"}),
        ("2026", {"III.D.6e": "94.00%", "III.D.6f": "2026-12-31"}),
        ("2024-02", {"III.D.6e": "94.00%", "III.D.6f": "2024-02-29"}),
    ],
)
def test_a_result_stands_where_its_time_goes(made, naaar, period, expected):
    record = naaar([made.wait("STEADY", 47, 50)], plans=("STEADY",), period=period)
    assert told(record, "STEADY", 1) == expected


def test_a_share_just_short_is_not_met_whatever_it_rounds_to(made, naaar):
    short = made.reach("STEADY", "Bell (47001)", "rural", 8996, 10000, 9, verdict="not_met")
    answers = told(naaar([short], plans=("STEADY",)), "STEADY", 1)
    assert (answers["III.C.1"], answers["III.D.1a"]) == (
        "Plan is non-compliant for this standard",
        "89.96%",
    )


@pytest.mark.parametrize(
    ("found", "of", "ratio"),
    [(0, 11, "0:11"), (0, 10, "0:fewer than 11"), (2, 10, "2:fewer than 11"), (2, 11, "1:5.5")],
)
def test_a_ratio_does_not_tell_of_few_people(made, naaar, found, of, ratio):
    record = naaar([made.number("STEADY", "Bell (47001)", "rural", found, of)], plans=("STEADY",))
    assert told(record, "STEADY", 1)["III.D.5a"] == ratio


def test_evidence_without_a_figure_leaves_the_cell_and_says_so(made, naaar):
    bare = made.reach(
        "STEADY", "Bell (47001)", "rural", 0, 100, 9, evidence={"longest_minutes": None}
    )
    record = naaar([bare], plans=("STEADY",))
    answers = told(record, "STEADY", 1)
    assert (answers["III.D.1a"], answers["III.D.2a"]) == ("0.00%", "N/A")
    assert record["notes"]["not_measured"] == [
        "III.D.2 of STEADY, NET-1, Rural: the review has no figure"
    ]


def test_what_is_not_in_force_is_no_standard(made, naaar, tmp_path):
    late = made.wait("STEADY", 1, 2, verdict="not_applicable", message="applies from 2027-07-09")
    gone = made.beds(
        "STEADY", 1, verdict="not_applicable", message="no longer found; in 2025Q4 it was not met"
    )
    record = naaar([made.per_members("STEADY", 3, 1400), late, gone], plans=("STEADY",))
    assert [each["requirement_id"] for each in record["II.A"]] == ["NET-3"]


def test_a_county_of_unknown_class_is_listed_and_left_without_a_region(made, naaar):
    unknown = made.reach(
        *("STEADY", "Bell (47001)", "rural", 0, 100, 9),
        evidence={"county_class": None},
        verdict="could_not_run",
        message="Bell (47001): the county's class is unknown",
    )
    record = naaar([unknown], plans=("STEADY",))
    assert record["II.A"][0]["II.A.7"] == {"value": None}
    assert "II.A.7 of NET-1, region unknown: the review does not tell" in record["notes"]["to_fill"]


def test_text_that_a_spreadsheet_would_run_is_made_harmless(made, naaar):
    record = naaar([made.wait("=1+1", 47, 50)], plans=("=1+1",))
    assert record["I.B"] == [{"value": "'=1+1"}]
    assert list(record["III"]) == ["'=1+1"]


def test_only_the_requirements_asked_for(made, naaar):
    record = naaar(made.full_review(), only=("NET-4", "NET-5"))
    assert [each["requirement_id"] for each in record["II.A"]] == ["NET-4", "NET-5"]


def test_a_review_without_network_standards_is_refused(made, tmp_path):
    store, review = made.store_of(tmp_path, [])
    with pytest.raises(ExportError) as refused:
        export_naaar(store, review, tmp_path / "out.json", only=("X",))
    assert str(refused.value) == (
        "review R1 holds no network standard (rules NW01 to NW05) whose id begins with X"
    )


@pytest.mark.parametrize(
    ("slug", "domain", "core"),
    [
        ("primary_care", "PH", "Primary care"),
        ("cardiology", "PH", "Specialist"),
        ("psychiatry", "BH", "Mental health"),
        ("outpatient_behavioral_health", "BH", "Mental health"),
        ("outpatient_mh_sud", "BH", "Mental health"),
        ("opioid_treatment", "BH", "Substance Use Disorder (SUD)"),
        ("outpatient_sud", "", "Substance Use Disorder (SUD)"),
        ("obgyn", "", "OB/GYN"),
        ("acute_hospital", "PH", "Hospital"),
        ("tattoo_parlor", "", ""),
    ],
)
def test_the_core_type_of_a_specialty(slug, domain, core):
    assert type_of(slug, domain) == core


def test_enrollees_without_a_way_are_told(naaar, made):
    lost = {"unlocated": 3.0, "unreachable": 2, "outside": 0, "travel": "road graph"}
    some = [
        made.reach("STEADY", "Bell (47001)", "rural", 90, 100, 40, evidence=lost),
        made.reach("STEADY", "Davis (47037)", "metro", 90, 100, 40),
    ]
    assert naaar(some, plans=("STEADY",))["notes"]["to_check"] == [
        "III.D.2, III.D.3 of STEADY, NET-1, Rural: 5 enrollees have no way (not located, not "
        "reached, or off the map)",
        "III.D: quarters are those of the calendar year",
        "III.D.1 to III.D.3: miles and minutes are road graph, straight lines; enrollees without a "
        "way count in the base, and in no longest way",
        "I.B: plans stand under their ids; CMS wants the names of the MCPAR",
        "III.A.1 of STEADY: every standard is met; it is the state's assurance",
    ]


def test_the_pack_is_held_against_the_reviews(tmp_path, made):
    store, review = made.store_of(tmp_path, made.full_review())
    pack = load("demo-imc")

    def warned(recorded, contract):
        known = replace(review, pack_digest=recorded)
        written = export_naaar(store, known, tmp_path / "out.json", contract=contract)
        assert json.loads((tmp_path / "out.json").read_text())["pack_digest"] == recorded
        return written.warnings

    assert warned(pack.digest, pack) == warned("another", None) == ()
    [told] = warned("another" * 9, pack)
    assert f"(digest {pack.digest[:12]}) is not the one of review R1 (digest anotheranoth)" in told
    [told] = warned("", pack)
    assert "is not the one of review R1 (no digest recorded)" in told
