"""Counts, kinds of care and classes of county as sentences have them."""

from __future__ import annotations

from difflib import get_close_matches

from rules.specialty import specialties

_TYPES = {"outpatient_sud": "outpatient_substance_use"}
"""Provider types of surveys that the public interface names otherwise than the specialties."""


def so_many(count: float, noun: str, plural: str = "") -> str:
    """Return a count and its noun: ``1 provider row``, ``2 provider rows``, ``40.5 members``."""
    return f"{number(count)} {noun if count == 1 else plural or f'{noun}s'}"


def number(count: float) -> str:
    """Return a count as sentences have it: whole, or with one decimal where it is not."""
    shown = f"{count:,.1f}"
    return shown.removesuffix(".0")


def title(specialty: str) -> str:
    """Return the title of a specialty or provider type; what is neither as plain words."""
    held = specialties().get(_TYPES.get(specialty, specialty))
    return held.title if held else specialty.replace("_", " ")


def within_sentence(specialty: str) -> str:
    """Return a title as the middle of a sentence has it, e.g. ``primary care``, ``ENT/...``."""
    told = title(specialty)
    return told if told[1:2].isupper() else told[:1].lower() + told[1:]


def class_words(county_class: str | None) -> str:
    """Return a class of county in words, e.g. ``large metro``."""
    return (county_class or "").replace("_", " ")


def no_specialty(slug: str) -> str:
    """Say that an option names no specialty, and which may be meant."""
    near = get_close_matches(slug.strip().lower().replace(" ", "_"), list(specialties()), n=1)
    hint = f"; is it {near[0]}?" if near else ""
    return f"--specialty {slug[:60]}: not in the value set of specialties{hint}"
