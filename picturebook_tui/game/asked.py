"""What a game asks of a learner, each in one piece: so it can be asked where the learner lives, and beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.game.events import Guess
from picturebook_tui.game.guesses import as_guesses

if TYPE_CHECKING:
    from picturebook_tui.learner.learner import Learner
    from picturebook_tui.learner.stages import Observer, Stage


class Teachable(Protocol):
    """As much of a ``Learner`` as a pupil needs; it may live in another process."""

    def predict_proba(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """float32 (n, labels) for uint8 (n, size, size, 3)."""
        ...

    def step(self, pixels: NDArray[np.uint8], targets: NDArray[Any]) -> float:
        """One update; the loss before it, nats."""
        ...


@dataclass(frozen=True, slots=True)
class Lesson:
    """One update, and what it came to."""

    loss: float
    """Mean nats of the page before it."""
    loss_after: float | None
    """After it, on the same page; None where the loss was no number, and no update was made."""
    stages: tuple[Stage, ...] = ()
    """Those of the update, for whoever was not there."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What a learner called a page's pictures before it was taught them."""

    said: tuple[int, ...]
    loss: float
    """Mean nats against what it was taught."""


def guess(learner: Learner, pixels: NDArray[np.uint8]) -> tuple[Guess, ...]:
    """What it takes uint8 (cards, size, size, 3) for."""
    return as_guesses(learner.predict_proba(pixels))


def learn(
    learner: Learner, pixels: NDArray[np.uint8], targets: NDArray[Any], observer: Observer | None = None
) -> Lesson:
    """One update from uint8 (cards, size, size, 3) and int (cards,), and the same page measured after it."""
    return learned(learner, pixels, targets, learner.step(pixels, targets, observer))


def learned(learner: Learner, pixels: NDArray[np.uint8], targets: NDArray[Any], loss: float) -> Lesson:
    """What an update from this page, of this loss before it, came to."""
    stopped = learner.stopped is not None
    return Lesson(float(loss), None if stopped else float(learner.evaluate(pixels, targets).loss))


def learn_seen(learner: Learner, pixels: NDArray[np.uint8], targets: NDArray[Any]) -> Lesson:
    """``learn``, with its stages."""
    stages: list[Stage] = []
    lesson = learn(learner, pixels, targets, stages.append)
    return Lesson(lesson.loss, lesson.loss_after, tuple(stages))


def say_and_learn(learner: Teachable, pixels: NDArray[np.uint8], targets: NDArray[Any]) -> Saying:
    """Its own labels for a page, then one update from others."""
    said = learner.predict_proba(pixels).argmax(axis=1)
    loss = learner.step(pixels, targets)
    return Saying(tuple(int(label) for label in said), float(loss))
