"""The store's tables as SQLAlchemy sees them, and the triggers that keep them append-only."""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
)

SCHEMA = 1
"""Version of the tables below; a store of a later version is refused."""

METADATA = MetaData()


def _text(*names: str) -> list[Column[str]]:
    return [Column(name, Text, nullable=False) for name in names]


def _number() -> Column[int]:
    """Order of arrival: the database counts, nobody changes it."""
    return Column("no", Integer, primary_key=True, autoincrement=True)


meta = Table(
    "meta",
    METADATA,
    Column("version", Integer, nullable=False),
    *_text("tool_version", "created_at"),
)
reviews = Table(
    "reviews",
    METADATA,
    _number(),
    Column("id", Text, nullable=False, unique=True),
    *_text("contract_id", "period", "as_of", "engine", "plans", "code_version", "pack_digest"),
    *_text("started_at", "rejudges", "value_sets", "tables", "answers", "stored_at"),
)
submissions = Table(
    "submissions",
    METADATA,
    _number(),
    *_text("review_id", "id", "contract_id", "plan_id", "table", "period", "received_at"),
    *_text("path", "sha256"),
    *(Column(name, BigInteger, nullable=False) for name in ("rows", "staged", "quarantined")),
    *_text("supersedes", "certification"),
    Index("submissions_of_review", "review_id"),
)
measures = Table(
    "measures",
    METADATA,
    _number(),
    *_text("review_id", "plan_id", "requirement_id", "rule", "subject"),
    Column("numerator", Float),
    Column("denominator", Float),
    *_text("value", "unit", "outcome", "note", "evidence", "measured_with"),
    Index("measures_of_review", "review_id"),
)
findings = Table(
    "findings",
    METADATA,
    *_text("finding_id", "review_id", "contract_id", "plan_id", "requirement_id", "rule"),
    *_text("rule_name", "layer", "subject", "period", "verdict", "severity"),
    *_text("observed", "required", "unit"),
    Column("numerator", Float),
    Column("denominator", Float),
    Column("violations", BigInteger, nullable=False),
    *_text("citation", "message", "remedy", "change"),
    Column("unverified", Boolean, nullable=False),
    *_text("evidence"),
    UniqueConstraint("review_id", "finding_id"),
    Index("findings_of_id", "finding_id"),
)
violations = Table(
    "violations",
    METADATA,
    *_text("review_id", "finding_id"),
    *(
        Column(name, BigInteger if name == "line" else Text)
        for name in ("table", "file", "line", "natural_key", "field", "value", "expected")
    ),
    Index("violations_of_finding", "review_id", "finding_id"),
)
dispositions = Table(
    "dispositions",
    METADATA,
    _number(),
    *_text("finding_id", "review_id", "state", "note", "by", "at"),
    Index("dispositions_of_finding", "finding_id"),
)


def _refuse_changes(table: Table) -> None:
    """Make SQLite itself refuse to change or take away a stored row."""
    for deed in ("UPDATE", "DELETE"):
        statement = (
            f"CREATE TRIGGER {table.name}_no_{deed.lower()} BEFORE {deed} ON {table.name} "
            f"BEGIN SELECT RAISE(ABORT, 'carvein stores are append-only'); END"
        )
        trigger = DDL(statement).execute_if(dialect="sqlite")  # type: ignore[no-untyped-call]
        event.listen(table, "after_create", trigger)


for _table in METADATA.sorted_tables:
    _refuse_changes(_table)
