"""Counting by blocks against counting point by point, on every part of the Earth."""

import numpy as np
import pytest

from geodata.blocks import BLOCK, make_blocks, order_by_place
from geodata.choices import Choices, straight_lines
from geodata.coverage import Limits, cover
from geodata.distance import great_circle_miles, miles_between
from geodata.lines import cover_parts
from geodata.travel import estimate


def spread(draw, where, count):
    north, east, width = where
    at = draw.normal(0, width, (count, 2)) * draw.choice([0.01, 1, 3], (count, 1))
    return np.clip(north + at[:, 0], -90, 90), (east + at[:, 1] + 540) % 360 - 180


def settled(draw, where, count):
    north, east = spread(draw, where, count)
    north[::7], east[::7] = north[0], east[0]  # many at one point
    part = np.sort(draw.choice([0, 2, 3], count))  # nobody lives in part 1
    order = order_by_place(part, north, east)
    return part[order], north[order], east[order]


TENNESSEE, ANTIMERIDIAN, POLE = (36.0, -86.0, 0.5), (52.0, 180.0, 0.8), (89.9, 0.0, 40.0)


@pytest.mark.parametrize("where", [TENNESSEE, ANTIMERIDIAN, POLE])
def test_blocks_hold_their_points(where):
    part, north, east = settled(np.random.default_rng(1), where, 1_000)
    blocks = make_blocks(4, part, north, east)
    sizes = np.diff(blocks.start)
    assert (sizes.max(), sizes.sum(), blocks.part[0], blocks.part[-1]) == (
        BLOCK, 1_000, 0, len(sizes)
    )  # fmt: skip
    assert blocks.part[1] == blocks.part[2]
    assert np.repeat(part[blocks.start[:-1]], sizes).tolist() == part.tolist()
    away = miles_between(blocks.vectors, np.repeat(blocks.centre, sizes, axis=0))
    assert (away <= np.repeat(blocks.radius, sizes)).all()
    assert blocks.points_of(np.array([1, 0])).tolist() == [
        *range(BLOCK, BLOCK + sizes[1]), *range(BLOCK)
    ]  # fmt: skip


@pytest.mark.parametrize("wanted", [1, 2, 4])
@pytest.mark.parametrize("where", [TENNESSEE, ANTIMERIDIAN, POLE])
def test_people_by_blocks_are_the_people_point_by_point(where, wanted):
    draw = np.random.default_rng(wanted)
    part, north, east = settled(draw, where, 2_000)
    weight = draw.choice([0.0, 1.0, 2.5], 2_000)
    site_north, site_east = spread(draw, where, 60)
    provider = draw.integers(0, 25, 60)  # one provider at many sites
    choices = Choices(site_north, site_east, np.arange(60), provider)
    blocks = make_blocks(4, part, north, east)
    miles = great_circle_miles(north[:, None], east[:, None], site_north, site_east)
    by_provider = np.stack(
        [miles[:, provider == each].min(axis=1) for each in np.unique(provider)], axis=1
    )
    nearest = np.sort(by_provider, axis=1)[:, wanted - 1]
    assert np.abs(choices.miles_to(blocks.vectors, wanted) - nearest).max() < 1e-6
    lines = straight_lines(blocks, choices, wanted)
    for far in np.quantile(nearest, [0.02, 0.3, 0.7, 0.99]):
        for limits in (
            Limits("distance", float(far), None, None, wanted),
            Limits("either", float(far), 20.0, estimate(None, 20.0, "metro"), wanted),
        ):
            together = cover_parts(blocks, [3, 0, 1, 2], weight, lines, limits)
            for at, each in enumerate((3, 0, 1, 2)):
                mine, got = part == each, together[at]
                assert cover_parts(blocks, [each], weight, lines, limits) == [got]
                plain = cover(nearest[mine], weight[mine], limits)
                assert (got.people, got.within, got.borderline) == (
                    plain.people, plain.within, plain.borderline
                )  # fmt: skip
                assert got.longest_miles == pytest.approx(plain.longest_miles, abs=1e-6)


def test_a_block_asks_for_few_points():
    draw = np.random.default_rng(3)
    part, north, east = settled(draw, TENNESSEE, 20_000)
    blocks = make_blocks(4, part, north, east)
    site_north, site_east = spread(draw, TENNESSEE, 300)
    choices = Choices(site_north, site_east, np.arange(300), np.arange(300))
    lines = straight_lines(blocks, choices, 1)
    asked = []

    def exact(points):
        asked.append(len(points))
        return lines.exact(points)

    counted = type(lines)(lines.from_centres, exact, lines.bounds)
    limits = Limits("distance", 30.0, None, None)
    for each in range(4):
        cover_parts(blocks, [each], np.ones(20_000), counted, limits)[0]
    assert sum(asked) < 20_000 / 3


def test_as_many_providers_as_there_are_and_no_more():
    choices = Choices(np.array([36.0, 36.5]), np.array([-86.0, -86.0]), *np.array([[0, 1], [7, 7]]))
    assert choices.providers == 1
    blocks = make_blocks(1, np.array([0]), np.array([36.0]), np.array([-86.0]))
    assert choices.miles_to(blocks.vectors, 1).tolist() == [0.0]
    assert choices.miles_to(blocks.vectors, 2).tolist() == [np.inf]
    lines = straight_lines(blocks, choices, 2)
    limits = Limits("distance", 30.0, None, None, 2)
    got = cover_parts(blocks, [0], np.array([3.0]), lines, limits)[0]
    assert (got.people, got.within, got.longest_miles) == (3.0, 0.0, None)


def test_nobody_anywhere():
    none = np.array([], dtype=np.int64)
    blocks = make_blocks(2, none, np.array([]), np.array([]))
    assert (len(blocks.radius), blocks.part.tolist()) == (0, [0, 0, 0])
    choices = Choices(np.array([36.0]), np.array([-86.0]), np.array([0]), np.array([0]))
    lines = straight_lines(blocks, choices, 1)
    got = cover_parts(blocks, [1], np.array([]), lines, Limits("distance", 30.0, None, None))[0]
    assert (got.people, got.within, got.longest_miles) == (0.0, 0.0, None)
