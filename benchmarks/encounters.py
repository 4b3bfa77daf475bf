"""A submission of any size: the demo's plan STEADY, repeated with new members, claims and NPIs.

`python benchmarks/encounters.py --rows 1000000 --variant clean --to FOLDER` writes submission.yaml,
members.csv, providers.csv and a 24-column encounters.csv. The same arguments and versions give the
same bytes.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from monitor.demo import make_state
from rules.tables import TABLES
from rules.tables.column import parse
from rules.tables.edit import PERIOD_END, PLAN, SUBMITTED_ON

COLUMNS = (
    "encounter_id",
    "line_number",
    "member_id",
    "claim_type",
    "service_from",
    "service_to",
    "billing_npi",
    "rendering_npi",
    "billed_amount",
    "paid_amount",
    "line_status",
    "payment_arrangement",
    "submitted_on",
    "procedure_code",
    "revenue_code",
    "bill_type",
    "place_of_service",
    "diagnosis_codes",
    "ffs_equivalent_amount",
    "received_on",
    "adjudicated_on",
    "ndc",
    "frequency",
    "original_encounter_id",
)
"""The 24 columns of the encounter file: the required ones and what most plans send beside them."""

VARIANTS = {"clean": 0, "5%": 20, "every row": 1}
"""One row in so many is given a fault."""

SEED = 7
_MEMBERS = 8_000
_NETWORKS = 20
"""Copies of the providers, so that a large file has a large network; members go round them."""

_PIECE = 500_000
_PLAN = "STEADY"
_MANIFEST = """\
plan_id: STEADY
contract_id: {contract}
period: 2026Q1
submitted_on: 2026-04-20
certification: {{name: R. Calloway, title: CFO, certified_on: 2026-04-20}}
tables:
  members: {{file: members.csv}}
  providers: {{file: providers.csv}}
  encounters: {{file: encounters.csv}}
"""
_NOT_FATAL = (
    ("service_to", "2020-01-01"),
    ("billing_npi", "12345"),
    ("paid_amount", "99999999.00"),
    ("place_of_service", "1A"),
    ("diagnosis_codes", "999;X"),
    ("procedure_code", "9921"),
    ("submitted_on", "2026-04-21"),
    ("frequency", "9"),
    ("billed_amount", "-1"),
    ("adjudicated_on", "04/01/2026"),
)
_FATAL = ("service_from", "2026-02-30")
"""One fault in fifty is of a kind that quarantines its row."""


def write_submission(rows: int, variant: str, to: Path, contract: str = "demo-imc") -> Path:
    """Write a submission with that many encounter lines below ``to`` and return its folder."""
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        make_state("TN", _MEMBERS, 18, SEED, Path(made) / "state", "csv", lambda step: None)
        template = {
            table: pl.read_csv(Path(made) / "state" / _PLAN / f"{table}.csv", infer_schema=False)
            for table in ("members", "providers", "encounters")
        }
    template["encounters"] = _sound(template["encounters"].select(COLUMNS))
    copies = -(-rows // template["encounters"].height)
    (to / "submission.yaml").write_text(_MANIFEST.format(contract=contract))
    _write_members(template["members"], copies, to / "members.csv")
    _write_providers(template["providers"], min(copies, _NETWORKS), to / "providers.csv")
    _write_encounters(template["encounters"], rows, VARIANTS[variant], to / "encounters.csv")
    return to


def _sound(lines: pl.DataFrame) -> pl.DataFrame:
    """Leave out the lines that the demo has spoiled: those that one of carvein's edits faults."""
    shape = TABLES["encounters"]
    text = lines.rename({name: f"sent:{name}" for name in lines.columns})
    absent = [column.name for column in shape.columns if column.name not in COLUMNS]
    typed = text.with_columns(
        *(pl.lit(None, pl.String).alias(f"sent:{name}") for name in absent),
        pl.lit(_PLAN).alias(PLAN),
        pl.lit(date(2026, 3, 31)).alias(PERIOD_END),
        pl.lit(date(2026, 4, 20)).alias(SUBMITTED_ON),
    ).with_columns(parse(column) for column in shape.columns)
    verdicts = [each.ok.fill_null(True) for each in shape.edits_for(COLUMNS).values()]
    return lines.filter(typed.select(pl.all_horizontal(verdicts)).to_series())


def _write_members(members: pl.DataFrame, copies: int, path: Path) -> None:
    rng = np.random.default_rng(SEED)
    with path.open("wb") as file:
        for copy in range(copies):
            near = rng.uniform(-0.003, 0.003, (2, members.height)).round(5)
            again = members.with_columns(
                _named("member_id", copy),
                *_moved(members, ("pcp_npi",), copy),
                *(
                    (pl.col(name).cast(pl.Float64) + pl.Series(by)).round(5).cast(pl.String)
                    for name, by in zip(("latitude", "longitude"), near, strict=True)
                ),
            )
            again.write_csv(file, include_header=copy == 0)


def _write_providers(providers: pl.DataFrame, copies: int, path: Path) -> None:
    with path.open("wb") as file:
        for copy in range(copies):
            again = providers.with_columns(
                *(_named(name, copy) for name in ("site_id", "license_number")),
                *_moved(providers, ("npi", "group_npi"), copy),
            )
            again.write_csv(file, include_header=copy == 0)


def _write_encounters(lines: pl.DataFrame, rows: int, one_in: int, path: Path) -> None:
    written, copy = 0, 0
    with path.open("wb") as file:
        while written < rows:
            piece = []
            while sum(part.height for part in piece) < min(_PIECE, rows - written):
                piece.append(
                    lines.with_columns(
                        *(_named(name, copy) for name in ("encounter_id", "member_id")),
                        _named("original_encounter_id", copy),
                        *_moved(lines, ("billing_npi", "rendering_npi"), copy),
                        *_priced(lines, copy),
                    )
                )
                copy += 1
            frame = pl.concat(piece).head(rows - written)
            _spoiled(frame, one_in, written).write_csv(file, include_header=written == 0)
            written += frame.height


def _spoiled(frame: pl.DataFrame, one_in: int, first: int) -> pl.DataFrame:
    """Return the rows with one fault in every ``one_in`` of them, the kinds in turn."""
    if not one_in:
        return frame
    place = np.arange(first, first + frame.height)
    turn = np.where(place % one_in == 0, place // one_in, -1)
    kind = np.where(turn % 50 == 49, len(_NOT_FATAL), turn % len(_NOT_FATAL))
    kind = pl.Series(np.where(turn < 0, -1, kind))
    return frame.with_columns(
        pl.when(kind == number).then(pl.lit(text)).otherwise(pl.col(name)).alias(name)
        for number, (name, text) in enumerate((*_NOT_FATAL, _FATAL))
    )


def _named(column: str, copy: int) -> pl.Expr:
    return pl.col(column) + f"-{copy:05d}"


def _priced(lines: pl.DataFrame, copy: int) -> list[pl.Expr]:
    """Return the amounts, each claim's by a factor of its own so that no two copies agree."""
    factor = 0.8 + (lines["member_id"].hash(copy) % 4_001).cast(pl.Float64) / 10_000
    return [
        (pl.col(name).cast(pl.Float64) * factor).round(2).cast(pl.String)
        for name in ("billed_amount", "paid_amount", "ffs_equivalent_amount")
    ]


def _moved(frame: pl.DataFrame, columns: tuple[str, ...], copy: int) -> list[pl.Series]:
    """Return NPI columns with other numbers, check digits right, for every network but the first.

    What is not ten digits stays as it is.
    """
    network = copy % _NETWORKS
    if not network:
        return [frame[name] for name in columns]
    moved = []
    for name in columns:
        npi = frame[name]
        sound = npi.str.contains("^[12][0-9]{9}$").fill_null(False)
        base = npi.str.head(9).cast(pl.Int64, strict=False).fill_null(0).to_numpy()
        base = 100_000_000 + (base - 100_000_000 + network * 4_999_999) % 200_000_000
        total = np.full(len(base), 24)
        for at in range(9):
            digit = base // 10 ** (8 - at) % 10
            total += digit if at % 2 else 2 * digit - np.where(digit > 4, 9, 0)
        text = pl.Series(base * 10 + (10 - total % 10) % 10).cast(pl.String)
        moved.append(npi.zip_with(~sound, text).alias(name))
    return moved


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--variant", choices=tuple(VARIANTS), default="clean")
    parser.add_argument("--to", type=Path, required=True)
    asked = parser.parse_args()
    print(write_submission(asked.rows, asked.variant, asked.to))


if __name__ == "__main__":
    main()
