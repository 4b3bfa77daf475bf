"""Figures and sentences of a finding: figures without loss, templates with a fallback."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from rules.model import Check, Finding, Measure, Sense

SHORT_FORMS = frozenset({"bh", "ffs", "hie", "mh", "npi", "ph", "smi", "sud"})
"""Words of names that are written in capitals."""

_SAMPLE = " A sample of {of}: the 95 % interval is {interval}, so that of all could be {other}."
_CHANCE = (
    " Who happens to need care moves it within {interval} (95 %), so that another such period "
    "could be {other}."
)

_ONE = re.compile(r"(?<!of )(?<![\d.,/-])1 (provider|site|bed)s\b")
"""One of what is counted, told as many: templates know the noun, and not the number."""


def text(figure: float | str | None) -> str:
    """Return a figure with no loss: whole numbers without ``.0``, nothing as empty text."""
    if figure is None or isinstance(figure, str):
        return figure or ""
    number = float(figure)
    return str(int(figure)) if number.is_integer() else repr(number)


def spelled(words: Iterable[str]) -> str:
    """Return words with blanks between them, those of :data:`SHORT_FORMS` in capitals."""
    return " ".join(each.upper() if each in SHORT_FORMS else each for each in words)


def rule_in_words(name: str) -> str:
    """Return a rule's name as words, e.g. ``delegation.off-site`` as ``Delegation: off site``.

    An edit's name is words already and stays as it is.
    """
    family, dot, fault = name.partition(".")
    if not dot or " " in name:
        return name
    return f"{family[:1].upper()}{family[1:]}: {spelled(fault.split('-'))}"


def worded(finding: Finding, template: str, names: Mapping[str, Any]) -> Finding:
    """Fill the template; where it asks for what this measure lacks, say the plain figures."""
    try:
        return replace(finding, message=_ONE.sub(r"1 \1", template.format_map(names)))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        figures = f"observed {finding.observed}, required {finding.required}"
        unit = f" {finding.unit}" if finding.unit else ""
        return replace(finding, message=f"{finding.rule_name}: {finding.subject}: {figures}{unit}")


def doubt(measure: Measure, required: float, sense: Sense, met: bool) -> str:
    """Say, with a blank before it, when a sample's verdict could be the other one; "" when not."""
    return _told_open(measure, required, sense, met, _SAMPLE)


def chance(measure: Measure, required: float, sense: Sense, met: bool) -> str:
    """Say, with a blank before it, when by chance a verdict could be the other one; "" when not."""
    return _told_open(measure, required, sense, met, _CHANCE)


def _told_open(measure: Measure, required: float, sense: Sense, met: bool, words: str) -> str:
    """Return the words with the figures and the other verdict where the evidence leaves that open.

    ``interval`` of the evidence has the least and most that the value of the whole may be, with
    95 % confidence. Where all of it is on the verdict's side there is nothing to say.
    """
    interval = measure.evidence.get("interval")
    if not isinstance(interval, list | tuple) or len(interval) != 2 or None in interval:
        return ""
    low, high = interval
    ends = (low >= required, high >= required)
    if sense is not Sense.AT_LEAST:
        ends = (low <= required, high <= required)
    if ends == (met, met):
        return ""
    return words.format(
        of=f"{measure.denominator or 0:,.0f}",
        interval=f"{low:.1%} to {high:.1%}",
        other="not met" if met else "met",
    )


def bounds(check: Check) -> float | str:
    """Return what a check asks: its one bound as a number, both as ``low to high``."""
    if check.at_least is not None and check.at_most is not None:
        return f"{text(check.at_least)} to {text(check.at_most)}"
    bound = check.at_least if check.at_most is None else check.at_most
    return "" if bound is None else bound


def shown(terms: Mapping[str, Any], name: str) -> str:
    """Return one term of a measure as text, mappings in the order of their keys."""
    if name not in terms:
        return "not recorded"
    found = terms[name]
    if isinstance(found, Mapping):
        return f"{{{', '.join(f'{key}: {shown(found, key)}' for key in sorted(found))}}}"
    if isinstance(found, (list, tuple)):
        return f"[{', '.join(shown({'': item}, '') for item in found)}]"
    return text(found) if isinstance(found, float) else str(found)
