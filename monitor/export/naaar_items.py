"""The items of CMS's Network Adequacy and Access Assurances Report, and how it spells answers.

Item numbers, labels, rows and set values are those of the workbook, version 2026.7-v4; the web
form of MDCT MCR has the same numbers, but spells a few choices otherwise (docs/adr/0095-naaar.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

VERSION = "2026.7-v4"
"""The version of the workbook that the rows below are of."""

PLANS = 10
STANDARDS = 100
"""How many plans and standards one workbook holds."""

START = "Start here"
TAB_I = "I_State and program information"
TAB_II = "II_Program-level standards"
TAB_B = "III_Plan comp 438.206 All plans"
VERSION_CELL = "A2"
FIRST_COLUMN = 5
"""Answers stand from column E on, a standard (tabs II and III) or a plan (III.B) a column."""

ASSURANCE_CELL = "D5"


def tab_iii(number: int) -> str:
    """Return the name of the tab of the n-th plan, from 1."""
    return f"III_Plan comp 438.68 {{Plan {number}}}"


TABS_III = tuple(tab_iii(number) for number in range(1, PLANS + 1))

HEADING: Mapping[str, int] = MappingProxyType({"11": 8})
"""The row of tab III in which a formula says each standard, and how many lines that takes."""


@dataclass(frozen=True)
class Item:
    """One question: its number in CMS's form, its label, and its row on the tab."""

    number: str
    label: str
    row: int


PROGRAM = (
    Item("program_name", "Program name", 7),
    Item("period_start", "Reporting period start date", 9),
    Item("period_end", "Reporting period end date", 10),
    Item("plan_type", "Plan type included in program", 11),
)
"""What the workbook asks before section A, without a number; the keys are carvein's own."""

SCENARIO = (
    Item("I.A.1", "Contact name", 15),
    Item("I.A.2", "Contact email address", 16),
    Item("I.A.3", "State or territory", 17),
    Item("I.A.4", "Date of report submission", 18),
    Item("I.A.5", "Reporting scenario", 19),
    Item("I.A.6", "Reporting scenario - other ", 21),
)

FIRST_PLAN_ROW = 25
"""Row of the first plan's name (I.B)."""

TYPES = (
    "Primary care",
    "Specialist",
    "Mental health",
    "Substance Use Disorder (SUD)",
    "OB/GYN",
    "Hospital",
    "Pharmacy",
    "Dental",
    "LTSS",
)
"""The core provider types: rows of I.C, and the choices of II.A.1."""

FIRST_TYPE_ROW = 38

GEOMAPPING = "Geomapping"
DIRECTORY = "Plan Provider Directory Review"
SHOPPER = "Secret Shopper: Appointment Availability"

METHODS: Mapping[str, int] = MappingProxyType({GEOMAPPING: 50, DIRECTORY: 54, SHOPPER: 62})
"""The analysis methods (I.D) that carvein's figures come from, and the row of each one's Yes.

The frequency stands in the next row, the plans in the one after.
"""

METHODS_LEFT: Mapping[str, int] = MappingProxyType(
    {
        "Secret Shopper: Network Participation": 58,
        "Electronic Visit Verification (EVV) Data Analysis": 66,
        "Review of Grievances Related to Access": 70,
        "Encounter Data Analysis": 74,
    }
)
"""The methods that no figure here comes from: whether the state uses them it must say itself."""

STANDARD = (
    Item("II.A.1", "Provider type covered by standard", 7),
    Item("II.A.2", "Specialty details ", 8),
    Item("II.A.3", "Standard type", 9),
    Item("II.A.4", "Standard description", 10),
    Item("II.A.5", "Analysis method(s) utilized to assess compliance for this standard", 13),
    Item("II.A.6", "Population covered by standard", 14),
    Item("II.A.7", "Applicable region", 15),
)

ASSURANCE = Item("III.A.1", "Assurance of plan compliance with 42 C.F.R. § 438.68", 5)

NON_COMPLIANCE = (
    Item("III.C.1", "Plan non-compliance with the standard", 12),
    Item("III.C.2a", "Plan deficiencies: analysis methods", 15),
    Item("III.C.2b", "Plan deficiencies: description", 16),
    Item(
        "III.C.2c",
        "Plan deficiencies: description of what the plan will do to achieve compliance",
        17,
    ),
    Item("III.C.2d", "Plan deficiencies: monitoring progress", 18),
    Item("III.C.2e", "Reassessment for plan deficiencies", 19),
    Item("III.C.3a", "Exceptions granted under 42 C.F.R. § 438.68(d)", 20),
    Item(
        "III.C.3b",
        "Description of exception the state has granted to the plan under 42 C.F.R. § 438.68(d)",
        21,
    ),
    Item("III.C.3c", "Justification for exception granted under 42 C.F.R. § 438.68(d)", 22),
)

WITHIN, LONGEST_TIME, LONGEST_MILES = "III.D.1", "III.D.2", "III.D.3"
NUMBER, RATIO, KEPT = "III.D.4", "III.D.5", "III.D.6"

RESULTS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        WITHIN: ("Percent of enrollees that can access this provider type within the standard", 30),
        LONGEST_TIME: ("Maximum travel time", 37),
        LONGEST_MILES: ("Maximum travel distance", 44),
        NUMBER: ("Minimum number of network providers", 53),
        RATIO: ("Provider to enrollee ratio", 60),
        KEPT: ("Appointment availability", 68),
    }
)
"""The results (III.D), each with the row of its first answer: a to d by quarter, e annual, f day.

The row's own label is that of the answer ("Report results by quarter: Q1 (optional)").
"""

TIMES = ("a", "b", "c", "d", "e", "f")
TIME_LABELS = (
    *(f"Report results by quarter: Q{quarter} (optional)" for quarter in (1, 2, 3, 4)),
    "Report results annually: Annual (optional)",
    "Report results annually: Date of analysis of annual snapshot (optional)",
)

AVAILABILITY = tuple(
    Item(f"III.B.{at}", "", row) for at, row in enumerate((6, 8, 9, 10, 12, 13, 14, 15, 16), 1)
)
"""42 CFR 438.206, plan by plan: no review measures most of it, so the state answers all of it."""


def result_items() -> tuple[Item, ...]:
    """Return every item of III.D in the order of its rows."""
    return tuple(
        Item(f"{number}{letter}", label, first + at)
        for number, (_, first) in RESULTS.items()
        for at, (letter, label) in enumerate(zip(TIMES, TIME_LABELS, strict=True))
    )


COVERED = "Covered"
YES = "Yes"
NOT_AVAILABLE = "N/A"
COMPLIES = "Yes, the plan complies based on all analyses"
COMPLIES_NOT = (
    "No, the plan does not comply on all standards based on all analyses or exceptions granted"
)
NON_COMPLIANT = "Plan is non-compliant for this standard"

MAX_TIME = "Maximum time to travel"
MAX_DISTANCE = "Maximum distance to travel"
MAX_EITHER = "Maximum time or distance (e.g. 1 provider within 30 min or 30 miles)"
WAIT = "Appointment wait time"
RATIOS = "Provider to enrollee ratios"
MINIMUM = "Minimum number of network providers"

STATEWIDE = "Statewide"
REGIONS: Mapping[str, str] = MappingProxyType(
    {
        "large_metro": "Large metro",
        "metro": "Metro",
        "urban": "Urban",
        "micro": "Micro",
        "rural": "Rural",
        "frontier": "Frontier",
        "ceac": "Counties with Extreme Access Considerations (CEAC)",
    }
)
"""How II.A.7 spells a class of county; another class, or a region, is free text there."""

POPULATIONS: Mapping[str, str] = MappingProxyType(
    {
        "adult": "Adult",
        "pediatric": "Pediatric",
        "all": "Adult and pediatric",
        "smi": "Enrollees with serious mental illness",
        "dual": "Enrollees dually eligible for Medicare and Medicaid",
    }
)
"""How II.A.6 says a population; the workbook lists the first two, the others are free text."""

PLAN_TYPES: Mapping[str, str] = MappingProxyType({"mco": "MCO", "pihp": "PIHP", "pahp": "PAHP"})

_TYPES_OF: Mapping[str, str] = MappingProxyType(
    {
        "primary_care": "Primary care",
        "obgyn": "OB/GYN",
        "opioid_treatment": "Substance Use Disorder (SUD)",
        "acute_hospital": "Hospital",
        "cardiac_surgery_program": "Hospital",
        "cardiac_catheterization": "Hospital",
        "critical_care": "Hospital",
        "skilled_nursing": "LTSS",
        "pharmacy": "Pharmacy",
        "dental": "Dental",
    }
)


def type_of(slug: str, domain: str) -> str:
    """Return the core type that a specialty fits best; "" where neither slug nor domain tells.

    ``domain`` is PH or BH as in the value set of specialties, "" for a slug outside it.
    """
    words = slug.split("_")
    if slug in _TYPES_OF:
        return _TYPES_OF[slug]
    both = {"mental", "mh", "behavioral"} & set(words)
    if {"sud", "substance", "opioid", "addiction", "otp", "withdrawal"} & set(words) and not both:
        return "Substance Use Disorder (SUD)"
    if {"dental", "dentist"} & set(words):
        return "Dental"
    if "pharmacy" in words:
        return "Pharmacy"
    if domain == "BH" or both or "psychiatric" in words:
        return "Mental health"
    return "Specialist" if domain == "PH" else ""


_STATES = (
    "AL Alabama; AK Alaska; AZ Arizona; AR Arkansas; CA California; CO Colorado; "
    "CT Connecticut; DE Delaware; DC Dist. of Col.; FL Florida; GA Georgia; HI Hawaii; "
    "ID Idaho; IL Illinois; IN Indiana; IA Iowa; KS Kansas; KY Kentucky; LA Louisiana; "
    "ME Maine; MD Maryland; MA Massachusetts; MI Michigan; MN Minnesota; MS Mississippi; "
    "MO Missouri; MT Montana; NE Nebraska; NV Nevada; NH New Hampshire; NJ New Jersey; "
    "NM New Mexico; NY New York; NC North Carolina; ND North Dakota; OH Ohio; "
    "OK Oklahoma; OR Oregon; PA Pennsylvania; PR Puerto Rico; RI Rhode Island; "
    "SC South Carolina; SD South Dakota; TN Tennessee; TX Texas; UT Utah; VT Vermont; "
    "VA Virginia; WA Washington; WV West Virginia; WI Wisconsin; WY Wyoming"
)

STATES: Mapping[str, str] = MappingProxyType(
    {entry[:2]: entry[3:] for entry in _STATES.split("; ")}
)
"""Postal code to the name that the list of I.A.3 has."""
