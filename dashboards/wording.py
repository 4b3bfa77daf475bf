"""Figures and names as the pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from dashboards.data import spelled

VERDICT_WORDS = {
    "not_met": "not met",
    "could_not_run": "could not run",
    "not_applicable": "not applicable",
    "met": "met",
}

GLYPHS = {"not_met": "■", "could_not_run": "⚠\ufe0e", "not_applicable": "–", "met": "✓"}
"""Marks of the verdicts: their shape says what their colour only repeats."""

CHANGE_WORDS = {"new": "new", "persisting": "persisting", "resolved": "resolved", "": "no change"}


def tell_verdict(verdict: str) -> str:
    """Return mark and words of a verdict, e.g. ``■ not met``."""
    return f"{GLYPHS.get(verdict, '')} {VERDICT_WORDS.get(verdict, verdict)}".strip()


def tell_name(slug: str) -> str:
    """Return a slug as words, e.g. ``call_center`` as ``Call center``, ``hie`` as ``HIE``."""
    told = spelled(slug.replace("_", " ").strip().split(" "))
    return told[:1].upper() + told[1:]


def percent(share: float | None, decimals: int = 1) -> str:
    """Return a share as a percentage, e.g. ``77.6 %``."""
    return "" if share is None else f"{100 * share:.{decimals}f} %"


def signed(figure: float, form: str = ".1f") -> str:
    """Return a figure with its sign, e.g. ``+1.0``, ``−2.5``."""
    return f"{figure:+{form}}".replace("-", "−")


def month(text: str) -> str:
    """Return ``2025-03`` as ``Mar 2025``; anything else as it is."""
    try:
        return f"{date.fromisoformat(f'{text}-01'):%b %Y}"
    except ValueError:
        return text


def span(first: str, last: str) -> str:
    """Return two months as prose, e.g. ``Jan to Dec 2025``."""
    one, other = month(first), month(last)
    return (
        f"{one[:-5]} to {other}" if one[-4:] == other[-4:] and one != other else f"{one} to {other}"
    )


def listed(words: Iterable[str]) -> str:
    """Return words as prose, e.g. ``DRIFT, GHOST and SILO``."""
    *most, last = list(words) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun, e.g. ``1 finding``, ``1,204 findings``."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"
