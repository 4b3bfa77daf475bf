"""What an NPI looks like: ten digits, the first 1 or 2, the last a check digit (45 CFR 162.406)."""

from __future__ import annotations

from typing import Any

import ibis

FORM = "ten digits, the first 1 or 2"
_OF_80840 = 24
"""What the digits 80840, put before every NPI, add to its Luhn sum (ISO/IEC 7812)."""


def has_form(npi: Any) -> Any:
    """Return whether a text column has the form, whatever its last digit; False where null."""
    return npi.re_search("^[12][0-9]{9}$").fill_null(False)


def check_digit(npi: Any) -> Any:
    """Return the check digit that the first nine digits of a text column ask for, int64.

    Luhn: every other digit from the ninth leftwards is doubled and the digits of it all are
    added. Null where one of the nine is no digit.
    """
    total = ibis.literal(_OF_80840)
    for place in range(9):
        digit = npi.substr(place, 1).try_cast("int64")
        total += digit if place % 2 else 2 * digit - ibis.ifelse(digit > 4, 9, 0)
    return (10 - total % 10) % 10


def is_sound(npi: Any) -> Any:
    """Return whether a text column has the form and its own check digit; False where null."""
    kept = npi.substr(9, 1) == check_digit(npi).cast("string")
    return has_form(npi) & kept.fill_null(False)
