"""Who is meant: a population, cut by age and sex, of members; and whom a provider's ages admit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Population = Literal["all", "adult", "pediatric", "smi", "dual"]
"""Adults are 18 or older on the day, children younger; ``smi`` are flagged so in members.smi;
``dual`` have a dual_status of partial or full. A member without the datum is in ``all`` alone."""

POPULATIONS: tuple[Population, ...] = get_args(Population)

ADULT_AGE = 18

_AGES: Mapping[Population, tuple[int, int | None]] = {
    "adult": (ADULT_AGE, None),
    "pediatric": (0, ADULT_AGE - 1),
}

SEXES = {"F": "female", "M": "male"}


@dataclass(frozen=True)
class Who:
    """A population, from one age to another (whole years, both inside), of one sex or all.

    Without ages an adult is :data:`ADULT_AGE` or older and a child younger; the other populations
    are of every age.

    Raises
    ------
    ValueError
        When an age is below 0, the ages are the wrong way round, or the sex is not F or M.
    """

    population: Population = "all"
    age_from: int | None = None
    age_to: int | None = None
    sex: str = ""

    def __post_init__(self) -> None:
        if self.population not in POPULATIONS:
            raise ValueError(
                f"population {self.population!r} is not one of {', '.join(POPULATIONS)}"
            )
        if self.sex and self.sex not in SEXES:
            raise ValueError(f"sex {self.sex!r} is not F or M")
        low, high = self.ages
        if low < 0 or (high is not None and high < low):
            raise ValueError(f"ages from {low} to {high} hold nobody")

    @property
    def ages(self) -> tuple[int, int | None]:
        """The youngest age and the oldest one, None where there is none."""
        low, high = _AGES.get(self.population, (0, None))
        return (
            low if self.age_from is None else self.age_from,
            high if self.age_to is None else self.age_to,
        )

    @property
    def any_age(self) -> bool:
        """Whether no age is cut off."""
        return self.ages == (0, None)

    @property
    def asks(self) -> tuple[str, ...]:
        """The columns of members that tell who is meant."""
        asked = [] if self.any_age else ["birth_date"]
        asked += ["sex"] if self.sex else []
        column = {"smi": "smi", "dual": "dual_status"}.get(self.population)
        return (*asked, column) if column else tuple(asked)

    @property
    def words(self) -> str:
        """The members meant, as sentences have it, e.g. ``female members aged 14 to 44``."""
        kinds = {"adult": "adult", "pediatric": "pediatric", "dual": "dually eligible"}
        before = [SEXES.get(self.sex, ""), kinds.get(self.population, ""), "members"]
        after = ["with serious mental illness"] if self.population == "smi" else []
        low, high = self.ages
        if self.ages != _AGES.get(self.population, (0, None)):
            span = f"{low} or older" if high is None else f"{low} to {high}"
            after.append(f"aged {span}")
        return " ".join(word for word in (*before, *after) if word)

    @property
    def key(self) -> str:
        """The members meant, as subjects have it, e.g. ``all-f-14-to-44``; no slash in it."""
        parts: list[str] = [self.population, self.sex.lower()]
        if self.age_from is not None:
            parts.append(f"from-{self.age_from}" if self.age_to is None else f"{self.age_from}")
        if self.age_to is not None:
            parts.append(f"to-{self.age_to}")
        return "-".join(part for part in parts if part)


def who_of(named: Who | Population) -> Who:
    """Return a population by its bare name, or what is one already."""
    return named if isinstance(named, Who) else Who(named)
