"""Claims as the loops of an 837 put them together: who, what, when, and what payers did."""

from __future__ import annotations

import re
from collections.abc import Callable

from pyx12.segment import Segment

from monitor.x12.envelope import Say, element

MOST_LINES = 10_000
MOST_DIAGNOSES = 100
MOST_CHARACTERS = 4 << 20
"""Beyond these a claim is set aside: the guides allow 999 lines and 25 diagnoses."""

# CLM05 such as 11>B>1 in a file whose ISA16 is another sign.
_OTHER_SIGN = re.compile(r"\w{1,2}([^\w\s])[AB]?\1\w", re.ASCII)
_PRINCIPAL, _OTHERS = ("ABK", "BK"), ("ABF", "BF")


class Payment:
    """A 2430: who decided on a line, what was paid, how it was adjusted, and when."""

    __slots__ = ("adjustments", "decided_on", "paid", "payer")

    def __init__(self, payer: str, paid: str) -> None:
        self.payer, self.paid, self.decided_on = payer, paid, ""
        self.adjustments: list[Segment] = []


class Payer:
    """A 2320: another payer, what it paid for the whole claim, how it adjusted it, and when.

    ``kind`` is the claim filing indicator (SBR09).
    """

    __slots__ = ("adjustments", "decided_on", "id", "kind", "paid")

    def __init__(self, kind: str = "") -> None:
        self.id, self.paid, self.decided_on, self.kind = "", "", "", kind
        self.adjustments: list[Segment] = []


class Line:
    """A 2400: one service. ``texts`` are its segments as they stand in the file."""

    __slots__ = (
        *("at", "capitated", "charge", "ndc", "operating", "payments", "place", "pointers"),
        *("procedure", "rendering", "rendering_taxonomy", "revenue", "served", "texts"),
        *("unit_basis", "units", "modifiers", "services"),
    )

    def __init__(self, at: int, text: str) -> None:
        self.at, self.texts, self.services = at, [text], 0
        self.charge = self.procedure = self.modifiers = self.revenue = self.place = ""
        self.units = self.unit_basis = self.pointers = self.ndc = ""
        self.rendering = self.rendering_taxonomy = self.operating = ""
        self.served: tuple[str, str] = ("", "")
        self.capitated = False
        self.payments: list[Payment] = []


class Claim:
    """A 2300 with what stands above it. ``damage`` is the code of what makes it unusable."""

    __slots__ = (
        *("admitted", "admission_type", "at", "attending", "capitated", "charge", "claim_type"),
        *("clearing", "component", "damage", "diagnoses", "discharged", "drg", "facility", "form"),
        *("frequency", "id", "icd9", "lines", "operating", "original", "patient_status", "payers"),
        *("received", "rendering", "rendering_taxonomy", "size", "stated", "texts", "who"),
    )

    def __init__(self, at: int, text: str, claim_type: str, who: Above) -> None:
        self.at, self.texts, self.size, self.claim_type, self.who = at, [text], 0, claim_type, who
        self.id = self.charge = self.facility = self.form = self.frequency = ""
        self.component = ""
        self.original = self.clearing = self.drg = self.received = ""
        self.admission_type = self.patient_status = self.admitted = self.discharged = ""
        self.stated: tuple[str, str] = ("", "")
        self.attending = self.operating = self.rendering = self.rendering_taxonomy = ""
        self.diagnoses: list[str] = []
        self.icd9 = self.damage = ""
        self.capitated = False
        self.lines: list[Line] = []
        self.payers: list[Payer] = []


class Above:
    """What stands above a claim: submitter, billing provider, subscriber and payer, patient."""

    __slots__ = (
        *("billing", "billing_taxonomy", "has_billing", "has_patient", "has_subscriber"),
        *("patient", "payer", "submitter", "subscriber"),
    )

    def __init__(self, submitter: str = "") -> None:
        self.submitter = submitter
        self.billing = self.billing_taxonomy = self.subscriber = self.payer = self.patient = ""
        self.has_billing = self.has_subscriber = self.has_patient = False

    def below(self, level: str) -> Above:
        """Return what still holds for the next HL: nothing of its own level or below."""
        made = Above(self.submitter)
        if level in ("22", "23"):
            made.billing, made.billing_taxonomy = self.billing, self.billing_taxonomy
            made.has_billing = self.has_billing
        if level == "23":
            made.subscriber, made.payer = self.subscriber, self.payer
            made.has_subscriber, made.has_patient = self.has_subscriber, True
        return made


class Claims:
    """Takes the segments of sets one after the other and gives whole claims to ``done``."""

    def __init__(self, say: Say, done: Callable[[Claim], None]) -> None:
        self._say, self._done = say, done
        self.claim: Claim | None = None
        self._above = Above()
        self._level = ""
        self._loop = "head"
        self._doubt = ""

    def begin_set(self) -> None:
        """Forget what the last set was about."""
        self._doubt = ""
        self._above, self._level, self._loop = Above(), "", "head"

    def hl(self, level: str) -> None:
        """Begin a level; without one that can be used nothing below it can."""
        self._doubt = ""
        self._above = self._above.below(level)
        self._level = self._loop = level
        if not level:
            self._doubt = "hl_parent"

    def finish(self, damage: str = "") -> None:
        """Hand over the claim under way; with ``damage`` because it is not whole."""
        claim, self.claim = self.claim, None
        if claim is not None:
            claim.damage = claim.damage or damage
            self._done(claim)
            self._loop = self._level

    def spoil(self, damage: str, detail: bool = False) -> None:
        """Mark the claim under way as one that cannot be used, and those up to the next HL.

        What was damaged may have been the CLM or the HL of another claim, unless it was a
        ``detail``, whose name can be read.
        """
        if not detail:
            self._doubt = damage
        if self.claim is not None and not self.claim.damage:
            self.claim.damage = damage

    def keep(self, text: str, at: int) -> None:
        """Keep a segment's text with the claim under way, within bounds."""
        claim = self.claim
        assert claim is not None
        claim.size += len(text)
        if claim.size > MOST_CHARACTERS:
            claim = self._rest(claim, at)
        (claim.lines[-1].texts if claim.lines else claim.texts).append(text)

    def _rest(self, claim: Claim, at: int) -> Claim:
        """Hand over a claim that is beyond its bounds; the rest of it counts for itself."""
        if claim.damage != "too_large":
            self._say("too_large", claim.at, "CLM", "over 4 MiB", "at most 4 MiB a claim")
        claim.damage = "too_large"
        self._done(claim)
        self.claim = rest = Claim(at, "", claim.claim_type, claim.who)
        rest.texts.clear()
        rest.damage = "too_large"
        self._loop = "claim"
        return rest

    def clm(self, segment: Segment, at: int, text: str, claim_type: str, component: str) -> None:
        """Begin a claim."""
        self.finish()
        claim = self.claim = Claim(at, text, claim_type, self._above)
        claim.damage = self._doubt
        self._loop = "claim"
        claim.id, claim.charge = element(segment, 1), element(segment, 2)
        place = element(segment, 5)
        other = _OTHER_SIGN.fullmatch(place)
        if other and other[1] != component:
            claim.component = other[1]
            self._say("separator", at, "CLM05", other[1], f"{component} (ISA16)")
        parts = [*place.split(other[1] if other else component), "", ""][:3]
        claim.facility, claim.form, claim.frequency = (part.strip() for part in parts)
        if self._level not in ("22", "23") and not claim.damage:
            claim.damage = "order"
            self._say("order", at, "CLM", "no HL", "an HL of a subscriber or patient above it")

    def lx(self, segment: Segment, at: int, text: str) -> None:
        """Begin a service line."""
        claim = self.claim
        assert claim is not None
        claim.size += len(text)
        if claim.size > MOST_CHARACTERS:
            claim = self._rest(claim, at)
        number = element(segment, 1)
        claim.lines.append(Line(at, text))
        self._loop = "line"
        if claim.damage == "too_large":
            return
        if number.lstrip("0") != str(len(claim.lines)):
            if number.lstrip("0") == "1":
                # A CLM is lost, or its name: these lines are another claim's.
                self._say("order", at, "LX01", number, f"a CLM before it, or {len(claim.lines)}")
                self.spoil("order")
            else:
                wanted = f"{len(claim.lines)}"
                self._say("lx_order", at, "LX01", number or "no LX01", wanted)
        if len(claim.lines) == MOST_LINES + 1:
            wanted = f"at most {MOST_LINES} lines"
            self._say("too_large", claim.at, "CLM", f"over {MOST_LINES} lines", wanted)
            claim.damage = "too_large"

    def take(self, name: str, segment: Segment) -> None:
        """Take any other segment that says something of a claim or of what stands above it."""
        if self.claim is None:
            if name == "NM1":
                self._name_above(segment)
            elif name == "PRV" and self._loop == "20" and element(segment, 1) in ("BI", "PT"):
                self._above.billing_taxonomy = element(segment, 3)
        elif self._loop == "line":
            self._take_line(name, segment, self.claim.lines[-1], self.claim)
        elif name == "SBR":
            self._loop = "payer"
            self.claim.payers.append(Payer(element(segment, 9)))
        elif self._loop == "payer":
            _take_payer(name, segment, self.claim.payers[-1])
        else:
            self._take_claim(name, segment, self.claim)

    def _name_above(self, segment: Segment) -> None:
        role, above = element(segment, 1), self._above
        if role == "41" and self._loop == "head":
            above.submitter = element(segment, 9)
        elif role == "85" and self._loop == "20":
            above.has_billing, above.billing = True, _npi(segment)
        elif role == "IL" and self._loop == "22":
            above.has_subscriber, above.subscriber = True, element(segment, 9)
        elif role == "PR" and self._loop == "22":
            above.payer = element(segment, 9)
        elif role == "QC" and self._loop == "23":
            above.patient = element(segment, 9)

    def _take_claim(self, name: str, segment: Segment, claim: Claim) -> None:
        if name == "DTP":
            _date_claim(segment, claim)
        elif name == "HI":
            _read_diagnoses(segment, claim)
            if len(claim.diagnoses) > MOST_DIAGNOSES and claim.damage != "too_large":
                wanted = f"at most {MOST_DIAGNOSES} diagnoses"
                self._say("too_large", claim.at, "HI", f"over {MOST_DIAGNOSES} diagnoses", wanted)
                claim.damage = "too_large"
        elif name == "NM1":
            role = element(segment, 1)
            if role == "82":
                claim.rendering = _npi(segment)
            elif role == "71":
                claim.attending = _npi(segment)
            elif role == "72":
                claim.operating = _npi(segment)
        elif name == "PRV" and element(segment, 1) == "PE":
            claim.rendering_taxonomy = element(segment, 3)
        elif name == "REF":
            kind = element(segment, 1)
            if kind == "F8":
                claim.original = element(segment, 2)
            elif kind == "D9":
                claim.clearing = element(segment, 2)
        elif name == "CL1":
            claim.admission_type, claim.patient_status = element(segment, 1), element(segment, 3)
        elif name == "CN1":
            claim.capitated = element(segment, 1) == "05"

    def _take_line(self, name: str, segment: Segment, line: Line, claim: Claim) -> None:
        if name == "SV1" or name == "SV2":
            if (name == "SV1") == (claim.claim_type == "P"):
                line.services += 1
                _read_service(name, segment, line)
        elif name == "DTP":
            kind = element(segment, 1)
            if kind == "472":
                line.served = days(segment)
            elif kind == "573" and line.payments:
                line.payments[-1].decided_on = days(segment)[0]
        elif name == "SVD":
            line.payments.append(Payment(element(segment, 1), element(segment, 2)))
        elif name == "CAS":
            if line.payments:
                line.payments[-1].adjustments.append(segment)
        elif name == "NM1":
            if element(segment, 1) == "82":
                line.rendering = _npi(segment)
            elif element(segment, 1) == "72":
                line.operating = _npi(segment)
        elif name == "PRV":
            if element(segment, 1) == "PE":
                line.rendering_taxonomy = element(segment, 3)
        elif name == "LIN":
            if element(segment, 2) == "N4":
                line.ndc = element(segment, 3)
        elif name == "CN1":
            line.capitated = element(segment, 1) == "05"


def days(segment: Segment) -> tuple[str, str]:
    """Return the first and last day of a DTP, as ISO text where they are days."""
    form, text = element(segment, 2), element(segment, 3)
    if form == "TM":
        return "", ""
    first, _, last = text.partition("-") if form == "RD8" else (text, "", text)
    if form == "DT":
        first = last = text[:8]
    return _iso(first), _iso(last)


def _iso(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if len(day) == 8 and day.isdigit() else day


def _npi(segment: Segment) -> str:
    return element(segment, 9) if element(segment, 8) == "XX" else ""


def _take_payer(name: str, segment: Segment, payer: Payer) -> None:
    if name == "NM1":
        if element(segment, 1) == "PR":
            payer.id = element(segment, 9)
    elif name == "AMT":
        if element(segment, 1) == "D":
            payer.paid = element(segment, 2)
    elif name == "CAS":
        payer.adjustments.append(segment)
    elif name == "DTP" and element(segment, 1) == "573":
        payer.decided_on = days(segment)[0]


def _date_claim(segment: Segment, claim: Claim) -> None:
    kind = element(segment, 1)
    if kind == "434":
        claim.stated = days(segment)
    elif kind == "435":
        claim.admitted = days(segment)[0]
    elif kind == "096":
        # An 837I gives the hour alone: the day is the statement's last.
        claim.discharged = days(segment)[0] or "hour"
    elif kind == "050":
        claim.received = days(segment)[0]


def _read_diagnoses(segment: Segment, claim: Claim) -> None:
    for held in segment.elements:
        parts = held.elements
        kind = parts[0].value
        code = parts[1].value if len(parts) > 1 else ""
        if kind in _PRINCIPAL or kind in _OTHERS:
            if code and kind in _PRINCIPAL:
                claim.diagnoses.insert(0, code)
            elif code:
                claim.diagnoses.append(code)
            if kind in ("BK", "BF"):
                claim.icd9 = claim.icd9 or kind
        elif kind == "DR":
            claim.drg = code


def _read_service(name: str, segment: Segment, line: Line) -> None:
    first = 1 if name == "SV1" else 2
    held = segment.elements
    parts = [part.value.strip() for part in held[first - 1].elements] if len(held) >= first else []
    line.procedure = parts[1] if len(parts) > 1 else ""
    line.modifiers = ";".join(part for part in parts[2:6] if part)
    line.charge, line.unit_basis, line.units = (element(segment, first + n) for n in (1, 2, 3))
    if name == "SV1":
        line.place = element(segment, 5)
        if len(held) > 6:
            line.pointers = ";".join(part.value.strip() for part in held[6].elements)
    else:
        line.revenue = element(segment, 1)
