"""One YAML file of a pack, read so that every fault is named by file, key and reason.

The dialect is narrow on purpose: no anchors, aliases, tags or merges, no duplicate keys, text
keys only, and no scalar that YAML 1.1 reads in a way its author may not have meant (``no``,
``010``, ``12:30``). A value that should be text goes in quotes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

MAX_BYTES = 1 << 20
"""Largest pack file that is read."""

MAX_DEPTH = 24
"""Deepest nesting that is read."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, order=True)
class Problem:
    """One reason why a pack is refused: ``key`` is a path such as ``values[0].params.share``."""

    file: str
    key: str
    reason: str

    def __str__(self) -> str:
        """``file: key: reason``, without the key when the whole file is meant."""
        return ": ".join(part for part in (self.file, self.key, self.reason) if part)


class PackError(Exception):
    """A pack is refused; ``problems`` holds every reason found, in the order of the files."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def parse(data: bytes, file: str, problems: list[Problem]) -> Any:
    """Return the content of one YAML document as dicts, lists and scalars.

    Parameters
    ----------
    data
        The bytes of the file, UTF-8, at most :data:`MAX_BYTES`.
    file
        The name that problems carry.
    problems
        Gets one entry a fault. After a fault in one key the rest is still read.

    Returns
    -------
    dict, list, str, int, float, bool, date or None; None also when nothing could be read.
    """
    if len(data) > MAX_BYTES:
        problems.append(Problem(file, "", f"larger than {MAX_BYTES} bytes"))
        return None
    try:
        text = data.decode("utf-8-sig")
        if (refusal := _refusal(text)) is not None:
            problems.append(Problem(file, "", refusal))
            return None
        node = yaml.compose(text, Loader=_LOADER)
    except UnicodeDecodeError as fault:
        problems.append(Problem(file, "", f"not UTF-8: byte {fault.start + 1} cannot be read"))
        return None
    except yaml.YAMLError as fault:
        problems.append(Problem(file, "", f"not YAML: {_one_line(fault)}"))
        return None
    return None if node is None else _Reading(file, problems).value(node, "")


def _one_line(fault: yaml.YAMLError) -> str:
    mark = getattr(fault, "problem_mark", None)
    reason = getattr(fault, "problem", None) or " ".join(str(fault).split())
    return f"line {mark.line + 1}: {reason}" if mark is not None else str(reason)


def _refusal(text: str) -> str | None:
    """Walk the events, which cost no memory whatever the file says, before any node is built."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            return f"line {line}: anchors and aliases are not read; write the value out"
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            return f"line {line}: nested deeper than {MAX_DEPTH}"
        if documents > 1:
            return f"line {line}: a second document; wanted one"
    return None


@dataclass
class _Reading:
    """One file being turned from YAML nodes into values."""

    file: str
    problems: list[Problem]

    def value(self, node: yaml.Node, key: str) -> Any:
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return self.mapping(node, key)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            return [self.value(item, f"{key}[{i}]") for i, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, key)
        return self.refuse(node, key, f"the tag {node.tag} is not read")

    def mapping(self, node: yaml.MappingNode, key: str) -> dict[str, Any]:
        read: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for name_node, value_node in node.value:
            if name_node.tag != f"{_TAG}str":
                self.refuse(
                    name_node, key, "a key that is not text; put it in quotes", name_node.value
                )
                continue
            name = name_node.value
            here = f"{key}.{name}" if key else name
            if name in read:
                again = f"duplicate key, first on line {lines[name]}"
                self.refuse(name_node, here, again)
                continue
            lines[name] = name_node.start_mark.line + 1
            read[name] = self.value(value_node, here)
        return read

    def scalar(self, node: yaml.ScalarNode, key: str) -> Any:
        text, kind = node.value, node.tag.removeprefix(_TAG)
        if kind == "str":
            return text
        if kind == "null":
            return None
        if kind == "bool" and text in ("true", "false"):
            return text == "true"
        if kind == "int" and re.fullmatch(r"[-+]?(0|[1-9][0-9]{0,17})", text):
            return int(text)
        if kind == "float" and re.fullmatch(r"[-+]?[0-9]+\.[0-9]*(e[-+]?[0-9]+)?", text):
            number = float(text)
            if math.isfinite(number):
                return number
        if kind == "timestamp" and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            try:
                return date.fromisoformat(text)
            except ValueError as fault:
                return self.refuse(node, key, str(fault), text)
        return self.refuse(
            node, key, "wanted text in quotes, true or false, a plain number or YYYY-MM-DD", text
        )

    def refuse(self, node: yaml.Node, key: str, reason: str, found: Any = None) -> None:
        shown = f" {str(found)[:40]!r}" if found is not None else ""
        line = node.start_mark.line + 1
        self.problems.append(Problem(self.file, key, f"line {line}{shown}: {reason}"))
