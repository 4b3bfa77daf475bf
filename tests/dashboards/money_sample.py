"""A review made by hand with what Money, Separation and Measures are about."""

from monitor.store import Store
from rules.model import Verdict

MET, NOT_MET = Verdict.MET, Verdict.NOT_MET
STUCK, IDLE = Verdict.COULD_NOT_RUN, Verdict.NOT_APPLICABLE

LABEL = "HEDIS-like, not NCQA-certified"

SERVICES = [
    {"service": "inpatient", "before": 10.0, "after": 7.004, "penetration": -2.0,
     "units_per_user": -1.001, "unit_price": 0.005},
    {"service": "outpatient", "before": 5.0, "after": 5.5, "penetration": 0.25,
     "units_per_user": 0.25, "unit_price": 0.0},
]  # fmt: skip

MONTHS = [
    # month, completed, rate, as arrived, completion, mature
    ("2025-10", 20.0, 25.0, 20.0, 1.0, True),
    ("2025-11", 19.0, 25.0, 18.5, 0.97, True),
    ("2025-12", 15.0, 25.0, 12.0, 0.8, True),
    ("2026-01", 16.0, 25.0, 11.5, 0.72, False),
    ("2026-02", 90.0, 25.0, 9.0, 0.1, False),
]


def shift(made, plan, told, verdict, **more):
    """Return the SP10 finding of a plan."""
    evidence = {
        "months_tested": ["2025-10", "2025-11", "2025-12"],
        "months_left_out": {"2026-02": "10% complete"},
        "completion": {"BH": [1.0, 0.97, 0.8], "PH": [1.0, 1.0, 0.9], "basis": {"BH direct": "x"}},
        "encounters_to_ledger": {"BH": [1.0, None, 0.99], "PH": [1.0, 1.0, 1.0]},
        "bh_pmpm": [20.0, 19.0, 15.0],
        "since": "2025-12",
        "size": 0.225,
        "interval": [0.12, 0.31],
        "p_value": 0.004,
        "lost_pmpm": 4.5,
        "tests": {
            "use": {"month": "2025-12", "fall": 0.225, "p_value": 0.004},
            "bh_unit_price": {"month": "2025-11", "change": -0.01, "standard_errors": -0.4},
            "detectable": 0.1,
        },
        "ph_more_pmpm": {"use": 3.0, "price": -0.5, "fees": 0.25, "interval": [1.0, 4.5]},
        "chance_that_physical_health_got_it": 0.97,
        "else": ["membership changed by +6%: new members may need other care"],
        "regions": [
            {"region": "West", "since": "2025-11", "fall": 0.02, "q_value": 0.8, "fell": False},
            {"region": "East", "since": "2025-12", "fall": 0.3, "q_value": 0.01, "fell": True},
        ],
    } | more
    said = {"observed": told, "required": "no shift", "verdict": verdict}
    said["message"] = f"cannot tell: {plan} has few members"
    return made.finding(plan, "SP10", evidence=evidence, **said)


def share(made, plan, verdict=MET, months=True):
    """Return the SP06 finding: 200 of 1,000 dollars, where the rate gave a quarter."""
    strata = [
        {"dimension": "plan", "name": "plan", "member_months": 90.0, "bh_benefit": 200.0,
         "low": 150.0, "high": 250.0, "ratio": 0.8, "share": 0.25, "pmpm": 2.2},
        {"dimension": "rate cell", "name": "CHILD", "member_months": 87.0, "bh_benefit": 0.0,
         "low": 0.0, "high": 0.0, "ratio": 0.0, "share": 0.0, "pmpm": 0.0},
        {"dimension": "region", "name": "East", "member_months": 90.0, "bh_benefit": 10.0,
         "low": 5.0, "high": 15.0, "ratio": None, "share": None, "pmpm": None},
    ]  # fmt: skip
    names = ("month", "bh_pmpm", "rate_pmpm", "bh_raw_pmpm", "completion", "mature")
    evidence = {
        "window_start": "2025-11",
        "window_end": "2025-12",
        "months_used": 3,
        "share": 0.2,
        "certified_share": 0.25,
        "interval": [0.04, 0.36],
        "change": {
            "before": "2025-10 to 2025-11",
            "after": "2025-12",
            "parts": {"penetration": -1.75, "units_per_user": -0.751, "unit_price": 0.005},
            "services": SERVICES,
        },
        "strata": strata,
        "months": [
            dict(zip(names, each, strict=True))
            | {"member_months": 30.0, "counts": each[0] in ("2025-11", "2025-12")}
            for each in (MONTHS if months else ())
        ],
    }
    return made.finding(plan, "SP06", verdict=verdict, observed="0.2", required="0.1",
                        numerator=0.2, denominator=0.25, evidence=evidence)  # fmt: skip


def account(made, plan, remainder, retention):
    """Return the SP11 finding: 1,000.10 dollars, of which 700.05 reached providers."""
    flow = {"bh_rate": 1000.1, "bh_benefit": 700.05, "retention": retention,
            "administration": 50.0, "reinvestment": 10.0, "ph_benefit": 100.0,
            "remainder": remainder}  # fmt: skip
    return made.finding(plan, "SP11", observed="0.1", required="0.2", evidence={
        "window_start": "2025-10", "window_end": "2025-12", "flow": flow,
        "remainder_is": "left of the BH part of the rate"})  # fmt: skip


def component(made, plan, rule, subject, value, verdict, parts, left=()):
    """Return a finding of a component; parts are name, value, count, denominator, words."""
    names = ("part", "value", "count", "denominator", "told")
    told = [dict(zip(names, each[:5], strict=True)) | dict(*each[5:]) for each in parts]
    evidence = {
        "parts": told,
        "left_out": [{"part": part, "reason": reason} for part, reason in left],
        "found": "; ".join(f"{each['told']} [{each['value']:.2f}]" for each in told),
        "otherwise": "Members may decline.",
    }
    judged = verdict in (MET, NOT_MET)
    said = {"observed": repr(value), "required": "0.5"} if judged else {}
    said["message"] = f"cannot tell {subject}: 4 members with SMI, fewer than 20"
    return made.finding(plan, rule, subject, verdict=verdict, evidence=evidence, **said)


def rate(made, plan, rule, subject, count, of, verdict=MET, required="0.3", **more):
    """Return a finding of a measure."""
    judged = verdict in (MET, NOT_MET)
    evidence = {
        "name": "Follow-up after hospitalization for mental illness",
        "measure": "FUH",
        "edition": "MY2025",
        "label": LABEL,
        "year_start": "2025-01-01",
        "year_end": "2025-12-31",
        "found": of + 3,
        "left_out": {"hospice": 3, "died": 0},
        "by_age": {"18-64": [count, of]},
        "unverified_figures": ["first_day"],
        "stand_in_value_sets": ["measure_diagnoses"],
        "retired": "",
    } | more
    few = f"{count} of {of}: too few to judge a rate, at least 30 are asked for"
    said = f"{plan}: FUH, {subject}: {count} of {of} ({count / max(of, 1):.1%}) from 2025"
    return made.finding(plan, rule, subject, verdict=verdict, numerator=float(count),
                        denominator=float(of), observed=repr(count / of) if judged else "",
                        required=required if judged else "", message=said if judged else few,
                        evidence=evidence)  # fmt: skip


GRAPH = {
    "ratio": 0.4,
    "interval": [0.38, 0.42],
    "interval_over_members": [0.25, 0.55],
    "shuffles": 200,
    "bh_providers": 30,
    "ph_providers": 40,
    "members": 60,
}


def findings(made):
    """Return the findings of the review."""
    shared = ("shared patients", 0.42, 80, 200.0, "80 ties cross between PH and BH providers")
    seven = "7 of 66 members with SMI or in BH care had no PH visit in the year"
    many = "25 of 57 members with a BH diagnosis had no BH visit"
    return [
        shift(made, "ALPHA", "no shift", MET, since=None, size=0.01, interval=[-0.05, 0.06]),
        shift(made, "BETA", "reallocation", NOT_MET),
        share(made, "ALPHA"),
        share(made, "BETA", NOT_MET),
        account(made, "ALPHA", 0.05, 140.0),
        account(made, "BETA", -99.95, 240.0),
        made.finding("BETA", "SP01", observed="0.8", required="0.85", evidence={"months": [
            {"month": "2025-12", "bh_benefit": 300.0, "bh_rate": 600.0, "member_months": 30.0}]}),
        made.finding("BETA", "SP04", observed="0.7", required="0.75", numerator=70.0,
                     denominator=100.0, unit="share", verdict=NOT_MET,
                     evidence={"interval": [0.6, 0.8]}),
        made.finding("BETA", "SP03", "SUB1", verdict=STUCK, message="sent no line"),
        component(made, "BETA", "SL05", "care", 0.6178, NOT_MET,
                  [("BH need without a PH visit", 0.2121, 7, 66, seven),
                   ("PH-heavy without BH", 0.8772, 25, 57, many), (*shared, GRAPH)],
                  [("care conferences", "4 members with SMI, fewer than 20")]),
        component(made, "BETA", "SL02", "location", 1.0, NOT_MET,
                  [("off site", 1.0, 1, 1, "1 of 1 BH subcontractors sit off site")]),
        component(made, "ALPHA", "SL05", "care", 0.0, STUCK, [], [("shared patients", "none")]),
        component(made, "ALPHA", "SL02", "location", 0.12, MET,
                  [("off site", 0.0, 0, 1, "0 of 1 BH subcontractors sit off site")]),
        made.finding("BETA", "CC01", verdict=MET, observed=repr(8 / 42), required="0.5",
                     numerator=8.0, denominator=42.0, unit="share",
                     message="BETA: of 42 members who need both PH and BH care, from 2025-01-01 "
                     "to 2025-12-31, 8 (19.0%) had one side only (8 PH, 0 BH); at most 50.0% may.",
                     evidence={"bh_only": 0, "ph_only": 8, "interval": [0.1, 0.33]}),
        made.finding("BETA", "DL04", "SUB1", verdict=NOT_MET, observed="0.4", required="0"),
        rate(made, "ALPHA", "QM01", "7 days", 60, 100),
        rate(made, "ALPHA", "QM01", "30 days", 95, 100),
        rate(made, "BETA", "QM01", "7 days", 20, 100, NOT_MET),
        rate(made, "BETA", "QM01", "30 days", 3, 5, IDLE),
        made.finding("ALPHA", "QM05", "84 days", verdict=STUCK, message="no list of drug codes"),
    ]  # fmt: skip


def build(made, url):
    """Write the review, and return its URL."""
    Store(url).append(made.review(made.LATEST, "2026-04-20T10:15:00+00:00"), [], findings(made))
    return url
