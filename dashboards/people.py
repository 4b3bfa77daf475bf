"""Findings on separation, silos and measures told without small counts of people.

Their sentences count members, discharges, admissions, referrals or decisions as ``7 of 66``. Where
one side of such a count is 1 to 10, it is told as :mod:`dashboards.small_cells` tells it, shares
and intervals beside it are left out, and a component of the separation profile is told with one
decimal, so that its parts do not give the count away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dashboards.small_cells import (
    SMALL,
    is_hidden,
    is_small,
    tell_count,
    tell_part,
    tell_share,
)

ABOUT_PEOPLE = ("AU", "CC01", "CC02", "CC03", "CC04", "CC05", "DU", "EN09", "DL08", "QM")
"""Beginnings of the codes of rules whose counts are of people; those of SL are told by part."""

PEOPLE = re.compile(
    r"\b(members?|people|admissions?|referrals?|discharges?|decisions?|requests?|days with)\b"
)
OF = re.compile(r"(?<![\d,.$-])(\d[\d,]*) of (\d[\d,]*)(?![\d,]*\.\d)")
SHARES = re.compile(r" \([^()]*\d ?%[^()]*\)")
SIDES = re.compile(r" \(\d[\d,]* PH, \d[\d,]* BH\)")
AFTER = re.compile(r"of (\d[\d,]*) (members [^;]*?), (\d[\d,]*) \([\d.]+%\)")
ALONE = re.compile(
    r"(?<![\d,.$-])([1-9]|10) (?=(?:[A-Za-z'-]+ ){0,4}?(?:members|decisions|people))"
)
REST = re.compile(r" (?:A sample of|Told late were|In a D-SNP are) .*$")
HELD = re.compile(r"\((\d[\d,]*) had ")

KEPT = frozenset({"quarantined", "fewest", "within_business_days", "shuffles", "value_sets"})
"""Evidence that counts no people."""

NOT_SHOWN = f"not shown: a count of {SMALL}"


def counts_people(rule: str) -> bool:
    """Whether the figures of a rule's findings are counts of people."""
    return rule.startswith(ABOUT_PEOPLE)


def hides(part: float | None, whole: float | None) -> bool:
    """Whether a count of people, or what it leaves, is small."""
    if part is None or whole is None or not whole:
        return False
    return is_small(whole) or is_hidden(part, whole)


def veil_words(text: str, of_people: bool = False) -> str:
    """Return words about people without small counts; others come back as they are.

    Words are about people where they say so, or where ``of_people`` does.
    """
    if not of_people and not PEOPLE.search(text):
        return text
    hidden = False

    def tell(found: re.Match[str]) -> str:
        nonlocal hidden
        part, whole = (_number(each) for each in found.groups())
        if not hides(part, whole) or part > whole:
            return found[0]
        hidden = True
        return tell_part(part, whole)

    def tell_after(found: re.Match[str]) -> str:
        nonlocal hidden
        whole, part = _number(found[1]), _number(found[3])
        if not hides(part, whole):
            return found[0]
        hidden = True
        return f"of {tell_count(whole)} {found[2]}, {tell_part(part, whole)}"

    told = AFTER.sub(tell_after, text)
    if (sides := SIDES.search(told)) and any(map(is_small, _numbers(sides[0]))):
        told = told.replace(sides[0], "")
    told = OF.sub(tell, told)
    told = HELD.sub(lambda at: f"({tell_count(_number(at[1]))} had ", told)
    told = ALONE.sub(f"{SMALL} ", told)
    return REST.sub("", SHARES.sub("", told)) if hidden else told


def is_veiled(text: str, of_people: bool = False) -> bool:
    """Whether words about people have a small count in them."""
    return veil_words(text, of_people) != text


def message(row: Mapping[str, Any]) -> str:
    """Return the sentence of a finding of a rule that counts people."""
    return veil_words(row["message"], of_people=True)


def veil_part(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return a part of a component in words: ``value``, ``count``, ``of``, ``told``.

    The value has one decimal where a count is hidden, else two.
    """
    told, value = str(part.get("told") or ""), part.get("value")
    hidden = is_veiled(told)
    count, whole = part.get("count"), part.get("denominator")
    if hidden and count is not None and whole is not None:
        first, _, second = tell_part(count, whole).rpartition(" of ")
        shown: tuple[Any, Any] = (first, second)
    else:
        shown = (_plain(count), _plain(whole))
    value = "" if value is None else f"{value:.1f}" if hidden else f"{value:.2f}"
    return {"value": value, "count": shown[0], "of": shown[1], "told": veil_words(told)}


def veil_value(evidence: Mapping[str, Any], value: float | None) -> str:
    """Return the figure of a component, with one decimal where one of its parts is hidden."""
    if value is None:
        return ""
    hidden = any(is_veiled(str(part.get("told") or "")) for part in evidence.get("parts") or ())
    return f"{value:.1f}" if hidden else f"{value:.2f}"


def component_sentence(row: Mapping[str, Any], evidence: Mapping[str, Any]) -> str:
    """Return what a finding of SL01 to SL07 says, part by part."""
    parts = [veil_part(part) for part in evidence.get("parts") or ()]
    left = [f"{each.get('part')} ({veil_words(str(each.get('reason')))})"
            for each in evidence.get("left_out") or ()]  # fmt: skip
    if row["verdict"] not in ("met", "not_met"):
        return veil_words(row["message"])
    value = veil_value(evidence, _float(row["observed"]))
    told = "; ".join(f"{part['told']} [{part['value']}]" for part in parts)
    without = f" Left out: {'; '.join(left)}." if left else ""
    return (
        f"{row['plan_id']}, {row['subject']}: {value} on a scale from 0 (one house) to 1 (two "
        f"houses); at most {row['required']} is asked. It is the mean of its parts, each on the "
        f"same scale in brackets: {told}.{without} "
        f"{evidence.get('otherwise') or ''}"
    ).strip()


def veil_people(row: Mapping[str, Any], evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Return the evidence of a finding on separation, silos or measures as it may be shown."""
    if "parts" in evidence and row["rule"].startswith("SL"):
        told = [(str(part.get("part")), veil_part(part)) for part in evidence["parts"]]
        shown = {name: f"{part['value']}: {part['told']}" for name, part in told}
        left = {
            str(each.get("part")): veil_words(str(each.get("reason")))
            for each in evidence.get("left_out") or ()
        }
        return {"parts": shown, "left_out": left, "otherwise": evidence.get("otherwise")}
    if not counts_people(row["rule"]):
        return dict(evidence)
    whole = row["denominator"]
    hidden = hides(row["numerator"], whole) or is_veiled(row["message"], of_people=True)
    return {name: _veiled(name, value, whole, hidden) for name, value in evidence.items()}


def figures(row: Mapping[str, Any]) -> str | None:
    """Return what was observed and required where a count is hidden, None where none is."""
    part, whole = row["numerator"], row["denominator"]
    if not counts_people(row["rule"]):
        return None
    if not (hides(part, whole) or is_veiled(row["message"], of_people=True)):
        return None
    if part is None or not whole or part > whole:
        return NOT_SHOWN
    asked = _float(row["required"])
    tail = "" if asked is None else f" · required {100 * asked:.1f} %"
    return f"{tell_share(part, whole)} ({tell_part(part, whole)}){tail}"


def _veiled(name: str, value: Any, whole: float | None, hidden: bool) -> Any:
    if name in KEPT or isinstance(value, bool):
        return value
    if name == "by_age" and isinstance(value, Mapping):
        some = any(hides(*band) for band in value.values() if len(band) == 2)
        return NOT_SHOWN if some else {band: tell_part(*each) for band, each in value.items()}
    if isinstance(value, str):
        return veil_words(value, of_people=hidden)
    if isinstance(value, Mapping):
        return {key: _veiled(str(key), each, whole, hidden) for key, each in value.items()}
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer() and value > 1):
        few = is_small(value) or (hidden and whole is not None and is_small(whole - value))
        return SMALL if is_small(value) else NOT_SHOWN if few else value
    if hidden and isinstance(value, float | list):
        return NOT_SHOWN if isinstance(value, float) or _has_figures(value) else value
    return value


def _has_figures(values: list[Any]) -> bool:
    return any(isinstance(each, int | float) for each in values)


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def _numbers(text: str) -> list[float]:
    return [_number(each) for each in re.findall(r"\d[\d,]*(?= )", text)]


def _plain(figure: Any) -> str:
    if not isinstance(figure, int | float):
        return ""
    return f"{figure:,.0f}" if float(figure).is_integer() or figure >= 1000 else f"{figure:,.1f}"


def _float(text: Any) -> float | None:
    try:
        return None if text in (None, "") else float(text)
    except ValueError:
        return None
