"""A review made by hand with what Access and Serving are about; ``made`` is the other sample."""

from monitor.store import Store
from rules.model import Severity, Verdict

CARE, MENTAL, SUBSTANCE = "primary_care", "outpatient_mental_health", "outpatient_substance_use"
MET, NOT_MET = Verdict.MET, Verdict.NOT_MET
STUCK, IDLE = Verdict.COULD_NOT_RUN, Verdict.NOT_APPLICABLE
SURVEY = "outpatient_behavioral_health+outpatient_sud/routine/adult"
EXCEPTION = {
    "id": "X-1",
    "citation": "Demo contract, Attachment E, p. 95",
    "providers_in_area": 1,
    "reason": "one practice stands there",
    "until": "2026-12-31",
    "monitored_on": "",
    "unverified": True,
}


def gap(made, plan, subject, place, members, care, mental, substance, verdict, **more):
    """Return an NW09 finding; care, mental and substance are members within as serving."""

    def shares(*counts):
        kinds = zip((CARE, MENTAL, SUBSTANCE), counts, strict=True)
        return {kind: count / members for kind, count in kinds}

    worst = (care - min(mental, substance)) / members
    own = shares(care, mental // 2, substance)
    evidence = {
        "place": place,
        "county": place,
        "listed": shares(members, members, members),
        "serving": shares(care, mental, substance),
        "own_serving": {kind: own[kind] for kind in (CARE, MENTAL)},
        "gap_listed": 0.0,
        "gap_serving": worst,
        "gap_own_serving": own[CARE] - own[MENTAL],
        "wider": "outpatient substance use treatment",
        "otherwise": "as listed by 0.0%",
        "who": "members",
        "members": float(members),
        "yardstick": "60 minutes and 60 miles",
        "serving_members": 1,
        "interval": None,
    } | more
    judged = verdict in (MET, NOT_MET)
    return made.finding(
        plan,
        "NW09",
        subject,
        verdict=verdict,
        numerator=worst * members,
        denominator=float(members),
        observed=repr(worst) if judged else "",
        required="0.1" if judged else "",
        message=f"{place}: of {members} members; behind by {worst:.1%}; at most 10.0% may be",
        evidence=evidence,
    )


def lost(made, plan, members, listed, kept, verdict, **more):
    """Return the NW08 finding of a plan about the standard for psychiatry."""
    evidence = {
        "county": "The plan",
        "specialty": "Psychiatry",
        "who": "members",
        "members": float(members),
        "unlocated": 3.0,
        "limit": "45 minutes and 30 miles",
        "standard": "MA-TD-psychiatry",
        "within_listed": float(listed),
        "within_serving": float(kept),
        "share_listed": listed / members,
        "share_serving": kept / members,
        "lost": float(listed - kept),
        "listed": 20,
        "serving": 12,
        "in_doubt": 4,
        "most_lost": {"Shelby (47157)": 40.0, "Lake (47095)": 4.0},
    } | more
    return made.finding(
        plan,
        "NW08",
        "plan/MA-TD-psychiatry",
        verdict=verdict,
        numerator=float(listed - kept),
        denominator=float(members),
        observed=repr((listed - kept) / members),
        required="0.05",
        message=f"The plan: {listed - kept} are lost; at most 5.0% may be.",
        evidence=evidence,
    )


def idle(made, plan, subject, place, counts, verdict, required="0.3"):
    """Return an NW07 finding; counts are ghost, limited, serving and behind a group."""
    names = ("ghost", "limited", "serving", "behind")
    told = dict(zip(names, counts, strict=True)) | {"counted": sum(counts), "new": 2}
    evidence = {
        "place": place,
        "who": "BH clinicians",
        "undecided": 1,
        "ph": dict(zip(names, (10, 20, 70, 0), strict=True)) | {"counted": 100},
        "window_start": "2025-01-01",
        "window_end": "2026-03-31",
    } | told
    return made.finding(
        plan, "NW07", subject, verdict=verdict, required=required, evidence=evidence
    )


def build(made, url):
    """Write a review with what the two pages are about, and return its URL."""
    store = Store(url)
    wide = {"severity": Severity.INFO, "requirement_id": "MA-TD-psychiatry"}
    county = {"county": "Lake (47095)", "county_class": "rural", "specialty": "Psychiatry"}
    placed = county | {"who": "members", "members": 40.0, "within": 12.0, "travel": "road graph"}
    placed |= {"basis": "miles along roads", "unlocated": 12.0, "approximate": 4.0}
    placed |= {"unreachable": 11.0, "unsnapped": 0.0, "outside": 0.0, "undecided": 0.0}
    far = made.finding(
        "ALPHA",
        "NW01",
        "47095/psychiatry/all",
        verdict=NOT_MET,
        numerator=12.0,
        denominator=40.0,
        observed="0.3",
        required="0.9",
        evidence=placed | {"exception": EXCEPTION},
        **wide,
    )
    calls = made.survey("ALPHA", 38, 40)
    survey = {"requirement_id": "FED-WAIT", "unverified": True, "verdict": IDLE}
    findings = [
        far,
        gap(made, "ALPHA", "plan", "The plan", 1000, 990, 900, 850, NOT_MET),
        gap(made, "ALPHA", "47157", "Shelby (47157)", 500, 500, 450, 400, NOT_MET),
        gap(made, "ALPHA", "47095", "Lake (47095)", 40, 40, 40, 36, MET),
        gap(made, "ALPHA", "47007", "Bledsoe (47007)", 8, 8, 8, 3, IDLE),
        gap(made, "BETA", "plan", "The plan", 500, 450, 450, 430, MET, interval=[-0.02, 0.1]),
        lost(made, "ALPHA", 1000, 950, 800, NOT_MET),
        lost(made, "BETA", 500, 500, 497, MET),
        idle(made, "ALPHA", "plan/behavioral_health", "The plan", (8, 4, 6, 2), NOT_MET),
        idle(made, "ALPHA", "plan/psychiatry", "The plan", (5, 1, 4, 0), NOT_MET),
        idle(made, "ALPHA", "47157/behavioral_health", "Shelby (47157)", (1, 2, 7, 0), MET),
        idle(made, "ALPHA", "47095/behavioral_health", "Lake (47095)", (2, 0, 1, 0), IDLE, ""),
        idle(made, "BETA", "plan/behavioral_health", "The plan", (1, 4, 15, 0), MET),
        calls,
        made.finding("ALPHA", "NW04", SURVEY, requirement_id="W-2", verdict=STUCK, message="none"),
        made.finding("BETA", "NW04", "plan", message="applies from 2027-07-09", **survey),
        made.finding("BETA", "PD03", verdict=MET),
    ]
    store.append(made.review(made.LATEST, "2026-04-20T10:15:00+00:00"), [], findings)
    return url
