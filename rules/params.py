"""A YAML mapping into a rule's own frozen ``Params``, and back into plain values.

A params type may hold str, int, float, bool, date, ``Literal``, ``X | None``, ``tuple[X, ...]``,
``Mapping[str, X]`` and further frozen dataclasses. A whole number is taken where a float is
wanted; true and false are never numbers; nothing is guessed.
"""

from __future__ import annotations

import dataclasses
import math
import re
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any, Literal, Union

Refuse = Callable[[str, str], None]
"""Called with a key path and a reason for every fault."""

REFUSED = object()
"""What :func:`build` returns in place of a value that was refused."""

_SHARE = re.compile(r"(^|[._])(share|ratio)$")
"""Params that are shares by their name: one above 1 could never be broken, or never kept."""

_PLAIN = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    date: "a date YYYY-MM-DD",
}


@cache
def fields_of(kind: type) -> Mapping[str, Any]:
    """Return the field names of a params type and their resolved types, in order."""
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def describe(kind: Any) -> str:
    """Say a field's type in words, e.g. ``a list of text`` or ``one of both, either``."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind is type(None):
        return "null"
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        return f"one of {', '.join(str(choice) for choice in inner)}"
    if origin in (Union, types.UnionType):
        return " or ".join(describe(option) for option in inner)
    if origin is tuple:
        return f"a list of {describe(inner[0])}"
    if _is_mapping(origin):
        return f"a mapping of text to {describe(inner[1])}"
    if dataclasses.is_dataclass(kind):
        return f"a mapping with {', '.join(fields_of(typing.cast(type, kind))) or 'no keys'}"
    raise TypeError(f"params cannot hold {kind!r}")


def build(kind: Any, raw: Any, key: str, refuse: Refuse) -> Any:
    """Build one value of type ``kind`` from what the YAML holds at ``key``.

    Returns
    -------
    The value, or :data:`REFUSED` after ``refuse`` was called with each fault's key and reason.

    Raises
    ------
    TypeError
        When the params type itself holds a type that packs cannot give.
    """
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        return _dataclass(typing.cast(type, kind), raw, key, refuse)
    if origin in (Union, types.UnionType):
        return _union(kind, inner, raw, key, refuse)
    if origin is Literal:
        fits = any(type(raw) is type(choice) and raw == choice for choice in inner)
        return raw if fits else _wanted(kind, raw, key, refuse)
    if origin is tuple and isinstance(raw, list):
        built = [build(inner[0], item, f"{key}[{i}]", refuse) for i, item in enumerate(raw)]
        return REFUSED if REFUSED in built else tuple(built)
    if _is_mapping(origin) and isinstance(raw, dict):
        held = {name: build(inner[1], item, f"{key}.{name}", refuse) for name, item in raw.items()}
        return REFUSED if REFUSED in held.values() else held
    if kind is float and type(raw) in (int, float) and math.isfinite(raw):
        if _SHARE.search(key) and not 0 <= raw <= 1:
            refuse(key, f"{raw}, wanted a share from 0 to 1")
            return REFUSED
        return float(raw)
    if kind in _PLAIN and kind is not float and type(raw) is kind:
        return raw
    return _wanted(kind, raw, key, refuse)


def plain(value: Any) -> Any:
    """Return params as JSON can hold them: dataclasses as dicts, tuples as lists, dates as text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in fields_of(type(value))}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _is_mapping(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _wanted(kind: Any, raw: Any, key: str, refuse: Refuse) -> Any:
    shown = "nothing" if raw is None else "a mapping" if isinstance(raw, dict) else str(raw)
    refuse(key, f"found {shown[:60]}, wanted {describe(kind)}")
    return REFUSED


def _union(kind: Any, options: tuple[Any, ...], raw: Any, key: str, refuse: Refuse) -> Any:
    if raw is None and type(None) in options:
        return None
    rest = [option for option in options if option is not type(None)]
    if len(rest) == 1 and not (rest[0] in _PLAIN or typing.get_origin(rest[0]) is Literal):
        return build(rest[0], raw, key, refuse)
    for option in rest:
        built = build(option, raw, key, lambda *_: None)
        if built is not REFUSED:
            return built
    return _wanted(kind, raw, key, refuse)


def _dataclass(kind: type, raw: Any, key: str, refuse: Refuse) -> Any:
    if not isinstance(raw, dict):
        return _wanted(kind, raw, key, refuse)
    hints = fields_of(kind)
    given: dict[str, Any] = {}
    sound = True
    for name, item in raw.items():
        if name not in hints:
            refuse(f"{key}.{name}", f"unknown; wanted {', '.join(hints) or 'no keys'}")
            sound = False
            continue
        given[name] = build(hints[name], item, f"{key}.{name}", refuse)
        sound = sound and given[name] is not REFUSED
    for field in dataclasses.fields(kind):
        optional = (
            field.default is not dataclasses.MISSING
            or field.default_factory is not dataclasses.MISSING
        )
        if field.name not in raw and not optional:
            refuse(f"{key}.{field.name}", f"missing; wanted {describe(hints[field.name])}")
            sound = False
    if not sound:
        return REFUSED
    try:
        return kind(**given)
    except ValueError as fault:
        refuse(key, str(fault))
        return REFUSED
