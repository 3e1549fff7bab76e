"""Try a hundred speeds: the rate test on a run's own book, and what it says in words.

Every sentence is chosen and filled from the test's figures; there is one for each way in which it can end.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import floor, log10

from picturebook_tui.book.book import Book
from picturebook_tui.book.counting import MAX_SEED
from picturebook_tui.game.making import make_book
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.rate_test import HIGHEST, LOWEST, RATES, RateTest, RateTried, rate_test
from picturebook_tui.learner.sliced import mapped
from picturebook_tui.settings import RunSettings

NEAR = 2.0
"""Times the highest rate at which the loss fell fastest, or part of the lowest, within which a run's own is "about
there": a few tests don't find the ends of where it may fall fastest."""

TESTS = 5
"""Where one seed runs away says little of the next: of eight on 40 pictures of Cats & Dogs, three did at 1.2 to 4.5 and
five nowhere. Five tests take the MLP a tenth of a second, the CNN half a second."""


@dataclass(frozen=True, slots=True)
class Speeds:
    """The tests, and the run that they were made for."""

    tests: tuple[RateTest, ...]
    """The first with the run's own seed, the others with the seeds after it."""
    own: float
    """The run's learning rate."""
    title: str
    """Of the book."""
    made_of: str
    """What was trained: "MLP · momentum · batch 10"."""

    @property
    def first(self) -> RateTest:
        """The one with the run's own seed."""
        return self.tests[0]


def try_speeds(settings: RunSettings, book: Book | None) -> Generator[RateTried, None, Speeds]:
    """Give a new learner one update at each rate, and then others, one after another; each rate is yielded as soon as
    it was tried.

    Parameters
    ----------
    settings
        A run's: which learner and optimizer, the batch size, the seed.
    book
        The run's; None: made from the settings.

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
    tests = []
    for number in range(TESTS):
        trying = rate_test(
            book.training.pixels,
            book.training.targets,
            labels=len(book.labels),
            kind=settings.learner,
            optimizer=settings.optimizer,
            hidden=settings.hidden,
            batch_size=settings.batch_size,
            # Other first weights, and another order of the same pages.
            seed=(settings.seed + number) % (MAX_SEED + 1),
        )
        tests.append((yield from mapped(trying, partial(replace, test=number))))
    kind = settings.learner if settings.learner == "softmax" else settings.learner.upper()
    return Speeds(
        tuple(tests), own.learning_rate, book.title, f"{kind} · {own.optimizer_name} · batch {settings.batch_size}"
    )


def rate_told(rate: float) -> str:
    """A rate as people write it, two digits of it: "0.00012", "0.08", "2.1", "1,000"."""
    if not rate > 0:
        return f"{rate:g}"
    digits = max(0, 1 - floor(log10(rate)))
    told = f"{rate:,.{digits}f}"
    return told.rstrip("0").rstrip(".") if "." in told else told


def about() -> str:
    """What the tests do."""
    return (
        f"A new model makes one update at each of {RATES} learning rates, {rate_told(LOWEST)} to {rate_told(HIGHEST)}. "
        f"Then {TESTS - 1} others do, in faint dashes. The loss is that of the latest pages."
    )


def place_of(rate: float) -> float | None:
    """Where a rate lies among those tried: its position from 0, between two of them too; None outside."""
    if not LOWEST <= rate <= HIGHEST:
        return None
    return (RATES - 1) * (log10(rate) - log10(LOWEST)) / (log10(HIGHEST) - log10(LOWEST))


def found(speeds: Speeds) -> tuple[str, ...]:
    """What came out, and where the run's own rate lies in it."""
    return (_steepest(speeds.tests), _diverged(speeds.tests), _own(speeds))


def _steepest(tests: Sequence[RateTest]) -> str:
    rates = suggestions(tests)
    if not rates:
        return "The loss fell nowhere for good, so no rate stands out: a longer book might tell more."
    # What is fastest with one seed may be too high with another.
    advice = "a good place to start" if len({rate_told(rate) for rate in rates}) == 1 else "start near the lower end"
    nowhere = len(tests) - len(rates)
    more = f" In {nowhere} of {len(tests)} tests it fell nowhere for good." if nowhere else ""
    return f"The loss falls fastest {_between(rates)}: {advice}.{more}"


def _diverged(tests: Sequence[RateTest]) -> str:
    rates = sorted(test.learning_rates[test.diverged] for test in tests if test.diverged is not None)
    highest = rate_told(max(test.learning_rates[-1] for test in tests))
    if not rates:
        return f"In {len(tests)} tests it never ran away, not even at {highest}."
    if len(rates) == len(tests):
        return f"It ran away {_between(rates)}: its updates jump past the goal."
    some = f"{len(rates)} of {len(tests)} tests"
    rest = "other" if len(tests) - len(rates) == 1 else "others"
    return f"It ran away (updates jump past the goal) {_between(rates)} in {some}, in the {rest} not even at {highest}."


def suggestions(tests: Sequence[RateTest]) -> list[float]:
    """The rates at which the loss fell fastest, rising, of those tests in which it fell."""
    return sorted(test.suggestion for test in tests if test.suggestion is not None)


def _between(rates: Sequence[float]) -> str:
    low, high = rate_told(rates[0]), rate_told(rates[-1])
    return f"at {low}" if low == high else f"at {low} to {high}"


def _own(speeds: Speeds) -> str:
    own, tests = speeds.own, speeds.tests
    told = f"This run's rate is {rate_told(own)}"
    ended = sum(test.diverged is not None and own >= test.learning_rates[test.diverged] for test in tests)
    if ended:
        which = "the tests" if ended == len(tests) else f"{ended} of {len(tests)} tests"
        return f"{told}: so high that {which} had ended."
    rates = suggestions(tests)
    if not rates:
        return f"{told}."
    low, high = rates[0], rates[-1]
    if low / NEAR <= own <= NEAR * high:
        return f"{told}: about there."
    higher = own > high
    far = own / high if higher else low / own
    times_told = f"{far:.2g}" if far < 10 else f"{float(f'{far:.2g}'):,.0f}"
    return f"{told}: {times_told} times {'higher' if higher else 'lower'}."
