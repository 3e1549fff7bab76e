"""Child and model side by side: every figure of the board, computed from the pages turned so far.

Definitions: ``learning.md``; formulas where they are computed, in ``learner/metrics.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from picturebook_tui.book.book import Book, Picture
from picturebook_tui.game.events import EpochResult, Guess, StepResult
from picturebook_tui.game.run import Run
from picturebook_tui.learner import metrics

KAPPA_FROM = 100
"""Shared pictures below which error consistency says nothing: at 20, a true 0 reads −0.32 … +0.48."""

BOOTSTRAP_TAG = 0xB007
"""Keeps the bootstrap's dice apart from all others under the same seed."""

FLUENT = 0.9
"""The faded accuracy that "pictures to 90%" waits for."""


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
    pictures_to_90: int | None
    """Pictures read when the faded accuracy first passed 0.9; None: not yet."""
    sensitivity: float | None
    """d′ for books of two labels (the first label is the signal); None otherwise or before both were seen."""
    bias: float | None
    """The criterion c that goes with it; above 0: leans to the second label."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How alike the two players' mistakes are on the pictures both have judged."""

    pictures: int
    observed: float
    """Share of pictures on which both are right or both are wrong."""
    expected: float
    """What two independent players of these accuracies would show."""
    kappa: float | None
    """Error consistency; None below ``KAPPA_FROM`` pictures or where expected is 1."""
    low: float | None
    high: float | None
    """95% bootstrap interval over pictures."""


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
            agreement=_agreement(pages, run.settings.seed),
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
        pictures_to_90=metrics.pictures_to(rights, FLUENT),
        sensitivity=sensitivity,
        bias=bias,
    )


def _tally(results: list[StepResult], said: Said) -> Tally:
    right = sum(a == b for result in results for a, b in zip(said(result), result.truth, strict=True))
    return Tally(right, sum(len(result.truth) for result in results))


def _latest_epoch(results: list[StepResult]) -> list[StepResult]:
    return [result for result in results if result.page.epoch == results[-1].page.epoch] if results else []


def _agreement(pages: list[StepResult], seed: int) -> Agreement | None:
    if not pages:
        return None
    truth = np.concatenate([np.array(result.truth) for result in pages])
    child = np.concatenate([np.array(_child_labels(result)) for result in pages]) == truth
    model = np.concatenate([np.array(_model_labels(result)) for result in pages]) == truth
    enough = len(truth) >= KAPPA_FROM
    kappa = metrics.kappa(child, model) if enough else None
    low = high = None
    if kappa is not None:
        interval = metrics.kappa_interval(child, model, np.random.default_rng([BOOTSTRAP_TAG, seed]))
        low, high = interval if interval is not None else (None, None)
    return Agreement(
        pictures=len(truth),
        observed=metrics.observed_consistency(child, model),
        expected=metrics.expected_consistency(float(child.mean()), float(model.mean())),
        kappa=kappa,
        low=low,
        high=high,
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
