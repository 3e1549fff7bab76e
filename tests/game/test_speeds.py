"""Trying a hundred speeds: a sentence for every way in which the test can end, and each true to its figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.making import make_book
from picturebook_tui.game.speeds import TESTS, Speeds, found, place_of, rate_told, try_speeds
from picturebook_tui.learner.rate_test import HIGHEST, LOWEST, RATES, RateTest
from picturebook_tui.settings import RunSettings
from tests.sliced import done

GRID = tuple(LOWEST * (HIGHEST / LOWEST) ** (number / (RATES - 1)) for number in range(RATES))


def ended(steepest: int | None = None, diverged: int | None = None) -> RateTest:
    tried = RATES if diverged is None else diverged + 1
    flat = (0.7,) * tried
    return RateTest(GRID[:tried], flat, flat, steepest, diverged)


def speeds(own: float, *, steepest: int | None = None, diverged: int | None = None) -> Speeds:
    """All five tests came out alike."""
    return Speeds((ended(steepest, diverged),) * TESTS, own, "Cats & Dogs", "MLP")


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (1e-5, "0.00001"),
        (0.00012, "0.00012"),
        (0.0756, "0.076"),
        (0.1, "0.1"),
        (0.99, "0.99"),
        (2.149, "2.1"),
        (12.3, "12"),
        (30.0, "30"),
        (1000.0, "1,000"),
    ],
)
def test_rates_are_told_as_people_write_them(rate: float, said: str) -> None:
    assert rate_told(rate) == said


def test_tests_that_fall_and_run_away_at_one_rate_say_where() -> None:
    at = round(place_of(0.1) or 0)
    assert found(speeds(0.1, steepest=at, diverged=at + 20)) == (
        f"The loss falls fastest at {rate_told(GRID[at])}: a good place to start.",
        f"It ran away at {rate_told(GRID[at + 20])}: its updates jump past the goal.",
        "This run's rate is 0.1: about there.",
    )


def test_where_the_tests_differ_their_spread_is_told() -> None:
    low, high = (round(place_of(rate) or 0) for rate in (0.01, 0.3))
    tests = (ended(high, high + 20), ended(low), ended(high - 1, high + 10), ended(low + 1), ended())
    said = found(Speeds(tests, 0.05, "Cats & Dogs", "MLP"))
    assert said[0] == (
        f"The loss falls fastest at {rate_told(GRID[low])} to {rate_told(GRID[high])}: start near the lower end. "
        "In 1 of 5 tests it fell nowhere for good."
    )
    assert said[1] == (
        f"It ran away (updates jump past the goal) at {rate_told(GRID[high + 10])} to {rate_told(GRID[high + 20])} "
        "in 2 of 5 tests, in the others not even at 1,000."
    )
    assert found(Speeds((*tests[:1] * 4, tests[1]), 0.05, "", ""))[1].endswith(
        "in 4 of 5 tests, in the other not even at 1,000."
    )
    assert said[2] == "This run's rate is 0.05: about there."
    assert found(Speeds(tests[1:2] * 5, 10 * GRID[low], "", ""))[2].endswith(": 10 times higher.")
    assert found(Speeds(tests, GRID[low] / 10, "", ""))[2].endswith(": 10 times lower.")
    assert found(Speeds(tests, GRID[high + 15], "", ""))[2].endswith(": so high that 1 of 5 tests had ended.")


def test_where_nothing_fell_nothing_is_recommended() -> None:
    said = found(speeds(0.1))
    assert "fell nowhere" in said[0]
    assert "to start" not in " ".join(said)
    assert said[1] == "In 5 tests it never ran away, not even at 1,000."
    assert said[2] == "This run's rate is 0.1."


@pytest.mark.parametrize(
    ("factor", "said"),
    [(1.9, "about there"), (0.53, "about there"), (5.0, "5 times higher"), (1 / 300, "300 times lower")],
)
def test_a_runs_own_rate_is_compared_with_the_suggested_one(factor: float, said: str) -> None:
    tests = speeds(1.0, steepest=40).tests
    assert tests[0].suggestion is not None
    assert said in found(Speeds(tests, factor * tests[0].suggestion, "", ""))[2]


def test_a_rate_beyond_the_tests_end_is_said_to_be_so() -> None:
    at = round(place_of(1.0) or 0)
    assert "so high that the tests had ended" in found(speeds(30.0, steepest=at - 10, diverged=at))[2]
    assert "so high" not in found(speeds(0.01, steepest=at - 10, diverged=at))[2]


def test_a_rate_has_a_place_among_those_tried_or_none() -> None:
    assert place_of(LOWEST) == 0
    assert place_of(HIGHEST) == pytest.approx(RATES - 1)
    assert place_of(0.1) == pytest.approx(49.5)
    assert place_of(1e-6) is place_of(1e4) is None


def test_it_is_the_runs_own_book_learner_and_batch_that_are_tried() -> None:
    small = RunSettings(pictures=20, unseen=0, batch_size=4, learner="softmax", seed=3)
    told, result = done(try_speeds(small, None))
    assert result.made_of == "softmax · momentum · batch 4"
    assert result.own == 0.1
    assert result.title == "Cats & Dogs"
    assert len(result.tests) == TESTS
    for number, test in enumerate(result.tests):
        assert tuple(one.smoothed for one in told if one.test == number) == test.smoothed
    # Each with other first weights and pages in another order; the first with the run's own, the next with the next's.
    assert len({test.losses for test in result.tests}) == TESTS
    assert done(try_speeds(replace(small, seed=4), make_book(small)))[1].first == result.tests[1]
    assert done(try_speeds(RunSettings(pictures=20, unseen=0, learning_rate=3.0, seed=3), None))[1].own == 3.0
    with pytest.raises(PictureBookError):
        done(try_speeds(RunSettings(book="no-such-book"), None))
