"""Try a hundred speeds: the rate test on a run's own book, and what it says in words.

Every sentence is chosen and filled from the test's figures; there is one for each way in which it can end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import floor, log10

from picturebook_tui.book.book import Book
from picturebook_tui.game.making import make_book
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.rate_test import HIGHEST, LOWEST, RATES, RateTest, RateTried, rate_test
from picturebook_tui.settings import RunSettings

NEAR = 2.0
"""Times the suggested rate, or its part, within which a run's own is "about there": the test itself, on another seed,
moves its steepest point about as far."""


@dataclass(frozen=True, slots=True)
class Speeds:
    """The test, and the run that it was made for."""

    test: RateTest
    own: float
    """The run's learning rate."""
    title: str
    """Of the book."""
    made_of: str
    """What was trained: "MLP · momentum · batch 10"."""


def try_speeds(settings: RunSettings, book: Book | None, tell: Callable[[RateTried], None]) -> Speeds:
    """Give a new learner one update at each rate.

    Parameters
    ----------
    settings
        A run's: which learner and optimizer, the batch size, the seed.
    book
        The run's; None: made from the settings.
    tell
        Hears of each rate as it was tried; what it raises ends the test.

    Raises
    ------
    PictureBookError
        Where the settings don't make a run.
    """
    book = make_book(settings) if book is None else book
    # Knows its defaults; it is not trained.
    own = Learner(
        settings.learner, labels=book.labels, learning_rate=settings.learning_rate, optimizer=settings.optimizer,
        hidden=settings.hidden, seed=settings.seed,
    )  # fmt: skip
    test = rate_test(
        book.training.pixels,
        book.training.targets,
        labels=len(book.labels),
        kind=settings.learner,
        optimizer=settings.optimizer,
        hidden=settings.hidden,
        batch_size=settings.batch_size,
        seed=settings.seed,
        on_rate=tell,
    )
    kind = settings.learner if settings.learner == "softmax" else settings.learner.upper()
    return Speeds(test, own.learning_rate, book.title, f"{kind} · {own.optimizer_name} · batch {settings.batch_size}")


def rate_told(rate: float) -> str:
    """A rate as people write it, two digits of it: "0.00012", "0.08", "2.1", "1,000"."""
    if not rate > 0:
        return f"{rate:g}"
    digits = max(0, 1 - floor(log10(rate)))
    told = f"{rate:,.{digits}f}"
    return told.rstrip("0").rstrip(".") if "." in told else told


def about() -> str:
    """What the test does."""
    return (
        f"A new model makes one update at each of {RATES} learning rates, {rate_told(LOWEST)} to "
        f"{rate_told(HIGHEST)}, each a fifth higher. Drawn is its loss on the latest pages."
    )


def place_of(rate: float) -> float | None:
    """Where a rate lies among those tried: its position from 0, between two of them too; None outside."""
    if not LOWEST <= rate <= HIGHEST:
        return None
    return (RATES - 1) * (log10(rate) - log10(LOWEST)) / (log10(HIGHEST) - log10(LOWEST))


def found(speeds: Speeds) -> tuple[str, ...]:
    """What came out, and where the run's own rate lies in it."""
    return (_steepest(speeds.test), _diverged(speeds.test), _own(speeds))


def _steepest(test: RateTest) -> str:
    if test.suggestion is None:
        return "The loss fell nowhere for good, so no rate stands out: a longer book might tell more."
    return f"At {rate_told(test.suggestion)} the loss falls fastest: a good place to start."


def _diverged(test: RateTest) -> str:
    if test.diverged is None:
        return f"It never ran away, not even at {rate_told(test.learning_rates[-1])}. With another seed it may."
    # One run's place: the next seed's can be far from it, or beyond the last rate.
    rate = rate_told(test.learning_rates[test.diverged])
    return f"At {rate} it has run away: its updates jump past the goal. Another seed: elsewhere, or never."


def _own(speeds: Speeds) -> str:
    own, test = speeds.own, speeds.test
    told = f"This run's rate is {rate_told(own)}"
    if test.diverged is not None and own >= test.learning_rates[test.diverged]:
        return f"{told}: so high that the test had ended."
    if test.suggestion is None:
        return f"{told}."
    ratio = own / test.suggestion
    if 1 / NEAR <= ratio <= NEAR:
        return f"{told}: about there."
    far = ratio if ratio > 1 else 1 / ratio
    times_told = f"{far:.2g}" if far < 10 else f"{float(f'{far:.2g}'):,.0f}"
    return f"{told}: {times_told} times {'higher' if ratio > 1 else 'lower'}."
