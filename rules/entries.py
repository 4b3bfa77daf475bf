"""The entries of a pack file turned into nouns: documents, citations, requirements, clauses."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from math import isfinite
from typing import Any

from rules import params, registry
from rules.model import Band, Citation, Clause, Document, Requirement, Rule, Severity, Value
from rules.packfile import Problem

DATA = "DATA"
"""The reserved rule of a requirement whose findings are the shape and profile checks of a table."""

SEVERITIES = tuple(str(severity) for severity in Severity)
NO_DAY = date.min
"""Stands in for a date that was refused or is missing."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def is_id(text: str) -> bool:
    """Tell whether a text may be an id: letters, digits, dot, dash and underscore, at most 64."""
    return _ID.fullmatch(text) is not None


def is_fips(text: str) -> bool:
    """Tell whether a text has the form of a county's FIPS code: five digits."""
    return re.fullmatch(r"[0-9]{5}", text) is not None


@dataclass
class Entry:
    """One mapping of a pack file, read key by key; every fault goes to ``problems``.

    Each reader returns a harmless stand-in after a fault, so that the rest is still read. A key
    that nobody asked for is refused by :meth:`close`.
    """

    content: dict[str, Any]
    file: str
    key: str
    problems: list[Problem]
    asked: set[str] = field(default_factory=set)

    def at(self, name: str) -> str:
        """Return the key path of one of this mapping's keys."""
        return f"{self.key}.{name}" if self.key else name

    def refuse(self, name: str, reason: str) -> None:
        """Record a fault at ``name``; the mapping itself when the name is empty."""
        self.problems.append(Problem(self.file, self.at(name) if name else self.key, reason))

    def take(self, name: str, wanted: tuple[type, ...], words: str, missing: str = "") -> Any:
        """Return the value at ``name`` when its type fits, else None, refused where it must be."""
        self.asked.add(name)
        found = self.content.get(name)
        if found is None:
            if missing and not any(fault.key == self.at(name) for fault in self.problems):
                self.refuse(name, missing)
            return None
        if type(found) in wanted:
            return found
        kinds: dict[type, str] = {dict: "a mapping", list: "a list"}
        kind = kinds.get(type(found), str(found)[:60])
        self.refuse(name, f"found {kind}, wanted {words}")
        return None

    def text(self, name: str, default: str | None = None) -> str:
        """Return text, stripped and not empty; required unless there is a default."""
        missing = "missing; wanted text" if default is None else ""
        found = self.take(name, (str,), "text (in quotes)", missing)
        if found is not None and not found.strip():
            self.refuse(name, "empty; wanted text")
        return found.strip() if found is not None else default or ""

    def slug(self, name: str) -> str:
        """Return an id: letters, digits, dot, dash and underscore, at most 64."""
        found = self.text(name)
        if found and not is_id(found):
            self.refuse(name, f"{found[:80]!r} is no id; wanted letters, digits, '.', '-' and '_'")
        return found

    def choice(self, name: str, choices: Collection[str], default: str | None = None) -> str:
        """Return one of ``choices``; the default, or else the first, stands in after a fault."""
        missing = f"missing; wanted one of {', '.join(choices)}" if default is None else ""
        found = self.take(name, (str,), f"one of {', '.join(choices)}", missing)
        if found is not None and found not in choices:
            self.refuse(name, f"found {found[:60]}, wanted one of {', '.join(choices)}")
        fallback = next(iter(choices)) if default is None else default
        return found if found in choices else fallback

    def day(self, name: str, required: bool = True) -> date | None:
        """Return a date, None when there is none."""
        missing = "missing; wanted a date YYYY-MM-DD" if required else ""
        found: date | None = self.take(name, (date,), "a date YYYY-MM-DD", missing)
        return found

    def whole(self, name: str, least: int, most: int) -> int | None:
        """Return a whole number inside its bounds, None when there is none."""
        found: int | None = self.take(name, (int,), "a whole number")
        if found is not None and not least <= found <= most:
            self.refuse(name, f"found {found}, wanted {least} to {most}")
        return found

    def number(self, name: str) -> float | None:
        """Return a number of at most 8 decimals, None when there is none."""
        found: float | None = self.take(name, (int, float), "a number")
        if found is not None and not (isfinite(found) and round(found, 8) == found):
            self.refuse(name, f"found {found}, wanted a number of at most 8 decimals")
            return None
        return None if found is None else float(found)

    def state(self, name: str) -> str:
        """Return the two capital letters of a state, or US."""
        found = self.text(name)
        if found and not re.fullmatch(r"[A-Z]{2}", found):
            self.refuse(name, f"found {found[:60]}, wanted two capital letters, such as TN, or US")
        return found

    def flag(self, name: str, default: bool) -> bool:
        """Return true or false."""
        found = self.take(name, (bool,), "true or false")
        return default if found is None else bool(found)

    def texts(self, name: str, missing: str = "") -> tuple[str, ...]:
        """Return a list of distinct text, empty when there is none."""
        found = self.take(name, (list,), "a list of text", missing) or []
        seen: list[str] = []
        for i, item in enumerate(found):
            if not isinstance(item, str) or not item.strip():
                self.refuse(f"{name}[{i}]", f"found {str(item)[:60]}, wanted text (in quotes)")
            elif item in seen:
                self.refuse(f"{name}[{i}]", f"{item} is named twice")
            else:
                seen.append(item)
        return tuple(seen)

    def pairs(self, name: str) -> dict[str, str]:
        """Return a mapping of text to text, empty when there is none."""
        found: dict[str, Any] = self.take(name, (dict,), "a mapping of text to text") or {}
        for word, item in found.items():
            if not isinstance(item, str):
                self.refuse(f"{name}.{word}", f"found {str(item)[:60]}, wanted text (in quotes)")
        return {word: item for word, item in found.items() if isinstance(item, str)}

    def entry(self, name: str, missing: str = "") -> Entry | None:
        """Return the mapping at ``name``, None when there is none."""
        found = self.take(name, (dict,), "a mapping", missing)
        return None if found is None else Entry(found, self.file, self.at(name), self.problems)

    def entries(self, name: str, missing: str = "") -> list[Entry]:
        """Return the mappings of the list at ``name``."""
        found = self.take(name, (list,), "a list of mappings", missing) or []
        read = []
        for i, item in enumerate(found):
            if isinstance(item, dict):
                read.append(Entry(item, self.file, self.at(f"{name}[{i}]"), self.problems))
            else:
                self.refuse(f"{name}[{i}]", f"found {str(item)[:60]}, wanted a mapping")
        return read

    def close(self) -> None:
        """Refuse every key that was never asked for."""
        for name in self.content:
            if name not in self.asked:
                self.refuse(name, f"unknown key; known are {', '.join(sorted(self.asked))}")


@dataclass(frozen=True)
class Terms:
    """What a requirement is read against: the documents, rules, tables and days there are."""

    pack: str
    documents: Mapping[str, Document]
    rules: Mapping[str, Rule]
    tables: Collection[str]
    starts: date | None
    ends: date | None


def document(entry: Entry, document_id: str) -> Document:
    """Read one entry of ``documents``."""
    read = Document(
        id=document_id,
        title=entry.text("title"),
        dated=entry.text("dated"),
        source=entry.text("source", ""),
        invented=entry.flag("invented", False),
    )
    entry.close()
    return read


def citation(entry: Entry | None, documents: Mapping[str, Document]) -> Citation:
    """Read a ``cite``; the document it names has to be declared."""
    if entry is None:
        return Citation("", "")
    read = Citation(
        document=entry.text("document"),
        section=entry.text("section"),
        page=entry.whole("page", 1, 100_000),
        quote=entry.text("quote", ""),
        also=entry.texts("also"),
    )
    if read.document and read.document not in documents:
        known = ", ".join(sorted(documents)) or "none"
        entry.refuse("document", f"{read.document} is not declared; declared are {known}")
    entry.close()
    return read


def cite(entry: Entry) -> Entry | None:
    """Return the ``cite`` of an entry; nothing is asked without one."""
    return entry.entry("cite", "missing: nothing is asked without a citation")


def requirement(entry: Entry, terms: Terms) -> Requirement:
    """Read one entry of ``requirements``, params typed by its rule."""
    requirement_id = entry.slug("id")
    code = entry.text("rule")
    rule = registry.find(code, terms.rules)
    if code and code != DATA and rule is None:
        known = ", ".join((DATA, *terms.rules))
        entry.refuse("rule", f"no rule {code}; known are {known}")
    scope = entry.pairs("applies_to")
    if code == DATA:
        _refuse_data(entry, requirement_id, scope, terms.tables)
    elif "specialty" in scope:
        _refuse_specialty(entry, scope["specialty"])
    values = []
    dated: dict[date, str] = {}
    for item in entry.entries("values", "missing; wanted at least one dated value"):
        value = _value(item, rule, code == DATA, terms)
        if value.starts in dated:
            item.refuse("starts", f"{value.starts} is dated twice, first in {dated[value.starts]}")
        elif value.starts != NO_DAY:
            dated[value.starts] = item.key
        values.append(value)
    if entry.content.get("values") == []:
        entry.refuse("values", "empty; wanted at least one dated value")
    read = Requirement(
        id=requirement_id,
        title=entry.text("title"),
        rule=rule.code if rule is not None else code,
        severity=Severity(entry.choice("severity", SEVERITIES)),
        values=tuple(sorted(values, key=lambda value: value.starts)),
        applies_to=scope,
        due=entry.text("due", ""),
        demands_table=entry.flag("demands_table", True),
        pack=terms.pack,
    )
    entry.close()
    return read


def clause(entry: Entry, terms: Terms) -> Clause:
    """Read one entry of ``clauses``: law that is recorded and not yet measured."""
    read = Clause(
        id=entry.slug("id"),
        title=entry.text("title"),
        text=entry.text("text"),
        starts=starts(entry, terms),
        citation=citation(cite(entry), terms.documents),
        unverified=entry.flag("unverified", False),
        pack=terms.pack,
    )
    entry.close()
    return read


def band(entry: Entry, terms: Terms, known: Collection[str]) -> Band:
    """Read one entry of ``bands``: other bounds for an expectation of a profile."""
    code = entry.text("expectation")
    if code and code not in known:
        entry.refuse("expectation", f"no expectation {code[:60]}; known are {', '.join(known)}")
    low, high = entry.number("min_value"), entry.number("max_value")
    if low is None and high is None:
        entry.refuse("", "no bound; wanted min_value, max_value or both")
    elif low is not None and high is not None and low > high:
        entry.refuse("min_value", f"{low:g} is above max_value, {high:g}")
    severity = entry.choice("severity", SEVERITIES, "")
    read = Band(
        expectation=code,
        starts=starts(entry, terms),
        low=low,
        high=high,
        citation=citation(cite(entry), terms.documents),
        severity=Severity(severity) if severity else None,
        unverified=entry.flag("unverified", False),
    )
    entry.close()
    return read


def _value(entry: Entry, rule: Rule | None, is_data: bool, terms: Terms) -> Value:
    given = entry.take("params", (dict,), "a mapping") or {}
    if is_data and given:
        entry.refuse("params", f"{DATA} takes none: the checks of the table hold their own bounds")
    built = None
    if rule is not None and (not entry.content.get("params") or given):
        built = params.build(rule.params, given, entry.at("params"), _to(entry))
    read = Value(
        starts=starts(entry, terms),
        params=built,
        citation=citation(cite(entry), terms.documents),
        unverified=entry.flag("unverified", False),
    )
    entry.close()
    return read


def _to(entry: Entry) -> params.Refuse:
    return lambda key, reason: entry.problems.append(Problem(entry.file, key, reason))


def starts(entry: Entry, terms: Terms) -> date:
    """Return the day from which an entry holds, refused where it is outside the contract."""
    begins = entry.day("starts")
    if begins is None:
        return NO_DAY
    if terms.starts is not None and begins < terms.starts:
        entry.refuse("starts", f"{begins} is before the contract starts, {terms.starts}")
    if terms.ends is not None and begins > terms.ends:
        entry.refuse("starts", f"{begins} is after the contract ends, {terms.ends}")
    return begins


def _refuse_data(
    entry: Entry, requirement_id: str, scope: Mapping[str, str], tables: Collection[str]
) -> None:
    table = scope.get("table", "")
    if table not in tables:
        entry.refuse("applies_to.table", f"no table {table!r}; known are {', '.join(tables)}")
    elif requirement_id != f"{DATA}-{table.upper()}":
        entry.refuse("id", f"found {requirement_id}, wanted {DATA}-{table.upper()}")


def _refuse_specialty(entry: Entry, name: str) -> None:
    from rules.specialty import specialties  # reads a file that few packs need

    if name not in specialties():
        near = get_close_matches(name, specialties(), n=3)
        known = f"near it are {', '.join(near)}" if near else "see the value set of specialties"
        entry.refuse("applies_to.specialty", f"no specialty {name[:60]!r}; {known}")
