"""What the model says of a page, frozen, and how wrong it is."""

from __future__ import annotations

from math import isfinite, log

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.book import Targets
from picturebook_tui.game.events import Guess

SMALLEST_PROBABILITY = 1e-7
"""Probabilities are float32; the smallest that still has a logarithm worth showing (loss 16 nats)."""


def as_guesses(probabilities: NDArray[np.float32]) -> tuple[Guess, ...]:
    """float32 (cards, labels) to frozen guesses; ties go to the first label, as argmax does."""
    return tuple(Guess(int(row.argmax()), float(row.max()), tuple(float(p) for p in row)) for row in probabilities)


def cross_entropy(guesses: tuple[Guess, ...], targets: Targets) -> float:
    """Mean −log p(truth), nats, of guesses already made."""
    losses = [
        -log(max(guess.probabilities[int(target)], SMALLEST_PROBABILITY))
        for guess, target in zip(guesses, targets, strict=True)
    ]
    mean = sum(losses) / len(losses)
    assert isfinite(mean)
    return mean
