"""A suite of expectations as data: one YAML file a table, refused with every reason it gives.

An expectation names a Great Expectations type and its kwargs, and what carvein needs to make a
finding of a failure: code, severity, message, remedy, requirement, unit and citation. A message
is a ``str.format`` template as in :class:`rules.model.Rule`; ``{band}`` in it becomes the band in
words, so that a changed bound changes the sentence too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from rules import params
from rules.model import Band, Check, Citation, Contract, Layer, Severity
from rules.packfile import PackError, Problem, parse
from rules.profiles.metric import Metric
from rules.profiles.summary import DECIMALS, METRICS, source_of

SHIPPED = Path(__file__).parent
"""Folder of the suites that come with carvein."""

TABLES = tuple(METRICS)
"""The suites, in the order in which they are held; each but drift is named as its table."""

_CODE = re.compile(r"[A-Z]{2,4}\d{2,3}")


@dataclass(frozen=True)
class Kwargs:
    """What the expectation is given: a metric of the summary as its column, and bounds."""

    column: str
    min_value: float | None = None
    max_value: float | None = None

    def __post_init__(self) -> None:
        low, high = self.band
        if low is None and high is None:
            raise ValueError("no bound; wanted min_value, max_value or both")
        if low is not None and high is not None and low > high:
            raise ValueError(f"min_value {low:g} is above max_value {high:g}")
        for bound in (low, high):
            if bound is not None and round(bound, DECIMALS) != bound:
                raise ValueError(f"{bound!r} has more than {DECIMALS} decimals")

    @property
    def band(self) -> tuple[float | None, float | None]:
        """Lowest and highest value that is met; None where that side is open."""
        return self.min_value, self.max_value


@dataclass(frozen=True)
class Source:
    """Where a band stands: a document of the suite, its section, the words, and what else."""

    document: str
    section: str
    quote: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Meta:
    """What every expectation carries into Great Expectations and its pages."""

    requirement: str
    unit: str
    citation: Source


@dataclass(frozen=True)
class Expectation:
    """One expectation of a table's summary, and the check that the judge makes of it."""

    code: str
    name: str
    title: str
    type: Literal[
        "expect_column_values_to_be_between",
        "expect_column_min_to_be_between",
        "expect_column_max_to_be_between",
        "expect_column_mean_to_be_between",
    ]
    kwargs: Kwargs
    severity: Literal["critical", "major", "minor", "info"]
    message: str
    remedy: str
    meta: Meta

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise ValueError(f"code {self.code!r}: wanted capitals and digits such as PFE01")

    @property
    def band(self) -> str:
        """The band in words, e.g. ``at most 2%`` or ``0.01 to 2``."""
        low, high = (None if bound is None else self.show(bound) for bound in self.kwargs.band)
        if low is None:
            return f"at most {high}"
        return f"at least {low}" if high is None else f"{low} to {high}"

    def show(self, value: float) -> str:
        """Return a value in the expectation's unit: a share as per cent, anything else plain."""
        if self.meta.unit == "share":
            return f"{100 * value:.5g}%"
        if self.meta.unit == "points":
            return f"{100 * value:.5g} points"
        return f"{value:,.0f}" if value == int(value) else f"{value:,.4g}"

    @property
    def template(self) -> str:
        """The message with the band put in, still to be filled with a measure's figures."""
        return self.message.replace("{band}", self.band)

    @property
    def citation(self) -> Citation:
        """Where the band stands."""
        source = self.meta.citation
        return Citation(source.document, source.section, None, source.quote, source.also)

    def check(self, table: str) -> Check:
        """Return what the judge holds a measure of this expectation against."""
        low, high = self.kwargs.band
        return Check(
            code=self.code,
            name=self.name,
            table=source_of(table),
            layer=Layer.PROFILE,
            severity=Severity(self.severity),
            unit=self.meta.unit,
            message=self.template,
            remedy=self.remedy,
            at_least=low,
            at_most=high,
            citation=self.citation,
        )


@dataclass(frozen=True)
class Origin:
    """A document that citations of a suite name."""

    title: str
    dated: str
    source: str


@dataclass(frozen=True)
class Suite:
    """The expectations of one table, in the order of the file."""

    table: str
    title: str
    documents: Mapping[str, Origin]
    expectations: tuple[Expectation, ...]


_SAMPLE = {
    "plan_id": "PLAN",
    "subject": "plan",
    "numerator": 1.0,
    "denominator": 2.0,
    "value": 0.5,
    "unit": "share",
    "period": "2026Q1",
}


"""What a message may name, with figures such as a measure has."""


def load(table: str, folder: Path | None = None) -> Suite:
    """Read the suite of a table from ``<folder>/<table>.yaml``.

    Parameters
    ----------
    table
        The name of a suite: a profiled table, or ``drift``.
    folder
        Where a state keeps its own suites; one that is not there is taken from the shipped ones.

    Raises
    ------
    PackError
        With every fault as file, key and reason.
    """
    own = folder / f"{table}.yaml" if folder is not None else None
    path = own if own is not None and own.is_file() else SHIPPED / f"{table}.yaml"
    problems: list[Problem] = []

    def refuse(key: str, reason: str) -> None:
        problems.append(Problem(path.name, key.removeprefix("."), reason))

    content = parse(path.read_bytes(), path.name, problems)
    suite: Any = params.build(Suite, content, "", refuse) if not problems else params.REFUSED
    if isinstance(suite, Suite):
        for key, reason in _contradictions(suite, table):
            refuse(key, reason)
    if problems or not isinstance(suite, Suite):
        raise PackError(problems)
    return suite


def held_by(contract: Contract, day: date, folder: Path | None = None) -> dict[str, Suite]:
    """Return every suite as a contract holds it on a day: its own bands in place of the shipped.

    Raises
    ------
    PackError
        As :func:`load` does.
    """
    bands = contract.bands_on(day)
    suites = {table: load(table, folder) for table in TABLES}
    return {
        table: replace(
            suite,
            expectations=tuple(
                _banded(each, bands[each.code], contract) if each.code in bands else each
                for each in suite.expectations
            ),
        )
        for table, suite in suites.items()
    }


def _banded(expectation: Expectation, band: Band, contract: Contract) -> Expectation:
    """Return the expectation with a contract's bounds, severity and citation."""
    document = contract.documents.get(band.citation.document)
    cited = replace(band.citation, document=document.title if document else "")
    mark = " (unverified)" if band.unverified else ""
    source = Source(
        document=f"{cited.document}{mark}, the contract's own band",
        section=cited.section if cited.page is None else f"{cited.section}, p. {cited.page}",
        quote=cited.quote,
        also=cited.also,
    )
    return replace(
        expectation,
        type="expect_column_values_to_be_between",
        kwargs=Kwargs(expectation.kwargs.column, band.low, band.high),
        severity=band.severity.value if band.severity else expectation.severity,
        meta=replace(expectation.meta, citation=source),
    )


def _contradictions(suite: Suite, table: str) -> Iterator[tuple[str, str]]:
    if suite.table != table:
        yield "table", f"found {suite.table}, wanted {table}, as the file is named"
    if not suite.expectations:
        yield "expectations", "none; wanted at least one"
    for field in ("code", "name"):
        times = Counter(getattr(each, field) for each in suite.expectations)
        for i, each in enumerate(suite.expectations):
            if times[getattr(each, field)] > 1:
                yield f"expectations[{i}].{field}", f"{getattr(each, field)} is taken twice"
    for i, each in enumerate(suite.expectations):
        here = f"expectations[{i}] {each.code}"
        metric = METRICS[table].get(each.kwargs.column)
        if metric is None:
            known = ", ".join(METRICS[table])
            yield f"{here}.kwargs.column", f"no metric {each.kwargs.column}; known: {known}"
        elif fault := _fault_of(each.template, metric):
            yield f"{here}.message", fault
        if each.meta.citation.document not in suite.documents:
            known = ", ".join(suite.documents)
            yield (
                f"{here}.meta.citation.document",
                f"unknown document {each.meta.citation.document}; known: {known}",
            )


def _fault_of(template: str, metric: Metric) -> str:
    """Say why a message cannot be filled in with the figures of its metric; "" when it can."""
    sample: dict[str, Any] = {**_SAMPLE, "evidence": dict.fromkeys(metric.tells, 0.5)}
    if not metric.among:
        sample["denominator"] = None
    try:
        template.format_map(sample)
    except KeyError as unknown:
        return f"no name {unknown.args[0]}; known: band, {', '.join(_SAMPLE)}"
    except (AttributeError, IndexError, TypeError, ValueError) as fault:
        return f"cannot be filled in: {fault}"
    return ""
