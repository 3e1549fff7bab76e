"""One run of the contest, as a state machine that a test can play through without a screen.

``dealing → answering → revealed`` for every page of the book, ``dealing → unseen → unseen turned`` for every unseen
page after an epoch, then ``epoch summary``, and ``finished`` after the last. Each command returns the frozen events
it caused; the same events played back by ``Run.restore`` bring both players to the same state, bit for bit.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import replace
from enum import StrEnum
from statistics import median_low
from typing import TYPE_CHECKING

from picturebook_tui.book.book import Book, PictureSet, Pixels, Targets
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.events import (
    AnswerTakenBack,
    CardAnswered,
    CardShown,
    EpochEnded,
    EpochResult,
    Event,
    Guess,
    LearnerStopped,
    Page,
    PageDealt,
    PageTurned,
    RunFinished,
    StepResult,
)
from picturebook_tui.game.gap import Known, known
from picturebook_tui.game.guesses import as_guesses, cross_entropy
from picturebook_tui.game.making import make_learner, make_plan
from picturebook_tui.learner.sliced import ended
from picturebook_tui.settings import RunSettings

if TYPE_CHECKING:
    from picturebook_tui.learner.stages import Stage

LONGEST_RESPONSE_MS = 10 * 60 * 1000
"""Ten minutes: whoever looks away that long was not deciding; longer times are kept as this."""


class Phase(StrEnum):
    """Whose turn it is."""

    DEALING = "dealing"
    ANSWERING = "answering"
    REVEALED = "revealed"
    UNSEEN = "unseen"
    UNSEEN_TURNED = "unseen_turned"
    EPOCH_SUMMARY = "epoch_summary"
    FINISHED = "finished"


def _counted(saved: EpochResult, now: EpochResult) -> EpochResult:
    """A result saved before the gap was counted label by label, with what was counted just now."""
    return replace(
        saved, model_again=now.model_again, model_new=now.model_new, model_new_loss=now.model_new_loss,
        child_book=now.child_book, child_new=now.child_new,
    )  # fmt: skip


class WrongPhase(RuntimeError):
    """A command came when it is not possible; a mistake of the caller, not of a person."""


class Run:
    """The child and the learner on the same pages of the same book.

    Parameters
    ----------
    settings
        The run's knobs; ``settings.seed`` fixes the order of the pages and the learner's first weights.
    book
        As made by ``load_book`` for these settings, or restored from a recipe.

    Attributes
    ----------
    phase : Phase
    page : Page or None
        The page on the table.
    answers : list of (int or None)
        The child's labels for the cards of ``page``, None where there is none yet.
    shown_ms : list of (int or None)
        Of glimpses: how long each card of ``page`` was shown, None where it was not yet.
    turned : list of StepResult
        Every book page turned so far; ``unseen_turned`` the same for unseen pages.
    epochs : list of EpochResult
    """

    def __init__(self, settings: RunSettings, book: Book) -> None:
        self.settings = settings
        self.book = book
        self.plan = make_plan(settings, book)
        self.learner = make_learner(settings, book)
        self.phase = Phase.DEALING
        self.page: Page | None = None
        self.answers: list[int | None] = []
        self.shown_ms: list[int | None] = []
        self.turned: list[StepResult] = []
        self.unseen_turned: list[StepResult] = []
        self.epochs: list[EpochResult] = []
        self.stopped: str | None = None
        """Why the learner makes no more steps, where it makes none."""
        self._guesses: tuple[Guess, ...] = ()
        self._response_ms: list[int] = []
        self._next = self._book_page(0)

    # -- what can be asked ----------------------------------------------------------------------------------

    @property
    def epoch(self) -> int:
        """The epoch now being read, from 0."""
        return self._next.epoch if self.page is None else self.page.epoch

    @property
    def upcoming(self) -> Page | None:
        """The page that ``deal`` will lay out; None once the last is turned."""
        return self._next if self.phase is Phase.DEALING else None

    @property
    def following(self) -> Page | None:
        """The page that comes after a turned one; None where an epoch ends with it, or none is turned."""
        page = self.page
        if page is None or self.phase not in (Phase.REVEALED, Phase.UNSEEN_TURNED):
            return None
        if not page.unseen and page.step_in_epoch + 1 < self.plan.steps:
            return self._book_page(self.global_step)
        number = page.step_in_epoch + 1 if page.unseen else 0
        return self._unseen_page(page.epoch, number) if number < self.unseen_pages else None

    @property
    def global_step(self) -> int:
        """Pages of the book turned, which is the number of updates made while the learner still learned."""
        return len(self.turned)

    @property
    def unseen_pages(self) -> int:
        """Unseen pages after each epoch."""
        return -(-self.book.unseen_cards // self.settings.batch_size)

    @property
    def answered(self) -> int:
        """Pictures that the child has answered, on every page so far."""
        turned = sum(len(result.truth) for result in (*self.turned, *self.unseen_turned))
        if self.last_result is not None or self.phase not in (Phase.ANSWERING, Phase.UNSEEN):
            return turned
        return turned + sum(answer is not None for answer in self.answers)

    @property
    def ready(self) -> bool:
        """Every card of the page is labelled: it may be turned."""
        return (
            self.phase in (Phase.ANSWERING, Phase.UNSEEN)
            and bool(self.answers)
            and all(answer is not None for answer in self.answers)
        )

    @property
    def last_result(self) -> StepResult | None:
        """The page just turned; None while one is being answered, so that no guess can be read early."""
        if self.phase is Phase.REVEALED:
            return self.turned[-1]
        if self.phase is Phase.UNSEEN_TURNED:
            return self.unseen_turned[-1]
        return None

    def pixels(self, page: Page) -> Pixels:
        """uint8 (cards, size, size, 3): what both players are shown."""
        return self._set(page).pixels[list(page.indices)]

    # -- what can be done -----------------------------------------------------------------------------------

    def deal(self) -> tuple[Event, ...]:
        """Lay out the next page; the learner guesses it here, before anything is told."""
        self._expect(Phase.DEALING)
        page = self._next
        self.page = page
        self.answers = [None] * len(page.indices)
        self.shown_ms = [None] * len(page.indices)
        self._response_ms = [0] * len(page.indices)
        self._guesses = as_guesses(self.learner.predict_proba(self.pixels(page)))
        self.phase = Phase.UNSEEN if page.unseen else Phase.ANSWERING
        return (PageDealt(page),)

    def show(self, card: int, shown_ms: int) -> tuple[Event, ...]:
        """The child has had its glimpse of a card, and for how long."""
        self._expect(Phase.ANSWERING, Phase.UNSEEN)
        if not 0 <= card < len(self.shown_ms):
            raise WrongPhase(f"card {card} is not on this page")
        shown_ms = max(0, min(int(shown_ms), LONGEST_RESPONSE_MS))
        self.shown_ms[card] = shown_ms
        return (CardShown(card, shown_ms),)

    def answer(self, card: int, label: int, response_ms: int = 0) -> tuple[Event, ...]:
        """The child labels a card, or changes its mind; nothing is final before the page is turned."""
        self._expect(Phase.ANSWERING, Phase.UNSEEN)
        if not 0 <= card < len(self.answers):
            raise WrongPhase(f"card {card} is not on this page")
        if not 0 <= label < len(self.book.labels):
            raise WrongPhase(f"label {label} is not in this book")
        response_ms = max(0, min(int(response_ms), LONGEST_RESPONSE_MS))
        self.answers[card] = label
        # Changing one's mind costs the time it took; the time of a card is all that went into it.
        self._response_ms[card] = min(self._response_ms[card] + response_ms, LONGEST_RESPONSE_MS)
        return (CardAnswered(card, label, response_ms),)

    def take_back(self, card: int) -> tuple[Event, ...]:
        """Forget the child's answer for a card; nothing happens where there is none."""
        self._expect(Phase.ANSWERING, Phase.UNSEEN)
        if not 0 <= card < len(self.answers) or self.answers[card] is None:
            return ()
        self.answers[card] = None
        return (AnswerTakenBack(card),)

    def turn_page(self) -> tuple[Event, ...]:
        """Tell the truth about the page; on a page of the book the learner makes its one update."""
        self._expect_ready()
        lesson = self._lesson
        return self._turned(None if lesson is None else self.learner.step(*lesson))

    def stages(self) -> Generator[Stage, None, tuple[Event, ...]]:
        """``turn_page``, with the learner's update a stage at a time: the next runs when it is asked for.

        The page is turned, and the generator returns the events, when it is asked for one more stage than there
        are: ``events = yield from run.stages()``. Where the learner makes no update it yields none. Nothing else may
        be asked of the run meanwhile; whoever has seen enough runs it to its end.
        """
        self._expect_ready()
        return self._stages()

    def go_on(self) -> tuple[Event, ...]:
        """From a turned page or an epoch's summary to whatever comes next."""
        return ended(self.going_on())

    def going_on(self) -> Generator[None, None, tuple[Event, ...]]:
        """``go_on`` a slice at a time: at the end of an epoch every picture is measured. Nothing else may be asked of
        the run meanwhile."""
        self._expect(Phase.REVEALED, Phase.UNSEEN_TURNED, Phase.EPOCH_SUMMARY)
        return self._going_on()

    def _going_on(self) -> Generator[None, None, tuple[Event, ...]]:
        assert self.page is not None
        if self.phase is Phase.EPOCH_SUMMARY:
            return self._after_epoch()
        following = self.following
        if following is None:
            self.epochs.append((yield from self._measuring(self.page.epoch)))
            self.phase = Phase.EPOCH_SUMMARY
            return (EpochEnded(self.epochs[-1]),)
        self._next = following
        self.phase = Phase.DEALING
        return ()

    # -- reading a run back ---------------------------------------------------------------------------------

    @classmethod
    def restore(cls, settings: RunSettings, book: Book, events: Iterable[Event]) -> Run:
        """Play saved events again, to the card they stop at.

        The learner makes the same updates on the same pages, so it is the same learner bit for bit (on one machine
        and NumPy version). What the child was shown then stays as it was shown: a saved result stands even where
        another NumPy version would now round it otherwise.

        Raises
        ------
        PictureBookError
            Where the events do not fit these settings and this book.
        """
        run = cls(settings, book)
        try:
            for event in events:
                run._replay(event)
        except (WrongPhase, IndexError, AssertionError) as error:
            raise PictureBookError(
                "This saved run does not fit together any more; start a new one from Home."
            ) from error
        return run

    def _replay(self, event: Event) -> None:
        match event:
            case PageDealt(page):
                while self.phase in (Phase.REVEALED, Phase.UNSEEN_TURNED, Phase.EPOCH_SUMMARY):
                    self.go_on()
                if self.upcoming != page:
                    raise WrongPhase("another page than the saved one would be dealt")
                self.deal()
            case CardAnswered(card, label, response_ms):
                self.answer(card, label, response_ms)
            case CardShown(card, shown_ms):
                self.show(card, shown_ms)
            case AnswerTakenBack(card):
                self.take_back(card)
            case PageTurned(result):
                self.turn_page()
                (self.unseen_turned if result.page.unseen else self.turned)[-1] = result
            case EpochEnded(result):
                while self.phase in (Phase.REVEALED, Phase.UNSEEN_TURNED):
                    self.go_on()
                self._expect(Phase.EPOCH_SUMMARY)
                self.epochs[-1] = result if result.model_again is not None else _counted(result, self.epochs[-1])
            case LearnerStopped(_, sentence):
                self.stopped = sentence
            case RunFinished():
                if self.phase is Phase.EPOCH_SUMMARY:
                    self.go_on()
                self._expect(Phase.FINISHED)

    # -- inside ---------------------------------------------------------------------------------------------

    def _expect(self, *phases: Phase) -> None:
        if self.phase not in phases:
            raise WrongPhase(f"not possible while {self.phase.value.replace('_', ' ')}")

    def _set(self, page: Page) -> PictureSet:
        return self.book.unseen if page.unseen else self.book.training

    def _targets(self, page: Page) -> Targets:
        targets: Targets = self._set(page).targets[list(page.indices)]
        return targets

    def _book_page(self, global_step: int) -> Page:
        batch = self.plan.batch(global_step)
        return Page(
            epoch=batch.epoch,
            step_in_epoch=batch.step_in_epoch,
            global_step=batch.global_step,
            indices=batch.indices,
            first=batch.first,
            last=batch.last,
        )

    def _unseen_page(self, epoch: int, number: int) -> Page:
        """Unseen pages come in the book's own order every time: nothing is learned from them, nothing moves."""
        first = number * self.settings.batch_size
        last = min(first + self.settings.batch_size, self.book.unseen_cards)
        return Page(epoch, number, self.global_step, tuple(range(first, last)), first + 1, last, unseen=True)

    def _expect_ready(self) -> None:
        if not self.ready:
            raise WrongPhase("every card must be labelled before the page is turned")

    def _stages(self) -> Generator[Stage, None, tuple[Event, ...]]:
        lesson = self._lesson
        loss = None if lesson is None else (yield from self.learner.stages(*lesson))
        return self._turned(loss)

    @property
    def _lesson(self) -> tuple[Pixels, Targets] | None:
        """What the learner's update reads when the page is turned now; None where it makes none."""
        page = self.page
        if page is None or page.unseen or self.stopped is not None:
            return None
        return self.pixels(page), self._targets(page)

    def _turned(self, loss: float | None) -> tuple[Event, ...]:
        """Keep the result of the page; ``loss`` is the learner's before its update, None where it made none."""
        page = self.page
        assert page is not None
        targets = self._targets(page)
        loss_after: float | None = None
        events: tuple[Event, ...] = ()
        if loss is not None and self.learner.stopped is None:
            loss_after = float(self.learner.evaluate(self.pixels(page), targets).loss)
        else:
            # Where the learner's loss was no number, what the guesses shown were worth still is one.
            loss = cross_entropy(self._guesses, targets)
            if self.learner.stopped is not None and self.stopped is None:
                self.stopped = self.learner.stopped
                events = (LearnerStopped(self.global_step, self.stopped),)
        result = StepResult(
            page=page,
            truth=tuple(int(target) for target in targets),
            child=tuple(answer for answer in self.answers if answer is not None),
            model=self._guesses,
            loss=loss,
            loss_after=loss_after,
            response_ms=tuple(self._response_ms),
            shown_ms=() if self.settings.glimpse_ms is None else tuple(self.shown_ms),
        )
        self._keep(result)
        return (PageTurned(result), *events)

    def _keep(self, result: StepResult) -> None:
        (self.unseen_turned if result.page.unseen else self.turned).append(result)
        self.phase = Phase.UNSEEN_TURNED if result.page.unseen else Phase.REVEALED

    def _measuring(self, epoch: int) -> Generator[None, None, EpochResult]:
        """The figures of an epoch that has just been read; asks the learner about every picture, some at a time.

        Formulas: ``learner/learning.md``.
        """
        read = [result for result in self.turned if result.page.epoch == epoch]
        unseen = [result for result in self.unseen_turned if result.page.epoch == epoch]
        book, labels = self.book, len(self.book.labels)
        frozen = yield from self.learner.evaluating(book.training.pixels, book.training.targets)
        new = (
            (yield from self.learner.evaluating(book.unseen.pixels, book.unseen.targets)) if len(book.unseen) else None
        )
        times = [ms for result in read for ms in result.response_ms]
        glimpses = [ms for result in read for ms in result.shown_ms if ms is not None]
        return EpochResult(
            epoch=epoch,
            child_accuracy=_share(read, "child_right"),
            model_accuracy=_share(read, "model_right"),
            model_loss=_mean_loss(read),
            child_unseen=_share(unseen, "child_right") if unseen else None,
            model_unseen=_share(unseen, "model_right") if unseen else None,
            model_unseen_loss=_mean_loss(unseen) if unseen else None,
            model_frozen=float(frozen.accuracy),
            model_frozen_loss=float(frozen.loss),
            # A median of whole milliseconds that some card really took.
            response_ms=median_low(times) if times else None,
            shown_ms=median_low(glimpses) if glimpses else None,
            model_again=known(book.training.pictures, frozen.right, labels),
            model_new=None if new is None else known(book.unseen.pictures, new.right, labels),
            model_new_loss=None if new is None else float(new.loss),
            child_book=_childs(read, book.training, labels),
            child_new=_childs(unseen, book.unseen, labels) if unseen else None,
        )

    def _after_epoch(self) -> tuple[Event, ...]:
        if len(self.epochs) < self.settings.epochs:
            self._next = self._book_page(self.global_step)
            self.page = None
            self.phase = Phase.DEALING
            return ()
        self.phase = Phase.FINISHED
        return (RunFinished(self.global_step),)


def _childs(results: list[StepResult], of: PictureSet, labels: int) -> Known:
    """What the child's answers on these pages come to."""
    pictures = [of.pictures[index] for result in results for index in result.page.indices]
    rights = [a == b for result in results for a, b in zip(result.child, result.truth, strict=True)]
    return known(pictures, rights, labels)


def _share(results: list[StepResult], of: str) -> float:
    """Σ right / Σ pictures over pages; short pages count by their length."""
    return float(sum(getattr(result, of) for result in results) / sum(len(result.truth) for result in results))


def _mean_loss(results: list[StepResult]) -> float:
    """Σ loss × length / Σ length: unweighted means of pages would overrate the short last one."""
    return sum(r.loss * len(r.truth) for r in results) / sum(len(r.truth) for r in results)
