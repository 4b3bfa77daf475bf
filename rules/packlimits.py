"""The limits of a pack as tables to read: a column a class of county, a cell a limit in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rules.contract import cited
from rules.markdown import mark, shown, table
from rules.model import Citation, Contract, Requirement, Value
from rules.params import plain

BY_CLASS = "by_county_class"

EVERYWHERE = "every county"
"""The one column of limits that no class of county divides."""

REACH = "NW01"
"""The rule whose params are a limit of time, distance or both."""

_Row = tuple[Requirement, Value]
_JOINED = {"both": " and ", "either": " or "}
_COUNTED = {"both": "max_minutes max_miles", "time": "max_minutes", "distance": "max_miles"}
_IN_A_LIMIT = ("logic", "share", "max_minutes", "max_miles", "providers")


def has_limits(asked: Requirement, value: Value) -> bool:
    """Tell whether a value is told by :func:`limits` and not by a line of its params."""
    return asked.rule == REACH or bool((plain(value.params) or {}).get(BY_CLASS))


def limits(pack: Contract, rows: Iterable[_Row]) -> str:
    """Return one table for each rule and set of county classes, in the pack's order."""
    groups: dict[tuple[str, tuple[str, ...]], list[_Row]] = {}
    for asked, value in rows:
        classes = tuple((plain(value.params) or {}).get(BY_CLASS) or (EVERYWHERE,))
        groups.setdefault((asked.rule, classes), []).append((asked, value))
    return "\n\n".join(
        _grouped(pack, rule, classes, held) for (rule, classes), held in groups.items()
    )


def words(limit: Mapping[str, Any], logic: str) -> str:
    """Say a limit in words, e.g. ``90 % within 20 min and 10 mi of 2 providers``."""
    logic = limit.get("logic") or logic
    units = {"max_minutes": "min", "max_miles": "mi"}
    names = _COUNTED.get(logic, _COUNTED["both"]).split()
    far = _JOINED.get(logic, "").join(f"{limit[name]:g} {units[name]}" for name in names)
    many = limit.get("providers") or 1
    of_many = f" of {many} providers" if many > 1 else ""
    return f"{round(100 * limit['share'], 6):g} % within {far}{of_many}"


def source_cells(pack: Contract, value: Value) -> Sequence[str]:
    """Return the last cells of a value's row: its source, the words seen, its mark."""
    told = mark_of(pack, value.citation, value.unverified)
    return (cited(value.citation, pack.documents), value.citation.quote, told)


def mark_of(pack: Contract, citation: Citation, unverified: bool) -> str:
    """Say whether what is cited was read, was not, or is invented with its document."""
    invented = pack.documents[citation.document].invented
    return mark(unverified).strip() or ("invented" if invented else "read")


def rule_link(asked: Requirement) -> str:
    """Return a requirement's rule as a link to its page."""
    return f"[{asked.rule}](../rules/{asked.rule}.md)"


def _grouped(pack: Contract, rule: str, classes: Sequence[str], rows: Sequence[_Row]) -> str:
    heads = (
        *("id", "requirement", "applies to", "severity", "from"),
        *(name.replace("_", " ") for name in classes),
        *("besides", "source", "words", "mark"),
    )
    lines = [
        (
            asked.id,
            asked.title,
            shown(dict(asked.applies_to)),
            asked.severity,
            f"{value.starts}",
            *_cells(value.params, classes),
            _besides(value.params, rule),
            *source_cells(pack, value),
        )
        for asked, value in rows
    ]
    kept = [at for at in range(len(heads)) if heads[at] not in _MAY_BE_EMPTY or _any(lines, at)]
    what = "within reach" if rule == REACH else "by class of county"
    heading = f"### {rule_link(rows[0][0])}: {what}"
    cells = ([line[at] for at in kept] for line in lines)
    return f"{heading}\n\n{table([heads[at] for at in kept], cells)}"


_MAY_BE_EMPTY = ("besides", "words")


def _any(lines: Sequence[Sequence[str]], at: int) -> bool:
    return any(line[at] for line in lines)


def _cells(params: Any, classes: Sequence[str]) -> list[str]:
    """Return what is asked in each class, or everywhere."""
    held = plain(params)
    by_class = held.get(BY_CLASS) or {EVERYWHERE: held}
    return [_cell(by_class[name], held) for name in classes]


def _cell(limit: Any, held: Mapping[str, Any]) -> str:
    if not isinstance(limit, Mapping):
        return f"{limit:g}"
    many = limit.get("providers") or held.get("providers")
    return words({**limit, "providers": many}, held["logic"])


def _besides(params: Any, rule: str) -> str:
    """Return what else the params set, as one line; what is left at its default is left out."""
    defaults = {name: kind.default for name, kind in type(params).__dataclass_fields__.items()}
    told = {
        name: item
        for name, item in plain(params).items()
        if name != BY_CLASS
        and not (rule == REACH and name in _IN_A_LIMIT)
        and item not in (None, "", [], {}, defaults[name])
    }
    if credit := told.pop("telehealth_credit", None):
        told["telehealth credit"] = f"{round(100 * credit, 6):g} points"
    return shown(told) if told else ""
