"""Numbers and names that look real: NPIs with their check digit, people, streets, telephones."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

_FIRST = """
Alice Amara Andre Angela Anthony Beatriz Benjamin Brenda Caleb Camila Carla Carmen Cedric Clara
Daniel Darnell Deborah Dmitri Elena Eli Emily Erica Esther Farah Frank Gabriel Grace Hannah
Hassan Helen Imani Irene Isaac Jasmine Jerome Joan Jorge Julia Karen Keisha Kevin Laila Lena
Louis Lucia Marcus Maria Maya Mei Miguel Nadia Naomi Nathan Noor Oliver Omar Patricia Paul Priya
Rachel Ravi Robert Rosa Ruth Samuel Sara Simone Sofia Steven Tamika Thomas Tuan Vera Victor Wei
Yolanda Zoe
"""
_LAST = """
Abbott Acosta Adeyemi Ahmed Allen Alvarez Anders Bailey Baker Barnes Bauer Bell Bishop Boone
Brandt Brooks Burke Byrd Calloway Carver Castillo Chan Chavez Cole Cooper Crane Cruz Dalton
Davies Delgado Desai Dixon Doyle Duncan Ellis Farmer Fields Fischer Flores Ford Foster Fowler
Garner Gibson Goins Grant Greer Gupta Hale Harmon Hayes Hensley Herrera Holt Hughes Ibrahim
Ingram Jain Jenkins Joyner Kaplan Keller Kim Knox Lam Lawson Le Lopez Lowe Lyons Maddox Marsh
Mathis McCoy Mendez Meyer Mills Moreno Nash Nguyen Nolan Norris Oakes Okafor Ortiz Owens Park
Patel Pham Pruitt Quinn Ramsey Reyes Rhodes Riley Rivers Russo Salazar Santos Sharp Shelton
Silva Sims Singh Stokes Sutton Tate Tran Underwood Vance Vargas Vega Wade Walsh Watts Webb West
Wilkins Yates York Young Zamora Zhang
"""
_STREETS = """
Main St; Church St; Oak Ave; Maple St; College St; Broad St; Park Ave; Market St; Washington
Ave; Jefferson St; Hospital Dr; Medical Center Pkwy; Cedar Ln; Lee Hwy; Spring St; Railroad Ave;
Old Mill Rd; Highland Ave; River Rd; Union St
"""


def check_digit(nine: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the tenth digit of NPIs: Luhn over 80840 and the nine digits (45 CFR 162.406)."""
    total = np.full(len(nine), 24, dtype=np.int64)  # what the prefix 80840 adds
    for place in range(9):
        digit = nine // 10**place % 10
        if place % 2 == 0:
            digit = digit * 2
            digit = np.where(digit > 9, digit - 9, digit)
        total += digit
    return (10 - total % 10) % 10


def make_npis(count: int, rng: np.random.Generator) -> NDArray[np.str_]:
    """Return ``count`` distinct NPIs with a right check digit."""
    # A permuted walk through the numbers: distinct without a search.
    step = 100_003
    nine = 100_000_000 + (rng.integers(0, 99_999_989) + step * np.arange(count)) % 99_999_989
    nine = nine[rng.permutation(count)]
    return (nine * 10 + check_digit(nine)).astype(str)


def break_npis(npis: NDArray[np.str_], rng: np.random.Generator) -> NDArray[np.str_]:
    """Return the NPIs with a last digit that is not their check digit."""
    number = npis.astype(np.int64)
    digit = (number % 10 + rng.integers(1, 10, len(number))) % 10
    return (number // 10 * 10 + digit).astype(str)


def make_names(count: int, rng: np.random.Generator) -> NDArray[np.str_]:
    """Return ``Last, First`` names."""
    first = _pick(_FIRST.split(), count, rng)
    last = _pick(_LAST.split(), count, rng)
    return np.char.add(np.char.add(last, ", "), first)


def make_streets(count: int, rng: np.random.Generator) -> NDArray[np.str_]:
    """Return street addresses."""
    number = rng.integers(100, 4000, count).astype(str)
    street = _pick(" ".join(_STREETS.split()).split("; "), count, rng)
    return np.char.add(np.char.add(number, " "), street)


def make_phones(count: int, rng: np.random.Generator) -> NDArray[np.str_]:
    """Return telephone numbers of the exchange 555, which no one has."""
    area = rng.integers(201, 990, count)
    line = rng.integers(0, 10_000, count)
    return np.array([f"{a}-555-{n:04d}" for a, n in zip(area, line, strict=True)])


def number_ids(prefix: str, numbers: NDArray[np.int64] | pl.Series, width: int) -> pl.Series:
    """Return ids: the prefix, then each number with leading zeros to ``width``."""
    series = pl.Series("id", numbers)
    return prefix + series.cast(pl.String).str.zfill(width)


def _pick(names: list[str], count: int, rng: np.random.Generator) -> NDArray[np.str_]:
    return np.array(names)[rng.integers(0, len(names), count)]
