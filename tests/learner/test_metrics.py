"""The scoreboard's figures against values worked out by hand."""

from __future__ import annotations

from math import inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from picturebook_tui.learner import metrics
from tests.benchmarks.kappa_coverage import Players, coverage, rights


def test_accuracy_counts_labels_and_likeliest_labels() -> None:
    assert metrics.accuracy([0, 1, 1, 0], [0, 1, 0, 0]) == 0.75
    assert metrics.accuracy([[0.9, 0.1], [0.4, 0.6], [0.5, 0.5]], [0, 1, 1]) == pytest.approx(2 / 3)


def test_balanced_accuracy_weighs_labels_and_not_pictures() -> None:
    assert metrics.balanced_accuracy([0, 0, 0, 0], [0, 0, 0, 1]) == 0.5
    assert metrics.balanced_accuracy([[1, 0], [0, 1], [0, 1]], [0, 0, 1]) == 0.75


def test_cross_entropy() -> None:
    assert metrics.cross_entropy([[0.5, 0.5], [0.25, 0.75]], [0, 1]) == pytest.approx(-(log(0.5) + log(0.75)) / 2)
    assert metrics.cross_entropy([[1.0, 0.0]], [1]) == inf


def test_no_pictures_and_uneven_lengths_are_mistakes() -> None:
    with pytest.raises(ValueError, match="at least one"):
        metrics.accuracy([], [])
    with pytest.raises(ValueError, match="3 and 2"):
        metrics.observed_consistency([True] * 3, [True] * 2)


def test_consistency_and_kappa_by_hand() -> None:
    child = [True] * 8 + [False] * 2
    model = [True] * 6 + [False] * 2 + [True] + [False]
    # Both right 6, child alone 2, model alone 1, both wrong 1.
    assert metrics.observed_consistency(child, model) == pytest.approx(0.7)
    expected = 0.8 * 0.7 + 0.2 * 0.3
    assert metrics.expected_consistency(0.8, 0.7) == pytest.approx(expected)
    assert metrics.kappa(child, model) == pytest.approx((0.7 - expected) / (1 - expected))


def test_kappa_is_one_for_the_same_mistakes_and_undefined_where_chance_would_always_agree() -> None:
    right = [True, False, True, True]
    assert metrics.kappa(right, right) == pytest.approx(1)
    assert metrics.kappa(right, [not value for value in right]) < 0
    assert metrics.kappa([True] * 7, [True] * 7) is None
    assert metrics.kappa([False] * 7, [False] * 7) is None
    assert metrics.kappa([True] * 7, [False] * 7) == pytest.approx(0)


def test_kappa_interval_is_wide_for_twenty_pictures_and_holds_the_value() -> None:
    rng = np.random.default_rng(0)
    child, model = rng.random(20) < 0.8, rng.random(20) < 0.8
    low, high = metrics.kappa_interval(child, model, np.random.default_rng(1))
    assert low <= metrics.kappa(child, model) <= high
    assert high - low > 0.4
    again = metrics.kappa_interval(child, model, np.random.default_rng(1))
    assert again == (low, high)
    more = metrics.kappa_interval(np.tile(child, 30), np.tile(model, 30), np.random.default_rng(1))
    assert more[1] - more[0] < (high - low) / 3


def test_kappa_interval_is_undefined_with_kappa() -> None:
    assert metrics.kappa_interval([True] * 9, [True] * 9, np.random.default_rng(0)) is None
    assert metrics.kappa_interval([False] * 9, [False] * 9, np.random.default_rng(0)) is None


@pytest.mark.parametrize(("players", "pictures"), [((0.9, 0.9, 0.0), 100), ((0.95, 0.95, 0.0), 120)])
def test_kappa_interval_holds_the_true_value_as_often_as_it_says(players: Players, pictures: int) -> None:
    # 95% of 400 is 380, with a standard deviation of 4.4; resampling the pictures would cover 51 and 63%.
    held, by_bootstrap = coverage(players, pictures, rounds=400, seed=3)
    assert held >= 0.92
    assert by_bootstrap < 0.8


@pytest.mark.parametrize(
    ("neither", "model", "child", "both"), [(0, 12, 8, 100), (10, 0, 0, 110), (0, 0, 20, 100), (60, 60, 0, 0)]
)
def test_outcomes_that_never_came_leave_kappa_inside_an_interval(
    neither: int, model: int, child: int, both: int
) -> None:
    first, second = rights(np.array([neither, model, child, both]))
    value = metrics.kappa(first, second)
    low, high = metrics.kappa_interval(first, second, np.random.default_rng(2))  # type: ignore[misc]
    assert value is not None
    assert -1 <= low <= value <= high <= 1
    assert high - low > 0.02


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_kappa_never_exceeds_one_and_takes_no_sides(pairs: list[tuple[bool, bool]]) -> None:
    first, second = zip(*pairs, strict=True)
    value = metrics.kappa(first, second)
    assert value == metrics.kappa(second, first)
    assert value is None or value <= 1 + 1e-12


def test_d_prime_and_criterion_by_hand() -> None:
    # Rates 9.5 / 11 and 1.5 / 11; z = ±1.0968 by table.
    assert metrics.rate(9, 10) == pytest.approx(9.5 / 11)
    assert metrics.d_prime(9, 10, 1, 10) == pytest.approx(2 * 1.0968, abs=1e-3)
    assert metrics.criterion(9, 10, 1, 10) == pytest.approx(0, abs=1e-12)
    assert metrics.d_prime(10, 10, 0, 10) < 5
    assert metrics.d_prime(5, 10, 5, 10) == pytest.approx(0)
    assert metrics.criterion(1, 10, 1, 10) > 0


def test_faded_accuracy_by_hand() -> None:
    rows = metrics.faded_accuracy([True, False, True])
    assert rows[0] == (1.0, 1.0)
    assert rows[1] == pytest.approx((0.9 / 1.9, 1.9))
    assert rows[2] == pytest.approx(((1 + 0.9 * 0.9) / 2.71, 2.71))


def test_a_good_stretch_is_no_proof_of_ninety_percent() -> None:
    # What the help says of somebody always right on 80%: "in nearly every run of 120 pictures".
    rng = np.random.default_rng(0)
    had = [metrics.first_good_stretch(list(rng.random(120) < 0.8)) is not None for _ in range(500)]
    assert np.mean(had) > 0.9


def test_the_first_good_stretch() -> None:
    # The faded count reaches 5 with the seventh picture (1 − 0.9⁷) / 0.1 = 5.22.
    assert metrics.first_good_stretch([True] * 20) == 7
    assert metrics.first_good_stretch([True] * 6) is None
    assert metrics.first_good_stretch([]) is None
    assert metrics.first_good_stretch([False] * 100) is None
    late = [False] * 10 + [True] * 60
    # Σ over the first n right ones ≥ 0.9 of the whole: by hand, (1 − 0.9ⁿ) > 0.9 (1 − 0.9ⁿ⁺¹⁰).
    first = next(n for n in range(1, 61) if 1 - 0.9**n > 0.9 * (1 - 0.9 ** (n + 10)))
    assert metrics.first_good_stretch(late) == 10 + first


@given(st.lists(st.booleans(), max_size=80), st.booleans())
def test_one_more_picture_never_changes_when_it_was_reached(right: list[bool], more: bool) -> None:
    reached = metrics.first_good_stretch(right)
    if reached is not None:
        assert metrics.first_good_stretch([*right, more]) == reached
        assert right[reached - 1]
