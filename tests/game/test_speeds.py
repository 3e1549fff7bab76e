"""Trying a hundred speeds: a sentence for every way in which the test can end, and each true to its figures."""

from __future__ import annotations

import pytest

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.speeds import Speeds, found, place_of, rate_told, try_speeds
from picturebook_tui.learner.rate_test import HIGHEST, LOWEST, RATES, RateTest, RateTried
from picturebook_tui.settings import RunSettings

GRID = tuple(LOWEST * (HIGHEST / LOWEST) ** (number / (RATES - 1)) for number in range(RATES))


def speeds(own: float, *, steepest: int | None = None, diverged: int | None = None) -> Speeds:
    tried = RATES if diverged is None else diverged + 1
    flat = (0.7,) * tried
    return Speeds(RateTest(GRID[:tried], flat, flat, steepest, diverged), own, "Cats & Dogs", "MLP")


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


def test_a_test_that_falls_and_runs_away_says_where() -> None:
    at = round(place_of(0.1) or 0)
    said = found(speeds(0.1, steepest=at, diverged=at + 20))
    assert said[0] == f"At {rate_told(GRID[at])} the loss falls fastest: a good place to start."
    ran_away = f"At {rate_told(GRID[at + 20])} it has run away: its updates jump past the goal."
    assert said[1] == f"{ran_away} Another seed: elsewhere, or never."
    assert said[2] == "This run's rate is 0.1: about there."


def test_where_nothing_fell_nothing_is_recommended() -> None:
    said = found(speeds(0.1))
    assert "fell nowhere" in said[0]
    assert "place to start" not in " ".join(said)
    assert said[1] == "It never ran away, not even at 1,000. With another seed it may."
    assert said[2] == "This run's rate is 0.1."


@pytest.mark.parametrize(
    ("factor", "said"),
    [(1.9, "about there"), (0.53, "about there"), (5.0, "5 times higher"), (1 / 300, "300 times lower")],
)
def test_a_runs_own_rate_is_compared_with_the_suggested_one(factor: float, said: str) -> None:
    test = speeds(1.0, steepest=40).test
    assert test.suggestion is not None
    assert said in found(Speeds(test, factor * test.suggestion, "", ""))[2]


def test_a_rate_beyond_the_tests_end_is_said_to_be_so() -> None:
    at = round(place_of(1.0) or 0)
    assert "so high that the test had ended" in found(speeds(30.0, steepest=at - 10, diverged=at))[2]
    assert "so high" not in found(speeds(0.01, steepest=at - 10, diverged=at))[2]


def test_a_rate_has_a_place_among_those_tried_or_none() -> None:
    assert place_of(LOWEST) == 0
    assert place_of(HIGHEST) == pytest.approx(RATES - 1)
    assert place_of(0.1) == pytest.approx(49.5)
    assert place_of(1e-6) is place_of(1e4) is None


def test_it_is_the_runs_own_book_learner_and_batch_that_are_tried() -> None:
    told: list[RateTried] = []
    small = RunSettings(pictures=20, unseen=0, batch_size=4, learner="softmax", seed=3)
    result = try_speeds(small, None, told.append)
    assert result.made_of == "softmax · momentum · batch 4"
    assert result.own == 0.1
    assert result.title == "Cats & Dogs"
    assert tuple(one.smoothed for one in told) == result.test.smoothed
    assert try_speeds(RunSettings(pictures=20, unseen=0, learning_rate=3.0, seed=3), None, told.append).own == 3.0
    with pytest.raises(PictureBookError):
        try_speeds(RunSettings(book="no-such-book"), None, told.append)
