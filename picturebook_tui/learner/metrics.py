"""The figures on the scoreboard, as ``learner/learning.md`` defines them.

``right`` arrays are bool (n,): which pictures a player labelled rightly, in the same order for both players.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

KAPPA_PICTURES = 100
"""κ is shown from this many different pictures on: at 20 and accuracy 0.8 a true κ of 0 reads −0.32 to +0.48."""

FADE = 0.9
"""α of the exponentially faded accuracy: in effect the last ten pictures."""

FADE_COUNT = 5.0
"""The faded count must have reached this before the faded accuracy is believed (from the seventh picture on)."""

Z_95 = 1.959963984540054
"""Standard deviations on either side that hold 95% of a normal distribution."""


def accuracy(guesses: ArrayLike, targets: ArrayLike) -> float:
    """Share of ``guesses`` (n,) equal to ``targets`` (n,), or, for probabilities (n, labels), of rows whose
    largest value is at the target (the first of equals counts as the guess).

    Raises
    ------
    ValueError : where there are no pictures, or the lengths differ.
    """
    guessed, truth = np.asarray(guesses), np.asarray(targets)
    if guessed.ndim == 2:
        guessed = guessed.argmax(axis=1)
    return float(np.mean(_same_length(guessed, truth) == truth))


def balanced_accuracy(guesses: ArrayLike, targets: ArrayLike) -> float:
    """Mean over the labels that occur in ``targets`` of the share of their pictures guessed right."""
    guessed, truth = np.asarray(guesses), np.asarray(targets)
    if guessed.ndim == 2:
        guessed = guessed.argmax(axis=1)
    return float(mean_by_label(_same_length(guessed, truth) == truth, truth))


def mean_by_label(right: NDArray[np.bool_], targets: NDArray[Any]) -> NDArray[np.float64]:
    """Mean over the labels in ``targets`` (n,) of the share of their pictures that are ``right`` (n, …): (…)."""
    means: NDArray[np.float64] = np.mean([right[targets == label].mean(axis=0) for label in np.unique(targets)], axis=0)
    return means


def cross_entropy(probabilities: ArrayLike, targets: ArrayLike) -> float:
    """Mean of −log p(true label), in nats; infinite where a true label was given no chance at all."""
    table, truth = np.asarray(probabilities, np.float64), np.asarray(targets)
    _same_length(table, truth)
    with np.errstate(divide="ignore"):
        return float(-np.log(table[np.arange(len(truth)), truth]).mean())


def observed_consistency(first_right: ArrayLike, second_right: ArrayLike) -> float:
    """Share of pictures on which both are right or both are wrong."""
    first, second = np.asarray(first_right, bool), np.asarray(second_right, bool)
    return float(np.mean(_same_length(first, second) == second))


def expected_consistency(first_accuracy: float, second_accuracy: float) -> float:
    """What independent players of these accuracies would show: p₁p₂ + (1 − p₁)(1 − p₂)."""
    return first_accuracy * second_accuracy + (1 - first_accuracy) * (1 - second_accuracy)


def kappa(first_right: ArrayLike, second_right: ArrayLike) -> float | None:
    """Error consistency (o − e) / (1 − e) of Geirhos, Meding & Wichmann 2020; None where e = 1."""
    first, second = np.asarray(first_right, bool), np.asarray(second_right, bool)
    observed = observed_consistency(first, second)
    # In whole numbers, because 1 − e must be exactly zero when both are always right or always wrong.
    n, a, b = len(first), int(first.sum()), int(second.sum())
    independent = n * n - (a * b + (n - a) * (n - b))
    if independent == 0:
        return None
    return (observed * n * n - (n * n - independent)) / independent


def kappa_interval(
    first_right: ArrayLike,
    second_right: ArrayLike,
    rng: np.random.Generator,
    *,
    draws: int = 4000,
    share: float = 0.95,
) -> tuple[float, float] | None:
    """Interval in which the true ``kappa`` lies: quantiles of κ over draws from Dirichlet(counts + ½).

    The counts are those of the four outcomes: both wrong, only the second right, only the first right, both right. ½ is
    Jeffreys' prior: an outcome that never came may still be rare. (Resampling the pictures rules it out, and so covered
    46–81 % where both players are good, against 94–97 % for this: ``tests/benchmarks/kappa_coverage.py``.) The interval
    is widened to hold the sample's own κ, which a draw never reaches where two players made the very same mistakes.

    Returns
    -------
    low, high; None where κ of the sample is undefined.
    """
    first, second = np.asarray(first_right, bool), np.asarray(second_right, bool)
    value = kappa(first, second)
    if value is None:
        return None
    counts = np.bincount(2 * first + second, minlength=4)
    _, only_second, only_first, both = rng.dirichlet(counts + 0.5, size=draws).T
    first_rate, second_rate = only_first + both, only_second + both
    disagreement = first_rate + second_rate - 2 * first_rate * second_rate
    # κ = (o − e) / (1 − e) with 1 − e = p₁ + p₂ − 2p₁p₂ and 1 − o the two outcomes that part the players. A draw in
    # which both are always right, to the last digit of a float, has no κ.
    told = disagreement > 0
    values = 1 - (only_first + only_second)[told] / disagreement[told]
    low, high = np.quantile(values, [(1 - share) / 2, (1 + share) / 2])
    return min(float(low), value), max(float(high), value)


def wilson_interval(happened: int, total: int, *, z: float = Z_95) -> tuple[float, float]:
    """The interval in which the true share lies, from how often something happened in ``total`` tries.

    Wilson 1927 (Journal of the American Statistical Association 22, 209–212): with p = happened / total and n = total,
    (p + z²/2n ± z √(p (1 − p) / n + z²/4n²)) / (1 + z²/n). Unlike p ± z √(p (1 − p) / n) it stays within 0 and 1 and
    keeps a width where p is 0 or 1.

    Parameters
    ----------
    happened, total : 0 ≤ happened ≤ total, and total at least 1.
    z : how many standard deviations; ``Z_95`` for 95%.

    Raises
    ------
    ValueError : where these are no such counts.
    """
    if not 0 <= happened <= total or total < 1:
        raise ValueError(f"expected 0 <= happened <= total, and at least one try: {happened} of {total}")
    share = happened / total
    middle = share + z * z / (2 * total)
    half = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    # At the ends the two terms are equal but for rounding: 0 of n can't rule 0 out.
    low = (middle - half) / scale if happened else 0.0
    return low, (middle + half) / scale if happened < total else 1.0


def difference_interval(
    first: Sequence[tuple[float, int]], second: Sequence[tuple[float, int]], *, z: float = Z_95
) -> tuple[float, float]:
    """The interval in which first − second truly lies, both accuracies being averages over the labels.

    Price & Bonett 2004 (Computational Statistics & Data Analysis 45, 449–456), for a weighted sum of m shares, here
    with weights c = ±1 / labels of that side: with nⱼ = pictures + 4/m and pⱼ = (right + 2/m) / nⱼ,
    Σ cⱼpⱼ ± z √Σ cⱼ² pⱼ (1 − pⱼ) / nⱼ, cut to −1 … 1. For one label it is the interval of Agresti & Caffo (2000, The
    American Statistician 54, 280–288): one picture right and one wrong are added to both sides, so that it keeps some
    width where all were right. A label with few pictures makes it as wide as they are few.

    It takes pictures for drawn by lot, one apart from the other, out of more like them. Drawings by one artist are
    alike, so of other artists it says less than it seems to.

    Parameters
    ----------
    first, second : for each label that has any, the share right and of how many different pictures.
    z : how many standard deviations; ``Z_95`` for 95%.

    Returns
    -------
    Lower and upper bound, −1 to 1.

    Raises
    ------
    ValueError : where a side has no label, or a label no picture.
    """
    if not first or not second or any(total < 1 for _, total in (*first, *second)):
        raise ValueError("expected pictures of at least one label on both sides, and at least one of each")
    parts = len(first) + len(second)
    middle = variance = 0.0
    for side, sign in ((first, 1), (second, -1)):
        for share, total in side:
            weight, trials = sign / len(side), total + 4 / parts
            moved = (share * total + 2 / parts) / trials
            middle += weight * moved
            variance += weight**2 * moved * (1 - moved) / trials
    half = z * sqrt(variance)
    return max(middle - half, -1.0), min(middle + half, 1.0)


def rate(count: int, total: int) -> float:
    """(x + ½) / (n + 1): never 0 nor 1, so that its z stays finite (Hautus 1995)."""
    return (count + 0.5) / (total + 1)


def d_prime(hits: int, signals: int, false_alarms: int, noises: int) -> float:
    """d′ = z(H) − z(F): how far apart the two labels are for a player, in standard deviations."""
    return _z(rate(hits, signals)) - _z(rate(false_alarms, noises))


def criterion(hits: int, signals: int, false_alarms: int, noises: int) -> float:
    """c = −½ (z(H) + z(F)): above 0 where a player is slow to say the first label."""
    return -0.5 * (_z(rate(hits, signals)) + _z(rate(false_alarms, noises)))


def faded_accuracy(right: Iterable[bool]) -> list[tuple[float, float]]:
    """(Sᵢ / nᵢ, nᵢ) after each picture: Sᵢ = Lᵢ + α Sᵢ₋₁, nᵢ = 1 + α nᵢ₋₁ with α = ``FADE``."""
    rows, total, count = [], 0.0, 0.0
    for value in right:
        total = bool(value) + FADE * total
        count = 1 + FADE * count
        rows.append((total / count, count))
    return rows


def first_good_stretch(right: Sequence[bool], level: float = 0.9) -> int | None:
    """How many pictures it took until the faded accuracy was above ``level``; None where it never was ("not yet")."""
    for number, (value, count) in enumerate(faded_accuracy(right), 1):
        if count >= FADE_COUNT and value > level:
            return number
    return None


def _z(share: float) -> float:
    # Imported here because it takes longer to import than the rest of this file and few runs ask for it.
    from statistics import NormalDist

    return NormalDist().inv_cdf(share)


def _same_length(first: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
    if len(first) != len(second) or not len(second):
        raise ValueError(f"expected as many values as pictures, and at least one: {len(first)} and {len(second)}")
    return first
