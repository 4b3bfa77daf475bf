"""A toy rule with every kind of param, and a small pack of it to break."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import pytest

from rules.model import Rule, Sense

MAIN = """\
id: toy
title: Toy contract
program: Toys
model: mco
state: TN
plans: [ALPHA, BETA]
starts: 2024-07-01
ends: 2027-06-30
documents:
  base: {title: Toy contract (invented), dated: "2024", source: nowhere, invented: true}
"""

LIST = """\
requirements:
  - id: T-1
    title: Toys are counted
    rule: TY01
    severity: major
    applies_to: {specialty: psychiatry}
    values:
      - starts: 2024-07-01
        params: {share: 0.9, logic: either}
        cite: {document: base, section: "3.2.1", page: 41, also: ["42 CFR 438.68(b)"]}
"""


@dataclass(frozen=True)
class Limit:
    """Limits of one class."""

    max_miles: float
    share: float | None = None


@dataclass(frozen=True)
class ToyParams:
    """Every kind of param that a pack can give."""

    share: float
    logic: Literal["both", "either"] = "both"
    months: int = 12
    strict: bool = False
    since: date | None = None
    names: tuple[str, ...] = ()
    ratios: Mapping[str, float] | None = None
    by_class: Mapping[str, Limit] | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError(f"share {self.share} is not between 0 and 1")


def toy(code: str = "TY01", family: str = "toys", **changed: object) -> Rule:
    fields: dict[str, object] = {
        "code": code,
        "name": f"{family}.broken-{code.lower()}",
        "family": family,
        "reads": ("providers",),
        "params": ToyParams,
        "grain": "plan",
        "unit": "share of toys",
        "sense": Sense.AT_LEAST,
        "required": lambda params, measure: params.share,
        "message": "{plan_id}: {value:.1%} of {denominator:.0f} toys, {required:.1%} asked.",
        "remedy": "Mend the toys.",
        "measure": lambda filing, scope, params: iter(()),
        "judged_by": ("share",),
    }
    return Rule(**{**fields, **changed})  # type: ignore[arg-type]


@pytest.fixture
def toys() -> dict[str, Rule]:
    """Return the rules that toy packs may name."""
    return {"TY01": toy(), "TY02": toy("TY02", aliases=("TY99",))}


@pytest.fixture
def make_toy() -> Callable[..., Rule]:
    """Return the maker of toy rules."""
    return toy


@pytest.fixture
def toy_params() -> type[ToyParams]:
    """Return the params type of the toy rules."""
    return ToyParams


@pytest.fixture
def toy_pack(tmp_path: Path) -> Callable[..., Path]:
    """Return a writer of a pack folder: files by name, the toy pack's own where not given."""

    def write(folder: str = "toy", main: str = MAIN, **files: str) -> Path:
        place = tmp_path / folder
        place.mkdir()
        for name, text in {"contract": main, "asked": LIST, **files}.items():
            if text:
                (place / f"{name}.yaml").write_text(text, "utf-8")
        return place

    write.main, write.list = MAIN, LIST  # type: ignore[attr-defined]
    return write
