"""The parts of systems that the functions table tells: what is run twice."""

from __future__ import annotations

from rules.functions.if01_operated_apart import Params as NoParams
from rules.functions.if01_operated_apart import measure as compare_functions
from rules.model import Filing, Measure, Outcome
from rules.separation.parts import LeftOut, Part, Told, too_few, why_unusable

APART = "functions operated apart"
PLATFORMS = "claims system and care platform"
FEWEST_FUNCTIONS = 5
"""Fewest functions told for both domains. carvein's own default."""

CORE = ("care_management_platform", "care_plan_tracking", "claims_system")
"""Where money and care plans live."""


def function_parts(filing: Filing) -> list[Told]:
    """Return the part of all functions, and that of the systems for money and care plans."""
    reason = why_unusable(filing, ("functions",))
    if reason:
        return [LeftOut(APART, reason), LeftOut(PLATFORMS, reason)]
    found = {
        measure.subject: measure
        for measure in compare_functions(filing, {}, NoParams())
        if measure.outcome is Outcome.MEASURED and measure.value is not None
    }
    few = too_few(APART, len(found), "functions told for PH and for BH", FEWEST_FUNCTIONS)
    core = {name: measure for name, measure in found.items() if name in CORE}
    return [few or tell_all(found), tell_core(core)]


def tell_all(found: dict[str, Measure]) -> Part:
    """Tell how many functions have another operator or system for BH."""
    apart = [name for name, measure in found.items() if measure.value]
    told = f"{len(apart)} of {len(found)} plan functions are operated apart for PH and BH"
    return Part(APART, len(apart) / len(found), len(apart), len(found), told, {"apart": apart})


def tell_core(core: dict[str, Measure]) -> Told:
    """Tell which of the systems for money and care plans are two."""
    if not core:
        return LeftOut(PLATFORMS, f"none of {', '.join(CORE)} is told for PH and for BH")
    apart = [name for name, measure in core.items() if measure.value]
    named = ", ".join(f"{name.replace('_', ' ')} {tell_systems(core[name])}" for name in apart)
    told = f"{len(apart)} of {len(core)} core systems are two"
    told += f" ({named})" if named else ""
    return Part(PLATFORMS, len(apart) / len(core), len(apart), len(core), told, {"two": apart})


def tell_systems(measure: Measure) -> str:
    """Say what each side of a function runs on, its operator where the system is one."""
    ph, bh = measure.evidence["ph"], measure.evidence["bh"]
    key = "system" if ph["system"] != bh["system"] else "operator_name"
    return f"{ph[key]} and {bh[key]}"
