"""Your pupil: a second learner, taught what the child said instead of what the book says.

It starts from the same weights and reads the same pages as the model. Its mistakes are the child's, seen from outside.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass

import numpy as np

from picturebook_tui.book.book import Book
from picturebook_tui.game.events import StepResult
from picturebook_tui.game.gap import Gap, Known, gap_between, known
from picturebook_tui.game.making import make_learner, make_plan
from picturebook_tui.learner.sliced import ended
from picturebook_tui.settings import RunSettings


@dataclass(frozen=True, slots=True)
class PupilPage:
    """One page as the pupil met it."""

    epoch: int
    global_step: int
    said: tuple[int, ...]
    """Its label for each card, before it was taught."""
    taught: tuple[int, ...]
    """The child's."""
    truth: tuple[int, ...]
    """The book's, which it was not told."""
    loss: float
    """Mean nats against what it was taught, before its update."""

    @property
    def right(self) -> int:
        return sum(a == b for a, b in zip(self.said, self.truth, strict=True))

    @property
    def agreed(self) -> int:
        return sum(a == b for a, b in zip(self.said, self.taught, strict=True))


@dataclass(frozen=True, slots=True)
class PupilEpoch:
    """The pupil's row on the board; as ``EpochResult``, but for ``agreement``. Accuracies are by the book's labels."""

    epoch: int
    accuracy: float
    """Prequential: each page guessed before its update."""
    agreement: float
    """Share of the same guesses that were what the child then said."""
    loss: float
    """Mean nats against what it was taught."""
    unseen: float | None
    """On the unseen pages, at the end of the epoch, weights frozen; None where there are none."""
    frozen: float
    frozen_loss: float
    """The whole book measured again at the end of the epoch, with frozen weights."""
    again: Known
    """The same, label by label."""
    new: Known | None
    """And every unseen picture."""

    @property
    def gap(self) -> Gap | None:
        """As the model's."""
        return gap_between(self.again, self.new)


@dataclass(frozen=True, slots=True)
class PupilBoard:
    """The pupil's side of the board, frozen."""

    epochs: tuple[PupilEpoch, ...]
    """Those that are complete."""
    slips: int
    """Cards of the book, counted each time they came, on which the child said something else than the book."""

    @property
    def twin(self) -> bool:
        """It was never told anything else than the model, so it is the same, bit for bit."""
        return not self.slips


class Pupil:
    """Taught page by page as the child turns them; the same pages make the same pupil, bit for bit.

    Parameters
    ----------
    settings, book
        The run's.
    """

    def __init__(self, settings: RunSettings, book: Book) -> None:
        self.book = book
        self.plan = make_plan(settings, book)
        # It starts from the same weights as the run's model.
        self.learner = make_learner(settings, book)
        self.pages: list[PupilPage] = []
        self.epochs: list[PupilEpoch] = []

    @property
    def board(self) -> PupilBoard:
        """What there is to show of it now."""
        slips = sum(a != b for page in self.pages for a, b in zip(page.taught, page.truth, strict=True))
        return PupilBoard(tuple(self.epochs), slips)

    def teach(self, result: StepResult) -> PupilPage | None:
        """Guess a turned page of the book, then learn it as the child labelled it; unseen pages teach nothing."""
        return ended(self.teaching(result))

    def teaching(self, result: StepResult) -> Generator[None, None, PupilPage | None]:
        """``teach`` a slice at a time: after the last page of an epoch every picture is measured."""
        if result.page.unseen:
            return None
        pixels = self.book.training.pixels[list(result.page.indices)]
        said = self.learner.predict_proba(pixels).argmax(axis=1)
        page = PupilPage(
            epoch=result.page.epoch,
            global_step=result.page.global_step,
            said=tuple(int(label) for label in said),
            taught=result.child,
            truth=result.truth,
            loss=float(self.learner.step(pixels, np.array(result.child, dtype=np.int64))),
        )
        self.pages.append(page)
        if result.page.step_in_epoch + 1 == self.plan.steps:
            yield
            self.epochs.append((yield from self._measuring(page.epoch)))
        return page

    def _measuring(self, epoch: int) -> Generator[None, None, PupilEpoch]:
        read = [page for page in self.pages if page.epoch == epoch]
        pictures = sum(len(page.truth) for page in read)
        book, unseen, cards = self.book.training, self.book.unseen, self.book.unseen_cards
        labels = len(self.book.labels)
        frozen = yield from self.learner.evaluating(book.pixels, book.targets)
        new = (yield from self.learner.evaluating(unseen.pixels, unseen.targets)) if len(unseen) else None
        return PupilEpoch(
            epoch=epoch,
            accuracy=sum(page.right for page in read) / pictures,
            agreement=sum(page.agreed for page in read) / pictures,
            loss=sum(page.loss * len(page.truth) for page in read) / pictures,
            unseen=sum(new.right[:cards]) / cards if new is not None and cards else None,
            frozen=frozen.accuracy,
            frozen_loss=frozen.loss,
            again=known(book.pictures, frozen.right, labels),
            new=None if new is None else known(unseen.pictures, new.right, labels),
        )


def pupil_epochs(settings: RunSettings, book: Book, turned: Iterable[StepResult]) -> tuple[PupilEpoch, ...]:
    """The pupil's rows for the epochs that are complete, from a run's turned pages in order (``Run.turned``)."""
    pupil = Pupil(settings, book)
    for result in turned:
        pupil.teach(result)
    return tuple(pupil.epochs)
