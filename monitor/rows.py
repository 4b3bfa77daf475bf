"""Nouns to rows of the store and back; what has no column of its own is JSON text."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass, replace
from datetime import date
from enum import Enum
from typing import Any

from rules.model import (
    Finding,
    Layer,
    Measure,
    Outcome,
    Review,
    Severity,
    Submission,
    Verdict,
)

FINDING_FIELDS = tuple(
    "finding_id" if field.name == "id" else field.name for field in fields(Finding)
)
"""A finding's fields as the store and every export name them."""


def to_json(value: Any) -> str:
    """Write a value as one line of JSON; a figure that is not finite becomes null."""
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """Return a value in the types that JSON has; numpy scalars count as what they hold."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        parts = sorted(value, key=repr) if isinstance(value, set | frozenset) else value
        return [_plain(part) for part in parts]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    return str(value)


def _finite(figure: float | None) -> float | None:
    return None if figure is None or not math.isfinite(figure) else float(figure)


def review_row(review: Review) -> dict[str, Any]:
    """Return the columns of ``reviews`` that the noun fills; its submissions are rows apart."""
    return {
        "id": review.id,
        "contract_id": review.contract_id,
        "period": review.period,
        "as_of": review.as_of.isoformat(),
        "engine": review.engine,
        "plans": to_json(review.plans),
        "code_version": review.code_version,
        "pack_digest": review.pack_digest,
        "started_at": review.started_at,
        "rejudges": review.rejudges,
        "value_sets": to_json(review.value_sets),
    }


def read_review(row: Mapping[str, Any], submissions: tuple[Submission, ...]) -> Review:
    """Return the review that :func:`review_row` wrote."""
    return Review(
        id=row["id"],
        contract_id=row["contract_id"],
        period=row["period"],
        as_of=date.fromisoformat(row["as_of"]),
        engine=row["engine"],
        plans=tuple(json.loads(row["plans"])),
        submissions=submissions,
        code_version=row["code_version"],
        pack_digest=row["pack_digest"],
        started_at=row["started_at"],
        rejudges=row["rejudges"],
        value_sets=json.loads(row["value_sets"]),
    )


def submission_row(submission: Submission) -> dict[str, Any]:
    """Return the row of one received table."""
    return asdict(submission)


def read_submission(row: Mapping[str, Any]) -> Submission:
    """Return the submission of a row of ``submissions``."""
    return Submission(**{field.name: row[field.name] for field in fields(Submission)})


def measure_row(measure: Measure, review_id: str) -> dict[str, Any]:
    """Return the row of a measure; its violations are kept by finding, not here."""
    return {
        "review_id": review_id,
        "plan_id": measure.plan_id,
        "requirement_id": measure.requirement_id,
        "rule": measure.rule,
        "subject": measure.subject,
        "numerator": _finite(measure.numerator),
        "denominator": _finite(measure.denominator),
        "value": to_json(measure.value),
        "unit": measure.unit,
        "outcome": str(measure.outcome),
        "note": measure.note,
        "evidence": to_json(measure.evidence),
        "measured_with": to_json(measure.measured_with),
    }


def read_measure(row: Mapping[str, Any]) -> Measure:
    """Return the measure of a row of ``measures``."""
    return Measure(
        subject=row["subject"],
        numerator=row["numerator"],
        denominator=row["denominator"],
        value=json.loads(row["value"]),
        evidence=json.loads(row["evidence"]),
        note=row["note"],
        outcome=Outcome(row["outcome"]),
        review_id=row["review_id"],
        plan_id=row["plan_id"],
        requirement_id=row["requirement_id"],
        rule=row["rule"],
        unit=row["unit"],
        measured_with=json.loads(row["measured_with"]),
    )


def finding_row(finding: Finding) -> dict[str, Any]:
    """Return the row of a finding: its fields by the names that exports use, evidence as JSON."""
    row = {name: getattr(finding, _field(name)) for name in FINDING_FIELDS}
    return row | {
        "layer": str(finding.layer),
        "verdict": str(finding.verdict),
        "severity": str(finding.severity),
        "change": str(finding.change),
        "numerator": _finite(finding.numerator),
        "denominator": _finite(finding.denominator),
        "evidence": to_json(finding.evidence),
    }


def read_finding(row: Mapping[str, Any]) -> Finding:
    """Return the finding of a row of ``findings``."""
    parts = {_field(name): row[name] for name in FINDING_FIELDS}
    return replace(
        Finding(**parts),
        layer=Layer(row["layer"]),
        verdict=Verdict(row["verdict"]),
        severity=Severity(row["severity"]),
        evidence=json.loads(row["evidence"]),
    )


def _field(name: str) -> str:
    return "id" if name == "finding_id" else name
