"""The FDA's directory of national drug codes (``product.txt``), as the value set ``drug_classes``.

Every prescription product becomes the nine digits of its labeler and product, under the class and
drug of its active ingredients (value set ``psychotropic_ingredients``), or under ``other``. Other
drugs are kept so that a rule can tell a drug that is none of these from one that it does not know.
A product of several psychotropic drugs stands under all of them, joined by " + ".
"""

from __future__ import annotations

import io
import re

from rules.values import ValueSet, value_set

NAME = "drug_classes"
TITLE = "National drug codes of prescription drugs, psychotropics by class and drug"
OTHER = "other"
JOINED = " + "

_HEADER = "PRODUCTID\tPRODUCTNDC\tPRODUCTTYPENAME\t"
_NEEDED = ("PRODUCTNDC", "PRODUCTTYPENAME", "ROUTENAME", "SUBSTANCENAME")
_PRESCRIBED = "HUMAN PRESCRIPTION DRUG"
_BESIDE = "beside"

# A product that is also given into a vein is given by a hospital; one for the skin or the eye acts
# there. A patch is transdermal.
_ROUTES = frozenset(
    (
        *("BUCCAL", "INTRAMUSCULAR", "NASAL", "ORAL", "RESPIRATORY (INHALATION)"),
        *("SUBCUTANEOUS", "SUBLINGUAL", "TRANSDERMAL"),
    )
)


class DirectoryError(ValueError):
    """A file that begins as the directory does and is damaged: line, found and wanted."""


def is_directory(text: str) -> bool:
    """Tell whether a text begins as the directory's ``product.txt`` does."""
    return text.startswith(_HEADER)


def classed(text: str) -> dict[str, list[str]]:
    """Return the nine-digit codes of every prescription product, by class and drug.

    Parameters
    ----------
    text
        ``product.txt``: a header and one product a line, parted by tabs.

    Raises
    ------
    DirectoryError
        When a column is missing, a line is short, or a code has no labeler and product.
    """
    lines = io.StringIO(text, newline=None)
    header = next(lines).rstrip("\n").split("\t")
    lacking = [name for name in _NEEDED if name not in header]
    if lacking:
        raise DirectoryError(f"line 1: no column {lacking[0]}")
    code_at, type_at, route_at, substance_at = (header.index(name) for name in _NEEDED)
    known = value_set("psychotropic_ingredients")
    groups_of: dict[tuple[str, str], str] = {}
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 2):
        row = line.rstrip("\n").split("\t")
        if row == [""]:
            continue
        if len(row) < len(header):
            short = f"{len(row)} fields, wanted {len(header)}"
            raise DirectoryError(f"line {number}: {short}")
        if row[type_at] != _PRESCRIBED:
            continue
        code = nine_digits(row[code_at])
        if not code:
            wanted = "wanted a labeler of 4 or 5 and a product of 3 or 4 digits"
            raise DirectoryError(f"line {number}: found {row[code_at][:40]!r}, {wanted}")
        told = (row[substance_at], row[route_at])
        if told not in groups_of:
            groups_of[told] = group_of(*told, known)
        # A product listed twice under two names is what its psychotropic listing says.
        if found.get(code, OTHER) == OTHER:
            found[code] = groups_of[told]
    groups: dict[str, list[str]] = {}
    for code in sorted(found):
        groups.setdefault(found[code], []).append(code)
    return {
        group: groups[group] for group in sorted(groups, key=lambda name: (name == OTHER, name))
    }


def nine_digits(code: str) -> str:
    """Return labeler and product in the digits of an 11-digit NDC; "" when it is no such code.

    A labeler of four digits, or a product of three, has a leading zero there (4-4-2, 5-3-2 and
    5-4-1 of 21 CFR 207.33 become 5-4-2).
    """
    told = re.fullmatch(r"(\d{4})-(\d{4})|(\d{5})-(\d{3,4})", code.strip())
    if told is None:
        return ""
    labeler, product = (told[1] or told[3]), (told[2] or told[4])
    return labeler.zfill(5) + product.zfill(4)


def group_of(substances: str, routes: str, known: ValueSet) -> str:
    """Return the class and drug of a product, ``other`` when it is no psychotropic drug.

    ``substances`` and ``routes`` are the directory's, parted by semicolons; ``known`` the
    ingredients.
    """
    kinds = {known.of(name.strip().upper()) or OTHER for name in substances.split(";")}
    drugs = sorted(kinds - {_BESIDE})
    given = {route.strip().upper() for route in routes.split(";")}
    if not drugs or OTHER in drugs or given - _ROUTES:
        return OTHER
    return JOINED.join(drugs)
