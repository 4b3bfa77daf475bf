"""Where the BH part of the rate went, in whole cents that add up."""

from __future__ import annotations

from dataclasses import dataclass, fields

from rules.spending.window import Window


@dataclass(frozen=True)
class Flow:
    """Cents; every part but ``remainder`` is what was spent, and all parts sum to ``bh_rate``.

    ``ph_benefit`` is what physical and other benefits cost beyond their own part of the rate, as
    far as money was left. ``remainder`` is under 0 where more went out than the BH part gave.
    """

    bh_rate: int
    bh_benefit: int
    retention: int
    administration: int
    reinvestment: int
    ph_benefit: int
    remainder: int

    def __post_init__(self) -> None:
        spent = sum(getattr(self, each.name) for each in fields(self)[1:])
        if spent != self.bh_rate:
            raise ValueError(f"the parts sum to {spent} cents, not to {self.bh_rate}")

    @property
    def remainder_is(self) -> str:
        """Say what the remainder is."""
        if self.remainder < 0:
            return "spent beyond the BH part of the rate"
        return "left of the BH part of the rate" if self.remainder else "nothing"

    def in_dollars(self) -> dict[str, float]:
        """Return every part in dollars, by name."""
        return {each.name: getattr(self, each.name) / 100 for each in fields(self)}


def flow_of(window: Window, benefits_in_rate: float) -> Flow:
    """Return the flow of the months used; ``benefits_in_rate`` is benefits' share of the rate."""
    told = window.series
    bh_rate = cents(window.total(told.bh_rate))
    ph_rate = cents(benefits_in_rate * window.total(told.revenue)) - bh_rate
    spent = {
        "bh_benefit": cents(window.total(told.incurred[:, 0])),
        "retention": cents(window.total(told.retained)),
        "administration": cents(window.booked("administration", ("BH",))),
        "reinvestment": cents(window.booked("reinvestment", ("BH",))),
    }
    left = bh_rate - sum(spent.values())
    beyond = cents(window.total(told.incurred[:, 1:].sum(axis=1))) - ph_rate
    ph_benefit = max(min(left, beyond), 0)
    return Flow(bh_rate=bh_rate, **spent, ph_benefit=ph_benefit, remainder=left - ph_benefit)


def cents(dollars: float) -> int:
    """Return dollars as whole cents, half a cent to the even one."""
    return round(dollars * 100)
