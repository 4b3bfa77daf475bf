"""What members use: each kind of visit, stay and fill, its codes, schedule prices and how often.

Rates are events a year. A rate for a passing reason is one figure a rate cell (CHILD ADULT DISABLED
SMI DUAL); a rate for a lasting condition is what that condition adds. Prices are a plan's schedule
in 2024 dollars, invented. CPT and HCPCS codes are numbers only.
"""

from __future__ import annotations

from typing import NamedTuple

Rate = float | tuple[float, float, float, float, float]


class Option(NamedTuple):
    """One code a line may carry; ``price`` is dollars a unit."""

    code: str
    price: float
    weight: float = 1.0
    units: int = 1
    days_supply: int = 0


class Line(NamedTuple):
    """One line of a claim, on it with probability ``share``; ``daily`` lines count days of stay."""

    options: tuple[Option, ...]
    revenue: str = ""
    share: float = 1.0
    daily: bool = False


class Service(NamedTuple):
    """One kind of encounter. ``claim`` is P, I or R as in the encounters table."""

    name: str
    trade: str
    claim: str
    place: str
    why: dict[str, Rate]
    lines: tuple[Line, ...]
    stay: float = 0.0
    bill_type: str = ""
    domain: str = ""
    women: bool = False
    whole: bool = False
    urgent: bool = False
    sites_of_both: bool = False


def _one(code: str, price: float, share: float = 1.0, units: int = 1, revenue: str = "") -> Line:
    return Line((Option(code, price, units=units),), revenue, share)


def _any(*options: tuple[str, float, float], revenue: str = "", share: float = 1.0) -> Line:
    return Line(tuple(Option(*option) for option in options), revenue, share)


def _day(revenue: str, price: float) -> Line:
    return Line((Option("", price),), revenue, daily=True)


def _fill(*drugs: tuple[str, float, float, int], days: int = 30) -> tuple[Line, ...]:
    """Return the one line of a fill: NDC, price of the fill, weight, units dispensed."""
    return (
        Line(
            tuple(
                Option(ndc, price / units, weight, units, days)
                for ndc, price, weight, units in drugs
            )
        ),
    )


# A price list reads as one when a service keeps to a few lines.
# fmt: off
_VISIT = _any(("99213", 78, 0.55), ("99214", 112, 0.40), ("99212", 48, 0.05))
_SPECIALIST = _any(("99213", 82, 0.4), ("99214", 118, 0.45), ("99204", 158, 0.15))
_TALK = _any(("90834", 84, 0.5), ("90837", 122, 0.38), ("90832", 62, 0.08), ("90847", 96, 0.04))
_ROOM_LINES = (_one("", 610, revenue="0250"), _one("", 480, revenue="0300"),
               _one("", 2600, share=0.25, revenue="0360"))


def _specialist(trade: str, why: dict[str, Rate], *more: Line) -> Service:
    return Service(f"{trade}_visit", trade, "P", "11", why, (_SPECIALIST, *more))


PHYSICAL = (
    Service("sick_visit", "primary_care", "P", "11", {
        "cold": (0.60, 0.25, 0.4, 0.3, 0.3), "stomach": (0.10, 0.10, 0.2, 0.2, 0.2),
        "skin": (0.10, 0.06, 0.1, 0.1, 0.1), "infection": (0.06, 0.10, 0.2, 0.2, 0.3),
        "injury": (0.10, 0.08, 0.1, 0.15, 0.1)},
        (_VISIT, _one("87880", 16, 0.15), _one("81002", 5, 0.1))),
    Service("chronic_visit", "primary_care", "P", "11", {
        "hypertension": 1.1, "diabetes": 1.5, "lung": 0.7, "heart": 0.9, "joints": 0.6,
        "lipids": 0.4, "kidneys": 0.5, "nerves": 0.5}, (_VISIT, _one("36415", 4, 0.35))),
    Service("well_child", "pediatrics", "P", "11", {"well_child": (1.0, 0, 0, 0, 0)},
        (_any(("99392", 96, 0.4), ("99393", 95, 0.35), ("99394", 104, 0.25)),
         _one("90471", 22, 0.6), _one("90686", 19, 0.3))),
    Service("well_adult", "primary_care", "P", "11", {"well": (0, 0.35, 0.3, 0.25, 0.3)},
        (_any(("99395", 112, 0.5), ("99396", 118, 0.5)), _one("90686", 19, 0.3))),
    Service("laboratory_tests", "laboratory", "P", "81", {
        "diabetes": 1.4, "lipids": 0.6, "hypertension": 0.4, "kidneys": 1.0,
        "well": (0, 0.3, 0.4, 0.4, 0.5), "well_child": (0.15, 0, 0, 0, 0)},
        (_any(("83036", 12, 0.4), ("80061", 17, 0.3), ("80053", 14, 0.3)), _one("85025", 10, 0.5))),
    Service("emergency_visit", "acute_hospital", "I", "23", {
        "cold": (0.18, 0.10, 0.15, 0.2, 0.1), "injury": (0.14, 0.12, 0.15, 0.25, 0.15),
        "stomach": (0.05, 0.10, 0.15, 0.2, 0.15), "chest": (0.01, 0.08, 0.15, 0.15, 0.2),
        "lung": 0.18, "diabetes": 0.08, "heart": 0.15},
        (_any(("99283", 265, 0.55), ("99284", 420, 0.45), revenue="0450"),
         _one("85025", 38, 0.5, revenue="0300"), _one("71046", 92, 0.3, revenue="0320")),
        bill_type="0131", urgent=True),
    Service("hospital_stay", "acute_hospital", "I", "21", {
        "heart": 0.27, "lung": 0.13, "diabetes": 0.07, "kidneys": 0.17, "hypertension": 0.03,
        "infection": (0.012, 0.025, 0.08, 0.06, 0.12), "stomach": (0.010, 0.02, 0.04, 0.04, 0.05)},
        (_day("0120", 1180), *_ROOM_LINES), stay=4.0, bill_type="0111"),
    Service("birth", "acute_hospital", "I", "21", {"birth": (0, 0.11, 0.01, 0.01, 0)},
        (_day("0122", 1250), _one("", 1500, revenue="0720"), _one("", 260, revenue="0250")),
        stay=2.2, bill_type="0111", women=True),
    Service("outpatient_imaging", "acute_hospital", "I", "22", {
        "chest": (0.02, 0.06, 0.15, 0.1, 0.2), "joints": 0.25,
        "growth": (0, 0.03, 0.06, 0.04, 0.1)},
        (_any(("71046", 92, 0.5), ("72148", 410, 0.2), ("76700", 180, 0.3), revenue="0320"),),
        bill_type="0131"),
    Service("imaging", "diagnostic_radiology", "P", "49", {"joints": 0.3, "injury": (
        0.06, 0.05, 0.06, 0.06, 0.08)}, (_any(("73030", 34, 0.5), ("72148", 240, 0.5)),)),
    Service("mammogram", "mammography", "P", "49", {"growth": (0, 0.09, 0.08, 0.05, 0.2)},
        (_one("77067", 138),), women=True),
    _specialist("cardiology", {"heart": 1.8, "hypertension": 0.12}, _one("93000", 18, 0.4)),
    _specialist("endocrinology", {"diabetes": 0.3}),
    _specialist("pulmonology", {"lung": 0.2}, _one("94060", 58, 0.3)),
    _specialist("orthopedic_surgery", {"joints": 0.4, "injury": (0.06, 0.04, 0.05, 0.05, 0.06)},
                _one("20610", 62, 0.2)),
    _specialist("neurology", {"nerves": 0.9}, _one("95816", 240, 0.1)),
    _specialist("nephrology", {"kidneys": 1.0}),
    _specialist("gastroenterology", {"stomach": (0.03, 0.06, 0.12, 0.08, 0.14)},
                _one("43239", 390, 0.1)),
    _specialist("dermatology", {"skin": (0.05, 0.04, 0.06, 0.03, 0.12)}, _one("11102", 98, 0.2)),
    _specialist("otolaryngology", {"cold": (0.06, 0.02, 0.03, 0.02, 0.03)}),
    _specialist("ophthalmology", {"diabetes": 0.4, "eyes": (0.10, 0.05, 0.08, 0.05, 0.3)}),
    _specialist("podiatry", {"diabetes": 0.25}),
    _specialist("urology", {"infection": (0.005, 0.02, 0.04, 0.02, 0.10)}),
    _specialist("rheumatology", {"joints": 0.10}),
    _specialist("allergy_immunology", {"lung": 0.08}, _one("95004", 5, 0.4, units=30)),
    _specialist("physiatry", {"joints": 0.08}),
    _specialist("general_surgery", {"stomach": (0.005, 0.02, 0.03, 0.02, 0.04)}),
    _specialist("oncology", {"growth": (0.004, 0.04, 0.10, 0.05, 0.25)}),
    _specialist("radiation_oncology", {"growth": (0, 0.01, 0.02, 0.01, 0.05)}),
    _specialist("vascular_surgery", {"heart": 0.05}),
    _specialist("infectious_diseases", {"infection": (0.002, 0.01, 0.02, 0.03, 0.03)}),
    Service("womens_visit", "obgyn", "P", "11", {
        "women": (0, 0.55, 0.25, 0.2, 0.05), "contraception": (0.05, 0.25, 0.1, 0.12, 0)},
        (_VISIT, _one("76805", 128, 0.15)), women=True),
    Service("spine_visit", "chiropractor", "P", "11", {"joints": 0.5}, (_one("98941", 38),)),
    Service("therapy_session", "physical_therapy", "P", "11", {"joints": 1.0, "nerves": 0.6},
        (_one("97110", 27, units=2), _one("97140", 25, 0.6))),
    Service("speech_session", "speech_therapy", "P", "11", {"nerves": 0.3, "mobility": (
        0.02, 0.0, 0.1, 0.02, 0.2)}, (_one("92507", 68),)),
    Service("hand_session", "occupational_therapy", "P", "11", {"mobility": (
        0.02, 0.02, 0.15, 0.03, 0.25)}, (_one("97530", 32, units=2),)),
    Service("day_surgery", "surgical_services", "P", "24", {
        "joints": 0.05, "stomach": (0.01, 0.04, 0.06, 0.04, 0.08)},
        (_any(("45378", 430, 0.5), ("29881", 1150, 0.5)),)),
    Service("infusion", "infusion_chemotherapy", "P", "49",
        {"growth": (0, 0.02, 0.06, 0.02, 0.12)},
        (_one("96413", 145), _one("96375", 24, 0.6))),
    Service("nursing_stay", "skilled_nursing", "I", "31",
        {"mobility": (0, 0.001, 0.02, 0.01, 0.06)},
        (_day("0120", 235),), stay=16.0, bill_type="0211", domain="LTSS"),
    Service("personal_care", "home_care", "P", "12", {"mobility": (0.03, 0.02, 1.6, 0.6, 3.5)},
        (_one("T1019", 5.1, units=48),), domain="LTSS"),
    Service("dental_visit", "dental", "P", "11", {"teeth": (0.9, 0.25, 0.2, 0.15, 0.1)},
        (_any(("D0120", 32, 0.6), ("D0150", 48, 0.4)),
         _any(("D1120", 41, 0.6), ("D2391", 96, 0.4))),
        domain="OTHER"),
    Service("ride", "transport", "P", "99", {"mobility": (0.08, 0.10, 1.0, 1.4, 2.0)},
        (_one("A0120", 27, units=2),), domain="OTHER"),
    Service("pressure_drugs", "pharmacy", "R", "01", {"hypertension": 3.4},
        _fill(("00310013110", 21, 0.6, 90), ("00069153066", 27, 0.4, 90), days=90)),
    Service("sugar_drugs", "pharmacy", "R", "01", {"diabetes": 4.0},
        _fill(("00087606005", 24, 0.7, 180), ("00088222033", 690, 0.3, 30), days=90)),
    Service("lung_drugs", "pharmacy", "R", "01", {"lung": 2.6},
        _fill(("59310057922", 48, 0.7, 9), ("00173069600", 290, 0.3, 60))),
    Service("heart_drugs", "pharmacy", "R", "01", {"heart": 4.0},
        _fill(("00039006013", 18, 0.6, 90), ("00003089421", 1180, 0.4, 180), days=90)),
    Service("lipid_drugs", "pharmacy", "R", "01", {"lipids": 3.2},
        _fill(("00071015523", 31, 1.0, 90), days=90)),
    Service("pain_drugs", "pharmacy", "R", "01", {"joints": 1.6, "nerves": 2.6},
        _fill(("00071080524", 54, 0.6, 270), ("00904791461", 19, 0.4, 180), days=90)),
    Service("infection_drugs", "pharmacy", "R", "01", {
        "cold": (0.35, 0.15, 0.2, 0.2, 0.2), "infection": (0.05, 0.08, 0.2, 0.2, 0.2)},
        _fill(("00093310901", 8, 0.7, 21), ("00093717356", 13, 0.3, 6), days=10)),
)

_STEADY_TALK: dict[str, Rate] = {
    "depression": 1.9, "anxiety": 1.7, "trauma": 3.2, "major_depression": 2.6, "bipolar": 1.5,
    "conduct": 2.6, "attention": 0.8,
}
BEHAVIORAL = (
    Service("psychiatric_evaluation", "psychiatry", "P", "11", {
        "depression": 0.12, "major_depression": 0.4, "bipolar": 0.4, "schizophrenia": 0.4,
        "attention": 0.2, "anxiety": 0.08, "opioids": 0.1}, (_one("90792", 168),)),
    Service("medication_visit", "psychiatry", "P", "11", {
        "depression": 0.7, "major_depression": 2.6, "bipolar": 3.2, "schizophrenia": 4.0,
        "attention": 1.2, "anxiety": 0.5, "trauma": 0.4},
        (_any(("99213", 84, 0.45), ("99214", 122, 0.55)), _one("90833", 62, 0.2))),
    Service("nurse_medication_visit", "psychiatric_nursing", "P", "11", {
        "depression": 0.5, "major_depression": 1.2, "bipolar": 1.4, "schizophrenia": 1.6,
        "attention": 0.9, "opioids": 1.2}, (_any(("99213", 72, 0.5), ("99214", 104, 0.5)),)),
    Service("intake", "clinical_social_work", "P", "11", {
        "depression": 0.25, "anxiety": 0.2, "trauma": 0.3, "conduct": 0.3, "attention": 0.15},
        (_one("90791", 128),)),
    Service("social_work_therapy", "clinical_social_work", "P", "11", _STEADY_TALK, (_TALK,)),
    Service("psychologist_therapy", "clinical_psychology", "P", "11", {
        "depression": 0.9, "anxiety": 1.0, "trauma": 1.6, "major_depression": 1.2, "bipolar": 0.8,
        "attention": 0.4}, (_TALK,)),
    Service("psychological_testing", "clinical_psychology", "P", "11", {
        "attention": 0.14, "autism": 0.5}, (_one("96130", 118), _one("96136", 46, 0.9, units=2))),
    Service("counseling_session", "counseling", "P", "11", {
        "depression": 1.2, "anxiety": 1.2, "trauma": 2.0, "conduct": 2.5, "alcohol": 2.2,
        "opioids": 1.6, "stimulants": 2.2},
        (_any(("90834", 72, 0.5), ("90837", 104, 0.3), ("90853", 31, 0.2)),)),
    Service("skills_training", "outpatient_behavioral_health", "P", "53", {
        "schizophrenia": 12.0, "bipolar": 4.0, "major_depression": 2.0, "conduct": 1.5},
        (_one("H2017", 16, units=8),)),
    Service("community_team", "outpatient_behavioral_health", "P", "12", {
        "schizophrenia": 6.0, "bipolar": 1.0}, (_one("H0040", 148),)),
    Service("behavior_therapy", "outpatient_behavioral_health", "P", "12", {"autism": 8.0},
        (_one("97153", 14, units=12),)),
    Service("center_day", "outpatient_behavioral_health", "I", "53", {
        "schizophrenia": 3.0, "bipolar": 2.0, "major_depression": 2.0, "depression": 0.5},
        (_any(("90853", 46, 1.0), revenue="0915"), _one("G0177", 40, 0.4, revenue="0942")),
        bill_type="0761", whole=True),
    Service("crisis_call", "crisis_service", "P", "15", {
        "major_depression": 0.2, "bipolar": 0.15, "schizophrenia": 0.3, "conduct": 0.1,
        "trauma": 0.05}, (_any(("H2011", 46, 0.7), ("S9484", 190, 0.3)),), urgent=True),
    Service("behavioral_emergency", "acute_hospital", "I", "23", {
        "depression": 0.04, "major_depression": 0.15, "bipolar": 0.12, "schizophrenia": 0.2,
        "alcohol": 0.15, "opioids": 0.1, "anxiety": 0.05},
        (_any(("99284", 430, 0.6), ("99283", 270, 0.4), revenue="0450"),),
        bill_type="0131", urgent=True, sites_of_both=True),
    Service("psychiatric_stay", "inpatient_psychiatric", "I", "51", {
        "major_depression": 0.15, "bipolar": 0.11, "schizophrenia": 0.20, "depression": 0.012,
        "trauma": 0.010, "conduct": 0.010},
        (_day("0124", 690), _one("", 120, 0.7, revenue="0914"), _one("", 210, revenue="0250")),
        stay=7.5, bill_type="0111"),
    Service("detoxification", "inpatient_psychiatric", "I", "51", {
        "alcohol": 0.05, "opioids": 0.04}, (_day("0116", 560), _one("", 160, revenue="0250")),
        stay=4.0, bill_type="0111"),
    Service("intensive_outpatient", "substance_use_clinic", "P", "57", {
        "alcohol": 4.0, "opioids": 3.0, "stimulants": 4.5}, (_one("H0015", 128),)),
    Service("substance_assessment", "substance_use_clinic", "P", "57", {
        "alcohol": 0.3, "opioids": 0.25, "stimulants": 0.3}, (_one("H0001", 112),)),
    Service("substance_residence", "substance_use_clinic", "P", "55", {
        "alcohol": 0.03, "opioids": 0.03, "stimulants": 0.04},
        (Line((Option("H0018", 172),), daily=True),), stay=14.0),
    Service("opioid_dosing", "opioid_treatment", "P", "58", {"opioids": 14.0},
        (_one("H0020", 15.5, units=7), _one("H0004", 21, 0.25, units=2))),
    Service("mood_drugs", "pharmacy", "R", "01", {
        "depression": 2.4, "major_depression": 3.4, "anxiety": 2.0, "trauma": 1.6},
        _fill(("59762490001", 26, 0.6, 90), ("00456201001", 44, 0.4, 90), days=90)),
    Service("attention_drugs", "pharmacy", "R", "01", {"attention": 6.0},
        _fill(("50458058501", 88, 0.6, 30), ("59417010310", 165, 0.4, 30))),
    Service("mind_drugs", "pharmacy", "R", "01", {"bipolar": 7.5, "schizophrenia": 9.0},
        _fill(("00310027510", 38, 0.5, 60), ("59148000813", 95, 0.3, 30),
              ("50458056301", 610, 0.2, 1))),
    Service("recovery_drugs", "pharmacy", "R", "01", {"opioids": 5.0, "alcohol": 1.2},
        _fill(("12496120803", 138, 0.8, 60), ("00056001170", 42, 0.2, 30))),
)

SERVICES = PHYSICAL + BEHAVIORAL
FIRST_BEHAVIORAL = len(PHYSICAL)


class Follower(NamedTuple):
    """A service that follows another: with what chance, and between how many days after its end."""

    after: str
    service: Service
    chance: float
    days: tuple[int, int]


FOLLOWERS = (
    Follower("emergency_visit", Service("emergency_physician", "emergency_medicine", "P", "23", {},
             (_any(("99283", 68, 0.5), ("99284", 116, 0.5)),), urgent=True), 0.9, (0, 0)),
    Follower("behavioral_emergency", Service(
        "behavioral_emergency_physician", "emergency_medicine", "P", "23", {},
        (_any(("99284", 116, 1.0),),), urgent=True, sites_of_both=True), 0.9, (0, 0)),
    Follower("hospital_stay", Service("hospital_rounds", "hospital_medicine", "P", "21", {},
             (_one("99223", 192), _one("99232", 136))), 0.85, (0, 0)),
    Follower("psychiatric_stay", Service("week_follow_up", "psychiatry", "P", "11", {},
             (_one("99214", 122),)), 0.22, (1, 7)),
    Follower("psychiatric_stay", Service("month_follow_up", "clinical_social_work", "P", "11", {},
             (_one("90834", 84),)), 0.30, (3, 30)),
)
EVERY = SERVICES + tuple(follower.service for follower in FOLLOWERS)
