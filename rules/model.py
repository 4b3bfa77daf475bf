"""The nouns: what a contract asks, what was measured, what was found. No input, no output."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from rules.exemption import Exemption as Exemption
from rules.filing import Filing as Filing
from rules.period import Period as Period
from rules.period import add_months as add_months
from rules.period import month_end as month_end
from rules.period import months_between as months_between


class Severity(StrEnum):
    """How much a broken requirement matters, gravest first."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Position in the order critical, major, minor, info; 0 is the gravest."""
        return list(Severity).index(self)


class Verdict(StrEnum):
    """What a finding says. Exclusive; when several could apply the first in this order does."""

    COULD_NOT_RUN = "could_not_run"
    NOT_APPLICABLE = "not_applicable"
    NOT_MET = "not_met"
    MET = "met"


class Layer(StrEnum):
    """Which step of the path a finding comes from."""

    SHAPE = "shape"
    PROFILE = "profile"
    REQUIREMENT = "requirement"


class Change(StrEnum):
    """A finding against the latest earlier review of the same contract and plan."""

    NEW = "new"
    PERSISTING = "persisting"
    RESOLVED = "resolved"


class Outcome(StrEnum):
    """Whether a measure holds a figure, and if not, why not."""

    MEASURED = "measured"
    NOT_APPLICABLE = "not_applicable"
    COULD_NOT_RUN = "could_not_run"


class Sense(StrEnum):
    """How an observed value is held against the required one."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"


TOLERANCE = 1e-9
"""Absolute slack in comparing an observed value with a required one, for float rounding only."""


@dataclass(frozen=True)
class Citation:
    """Where a figure stands: a document of the pack, its section, and what else says so."""

    document: str
    section: str
    page: int | None = None
    quote: str = ""
    also: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line for a report, e.g. ``base 3.2.1, p. 41 (42 CFR 438.68(b))``."""
        page = f", p. {self.page}" if self.page is not None else ""
        also = f" ({'; '.join(self.also)})" if self.also else ""
        return f"{self.document} {self.section}{page}{also}"


@dataclass(frozen=True)
class Document:
    """A source that citations name."""

    id: str
    title: str
    dated: str
    source: str = ""
    invented: bool = False


@dataclass(frozen=True)
class Value:
    """What a requirement asks from a day on: typed params of its rule, and where they stand."""

    starts: date
    params: Any
    citation: Citation
    unverified: bool = False


@dataclass(frozen=True)
class Requirement:
    """One clause of a contract, bound to the rule that measures it."""

    id: str
    title: str
    rule: str
    severity: Severity
    values: tuple[Value, ...]
    applies_to: Mapping[str, str] = field(default_factory=dict)
    due: str = ""
    demands_table: bool = True
    pack: str = ""

    def in_force(self, on: date) -> Value | None:
        """Return the latest value that had started by ``on``, or None before the first."""
        started = [value for value in self.values if value.starts <= on]
        return max(started, key=lambda value: value.starts) if started else None


@dataclass(frozen=True)
class Clause:
    """A provision of law that the pack records but no rule measures yet; it makes no finding."""

    id: str
    title: str
    text: str
    starts: date
    citation: Citation
    unverified: bool = False
    pack: str = ""


@dataclass(frozen=True)
class Band:
    """What a contract wants of a profile's figure from a day on, in place of the shipped band.

    ``expectation`` is its code. ``low`` and ``high`` are inclusive; None leaves a side open.
    Without ``severity`` the shipped one stands.
    """

    expectation: str
    starts: date
    low: float | None
    high: float | None
    citation: Citation
    severity: Severity | None = None
    unverified: bool = False


@dataclass(frozen=True)
class Contract:
    """A pack as read: every requirement with its own and its inherited ones, and a digest.

    ``bands`` are in the order of their days. ``county_classes`` maps a county's FIPS code to its
    class where the pack lists them; ``county_density`` a class to the least people per square mile
    of land, densest first, where classes go by density; ``regions`` a FIPS code to its region.
    ``bh_definition`` is one of :data:`rules.domain_definition.DEFINITIONS`.
    ``digest`` is the sha256 of every file that was read, those of extended packs included.
    """

    id: str
    title: str
    program: str
    model: str
    state: str
    plans: tuple[str, ...]
    starts: date
    ends: date | None
    extends: tuple[str, ...]
    documents: Mapping[str, Document]
    requirements: tuple[Requirement, ...]
    clauses: tuple[Clause, ...] = ()
    bands: tuple[Band, ...] = ()
    runout_months: int = 0
    distance_basis: str = "unstated"
    bh_definition: str = "hierarchy"
    county_classes: Mapping[str, str] = field(default_factory=dict)
    county_density: Mapping[str, float] = field(default_factory=dict)
    regions: Mapping[str, str] = field(default_factory=dict)
    exemptions: tuple[Exemption, ...] = ()
    digest: str = ""

    def requirement(self, requirement_id: str) -> Requirement:
        """Return the requirement of that id; KeyError when the contract has none."""
        for requirement in self.requirements:
            if requirement.id == requirement_id:
                return requirement
        raise KeyError(requirement_id)

    def bands_on(self, day: date) -> dict[str, Band]:
        """Return the bands in force on a day, by the code of their expectation."""
        return {band.expectation: band for band in self.bands if band.starts <= day}


@dataclass(frozen=True)
class Rule:
    """How one requirement is measured. The name states the fault, never the cure.

    ``required`` turns the params in force and a measure into the figure that the observed value
    is held against (with ``sense``; a text where the value is one, and then both must be the same);
    ``judged_by`` names the params that only ``required`` reads,
    so that a change in them can be judged again from stored measures. ``columns`` names, as
    ``table.column``, those without which nothing can be counted, for files in a layout that cannot
    carry them. ``message`` is a ``str.format`` template over the finding's fields, ``params`` and
    ``evidence``.
    """

    code: str
    name: str
    family: str
    reads: tuple[str, ...]
    params: type
    grain: str
    unit: str
    sense: Sense
    required: Callable[[Any, Measure], float | str]
    message: str
    remedy: str
    measure: Callable[[Filing, Mapping[str, str], Any], Iterator[Measure]]
    judged_by: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    since: str = "0.1.0"
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """One edit of a table's shape or one expectation of its profile, as the judge needs it.

    A measure of a check is met when ``at_least <= value <= at_most`` (a bound that is None does
    not bind). For an edit the value is the number of faulty rows and ``at_most`` is 0. A ``fatal``
    edit quarantines the row. ``message`` is a ``str.format`` template as in :class:`Rule`.
    """

    code: str
    name: str
    table: str
    layer: Layer
    severity: Severity
    unit: str
    message: str
    remedy: str
    at_least: float | None = None
    at_most: float | None = None
    fatal: bool = False
    citation: Citation | None = None


@dataclass(frozen=True)
class Submission:
    """One table of a plan's submission as received."""

    id: str
    contract_id: str
    plan_id: str
    table: str
    period: str
    received_at: str
    path: str
    sha256: str
    rows: int
    staged: int = 0
    quarantined: int = 0
    supersedes: str = ""
    certification: str = ""


@dataclass(frozen=True)
class Review:
    """One run of the path over the submissions of a contract for a period."""

    id: str
    contract_id: str
    period: str
    as_of: date
    engine: str
    plans: tuple[str, ...]
    submissions: tuple[Submission, ...]
    code_version: str
    pack_digest: str
    started_at: str = ""
    rejudges: str = ""
    value_sets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Measure:
    """What was counted for one subject; a rule fills the first block, the review the second.

    ``value`` is the figure that is judged (None when there is none). ``violations`` is an ibis
    table or polars frame with the columns of :data:`VIOLATION_COLUMNS`, or None.
    """

    subject: str
    numerator: float | None = None
    denominator: float | None = None
    value: float | str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    outcome: Outcome = Outcome.MEASURED
    violations: Any = field(default=None, compare=False, repr=False)

    review_id: str = ""
    plan_id: str = ""
    requirement_id: str = ""
    rule: str = ""
    unit: str = ""
    measured_with: Mapping[str, Any] = field(default_factory=dict)


VIOLATION_COLUMNS = ("table", "file", "line", "natural_key", "field", "value", "expected")
"""Columns of a violation frame, all text but ``line`` (int64): what a rule hands over."""


@dataclass(frozen=True)
class Finding:
    """A verdict on one subject, with the clause it rests on and the figures behind it."""

    id: str
    review_id: str
    contract_id: str
    plan_id: str
    requirement_id: str
    rule: str
    rule_name: str
    layer: Layer
    subject: str
    period: str
    verdict: Verdict
    severity: Severity
    observed: str
    required: str
    unit: str
    numerator: float | None
    denominator: float | None
    violations: int
    citation: str
    message: str
    remedy: str
    evidence: Mapping[str, Any]
    change: str = ""
    unverified: bool = False


def finding_id(contract_id: str, plan_id: str, requirement_id: str, rule: str, subject: str) -> str:
    """Return the stable id of a finding: the same in every period and review.

    The first 16 hex digits of the sha256 of the five parts joined by a unit separator.
    """
    text = "\x1f".join((contract_id, plan_id, requirement_id, rule, subject))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
