"""Claims a second of the X12 reader, beside pyx12's own readers in the same run.

    python benchmarks/x12.py --claims 20000

The file is made up: 837P encounters as a plan sends them, two service lines a claim, a subscriber
a claim, the plan's decision in 2320 and 2430. One core, one process.
"""

from __future__ import annotations

import argparse
import platform
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path

from pyx12.rawx12file import RawX12File
from pyx12.segment import Segment
from pyx12.x12file import X12Reader

from monitor.intake import receive
from monitor.shape import shape
from monitor.x12.opening import open_x12
from monitor.x12.reader import read_x12

ISA = (
    "ISA*00*          *00*          *ZZ*ANCHOR         *ZZ*STATE          "
    "*260420*1200*^*00501*000000001*0*P*:"
)
MANIFEST = """plan_id: ANCHOR
contract_id: demo-imc
period: 2026Q1
submitted_on: 2026-04-20
tables:
  encounters: {file: encounters.837}
"""


def claim(number: int) -> str:
    """Return the segments of one subscriber and claim: 34 of them."""
    charge = 100 + number % 50
    level = number + 2
    return (
        f"HL*{level}*1*22*0~\nSBR*P*18*******MC~\nNM1*IL*1*DOE*JANE****MI*M{number % 2000:06d}~\n"
        "N3*1 MAIN ST~\nN4*NASHVILLE*TN*37201~\nDMG*D8*19800101*F~\n"
        "NM1*PR*2*STATE MEDICAID*****PI*TNMED~\n"
        f"CLM*C{number:08d}*{charge + 25}.00***11:B:1*Y*A*Y*Y~\nREF*D9*{number:012d}~\n"
        "HI*ABK:F3341*ABF:I10*ABF:E119~\n"
        "NM1*82*1*ROE*RICHARD****XX*1234567893~\nPRV*PE*PXC*2084P0800X~\n"
        f"SBR*S*18*******HM~\nAMT*D*{charge - 20}.00~\nOI***Y***Y~\n"
        f"NM1*IL*1*DOE*JANE****MI*M{number % 2000:06d}~\nN3*1 MAIN ST~\nN4*NASHVILLE*TN*37201~\n"
        "NM1*PR*2*ANCHOR HEALTH*****PI*ANCHOR~\n"
        f"LX*1~\nSV1*HC:99213*{charge}.00*UN*1***1:2~\nDTP*472*D8*202601{number % 28 + 1:02d}~\n"
        f"REF*6R*L{number}A~\nSVD*ANCHOR*{charge - 30}.00*HC:99213**1~\nCAS*CO*45*30.00~\n"
        "DTP*573*D8*20260301~\n"
        f"LX*2~\nSV1*HC:90832*25.00*UN*1***2~\nDTP*472*D8*202601{number % 28 + 1:02d}~\n"
        f"REF*6R*L{number}B~\nSVD*ANCHOR*10.00*HC:90832**1~\nCAS*CO*45*10.00~\nCAS*PR*3*5.00~\n"
        "DTP*573*D8*20260301~\n"
    )


def write_file(path: Path, claims: int) -> int:
    """Write an interchange with so many claims, 5,000 a set; return its number of segments."""
    sets = [range(start, min(start + 5000, claims)) for start in range(0, claims, 5000)]
    count = 4
    with path.open("w") as file:
        file.write(f"{ISA}~\nGS*HC*ANCHOR*STATE*20260420*1200*1*X*005010X222A1~\n")
        for number, members in enumerate(sets, 1):
            head = (
                f"ST*837*{number:04d}*005010X222A1~\nBHT*0019*00*{number}*20260420*1200*RP~\n"
                "NM1*41*2*ANCHOR HEALTH*****46*ANCHOR~\nPER*IC*EDI*TE*6155550100~\n"
                "NM1*40*2*STATE*****46*TNMED~\nHL*1**20*1~\nPRV*BI*PXC*261QM0801X~\n"
                "NM1*85*2*CLINIC*****XX*1245319599~\nN3*2 OAK ST~\nN4*NASHVILLE*TN*37203~\n"
                "REF*EI*123456789~\n"
            )
            file.write(head)
            segments = 12
            for place, _ in enumerate(members):
                text = claim(place)
                file.write(text.replace(f"C{place:08d}", f"C{members[place]:08d}"))
                segments += text.count("~")
            file.write(f"SE*{segments}*{number:04d}~\n")
            count += segments
        file.write(f"GE*{len(sets)}*1~\nIEA*1*000000001~\n")
    return count


def measure(name: str, claims: int, segments: int, run: Callable[[], int]) -> float:
    """Run and print once; return claims a second of processor time."""
    began, started = time.perf_counter(), time.process_time()
    found = run()
    wall, took = time.perf_counter() - began, time.process_time() - started
    print(
        f"{name:<34} {claims / took:>9,.0f} claims/s {segments / took:>11,.0f} segments/s "
        f"{took:6.2f} s of processor {wall:6.2f} s in all  ({found:,})"
    )
    return claims / took


def _lines(path: Path) -> int:
    header = open_x12(path, path.name, ())
    batches = read_x12(path, path.name, header, date(2026, 4, 20), Counter())
    return sum(batch.rows.height for batch in batches)


def _each(path: Path, reader: Callable[[object], Iterator[object]]) -> int:
    with path.open(encoding="ascii") as file:
        return sum(1 for _ in reader(file))


def _checked(file: object) -> Iterator[object]:
    return iter(X12Reader(file))


def _framed(file: object) -> Iterator[object]:
    return iter(RawX12File(file))


def _elements(file: object) -> Iterator[Segment]:
    raw = RawX12File(file)
    end, element, component, _, _ = raw.get_term()
    return (Segment(text, end, element, component) for text in raw)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--claims", type=int, default=20_000)
    claims = arguments.parse_args().claims
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "ANCHOR"
        folder.mkdir()
        (folder / "submission.yaml").write_text(MANIFEST)
        path = folder / "encounters.837"
        segments = write_file(path, claims)
        print(
            f"{claims:,} claims, {segments:,} segments, {path.stat().st_size / 1e6:.1f} MB; "
            f"Python {platform.python_version()}, pyx12 {version('pyx12')}, {platform.machine()}"
        )

        def staged() -> int:
            received = receive(folder, Path(temporary) / "received")
            return shape(received, Path(temporary) / "shaped").counts["encounters"].staged

        ours = measure("carvein, to rows", claims, segments, lambda: _lines(path))
        whole = measure("carvein, to staged rows (all edits)", claims, segments, staged)
        reader = measure(
            "pyx12 X12Reader, bare",
            claims,
            segments,
            lambda: _each(path, _checked),
        )
        parts = measure("pyx12 raw + Segment", claims, segments, lambda: _each(path, _elements))
        raw = measure("pyx12 RawX12File", claims, segments, lambda: _each(path, _framed))
    print(f"carvein / X12Reader {ours / reader:.2f}; staged / X12Reader {whole / reader:.2f}")
    print(f"carvein / raw + Segment {ours / parts:.2f}; carvein / RawX12File {ours / raw:.2f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MiB")
    if claims >= 20_000 and ours < 2_000:
        sys.exit("fewer than 2,000 claims a second")


if __name__ == "__main__":
    main()
