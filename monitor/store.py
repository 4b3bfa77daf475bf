"""What was reviewed and what was found, kept: tables that only ever grow."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Select, Table, func, select

from monitor import __version__, faults, rows, schema
from monitor.database import Database, StoreError
from rules.model import Finding, Measure, Review, Submission

__all__ = ["STATES", "VIOLATION_SCHEMA", "Disposition", "Store", "StoreError"]

STATES = ("acknowledged", "disputed", "corrective_action", "waived", "cured")
"""What can be said about a finding after the review."""

VIOLATION_SCHEMA: dict[str, type[pl.DataType]] = {
    "finding_id": pl.String,
    **faults.VIOLATION_SCHEMA,
}
"""Columns of every violation frame that goes into the store or comes out of it."""

BATCH = 100_000
"""Rows of a violation frame that is read at a time."""


@dataclass(frozen=True)
class Disposition:
    """What someone said about a finding: an event, never an edit."""

    finding_id: str
    review_id: str
    state: str
    note: str
    by: str
    at: str


class Store:
    """Reviews, findings and the lines behind them, behind one SQLAlchemy URL.

    The SQLite file comes into being with the first review, mode 0600; until then every reader
    answers with nothing. No row is ever changed or taken away.

    Parameters
    ----------
    url
        SQLAlchemy URL of the store.
    timeout
        Seconds to wait for another writer.

    Raises
    ------
    StoreError
        When the URL cannot be used, or what it names is no store of this version.
    """

    def __init__(self, url: str = "sqlite:///carvein.db", timeout: float = 60.0) -> None:
        self._database = Database(url, timeout)

    def append(
        self,
        review: Review,
        measures: Iterable[Measure],
        findings: Iterable[Finding],
        violations: Iterable[pl.DataFrame] = (),
        tables: Mapping[str, Mapping[str, Any]] | None = None,
        answers: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        """Add one review with all that belongs to it, in one transaction: all of it or nothing.

        Parameters
        ----------
        violations
            Frames with ``finding_id`` and the columns of a violation, in batches of any size.
        tables
            By plan and table the counts ``rows``, ``staged``, ``quarantined``.
        answers
            The summary of each plan's answer.

        Raises
        ------
        StoreError
            When the review is stored already, or another writer holds the store for too long.
        """
        head = rows.review_row(review) | {
            "tables": rows.to_json(tables or {}),
            "answers": rows.to_json(list(answers)),
            "stored_at": _now(),
        }
        with self._database.write(__version__, _now()) as connection:
            if connection.scalar(select(schema.reviews.c.no).filter_by(id=review.id)):
                raise StoreError(f"store {self._database}: review {review.id} is stored already")
            connection.execute(schema.reviews.insert(), head)
            for table, entries in (
                (
                    schema.submissions,
                    [
                        {"review_id": review.id} | rows.submission_row(part)
                        for part in review.submissions
                    ],
                ),
                (schema.measures, [rows.measure_row(part, review.id) for part in measures]),
                (schema.findings, [rows.finding_row(part) for part in findings]),
            ):
                if entries:
                    connection.execute(table.insert(), entries)
            for frame in violations:
                _append_violations(connection, review.id, frame)

    def reviews(self) -> list[Review]:
        """Return every review, the latest first."""
        return self._reviews(select(schema.reviews))

    def latest(self, contract_id: str | None = None) -> Review | None:
        """Return the review that was stored last (of that contract), or None."""
        query = select(schema.reviews).limit(1)
        return _first(self._reviews(_where(query, schema.reviews, contract_id=contract_id)))

    def load(self, review_id: str) -> Review:
        """Return one review.

        Raises
        ------
        StoreError
            When the store has no such review.
        """
        found = self._reviews(select(schema.reviews).filter_by(id=review_id))
        if not found:
            known = ", ".join(review.id for review in self.reviews()[:5]) or "none yet"
            raise StoreError(f"store {self._database}: no review {review_id}; the latest: {known}")
        return found[0]

    def earlier(self, review: Review, plan_id: str | None = None) -> Review | None:
        """Return the latest review of the contract stored before ``review``, of any period.

        A review that is not stored yet comes after all that are. With ``plan_id`` only reviews
        that concern that plan count.
        """
        table = schema.reviews
        query = (
            select(table).filter_by(contract_id=review.contract_id).where(table.c.id != review.id)
        )
        stored = self._database.select(select(table.c.no).filter_by(id=review.id))
        if stored:
            query = query.where(table.c.no < stored[0]["no"])
        return _first(
            [found for found in self._reviews(query) if plan_id is None or plan_id in found.plans]
        )

    def tables(self, review_id: str) -> dict[str, dict[str, dict[str, int]]]:
        """Return by plan and table the counts ``rows``, ``staged`` and ``quarantined``."""
        return self._told(review_id, "tables", {})  # type: ignore[no-any-return]

    def answers(self, review_id: str) -> list[dict[str, Any]]:
        """Return the summary of each plan's answer as it was given then."""
        return self._told(review_id, "answers", [])  # type: ignore[no-any-return]

    def measures(self, review_id: str, plan: str | None = None) -> list[Measure]:
        """Return the measures of a review in the order they were taken, without violations."""
        table = schema.measures
        query = _where(select(table), table, review_id=review_id, plan_id=plan)
        return [rows.read_measure(row) for row in self._database.select(query.order_by(table.c.no))]

    def findings(
        self,
        review_id: str,
        plan: str | None = None,
        verdict: str | None = None,
        severity: str | None = None,
        rule: str | None = None,
        requirement: str | None = None,
        layer: str | None = None,
        finding_id: str | None = None,
    ) -> list[Finding]:
        """Return the findings of a review by plan, requirement, rule and subject."""
        query = _where(
            _in_order(select(schema.findings)),
            schema.findings,
            review_id=review_id,
            plan_id=plan,
            verdict=verdict,
            severity=severity,
            rule=rule,
            requirement_id=requirement,
            layer=layer,
            finding_id=finding_id,
        )
        return [rows.read_finding(row) for row in self._database.select(query)]

    def findings_frame(self, review_id: str) -> pl.DataFrame:
        """Return the findings of a review as a frame; ``evidence`` is JSON text."""
        columns = [schema.findings.c[name] for name in rows.FINDING_FIELDS]
        found = self._database.select(_in_order(select(*columns)).filter_by(review_id=review_id))
        kinds: dict[str, Any] = dict.fromkeys(rows.FINDING_FIELDS, pl.String)
        kinds |= {"numerator": pl.Float64, "denominator": pl.Float64}
        kinds |= {"violations": pl.Int64, "unverified": pl.Boolean}
        return pl.DataFrame([dict(row) for row in found], schema=kinds)

    def violations(
        self, review_id: str, finding_id: str | None = None, limit: int | None = None
    ) -> Iterator[pl.DataFrame]:
        """Yield every faulty line in batches: by finding, then table, file, line and field.

        Values are as they were submitted: mask them before they leave.
        """
        table = schema.violations
        query = _where(
            select(*(table.c[name] for name in VIOLATION_SCHEMA)),
            table,
            review_id=review_id,
            finding_id=finding_id,
        )
        order = ("finding_id", "table", "file", "line", "field", "natural_key", "value")
        query = query.order_by(*(table.c[name] for name in order)).limit(limit)
        for batch in self._database.stream(query, BATCH):
            yield pl.DataFrame(batch, schema=VIOLATION_SCHEMA, orient="row")

    def violation_count(self, review_id: str, finding_id: str | None = None) -> int:
        """Return how many faulty lines are stored."""
        query = select(func.count().label("lines")).select_from(schema.violations)
        query = _where(query, schema.violations, review_id=review_id, finding_id=finding_id)
        return sum(row["lines"] for row in self._database.select(query))

    def dispose(
        self, finding_id: str, state: str, note: str, by: str, at: str | None = None
    ) -> Disposition:
        """Add what someone says about a finding, against the latest review that has it.

        Raises
        ------
        StoreError
            On an unknown finding or state, or a blank note or name.
        """
        if state not in STATES:
            raise StoreError(f"state {state!r}: wanted one of {', '.join(STATES)}")
        for what, text in (("note", note), ("name", by)):
            if not text.strip():
                raise StoreError(f"finding {finding_id}: a disposition needs a {what}")
        query = (
            select(schema.findings.c.review_id)
            .join(schema.reviews, schema.reviews.c.id == schema.findings.c.review_id)
            .where(schema.findings.c.finding_id == finding_id)
            .order_by(schema.reviews.c.no.desc())
            .limit(1)
        )
        found = self._database.select(query)
        if not found:
            raise StoreError(f"store {self._database}: no finding {finding_id}")
        said = Disposition(finding_id, found[0]["review_id"], state, note, by, at or _now())
        with self._database.write(__version__, _now()) as connection:
            connection.execute(schema.dispositions.insert(), asdict(said))
        return said

    def dispositions(self, finding_id: str | None = None) -> list[Disposition]:
        """Return what was said (about one finding), in the order it was said."""
        table = schema.dispositions
        query = _where(select(table), table, finding_id=finding_id).order_by(table.c.no)
        return [
            Disposition(**{part.name: row[part.name] for part in fields(Disposition)})
            for row in self._database.select(query)
        ]

    def _reviews(self, query: Select[Any]) -> list[Review]:
        found = self._database.select(query.order_by(schema.reviews.c.no.desc()))
        return [rows.read_review(row, self._submissions(row["id"])) for row in found]

    def _submissions(self, review_id: str) -> tuple[Submission, ...]:
        table = schema.submissions
        query = select(table).filter_by(review_id=review_id).order_by(table.c.no)
        return tuple(rows.read_submission(row) for row in self._database.select(query))

    def _told(self, review_id: str, column: str, nothing: Any) -> Any:
        found = self._database.select(select(schema.reviews.c[column]).filter_by(id=review_id))
        return json.loads(found[0][column]) if found else nothing


def _append_violations(connection: Connection, review_id: str, frame: pl.DataFrame) -> None:
    """Write one batch through the driver's own executemany, several times faster than by dict."""
    names = ["review_id", *VIOLATION_SCHEMA]
    compiled = schema.violations.insert().compile(dialect=connection.dialect, column_keys=names)
    batch = frame.select(
        pl.lit(review_id).alias("review_id"),
        *(pl.col(name).cast(kind) for name, kind in VIOLATION_SCHEMA.items()),
    )
    if batch.is_empty():
        return
    positional = getattr(compiled, "positional", False)
    values: Any = batch.rows() if positional else batch.to_dicts()
    connection.exec_driver_sql(str(compiled), values)


def _where(query: Select[Any], table: Table, **equal: str | None) -> Select[Any]:
    given = {name: value for name, value in equal.items() if value is not None}
    return query.where(*(table.c[name] == value for name, value in given.items()))


def _in_order(query: Select[Any]) -> Select[Any]:
    order = ("plan_id", "requirement_id", "rule", "subject", "finding_id")
    return query.order_by(*(schema.findings.c[name] for name in order))


def _first(found: list[Review]) -> Review | None:
    return found[0] if found else None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
