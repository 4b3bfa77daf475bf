"""Whether the place that the register gives for a subcontractor is one of the plan's offices."""

from __future__ import annotations

from dataclasses import dataclass

from geodata.distance import great_circle_miles
from rules.delegation.places import Place, same_building
from rules.model import TOLERANCE


@dataclass(frozen=True)
class Whereabouts:
    """A place held against the plan's offices.

    ``on_site`` is None when it cannot be told, and ``reason`` says why. ``office`` is the one it
    is at, else the nearest by point; ``miles`` are straight-line miles to the nearest by point,
    None where no pair of points could be measured. ``basis`` is what decided: address, distance,
    or both where some offices could be compared in one way only.
    """

    place: Place
    on_site: bool | None
    office: str
    miles: float | None
    basis: str = ""
    reason: str = ""


def locate(
    place: Place, offices: list[tuple[str, Place]], max_miles: float, quarantined: int = 0
) -> Whereabouts:
    """Hold a place against every (office_id, place) of the plan.

    On site: the address of an office, or within ``max_miles`` of its point. Off site only when
    every office has been compared, by address or by point, and none lies in quarantine.
    """
    compared = [
        (office_id, same_building(place, office), miles_between(place, office))
        for office_id, office in offices
    ]
    measured = [(miles, office_id) for office_id, _, miles in compared if miles is not None]
    nearest, office = min(measured, default=(None, ""))
    at = [office_id for office_id, same, _ in compared if same]
    if at:
        return Whereabouts(place, True, at[0], nearest, "address")
    if nearest is not None and nearest <= max_miles + TOLERANCE:
        return Whereabouts(place, True, office, nearest, "distance")
    unlike = [name for name, same, miles in compared if same is None and miles is None]
    reason = why_unknown(place, bool(offices), unlike, quarantined)
    if reason:
        return Whereabouts(place, None, office, nearest, reason=reason)
    by_address = any(same is not None for _, same, _ in compared)
    ways = ["address"] * by_address + ["distance"] * bool(measured)
    return Whereabouts(place, False, office, nearest, " and ".join(ways))


def miles_between(one: Place, other: Place) -> float | None:
    """Return straight-line miles between two places, None where either has no point."""
    if one.point is None or other.point is None:
        return None
    return great_circle_miles(*one.point, *other.point)


def why_unknown(place: Place, has_offices: bool, unlike: list[str], quarantined: int) -> str:
    """Return why a place that is at no office cannot be called off site; "" when it can."""
    if quarantined:
        return f"{quarantined} rows of plan_offices lie in quarantine"
    if not has_offices:
        return "plan_offices has no row to compare with"
    if place.point is None and not same_building(place, place):
        return "the register gives neither an address that can be compared nor coordinates"
    if unlike:
        return (
            f"plan office {', '.join(unlike)} cannot be compared: "
            "it shares neither a full address nor coordinates with the register"
        )
    return ""
