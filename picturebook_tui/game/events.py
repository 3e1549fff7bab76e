"""Everything that can happen in a run, as frozen values that can be saved and read back.

A run is the sum of its events: ``Run.restore`` plays them again. Whatever crosses a thread, a file or the border
to the screens is one of these, never a live array or a network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from picturebook_tui.game.gap import Gap, Known, gap_between


@dataclass(frozen=True, slots=True)
class Guess:
    """What the model said of one picture before it was told."""

    label: int
    confidence: float
    """Probability of ``label``, 0 to 1."""
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A batch laid out as cards; positions count from 0, ``first`` and ``last`` from 1 as on screen."""

    epoch: int
    step_in_epoch: int
    """For an unseen page, its number among this epoch's unseen pages."""
    global_step: int
    """Updates made before this page."""
    indices: tuple[int, ...]
    """Into the training pictures, or the unseen ones where ``unseen``."""
    first: int
    last: int
    """"Pictures 1 to 10": positions in this epoch's order, true to the last page."""
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class StepResult:
    """One page turned: what both said, what was right, what the model's update did."""

    page: Page
    truth: tuple[int, ...]
    child: tuple[int, ...]
    model: tuple[Guess, ...]
    loss: float
    """Mean cross-entropy (nats) on this batch before the update; on an unseen page, with frozen weights."""
    loss_after: float | None
    """The same batch after the update; None on an unseen page, and where the step was not made."""
    response_ms: tuple[int, ...]
    """The child's time for each card, milliseconds."""
    shown_ms: tuple[int | None, ...] = ()
    """Of glimpses: how long each picture stood on the screen, as measured; () where pictures stay."""

    @property
    def child_right(self) -> int:
        return sum(a == b for a, b in zip(self.child, self.truth, strict=True))

    @property
    def model_right(self) -> int:
        return sum(guess.label == b for guess, b in zip(self.model, self.truth, strict=True))


@dataclass(frozen=True, slots=True)
class EpochResult:
    """One epoch's row on the scoreboard. Accuracies are shares, 0 to 1; losses nats per picture."""

    epoch: int
    child_accuracy: float
    model_accuracy: float
    """Prequential: each page guessed before its update."""
    model_loss: float
    child_unseen: float | None
    model_unseen: float | None
    """Both on the unseen pages, the same cards for both; None where the book has none."""
    model_unseen_loss: float | None
    model_frozen: float
    """The whole book measured again at the end of the epoch, with frozen weights."""
    model_frozen_loss: float
    response_ms: int | None
    """The child's median time for a card."""
    shown_ms: int | None = None
    """Of glimpses: the median time that a picture of the book stood on the screen, as measured."""

    model_again: Known | None = None
    """The whole book at the end of the epoch, with frozen weights; None in runs saved before it was counted."""
    model_new: Known | None = None
    """The same of every unseen picture, also those that only the model is asked about; None where there are none."""
    model_new_loss: float | None = None
    child_book: Known | None = None
    """The child's answers on the epoch's pages."""
    child_new: Known | None = None
    """And on its unseen pages."""

    @property
    def gap(self) -> Gap | None:
        """The model's; None without unseen pictures."""
        return gap_between(self.model_again, self.model_new)

    @property
    def child_gap(self) -> Gap | None:
        """The child's, from the cards it was shown; None without unseen pages."""
        return gap_between(self.child_book, self.child_new)


@dataclass(frozen=True, slots=True)
class PageDealt:
    kind: ClassVar[str] = "page_dealt"
    page: Page


@dataclass(frozen=True, slots=True)
class CardAnswered:
    kind: ClassVar[str] = "card_answered"
    card: int
    """Position on the page, from 0."""
    label: int
    response_ms: int


@dataclass(frozen=True, slots=True)
class CardShown:
    """A glimpse is over; there is no second one of this card."""

    kind: ClassVar[str] = "card_shown"
    card: int
    """Position on the page, from 0."""
    shown_ms: int
    """How long it stood on the screen, as measured."""


@dataclass(frozen=True, slots=True)
class AnswerTakenBack:
    kind: ClassVar[str] = "answer_taken_back"
    card: int


@dataclass(frozen=True, slots=True)
class PageTurned:
    kind: ClassVar[str] = "page_turned"
    result: StepResult


@dataclass(frozen=True, slots=True)
class EpochEnded:
    kind: ClassVar[str] = "epoch_ended"
    result: EpochResult


@dataclass(frozen=True, slots=True)
class LearnerStopped:
    """The loss was no longer a finite number; the learner keeps its last finite weights and learns no more."""

    kind: ClassVar[str] = "learner_stopped"
    global_step: int
    sentence: str


@dataclass(frozen=True, slots=True)
class RunFinished:
    kind: ClassVar[str] = "run_finished"
    global_step: int


Event = PageDealt | CardShown | CardAnswered | AnswerTakenBack | PageTurned | EpochEnded | LearnerStopped | RunFinished
