"""What is counted: populations by hand, a second count in plain Python, and what has no figure."""

import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.judge import within
from monitor.profile import great_expectations, profile, run_expectations
from rules.model import TOLERANCE, Outcome
from rules.profiles import encounters, providers
from rules.profiles.encounters import paid_lines
from rules.profiles.suite import TABLES, Kwargs, load
from rules.profiles.summary import summarise

STEM = {
    "encounter_id": "E1",
    "line_number": 1,
    "member_id": "M1",
    "claim_type": "I",
    "service_from": date(2026, 1, 15),
    "line_status": "paid",
    "payment_arrangement": "ffs",
    "paid_amount": 10.0,
}


def figures(batch, rows, **others):
    filing = batch.filing((), encounters=[{**STEM, **row} for row in rows], **others)
    return summarise(filing, "encounters")


TYPES = [
    ({"bill_type": "0111"}, "inpatient"),
    ({"bill_type": "111"}, "inpatient"),
    ({"bill_type": "0117"}, "inpatient"),
    ({"bill_type": "0111", "frequency": "7"}, "inpatient"),
    ({"bill_type": "0111", "frequency": "1"}, "inpatient"),
    ({"bill_type": None, "admit_date": date(2026, 1, 15)}, "inpatient"),
    ({"bill_type": None}, "ambulatory"),
    ({"bill_type": "0131", "admit_date": date(2026, 1, 15)}, "ambulatory"),
    ({"bill_type": "0121"}, "ambulatory"),
    ({"bill_type": "0131"}, "ambulatory"),
    ({"bill_type": "0221"}, "ambulatory"),
    ({"bill_type": "0231"}, "ambulatory"),
    ({"bill_type": "0241"}, "ambulatory"),
    ({"bill_type": "0851"}, "ambulatory"),
    ({"claim_type": "P", "bill_type": "0111"}, "ambulatory professional"),
    ({"bill_type": "0181"}, "long_term"),
    ({"bill_type": "0211"}, "long_term"),
    ({"bill_type": "0251"}, "long_term"),
    ({"bill_type": "0651"}, "long_term"),
    ({"claim_type": "R", "bill_type": "0111"}, "pharmacy"),
    ({"bill_type": "0111", "line_status": "denied"}, "left out"),
    ({"bill_type": "0111", "frequency": "8"}, "left out"),
]


def test_a_line_is_inpatient_ambulatory_or_long_term_by_its_type_of_bill(batch):
    rows = [{**STEM, "encounter_id": f"E{i}", **row} for i, (row, _) in enumerate(TYPES)]
    kinds = ("ambulatory", "inpatient", "long_term", "pharmacy", "professional")
    lines = paid_lines(batch.filing((), encounters=rows).tables["encounters"]).to_pyarrow()
    told = {
        line["encounter_id"]: " ".join(kind for kind in kinds if line[kind])
        for line in lines.to_pylist()
    }
    assert [(row, told.get(f"E{i}", "left out")) for i, (row, _) in enumerate(TYPES)] == TYPES


def test_a_stay_is_one_claim_whatever_its_lines_say(batch):
    """Stay E1 has its diagnosis and discharge on one line each, E2 is still in, E3 has neither."""
    stay = {"bill_type": "0111", "paid_amount": 0.0}
    counted = figures(
        batch,
        [
            {**stay, "diagnosis_codes": "F329", "paid_amount": 5.0},
            {**stay, "line_number": 2, "discharge_date": date(2026, 1, 20)},
            {**stay, "encounter_id": "E2", "patient_status": "30", "diagnosis_codes": "I10"},
            {**stay, "encounter_id": "E3", "patient_status": "01"},
            {**stay, "encounter_id": "E4", "payment_arrangement": "subcapitated"},
        ],
    )
    flat = {name: (each.counted, each.among) for name, each in counted.items()}
    assert [
        flat[name] for name in ("inpatient_diagnosis", "discharge_missing", "inpatient_zero_paid")
    ] == [(2, 4), (2, 3), (2, 3)]


@pytest.mark.parametrize(
    ("span", "months"),
    [
        ((date(2026, 1, 1), None), 3),
        ((date(2025, 1, 1), date(2025, 12, 31)), 0),
        ((date(2025, 1, 1), date(2026, 1, 1)), 1),
        ((date(2026, 1, 31), date(2026, 2, 1)), 2),
        ((date(2026, 2, 2), date(2026, 2, 27)), 1),
        ((date(2026, 3, 31), None), 1),
        ((date(2026, 4, 1), None), 0),
    ],
)
def test_a_member_month_is_a_month_with_any_enrolled_day(batch, span, months):
    one = {"member_id": "M1", "enrolled_from": span[0], "enrolled_to": span[1]}
    counted = figures(batch, [{"bill_type": "0111"}], members=[one, one])
    assert counted["inpatient_claims_per_member_month"].among == months


@pytest.mark.parametrize(
    ("day", "lines", "silent"),
    [
        (date(2025, 12, 31), 0, 3),
        (date(2026, 1, 1), 1, 2),
        (date(2026, 3, 31), 1, 2),
        (date(2026, 4, 1), 0, 3),
    ],
)
def test_the_months_of_the_period_are_those_of_service(batch, day, lines, silent):
    counted = figures(batch, [{"service_from": day}])
    assert (counted["lines_of_period"].value, counted["silent_months"].value) == (lines, silent)


IN, OUT = date(2026, 3, 31), date(2026, 4, 1)


@pytest.mark.parametrize(
    ("days", "claims"),
    [
        ({"adjudicated_on": IN, "paid_on": OUT, "submitted_on": OUT, "service_from": OUT}, 1),
        ({"adjudicated_on": OUT, "paid_on": IN, "submitted_on": IN, "service_from": IN}, 0),
        ({"paid_on": IN, "submitted_on": OUT, "service_from": OUT}, 1),
        ({"submitted_on": OUT, "service_from": IN}, 0),
        ({"service_from": IN}, 1),
        ({"adjudicated_on": date(2026, 1, 1)}, 1),
        ({"adjudicated_on": date(2025, 12, 31)}, 0),
    ],
)
def test_volume_is_what_was_adjudicated_in_the_period(batch, days, claims):
    row = {"bill_type": "0111", **days}
    counted = figures(batch, [row, {**row, "line_number": 2}], members=batch.members(2))
    figure = counted["inpatient_claims_per_member_month"]
    assert (figure.counted, figure.among) == (claims, 6)


def test_an_individual_is_judged_by_all_rows_of_the_npi(batch):
    """A is listed once under its own taxonomy, B never; C has no taxonomy; D is meals."""
    rows = [
        {"npi": "A", "entity_type": "individual", "taxonomy": "261QM0801X", "site_id": "1"},
        {"npi": "A", "entity_type": "individual", "taxonomy": "2084P0800X", "site_id": "1"},
        {"npi": "B", "entity_type": "individual", "taxonomy": "193200000X", "site_id": "1"},
        {"npi": "B", "entity_type": "individual", "taxonomy": None, "site_id": "2"},
        {"npi": "C", "entity_type": "individual", "taxonomy": None, "site_id": None},
        {"npi": "D", "entity_type": "facility", "taxonomy": "174200000X", "site_id": "1"},
        {"npi": "E", "entity_type": "facility", "taxonomy": "174400000X", "site_id": "1"},
        {"npi": None, "entity_type": "individual", "taxonomy": None, "site_id": "9"},
    ]
    counted = summarise(batch.filing((), providers=rows), "providers")
    flat = {name: (each.counted, each.among, each.value) for name, each in counted.items()}
    assert [
        flat[name]
        for name in (
            "taxonomy_missing",
            "individual_with_organization_taxonomy",
            "facility_with_individual_taxonomy",
            "sites_per_individual",
            "most_sites_of_one",
            "rows",
        )
    ] == [(1, 5, 0.2), (1, 2, 0.5), (1, 2, 0.5), (4, 3, 1.33333333), (2, None, 2), (8, None, 8)]


def test_random_lines_are_counted_as_in_plain_python(batch):
    """Every share of lines against a second reading of the T-MSIS definitions, nulls and all."""
    pick = random.Random(7).choice
    rows = [
        {
            **STEM,
            "encounter_id": f"E{i % 300}",
            "line_number": pick((1, 2, 3)),
            "member_id": f"M{pick(range(90))}",
            "claim_type": pick("PIR"),
            "line_status": pick(("paid", "paid", "denied")),
            "frequency": pick((None, "1", "7", "8")),
            "payment_arrangement": pick(("ffs", "subcapitated")),
            "bill_type": pick((None, "0111", "0131", "211", "851")),
            "place_of_service": pick((None, "11", "23", "53")),
            "procedure_code": pick((None, "99213")),
            "revenue_code": pick((None, "0300")),
            "rendering_npi": pick((None, "1", "2")),
            "billing_npi": pick(("1", "2")),
            "billing_taxonomy": pick((None, "207Q00000X", "282N00000X")),
            "diagnosis_codes": pick((None, "F329;I10", "I10;F329")),
            "admit_date": pick((None, date(2026, 1, 2))),
            "paid_amount": pick((None, 0.0, 12.5)),
            "allowed_amount": pick((None, 20.0)),
            "ffs_equivalent_amount": pick((None, 20.0)),
            "days_supply": pick((None, 30)),
        }
        for i in range(900)
    ]
    counted = summarise(batch.filing((), encounters=rows, members=batch.members(60)), "encounters")

    paid = [r for r in rows if r["line_status"] == "paid" and r["frequency"] != "8"]

    def bill(r):
        return (r["bill_type"] or "").lstrip("0")[:2]

    def stays(r):
        admitted = r["bill_type"] is None and r["admit_date"] is not None
        return r["claim_type"] == "I" and (bill(r) == "11" or admitted)

    outside = [r for r in paid if r["claim_type"] != "R" and not stays(r)]
    amb = [r for r in outside if r["claim_type"] == "P" or bill(r) != "21"]
    prof = [r for r in paid if r["claim_type"] == "P"]
    drug = [r for r in paid if r["claim_type"] == "R"]
    care = [r for r in paid if r["claim_type"] != "R"]
    ffs = [r for r in amb if r["payment_arrangement"] == "ffs"]
    both = [r for r in prof if r["rendering_npi"] and r["billing_npi"]]
    served = {r["member_id"] for r in paid}
    keys = {(r["encounter_id"], r["line_number"]) for r in rows}

    def share(among, these):
        return (sum(map(bool, map(these, among))), len(among))

    sent_paid = [r for r in rows if r["line_status"] == "paid"]
    assert {
        name: (each.counted, each.among)
        for name, each in counted.items()
        if not name.startswith(("inpatient", "discharge", "ambulatory_lines", "pharmacy_lines"))
        and name not in ("lines_of_period", "silent_months")
    } == {
        "members_unknown": (len({m for m in served if int(m[1:]) >= 60}), len(served)),
        "repeated_keys": (len(rows) - len(keys), len(rows)),
        "billing_taxonomy_missing": share(care, lambda r: not r["billing_taxonomy"]),
        "rendering_npi_missing": share(prof, lambda r: not r["rendering_npi"]),
        "principal_diagnosis": share(prof, lambda r: r["diagnosis_codes"]),
        "procedure": share(amb, lambda r: r["procedure_code"]),
        "place_without_procedure": share(
            [r for r in amb if r["place_of_service"]], lambda r: not r["procedure_code"]
        ),
        "bill_type_and_place": share(amb, lambda r: r["bill_type"] and r["place_of_service"]),
        "neither_bill_type_nor_place": share(
            amb, lambda r: not r["bill_type"] and not r["place_of_service"]
        ),
        "neither_procedure_nor_revenue": share(
            amb, lambda r: not r["procedure_code"] and not r["revenue_code"]
        ),
        "revenue_without_bill_type": share(
            [r for r in amb if r["revenue_code"]], lambda r: not r["bill_type"]
        ),
        "ambulatory_zero_paid": share(ffs, lambda r: not r["paid_amount"]),
        "pharmacy_zero_paid": share(
            [r for r in drug if r["payment_arrangement"] == "ffs"], lambda r: not r["paid_amount"]
        ),
        "servicing_is_billing": share(both, lambda r: r["rendering_npi"] == r["billing_npi"]),
        "office_place": share(amb, lambda r: r["place_of_service"] == "11"),
        "emergency_place": share(amb, lambda r: r["place_of_service"] == "23"),
        "allowed_amount_missing": share(paid, lambda r: r["allowed_amount"] is None),
        "days_supply_missing": share(drug, lambda r: r["days_supply"] is None),
        "ffs_equivalent_missing": share(
            [r for r in paid if r["payment_arrangement"] == "subcapitated"],
            lambda r: r["ffs_equivalent_amount"] is None,
        ),
        "bh_diagnosis": share(
            [r for r in care if r["diagnosis_codes"]], lambda r: r["diagnosis_codes"][0] == "F"
        ),
        "original": share(sent_paid, lambda r: r["frequency"] in (None, "1")),
        "denied": share(rows, lambda r: r["line_status"] == "denied"),
    }


@pytest.mark.parametrize("table", ["providers", "encounters", "capitation"])
def test_an_empty_table_is_never_met(batch, table):
    """Only what counts rows has a figure, and it is outside its band; nothing else is run."""
    profiled = profile(batch.filing(("members",), **{table: []}))
    mine = {each.code for each in load(table).expectations}
    profiled = replace(
        profiled, measures=tuple(each for each in profiled.measures if each.rule in mine)
    )
    told = {
        measure.rule: (measure.value, str(measure.outcome))
        for measure in profiled.measures
        if measure.outcome is Outcome.MEASURED
    }
    # Members are enrolled, so that none of them has an encounter is a figure too.
    volumes = dict.fromkeys(("PFE03", "PFE04", "PFE05"), (0, "measured"))
    assert (
        told
        == {
            "providers": {"PFP01": (0, "measured")},
            "encounters": {"PFE01": (0, "measured"), "PFE02": (3, "measured"), **volumes},
            "capitation": {"PFC01": (0, "measured"), "PFC02": (3, "measured")},
        }[table]
    )
    assert profiled.succeeded == dict.fromkeys(told, False)
    assert len(profiled.measures) == len(load(table).expectations)
    idle = [measure for measure in profiled.measures if measure.rule not in told]
    assert {str(measure.outcome) for measure in idle} == {"not_applicable"}
    assert {measure.value for measure in idle} == {None}
    by_code = {measure.rule: measure.note for measure in idle}
    note = {
        "providers": "NPIs",
        "encounters": "paid professional lines",
        "capitation": "dollars of revenue",
    }[table]
    code = {"providers": "PFP02", "encounters": "PFE07", "capitation": "PFC03"}[table]
    assert by_code[code] == f"nothing to look at: the batch has no {note}"


def test_volume_could_not_run_without_members(batch):
    profiled = profile(batch.filing(("encounters",)))
    assert [
        (measure.rule, str(measure.outcome), measure.value, measure.note)
        for measure in profiled.measures
        if measure.outcome is Outcome.COULD_NOT_RUN
    ] == [
        (code, "could_not_run", None, "members was not sent")
        for code in ("PFE03", "PFE04", "PFE05", "PFE27", "PFD01", "PFD02")
    ]
    assert not {"PFE03", "PFE04", "PFE05", "PFE27"} & set(profiled.succeeded)


def test_a_table_that_was_not_sent_makes_no_measures(batch):
    profiled = profile(batch.filing(("members", "providers")))
    assert {measure.requirement_id for measure in profiled.measures} == {"DATA-PROVIDERS"}
    assert len(profiled.checks) == sum(len(load(table).expectations) for table in TABLES)
    assert profile(batch.filing(("members",))).measures == ()


def test_the_ordinary_batch_is_met_throughout(batch):
    profiled = profile(batch.filing())
    of_the_batch = {code for code in profiled.checks if code[:3] in ("PFP", "PFE")}
    assert set(profiled.succeeded) == of_the_batch
    assert set(profiled.succeeded.values()) == {True}
    assert {measure.plan_id for measure in profiled.measures} == {"PLAN"}
    assert {measure.subject for measure in profiled.measures} == {"plan"}


def test_a_measure_says_what_was_counted_in_words(batch):
    [measure] = [each for each in profile(batch.filing()).measures if each.rule == "PFE06"]
    assert measure.evidence == {
        "metric": "billing_taxonomy_missing",
        "counted": "lines without a billing taxonomy",
        "among": "paid professional and institutional lines",
    }


def test_the_summary_holds_numbers_only(batch):
    for table in TABLES:
        for figure in summarise(batch.filing(), table).values():
            assert {type(figure.counted), type(figure.among), type(figure.value)} <= {
                float,
                type(None),
            }


SIZES = st.integers(0, 10**8)


@settings(max_examples=3, deadline=None, derandomize=True)
@given(st.lists(st.tuples(SIZES, SIZES), min_size=60, max_size=60), st.randoms())
def test_great_expectations_and_the_judge_read_alike_at_every_edge(pairs, chance):
    """Values on a bound, and within float noise of one, get one verdict from both readers."""
    columns, wanted = {}, {}
    for i, (a, b) in enumerate(pairs):
        bound = round(min(a, b) / max(a, b, 1), chance.choice((1, 2, 4, 8)))
        nudge = chance.choice((0, 1e-16, -1e-16, 0.4e-8, -0.4e-8, 1e-8, -1e-8, 1e-3))
        side = chance.choice(("min_value", "max_value"))
        columns[f"m{i}"] = round(bound + nudge, 8)
        wanted[f"m{i}"] = Kwargs(f"m{i}", **{side: bound})
    template = load("providers").expectations[1]
    said = run_expectations(
        "providers",
        [_like(template, name, kwargs) for name, kwargs in wanted.items()],
        columns,
        great_expectations(),
    )
    for each in said.results:
        name = each.expectation_config.kwargs["column"]
        judged = within(columns[name], *wanted[name].band)
        assert (name, columns[name], wanted[name].band, bool(each.success)) == (
            name,
            columns[name],
            wanted[name].band,
            judged,
        )
    assert TOLERANCE < 0.5e-8


def _like(template, name, kwargs):
    return replace(template, type="expect_column_values_to_be_between", kwargs=kwargs)


@pytest.mark.parametrize("metrics", [encounters.METRICS, providers.METRICS])
def test_metrics_are_named_once(metrics):
    names = [metric.name for metric in metrics]
    assert sorted(set(names)) == sorted(names)
