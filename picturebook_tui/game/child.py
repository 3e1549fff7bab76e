"""A simulated child: answers at a given accuracy. For ``watch``, tests and demos; never counted as a person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from picturebook_tui.errors import PictureBookError

CHILD_TAG = 0xC41D
"""Keeps the child's dice apart from those of the book and the learner under the same seed."""


@dataclass(frozen=True, slots=True)
class SimulatedChild:
    """Right with probability ``accuracy``; otherwise one of the wrong labels, all alike.

    The answer to a card depends only on the seed, the page and the card, so a demo that is left and taken up again
    goes on as it would have.
    """

    accuracy: float
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0.0 <= self.accuracy <= 1.0:
            raise PictureBookError("A child's accuracy is a share between 0 and 1; give for instance 0.9.")

    def answer(self, truth: int, labels: int, *, page: int, card: int) -> int:
        """The label this child gives.

        Parameters
        ----------
        truth, labels
            Index of the right label, and how many there are.
        page
            A number that differs from page to page (unseen ones may be counted from the other end, below zero).
        card
            Position on the page.
        """
        rng = np.random.default_rng([CHILD_TAG, self.seed, page & 0xFFFFFFFF, card])
        if labels < 2 or rng.random() < self.accuracy:
            return truth
        wrong = int(rng.integers(labels - 1))
        return wrong + (wrong >= truth)

    def response_ms(self, *, page: int, card: int) -> int:
        """Milliseconds this child takes: log-normal, about 0.7 s, as quick two-way choices are."""
        rng = np.random.default_rng([CHILD_TAG + 1, self.seed, page & 0xFFFFFFFF, card])
        return int(np.exp(rng.normal(np.log(700), 0.35)))
