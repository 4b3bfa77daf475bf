"""Checks of encounters that came as X12 837 files: the envelope, the loops, what a claim lacks.

A fault lies at a segment: the number that a report shows as the line counts segments of the file,
the first ISA being 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.model import Check, Severity
from rules.tables.edit import row_check

TABLE = "encounters"

SUFFIXES = (".837", ".edi", ".x12", ".txt")
"""Endings of the names of X12 files; each may have ``.gz`` after it."""

READ = "837P 005010X222A1 or A2, or 837I 005010X223A2 or A3"
"""What is read, in words."""

OPEN_SEGMENT = r"^[A-Z][A-Z0-9]{1,2}$"
"""Names of segments in the place of a column: what is told of them is in carvein's own words."""

OPEN_ELEMENT = r"^[A-Z][A-Z0-9]{1,2}[0-9]{2}$"
"""Names of elements in the place of a column: what is told of them stood in the file."""

OPEN_VALUE = (
    r"^-?[0-9]{1,9}(\.[0-9]{1,6})?$|^[A-Z]{1,3}$|^[^\w\s]$|^no [A-Z0-9]{2,6}$"
    r"|^([0-9]{3} )?[0-9]{6}(X[0-9]{3}([A-Z][0-9])?)?$"
)
"""What an element may hold that says nothing about a member: counts, numbers, versions."""

_MAJOR, _MINOR, _INFO = Severity.MAJOR, Severity.MINOR, Severity.INFO
_ASIDE = True

_SEGMENTS = (
    (
        "not_x12",
        "a file holds no X12 interchange",
        "an interchange, from ISA to IEA",
        _MAJOR,
        False,
    ),
    ("gzip", "a compressed file cannot be unpacked", "a whole gzip file", _MAJOR, False),
    ("isa", "an ISA is not of its fixed form", "106 characters with fixed places", _MAJOR, _ASIDE),
    ("junk", "text is no segment", "segments alone, from ISA to IEA", _MAJOR, _ASIDE),
    ("segment_length", "a segment is too long", "at most 8,192 characters", _MAJOR, _ASIDE),
    ("segment_unknown", "a segment is none of an 837", "segments of the 837", _MAJOR, _ASIDE),
    ("segment_empty", "a segment is empty", "a segment between two terminators", _MINOR, False),
    ("nul", "a segment holds a NUL character", "text without NUL characters", _MAJOR, _ASIDE),
    ("encoding", "a segment is not UTF-8", "UTF-8 (it was read as Windows-1252)", _MAJOR, False),
    ("cut_off", "an envelope is cut off", "SE, GE and IEA for each ST, GS and ISA", _MAJOR, _ASIDE),
    ("order", "a segment stands where it cannot", "the order of the 837", _MAJOR, False),
    ("iea_count", "IEA01 is not the number of groups", "the number of GS", _MAJOR, False),
    ("ge_count", "GE01 is not the number of sets", "the number of ST", _MAJOR, False),
    ("se_count", "SE01 is not the number of segments", "segments, ST and SE too", _MAJOR, False),
    ("control_number", "a trailer and its header differ", "one control number", _MAJOR, False),
    ("control_repeated", "a control number stands twice", "each number once", _MINOR, False),
    ("transaction", "a transaction is not read", READ, _MAJOR, _ASIDE),
    ("version", "a version is not read", READ, _MAJOR, _ASIDE),
    ("version_plain", "a version lacks its addendum", READ, _INFO, False),
    ("version_differs", "GS08 and ST03 differ", "one version", _MINOR, False),
    ("test", "an interchange is marked as a test", "P in ISA15", _INFO, False),
    ("not_reporting", "a set is not marked as encounters", "RP in BHT06", _INFO, False),
    ("hl_order", "an HL number is out of order", "1, 2, 3 ... in each set", _MINOR, False),
    ("hl_parent", "an HL has no such parent", "an HL above it", _MAJOR, _ASIDE),
    ("hl_child", "HL04 is not what follows", "1 with an HL below, else 0", _MINOR, False),
)
_CLAIMS = (
    ("missing_segment", "a claim lacks a segment", "every segment a row needs", _MAJOR, _ASIDE),
    ("missing_detail", "a claim lacks a detail", "diagnoses and a billing provider", _MINOR, False),
    ("too_large", "a claim is beyond all bounds", "a claim of a usual size", _MAJOR, _ASIDE),
    ("separator", "a claim uses another separator", "the separator in ISA16", _MAJOR, False),
    ("lx_order", "an LX number is out of order", "1, 2, 3 ... in each claim", _MINOR, False),
    ("patient", "a patient has no identifier", "an identifier of the patient", _MINOR, False),
    ("diagnosis_qualifier", "a qualifier is ICD-9's", "ABK and ABF", _MINOR, False),
    ("charge_sum", "CLM02 is not the sum of the lines", "the charges added up", _MINOR, False),
    ("line_balance", "a line does not balance", "charge = paid + adjusted", _MINOR, False),
    ("claim_balance", "a claim does not balance", "paid = lines less adjusted", _MINOR, False),
    ("claim_adjusted", "a claim is adjusted as a whole", "adjusted lines", _INFO, False),
    ("payer_assumed", "the payer who paid is assumed", "the plan named as payer", _MINOR, False),
    (
        "payer_unclear",
        "the payer that is the plan cannot be told",
        "the plan named as payer",
        _MINOR,
        False,
    ),
)
_REMEDIES = {
    "not_x12": "Send an 837 file; give a CSV file a name that ends in .csv.",
    "transaction": f"Send {READ}; enrolment, payment and inquiry files hold no encounters.",
    "version": f"Send {READ}.",
    "version_plain": "Nothing, if the addendum's rules are kept.",
    "test": "Nothing, unless the file was meant for production.",
    "not_reporting": "Nothing, unless the state asks for RP.",
    "payer_assumed": "Name the plan in 2330B with the identifier that stands in 1000A or 2010BB.",
    "payer_unclear": "Name the plan in 2330B with the identifier that stands in 1000A or 2010BB.",
    "claim_adjusted": "Lay the plan's adjustments on the lines (2430), if the lines were priced.",
}


def _checks() -> Iterator[Check]:
    for group, unit in ((_SEGMENTS, "segments"), (_CLAIMS, "claims")):
        for code, fault, wanted, severity, aside in group:
            remedy = _REMEDIES.get(code, f"Correct the {unit} and send the file again.")
            yield row_check(TABLE, f"x12.{code}", fault, wanted, remedy, severity, aside, unit)


X12_CHECKS: Mapping[str, Check] = {check.code: check for check in _checks()}
"""Every check of X12 files, by code (``encounters.x12.se_count``)."""

UNITS = ("segments", "claims")
"""What these checks count."""


def is_x12(name: str) -> bool:
    """Return whether a file of that name is taken for X12: its places are segments, not lines."""
    return name.lower().removesuffix(".gz").endswith(SUFFIXES)
