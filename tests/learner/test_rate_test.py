"""The learning-rate range test."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from picturebook_tui.book.load import load_book
from picturebook_tui.book.pages import Plan
from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.rate_test import HIGHEST, LOWEST, RateTest, _steepest, rate_test
from picturebook_tui.learner.sliced import ended
from tests.learner.pictures import make_pictures
from tests.sliced import done


def tried(kind: str = "mlp", **settings: Any) -> RateTest:
    pixels, targets = make_pictures(60)
    return ended(rate_test(pixels, targets, labels=2, kind=kind, seed=3, **settings))


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("kind", ["softmax", "mlp"])
def test_on_a_book_every_learner_gets_better_and_then_runs_away(kind: str, optimizer: str) -> None:
    book = load_book("cats-and-dogs", pictures=100, unseen=0, seed=1)
    training = book.training
    result = ended(rate_test(training.pixels, training.targets, labels=2, kind=kind, optimizer=optimizer, seed=1))
    assert result.diverged == len(result.losses) - 1
    assert result.steepest is not None
    assert result.steepest <= int(np.argmin(result.smoothed)) < result.diverged
    assert LOWEST < result.learning_rates[result.steepest] < result.learning_rates[result.diverged] < HIGHEST


@pytest.mark.parametrize("kind", ["softmax", "mlp", "cnn"])
def test_whatever_the_rate_everything_told_is_finite(kind: str) -> None:
    # Warnings are errors here, NumPy's among them.
    result = tried(kind, highest=1e30)
    assert np.isfinite(result.losses).all()
    assert np.isfinite(result.smoothed).all()
    assert len(result.losses) == len(result.smoothed) == len(result.learning_rates)


def test_the_suggested_rate_teaches_a_book() -> None:
    book = load_book("cats-and-dogs", pictures=100, unseen=0, seed=2)
    result = ended(rate_test(book.training.pixels, book.training.targets, labels=2, seed=2))
    assert result.suggestion is not None
    learner = Learner("mlp", learning_rate=result.suggestion, seed=2)
    history = learner.fit(book, epochs=8)
    assert history.stopped is None
    assert history.history["accuracy"][-1] > 0.8


def test_rates_rise_by_the_same_factor_and_the_first_loss_is_the_new_learner_s() -> None:
    result = tried(rates=20, lowest=1e-4, highest=1e-2)
    assert result.diverged is None
    assert len(result.learning_rates) == 20
    ratios = np.diff(np.log(result.learning_rates))
    np.testing.assert_allclose(ratios, ratios[0])
    pixels, targets = make_pictures(60)
    chosen = np.array(Plan(60, 10, 1, 3).batch(0).indices)
    first = Learner("mlp", labels=("0", "1"), seed=3).evaluate(pixels[chosen], targets[chosen])
    assert result.losses[0] == pytest.approx(first.loss)


def test_nothing_is_suggested_where_nothing_was_learned() -> None:
    result = tried(rates=5)
    assert result.steepest is None
    assert result.suggestion is None


def test_the_same_seed_gives_the_same_test() -> None:
    assert tried() == tried()


def test_rates_that_can_t_be_meant_are_refused() -> None:
    with pytest.raises(PictureBookError, match="swap"):
        tried(lowest=1.0, highest=0.1)
    with pytest.raises(PictureBookError, match="number of rates"):
        tried(rates=1)


def test_every_rate_is_told_as_it_is_tried_and_the_test_can_be_left() -> None:
    pixels, targets = make_pictures(60)
    told, result = done(rate_test(pixels, targets, labels=2, seed=3))
    assert tuple(one.learning_rate for one in told) == result.learning_rates
    assert tuple(one.loss for one in told) == result.losses
    assert tuple(one.smoothed for one in told) == result.smoothed
    trying = rate_test(pixels, targets, labels=2, seed=3)
    assert [next(trying) for _ in range(3)] == told[:3]
    trying.close()
    assert list(trying) == []


def test_a_dent_that_fills_again_is_not_where_the_loss_falls() -> None:
    flat = [0.7] * 40
    flat[15:21] = [0.6, 0.45, 0.35, 0.31, 0.45, 0.6]
    fall = [0.68, 0.65, 0.61, 0.56, 0.5, 0.44, 0.39, 0.35, 0.32, 0.3]
    found = _steepest([*flat, *fall, 0.9, 3.0])
    assert found is not None
    assert 40 <= found < 50
