"""Minutes from a file: what it says, what it does not say, and what is refused, line by line."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from geodata.matrix import MatrixFile, read_matrix
from geodata.pairs import Pairs
from geodata.travel import MATRIX, OUTSIDE, REACHED, UNREACHABLE, TravelError, Travelled

HEAD = "origin,destination,minutes,miles"
ROWS = (
    '"42.1,-71.1","42.2,-71.2",12.5,8',
    '"42.1,-71.1","42.3,-71.3",9,6.25',
    '"42.1,-71.1","42.4,-71.4",,',
    '"42.5,-71.5","42.4,-71.4",,',
)


def written(tmp_path: Path, *rows: str, head: str = HEAD) -> Path:
    path = tmp_path / "minutes.csv"
    path.write_text("\n".join((head, *rows)) + "\n")
    return path


def ask(
    source: MatrixFile, homes: list[list[float]], sites: list[list[float]], k: int
) -> Travelled:
    home, site = np.array(homes, float).reshape(-1, 2), np.array(sites, float).reshape(-1, 2)
    return source.nearest(*home.T, *site.T, k)


def test_the_fewest_minutes_win_and_what_is_missing_is_never_zero(tmp_path: Path) -> None:
    source = read_matrix(written(tmp_path, *ROWS))
    homes = [[42.1, -71.1], [42.5, -71.5], [42.9, -71.9]]
    sites = [[42.2, -71.2], [42.4, -71.4], [42.3, -71.3], [42.8, -71.8]]
    answer = ask(source, homes, sites, 3)
    inf = np.inf
    assert answer.minutes.tolist() == [[9, 12.5, inf], [inf, inf, inf], [inf, inf, inf]]
    assert answer.miles.tolist() == [[6.25, 8, inf], [inf, inf, inf], [inf, inf, inf]]
    assert answer.index.tolist() == [[2, 0, -1], [-1, -1, -1], [-1, -1, -1]]
    assert answer.state.tolist() == [REACHED, UNREACHABLE, OUTSIDE]
    assert answer.sites is not None
    assert answer.sites.tolist() == [REACHED, REACHED, REACHED, OUTSIDE]
    assert (source.source, source.note) == (MATRIX, "minutes as supplied in minutes.csv")


def test_points_are_the_same_to_the_fifth_decimal(tmp_path: Path) -> None:
    source = read_matrix(written(tmp_path, '"42.100004,-71.1"," 42.2 , -71.2 ",0,0'))
    answer = ask(source, [[42.1, -71.1], [42.10001, -71.1]], [[42.2, -71.2]], 1)
    assert answer.state.tolist() == [REACHED, OUTSIDE]
    assert (answer.minutes[0, 0], answer.miles[0, 0]) == (0, 0)


def test_sites_at_one_point_are_each_a_site_and_the_antimeridian_is_one_line(
    tmp_path: Path,
) -> None:
    source = read_matrix(written(tmp_path, '"51.9,180","51.9,179.9",3,'))
    answer = ask(source, [[51.9, -180]], [[51.9, 179.9], [51.9, 179.9]], 2)
    assert (answer.index.tolist(), answer.minutes.tolist()) == ([[0, 1]], [[3, 3]])
    assert np.isnan(answer.miles).all()


def test_without_homes_or_sites_the_shapes_stand(tmp_path: Path) -> None:
    source = read_matrix(written(tmp_path, *ROWS))
    assert ask(source, [], [[42.2, -71.2]], 2).minutes.shape == (0, 2)
    assert ask(source, [[42.1, -71.1]], [], 2).state.tolist() == [UNREACHABLE]
    assert ask(read_matrix(written(tmp_path)), [[1, 1]], [[1, 1]], 1).state.tolist() == [OUTSIDE]


def test_parquet_says_the_same(tmp_path: Path) -> None:
    table = pl.read_csv(written(tmp_path, *ROWS))
    path = tmp_path / "minutes.parquet"
    table.write_parquet(path)
    homes, sites = [[42.1, -71.1]], [[42.2, -71.2], [42.3, -71.3]]
    assert ask(read_matrix(path), homes, sites, 2).minutes.tolist() == [[9, 12.5]]
    table.drop("miles").with_columns(minutes=pl.lit(-1)).write_parquet(path)
    with pytest.raises(TravelError) as refused:
        read_matrix(path)
    assert str(refused.value) == (
        f"{path}, row 1: minutes '-1'; wanted a number of 0 or more, or nothing"
    )


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ('"42.1,-71.1","42.3,-71.3",-0.1,1', "minutes '-0.1'; wanted a number of 0 or more, or "),
        ('"42.1,-71.1","42.3,-71.3",soon,1', "minutes 'soon'; wanted a number of 0 or more, or "),
        ('"42.1,-71.1","42.3,-71.3",NaN,1', "minutes 'NaN'; wanted a number of 0 or more, or "),
        ('"42.1,-71.1","42.3,-71.3",inf,1', "minutes 'inf'; wanted a number of 0 or more, or "),
        ('"42.1,-71.1","42.3,-71.3",1,x', "miles 'x'; wanted a number of 0 or more, or nothing"),
        ('"91,-71.1","42.3,-71.3",1,1', "origin '91,-71.1'; wanted a point as latitude,longitude"),
        ('"42.1,-71.1",M17,1,1', "destination 'M17'; wanted a point as latitude,longitude"),
        ('"42.1,-71.1","1,2,3",1,1', "destination '1,2,3'; wanted a point as latitude,longitude"),
        (',"42.3,-71.3",1,1', "origin is empty; wanted a point as latitude,longitude"),
        (
            '"42.1,-71.1","42.2000001,-71.2",1,1',
            "42.1,-71.1 to 42.2000001,-71.2: this pair is already on line 2",
        ),
    ],
)
def test_a_faulty_row_is_told_with_its_line(tmp_path: Path, row: str, told: str) -> None:
    path = written(tmp_path, ROWS[0], ROWS[3], row)
    with pytest.raises(TravelError) as refused:
        read_matrix(path)
    assert str(refused.value).startswith(f"{path}, line 4: {told}")
    assert "\n" not in str(refused.value)


def test_faults_of_the_whole_file_are_one_line(tmp_path: Path) -> None:
    path = written(tmp_path, "1,2", head="origin,minutes")
    for change, told in (
        (
            None,
            "no column destination; wanted origin, destination, minutes, miles (miles optional)",
        ),
        (b"", "cannot be read as a matrix: "),
        (f"{HEAD}\n".encode() + b"\xff,1,1,1\n", "cannot be read as a matrix: "),
    ):
        if change is not None:
            path.write_bytes(change)
        with pytest.raises(TravelError) as refused:
            read_matrix(path)
        assert str(refused.value).startswith(f"{path}: {told}")
        assert "\n" not in str(refused.value)
    with pytest.raises(TravelError, match="no such file"):
        read_matrix(tmp_path / "nosuch.csv")


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("k", [1, 3])
def test_the_soonest_of_pairs_are_those_of_a_plain_search(seed: int, k: int) -> None:
    random = np.random.default_rng(seed)
    told = {
        (a, b): float(random.choice([np.inf, *range(6)]))
        for a in range(6) for b in range(7) if random.random() < 0.6
    }  # fmt: skip
    ends = np.array(list(told))
    minutes = np.array(list(told.values()))
    pairs = Pairs(ends[:, 0], ends[:, 1], minutes, minutes / 2)
    homes, sites = random.integers(0, 8, 9), random.integers(0, 9, 10)
    found, miles, index = pairs.soonest(homes, sites, k)
    for row, home in enumerate(homes.tolist()):
        each = [(told.get((home, site), np.inf), at) for at, site in enumerate(sites.tolist())]
        wanted = [pair for pair in sorted(each) if pair[0] < np.inf][:k]
        wanted += [(np.inf, -1)] * (k - len(wanted))
        assert list(zip(found[row].tolist(), index[row].tolist(), strict=True)) == wanted
        assert miles[row].tolist() == (found[row] / 2).tolist()


def test_a_matrix_is_asked_from_its_destinations_and_told_by_its_bytes(tmp_path: Path) -> None:
    source = read_matrix(written(tmp_path, *ROWS))
    answer = ask(
        source.backwards, [[42.2, -71.2], [42.1, -71.1]], [[42.5, -71.5], [42.1, -71.1]], 1
    )
    assert answer.minutes.tolist() == [[12.5], [np.inf]]
    assert (answer.miles[0, 0], answer.index.tolist()) == (8, [[1], [-1]])
    assert answer.state.tolist() == [REACHED, OUTSIDE]
    assert read_matrix(written(tmp_path, *ROWS)).digest == source.digest != ""
    assert read_matrix(written(tmp_path, *ROWS[:3])).digest != source.digest
