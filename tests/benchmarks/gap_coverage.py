"""How often the gap's interval holds the true gap: simulated models, whose true accuracies are known.

    python tests/benchmarks/gap_coverage.py
    python tests/benchmarks/gap_coverage.py --rounds 20000

For each number of pictures a label has in the book and among the unseen, and each pair of true accuracies (alike for
the labels, or 20 points apart): right answers are drawn by lot, the 95% interval is made of them, and it is counted how
often the true difference lies in it. Where both accuracies are the same, it is also counted how often a gap is told
that is none. Beside it a hybrid of Wilson's intervals (Newcombe 1998; Zou, Huang & Zhang 2009), and the plain one,
difference ± 1.96 standard errors.
"""

from __future__ import annotations

import argparse
import sys
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from picturebook_tui.learner.metrics import Z_95, difference_interval

SETTINGS: tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...] = (
    ("Cats & Dogs", (18, 16), (22, 8)),
    ("Cats & Dogs, few", (18, 16), (13, 6)),
    ("Cats & Dogs, long", (45, 28), (24, 10)),
    ("Six Wugs", (4, 4), (4, 4)),
    ("Hot dog?", (4, 36), (2, 55)),
    ("Who drew it?", (13, 13, 13), (92, 92, 92)),
    ("Four shelves", (10, 10, 10, 10), (62, 62, 62, 62)),
    ("the child's cards", (18, 16), (5, 5)),
    ("four labels' cards", (10, 10, 10, 10), (3, 3, 2, 2)),
)
"""Different drawings of each label, in the book and unseen."""

BOOK = (0.7, 0.85, 0.95, 1.0)
UNSEEN = (0.5, 0.7, 0.85, 0.95, 1.0)
APART = (0.0, 0.1)
"""What is added to the accuracy of the first label, and taken from that of the last."""

Counts = NDArray[np.int64]
Bounds = tuple[NDArray[np.float64], NDArray[np.float64]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print("| book | drawings | as told: mean, lowest | width | false gaps | hybrid | false gaps | plain | false gaps |")
    print("|---|---|---|---|---|---|---|---|---|")
    for number, (name, book, unseen) in enumerate(SETTINGS):
        rng = np.random.default_rng([arguments.seed, number])
        pairs = list(product(BOOK, UNSEEN, APART))
        rows = [covered(book, unseen, pair, arguments.rounds, rng) for pair in pairs]
        cells = [name, " + ".join("/".join(map(str, side)) for side in (book, unseen))]
        for way in range(3):
            held = [row[way][0] for row in rows]
            false = max(row[way][2] for row, (one, other, _) in zip(rows, pairs, strict=True) if one == other)
            cells.append(f"{np.mean(held):.3f}, {np.min(held):.3f}")
            cells += [f"{np.mean([row[way][1] for row in rows]):.2f}"] if way == 0 else []
            cells.append(f"{false:.3f}")
        print(f"| {' | '.join(cells)} |", flush=True)


def covered(
    book: tuple[int, ...],
    unseen: tuple[int, ...],
    accuracies: tuple[float, float, float],
    rounds: int,
    rng: np.random.Generator,
) -> list[tuple[float, float, float]]:
    """Of each of the three intervals: share of rounds in which it held the truth, mean width, share above 0."""
    one, other, apart = accuracies
    sides = []
    for accuracy, sizes in ((one, book), (other, unseen)):
        true = np.clip([accuracy + apart, *[accuracy] * (len(sizes) - 2), accuracy - apart], 0, 1)
        sides.append((true, np.array(sizes), rng.binomial(sizes, true, size=(rounds, len(sizes)))))
    truth = float(sides[0][0].mean() - sides[1][0].mean())
    told = np.array([as_told(*(pair[row] for *_, pair in sides), book, unseen) for row in range(rounds)]).T
    return [
        (
            float(np.mean((low <= truth + 1e-12) & (truth - 1e-12 <= high))),
            float(np.mean(high - low)),
            # From half a point on it is told.
            float(np.mean(low >= 0.005)),
        )
        for low, high in ((told[0], told[1]), hybrid(sides), plain(sides))
    ]


def as_told(first: Counts, second: Counts, book: tuple[int, ...], unseen: tuple[int, ...]) -> tuple[float, float]:
    """The game's own interval."""
    sides = [
        [(int(right) / size, size) for right, size in zip(counts, sizes, strict=True)]
        for counts, sizes in ((first, book), (second, unseen))
    ]
    return difference_interval(sides[0], sides[1])


def hybrid(sides: list[tuple[NDArray[np.float64], Counts, Counts]]) -> Bounds:
    """Wilson's interval of each label, put together as distances from the shares."""
    middle, below, above = 0.0, 0.0, 0.0
    for sign, (_, sizes, right) in zip((1, -1), sides, strict=True):
        share, scale = right / sizes, 1 + Z_95**2 / sizes
        half = Z_95 * np.sqrt(share * (1 - share) / sizes + Z_95**2 / (4 * sizes**2)) / scale
        centre = (share + Z_95**2 / (2 * sizes)) / scale
        to_low, to_high = share - (centre - half), centre + half - share
        down, up = (to_low, to_high) if sign > 0 else (to_high, to_low)
        middle = middle + sign * share.mean(axis=1)
        below = below + (down**2).sum(axis=1) / len(sizes) ** 2
        above = above + (up**2).sum(axis=1) / len(sizes) ** 2
    return middle - np.sqrt(below), middle + np.sqrt(above)


def plain(sides: list[tuple[NDArray[np.float64], Counts, Counts]]) -> Bounds:
    """As in many a textbook."""
    shares = [right / sizes for _, sizes, right in sides]
    middle = shares[0].mean(axis=1) - shares[1].mean(axis=1)
    variance = sum(
        (share * (1 - share) / sizes).sum(axis=1) / len(sizes) ** 2
        for share, (_, sizes, _) in zip(shares, sides, strict=True)
    )
    half = Z_95 * np.sqrt(variance)
    return middle - half, middle + half


if __name__ == "__main__":
    main()
