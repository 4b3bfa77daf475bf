"""`carvein export naaar`: what it says, where it writes, and how it leaves when it cannot."""

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rules.contract import load

_PATH = Path(__file__).parents[1] / "monitor" / "export" / "naaar_review.py"


@pytest.fixture
def stored(tmp_path: Path) -> str:
    """Return the URL of a store with one made-up review."""
    spec = importlib.util.spec_from_file_location("naaar_review_of_path", _PATH)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules["naaar_review_of_path"] = made
    spec.loader.exec_module(made)
    made.store_of(tmp_path, made.full_review())
    return f"sqlite:///{tmp_path / 'naaar.db'}"


def test_json_with_the_note_beside_it(
    carvein: Callable[..., Any], stored: str, tmp_path: Path
) -> None:
    ran = carvein("export", "naaar", "--store", stored, "--review", "R1", "--to", "out.json")
    assert (ran.code, ran.out.splitlines()) == (
        0,
        [
            "2 plans and 6 standards of review R1 written to out.json",
            "What the state must fill and look at: out.json.txt",
        ],
    )
    told = (
        f"pack demo-imc (digest {load('demo-imc').digest[:12]}) is not the one of review R1 "
        "(digest made-up): figures and verdicts are the review's; names, the order of standards "
        "and what was not measured are told by this pack; name the review's pack with --contract, "
        "or run carvein review again"
    )
    assert ran.err == f"carvein: {told}\n"
    record = json.loads((tmp_path / "out.json").read_text())
    assert record["I.A.3"] == {"value": "Tennessee"}
    assert (tmp_path / "out.json.txt").read_text().splitlines()[:5] == [
        "NAAAR of review R1, contract demo-imc, 2026Q1",
        "Files: out.json",
        told,
        "",
        f"To be filled by the state ({len(record['notes']['to_fill'])})",
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--to", "out.xlsx"), "name CMS's workbook with --template: it is not part of carvein"),
        (("--to", "out.pdf"), "out.pdf: wanted a file that ends in .xlsx or .json"),
        (
            ("--to", "out.xlsx", "--template", "none.xlsx"),
            "none.xlsx: cannot be read: No such file or directory",
        ),
        (
            ("--to", "out.json", "--contract", "ma-422-116"),
            "review R1 is of demo-imc, not of ma-422-116",
        ),
        (
            ("--to", "no/such/out.json"),
            "no/such/out.json: cannot be written: No such file or directory",
        ),
        (
            ("--to", "out.json", "--requirement", "X"),
            "review R1 holds no network standard (rules NW01 to NW05) whose id begins with X",
        ),
    ],
)
def test_what_cannot_be_done_is_one_line(
    carvein: Callable[..., Any], stored: str, options: tuple[str, ...], message: str
) -> None:
    ran = carvein("export", "naaar", "--store", stored, *options)
    assert (ran.code, ran.out, ran.err) == (2, "", f"carvein: {message}\n")
