"""Rates that are too high: training stops, says by how much, and nothing is ever NaN."""

from __future__ import annotations

import re

import numpy as np
import pytest

from picturebook_tui.book.load import load_book
from picturebook_tui.learner.history import EpochEnded, FitEvent, StepEnded, Stopped
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.networks import KINDS
from picturebook_tui.learner.optimizers import OPTIMIZERS
from picturebook_tui.learner.stability import LARGEST_NORM, MOST_HALVINGS, stopped_sentence
from tests.learner.pictures import make_pictures, noise


@pytest.mark.parametrize("rate", [3.0, 100.0, 1e3, 1e4, 1e12, 1e38, 1e300])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_the_rate_everything_shown_is_finite(kind: str, optimizer: str, rate: float) -> None:
    # Warnings are errors here, NumPy's among them.
    pixels, targets = noise(30)
    learner = Learner(kind, labels=("cat", "dog"), optimizer=optimizer, learning_rate=rate, seed=1)
    for start in (0, 10, 20, 0, 10, 20):
        loss = learner.step(pixels[start : start + 10], targets[start : start + 10])
        assert np.isfinite(loss)
        probabilities = learner.predict_proba(pixels)
        assert np.isfinite(probabilities).all()
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
        assert np.isfinite(learner.evaluate(pixels, targets).loss)
    state = learner.state()
    for saved in (state.parameters, *state.memory):
        values = np.frombuffer(saved, "<f4")
        assert np.isfinite(values).all()
    assert np.linalg.norm(np.frombuffer(state.parameters, "<f4")) <= LARGEST_NORM * 1.001
    if rate >= 1e4:
        assert learner.stopped is not None


@pytest.mark.parametrize("kind", KINDS)
def test_a_stopped_learner_keeps_its_last_good_weights_and_makes_no_update(kind: str) -> None:
    pixels, targets = noise(30)
    learner = Learner(kind, labels=("cat", "dog"), size=16, learning_rate=1e9)
    start = learner.state()
    learner.step(pixels, targets)
    assert learner.stopped is not None
    assert learner.global_step == 0
    assert learner.state().parameters == start.parameters
    stopped = learner.state()
    learner.step(pixels, targets)
    assert learner.state() == stopped


def test_a_stopped_learner_is_still_stopped_when_taken_up_again() -> None:
    pixels, targets = noise(10)
    learner = Learner(labels=("cat", "dog"), learning_rate=1e9)
    learner.step(pixels, targets)
    other = Learner()
    other.restore(learner.state())
    assert other.stopped == learner.stopped
    other.step(pixels, targets)
    assert other.state() == learner.state()


def factor(sentence: str | None) -> float:
    assert sentence is not None
    found = re.fullmatch(
        r"The steps were too big: the learning rate is about ([\d,]+)( [mb]illion)? times too high to settle\.",
        sentence,
    )
    assert found is not None, sentence
    return float(found[1].replace(",", "")) * {None: 1, " million": 1e6, " billion": 1e9}[found[2]]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", KINDS)
def test_divided_by_what_it_says_the_rate_settles(kind: str, optimizer: str) -> None:
    book = load_book("cats-and-dogs", pictures=60, unseen=0, seed=2)
    rate = 3e4
    learner = Learner(kind, optimizer=optimizer, learning_rate=rate, seed=2)
    learner.fit(book, epochs=3)
    times = factor(learner.stopped)
    assert times >= 1000
    settled = Learner(kind, optimizer=optimizer, learning_rate=rate / times, seed=2)
    before = Learner(kind, labels=book.labels, seed=2).evaluate(book.training.pixels, book.training.targets)
    settled.fit(book, epochs=10)
    assert settled.stopped is None
    after = settled.evaluate(book.training.pixels, book.training.targets)
    assert after.loss < before.loss
    if kind != "cnn":
        # The CNN may settle on saying the same of every picture: "about" is meant.
        assert after.accuracy > 0.8


def test_ten_times_the_rate_is_about_ten_times_too_high() -> None:
    pixels, targets = make_pictures(10)
    factors = []
    for rate in (1e5, 1e6, 1e7):
        learner = Learner("mlp", labels=("cat", "dog"), learning_rate=rate, seed=1)
        learner.step(pixels, targets)
        factors.append(factor(learner.stopped))
    assert 5 <= factors[1] / factors[0] <= 20
    assert 5 <= factors[2] / factors[1] <= 20


def test_fit_stops_and_says_so_once() -> None:
    events: list[FitEvent] = []
    learner = Learner("mlp", learning_rate=1e6, seed=1)
    history = learner.fit(
        make_pictures(40), epochs=5, validation_data=make_pictures(10, seed=4), on_event=events.append
    )
    assert history.stopped == learner.stopped
    assert [type(event) for event in events[-3:]] == [StepEnded, Stopped, EpochEnded]
    assert [event.sentence for event in events if isinstance(event, Stopped)] == [learner.stopped]
    assert history.epoch == [0]
    assert all(np.isfinite(values).all() for values in history.history.values())
    assert set(history.history) == {"accuracy", "loss", "val_accuracy", "val_loss"}
    ended = events[-1]
    assert isinstance(ended, EpochEnded)
    assert (ended.steps, ended.pictures) == (learner.global_step, 10 * (learner.global_step + 1))


def test_a_rate_that_is_only_bold_is_left_alone() -> None:
    learner = Learner("softmax", optimizer="sgd", learning_rate=10.0)
    history = learner.fit(make_pictures(40), epochs=10)
    assert history.stopped is None
    assert max(history.history["loss"]) > 1


def test_a_big_batch_can_be_refused_too() -> None:
    pixels, targets = noise(600)
    learner = Learner("mlp", labels=("cat", "dog"), learning_rate=1e30, size=16)
    start = learner.state().parameters
    assert np.isfinite(learner.step(pixels, targets))
    assert learner.stopped is not None
    assert learner.state().parameters == start


def test_the_weights_are_watched_long_after_the_start() -> None:
    """The bound that spares measuring them must not be mistaken for their length, nor let it pass the limit."""
    pixels, targets = noise(10)
    learner = Learner("softmax", labels=("cat", "dog"), optimizer="adam", learning_rate=1.0)
    for _ in range(400):
        learner.step(pixels, targets)
    assert learner.stopped is None
    assert np.linalg.norm(np.frombuffer(learner.state().parameters, "<f4")) < LARGEST_NORM


def test_the_sentence_rounds_as_people_speak() -> None:
    assert "about 2 times too high" in stopped_sentence(2)
    assert "about 510 times" in stopped_sentence(512)
    assert "about 66,000 times" in stopped_sentence(2**16)
    assert "about 4 million times" in stopped_sentence(2**22)
    assert "about 1 billion times" in stopped_sentence(2**30)
    assert "more than a thousand billion times" in stopped_sentence(2**MOST_HALVINGS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_sorted_by_label_gives_no_other_answer(kind: str) -> None:
    pixels, targets = noise(10)
    factors = []
    for order in (np.arange(10), np.argsort(targets, kind="stable")):
        learner = Learner(kind, labels=("cat", "dog"), learning_rate=1e4, seed=1)
        while learner.stopped is None:
            learner.step(pixels[order], targets[order])
        factors.append(factor(learner.stopped))
    assert factors[0] / 4 <= factors[1] <= factors[0] * 4
