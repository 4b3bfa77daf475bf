"""The trades of a provider network: every specialty of 42 CFR 422.116, and the few beside them.

``reach`` is the distance standard that plans build their networks to: miles in large metro, metro,
micro and rural counties (42 CFR 422.116(d), Table 1). ``extra`` is how many providers per 1,000
members of one plan stand beside those that distance alone asks for; a trade that does not ``cover``
is not asked for by distance at all.
"""

from __future__ import annotations

from typing import NamedTuple


class Trade(NamedTuple):
    """One kind of provider. ``taxonomies`` are NUCC codes; the first serves all ages."""

    slug: str
    person: bool
    behavioral: bool
    taxonomies: tuple[str, ...]
    reach: tuple[float, float, float, float]
    extra: float
    program: str = ""
    covers: bool = True


_A, _B, _C = (10, 20, 35, 60), (10, 30, 45, 60), (15, 30, 60, 75)
_D, _F, _G = (15, 40, 75, 90), (10, 30, 60, 60), (15, 40, 120, 120)
_NEAR, _FAR, _WIDE = (5, 10, 20, 30), (15, 45, 75, 75), (30, 60, 120, 120)

PERSONS = (
    Trade("primary_care", True, False, ("207Q00000X", "207R00000X", "208D00000X"), _NEAR, 6.0),
    Trade("pediatrics", True, False, ("208000000X",), _D, 2.0),
    Trade("allergy_immunology", True, False, ("207K00000X",), _C, 0.15),
    Trade("cardiology", True, False, ("207RC0000X",), _A, 0.8),
    Trade("chiropractor", True, False, ("111N00000X",), _C, 0.3),
    Trade("dermatology", True, False, ("207N00000X",), _B, 0.5),
    Trade("endocrinology", True, False, ("207RE0101X",), _D, 0.15),
    Trade("otolaryngology", True, False, ("207Y00000X",), _C, 0.2),
    Trade("gastroenterology", True, False, ("207RG0100X",), _B, 0.4),
    Trade("general_surgery", True, False, ("208600000X",), _A, 0.8),
    Trade("obgyn", True, False, ("207V00000X",), _C, 0.8),
    Trade("infectious_diseases", True, False, ("207RI0200X",), _D, 0.1),
    Trade("nephrology", True, False, ("207RN0300X",), _C, 0.3),
    Trade("neurology", True, False, ("2084N0400X",), _B, 0.4),
    Trade("neurosurgery", True, False, ("207T00000X",), _D, 0.05),
    Trade("oncology", True, False, ("207RH0003X", "207RX0202X"), _B, 0.5),
    Trade("radiation_oncology", True, False, ("2085R0001X",), _D, 0.15),
    Trade("ophthalmology", True, False, ("207W00000X",), _A, 0.7),
    Trade("orthopedic_surgery", True, False, ("207X00000X",), _A, 0.6),
    Trade("physiatry", True, False, ("208100000X",), _C, 0.15),
    Trade("plastic_surgery", True, False, ("208200000X",), _D, 0.05),
    Trade("podiatry", True, False, ("213E00000X",), _B, 0.5),
    Trade("pulmonology", True, False, ("207RP1001X",), _B, 0.4),
    Trade("rheumatology", True, False, ("207RR0500X",), _D, 0.2),
    Trade("urology", True, False, ("208800000X",), _B, 0.4),
    Trade("vascular_surgery", True, False, ("2086S0129X",), _D, 0.06),
    Trade("cardiothoracic_surgery", True, False, ("208G00000X",), _D, 0.05),
    Trade("emergency_medicine", True, False, ("207P00000X",), _D, 1.0),
    Trade("hospital_medicine", True, False, ("208M00000X",), _D, 0.8),
    Trade("psychiatry", True, True, ("2084P0800X", "2084P0804X"), _B, 0.8),
    Trade("clinical_psychology", True, True, ("103TC0700X", "103T00000X"), _B, 0.8),
    Trade("clinical_social_work", True, True, ("1041C0700X",), _A, 1.8),
    Trade(
        "counseling", True, True, ("101YM0800X", "106H00000X", "101YA0400X"), _C, 6.0, covers=False
    ),
    Trade("psychiatric_nursing", True, True, ("363LP0808X",), _C, 3.0, covers=False),
)

FACILITIES = (
    Trade("acute_hospital", False, False, ("282N00000X",), _F, 0.4),
    Trade("surgical_services", False, False, ("261QA1903X",), _F, 0.3),
    Trade("skilled_nursing", False, False, ("314000000X",), _F, 0.8),
    Trade("diagnostic_radiology", False, False, ("261QR0200X",), _F, 0.4),
    Trade("mammography", False, False, ("261QR0206X",), _F, 0.2),
    Trade("physical_therapy", False, False, ("261QP2000X",), _F, 0.5),
    Trade("occupational_therapy", True, False, ("225X00000X",), _F, 0.3),
    Trade("speech_therapy", True, False, ("235Z00000X",), _F, 0.3),
    Trade("infusion_chemotherapy", False, False, ("261QI0500X",), _F, 0.2),
    Trade("inpatient_psychiatric", False, True, ("283Q00000X",), _FAR, 0.1),
    Trade("outpatient_behavioral_health", False, True, ("261QM0801X",), (10, 25, 40, 50), 0.4),
    Trade("substance_use_clinic", False, True, ("261QR0405X",), _C, 0.3, "IOP"),
    Trade("opioid_treatment", False, True, ("261QM2800X",), _B, 0.15, "OTP"),
    Trade("crisis_service", False, True, ("251S00000X",), _WIDE, 0.05, "crisis"),
    Trade("pharmacy", False, False, ("3336C0003X",), _A, 6.0),
    Trade("laboratory", False, False, ("291U00000X",), _WIDE, 0.1),
    Trade("dental", False, False, ("261QD0000X",), _A, 1.0),
    Trade("transport", False, False, ("343900000X",), _WIDE, 0.2),
    Trade("home_care", False, False, ("253Z00000X",), _G, 0.3),
)

TRADES = PERSONS + FACILITIES
BY_SLUG = {trade.slug: trade for trade in TRADES}
BEHAVIORAL_PERSONS = tuple(trade.slug for trade in PERSONS if trade.behavioral)
HOSPITAL_PROGRAMS = {"critical care": _F, "cardiac catheterization": _G, "cardiac surgery": _G}
"""Services that hospitals offer within reach; a hospital's row names its own."""

PRESCRIBERS = ("psychiatry", "psychiatric_nursing")
