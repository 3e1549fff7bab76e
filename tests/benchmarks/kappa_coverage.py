"""How often κ's 95% interval holds the true κ, and what κ two independent players get where epochs are pooled.

    python tests/benchmarks/kappa_coverage.py
    python tests/benchmarks/kappa_coverage.py --rounds 500      # quicker, and rougher

Of each setting (two accuracies, a true κ, how many pictures) the four outcomes of a picture are drawn many times, and
each time the interval is asked for as the game asks for it. Samples in which κ is undefined ("—" on the board) show no
interval and are not counted. Beside it stands what resampling the pictures (the plain bootstrap) would have covered.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from picturebook_tui.learner import metrics

Players = tuple[float, float, float]
"""Accuracy of the one and of the other, and their true κ."""

PLAYERS: tuple[Players, ...] = (
    (0.8, 0.8, 0.0),
    (0.8, 0.8, 0.3),
    (0.9, 0.6, 0.0),
    (0.9, 0.9, 0.0),
    (0.9, 0.9, 0.3),
    (0.9, 0.9, 0.5),
    (0.95, 0.8, 0.0),
    (0.95, 0.95, 0.0),
    (0.95, 0.95, 0.3),
)
PICTURES = (100, 120)

LEARNING = ((0.70, 0.85, 0.95), (0.53, 0.83, 0.90))
"""Accuracy in each of three epochs: somebody who learns, and the model (``learning_seeds.py``)."""


def outcomes(first: float, second: float, kappa: float) -> NDArray[np.float64]:
    """Chances of both wrong, only the second right, only the first right, both right."""
    expected = metrics.expected_consistency(first, second)
    observed = expected + kappa * (1 - expected)
    both = (observed + first + second - 1) / 2
    return np.array([observed - both, second - both, first - both, both])


def rights(counts: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Two players' right answers with these outcomes."""
    which = np.repeat(np.arange(4), counts)
    return which >= 2, which % 2 == 1


def bootstrap(counts: NDArray[np.int64], rng: np.random.Generator) -> tuple[float, float]:
    """The percentile interval over resampled pictures."""
    pictures = int(counts.sum())
    drawn = rng.multinomial(pictures, counts / pictures, size=2000) / pictures
    first, second = drawn[:, 2] + drawn[:, 3], drawn[:, 1] + drawn[:, 3]
    disagreement = first + second - 2 * first * second
    told = disagreement > 1e-9
    low, high = np.quantile(1 - (drawn[:, 1] + drawn[:, 2])[told] / disagreement[told], [0.025, 0.975])
    return float(low), float(high)


def coverage(players: Players, pictures: int, rounds: int, seed: int = 0) -> tuple[float, float]:
    """Share of samples whose interval holds the true κ: ours, and the bootstrap's."""
    rng = np.random.default_rng([seed, pictures])
    chances, true = outcomes(*players), players[2]
    held = held_by_bootstrap = counted = 0
    for _ in range(rounds):
        counts = rng.multinomial(pictures, chances)
        interval = metrics.kappa_interval(*rights(counts), rng)
        if interval is None:
            continue
        counted += 1
        held += interval[0] <= true <= interval[1]
        low, high = bootstrap(counts, rng)
        held_by_bootstrap += low <= true <= high
    return held / counted, held_by_bootstrap / counted


def pooled(rounds: int, seed: int = 0) -> tuple[float, float]:
    """Mean κ of two independent players who both learn: over three epochs of 100 pictures, and in the last alone."""
    rng = np.random.default_rng(seed)
    whole, last = [], []
    for _ in range(rounds):
        child, model = (np.concatenate([rng.random(100) < share for share in shares]) for shares in LEARNING)
        for values, start in ((whole, 0), (last, 200)):
            value = metrics.kappa(child[start:], model[start:])
            if value is not None:
                values.append(value)
    return float(np.mean(whole)), float(np.mean(last))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=4000, help="samples of each setting")
    rounds = parser.parse_args().rounds
    print(f"accuracies   true κ  pictures  covered  by a bootstrap   ({rounds:,} samples each)")
    least = 1.0
    for players in PLAYERS:
        for pictures in PICTURES:
            ours, theirs = coverage(players, pictures, rounds)
            least = min(least, ours)
            first, second, true = players
            told = f"{first:.2f}  {second:.2f}   {true:.1f}     {pictures}       {100 * ours:.1f} %"
            print(f"{told}   {100 * theirs:.1f} %", flush=True)
    print(f"the least of {len(PLAYERS) * len(PICTURES)}: {100 * least:.1f} %")
    whole, last = pooled(rounds)
    print(f"independent players who learn: κ {whole:+.3f} over three epochs, {last:+.3f} in the last alone")


if __name__ == "__main__":
    main()
