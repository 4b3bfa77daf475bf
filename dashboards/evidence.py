"""The evidence of findings, read out of the frame: one row a finding, columns named as asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl


def of_rule(findings: pl.DataFrame, rule: str, **equal: str) -> pl.DataFrame:
    """Return the findings of one rule, in their order; ``equal`` are columns and their values."""
    asked = {"rule": rule, **{name: value for name, value in equal.items() if value}}
    return findings.filter(*(pl.col(name) == value for name, value in asked.items()))


def rows(findings: pl.DataFrame) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each finding as a row of plain values, with its evidence."""
    for row in findings.iter_rows(named=True):
        yield row, evidence_of(row)


def evidence_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the evidence of a finding's row; {} where it is no mapping."""
    told = json.loads(row["evidence"] or "{}")
    return told if isinstance(told, dict) else {}


def number(text: str | float | None) -> float | None:
    """Return a figure of the store as a number, None where it is none."""
    try:
        return None if text is None or text == "" else float(text)
    except ValueError:
        return None
