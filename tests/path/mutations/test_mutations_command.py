"""Damaged submissions through the whole command; and how many mutations there are in all."""

from __future__ import annotations

import json
import random
from pathlib import Path

import yaml

REPORT = ("report.html", "findings.csv", "findings.jsonl", "summary.json", "acknowledgment.json")


def test_damaged_submissions_through_the_command(carvein, damaged, demo, planned, tmp_path):
    """No exit but 0, 1 and 2, a whole report each time, and no row that is not accounted for."""
    draw, names = random.Random(41), sorted(demo)
    ways = ("put", "noise", "delete", "lines", "flip", "swap", "exchange", "repeat", "truncate")
    for turn in range(planned["demo through the command"]):
        folder, report = tmp_path / f"{turn}", tmp_path / f"report{turn}"
        folder.mkdir()
        # Few tables a time: a submission of all seventeen takes ten seconds.
        sent = {"plan_offices", names[turn % len(names)]}
        tables = {name: {"file": f"{name}.csv"} for name in sent}
        head = {"plan_id": "STEADY", "contract_id": "demo-imc", "period": "2026Q1"}
        head |= {"submitted_on": "2026-04-20", "tables": tables}
        (folder / "submission.yaml").write_text(yaml.safe_dump(head))
        hit = sent - {"plan_offices"} or sent
        for name in sorted(sent):
            data = demo[name]
            damages = [(draw.choice(ways), draw.randrange(2**32)) for _ in range(2)]
            changed = damaged(data, damages) if name in hit else data
            (folder / f"{name}.csv").write_bytes(changed)
        ran = carvein("validate", folder, "--contract", "demo-imc", "--report", report)
        assert ran.code in (0, 1, 2), (turn, ran)
        assert "Traceback" not in ran.out + ran.err
        assert all((report / name).is_file() for name in REPORT), turn
        summary = json.loads((report / "summary.json").read_text())
        for name, counts in summary["tables"].items():
            assert counts["rows"] == counts["staged"] + counts["quarantined"], (turn, name)
            if name not in hit:
                assert counts["rows"] == demo[name].count(b"\n") - 1, (turn, name)


def test_there_are_5_000_mutations_and_2_000_need_no_shared_data(planned):
    """Each test of a planned number fails when it makes fewer (see ``property_of``)."""
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in planned if f'"{name}"' not in tests] == []
    shared = ("X12 samples", "X12 samples, gzip", "tuva claims through", "synthea tables")
    here = sum(count for name, count in planned.items() if not name.startswith(shared))
    print(f"{sum(planned.values()):,} mutations, {here:,} of them without the shared data")
    assert sum(planned.values()) >= 5_000
    assert here >= 2_000
