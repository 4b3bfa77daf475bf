"""The only door to the store: reviews, findings, the lines behind them, and what was said.

A stored review never changes, so its findings are read once and kept.
"""

from __future__ import annotations

import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import polars as pl
from sqlalchemy.engine import make_url

from monitor.export.cells import all_safe, all_visible, visible
from monitor.export.findings import write_csv
from monitor.export.mask import Mask
from monitor.export.page import figures
from monitor.rows import read_finding
from monitor.scorecard import AREAS, DATA
from monitor.store import Disposition, Store, StoreError
from monitor.wording import rule_in_words, spelled
from rules.model import Review, Severity, Verdict
from rules.samples import wilson

__all__ = [
    "AREA_ORDER",
    "SEVERITIES",
    "VERDICTS",
    "Archive",
    "Disposition",
    "Lines",
    "Review",
    "StoreError",
    "rule_in_words",
    "spelled",
    "tell_figures",
    "visible",
    "wilson",
    "write_findings",
    "write_table",
]

AREA_ORDER = (*AREAS.values(), DATA)
"""Areas of the scorecard in their order."""

SEVERITIES = tuple(str(severity) for severity in Severity)
"""Severities, gravest first."""

VERDICTS = (
    str(Verdict.NOT_MET),
    str(Verdict.COULD_NOT_RUN),
    str(Verdict.NOT_APPLICABLE),
    str(Verdict.MET),
)
"""Verdicts, what asks for most attention first."""

KEPT = 3
"""Reviews whose findings are kept in memory."""

MASK_NOTE = Mask().notice


@dataclass(frozen=True)
class Lines:
    """The first faulty lines of a finding, masked, and how many there are in all."""

    first: pl.DataFrame
    total: int
    notice: str


class Archive:
    """A store as the pages ask it.

    Parameters
    ----------
    url
        SQLAlchemy URL of the store; it may not exist yet.

    Raises
    ------
    StoreError
        When the URL cannot be used, or what it names is no store of this version.
    """

    def __init__(self, url: str) -> None:
        self._store = Store(url)
        self._mask = Mask()
        self._kept: OrderedDict[str, pl.DataFrame] = OrderedDict()
        self._made: dict[tuple[str, str], pl.DataFrame] = {}
        self._reviews: list[Review] = []
        self._lock = Lock()
        self.url = make_url(url).render_as_string(hide_password=True)

    def reviews(self) -> list[Review]:
        """Return every review, the latest first."""
        latest = self._store.latest()
        with self._lock:
            known = self._reviews[0].id if self._reviews else None
            if (latest.id if latest else None) != known:
                self._reviews = self._store.reviews()
            return list(self._reviews)

    def findings(self, review_id: str) -> pl.DataFrame:
        """Return the findings of a review: every field as the store has it, and ``area``."""
        with self._lock:
            if review_id not in self._kept:
                self._kept[review_id] = _with_area(self._store.findings_frame(review_id))
                while len(self._kept) > KEPT:
                    gone, _ = self._kept.popitem(last=False)
                    self._made = {key: made for key, made in self._made.items() if key[0] != gone}
            self._kept.move_to_end(review_id)
            return self._kept[review_id]

    def once(
        self, review_id: str, name: str, make: Callable[[pl.DataFrame], pl.DataFrame]
    ) -> pl.DataFrame:
        """Return what ``make`` makes of a review's findings, made once while they are kept."""
        findings = self.findings(review_id)
        with self._lock:
            known = self._made.get((review_id, name))
        if known is None:
            known = make(findings)
            with self._lock:
                if review_id in self._kept:
                    self._made[review_id, name] = known
        return known

    def lines(self, review_id: str, finding_id: str, limit: int) -> Lines:
        """Return the first faulty lines of a finding, members' facts masked."""
        total = self._store.violation_count(review_id, finding_id)
        frames = list(self._store.violations(review_id, finding_id, limit)) if total else []
        first = all_visible(self._mask.apply(pl.concat(frames))) if frames else pl.DataFrame()
        return Lines(first, total, MASK_NOTE)

    def said(self, finding_id: str | None = None) -> list[Disposition]:
        """Return what was said about one finding or about all, in the order it was said."""
        return self._store.dispositions(finding_id)

    def tables(self, review_id: str) -> dict[str, dict[str, dict[str, int]]]:
        """Return by plan and table the counts ``rows``, ``staged`` and ``quarantined``."""
        return self._store.tables(review_id)


def tell_figures(row: Mapping[str, Any]) -> str:
    """Return what was observed and what is required of a finding's row, as one reads it."""
    return figures(read_finding(row))


def write_findings(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return findings as the file ``findings.csv`` of every report."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "findings.csv"
        write_csv(path, (read_finding(row) for row in rows))
        return path.read_bytes()


def write_table(frame: pl.DataFrame) -> bytes:
    """Return a table as CSV; no text in it runs when a spreadsheet opens it."""
    return all_safe(frame).write_csv().encode()


def _with_area(frame: pl.DataFrame) -> pl.DataFrame:
    """Add ``area`` as :func:`monitor.scorecard.area_of` tells it."""
    rule, family = pl.col("rule"), pl.col("rule_name").str.split(".").list.first()
    family = family.str.slice(0, 1).str.to_uppercase() + family.str.slice(1).str.to_lowercase()
    is_data = (pl.col("layer") != "requirement") | (rule == "DATA")
    by_code = rule.str.slice(0, 2).replace_strict(AREAS, default=family, return_dtype=pl.String)
    return frame.with_columns(area=pl.when(is_data).then(pl.lit(DATA)).otherwise(by_code))
