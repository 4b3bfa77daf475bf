"""A file in pieces: segments as pyx12 reads them, and what stands between them and is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pyx12.errors import X12Error
from pyx12.rawx12file import RawX12File

from monitor.x12.feed import Feed

SEGMENT_LIMIT = 8 * 1024
"""Longest segment that is read, in characters: pyx12's reader is sure of no longer one."""

_KEPT = 1 << 16
_ISA = 106
_PLACES = (6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
# An ISA by its first four elements, of which two are of two and one is of ten characters.
_LIKE_ISA = re.compile(r"ISA([^\w\s])..\1.{10}\1..\1.{10}\1", re.ASCII | re.DOTALL)
_BETWEEN = " \t\r\n\x1a"
# Python's isspace() has the control characters 1C to 1F too, which X12 recommends as separators.
_WHITE = " \t\n\r\v\f"
_VERSIONS = ("00401", "00501")


@dataclass(frozen=True)
class Signs:
    """The characters that end a segment, part its elements, and part their components."""

    segment: str = "~"
    element: str = "*"
    component: str = ":"


class Pieces:
    """The pieces of a file in order: pairs of a fault's code (empty for a segment) and text.

    ``number`` counts them, the first being 1; a stretch that is no segment counts as one, however
    many pieces of 64 KiB it comes in. ``signs`` are those of the interchange under way,
    ``wrong`` is what is wrong with the last ISA that was none.
    """

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.signs = Signs()
        self.number = 0
        self.wrong = ""

    def __iter__(self) -> Iterator[tuple[str, str]]:
        while True:
            self._skip_space()
            head = self.feed.peek(_ISA)
            if not head:
                break
            if head[:3] == "ISA":
                self.wrong = what_is_wrong(head)
                if not self.wrong:
                    yield from self._interchange()
                    continue
                self.number += 1
                code = "cut_off" if len(head) < _ISA else "isa"
                yield from self._stretch(code, self.feed.read(3))
            else:
                self.number += 1
                yield from self._stretch("junk", "")
        if self.feed.damage:
            self.number += 1
            yield "gzip", ""

    def _skip_space(self) -> None:
        while piece := self.feed.peek(_KEPT):
            kept = piece.lstrip(_BETWEEN)
            self.feed.read(len(piece) - len(kept))
            if kept:
                return

    def _stretch(self, code: str, begun: str) -> Iterator[tuple[str, str]]:
        """Yield what is no segment up to the next ISA, in bounded pieces under one number."""
        while True:
            piece = self.feed.peek(_KEPT)
            found = _LIKE_ISA.search(piece)
            last = len(piece) < _KEPT
            # An ISA may begin in this piece and go on in the next.
            end = found.start() if found else len(piece) if last else len(piece) - _ISA
            text = begun + self.feed.read(end)
            if text:
                yield code, text
            if found or last:
                return
            begun = ""

    def _interchange(self) -> Iterator[tuple[str, str]]:
        """Yield the segments from an ISA to its IEA, or to where something else begins."""
        try:
            raw = RawX12File(self.feed)
        except X12Error:  # what it refuses was seen before; this is for what it may refuse later
            self.number += 1
            yield from self._stretch("isa", "ISA")
            return
        end, element, component, _, _ = raw.get_term()
        self.signs = Signs(end, element, component)
        iea, first = f"IEA{element}", True
        while True:
            for text in raw:
                if first:
                    first = False
                elif "ISA" in text and (begin := self._begins(text)) >= 0:
                    self.feed.put_back(text[begin:] + end + raw.buffer)
                    if begin:
                        self.number += 1
                        yield "cut_off", text[:begin]
                    return
                self.number += 1
                if len(text) > SEGMENT_LIMIT:
                    yield "segment_length", text[:_KEPT]
                    continue
                yield "", text
                if text.startswith(iea):
                    self.feed.put_back(raw.buffer)
                    return
            # pyx12 stops at an empty segment, at one without an end, and at the end of the file.
            held = raw.buffer
            if end not in held and len(held) < SEGMENT_LIMIT and not self.feed.peek(1):
                break
            self.number += 1
            if end in held or len(held) < SEGMENT_LIMIT:
                yield "segment_empty", ""
                continue
            self.feed.put_back(held)
            raw.buffer = ""
            text, again = self._skip_long(end)
            yield "segment_length", text
            if again:
                return
        if raw.buffer.strip(_BETWEEN):
            self.feed.put_back(raw.buffer)
            next_isa = _LIKE_ISA.search(raw.buffer)
            text = self.feed.read(next_isa.start() if next_isa else len(raw.buffer)).strip(_BETWEEN)
            if text:
                self.number += 1
                yield "cut_off", text

    def _begins(self, text: str) -> int:
        """Return where an ISA begins in a segment's text, -1 where none does."""
        found = _LIKE_ISA.search(text)
        return found.start() if found else -1

    def _skip_long(self, end: str) -> tuple[str, bool]:
        """Read over a segment that is too long; return its beginning and whether an ISA follows."""
        kept = ""
        while True:
            piece = self.feed.peek(_KEPT)
            last = len(piece) < _KEPT
            stop = piece.find(end)
            found = _LIKE_ISA.search(piece, 0, stop if stop >= 0 else len(piece))
            if found:
                return (kept + self.feed.read(found.start()))[:_KEPT], True
            if stop >= 0:
                return (kept + self.feed.read(stop + 1))[:_KEPT], False
            text = self.feed.read(len(piece) if last else len(piece) - _ISA)
            kept = (kept + text)[:_KEPT]
            if last:
                return kept, False


def what_is_wrong(head: str) -> str:
    """Return what is wrong with the first 106 characters of an interchange, empty if nothing is."""
    if len(head) < _ISA:
        return f"{len(head)} characters"
    element, component, end = head[3], head[104], head[105]
    if element.isalnum() or element in _WHITE or not element.isascii():
        return "an element separator that is none"
    misplaced = next((place for place in _PLACES if head[place] != element), None)
    if misplaced is not None or head[4:103].count(element) != len(_PLACES) - 1:
        return "elements of another width"
    if len({element, component, end}) < 3 or component.isalnum() or end.isalnum():
        return "separators that are none, or the same"
    if not (component.isascii() and end.isascii()) or end in head[:105]:
        return "separators that are none, or the same"
    if head[84:89] not in _VERSIONS:
        return f"version {head[84:89]}"
    return ""


def looks_like_x12(text: str) -> bool:
    """Return whether text begins with ISA, or has an interchange somewhere in it."""
    return text.lstrip(_BETWEEN).startswith("ISA") or bool(_LIKE_ISA.search(text))
