"""A model that lives in another process learns what it would learn here, and survives that process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from picturebook_tui.book.load import load_book
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.events import RunSettings
from picturebook_tui.learner.learner import Learner
from picturebook_tui.serve import learners
from picturebook_tui.serve.learners import LearnerPool

SETTINGS = RunSettings(book="cats-and-dogs", pictures=20, unseen=4, epochs=1, seed=7)
BOOK = load_book("cats-and-dogs", pictures=20, unseen=4, seed=7)
SET = BOOK.training
PAGES = [(SET.pixels[start : start + 5], SET.targets[start : start + 5]) for start in range(0, 20, 5)]


@pytest.fixture
def pool() -> Iterator[LearnerPool]:
    pool = LearnerPool(1)
    yield pool
    pool.close()


def here() -> Learner:
    return Learner(SETTINGS.learner, labels=BOOK.labels, hidden=SETTINGS.hidden, size=BOOK.size, seed=SETTINGS.seed)


def largest_guess(learner: Learner, pixels: np.ndarray) -> float:
    """Asked of a learner where it lives."""
    return float(learner.predict_proba(pixels).max())


def test_it_learns_bit_for_bit_what_it_would_learn_here(pool: LearnerPool) -> None:
    there, mine = pool.learner(SETTINGS, BOOK), here()
    seen: list[str] = []
    for pixels, targets in PAGES[:2]:
        assert there.step(pixels, targets) == mine.step(pixels, targets)
    pixels, targets = PAGES[2]
    assert there.step(pixels, targets, lambda stage: seen.append(stage.name)) == mine.step(pixels, targets)
    assert seen == ["forward", "loss", "backward", "update"]
    assert there.state() == mine.state()
    assert there.evaluate(pixels, targets) == mine.evaluate(pixels, targets)
    assert np.array_equal(there.predict_proba(pixels), mine.predict_proba(pixels))
    assert (there.parameters, there.optimizer_name, there.learning_rate, there.global_step, there.stopped) == (
        mine.parameters,
        mine.optimizer_name,
        mine.learning_rate,
        3,
        None,
    )
    assert there.apply(largest_guess, pixels) == largest_guess(mine, pixels)  # type: ignore[attr-defined]


def test_a_process_that_dies_takes_nothing_along(pool: LearnerPool) -> None:
    there, other, mine = pool.learner(SETTINGS, BOOK), pool.learner(SETTINGS, BOOK), here()
    for pixels, targets in PAGES[:2]:
        there.step(pixels, targets)
        mine.step(pixels, targets)
    (pid,) = pool.pids
    os.kill(pid, signal.SIGKILL)
    pixels, targets = PAGES[2]
    assert there.step(pixels, targets) == mine.step(pixels, targets)
    assert there.state() == mine.state()
    assert other.state() == here().state()
    assert pool.pids != (pid,)


def test_a_run_too_long_to_be_taught_again_says_so(pool: LearnerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learners, "MOST_REMEMBERED", 1000)
    there = pool.learner(SETTINGS, BOOK)
    there.step(*PAGES[0])
    os.kill(pool.pids[0], signal.SIGKILL)
    with pytest.raises(PictureBookError, match="too long to teach it again"):
        there.step(*PAGES[1])


def test_what_cannot_be_done_is_said_in_a_sentence(pool: LearnerPool) -> None:
    with pytest.raises(PictureBookError, match="optimizer"):
        pool.learner(replace(SETTINGS, optimizer="magic"), BOOK)
    there = pool.learner(SETTINGS, BOOK)
    with pytest.raises(PictureBookError):
        there.evaluate(PAGES[0][0][:0], PAGES[0][1][:0])


def test_a_learner_that_nobody_needs_is_forgotten(pool: LearnerPool) -> None:
    (place,) = pool._places
    there = pool.learner(SETTINGS, BOOK)
    there.close()  # type: ignore[attr-defined]
    pool.learner(SETTINGS, BOOK)
    # The second had no other name, so it is gone as well.
    assert place.learners == 0
    assert pool.learner(SETTINGS, BOOK).global_step == 0
