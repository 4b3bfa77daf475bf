"""Read X12 837 files as encounters, in bounded batches: one row a service line, as text.

``_line`` is the number of the segment that begins the row: its LX, or its CLM where it has none.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
from pyx12.segment import Segment

from monitor.faults import Fault
from monitor.header import Header
from monitor.reading import DAMAGE_SCHEMA, Batch
from monitor.records import decoded, is_utf8
from monitor.x12.claims import Claim, Claims
from monitor.x12.envelope import Envelope
from monitor.x12.feed import Feed
from monitor.x12.pieces import Pieces
from monitor.x12.rows import COLUMNS, rows_of, what_is_missing
from rules.tables.x12 import TABLE

ROWS = 20_000
"""Rows of a batch, about; it also ends after 16 MiB of text or 5,000 faults."""

_CHARACTERS = 16 << 20
_FAULTS = 5_000
_KEPT = 1 << 16
_LARGEST = 64 << 20
_SHOWN = 60
_SCHEMA: dict[str, type[pl.DataType]] = {
    "_line": pl.Int64,
    **{str(number): pl.String for number in range(len(COLUMNS))},
}
_CLAIM = re.compile(r"(?<![A-Za-z0-9])CLM[^\w\s]", re.ASCII)
_TRAILERS = ("SE", "GE", "IEA")
_ENVELOPE = frozenset(("ISA", "GS", "ST", *_TRAILERS))
_WANTED = {
    "junk": "segments alone, from ISA to IEA",
    "isa": "an ISA of 106 characters with fixed places",
    "cut_off": "a terminator at the end of the segment",
    "segment_length": "at most 8,192 characters",
    "segment_empty": "a segment between two terminators",
    "segment_unknown": "a segment of the 837",
    "gzip": "a whole gzip file",
}

# fmt: off
_READ = frozenset((
    "NM1", "PRV", "SBR", "DTP", "HI", "REF", "CL1", "CN1", "AMT", "CAS", "SV1", "SV2", "SVD",
    "LIN",
))
_KNOWN = _READ | frozenset((
    "BHT", "HL", "CLM", "LX", "N2", "N3", "N4", "PER", "CUR", "PAT", "DMG", "DSB", "UR", "DN1",
    "DN2", "PWK", "K3", "NTE", "CR1", "CR2", "CR3", "CR4", "CR5", "CR6", "CR7", "CR8", "HSD",
    "CRC", "HCP", "QTY", "OI", "MIA", "MOA", "SV3", "SV4", "SV5", "SV6", "SV7", "TOO", "PS1",
    "MEA", "CTP", "LQ", "FRM", "TA1",
))
# fmt: on
_DETAILS = _KNOWN - {"BHT", "HL", "CLM", "LX"}
# Of these only the kinds that are read are taken apart: the second element says which it is.
_KINDS = {
    "NM1": frozenset(("41", "85", "IL", "PR", "QC", "82", "71", "72")),
    "REF": frozenset(("D9", "F8")),
    "DTP": frozenset(("434", "435", "096", "050", "472", "573")),
    "PRV": frozenset(("BI", "PT", "PE")),
    "AMT": frozenset(("D",)),
}


def read_x12(
    path: Path, name: str, header: Header, submitted_on: date | None, seen: Counter[str]
) -> Iterator[Batch]:
    """Yield the service lines of an X12 file in batches; ``seen`` counts segments and claims."""
    with Feed(path) as feed:
        if header.faults:
            feed.read(3)  # the byte order mark, which is told
        reader = _Reader(feed, name, f"{submitted_on or ''}")
        yield from reader.batches(seen)


def take_apart(text: str, pieces: Pieces, other: str = "") -> Segment:
    """Take a segment apart; by the ``other`` separator where it has that and not the right one."""
    signs = pieces.signs
    component = other if other and other in text and signs.component not in text else ""
    return Segment(text, signs.segment, signs.element, component or signs.component)


class _Reader:
    """One pass over a file: what has been gathered since the last batch."""

    def __init__(self, feed: Feed, name: str, submitted_on: str) -> None:
        self._pieces = Pieces(feed)
        self._name = name
        self._submitted_on = submitted_on
        self._envelope = Envelope(self._say)
        self._claims = Claims(self._say, self._done)
        self._rows: list[tuple[str | int | None, ...]] = []
        self._damaged: list[tuple[int, str, str]] = []
        self._faults: list[Fault] = []
        self._held = 0
        self._seen: Counter[str] = Counter()
        # Of what is not read: the texts of the row under way, why, where, and in what it is.
        self._aside: list[str] = []
        self._aside_at = self._aside_size = 0
        self._aside_code = self._aside_in = ""

    def batches(self, seen: Counter[str]) -> Iterator[Batch]:
        """Yield what the file holds."""
        last = 0
        for code, text in self._pieces:
            if code:
                self._take_damage(code, text, self._pieces.number != last)
            else:
                self._take_segment(text)
            last = self._pieces.number
            if (
                len(self._rows) + len(self._damaged) >= ROWS
                or self._held >= _CHARACTERS
                or len(self._faults) >= _FAULTS
            ):
                yield self._batch()
        self._leave_set("cut_off")
        self._envelope.cut(self._pieces.number)
        seen.update(self._seen)
        seen["segments"] += self._pieces.number
        yield self._batch()

    def _say(self, code: str, at: int, field: str, value: str, expected: str) -> None:
        self._faults.append(Fault(_full(code), self._name, at, field, value, expected))

    def _batch(self) -> Batch:
        batch = Batch(
            pl.DataFrame(self._rows, schema=_SCHEMA, orient="row"),
            pl.DataFrame(self._damaged, schema=DAMAGE_SCHEMA, orient="row"),
            tuple(self._faults),
        )
        self._rows, self._damaged, self._faults, self._held = [], [], [], 0
        return batch

    def _take_damage(self, code: str, text: str, new: bool) -> None:
        """Take a stretch that is no segment: told once, kept as a row for each claim in it."""
        at = self._pieces.number
        name = text.partition(self._pieces.signs.element)[0]
        tail = code == "cut_off" and name in _TRAILERS
        if new:
            found = {"gzip": self._pieces.feed.damage, "isa": self._pieces.wrong}
            value = name if tail else found.get(code, text[:_SHOWN])
            field = "ISA" if code == "isa" else name if tail else ""
            self._say(code, at, field, value, _WANTED[code])
        if tail:
            # Only its terminator is missing, as far as can be told.
            self._take_segment(text)
        elif self._claims.claim is not None and code != "segment_empty":
            self._claims.spoil(code, code == "segment_length" and name in _DETAILS)
            self._claims.keep(_decoded(text), at)
        elif self._aside:
            self._keep_aside(text)
        elif text:
            self._claims.spoil(code)
            for part in _by_claim(text):
                self._set_aside(at, code, [_decoded(part)])

    def _take_segment(self, text: str) -> None:
        pieces, claims, envelope = self._pieces, self._claims, self._envelope
        at = pieces.number
        if not text.isascii():
            text = self._in_utf8(text, at)
        if "\0" in text:
            self._say("nul", at, "", text[:_SHOWN], "no NUL character")
            # What stands between an HL and its first CLM goes into the rows of all its claims.
            claims.spoil("nul", detail=claims.claim is not None)
        if text[0] in " \t":
            text = text.lstrip(" \t")
        name = text.partition(pieces.signs.element)[0]
        claim = claims.claim
        if claim is not None and name in _DETAILS:
            claims.keep(text, at)
            if self._is_read(name, text):
                claims.take(name, take_apart(text, pieces, claim.component))
        elif name in _ENVELOPE:
            self._take_envelope(name, take_apart(text, pieces), at, text)
        elif envelope.refused:
            self._take_refused(name, text, at)
        elif name not in _KNOWN:
            form = name.isalnum() and name.isascii() and 1 < len(name) < 4
            self._take_damage("segment_unknown" if form else "junk", text, True)
        elif not envelope.set_at:
            if self._aside:
                self._take_refused(name, text, at)
            elif name != "TA1":
                self._say("order", at, name, "no ST", "segments of a claim within ST and SE")
                self._begin_aside("order", at)
                self._take_refused(name, text, at)
        elif name == "HL":
            claims.finish()
            envelope.hl(take_apart(text, pieces), at)
            claims.hl(envelope.level)
        elif name == "CLM":
            component = pieces.signs.component
            claims.clm(take_apart(text, pieces), at, text, envelope.claim_type, component)
        elif name == "BHT":
            envelope.bht(take_apart(text, pieces), at)
        elif name == "LX":
            if claim is not None:
                claims.lx(take_apart(text, pieces), at, text)
            else:
                self._say("order", at, "LX", "no CLM", "a CLM before it")
                self._set_aside(at, "order", [text])
        elif self._is_read(name, text):
            claims.take(name, take_apart(text, pieces))

    def _is_read(self, name: str, text: str) -> bool:
        kinds = _KINDS.get(name)
        if kinds is None:
            return name in _READ
        sign = self._pieces.signs.element
        return text[len(name) + 1 :].partition(sign)[0].strip() in kinds

    def _take_envelope(self, name: str, segment: Segment, at: int, text: str) -> None:
        envelope = self._envelope
        if envelope.set_at or self._aside:
            self._leave_set("" if name == "SE" else "cut_off")
        match name:
            case "ISA":
                envelope.isa(segment, at)
            case "GS":
                envelope.gs(segment, at)
            case "ST":
                envelope.st(segment, at)
                self._claims.begin_set()
                if envelope.refused:
                    self._begin_aside(envelope.refused, at)
                    self._keep_aside(text)
            case "SE":
                envelope.se(segment, at)
            case "GE":
                envelope.ge(segment, at)
            case _:
                envelope.iea(segment, at)

    def _leave_set(self, damage: str) -> None:
        """Hand over what is under way at the end of a set, or where it is cut off."""
        self._claims.finish(damage)
        self._end_aside()

    def _begin_aside(self, code: str, at: int) -> None:
        """Begin a row of segments that are not read; ``code`` says why."""
        self._aside, self._aside_at, self._aside_size = [], at, 0
        self._aside_code, self._aside_in = code, ""

    def _end_aside(self) -> None:
        if self._aside:
            self._set_aside(self._aside_at, self._aside_code, self._aside)
        self._aside = []

    def _take_refused(self, name: str, text: str, at: int) -> None:
        """Keep a segment that is not read: a row a line, else a claim, else all of it."""
        within = self._aside_in
        if name == "CLM" or (name == "LX" and (within or self._aside_code == "order")):
            if within == "LX" or (within and name == "CLM"):
                self._end_aside()
                self._begin_aside(self._aside_code, at)
            self._aside_at, self._aside_in = at, name
        self._keep_aside(text)

    def _keep_aside(self, text: str) -> None:
        self._aside_size += len(text)
        if self._aside_size > _KEPT and self._aside:
            return
        self._aside.append(_decoded(text))

    def _set_aside(self, at: int, code: str, texts: list[str]) -> None:
        """Quarantine a row with the segments it is made of."""
        end = self._pieces.signs.segment
        record = end.join(texts)
        self._damaged.append((at, _full(code), record))
        self._held += len(record)

    def _done(self, claim: Claim) -> None:
        """Make the rows of a claim, or set it aside: as a row a line, one where it has none."""
        self._seen["claims"] += 1
        if not claim.damage:
            claim.damage = what_is_missing(claim, self._say)
        if not claim.damage:
            rows = rows_of(claim, self._submitted_on, self._say)
            size = sum(len(value) for row in rows for value in filter(None, row))
            if size <= _LARGEST:
                for line, row in zip(claim.lines, rows, strict=True):
                    self._rows.append((line.at, *row))
                self._held += size
                return
            self._say("too_large", claim.at, "CLM", "over 64 MiB", "at most 64 MiB as rows")
            claim.damage = "too_large"
        if not claim.lines:
            self._set_aside(claim.at, claim.damage, claim.texts)
        texts = claim.texts
        for line in claim.lines:
            self._set_aside(line.at, claim.damage, texts + line.texts)
            texts = []

    def _in_utf8(self, text: str, at: int) -> str:
        data = text.encode("latin-1")
        if not is_utf8(data):
            wanted = "Unicode; it was read as Windows text"
            self._say("encoding", at, "", decoded(data)[:_SHOWN], wanted)
        return decoded(data)


def _full(code: str) -> str:
    return f"{TABLE}.{code}" if "." in code else f"{TABLE}.x12.{code}"


def _decoded(text: str) -> str:
    try:
        return text if text.isascii() else decoded(text.encode("latin-1"))
    except UnicodeEncodeError:
        return text  # it has been decoded before


def _by_claim(text: str) -> list[str]:
    """Divide text that cannot be read before each CLM but the first."""
    places = [found.start() for found in _CLAIM.finditer(text)]
    cuts = [0, *places[1:], len(text)]
    return [text[start:end] for start, end in itertools.pairwise(cuts)]
