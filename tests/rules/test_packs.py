"""The shipped packs: they load, everything is cited, and the figures are what was meant."""

from __future__ import annotations

import time
from collections import Counter
from datetime import date

import pytest

from rules.contract import available, load
from rules.entries import DATA
from rules.params import plain
from rules.registry import rules
from rules.tables import ENVELOPE, TABLES

PACKS = (
    *("az-acom-436", "ca", "demo-imc", "federal-438", "ia-bhaso", "ma-422-116", "mi-mhp"),
    *("mi-pihp", "mn", "nc", "ny"),
)


@pytest.fixture(scope="module")
def packs():
    return {name: load(name) for name in available()}


def test_the_packs_that_come_with_carvein(packs):
    assert available() == PACKS
    assert [pack.id for pack in packs.values()] == list(PACKS)


def test_every_value_and_clause_is_cited_in_a_document_with_a_source(packs):
    cited = [
        (pack.id, asked.id, value.citation)
        for pack in packs.values()
        for asked in pack.requirements
        for value in asked.values
    ] + [
        (pack.id, clause.id, clause.citation) for pack in packs.values() for clause in pack.clauses
    ]
    assert len(cited) > 200
    bare = [
        (pack_id, asked_id)
        for pack_id, asked_id, citation in cited
        if not citation.section or not packs[pack_id].documents[citation.document].source
    ]
    assert bare == []


def test_every_rule_is_asked_for_by_a_shipped_pack(packs):
    asked = {asked.rule for pack in packs.values() for asked in pack.requirements}
    assert sorted(asked - {DATA}) == sorted(rules())


def test_every_table_has_its_data_requirement_in_federal_law(packs):
    asked = {
        asked.id: (asked.applies_to, str(asked.severity), asked.values[0].citation.section)
        for asked in packs["federal-438"].requirements
        if asked.rule == DATA
    }
    assert asked == {
        f"DATA-{table.upper()}": ({"table": table}, "major", "42 CFR 438.242")
        for table in (*TABLES, ENVELOPE)
    }


def test_federal_law_asks_for_a_certification_and_names_no_day(packs):
    certified = packs["federal-438"].requirement("FED-438.606")
    ((value,)) = certified.values
    assert (certified.rule, value.params.max_days, value.unverified) == ("RP01", None, True)


def test_federal_law_demands_encounters_and_the_network(packs):
    demanded = [asked.id for asked in packs["federal-438"].requirements if asked.demands_table]
    assert demanded == ["FED-438.606", "DATA-PROVIDERS", "DATA-ENCOUNTERS"]


def test_what_was_not_read_is_marked_and_what_was_read_is_not(packs):
    marks = {
        clause.id: (clause.unverified, clause.starts)
        for clause in packs["federal-438"].clauses
        if clause.pack == "federal-438"
    }
    oldest = date(2020, 12, 1)
    assert marks == {
        "FED-438.68-TYPES-2020": (False, oldest),
        "FED-438.68-TYPES-2024": (False, date(2024, 7, 9)),
        "FED-438.68-EXCEPTIONS": (False, oldest),
        "FED-438.68-EXCEPTIONS-PAY": (True, date(2024, 7, 9)),
        "FED-438.68-SHOPPER": (True, date(2028, 7, 9)),
        "FED-438.206-NETWORK": (False, oldest),
        "FED-438.206-WAIT": (False, date(2027, 7, 9)),
        "FED-438.207-ASSURANCES": (False, oldest),
        "FED-438.207-NAAAR": (False, date(2025, 7, 9)),
        "FED-438.242-ENCOUNTERS": (False, oldest),
        "FED-438.604-DATA": (False, oldest),
        "FED-438.8-MLR": (False, oldest),
        "FED-438.230-SUBCONTRACTS": (True, oldest),
    }


def test_federal_wait_times_wait_for_their_day_and_are_marked(packs):
    law = packs["federal-438"]
    waits = [asked for asked in law.requirements if asked.id.startswith("FED-438.68-WAIT-")]
    assert [
        (asked.id.removeprefix("FED-438.68-WAIT-"), asked.values[0].params.max_wait)
        for asked in waits
    ] == [
        ("MH-SUD-ADULT", 10),
        ("MH-SUD-PEDIATRIC", 10),
        ("PRIMARY-CARE-ADULT", 15),
        ("PRIMARY-CARE-PEDIATRIC", 15),
        ("OBGYN", 15),
    ]
    told = {
        (
            asked.rule,
            str(asked.severity),
            asked.values[0].params.unit,
            asked.values[0].params.share,
            asked.values[0].unverified,
            asked.in_force(date(2027, 7, 8)),
            asked.in_force(date(2027, 7, 9)) is None,
        )
        for asked in waits
    }
    assert told == {("NW04", "minor", "business_days", 0.9, True, None, False)}


def test_a_second_hand_document_is_cited_by_marked_provisions_only(packs):
    second_hand = [
        (pack.id, str(provision.citation))
        for pack in packs.values()
        for provision in (*pack.clauses, *(v for asked in pack.requirements for v in asked.values))
        if "second hand" in pack.documents[provision.citation.document].title
        and not provision.unverified
    ]
    assert second_hand == []


def test_the_demo_contract(packs):
    demo = packs["demo-imc"]
    assert (demo.model, demo.state, demo.plans, demo.starts, demo.ends) == (
        "mco",
        "TN",
        ("STEADY", "SILO", "DRIFT", "GHOST"),
        date(2024, 7, 1),
        None,
    )
    assert (demo.extends, demo.runout_months) == (("federal-438", "ma-422-116"), 3)
    assert len(demo.county_classes) == 95
    assert {fips[:2] for fips in demo.county_classes} == {"47"}
    assert demo.regions.keys() == demo.county_classes.keys()
    assert Counter(demo.regions.values()) == {"East": 33, "Middle": 41, "West": 21}


def test_every_document_of_the_demo_contract_says_that_it_is_invented(packs):
    demo = packs["demo-imc"]
    own = {asked.id for asked in demo.requirements if asked.pack == "demo-imc"}
    documents = {
        value.citation.document
        for asked in demo.requirements
        if asked.id in own
        for value in asked.values
    }
    assert sorted(documents) == ["imc-a1", "imc-base"]
    for name in documents:
        assert demo.documents[name].invented
        assert "(invented)" in demo.documents[name].title


def test_the_values_of_the_demo_contract_in_a_period_of_2026(packs):
    demo = packs["demo-imc"]
    asked = {
        asked.id: (asked.rule, str(asked.severity), plain(asked.in_force(date(2026, 3, 31)).params))
        for asked in demo.requirements
        if asked.pack == "demo-imc"
    }
    given = {
        name: (rule, severity, {key: params[key] for key in VALUES[name][2]})
        for name, (rule, severity, params) in asked.items()
        if name in VALUES
    }
    assert given == VALUES
    # Those of the later sections: the generated page of the pack holds their figures.
    later = sorted({name.split(".")[0] for name in asked.keys() - VALUES.keys()})
    assert later == ["IMC-8"]


VALUES = {
    "IMC-3.4.1": ("NW03", "major", {"per_members": 2000.0, "at_least": 1.0, "area": "plan"}),
    "IMC-3.4.2": ("NW03", "major", {"per_members": 500.0, "at_least": 1.0, "area": "plan"}),
    "IMC-3.5.1": ("NW05", "critical", {"minimum": 1, "counts": "providers", "area": "region"}),
    "IMC-3.5.2": ("NW05", "major", {"minimum": 2, "counts": "sites", "area": "region"}),
    "IMC-3.7": ("NW07", "major", {"max_share": 0.3, "min_listed": 12, "entities": "individual"}),
    "IMC-3.8": ("NW08", "minor", {"max_lost": 0.05, "by_county": False}),
    "IMC-3.9": ("NW09", "major", {"max_gap": 0.1, "by_county": False}),
    "IMC-3.10.1a": (
        "NW04",
        "major",
        {"max_wait": 10.0, "unit": "business_days", "share": 0.8},
    ),
    "IMC-3.10.1b": (
        "NW04",
        "major",
        {"max_wait": 10.0, "unit": "business_days", "share": 0.8},
    ),
    "IMC-3.10.2a": (
        "NW04",
        "major",
        {"max_wait": 15.0, "unit": "business_days", "share": 0.8},
    ),
    "IMC-3.10.2b": (
        "NW04",
        "major",
        {"max_wait": 15.0, "unit": "business_days", "share": 0.8},
    ),
    "IMC-4.3": ("PD03", "minor", {"max_share": 0.02}),
    "IMC-3.6": ("NW06", "critical", {"months": 12, "min_months_listed": 6, "max_share": 0.15}),
    "IMC-4.1": ("PD01", "major", {"max_share": 0.01}),
    "IMC-4.2": ("PD02", "major", {"max_days": 90, "max_share": 0.1}),
    "IMC-5.2": ("EN01", "major", {"max_days": 30, "max_share": 0.05}),
    "IMC-5.3": ("EN02", "major", {"max_share": 0.005}),
    "IMC-5.5": ("EN03", "major", {"max_share": 0.1}),
    "IMC-5.6": ("EN04", "major", {"max_share": 0.02}),
    "IMC-5.7": ("EN05", "major", {"max_share": 0.1, "months": 12}),
    "IMC-5.8": ("EN06", "major", {"max_share": 0.1, "months": 12}),
    "IMC-5.9": ("EN07", "major", {"max_months": 0, "months": 12}),
    "IMC-5.10": (
        "EN08",
        "major",
        {"min_share": 0.5, "max_months": 0, "months": 12, "least_lines": 50},
    ),
    "IMC-7.1": ("DL01", "critical", {"domain": "BH", "max_miles": 0.1}),
    "IMC-7.2": ("DL02", "critical", {"domains": ["BH", "both"], "payments": ["subcapitation"]}),
    "IMC-7.3": (
        "DL03",
        "major",
        {"domain": "BH", "allowed": ["network", "credentialing", "provider_relations"]},
    ),
    "IMC-7.5": ("IF01", "major", {}),
    **{f"IMC-7.{10 + n}": (f"SL0{n}", "major", {"max_separation": 0.5}) for n in range(1, 8)},
    "IMC-8.1": ("SP01", "critical", {"months": 12, "min_ratio": 0.85}),
    "IMC-8.4": ("SP02", "minor", {"months": 12, "min_share": 0.01}),
    "IMC-9.1": (
        "RP01",
        "major",
        {
            "max_days": 30,
            "titles": [
                "CEO",
                "CFO",
                "Chief Executive Officer",
                "Chief Financial Officer",
                "Delegate",
            ],
        },
    ),
    "IMC-14.1": (
        "QM01",
        "minor",
        {"edition": "MY2025", "min_rate": {"7 days": 0.1, "30 days": 0.2}},
    ),
    "IMC-14.2": (
        "QM02",
        "minor",
        {"edition": "MY2025", "min_rate": {"7 days": 0.1, "30 days": 0.2}},
    ),
    "IMC-14.3": (
        "QM03",
        "info",
        {"edition": "MY2025", "min_rate": {"7 days": 0.05, "30 days": 0.1}},
    ),
    "IMC-14.4": (
        "QM04",
        "info",
        {"edition": "MY2025", "min_rate": {"initiation": 0.1, "engagement": 0.02}},
    ),
    "IMC-14.5": (
        "QM05",
        "info",
        {
            "edition": "MY2024",
            "min_rate": {"84 days": 0.4, "180 days": 0.1},
            "min_known_share": 0.7,
        },
    ),
    "IMC-14.6": (
        "QM06",
        "info",
        {"edition": "MY2025", "min_rate": 0.2, "min_known_share": 0.7},
    ),
    "IMC-14.7": ("QM07", "info", {"edition": "MY2024", "min_rate": 0.1}),
    "IMC-14.8": ("QM08", "info", {"edition": "MY2024", "min_rate": 0.1}),
    "IMC-14.9": (
        "QM09",
        "info",
        {"edition": "MY2025", "min_rate": 0.3, "min_known_share": 0.7},
    ),
    "IMC-14.10": ("QM10", "info", {"edition": "own-2026", "min_rate": 0.1}),
    "IMC-14.11": ("QM11", "minor", {"edition": "own-2026", "min_rate": 0.1}),
    "IMC-14.12": ("QM12", "minor", {"edition": "own-2026", "min_rate": 0.01}),
    "IMC-14.13": ("QM13", "minor", {"edition": "own-2026", "min_rate": 0.5}),
    "IMC-10.1": ("DL04", "major", {"domain": "BH"}),
    "IMC-10.2": (
        "DL05",
        "major",
        {
            "domain": "BH",
            "clauses": ["audit", "revocation", "access_standards", "quality_standards"],
        },
    ),
    "IMC-10.3": ("DL06", "major", {"domain": "BH", "max_months": 12}),
    "IMC-10.4": ("DL07", "major", {"max_share": 0.5}),
    "IMC-10.5": ("DL08", "major", {"max_share": 0.2}),
    "IMC-10.6": ("AU01", "minor", {"max_difference": 0.05}),
    "IMC-10.7": ("DL09", "major", {"domain": "BH", "max_days": 10}),
    "IMC-10.8": ("EN09", "major", {"max_difference": 0.05}),
    "IMC-10.9": ("VB01", "minor", {"min_share": 0.33}),
    "IMC-12.1": ("CC01", "minor", {"max_share": 0.5}),
    "IMC-12.2": ("CC02", "major", {"min_share": 0.2, "due_for": "smi", "min_members": 20}),
    "IMC-12.3": ("CC03", "major", {"min_share": 0.5, "max_days": 1, "stays": "PH"}),
    "IMC-12.4": ("CC04", "minor", {"min_share": 0.25, "max_days": 60}),
    "IMC-12.6": (
        "CC08",
        "major",
        {"kinds": ["data_sharing", "hie", "training"], "max_days": 92},
    ),
    "IMC-12.7": ("DU01", "minor", {"max_share": 0.5, "snp_counts": True}),
    "IMC-12.8": ("PR01", "info", {"keep_share": 0.75, "months": 6}),
    "IMC-12.9": ("CC06", "minor", {"min_share": 0.05, "due_for": "all"}),
    "IMC-12.10": (
        "CC07",
        "minor",
        {"min_share": 0.2, "due_for": ["smi", "both_needs", "several_psychotropics"]},
    ),
    "IMC-13.1": ("PR02", "info", {"max_share": {"psychotropic": 0.8}, "min_known_share": 0.7}),
    "IMC-13.2": ("PR03", "info", {"min_share": 0.1, "min_members": 1, "min_practices": 20}),
    "IMC-13.3": ("PR05", "info", {"max_share": {"four drugs": 0.1}, "days": 60}),
    "IMC-13.4": ("PR06", "info", {"min_share": 0.33, "least": 1.0}),
    "IMC-13.5": ("PR04", "minor", {"min_share": 0.5}),
}


def test_an_amendment_of_the_demo_contract_tightens_two_figures(packs):
    before, after = date(2024, 12, 31), date(2025, 1, 1)
    shares = {
        name: [packs["demo-imc"].requirement(name).in_force(day).params.max_share
               for day in (before, after)]
        for name in ("IMC-4.2", "IMC-5.2")
    }  # fmt: skip
    assert shares == {"IMC-4.2": [0.2, 0.1], "IMC-5.2": [0.1, 0.05]}


def test_a_medicare_limit_is_a_benchmark_until_the_demo_contract_adopts_it(packs):
    law = [asked for asked in packs["ma-422-116"].requirements if asked.rule != DATA]
    adopted = {asked.id: asked for asked in packs["demo-imc"].requirements}
    assert {str(asked.severity) for asked in law} == {"info"}
    assert len(law) == 86
    wrong = [
        asked.id
        for asked in law
        if str(adopted[asked.id].severity) != "major"
        or adopted[asked.id].pack != "ma-422-116"
        or not adopted[asked.id].values[0].citation.also[-1].startswith(
            "adopted by Demo integrated managed care contract (invented), 3."
        )
        or [value.params for value in adopted[asked.id].values]
        != [value.params for value in asked.values]
    ]  # fmt: skip
    assert wrong == []


def test_the_largest_pack_loads_fast():
    rules()
    load("demo-imc")
    before = time.perf_counter()
    load("demo-imc")
    assert time.perf_counter() - before < 1
