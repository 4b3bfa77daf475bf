"""The separation profile: shuffles against every graph there is, intervals and parts by hand."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from datetime import date
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from rules.model import Filing, Measure, Outcome, Period
from rules.registry import rules
from rules.separation.decisions import rate_ratio
from rules.separation.parts import LeftOut, Part, between, component
from rules.separation.purse import tell_retained
from rules.separation.register import reviewed_too_long_ago
from rules.separation.sharing import draw, seed_of, tell_sample
from rules.separation.shuffle import compare_ties, cross_ties, ratio_error, trade

# Provider 0 saw members 0, 1; provider 1 saw 1, 2, 3; provider 2 saw 0; provider 3 saw 2, 4.
PROVIDER = np.array([0, 0, 1, 1, 1, 2, 3, 3])
MEMBER = np.array([0, 1, 1, 2, 3, 0, 2, 4])
BEHAVIORAL = np.array([True, False, True, False])


def every_graph(provider, member):
    """Return every simple graph with these degrees, each a frozenset of edges: by brute force."""
    degree = Counter(provider.tolist())
    wanted = [count for _, count in sorted(Counter(member.tolist()).items())]
    people = range(len(wanted))
    rows = [list(itertools.combinations(people, degree[each])) for each in sorted(degree)]
    found = []
    for chosen in itertools.product(*rows):
        held = Counter(itertools.chain.from_iterable(chosen))
        if [held[person] for person in people] == wanted:
            edges = {(who, person) for who, row in enumerate(chosen) for person in row}
            found.append(frozenset(edges))
    return found


def ties_of(graph):
    """Count pairs of a behavioral and another provider who both saw a member, pair by pair."""
    return sum(
        (one, person) in graph and (other, person) in graph
        for one in range(4)
        for other in range(4)
        for person in range(5)
        if BEHAVIORAL[one] and not BEHAVIORAL[other]
    )


def test_cross_ties_are_counted_pair_by_pair():
    assert cross_ties(PROVIDER, MEMBER, BEHAVIORAL) == ties_of(
        set(zip(PROVIDER.tolist(), MEMBER.tolist(), strict=True))
    )


def test_cross_ties_are_the_products_of_the_incidence_matrix():
    rng = np.random.default_rng(3)
    seen = rng.random((30, 200)) < 0.1
    behavioral = rng.random(30) < 0.4
    provider, member = np.nonzero(seen)
    shared = seen[behavioral].astype(int) @ seen[~behavioral].astype(int).T
    assert cross_ties(provider, member, behavioral) == shared.sum()


def test_trades_keep_every_degree_and_no_edge_twice():
    rng = np.random.default_rng(1)
    seen = rng.random((15, 60)) < np.linspace(0.02, 0.95, 15)[:, None]
    before, person = np.nonzero(seen)
    provider, member = before, person
    for _ in range(50):
        provider, member = trade(provider, member, 15, rng)
    edges = set(zip(provider.tolist(), member.tolist(), strict=True))
    assert len(edges) == len(before)
    assert Counter(provider.tolist()) == Counter(before.tolist())
    assert Counter(member.tolist()) == Counter(person.tolist())


def test_trades_reach_every_graph_equally_often():
    graphs = every_graph(PROVIDER, MEMBER)
    rng, seen = np.random.default_rng(7), Counter()
    provider, member = PROVIDER, MEMBER
    times = 2500
    for _ in range(times):
        for _ in range(3):
            provider, member = trade(provider, member, 4, rng)
        seen[frozenset(zip(provider.tolist(), member.tolist(), strict=True))] += 1
    assert set(seen) == set(graphs)
    each = times / len(graphs)
    chi = sum((seen[graph] - each) ** 2 / each for graph in graphs)
    freedom = len(graphs) - 1
    assert chi < freedom + 4 * math.sqrt(2 * freedom)


def test_what_shuffles_give_is_the_mean_of_every_graph():
    expected = np.mean([ties_of(graph) for graph in every_graph(PROVIDER, MEMBER)])
    ties = compare_ties(PROVIDER, MEMBER, BEHAVIORAL, seed=5, shuffles=1500)
    error = ties.shuffled.std() / math.sqrt(1500)
    assert ties.expected == pytest.approx(expected, abs=4 * error)


def random_graph(mix, seed, members=400):
    """Return members who see four of 40 providers; a share ``mix`` of them sees both kinds."""
    rng = np.random.default_rng(seed)
    behavioral = np.arange(40) < 20
    edges = []
    for member in range(members):
        low, high = (0, 40) if rng.random() < mix else ((0, 20) if member % 2 else (20, 40))
        edges += [(who, member) for who in rng.choice(np.arange(low, high), 4, replace=False)]
    provider, member = (np.array(end) for end in zip(*edges, strict=True))
    return provider, member, behavioral


@pytest.mark.parametrize("seed", range(5))
def test_care_without_regard_to_kind_is_as_chance_has_it(seed):
    low, high = compare_ties(*random_graph(1.0, seed), seed).likely
    assert low < 1 < high


@pytest.mark.parametrize(("mix", "ratio"), [(0.0, 0.0), (0.5, 0.5), (0.8, 0.8)])
def test_planted_separation_is_the_share_of_members_who_do_not_cross(mix, ratio):
    ties = compare_ties(*random_graph(mix, 11, 1000), 11)
    assert ties.ratio == pytest.approx(ratio, abs=0.05)
    assert ties.z < -10
    low, high = ties.interval
    assert low <= ties.ratio <= high


def test_the_same_seed_gives_the_same_shuffles():
    graph = random_graph(0.7, 2, 60)
    first, again, other = (compare_ties(*graph, seed, shuffles=20) for seed in (1, 1, 2))
    assert first.shuffled.tolist() == again.shuffled.tolist()
    assert first.shuffled.tolist() != other.shuffled.tolist()


def test_the_error_over_members_is_that_of_resampling_them():
    rng = np.random.default_rng(9)
    expected = rng.gamma(2.0, 3.0, 500)
    observed = rng.poisson(0.7 * expected)
    drawn = rng.integers(0, 500, (4000, 500))
    ratios = observed[drawn].sum(axis=1) / expected[drawn].sum(axis=1)
    assert ratio_error(observed, expected) == pytest.approx(ratios.std(), rel=0.06)


def listed(rows):
    schema = dict.fromkeys(("npi", "side", "member_id"), pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_a_provider_of_both_kinds_is_two_and_a_member_of_one_provider_has_no_tie():
    rows = [("1", "PH", "A"), ("1", "BH", "A"), ("2", "PH", "B"), ("2", "PH", "C")]
    graph = draw(listed([*rows, ("1", "BH", "C")]), seed=1)
    assert (graph.members, graph.all_members, graph.all_pairs) == (2, 2, 4)
    assert cross_ties(graph.provider, graph.member, graph.behavioral) == 2
    assert sorted(graph.behavioral.tolist()) == [False, False, True]
    assert tell_sample(graph) == ""


def test_whole_members_are_drawn_where_there_are_too_many_pairs():
    rows = [
        (str(who), "PH" if who else "BH", f"M{number:03}") for number in range(90) for who in (0, 1)
    ]
    graph = draw(listed(rows), seed=4, most=41)
    assert (graph.members, len(graph.provider), graph.all_members, graph.all_pairs) == (
        20,
        40,
        90,
        180,
    )
    assert set(Counter(graph.member.tolist()).values()) == {2}
    assert tell_sample(graph) == ", 20 of 90 members drawn at random"


def test_no_pair_is_no_graph():
    graph = draw(listed([]), seed=1)
    assert (graph.members, len(graph.provider), graph.behavioral.tolist()) == (0, 0, [])


def filing_with(tables):
    contract = SimpleNamespace(id="case", runout_months=0, bh_definition="hierarchy")
    period = Period.parse("2026Q1")
    return Filing("r", "PLAN", contract, period, period.end, tables)


def tell_kept(monkeypatch, *measures):
    """Tell the part from what SP03 measured."""
    monkeypatch.setattr("rules.separation.purse.why_unusable", lambda filing, tables: "")
    monkeypatch.setattr("rules.separation.purse.measure_kept", lambda *_: iter(measures))
    return tell_retained(filing_with({}))


def kept_by(subcontractor, kept, months=12):
    """Return what SP03 says of 600 dollars of sub-capitation, of which so many were kept."""
    return Measure(subcontractor, kept, 600.0, kept / 600, {"months_paid": months})


@pytest.mark.parametrize(
    ("kept", "value"), [(0.0, 0.0), (45.0, 0.5), (90.0, 1.0), (240.0, 1.0), (-30.0, 0.0)]
)
def test_what_a_subcontractor_keeps_reads_one_at_fifteen_percent(monkeypatch, kept, value):
    part = tell_kept(monkeypatch, kept_by("S1", kept), kept_by("S2", kept, 3))
    assert part.value == pytest.approx(value)
    assert (part.count, part.denominator) == (kept * 2, 1200.0)
    assert part.told == (
        f"subcontractors kept ${kept * 2:,.0f} of $1,200 of BH sub-capitation "
        f"({kept / 600:.1%}, 12 months)"
    )


def test_five_mature_months_do_not_tell_what_is_kept(monkeypatch):
    assert tell_kept(monkeypatch, kept_by("S1", 90.0, 5)) == LeftOut(
        "retained share", "5 mature months with sub-capitation, fewer than 6"
    )
    assert isinstance(tell_kept(monkeypatch, kept_by("S1", 90.0, 6)), Part)


def test_a_subcontractor_that_sp03_does_not_judge_kept_nothing_that_is_told(monkeypatch):
    silent = Measure("S2", denominator=600.0, note="silent", outcome=Outcome.COULD_NOT_RUN)
    assert tell_kept(monkeypatch, kept_by("S1", 300.0), silent) == LeftOut(
        "retained share", "silent"
    )


def test_the_interval_of_a_ratio_covers_it_as_often_as_it_says():
    rng = np.random.default_rng(6)
    covered = 0
    for _ in range(2000):
        a, c = int(rng.binomial(80, 0.2)), int(rng.binomial(120, 0.1))
        ratio, low, high = rate_ratio(a, 80, c, 120)
        assert low < ratio < high
        covered += low <= 2 <= high
    assert 0.93 <= covered / 2000 <= 0.98


@pytest.mark.parametrize(
    ("on", "last"),
    [
        (date(2026, 3, 31), date(2025, 3, 31)),
        (date(2025, 2, 28), date(2024, 2, 28)),
        (date(2024, 2, 29), date(2023, 2, 28)),
    ],
)
def test_a_review_twelve_months_ago_to_the_day_is_in_time(on, last):
    assert not reviewed_too_long_ago(last, on)
    assert reviewed_too_long_ago(date.fromordinal(last.toordinal() - 1), on)


def test_a_scale_is_held_to_its_ends_in_either_order():
    told = [between(x, 0.0, 0.5) for x in (-1, 0, 0.25, 0.5, 2)]
    assert told == [0, 0, 0.5, 1, 1]
    assert [between(x, 0.1, 0.0) for x in (0, 0.05, 0.1, 1)] == [1, 0.5, 0, 0]


def test_no_part_is_never_zero():
    measure = component("care", [LeftOut("a", "b")], "")
    assert (measure.outcome, measure.value) == (Outcome.COULD_NOT_RUN, None)
    assert measure.note == "cannot tell care: no part could be told; left out: a (b)"


def test_the_seven_components_are_one_rule_each():
    profile = [(code, rule.name) for code, rule in rules().items() if rule.family == "separation"]
    assert profile == [
        ("SL01", "separation.governed-apart"),
        ("SL02", "separation.located-apart"),
        ("SL03", "separation.operated-apart"),
        ("SL04", "separation.networks-apart"),
        ("SL05", "separation.cared-for-apart"),
        ("SL06", "separation.informed-apart"),
        ("SL07", "separation.paid-apart"),
    ]


def test_a_filing_has_a_seed_of_its_own():
    seeds = {
        seed_of(SimpleNamespace(contract=SimpleNamespace(id=c), plan_id=p, period=q))
        for c in ("a", "b")
        for p in ("x", "y")
        for q in ("2025Q4", "2026Q1")
    }
    assert len(seeds) == 8
