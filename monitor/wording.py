"""Figures and sentences of a finding: figures without loss, templates with a fallback."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rules.model import Check, Finding, Measure, Sense

SHORT_FORMS = frozenset({"bh", "ffs", "hie", "mh", "npi", "ph", "smi", "sud"})
"""Words of names that are written in capitals."""

_ONE = re.compile(r"(?<!of )(?<![\d.,/-])1 (provider|site|bed)s\b")
"""One of what is counted, told as many: templates know the noun, and not the number."""


def text(figure: float | str | None) -> str:
    """Return a figure with no loss: whole numbers without ``.0``, nothing as empty text."""
    if figure is None or isinstance(figure, str):
        return figure or ""
    number = float(figure)
    return str(int(figure)) if number.is_integer() else repr(number)


def rule_in_words(name: str) -> str:
    """Return a rule's name as words, e.g. ``delegation.off-site`` as ``Delegation: off site``.

    An edit's name is words already and stays as it is.
    """
    family, dot, fault = name.partition(".")
    if not dot or " " in name:
        return name
    words = [each.upper() if each in SHORT_FORMS else each for each in fault.split("-")]
    return f"{family[:1].upper()}{family[1:]}: {' '.join(words)}"


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
    interval, other = _open_interval(measure, required, sense, met), "not met" if met else "met"
    if not interval:
        return ""
    return (
        f" A sample of {measure.denominator or 0:,.0f}: the 95 % interval is {interval}, so that "
        f"of all could be {other}."
    )


def chance(measure: Measure, required: float, sense: Sense, met: bool) -> str:
    """Say, with a blank before it, when by chance a verdict could be the other one; "" when not."""
    interval, other = _open_interval(measure, required, sense, met), "not met" if met else "met"
    if not interval:
        return ""
    return (
        f" Who happens to need care moves it within {interval} (95 %), so that another such "
        f"period could be {other}."
    )


def _open_interval(measure: Measure, required: float, sense: Sense, met: bool) -> str:
    """Return the interval of the evidence where not all of it is on the verdict's side, else "".

    ``interval`` has the least and most that the value of the whole may be, with 95 % confidence.
    """
    interval = measure.evidence.get("interval")
    if not isinstance(interval, list | tuple) or len(interval) != 2 or None in interval:
        return ""
    low, high = interval
    ends = (low >= required, high >= required)
    if sense is not Sense.AT_LEAST:
        ends = (low <= required, high <= required)
    return "" if ends == (met, met) else f"{low:.1%} to {high:.1%}"


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
