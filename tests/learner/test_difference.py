"""Between what a difference of two accuracies lies, where pictures are few."""

from __future__ import annotations

from math import comb, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from picturebook_tui.learner.metrics import Z_95, difference_interval

SIDE = st.lists(
    st.integers(1, 40).flatmap(lambda n: st.integers(0, n).map(lambda x: (x / n, n))), min_size=1, max_size=4
)


@pytest.mark.parametrize(("right", "of", "other_right", "other_of"), [(7, 10, 3, 10), (10, 10, 0, 20), (0, 3, 0, 3)])
def test_with_one_label_it_is_agresti_and_caffos_interval(right: int, of: int, other_right: int, other_of: int) -> None:
    # One right and one wrong added to both sides, then as in the textbook.
    one, other = (right + 1) / (of + 2), (other_right + 1) / (other_of + 2)
    half = Z_95 * sqrt(one * (1 - one) / (of + 2) + other * (1 - other) / (other_of + 2))
    found = difference_interval([(right / of, of)], [(other_right / other_of, other_of)])
    assert found == pytest.approx((max(one - other - half, -1), min(one - other + half, 1)))


def test_with_two_labels_half_a_picture_of_each_kind_is_added() -> None:
    book, unseen = [(19 / 20, 20), (18 / 20, 20)], [(3 / 5, 5), (4 / 5, 5)]
    shares = [19.5 / 21, 18.5 / 21, 3.5 / 6, 4.5 / 6]
    middle = (shares[0] + shares[1] - shares[2] - shares[3]) / 2
    half = Z_95 * sqrt(sum(p * (1 - p) / n for p, n in zip(shares, (21, 21, 6, 6), strict=True))) / 2
    assert difference_interval(book, unseen) == pytest.approx((middle - half, middle + half))


@given(SIDE, SIDE)
def test_it_holds_the_difference_that_was_seen_and_turns_round_with_the_sides(
    first: list[tuple[float, int]], second: list[tuple[float, int]]
) -> None:
    low, high = difference_interval(first, second)
    seen = sum(share for share, _ in first) / len(first) - sum(share for share, _ in second) / len(second)
    assert -1 - 1e-9 <= low <= seen + 1e-9
    assert seen - 1e-9 <= high <= 1 + 1e-9
    assert difference_interval(second, first) == pytest.approx((-high, -low))


def test_a_label_with_few_pictures_makes_it_wide() -> None:
    book = [(1.0, 20), (1.0, 20)]
    few, many = (difference_interval(book, [(0.5, 2), (0.9, dogs)]) for dogs in (20, 200))
    even = difference_interval(book, [(0.5, 40), (0.9, 20)])
    assert few[1] - few[0] == pytest.approx(many[1] - many[0], abs=0.05)
    assert even[1] - even[0] < 0.7 * (few[1] - few[0])


@pytest.mark.parametrize(
    ("book", "unseen"), [((1.0, 1.0), (0.8, 0.8)), ((0.95, 0.85), (0.9, 0.5)), ((0.7, 0.7), (0.7, 0.7))]
)
def test_nineteen_times_in_twenty_it_holds_the_truth(book: tuple[float, float], unseen: tuple[float, float]) -> None:
    # Every outcome there can be, weighed by how likely it is: no dice.
    sizes = ((8, 8), (11, 4))
    outcomes: list[list[tuple[float, list[tuple[float, int]]]]] = []
    for shares, counts in ((book, sizes[0]), (unseen, sizes[1])):
        side = [(1.0, list[tuple[float, int]]())]
        for p, n in zip(shares, counts, strict=True):
            side = [
                (chance * comb(n, x) * p**x * (1 - p) ** (n - x), [*so_far, (x / n, n)])
                for chance, so_far in side
                for x in range(n + 1)
            ]
        outcomes.append([(chance, so_far) for chance, so_far in side if chance > 1e-7])
    truth = float(np.mean(book) - np.mean(unseen))
    held = 0.0
    for chance, first in outcomes[0]:
        for other, second in outcomes[1]:
            low, high = difference_interval(first, second)
            held += chance * other * (low - 1e-12 <= truth <= high + 1e-12)
    assert held > 0.92


@pytest.mark.parametrize(("first", "second"), [([], [(1.0, 1)]), ([(1.0, 1)], []), ([(1.0, 0)], [(1.0, 1)])])
def test_without_pictures_there_is_no_difference(
    first: list[tuple[float, int]], second: list[tuple[float, int]]
) -> None:
    with pytest.raises(ValueError, match="at least one"):
        difference_interval(first, second)
