"""Made-up 837 files, and what comes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from monitor.intake import receive
from monitor.shape import Shaped, shape

ISA = (
    "ISA*00*          *00*          *ZZ*ANCHOR         *ZZ*STATE          "
    "*260420*1200*^*00501*000000001*0*P*:"
)
PROFESSIONAL = "005010X222A1"
INSTITUTIONAL = "005010X223A2"

HEAD = [
    "NM1*41*2*ANCHOR HEALTH*****46*ANCHOR",
    "NM1*40*2*STATE*****46*TNMED",
    "HL*1**20*1",
    "PRV*BI*PXC*261QM0801X",
    "NM1*85*2*CLINIC*****XX*1245319599",
    "HL*2*1*22*0",
    "SBR*P*18*******MC",
    "NM1*IL*1*DOE*JANE****MI*M000001",
    "NM1*PR*2*STATE MEDICAID*****PI*TNMED",
]
CLAIM = [
    "CLM*C1*125.00***11:B:1*Y*A*Y*Y",
    "HI*ABK:F3341*ABF:I10",
    "NM1*82*1*ROE*RICHARD****XX*1234567893",
    "PRV*PE*PXC*2084P0800X",
    "SBR*S*18*******HM",
    "NM1*PR*2*ANCHOR HEALTH*****PI*ANCHOR",
    "LX*1",
    "SV1*HC:99213:25*100.00*UN*1***1:2",
    "DTP*472*D8*20260110",
    "SVD*ANCHOR*70.00*HC:99213**1",
    "CAS*CO*45*30.00",
    "DTP*573*D8*20260301",
    "LX*2",
    "SV1*HC:90832*25.00*UN*1***2",
    "DTP*472*D8*20260110",
    "SVD*ANCHOR*25.00*HC:90832**1",
    "DTP*573*D8*20260301",
]


def transaction(
    body: list[str], number: str = "0001", version: str = PROFESSIONAL, kind: str = "837"
) -> list[str]:
    """Return a set around segments, its count right."""
    held = [f"ST*{kind}*{number}*{version}", "BHT*0019*00*1*20260420*1200*RP", *body]
    return [*held, f"SE*{len(held) + 1}*{number}"]


def interchange(*sets: list[str], version: str = PROFESSIONAL, number: str = "000000001") -> str:
    """Return an interchange of one group around sets, its counts right."""
    held = [ISA.replace("000000001", number), f"GS*HC*ANCHOR*STATE*20260420*1200*1*X*{version}"]
    held += [segment for one in sets for segment in one]
    held += [f"GE*{len(sets)}*1", f"IEA*1*{number}"]
    return "".join(f"{segment}~\n" for segment in held)


def file_of(claim: list[str], head: list[str] | None = None, version: str = PROFESSIONAL) -> str:
    """Return a file with one set."""
    return interchange(transaction([*(head or HEAD), *claim], version=version), version=version)


@dataclass(frozen=True)
class Read:
    """What came of a file: X12 faults as flat tuples, rows as frames."""

    shaped: Shaped

    @property
    def faults(self) -> list[tuple[str, int, str, str, str]]:
        """Code without its table, segment, field, value, expected: those of X12 and of files."""
        found = []
        for measure in self.shaped.measures:
            code = measure.rule.removeprefix("encounters.")
            if measure.value and code.split(".")[0] in ("x12", "file", "row"):
                frame = measure.violations.collect()
                rows = frame.select("line", "field", "value", "expected").iter_rows()
                found += [(code.removeprefix("x12."), *row) for row in rows]
        return found

    @property
    def codes(self) -> dict[str, int]:
        return {m.rule: int(m.value) for m in self.shaped.measures if m.value}

    @property
    def count(self) -> tuple[int, int, int]:
        count = self.shaped.counts["encounters"]
        return count.rows, count.staged, count.quarantined

    def rows(self, *columns: str) -> list[tuple[object, ...]]:
        """The staged rows, in the order of the file."""
        frame = pl.read_parquet(sorted(self.shaped.staged["encounters"].glob("*.parquet")))
        return frame.select(columns).rows()

    def kept(self) -> list[tuple[object, ...]]:
        """Segment, reasons and record of the quarantined rows."""
        parts = sorted(self.shaped.quarantine["encounters"].glob("*.parquet"))
        return pl.read_parquet(parts).select("_line", "_reasons", "_record").rows()


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Read]:
    """Take in one file of encounters and shape it; no row may be lost."""
    runs = iter(range(1_000_000))

    def run(content: str | bytes, name: str = "encounters.837") -> Read:
        folder = tmp_path / f"{next(runs)}"
        folder.mkdir()
        (folder / "submission.yaml").write_text(
            "plan_id: ANCHOR\ncontract_id: demo-imc\nperiod: 2026Q1\nsubmitted_on: 2026-04-20\n"
            f"tables:\n  encounters: {{file: {name}}}\n"
        )
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)
        work = tmp_path / f"work{folder.name}"
        shaped = shape(receive(folder, work), work / "shaped")
        for count in (*shaped.counts.values(), *shaped.files.values()):
            assert count.rows == count.staged + count.quarantined
        return Read(shaped)

    return run


@pytest.fixture(scope="session")
def made() -> SimpleNamespace:
    """What files are made of: the segments of a sound claim, and what puts an envelope around."""
    return SimpleNamespace(
        claim=CLAIM,
        head=HEAD,
        file_of=file_of,
        good=file_of(CLAIM),
        interchange=interchange,
        transaction=transaction,
    )
