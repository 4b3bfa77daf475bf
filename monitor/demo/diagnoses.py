"""The diagnoses on each claim, and the DRG that a stay for one is grouped to."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from monitor.demo.conditions import AILMENTS, PASSING
from monitor.demo.draw import REASONS, Events
from monitor.demo.members import Members

Ints = NDArray[np.int64]

_REASON_CODES = [
    AILMENTS[i].codes if i < len(AILMENTS) else PASSING[name] for i, name in enumerate(REASONS)
]
DIAGNOSES = tuple(code for codes in _REASON_CODES for code in codes)
_FIRST_CODE = np.cumsum([0, *(len(codes) for codes in _REASON_CODES)])[:-1]
_CODE_COUNT = np.array([len(codes) for codes in _REASON_CODES])

DRGS = {
    "heart": "291",
    "lung": "190",
    "infection": "194",
    "diabetes": "638",
    "kidneys": "683",
    "hypertension": "305",
    "stomach": "392",
    "birth": "807",
    "major_depression": "885",
    "bipolar": "885",
    "schizophrenia": "885",
    "depression": "881",
    "trauma": "882",
    "conduct": "886",
    "alcohol": "897",
    "opioids": "897",
}


def tell_diagnoses(
    events: Events, members: Members, kind: NDArray[np.str_], rng: np.random.Generator
) -> pl.Series:
    """Return the codes of each event: its reason first, then up to two others the member has."""

    def code_of(reason: Ints) -> Ints:
        # One member keeps the same code for the same condition.
        code: Ints = _FIRST_CODE[reason] + (events.member * 7 + reason) % _CODE_COUNT[reason]
        return code

    rank = np.where(members.has, rng.uniform(size=members.has.shape), -1.0)
    order = np.argsort(-rank, axis=1, kind="stable")[:, :3]
    has = np.take_along_axis(members.has, order, axis=1)
    first = code_of(events.reason)
    medical = (kind != "R") & (rng.uniform(size=len(events)) < 0.7)
    names = pl.Series(DIAGNOSES)
    others = []
    for column in range(3):
        other = order[events.member, column]
        shown = has[events.member, column] & (other != events.reason) & medical
        if column == 2:
            shown &= rng.uniform(size=len(events)) < 0.4
        code = names.gather(code_of(other))
        others.append(
            pl.DataFrame({"c": code, "s": shown})
            .select(pl.when("s").then("c"))
            .to_series()
            .alias(f"o{column}")
        )
    return (
        pl.DataFrame([names.gather(first).alias("first"), *others])
        .select(pl.concat_str("first", "o0", "o1", "o2", separator=";", ignore_nulls=True))
        .to_series()
    )
