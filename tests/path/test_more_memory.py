"""A review whose queries lack memory is counted again with more, and tells the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from monitor import review
from tests.path.conftest import SOUND


def test_counted_again_with_more_memory(
    carvein: Callable[..., Any],
    submission: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    members = [line.replace("1980-01-01", "1980-13-01") for line in SOUND["members"]]
    folder = submission(tables={**SOUND, "members": members})
    manifest = folder / "submission.yaml"
    manifest.write_text(manifest.read_text().replace("demo-imc", "federal-438"))
    asked = ("validate", folder, "--contract", "federal-438", "--report")
    once = carvein(*asked, tmp_path / "once")
    tries, measured = [], review.rule_findings

    def lacks_memory_once(*arguments: Any) -> Any:
        tries.append(1)
        yield from measured(*arguments)
        if len(tries) == 1:
            raise duckdb.OutOfMemoryException("too little")

    monkeypatch.setattr(review, "rule_findings", lacks_memory_once)
    again = carvein(*asked, tmp_path / "again")
    assert (len(tries), again.code) == (2, once.code)
    told = [
        pl.read_csv(tmp_path / name / "violations.csv", infer_schema=False)
        .select("table", "file", "line", "field", "expected")
        .rows()
        for name in ("once", "again")
    ]
    assert told[0] == told[1] and len(told[0]) > 0
