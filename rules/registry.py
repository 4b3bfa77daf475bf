"""Every rule there is: the families are walked, and each code, name and alias means one rule.

A rule module is named by its code and its fault: ``rules/<family>/nw01_beyond_reach.py``.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType, ModuleType

from rules.model import Rule
from rules.params import fields_of

_MODULE = re.compile(r"([a-z]{2}\d{2})_[a-z0-9_]+")


class RegistryError(Exception):
    """The rule modules contradict each other or their own file names."""


@cache
def rules() -> Mapping[str, Rule]:
    """Return all rules by code, in the order of their codes.

    Raises
    ------
    RegistryError
        When a module has no ``RULE``, or two rules claim one code, name or alias.
    """
    return MappingProxyType(collect(_modules()))


def find(code: str, among: Mapping[str, Rule] | None = None) -> Rule | None:
    """Return the rule that a code, a name or an alias stands for, or None."""
    known = rules() if among is None else among
    if code in known:
        return known[code]
    return next((rule for rule in known.values() if code in (rule.name, *rule.aliases)), None)


def collect(modules: Iterable[ModuleType]) -> dict[str, Rule]:
    """Return the rules of ``modules`` by code, sorted.

    Raises
    ------
    RegistryError
        With one line a fault: no RULE, a code or family other than the file says, ``judged_by``
        naming no param, or a code, name or alias taken twice.
    """
    faults: list[str] = []
    taken: dict[str, str] = {}
    found: dict[str, Rule] = {}
    for module in sorted(modules, key=lambda module: module.__name__):
        rule = getattr(module, "RULE", None)
        if not isinstance(rule, Rule):
            faults.append(f"{module.__name__}: no RULE")
            continue
        faults += [f"{module.__name__}: {fault}" for fault in _faults(module, rule)]
        for word in (rule.code, rule.name, *rule.aliases):
            if word in taken:
                faults.append(f"{module.__name__}: {word} is taken by {taken[word]}")
            taken.setdefault(word, module.__name__)
        found.setdefault(rule.code, rule)
    if faults:
        raise RegistryError("\n".join(faults))
    return dict(sorted(found.items()))


def _faults(module: ModuleType, rule: Rule) -> Iterable[str]:
    *_, family, file = module.__name__.split(".")
    named = _MODULE.fullmatch(file)
    if named is None or named[1].upper() != rule.code:
        yield f"the file does not carry the code {rule.code}"
    if rule.family != family:
        yield f"family {rule.family}, in the folder {family}"
    if not re.fullmatch(rf"{re.escape(rule.family)}\.[a-z0-9]+(-[a-z0-9]+)*", rule.name):
        yield f"name {rule.name}, wanted {rule.family}.words-of-the-fault"
    unknown = [name for name in rule.judged_by if name not in fields_of(rule.params)]
    if unknown:
        yield f"judged_by names no param: {', '.join(unknown)}"


def _modules() -> list[ModuleType]:
    here = Path(__file__).parent
    files = [file for file in here.glob("*/*.py") if _MODULE.fullmatch(file.stem)]
    return [importlib.import_module(f"rules.{file.parent.name}.{file.stem}") for file in files]
