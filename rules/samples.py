"""How far a share of a sample may lie from that of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

Z_95 = 1.959963984540054
"""The 97.5 % point of the normal distribution: a two-sided interval of 95 %."""


def wilson(kept: float, of: float, z: float = Z_95) -> tuple[float, float]:
    """Return the Wilson score interval of a share.

    Parameters
    ----------
    kept, of
        Successes and trials, ``of`` above 0.
    z
        The normal quantile of the confidence asked.

    Notes
    -----
    Wilson, E. B. (1927), Journal of the American Statistical Association 22:209-212; it stays
    inside 0 to 1 and holds for few trials and shares near 0 or 1. The sample is taken as random.
    """
    share = kept / of
    spread = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    middle, scale = share + z * z / (2 * of), 1 + z * z / of
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def newcombe(
    kept: float, of: float, other_kept: float, other_of: float, z: float = Z_95
) -> tuple[float, float]:
    """Return the interval of the difference of two shares, the first less the other.

    Parameters
    ----------
    kept, of, other_kept, other_of
        Successes and trials of two samples that share no trial, both trials above 0.
    z
        The normal quantile of the confidence asked.

    Notes
    -----
    Newcombe, R. G. (1998), Statistics in Medicine 17:873-890, method 10: the Wilson intervals of
    the two shares, joined. It stays inside -1 to 1.
    """
    share, other = kept / of, other_kept / other_of
    low, high = wilson(kept, of, z)
    other_low, other_high = wilson(other_kept, other_of, z)
    difference = share - other
    below = sqrt((share - low) ** 2 + (other_high - other) ** 2)
    above = sqrt((high - share) ** 2 + (other - other_low) ** 2)
    return difference - below, difference + above


def clustered(kept: Sequence[float], of: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % interval of a share whose trials come in clusters, such as fills by member.

    Parameters
    ----------
    kept, of
        Successes and trials of each cluster, with trials above 0 in all.

    Notes
    -----
    The variance of the ratio of the two sums by linearisation, clusters drawn at random (Cochran,
    W. G. (1977), Sampling Techniques, chapter 6), gives the number of free trials that would vary
    as much, and the Wilson interval is of those (Korn and Graubard 1998, Survey Methodology 24).
    They are at most the trials. Where nothing varies, or there is one cluster, they are the
    clusters.
    """
    clusters = [(had, number) for had, number in zip(kept, of, strict=True) if number]
    count, total = len(clusters), sum(number for _, number in clusters)
    share = sum(had for had, _ in clusters) / total
    squares = sum((had - share * number) ** 2 for had, number in clusters)
    free = float(count)
    if count > 1 and squares > 0:
        variance = count / (count - 1) * squares / total**2
        free = min(share * (1 - share) / variance, float(total))
    return wilson(share * free, free)
