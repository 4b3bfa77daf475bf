"""The envelope of X12: interchanges, groups, sets and levels counted and held against what is said.

``say`` gets a fault's code and place: segment, element, what was found, what was wanted.
"""

from __future__ import annotations

from collections.abc import Callable

from pyx12.segment import Segment

from monitor.x12.versions import claim_type_of, name_of
from rules.tables.x12 import READ

Say = Callable[[str, int, str, str, str], None]

_REMEMBERED = 100_000
_ABOVE = {"20": "", "22": "20", "23": "22"}


def element(segment: Segment, place: int) -> str:
    """Return an element of a segment by its number, from 1, as it was sent; empty if not there."""
    held = segment.elements
    if place > len(held):
        return ""
    parts = held[place - 1].elements
    return parts[0].value.strip() if len(parts) == 1 else str(held[place - 1].format())


class Envelope:
    """What is open, since which segment, and what it has held so far.

    ``set_at`` is the segment of the open set's ST, 0 outside of sets. ``claim_type`` is P or I
    within a set that is read. ``refused`` is the code of why one is not;
    ``level`` the code of the last HL (20, 22, 23), empty where there is none that can be used.
    """

    def __init__(self, say: Say) -> None:
        self._say = say
        self._isa = self._gs = self.set_at = 0
        self._numbers = {"ISA": "", "GS": "", "ST": ""}
        self._seen: dict[str, set[str]] = {"ISA": set(), "GS": set(), "ST": set()}
        self._groups = self._sets = 0
        self._version = ""
        self._kind = ""
        self.claim_type = ""
        self.refused = ""
        self.level = ""
        self._levels, self._last_level = 0, ""
        self._open: dict[str, str] = {}
        self._child = ("", 0)

    def isa(self, segment: Segment, at: int) -> None:
        """Open an interchange; what was open before it is cut off."""
        self.cut(at)
        self._isa, self._groups = at, 0
        self._seen["GS"].clear()
        self._number("ISA", element(segment, 13), at, "ISA13")
        if element(segment, 15) == "T":
            self._say("test", at, "ISA15", "T", "P, production")

    def gs(self, segment: Segment, at: int) -> None:
        """Open a group."""
        if not self._isa:
            self._say("order", at, "GS", "no ISA", "an ISA before it")
        self._cut_group(at)
        self._gs, self._sets = at, 0
        self._groups += 1
        self._seen["ST"].clear()
        self._number("GS", element(segment, 6), at, "GS06")
        self._version = element(segment, 8)

    def st(self, segment: Segment, at: int) -> None:
        """Open a set and settle whether it is read."""
        if not self._gs:
            self._say("order", at, "ST", "no GS", "a GS before it")
            self._version = ""
        self._cut_set(at)
        self.set_at = at
        self._sets += 1
        self._forget_levels()
        self._number("ST", element(segment, 2), at, "ST02")
        self._kind, version = element(segment, 1), element(segment, 3)
        if version and self._version and version != self._version:
            self._say("version_differs", at, "ST03", version, f"{self._version}, as in GS08")
        version = version or self._version
        self.claim_type, dated = claim_type_of(self._kind, version)
        self.refused = ""
        if not self.claim_type:
            self.refused, name = name_of(self._kind, version)
            value = f"{self._kind} {version}".strip()
            field = "ST03" if version else "ST01"
            self._say(self.refused, at, field, value, f"{READ}; it is {name}")
        elif not dated:
            self._say("version_plain", at, "ST03", version, READ)

    def bht(self, segment: Segment, at: int) -> None:
        """Look at what the set is for."""
        purpose = element(segment, 6)
        if self.claim_type and purpose != "RP":
            self._say("not_reporting", at, "BHT06", purpose or "no BHT06", "RP, reporting")

    def se(self, segment: Segment, at: int) -> None:
        """Close a set."""
        if not self.set_at:
            self._say("order", at, "SE", "no ST", "an ST before it")
            return
        count = at - self.set_at + 1
        self._count("se_count", element(segment, 1), count, at, "SE01", "segments from ST to SE")
        self._same("ST", element(segment, 2), at, "SE02")
        self._end_levels()
        self.set_at, self.claim_type, self.refused = 0, "", ""

    def ge(self, segment: Segment, at: int) -> None:
        """Close a group."""
        self._cut_set(at)
        if not self._gs:
            self._say("order", at, "GE", "no GS", "a GS before it")
            return
        self._count("ge_count", element(segment, 1), self._sets, at, "GE01", "sets in the group")
        self._same("GS", element(segment, 2), at, "GE02")
        self._gs = 0

    def iea(self, segment: Segment, at: int) -> None:
        """Close an interchange."""
        self._cut_group(at)
        groups = self._groups
        self._count("iea_count", element(segment, 1), groups, at, "IEA01", "groups in it")
        self._same("ISA", element(segment, 2), at, "IEA02")
        self._isa = 0

    def hl(self, segment: Segment, at: int) -> None:
        """Take a level: the next number, an open level above it, and a word on what follows.

        Without the right parent what lies below belongs to nobody: ``level`` is empty then.
        """
        number, parent, code, child = (element(segment, place) for place in (1, 2, 3, 4))
        self._levels += 1
        if number != str(self._levels):
            self._say("hl_order", at, "HL01", number, f"{self._levels}")
        wanted = self._open.get(_ABOVE.get(code, "none"), "")
        if code not in _ABOVE:
            self._say("hl_parent", at, "HL03", code, "20, 22 or 23")
        elif (code == "20" and parent) or (code != "20" and (not wanted or parent != wanted)):
            above = {"20": "no parent", "22": "the billing provider's", "23": "the subscriber's"}
            told = f"{wanted}, {above[code]} HL" if wanted else f"{above[code]} HL above it"
            self._say("hl_parent", at, "HL02", parent or "no HL02", told)
            code = ""
        good = code in _ABOVE
        if good:
            self._follows(code != "20" and _ABOVE[code] == self._last_level)
        if child not in ("0", "1"):
            self._say("hl_child", at, "HL04", child or "no HL04", "0 or 1")
        self._child = (child, at) if good else ("", at)
        self.level = self._last_level = code if good else ""
        if good:
            self._open = {k: v for k, v in self._open.items() if k < code} | {code: number}

    def cut(self, at: int) -> bool:
        """Say of everything that is open that it is cut off; return whether a set was."""
        was = bool(self.set_at)
        self._cut_group(at)
        if self._isa:
            self._say("cut_off", at, "IEA", "no IEA", f"IEA for the ISA in segment {self._isa}")
            self._isa = 0
        return was

    def _cut_group(self, at: int) -> None:
        self._cut_set(at)
        if self._gs:
            self._say("cut_off", at, "GE", "no GE", f"GE for the GS in segment {self._gs}")
            self._gs = 0

    def _cut_set(self, at: int) -> None:
        if self.set_at:
            self._say("cut_off", at, "SE", "no SE", f"SE for the ST in segment {self.set_at}")
            self.set_at, self.claim_type, self.refused = 0, "", ""

    def _forget_levels(self) -> None:
        self.level = self._last_level = ""
        self._levels = 0
        self._open = {}
        self._child = ("", 0)

    def _follows(self, below: bool) -> None:
        child, at = self._child
        if (child == "1" and not below) or (child == "0" and below):
            wanted = "1, an HL below it follows" if below else "0, no HL below it follows"
            self._say("hl_child", at, "HL04", child, wanted)

    def _end_levels(self) -> None:
        self._follows(False)
        self._forget_levels()

    def _count(self, code: str, said: str, count: int, at: int, field: str, what: str) -> None:
        if not (said.isascii() and said.isdigit() and len(said) < 16 and int(said) == count):
            self._say(code, at, field, said or f"no {field}", f"{count}, the {what}")

    def _same(self, header: str, number: str, at: int, field: str) -> None:
        if number != self._numbers[header]:
            names = {"ISA": "ISA13", "GS": "GS06", "ST": "ST02"}
            wanted = f"{self._numbers[header]}, as in {names[header]}"
            self._say("control_number", at, field, number or f"no {field}", wanted)

    def _number(self, header: str, number: str, at: int, field: str) -> None:
        self._numbers[header] = number
        seen = self._seen[header]
        if number in seen:
            self._say("control_repeated", at, field, number, "each number once")
        elif len(seen) < _REMEMBERED:
            seen.add(number)
