"""The shipped packs: they load, everything is cited, and the figures are what was meant."""

from __future__ import annotations

import time
from datetime import date

import pytest

from rules.contract import available, load
from rules.entries import DATA
from rules.params import plain
from rules.registry import rules
from rules.tables import ENVELOPE, TABLES

PACKS = ("demo-imc", "federal-438", "ma-422-116")


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
        "FED-438.68-WAIT-MH-SUD": (True, date(2027, 7, 9)),
        "FED-438.68-WAIT-PRIMARY-CARE": (True, date(2027, 7, 9)),
        "FED-438.68-WAIT-OBGYN": (True, date(2027, 7, 9)),
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
        asked.rule: (asked.id, str(asked.severity), plain(asked.in_force(date(2026, 3, 31)).params))
        for asked in demo.requirements
        if asked.pack == "demo-imc"
    }
    given = {
        rule: (name, severity, {key: params[key] for key in VALUES[rule][2]})
        for rule, (name, severity, params) in asked.items()
    }
    assert given == VALUES


VALUES = {
    "NW06": ("IMC-3.6", "critical", {"months": 12, "min_months_listed": 6, "max_share": 0.15}),
    "PD01": ("IMC-4.1", "major", {"max_share": 0.01}),
    "PD02": ("IMC-4.2", "major", {"max_days": 90, "max_share": 0.1}),
    "EN01": ("IMC-5.2", "major", {"max_days": 30, "max_share": 0.05}),
    "EN02": ("IMC-5.3", "major", {"max_share": 0.005}),
    "EN03": ("IMC-5.5", "major", {"max_share": 0.1}),
    "EN04": ("IMC-5.6", "major", {"max_share": 0.02}),
    "EN05": ("IMC-5.7", "major", {"max_share": 0.1, "months": 12}),
    "EN06": ("IMC-5.8", "major", {"max_share": 0.1, "months": 12}),
    "EN07": ("IMC-5.9", "major", {"max_months": 0, "months": 12}),
    "EN08": (
        "IMC-5.10",
        "major",
        {"min_share": 0.5, "max_months": 0, "months": 12, "least_lines": 50},
    ),
    "DL01": ("IMC-7.1", "critical", {"domain": "BH", "max_miles": 0.1}),
    "DL02": ("IMC-7.2", "critical", {"domains": ["BH", "both"], "payments": ["subcapitation"]}),
    "DL03": (
        "IMC-7.3",
        "major",
        {"domain": "BH", "allowed": ["network", "credentialing", "provider_relations"]},
    ),
    "IF01": ("IMC-7.5", "major", {}),
    "SP01": ("IMC-8.1", "critical", {"months": 12, "min_ratio": 0.85}),
    "SP02": ("IMC-8.4", "minor", {"months": 12, "min_share": 0.01}),
    "RP01": (
        "IMC-9.1",
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
