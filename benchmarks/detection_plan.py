"""Which worlds are run, in an order in which any first part of them is a fair sample."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, zip_longest

import numpy as np
from detection_worlds import PROOF, World

SIZES = (0.05, 0.10, 0.15, 0.25)
WAYS = ("use", "price", "fee")
NUISANCES = ("none", "slow run-out", "mix", "price", "growth", "withheld", "small")
FAULTS = ("reallocation", "access contraction", "price cut", "retained by subcontractor")
LOOKED_AT_EACH_MONTH = 20
"""Reallocations of 15 % that are looked at month by month, for the delay."""


@dataclass(frozen=True)
class Trial:
    """One world, its key, the group it counts in, and after how many months it is looked at."""

    key: str
    group: str
    world: World
    looks: tuple[int, ...] = (6,)


def trials(count: int) -> list[Trial]:
    """Return ``count`` worlds without a fault and 14 with one for every 20 of them, interleaved."""
    each = max(count // len(NUISANCES), 1)
    quiet = [_quiet(kind, number) for number in range(each + 1) for kind in NUISANCES][:count]
    faulty = list(chain.from_iterable(_faulty(number) for number in range(max(count // 20, 1))))
    pairs = zip_longest(quiet, faulty[:count])
    return [trial for pair in pairs for trial in pair if trial is not None]


def _quiet(kind: str, number: int) -> Trial:
    seed = 10_000 * (1 + NUISANCES.index(kind)) + number
    rng = np.random.default_rng([PROOF, seed])
    strength = {
        "slow run-out": rng.uniform(0.5, 1.5),
        "mix": rng.uniform(0.15, 0.4),
        "price": rng.choice([-1, 1]) * rng.uniform(0.03, 0.08),
        "growth": rng.uniform(0.01, 0.03),
        "withheld": rng.uniform(0.10, 0.40),
    }.get(kind, 0.0)
    nuisance = kind if kind != "small" else "none"
    if kind == "withheld" and number % 2:
        nuisance = "withheld BH"
    world = World(
        number=seed,
        members=2000 if kind == "small" else 20_000,
        before=_before(number),
        nuisance=nuisance,
        strength=float(strength),
        # What a subcontractor does not send has no claims in the ledger to miss it by.
        subcontracted=number % 3 == 2 and kind != "withheld",
    )
    return Trial(f"quiet/{kind}/{number}", kind, world)


def _faulty(number: int) -> list[Trial]:
    """Return 14 worlds with a fault: of reallocations of 10 and 15 % three and four."""
    planned = [
        *(("reallocation", 0.15, 20_000),) * 4,
        *(("reallocation", 0.10, 20_000),) * 3,
        ("reallocation", SIZES[0] if number % 2 else SIZES[3], 20_000),
        ("access contraction", SIZES[1 + number % 3], 20_000),
        ("access contraction", SIZES[1 + (number + 1) % 3], 20_000),
        ("price cut", SIZES[number % 4], 20_000),
        ("retained by subcontractor", SIZES[number % 4], 20_000),
        ("retained by subcontractor", SIZES[(number + 2) % 4], 20_000),
        ("reallocation", 0.15, 2_000),
    ]
    told = []
    for place, (fault, size, members) in enumerate(planned):
        seed = 200_000 + 100 * number + place
        world = World(
            number=seed,
            members=members,
            before=_before(number),
            fault=fault,
            size=size,
            way=WAYS[(number + place) % 3],
            subcontracted=fault.startswith("retained") or (place % 4 == 3 and place < 8),
        )
        looked = place == 0 and number < LOOKED_AT_EACH_MONTH
        looks = (3, 4, 5, 6) if looked else (6,)
        told.append(Trial(f"fault/{number}/{place}", f"{fault} {size:.0%} {members}", world, looks))
    return told


def _before(number: int) -> int:
    """Return 12 or 18 complete months before the fault, in turn."""
    return 12 if number % 2 else 18
