"""The Data Docs of a plan's profile: one page, rendered by Great Expectations, whole in itself.

Great Expectations renders its results; only the page around them is ours, because its own loads
scripts, styles, fonts and images from other hosts. The page here has its stylesheet inside, no
script, and a policy that forbids the browser every request. Great Expectations escapes nothing
that it is given, so every text is escaped before it goes in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rules.model import Filing, Measure, Outcome
from rules.profiles.suite import Expectation, Suite

INDEX = "index.html"
_PAGE = "page.j2"
_COLUMNS = ("In words", "Severity", "Source", "Code")
"""Columns of ours, to the right of Great Expectations' own three."""


@dataclass(frozen=True, eq=False)
class Profile:
    """One table's suite, its measures in the same order, and Great Expectations' result.

    ``result`` is None when there was nothing that an expectation could be run on.
    """

    suite: Suite
    measures: tuple[Measure, ...]
    succeeded: Mapping[str, bool]
    result: Any


def write_docs(
    filing: Filing, profiles: Sequence[Profile], folder: Path, gx: SimpleNamespace
) -> Path:
    """Write the page of one plan's profile and return its path, ``<folder>/index.html``.

    Parameters
    ----------
    profiles
        The tables that were profiled; a table that was not sent is not on the page.
    folder
        Made if needed.
    gx
        What :func:`monitor.profile.great_expectations` imported.
    """
    view = gx.DefaultJinjaPageView()
    page = (files("monitor") / "datadocs.j2").read_text(encoding="utf-8")
    view.env.loader = gx.ChoiceLoader([gx.DictLoader({_PAGE: page}), view.env.loader])
    document = gx.RenderedDocumentContent(
        sections=[_section(filing, profile, gx) for profile in profiles],
        page_title=escape(f"Data Docs: {filing.plan_id}, {filing.period}"),
    )
    told = {
        "plan": filing.plan_id,
        "contract": filing.contract.id,
        "period": str(filing.period),
        "review": filing.review_id,
        "gx_version": gx.version,
    }
    html = view.render(document, told={name: escape(text) for name, text in told.items()})
    folder.mkdir(parents=True, exist_ok=True)
    index = folder / INDEX
    index.write_text(html, encoding="utf-8")
    return index


def _section(filing: Filing, profile: Profile, gx: SimpleNamespace) -> Any:
    by_code = {measure.rule: measure for measure in profile.measures}
    held = {e.code: e for e in profile.suite.expectations if e.code in profile.succeeded}
    idle = [each for each in profile.suite.expectations if each.code not in held]
    met = sum(profile.succeeded.values())
    counts = (
        f"{len(held)} expectations were run: {met} met, {len(held) - met} not met. "
        f"{len(idle)} were not run."
    )
    blocks = [
        gx.RenderedHeaderContent(
            header=_text(profile.suite.title, "h2", gx), subheader=_text(counts, "p", gx)
        )
    ]
    if profile.result is not None:
        worst_first = sorted(profile.result.results, key=lambda each: bool(each.success))
        told = []
        for each in worst_first:
            expectation = held[each.expectation_config.meta["code"]]
            told.append(_word(each, expectation, by_code[expectation.code], filing))
        results = gx.ResultsTable.render(worst_first)
        results.header_row += _COLUMNS
        results.table = [[*row, *cells] for row, cells in zip(results.table, told, strict=True)]
        blocks.append(results)
    if idle:
        blocks.append(
            gx.RenderedTableContent(
                header=_text("Not run", "h3", gx),
                header_row=["Verdict", "Expectation", "Why", "Code"],
                table=[_idle_row(each, by_code[each.code]) for each in idle],
            )
        )
    return gx.RenderedSectionContent(
        content_blocks=blocks, section_name=escape(profile.suite.title)
    )


def _word(result: Any, expectation: Expectation, measure: Measure, filing: Filing) -> list[str]:
    """Give the result our title, band and figure; return the cells of our own columns."""
    result.expectation_config.description = escape(f"{expectation.title}: {expectation.band}")
    # The value of the one row, in place of "100 % unexpected".
    result.result = {"observed_value": escape(expectation.show(float(measure.value or 0)))}
    words = (
        sentence(expectation, measure, filing),
        expectation.severity,
        str(expectation.citation),
        expectation.code,
    )
    return [escape(word) for word in words]


def sentence(expectation: Expectation, measure: Measure, filing: Filing) -> str:
    """Return the finding's message: the expectation's template, filled in as the judge does."""
    return expectation.template.format_map(
        {
            "plan_id": measure.plan_id,
            "subject": measure.subject,
            "numerator": measure.numerator,
            "denominator": measure.denominator,
            "value": measure.value,
            "unit": measure.unit,
            "period": str(filing.period),
            "evidence": measure.evidence,
        }
    )


def _idle_row(expectation: Expectation, measure: Measure) -> list[str]:
    could_not = measure.outcome is Outcome.COULD_NOT_RUN
    verdict = "\u26a0 could not run" if could_not else "\u2013 not applicable"
    title = f"{expectation.title}: {expectation.band}"
    return [escape(text) for text in (verdict, title, measure.note, expectation.code)]


def _text(text: str, tag: str, gx: SimpleNamespace) -> Any:
    return gx.RenderedStringTemplateContent(
        content_block_type="string_template",
        string_template={"template": escape(text), "tag": tag, "params": {}},
    )
