"""Child and model side by side: every figure of the board, computed from the pages turned so far.

Definitions: ``learner/learning.md``; formulas where they are computed, in ``learner/metrics.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from picturebook_tui.book.book import Book, Picture
from picturebook_tui.game.events import EpochResult, Guess, StepResult
from picturebook_tui.game.run import Run
from picturebook_tui.learner import metrics

KAPPA_TAG = 0xB007
"""Keeps the dice of κ's interval apart from all others under the same seed."""

GOOD_STRETCH = 0.9
"""The faded accuracy, in effect over the last ten pictures, that makes a good stretch when it is passed."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Right answers out of answers given."""

    right: int
    answered: int

    @property
    def accuracy(self) -> float | None:
        """Share right, 0 to 1; None before the first answer."""
        return self.right / self.answered if self.answered else None


@dataclass(frozen=True, slots=True)
class Player:
    """One side of the board."""

    book: Tally
    """Every page of the book turned so far, all epochs."""
    epoch: Tally
    """Pages of the book turned in the current epoch."""
    unseen: Tally
    """The latest epoch's unseen pages."""
    first_good_stretch: int | None
    """Pictures read when the faded accuracy first passed ``GOOD_STRETCH``; None: not yet. No proof of being that good:
    a steady 80% player has such a stretch in 96% of runs of 120 pictures."""
    sensitivity: float | None
    """d′ for books of two labels (the first label is the signal); None otherwise or before both were seen."""
    bias: float | None
    """The criterion c that goes with it; above 0: leans to the second label."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How alike the two players' mistakes are, in the latest epoch read.

    Never over several: both learn from epoch to epoch, and two players who know nothing of each other then seem to
    agree (κ = +0.12 on average), because both are wrong early and right late.
    """

    epoch: int
    """From 0."""
    pictures: int
    """How many different ones: what was shown with the same pixels twice counts once, as it was first called."""
    observed: float
    """Share of pictures on which both are right or both are wrong."""
    expected: float
    """What two independent players of these accuracies would show."""
    kappa: float | None
    """Error consistency; None below ``KAPPA_PICTURES`` pictures or where expected is 1."""
    low: float | None
    high: float | None
    """95% interval, see ``metrics.kappa_interval``."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A picture and what each player called it the last time it came."""

    picture: Picture
    pixels_index: int
    unseen: bool
    child: int
    model: Guess


@dataclass(frozen=True, slots=True)
class Scoreboard:
    """A frozen look at a run; made anew whenever a page is turned."""

    child: Player
    model: Player
    epochs: tuple[EpochResult, ...]
    agreement: Agreement | None
    only_child_missed: tuple[Missed, ...]
    only_model_missed: tuple[Missed, ...]
    both_missed: tuple[Missed, ...]

    @classmethod
    def of(cls, run: Run) -> Scoreboard:
        """Compute the board of a run as it stands; hidden guesses have no part in it."""
        pages = run.turned
        unseen = _latest_epoch(run.unseen_turned)
        current = [result for result in pages if result.page.epoch == run.epoch]
        child_only, model_only, both = _missed(run.book, _latest_epoch(pages), unseen)
        return cls(
            child=_player(pages, current, unseen, len(run.book.labels), _child_labels),
            model=_player(pages, current, unseen, len(run.book.labels), _model_labels),
            epochs=tuple(run.epochs),
            agreement=_agreement(run.book, _latest_epoch(pages), run.settings.seed),
            only_child_missed=child_only,
            only_model_missed=model_only,
            both_missed=both,
        )


def _child_labels(result: StepResult) -> tuple[int, ...]:
    return result.child


def _model_labels(result: StepResult) -> tuple[int, ...]:
    return tuple(guess.label for guess in result.model)


Said = Callable[[StepResult], tuple[int, ...]]
"""What one of the two players called the pictures of a page."""


def _player(
    pages: list[StepResult], current: list[StepResult], unseen: list[StepResult], labels: int, said: Said
) -> Player:
    rights = [a == b for result in pages for a, b in zip(said(result), result.truth, strict=True)]
    sensitivity = bias = None
    if labels == 2 and pages:
        truth = np.array([label for result in pages for label in result.truth])
        given = np.array([label for result in pages for label in said(result)])
        signals, noises = int((truth == 0).sum()), int((truth == 1).sum())
        if signals and noises:
            hits, false_alarms = int((given[truth == 0] == 0).sum()), int((given[truth == 1] == 0).sum())
            sensitivity = metrics.d_prime(hits, signals, false_alarms, noises)
            bias = metrics.criterion(hits, signals, false_alarms, noises)
    return Player(
        book=_tally(pages, said),
        epoch=_tally(current, said),
        unseen=_tally(unseen, said),
        first_good_stretch=metrics.first_good_stretch(rights, GOOD_STRETCH),
        sensitivity=sensitivity,
        bias=bias,
    )


def _tally(results: list[StepResult], said: Said) -> Tally:
    right = sum(a == b for result in results for a, b in zip(said(result), result.truth, strict=True))
    return Tally(right, sum(len(result.truth) for result in results))


def _latest_epoch(results: list[StepResult]) -> list[StepResult]:
    return [result for result in results if result.page.epoch == results[-1].page.epoch] if results else []


def _agreement(book: Book, pages: list[StepResult], seed: int) -> Agreement | None:
    """Of the pages of one epoch."""
    if not pages:
        return None
    rights: dict[bytes, tuple[bool, bool]] = {}
    for result in pages:
        for index, truth, child, guess in zip(
            result.page.indices, result.truth, result.child, result.model, strict=True
        ):
            shown = book.training.pixels[index].tobytes()
            rights.setdefault(shown, (child == truth, guess.label == truth))
    child_right, model_right = np.array(list(rights.values())).T
    interval = None
    if len(rights) >= metrics.KAPPA_PICTURES:
        rng = np.random.default_rng([KAPPA_TAG, seed])
        interval = metrics.kappa_interval(child_right, model_right, rng)
    return Agreement(
        epoch=pages[-1].page.epoch,
        pictures=len(rights),
        observed=metrics.observed_consistency(child_right, model_right),
        expected=metrics.expected_consistency(float(child_right.mean()), float(model_right.mean())),
        kappa=None if interval is None else metrics.kappa(child_right, model_right),
        low=None if interval is None else interval[0],
        high=None if interval is None else interval[1],
    )


def _missed(
    book: Book, pages: list[StepResult], unseen: list[StepResult]
) -> tuple[tuple[Missed, ...], tuple[Missed, ...], tuple[Missed, ...]]:
    """Of the latest epoch and its unseen pages: missed by the child alone, the model alone, and by both."""
    child_only: list[Missed] = []
    model_only: list[Missed] = []
    both: list[Missed] = []
    for result in (*pages, *unseen):
        pictures = (book.unseen if result.page.unseen else book.training).pictures
        cards = zip(result.page.indices, result.truth, result.child, result.model, strict=True)
        for index, truth, child, guess in cards:
            if child == truth and guess.label == truth:
                continue
            missed = Missed(pictures[index], index, result.page.unseen, child, guess)
            side = both if child != truth and guess.label != truth else child_only if child != truth else model_only
            side.append(missed)
    return tuple(child_only), tuple(model_only), tuple(both)
