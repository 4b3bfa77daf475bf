"""What ails the members: how common each condition is, and the ICD-10-CM codes it is billed by."""

from __future__ import annotations

from typing import NamedTuple


class Ailment(NamedTuple):
    """A lasting condition; ``share`` of each rate cell: CHILD ADULT DISABLED SMI DUAL."""

    name: str
    share: tuple[float, float, float, float, float]
    codes: tuple[str, ...]
    domain: str = "PH"
    from_age: int = 0
    to_age: int = 120
    serious: bool = False


CHRONIC = (
    Ailment("hypertension", (0.004, 0.16, 0.34, 0.30, 0.62), ("I10",)),
    Ailment("diabetes", (0.004, 0.08, 0.20, 0.17, 0.36), ("E119", "E1165", "E1122", "E1142")),
    Ailment("lung", (0.085, 0.07, 0.16, 0.15, 0.24), ("J4520", "J45909", "J449", "J441")),
    Ailment("heart", (0.002, 0.03, 0.12, 0.09, 0.30), ("I2510", "I5022", "I509", "I480")),
    Ailment("joints", (0.010, 0.12, 0.26, 0.20, 0.40), ("M5450", "M5459", "M1711", "M25561")),
    Ailment("nerves", (0.010, 0.03, 0.14, 0.08, 0.14), ("G40909", "G43909", "G629", "G20A1")),
    Ailment("kidneys", (0.001, 0.02, 0.08, 0.05, 0.18), ("N1830", "N1832", "N189", "N184")),
    Ailment("lipids", (0.004, 0.10, 0.20, 0.20, 0.44), ("E785", "E782", "E7800")),
)

DISORDERS = (
    Ailment(
        "depression",
        (0.024, 0.094, 0.15, 0.2, 0.135),
        ("F329", "F320", "F321", "F331", "F339", "F341"),
        "MH",
        from_age=10,
    ),
    Ailment(
        "major_depression",
        (0.002, 0.011, 0.022, 0.1, 0.022),
        ("F322", "F332", "F333"),
        "MH",
        from_age=14,
        serious=True,
    ),
    Ailment(
        "anxiety",
        (0.036, 0.086, 0.112, 0.18, 0.09),
        ("F411", "F419", "F410", "F4010"),
        "MH",
        from_age=6,
    ),
    Ailment(
        "attention",
        (0.068, 0.014, 0.038, 0.03, 0.0),
        ("F902", "F900", "F909"),
        "MH",
        from_age=5,
        to_age=45,
    ),
    Ailment(
        "conduct",
        (0.024, 0.0, 0.007, 0.0, 0.0),
        ("F913", "F919", "F4325", "F4324"),
        "MH",
        from_age=5,
        to_age=18,
    ),
    Ailment(
        "trauma", (0.016, 0.029, 0.038, 0.1, 0.015), ("F4310", "F4312", "F4323"), "MH", from_age=4
    ),
    Ailment("autism", (0.014, 0.001, 0.022, 0.0, 0.0), ("F840",), "MH", from_age=2, to_age=40),
    Ailment(
        "bipolar",
        (0.001, 0.009, 0.022, 0.3, 0.015),
        ("F319", "F3132", "F3181", "F3112"),
        "MH",
        from_age=16,
        serious=True,
    ),
    Ailment(
        "schizophrenia",
        (0.0, 0.002, 0.022, 0.26, 0.015),
        ("F209", "F250", "F251", "F200"),
        "MH",
        from_age=17,
        serious=True,
    ),
    Ailment(
        "opioids",
        (0.001, 0.025, 0.022, 0.07, 0.007),
        ("F1120", "F1121", "F1123"),
        "SUD",
        from_age=16,
    ),
    Ailment(
        "alcohol",
        (0.001, 0.022, 0.03, 0.08, 0.015),
        ("F1020", "F1010", "F1021"),
        "SUD",
        from_age=16,
    ),
    Ailment(
        "stimulants",
        (0.001, 0.011, 0.015, 0.05, 0.0),
        ("F1520", "F1510", "F1420"),
        "SUD",
        from_age=16,
    ),
)

BEHAVIORAL = DISORDERS
AILMENTS = CHRONIC + DISORDERS
NAMES = tuple(ailment.name for ailment in AILMENTS)

PASSING = {
    "well": ("Z0000", "Z0001"),
    "well_child": ("Z00129", "Z00121"),
    "cold": ("J069", "J029", "J020", "H6690", "J209"),
    "injury": ("S93401A", "S60211A", "S0990XA", "S61411A"),
    "stomach": ("R1030", "K529", "R112", "K219"),
    "skin": ("L309", "L700", "B078"),
    "eyes": ("H5213", "H04123", "H25013"),
    "women": ("Z3401", "Z3483", "N926"),
    "chest": ("R079", "R0602", "R002"),
    "infection": ("N390", "L03115", "J189"),
    "teeth": ("K029", "Z0120"),
    "mobility": ("R2689", "M6281"),
    "birth": ("O80", "O480"),
    "contraception": ("Z30011", "Z3042"),
    "growth": ("D229", "D225", "D171", "D649"),
}
"""Reasons for care that are not lasting conditions."""

CODES = tuple(
    sorted(
        {code for ailment in AILMENTS for code in ailment.codes}
        | {code for codes in PASSING.values() for code in codes}
    )
)
