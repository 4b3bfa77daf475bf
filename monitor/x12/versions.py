"""Which transactions are read, and what the others are called."""

from __future__ import annotations

import re

_ADDENDA = {"005010X222": ("P", "", "A1", "A2"), "005010X223": ("I", "", "A1", "A2", "A3")}
_VERSION = re.compile(r"(\d{6}X\d{3})([A-Z]\d)?")

_TRANSACTIONS = {
    "270": "eligibility inquiry",
    "271": "eligibility response",
    "274": "provider directory",
    "275": "attachment",
    "276": "claim status inquiry",
    "277": "claim status response",
    "278": "authorization",
    "820": "premium payment",
    "834": "enrolment",
    "835": "remittance",
    "997": "acknowledgment",
    "999": "acknowledgment",
}
_GUIDES = {
    "X096": "837I of 2000",
    "X097": "837D of 2000",
    "X098": "837P of 2000",
    "X224": "837D, dental",
    "X298": "post-adjudicated claims (PACDR), professional",
    "X299": "post-adjudicated claims (PACDR), institutional",
    "X300": "post-adjudicated claims (PACDR), dental",
}


def claim_type_of(transaction: str, version: str) -> tuple[str, bool]:
    """Return P or I for a set that is read, else nothing, and whether its addendum is named."""
    found = _VERSION.fullmatch(version)
    known = _ADDENDA.get(found[1]) if found and transaction == "837" else None
    addendum = (found[2] or "") if found else ""
    if known is None or addendum not in known[1:]:
        return "", False
    return known[0], bool(addendum)


def name_of(transaction: str, version: str) -> tuple[str, str]:
    """Return the fault's code for a set that is not read, and what it is, in words."""
    guide = _GUIDES.get(version[6:10], "") if version[:6].isdigit() else ""
    if transaction == "837":
        return "version", guide or "an 837 of a version that is not known"
    return "transaction", _TRANSACTIONS.get(transaction, "a transaction that is not known")


def looks_like_ncpdp(data: bytes) -> bool:
    """Return whether bytes begin as an NCPDP telecommunication or batch file does."""
    if data[:3] in (b"\x0200", b"\x02G1"):
        return True
    return data[6:8] in (b"D0", b"51", b"F6") and b"\x1c" in data[:4096]
