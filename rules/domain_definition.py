"""What a pack may say that behavioral health is, and which figures rest on it.

The steps of :mod:`rules.domain` stay the same, and so does what each says of a line. A definition
says which of them are asked, in which order, and which of their words are taken:

- ``hierarchy`` (the default): the first step that can tell decides.
- ``principal_diagnosis``: only the diagnosis makes a line MH or SUD, and it is asked first. The
  other steps may then still say LTSS or OTHER.
- ``service_or_provider``: the hierarchy without the diagnosis. Of a line that a step calls BH, of
  either kind, the diagnosis still tells the kind.
- ``any``: the first step that says MH, SUD or BH decides, whatever another says; LTSS and OTHER
  are what is left.

So what ``service_or_provider`` calls behavioral health, ``hierarchy`` does too, and what either of
these or ``principal_diagnosis`` calls so, ``any`` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rules.model import Check, Rule

KEY = "bh_definition"
"""Under which name packs state it and measures carry it."""

HIERARCHY = "hierarchy"
DEFINITIONS = (HIERARCHY, "principal_diagnosis", "service_or_provider", "any")
"""What ``bh_definition`` of a pack may be; the first when no pack says."""

STEPS = ("procedure", "modifier", "revenue", "bill", "place", "taxonomy", "diagnosis")
"""The steps in their order; ``domain_reason`` names the one that decided, or ``none``."""

ALL, ONLY_BH, NOT_BH = "all", "only BH", "not BH"
"""Which words of a step are taken."""

ASKED: dict[str, tuple[tuple[str, str], ...]] = {
    HIERARCHY: tuple((step, ALL) for step in STEPS),
    "principal_diagnosis": (
        ("diagnosis", ALL),
        *((step, NOT_BH) for step in STEPS if step != "diagnosis"),
    ),
    "service_or_provider": tuple((step, ALL) for step in STEPS if step != "diagnosis"),
    "any": (
        *((step, ONLY_BH) for step in STEPS),
        *((step, NOT_BH) for step in STEPS),
    ),
}
"""By definition: which step is asked first, which next, and which words of it are taken."""

_BY_OTHER_WORDS = frozenset(
    {"EN04", "EN07", "NW06", "NW07", "NW08", "NW09", "QM01", "QM02", "QM03", "QM04"}
)
"""Rules that read encounters but go by value sets and NPIs, not by the domain of a line."""

_WHERE_SENT = frozenset({"SL04", "SL06"})
"""Rules that can do without encounters and go by the domain of a line where they were sent."""

_CHECKS_BY_DOMAIN = ("encounters.payment_arrangement.ffs_under_subcapitation",)
_PROFILES_BY_DOMAIN = "PFD"


def rests_on_domain(rule: Rule) -> bool:
    """Tell whether what a rule counts may change with the definition of behavioral health."""
    if rule.code in _WHERE_SENT:
        return True
    return "encounters" in rule.reads and rule.code not in _BY_OTHER_WORDS


def check_rests_on_domain(check: Check) -> bool:
    """Tell the same of an edit or an expectation."""
    return check.code in _CHECKS_BY_DOMAIN or check.code.startswith(_PROFILES_BY_DOMAIN)


def recorded(measured_with: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a measure was counted with; before definitions were kept there was no other."""
    return {KEY: HIERARCHY, **measured_with}
