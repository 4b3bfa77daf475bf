"""North Carolina's regions: every county once, and what could be read of them."""

from collections import Counter

from geodata.counties import county_name
from rules.contract import load

# The counties of the first phase (ncnn.com, 2019-07-16), which was Regions 2 and 4 (curi.com).
FIRST_PHASE = """
Alamance, Alleghany, Ashe, Caswell, Chatham, Durham, Davidson, Davie, Forsyth, Franklin,
Granville, Guilford, Johnston, Nash, Orange, Person, Randolph, Rockingham, Stokes, Surry, Vance,
Wake, Warren, Watauga, Wilkes, Wilson, Yadkin
"""
SIZES = (19, 13, 12, 14, 15, 27)


def test_every_county_has_its_region():
    regions = load("nc").regions
    assert len(regions) == 100
    assert Counter(regions.values()) == {f"Region {n}": size for n, size in enumerate(SIZES, 1)}
    assert all(fips.startswith("37") and county_name(fips) for fips in regions)


def test_the_first_phase_is_regions_two_and_four():
    found = {county_name(fips) for fips, name in load("nc").regions.items() if name[-1] in "24"}
    assert found == {name.strip() for name in FIRST_PHASE.split(",")}


def test_what_counts_by_region_is_unverified_and_accuses_nobody():
    by_region = [
        (str(asked.severity), value.unverified)
        for asked in load("nc").requirements
        for value in asked.values
        if asked.pack == "nc" and getattr(value.params, "area", "") == "region"
    ]
    assert by_region == [("info", True)] * 9
