"""Findings about members told without small counts: their sentence and their evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dashboards.small_cells import (
    SMALL,
    is_hidden,
    is_small,
    tell_count,
    tell_gap,
    tell_lost,
    tell_part,
    tell_share,
    veil_message,
)

SHARES = ("share", "share_credited", "share_listed", "share_serving")
NETWORKS = ("listed", "serving", "own_listed", "own_serving")
"""Networks by which NW09 tells shares of members."""

CARE = "primary_care"

WORDS = {"gap_listed": "as listed", "gap_own_serving": "under the contract's own limits"}


def sentence(
    message: str, numerator: float | None, denominator: float | None, evidence: Mapping[str, Any]
) -> str:
    """Return a finding's sentence; one that would tell a small count of members is said anew."""
    if not _is_about_members(evidence) or denominator is None:
        return message
    members = float(denominator)
    if "within_listed" in evidence:
        return _paper(message, members, evidence) if _tells(members, evidence) else message
    if "yardstick" in evidence:
        return _gap(message, members, evidence)
    told = veil_message(message, numerator, denominator, evidence)
    if is_small(members):
        for noun in (f" {evidence['who']}", ""):
            told = told.replace(f" for {members:,.0f}{noun}", f" for {SMALL}{noun}")
    return told


def veil(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Return evidence as it may be shown; what is not about members stays as it is."""
    if not _is_about_members(evidence):
        return dict(evidence)
    members = float(evidence["members"])
    return {name: _veiled(name, value, members, evidence) for name, value in evidence.items()}


def _is_about_members(evidence: Mapping[str, Any]) -> bool:
    return "who" in evidence and isinstance(evidence.get("members"), int | float)


def _veiled(name: str, value: Any, members: float, evidence: Mapping[str, Any]) -> Any:
    within = evidence.get("within")
    hidden = within is not None and is_hidden(within, members)
    if name in NETWORKS and isinstance(value, Mapping):
        return {kind: _share(share, members) for kind, share in value.items()}
    if name == "index" and isinstance(value, Mapping):
        return {kind: tell_points(evidence, "serving", kind) for kind in value}
    if name in ("most_lost", "most_behind") and isinstance(value, Mapping):
        return {county: tell_count(count) for county, count in value.items()}
    if name.startswith("gap_") and isinstance(value, int | float):
        return tell_points(evidence, name.removeprefix("gap_"))
    if name == "otherwise":
        return _otherwise(evidence)
    if name == "lost" and isinstance(value, int | float):
        return tell_lost(value, evidence.get("within_listed"))
    if name in SHARES and isinstance(value, int | float):
        part = round(value * members, 6)
        return tell_share(part, members) if _hides(part, members) or hidden else value
    if name in ("within", "within_listed", "within_serving") and isinstance(value, int | float):
        return tell_part(value, members) if is_hidden(value, members) else value
    return tell_share(within, members) if name == "told" and hidden else value


def _tells(members: float, evidence: Mapping[str, Any]) -> bool:
    counts = [evidence.get(name) for name in ("within_listed", "within_serving", "lost")]
    return is_small(members) or any(_hides(count, members) for count in counts if count is not None)


def _hides(part: float, members: float) -> bool:
    return is_small(members) or is_hidden(part, members)


def _paper(message: str, members: float, evidence: Mapping[str, Any]) -> str:
    listed, serving = evidence["within_listed"], evidence["within_serving"]
    lost = evidence["lost"]
    return (
        f"{evidence['county']}: of {tell_count(members)} {evidence['who']}, "
        f"{tell_share(listed, members)} have a listed provider of {evidence['specialty']} within "
        f"{evidence['limit']}, and {tell_share(serving, members)} one who serves: "
        f"{tell_lost(lost, listed)} ({tell_share(lost, members)}) are within reach on paper alone"
        f"{_tail(message)}"
    )


def _gap(message: str, members: float, evidence: Mapping[str, Any]) -> str:
    shares = evidence.get("serving")
    few = message.replace(f": {members:,.0f}, wanted", f": {tell_count(members)}, wanted")
    if few != message or not isinstance(shares, Mapping) or not members:
        return few
    sides = [evidence.get(name) or {} for name in NETWORKS]
    counts = [
        round(each * members, 6) for side in sides for each in side.values() if each is not None
    ]
    told_gaps = [tell_points(evidence, name) for name in NETWORKS]
    if not any(_hides(each, members) for each in counts) and not any(
        " to " in each for each in told_gaps
    ):
        return message
    told = [_share(share, members) for share in shares.values()]
    care, mental, substance = (*told, "", "", "")[:3]
    return (
        f"{evidence.get('place')}: of {tell_count(members)} {evidence['who']}, {care} have primary "
        f"care within {evidence['yardstick']}, {mental} outpatient mental health and {substance} "
        f"outpatient substance use treatment, of providers who served "
        f"{evidence.get('serving_members')} or more members: behavioral health is behind by "
        f"{tell_points(evidence, 'serving')} ({_otherwise(evidence)})"
        f"{_tail(message)}"
    )


def _tail(message: str) -> str:
    """Return what a sentence says of the limit, which tells of no member."""
    found = re.search(r"; at most .*$", message)
    return found[0] if found else "."


def _otherwise(evidence: Mapping[str, Any]) -> str:
    told = [
        f"{words} by {tell_points(evidence, name.removeprefix('gap_'))}"
        for name, words in WORDS.items()
        if evidence.get(name) is not None
    ]
    return ", ".join(told)


def _share(share: float | None, members: float) -> str:
    return "none" if share is None else tell_share(round(share * members, 6), members)


def tell_points(evidence: Mapping[str, Any], network: str, kind: str = "") -> str:
    """Return by how many points primary care is ahead, of one kind of care or of the wider gap."""
    shares, members = evidence.get(network) or {}, float(evidence["members"])
    named = [kind] if kind else [name for name in shares if name != CARE]
    others = [shares[name] for name in named if shares.get(name) is not None]
    if shares.get(CARE) is None or not others:
        return "none"
    told = tell_gap(round(shares[CARE] * members, 6), round(min(others) * members, 6), members)
    return f"{told} points"
