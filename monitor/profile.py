"""Does a batch look like a plan's batch? Summary figures, held against the suites by GX.

One plan's table becomes one row of figures (``rules.profiles.summary``); Great Expectations holds
it against the suite of that table; what it says goes into the Data Docs. Findings are judged from
the same figures and bounds, so both say the same. Great Expectations is imported in one function
here, with its usage reports off.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

from monitor.datadocs import Profile, write_docs
from rules.model import Check, Filing, Measure, Outcome
from rules.profiles.carried import without_uncarried
from rules.profiles.suite import TABLES, Expectation, Suite, held_by
from rules.profiles.summary import Figure, source_of, summarise


@dataclass(frozen=True)
class Profiled:
    """What the profile step hands on.

    ``measures`` hold one for every expectation of every table that was sent, stamped; ``checks``
    are what the judge holds them against, by code; ``docs_index`` is the first page of the Data
    Docs, or None when none were asked for; ``succeeded`` is Great Expectations' own word on each
    expectation that it ran, by code.
    """

    measures: tuple[Measure, ...]
    checks: Mapping[str, Check]
    docs_index: Path | None
    succeeded: Mapping[str, bool]


def profile(
    filing: Filing,
    docs: Path | None = None,
    suites: Path | None = None,
    unusable: Mapping[str, str] = MappingProxyType({}),
) -> Profiled:
    """Hold the summary of each profiled table of one plan against its suite.

    Parameters
    ----------
    filing
        One plan's staged tables. A profiled table that is not there makes no measures: that it
        was not sent is said once, by its DATA requirement.
    docs
        Folder for this plan's Data Docs, made if needed; None writes nothing. Pages of an earlier
        run in it are replaced, other files are left alone.
    suites
        Folder with a state's own ``<table>.yaml``; tables without one take the shipped suite.
    unusable
        Tables that nothing may be counted on, each with the reason: their suites could not run.

    Returns
    -------
    Measures whose values are shares (0 to 1), counts or rates as the suite's unit says. Where
    there is nothing to look at the measure is not applicable, where a further table was not sent
    it could not run; Great Expectations then does not run the expectation.

    Raises
    ------
    PackError
        When a suite is refused, with each fault as file, key and reason.
    """
    read = held_by(filing.contract, filing.period.end, suites)
    figures = {
        table: without_uncarried(filing, table, summarise(filing, table))
        for table in TABLES
        if source_of(table) in filing.tables
    }
    gx = great_expectations()
    profiles = [
        _held(filing, read[table], _unhindered(counted, table, unusable), gx)
        for table, counted in figures.items()
    ]
    return Profiled(
        measures=tuple(measure for held in profiles for measure in held.measures),
        checks={
            each.code: each.check(table)
            for table, suite in read.items()
            for each in suite.expectations
        },
        docs_index=None if docs is None else write_docs(filing, profiles, docs, gx),
        succeeded={code: said for held in profiles for code, said in held.succeeded.items()},
    )


def _unhindered(
    figures: Mapping[str, Figure], table: str, unusable: Mapping[str, str]
) -> Mapping[str, Figure]:
    """Withhold the figures that look at a table which nothing may be counted on."""
    held = {}
    for name, figure in figures.items():
        read = (source_of(table), *figure.metric.needs)
        reasons = [unusable[each] for each in read if each in unusable]
        note = "; ".join(reasons)
        stopped = Figure(figure.metric, outcome=Outcome.COULD_NOT_RUN, note=note)
        held[name] = stopped if reasons else figure
    return held


def _held(
    filing: Filing, suite: Suite, figures: Mapping[str, Figure], gx: SimpleNamespace
) -> Profile:
    measures = tuple(
        _measure(filing, each, figures[each.kwargs.column]) for each in suite.expectations
    )
    frame = {
        name: figure.value
        for name, figure in figures.items()
        if figure.outcome is Outcome.MEASURED and figure.value is not None
    }
    run = [each for each in suite.expectations if each.kwargs.column in frame]
    result = run_expectations(suite.table, run, frame, gx) if run else None
    succeeded = (
        {each.expectation_config.meta["code"]: bool(each.success) for each in result.results}
        if result is not None
        else {}
    )
    return Profile(suite, measures, succeeded, result)


def _measure(filing: Filing, expectation: Expectation, figure: Figure) -> Measure:
    return Measure(
        subject="plan",
        numerator=figure.counted,
        denominator=figure.among,
        value=figure.value,
        evidence={
            "metric": figure.metric.name,
            "counted": figure.metric.counted,
            "among": figure.metric.among,
            **figure.told,
        },
        note=figure.note,
        outcome=figure.outcome,
        review_id=filing.review_id,
        plan_id=filing.plan_id,
        requirement_id=expectation.meta.requirement,
        rule=expectation.code,
        unit=expectation.meta.unit,
    )


def great_expectations() -> SimpleNamespace:
    """Import Great Expectations, its usage reports off, and return what is used of it here.

    It takes three seconds or more, so nothing imports it before there is something to validate.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with _quiet():
        import great_expectations as gx
        import jinja2
        from great_expectations.data_context.types import base
        from great_expectations.render import components
        from great_expectations.render.renderer.content_block import (
            validation_results_table_content_block as results_table,
        )
        from great_expectations.render.view import view

    return SimpleNamespace(
        version=gx.__version__,
        get_context=gx.get_context,
        ExpectationSuite=gx.ExpectationSuite,
        DataContextConfig=base.DataContextConfig,
        InMemoryStores=base.InMemoryStoreBackendDefaults,
        ProgressBarsConfig=base.ProgressBarsConfig,
        RenderedDocumentContent=components.RenderedDocumentContent,
        RenderedSectionContent=components.RenderedSectionContent,
        RenderedHeaderContent=components.RenderedHeaderContent,
        RenderedTableContent=components.RenderedTableContent,
        RenderedStringTemplateContent=components.RenderedStringTemplateContent,
        ResultsTable=results_table.ValidationResultsTableContentBlockRenderer,
        DefaultJinjaPageView=view.DefaultJinjaPageView,
        ChoiceLoader=jinja2.ChoiceLoader,
        DictLoader=jinja2.DictLoader,
    )


def run_expectations(
    table: str, run: Sequence[Expectation], frame: Mapping[str, float], gx: SimpleNamespace
) -> Any:
    """Return Great Expectations' result of the expectations on a frame of one row.

    Parameters
    ----------
    frame
        The values by metric; every column that ``run`` names.
    gx
        What :func:`great_expectations` imported.
    """
    import pandas as pd

    with _quiet():
        context = gx.get_context(
            mode="ephemeral",
            project_config=gx.DataContextConfig(
                store_backend_defaults=gx.InMemoryStores(init_temp_docs_sites=False),
                progress_bars=gx.ProgressBarsConfig(globally=False),
                analytics_enabled=False,
            ),
        )
        batch = (
            context.data_sources.add_pandas("staged")
            .add_dataframe_asset(table)
            .add_batch_definition_whole_dataframe("summary")
            .get_batch({"dataframe": pd.DataFrame([dict(frame)], dtype="float64")})
        )
        expectations = [_configuration(each) for each in run]
        return batch.validate(gx.ExpectationSuite(name=table, expectations=expectations))


def _configuration(expectation: Expectation) -> dict[str, Any]:
    """Return the expectation in Great Expectations' own words, its meta with it."""
    low, high = expectation.kwargs.band
    bounds = {"min_value": low, "max_value": high}
    kwargs = {name: bound for name, bound in bounds.items() if bound is not None}
    return {
        "type": expectation.type,
        "kwargs": {"column": expectation.kwargs.column, **kwargs},
        "severity": _SEVERITIES[expectation.severity],
        "meta": {
            "code": expectation.code,
            "title": expectation.title,
            "requirement": expectation.meta.requirement,
            "unit": expectation.meta.unit,
            "citation": str(expectation.citation),
        },
    }


_SEVERITIES = {"critical": "critical", "major": "critical", "minor": "warning", "info": "info"}
"""Our severities in the three that Great Expectations has."""


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the deprecation warnings of Great Expectations' own imports off the user's screen."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
