"""Every figure of the state packs against a table typed from the sources, one line a requirement.

A line has id, severity, mark (read or not), specialty, who; then the limits by class of county or
for every county: ``minutes/miles`` (a dash where a limit does not count), logic, share in percent,
and the number of providers where it is not one. ``+10`` is the credit for telehealth.
"""

from __future__ import annotations

from datetime import date

import pytest

from rules.contract import load
from rules.specialty import specialties

DAY = date(2026, 6, 30)

AZ = """
AZ-BH-CLINIC-ADULT major read bh_clinic adult +10 | maricopa_pima 15/10 either 90 | other -/60 distance 90
AZ-BH-CLINIC-PEDIATRIC major read bh_clinic pediatric +10 | maricopa_pima 15/10 either 90 | other -/60 distance 90
AZ-BHRF major read bh_residential all | maricopa_pima 15/10 either 90 | other 95/85 either 90
AZ-CRISIS info read crisis_stabilization all | maricopa_pima 15/10 either 90 | other -/45 distance 90
AZ-HOSPITAL major read acute_hospital all | maricopa_pima 45/30 either 90 | other 95/85 either 90
AZ-PCP-ADULT major read primary_care adult:21- +10 | maricopa_pima 15/10 either 90 | other 40/30 either 90
AZ-PCP-PEDIATRIC major read primary_care pediatric:-20 +10 | maricopa_pima 15/10 either 90 | other 40/30 either 90
AZ-OBGYN major read obgyn all:15-45 | maricopa_pima 45/30 either 90 | other 90/75 either 90
AZ-PHARMACY major read pharmacy all | maricopa_pima 12/8 either 90 | other 40/30 either 90
AZ-DENTIST-PEDIATRIC major read dentist pediatric:-20 | maricopa_pima 15/10 either 90 | other 40/30 either 90
AZ-CARDIOLOGY-ADULT major read cardiology adult:21- +10 | maricopa_pima 30/20 either 90 | other 75/60 either 90
AZ-CARDIOLOGY-PEDIATRIC major read pediatric_cardiology pediatric:-20 +10 | maricopa_pima 60/45 either 90 | other 110/100 either 90
AZ-NURSING-FACILITY info read nursing_facility all | maricopa_pima 45/30 either 90 | other 95/85 either 90
"""  # noqa: E501

MI_PIHP = """
MIP-TD-INPATIENT major read inpatient_psychiatric all | 30/15 70/45 100/75 90/75 155/140
MIP-TD-PHP minor read partial_hospitalization all | 30/15 70/45 100/75 90/75 155/140
MIP-TD-PSR info not psychosocial_rehabilitation all | 20/10 45/30 70/53 75/60 118/105
MIP-TD-CRISIS-RESIDENTIAL info not crisis_residential all | 20/10 45/30 70/53 75/60 118/105
MIP-TD-OTP info not opioid_treatment all | 20/10 45/30 70/53 75/60 118/105
"""

MI_MHP = """
MIH-TD-BH-ADULT minor read outpatient_mh_sud adult | 10/5 15/10 30/20 40/30 70/60
MIH-TD-BH-PEDIATRIC minor read outpatient_mh_sud pediatric | 10/5 15/10 30/20 40/30 70/60
MIH-TD-PSYCHIATRY minor read psychiatry_with_pmhnp all | 20/10 45/30 60/45 75/60 110/100
MIH-TD-HOSPITAL minor read acute_hospital all | 20/10 30/30 30/30 60/60 110/100
"""

NC = """
NC-PCP major read primary_care all | urban 30/10 either 95 x2 | rural 30/30 either 95 x2
NC-HOSPITAL major read acute_hospital all | urban 30/15 either 95 | rural 30/30 either 95
NC-PHARMACY major read pharmacy all | urban 30/10 either 95 x2 | rural 30/30 either 95 x2
NC-OBSTETRICS info not obgyn all:14-44:F | urban 30/10 either 95 x2 | rural 30/30 either 95 x2
NC-BH-OUTPATIENT-ADULT info not outpatient_mh_sud adult | urban 30/30 either 95 x2 | rural 45/45 either 95 x2
NC-BH-OUTPATIENT-PEDIATRIC info not outpatient_mh_sud pediatric | urban 30/30 either 95 x2 | rural 45/45 either 95 x2
NC-BH-OTP info not opioid_treatment all | urban 30/30 either 95 x2 | rural 45/45 either 95 x2
NC-BH-SACOT info not comprehensive_outpatient_sud all | urban 30/30 either 95 x2 | rural 45/45 either 95 x2
NC-BH-SAIOP info not intensive_outpatient all | urban 30/30 either 95 x2 | rural 45/45 either 95 x2
NC-BH-PHP info not partial_hospitalization all | urban 30/30 either 95 | rural 60/60 either 95
"""  # noqa: E501

CA = """
CA-PCP minor read primary_care all | every 30/10 either 100
CA-HOSPITAL minor read acute_hospital all | every 30/15 either 100
CA-OB-PRIMARY minor read obgyn all | every 30/10 either 100
CA-DENTAL minor read dentist all | every 30/10 either 100
CA-PHARMACY minor read pharmacy all | every 30/10 either 100
CA-MH-15 minor read outpatient_mental_health all@miles_15 | every 30/15 either 100
CA-MH-30 minor read outpatient_mental_health all@miles_30 | every 60/30 either 100
CA-MH-45 minor read outpatient_mental_health all@miles_45 | every 75/45 either 100
CA-MH-15-UNREAD info not outpatient_mental_health all@miles_15_unread | every 30/15 either 100
CA-MH-30-UNREAD info not outpatient_mental_health all@miles_30_unread | every 60/30 either 100
CA-MH-45-UNREAD info not outpatient_mental_health all@miles_45_unread | every 75/45 either 100
CA-MH-60-UNREAD info not outpatient_mental_health all@miles_60_unread | every 90/60 either 100
"""

IA = """
IA-ACCESS-CENTER minor read crisis_center all | every 60/60 either 100
IA-MH-OUTPATIENT minor read outpatient_mental_health all | every 60/60 either 100
"""

MN = """
MN-PRIMARY-CARE minor read primary_care all | every 30/30 both 100
MN-MENTAL-HEALTH minor read outpatient_mental_health all | every 30/30 both 100
MN-HOSPITAL minor read acute_hospital all | every 30/30 both 100
"""

# Figures for each type of specialist; which types is carvein's own choice.
TYPES = {
    "nc": ("NC-SPECIALTY-", 18, "info read", "urban 30/15 either 95 x2 | rural 60/60 either 95 x2"),
    "mn": ("MN-OTHER-", 17, "info not", "every 60/60 both 100"),
    "ca": (
        "CA-SPECIALIST-",
        18,
        "info not",
        "miles_15 30/15 either 100 | miles_30 60/30 either 100 | miles_45 75/45 either 100 | "
        "miles_15_unread 30/15 either 100 | miles_30_unread 60/30 either 100 | "
        "miles_45_unread 75/45 either 100 | miles_60_unread 90/60 either 100",
    ),
}

# Ratios: id, severity, mark, specialty, population, what is counted, how many, for how many.
NW03 = {
    "mi-pihp": """
MIP-RATIO-ACT minor read assertive_community_treatment all 1 sites 30000
MIP-RATIO-CLUBHOUSE minor read clubhouse all 1 sites 45000
MIP-RATIO-OTP major read opioid_treatment all 1 sites 35000
MIP-RATIO-CRISIS-ADULT minor read crisis_residential adult 16 beds 500000
MIP-RATIO-CRISIS-PEDIATRIC minor read crisis_residential pediatric 8 beds 500000
MIP-RATIO-HOME-BASED info read home_based all 1 sites 2000
MIP-RATIO-WRAPAROUND info read wraparound all 1 sites 5000
""",
    "mi-mhp": "MIH-RATIO-PCP major read primary_care all 1 providers 500",
}

# Waits: id, severity, mark, provider type, kind of appointment, longest wait, unit.
NW04 = {
    "mi-pihp": """
MIP-WAIT-ACT minor read assertive_community_treatment routine 7 business_days
MIP-WAIT-WRAPAROUND minor read wraparound routine 10 business_days
MIP-WAIT-HOME-BASED minor read home_based routine 10 business_days
MIP-WAIT-RESPITE minor read respite routine 10 business_days
""",
    "mi-mhp": """
MIH-WAIT-ROUTINE-BH minor read outpatient_behavioral_health routine 10 business_days
MIH-WAIT-ROUTINE-SUD minor read outpatient_sud routine 10 business_days
MIH-WAIT-URGENT-BH minor read outpatient_behavioral_health urgent 48 hours
MIH-WAIT-URGENT-SUD minor read outpatient_sud urgent 48 hours
""",
    "nc": """
NC-WAIT-URGENT-BH info not outpatient_behavioral_health urgent 24 hours
NC-WAIT-URGENT-SUD info not outpatient_sud urgent 24 hours
NC-WAIT-ROUTINE-BH info not outpatient_behavioral_health routine 14 days
NC-WAIT-ROUTINE-SUD info not outpatient_sud routine 14 days
""",
    "ca": """
CA-WAIT-PCP minor read primary_care routine 10 business_days
CA-WAIT-SPECIALIST minor read specialist routine 15 business_days
CA-WAIT-NONPHYSICIAN-MH minor read nonphysician_mental_health routine 10 business_days
CA-WAIT-ANCILLARY minor read ancillary routine 15 business_days
CA-WAIT-URGENT-PCP minor read primary_care urgent 96 hours
CA-WAIT-URGENT-SPECIALIST minor read specialist urgent 96 hours
CA-WAIT-URGENT-MH minor read nonphysician_mental_health urgent 96 hours
""",
    "ny": """
NY-WAIT-INITIAL-BH minor read outpatient_behavioral_health routine 10 business_days
NY-WAIT-INITIAL-SUD minor read outpatient_sud routine 10 business_days
NY-WAIT-DISCHARGE-BH minor read outpatient_behavioral_health post_discharge 7 days
NY-WAIT-DISCHARGE-SUD minor read outpatient_sud post_discharge 7 days
""",
    "ia-bhaso": """
IA-WAIT-ROUTINE minor read outpatient_behavioral_health routine 28 days
IA-WAIT-URGENT minor read outpatient_behavioral_health urgent 24 hours
""",
}

# One of each in every region: id, specialty, population. All second hand.
NW05 = """
NC-REGION-FBC-ADULT crisis_stabilization adult
NC-REGION-FBC-PEDIATRIC crisis_stabilization pediatric
NC-REGION-MOBILE mobile_crisis all
NC-REGION-AMBULATORY ambulatory_withdrawal all
NC-REGION-AMBULATORY-MONITORED ambulatory_withdrawal_monitored all
NC-REGION-RESIDENTIAL residential_withdrawal all
NC-REGION-INPATIENT-WITHDRAWAL inpatient_withdrawal all
NC-REGION-INPATIENT-ADULT inpatient_psychiatric adult
NC-REGION-INPATIENT-PEDIATRIC inpatient_psychiatric pediatric
"""

REACH = {
    "az-acom-436": AZ,
    "mi-pihp": MI_PIHP,
    "mi-mhp": MI_MHP,
    "nc": NC,
    "ca": CA,
    "ny": "",
    "ia-bhaso": IA,
    "mn": MN,
}
FIVE = ("large_metro", "metro", "micro", "rural", "ceac")


@pytest.fixture(scope="module")
def packs():
    return {name: load(name) for name in REACH}


def own(pack, rule):
    return {
        asked.id: (asked, asked.in_force(DAY))
        for asked in pack.requirements
        if asked.pack == pack.id and asked.rule == rule
    }


def lines(text):
    return [line for line in text.strip().split("\n") if line]


def five(text):
    """Write a line of five limits, both to hold, for 90 and 85 % of members, out in full."""
    shares = (90, 90, 85, 85, 85)
    cells = zip(FIVE, text.split(), shares, strict=True)
    return " | ".join(f"{name} {limit} both {share}" for name, limit, share in cells)


def told(asked, value):
    """Write a requirement of NW01 as a line of the tables above."""
    scope, params = asked.applies_to, value.params
    ages = f"{scope.get('age_from', '')}-{scope.get('age_to', '')}"
    who = scope["population"] + (f":{ages}" if ages != "-" else "")
    who += f":{scope['sex']}" if "sex" in scope else ""
    who += f"@{scope['county_class']}" if "county_class" in scope else ""
    head = f"{asked.id} {asked.severity} {_mark(value)} {scope['specialty']} {who}"
    assert params.telehealth_credit in (0, 0.1)
    head += " +10" if params.telehealth_credit else ""
    by_class = params.by_county_class or {"every": params}
    return " | ".join([head, *(f"{name} {_limit(by_class[name], params)}" for name in by_class)])


def _limit(limit, params):
    logic = limit.logic or params.logic
    minutes = "-" if logic == "distance" else f"{limit.max_minutes:g}"
    many = limit.providers or params.providers
    least = f" x{many}" if many > 1 else ""
    return f"{minutes}/{limit.max_miles:g} {logic} {limit.share * 100:g}{least}"


def _mark(value):
    return "not" if value.unverified else "read"


@pytest.mark.parametrize("name", REACH)
def test_every_limit_is_the_one_typed(packs, name):
    prefix, count, head, cells = TYPES.get(name, ("\0", 0, "", ""))
    found = {key: told(*one) for key, one in own(packs[name], "NW01").items()}
    wanted = []
    for line in lines(REACH[name]):
        lead, _, rest = line.partition(" | ")
        wanted.append(f"{lead} | {five(rest) if name.startswith('mi-') else rest}")
    plain = {key: line for key, line in found.items() if not key.startswith(prefix)}
    assert sorted(plain.values()) == sorted(wanted)
    types = {key: line for key, line in found.items() if key.startswith(prefix)}
    assert len(types) == count
    for key, line in types.items():
        code = key.removeprefix(prefix)
        slug = next(slug for slug, one in specialties().items() if one.hsd_code == code)
        assert line == f"{key} {head} {slug} all | {cells}"


@pytest.mark.parametrize("name", REACH)
def test_every_ratio_is_the_one_typed(packs, name):
    found = [
        f"{key} {asked.severity} {_mark(value)} {asked.applies_to['specialty']} "
        f"{asked.applies_to['population']} {value.params.at_least:g} {value.params.counts} "
        f"{value.params.per_members:g}".replace("e+05", "00000")
        for key, (asked, value) in own(packs[name], "NW03").items()
    ]
    assert sorted(found) == sorted(lines(NW03.get(name, "")))
    assert {value.params.area for _, value in own(packs[name], "NW03").values()} <= {"plan"}


@pytest.mark.parametrize("name", REACH)
def test_every_wait_is_the_one_typed(packs, name):
    found = [
        f"{key} {asked.severity} {_mark(value)} {asked.applies_to['provider_type']} "
        f"{asked.applies_to['appointment_type']} {value.params.max_wait:g} {value.params.unit}"
        for key, (asked, value) in own(packs[name], "NW04").items()
    ]
    assert sorted(found) == sorted(lines(NW04.get(name, "")))
    # No source states a share of appointments, so all are asked.
    assert {value.params.share for _, value in own(packs[name], "NW04").values()} <= {1.0}


@pytest.mark.parametrize("name", REACH)
def test_one_of_each_in_every_region(packs, name):
    found = [
        f"{key} {asked.applies_to['specialty']} {asked.applies_to['population']}"
        for key, (asked, value) in own(packs[name], "NW05").items()
        if (str(asked.severity), _mark(value)) == ("info", "not")
        and (value.params.minimum, value.params.counts, value.params.area) == (1, "sites", "region")
    ]
    assert sorted(found) == sorted(lines(NW05 if name == "nc" else ""))


@pytest.mark.parametrize("name", REACH)
def test_nothing_else_is_asked(packs, name):
    rules = {asked.rule for asked in packs[name].requirements if asked.pack == name}
    assert rules <= {"NW01", "NW03", "NW04", "NW05"}
    assert packs[name].extends == ("federal-438",)
    assert packs[name].plans == ()


@pytest.mark.parametrize("name", REACH)
def test_what_was_not_read_is_info(packs, name):
    """No unverified value accuses, and every pack cites only its own documents."""
    for asked in packs[name].requirements:
        if asked.pack != name:
            continue
        (value,) = asked.values
        assert not value.unverified or str(asked.severity) == "info", asked.id
        document = packs[name].documents[value.citation.document]
        unread = "second hand" in document.title or "not read" in document.title
        assert value.unverified or not unread, asked.id


STARTS = {
    "az-acom-436": date(2025, 10, 1),
    "mi-pihp": date(2026, 1, 30),
    "mi-mhp": date(2024, 10, 1),
    "nc": date(2026, 1, 1),
    "ca": date(2026, 1, 1),
    "ny": date(2024, 4, 1),
    "ia-bhaso": date(2025, 7, 1),
    "mn": date(2026, 1, 1),
}


def test_the_first_days(packs):
    assert {name: pack.starts for name, pack in packs.items()} == STARTS


def test_arizonas_counties(packs):
    classes = packs["az-acom-436"].county_classes
    assert len(classes) == 15
    assert sorted(fips for fips, name in classes.items() if name == "maricopa_pima") == [
        "04013",
        "04019",
    ]
    assert set(classes.values()) == {"maricopa_pima", "other"}


def test_north_carolina_tells_urban_from_rural_by_density(packs):
    assert dict(packs["nc"].county_density) == {"urban": 250, "rural": 0}
    assert packs["nc"].county_classes == {}


CA_GROUPS = """
miles_15: Los Angeles, Sacramento, San Diego
miles_30: San Joaquin, Stanislaus
miles_45: Kern, Tulare
miles_15_unread: Alameda, Contra Costa, Orange, San Francisco, San Mateo, Santa Clara
miles_30_unread: Marin, Placer, Riverside, Santa Cruz, Solano, Sonoma, Ventura
miles_45_unread: Amador, Butte, El Dorado, Fresno, Kings, Lake, Madera, Merced, Monterey, Napa, \
Nevada, San Bernardino, San Luis Obispo, Santa Barbara, Sutter, Yolo, Yuba
miles_60_unread: Alpine, Calaveras, Colusa, Del Norte, Glenn, Humboldt, Imperial, Inyo, Lassen, \
Mariposa, Mendocino, Modoc, Mono, Plumas, San Benito, Shasta, Sierra, Siskiyou, Tehama, Trinity, \
Tuolumne
"""


def test_californias_counties(packs):
    from geodata.counties import county_name

    found: dict[str, list[str]] = {}
    for fips, name in packs["ca"].county_classes.items():
        assert fips.startswith("06")
        found.setdefault(name, []).append(county_name(fips))
    wanted = dict(line.split(": ") for line in lines(CA_GROUPS))
    assert {name: ", ".join(sorted(names)) for name, names in found.items()} == wanted
    assert len(packs["ca"].county_classes) == 58


# Words that the sources hold, and no others, are quoted.
QUOTES = {
    "90% of membership does not need to travel more than",
    "only require 80% of a county's membership",
    "established as either: a maximum travel time or distance",
    "lesser of 30 miles or 30 minutes to the nearest provider of",
}


def test_quotes_are_words_that_were_read(packs):
    quoted = {
        one.citation.quote
        for name, pack in packs.items()
        for one in (
            *(value for asked in pack.requirements if asked.pack == name for value in asked.values),
            *(clause for clause in pack.clauses if clause.pack == name),
        )
    }
    assert quoted - {""} == QUOTES
