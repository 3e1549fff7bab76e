"""The one bridge between the screens and everything else: it owns the run, its thread and its place in the store.

Every command runs on one worker thread, in the order it was asked for: the learner never holds up a key, and an
answer is on disk before the command that gave it returns. What comes back are frozen events. Where a hundred games
share an event loop, what is quick runs there instead (``at_once``), and a learner in another process is asked
beforehand (``soon``): threads would fight over the interpreter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from picturebook_tui.errors import PictureBookError, RecordsLost, TakenDown
from picturebook_tui.game.asked import guess, learn_seen, say_and_learn
from picturebook_tui.game.events import Event, RunSettings
from picturebook_tui.tui.slow_motion import SlowMotion
from picturebook_tui.tui.workshop import OwnWorkshop, Workshop

if TYPE_CHECKING:
    from picturebook_tui.game.asked import Saying
    from picturebook_tui.game.events import Guess, StepResult
    from picturebook_tui.game.pupil import Pupil, PupilBoard
    from picturebook_tui.game.run import Run
    from picturebook_tui.game.scoreboard import Scoreboard
    from picturebook_tui.learner.learner import Learner
    from picturebook_tui.learner.stages import Observer
    from picturebook_tui.records.store import RunStore

T = TypeVar("T")
P = ParamSpec("P")

AGAIN_SECONDS = 1.0
"""Between two attempts to save what could not be saved, beside the one that comes with each command."""

BOARD_AT_ONCE = 40
"""Turned pages up to which the scoreboard is worked out on a server's loop: so many take a millisecond or two."""


def now() -> str:
    """The present moment in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Session:
    """A run being played, saved as it goes.

    Make one with ``begin`` or ``resume``; both may take a moment (the drawings are read), so both run on the
    session's own thread.
    """

    def __init__(
        self, run: Run, store: RunStore, run_id: int, executor: Executor, workshop: Workshop | None = None
    ) -> None:
        self.run = run
        self.store = store
        self.run_id = run_id
        self.resumed = False
        self._executor = executor
        self._workshop = workshop or OwnWorkshop()
        self._board: tuple[tuple[int, ...], Scoreboard] | None = None
        """The last one, and what it was made of."""
        self._pupil: Pupil | None = None
        """Of the session's thread alone."""
        self._events: list[Event] = []
        """All of the run, should its record be lost."""
        self._unsaved: list[Event] = []
        self._lost = False
        """The record is, and the run is to be begun anew in the store."""
        self._saving: asyncio.Task[None] | None = None
        self._closed = False
        self._held_up_by: SlowMotion | None = None
        self._teaching: asyncio.Task[None] | None = None
        """Held here, since the loop holds tasks weakly."""
        self.best_before: float | None = None
        """The best share of right answers in earlier runs of this kind, once this one is finished."""
        self.save_trouble: str | None = None
        """Why the latest answer could not be saved, where it could not; the run goes on in memory."""
        self.made_anew = False
        """Its record was lost while it was played, and written again from memory."""

    @classmethod
    async def begin(cls, settings: RunSettings, store: RunStore, workshop: Workshop | None = None) -> Session:
        """Make the book and the learner, and a place in the store.

        Raises
        ------
        PictureBookError
            Where the settings don't make a run, or the run can't be saved.
        """
        where = workshop or OwnWorkshop()

        def work() -> tuple[Run, int]:
            # Late: NumPy and the drawings load while Home is already on screen.
            from picturebook_tui.game.making import make_book
            from picturebook_tui.game.run import Run

            book = make_book(settings)
            # A person's own book may hold fewer pictures than were asked for; what is kept is what is read.
            true = replace(settings, pictures=len(book.training), unseen=book.unseen_cards)
            run = Run(true, book, where.learner(true, book))
            run_id = store.begin(true.to_dict(), book.recipe(), created_at=now())
            return run, run_id

        executor = where.thread()
        run, run_id = await _on(executor, work)
        return cls(run, store, run_id, executor, where)

    @classmethod
    async def resume(cls, store: RunStore, run_id: int, workshop: Workshop | None = None) -> Session:
        """Bring a saved run back to the card it stopped at.

        Raises
        ------
        PictureBookError
            Where the run is no longer there or can't be read.
        """
        where = workshop or OwnWorkshop()

        def work() -> tuple[Run, list[Event]]:
            from picturebook_tui.book.book import book_from_recipe
            from picturebook_tui.game.codec import event_from_dict
            from picturebook_tui.game.run import Run

            saved = store.load(run_id)
            book = book_from_recipe(saved.recipe)
            events = [event_from_dict(kind, payload) for kind, payload in saved.events]
            settings = RunSettings.from_dict(dict(saved.settings))
            return Run.restore(settings, book, events, where.learner(settings, book)), events

        executor = where.thread()
        run, events = await _on(executor, work)
        session = cls(run, store, run_id, executor, where)
        session._events = events
        session.resumed = True
        return session

    # -- commands -------------------------------------------------------------------------------------------

    async def deal(self) -> tuple[Event, ...]:
        """Lay out the next page."""
        return await self._do(self.run.deal)

    async def show(self, card: int, shown_ms: int) -> tuple[Event, ...]:
        """Keep that a card has had its glimpse."""
        return await self._note(lambda: self.run.show(card, shown_ms))

    async def answer(self, card: int, label: int, response_ms: int) -> tuple[Event, ...]:
        """Label a card."""
        return await self._note(lambda: self.run.answer(card, label, response_ms))

    async def take_back(self, card: int) -> tuple[Event, ...]:
        """Forget a card's label."""
        return await self._note(lambda: self.run.take_back(card))

    async def turn_page(self, observer: Observer | None = None) -> tuple[Event, ...]:
        """Tell the truth, and let the learner make its step.

        Parameters
        ----------
        observer
            Told of each stage of that step on the session's thread. A ``SlowMotion`` may keep the thread waiting
            there, and nothing else may be asked of the session meanwhile; ``close`` ends the wait.
        """
        if isinstance(observer, SlowMotion):
            self._held_up_by = observer
            return await self._do(lambda: self.run.turn_page(observer))
        lesson = self.run.lesson
        if lesson is None:
            # The learner has no part in it.
            return await self._note(lambda: self.run.turn_page(observer))
        events = await self._soon(
            learn_seen, lesson, lambda learned: self.run.turn_page(observer, learned), learns=True
        )
        return events or await self._do(lambda: self.run.turn_page(observer))

    async def go_on(self) -> tuple[Event, ...]:
        """To the next page, which is laid out, to a summary, or to the end."""

        def go_on() -> tuple[Event, ...]:
            from picturebook_tui.game.run import Phase

            events = self.run.go_on()
            # In one go: each turn of a thread is a wait for it.
            return (*events, *self.run.deal()) if self.run.phase is Phase.DEALING else events

        def deal(guesses: tuple[Guess, ...]) -> tuple[Event, ...]:
            return (*self.run.go_on(), *self.run.deal(guesses))

        following = self.run.following
        events = None if following is None else await self._soon(guess, (self.run.pixels(following),), deal)
        return events or await self._do(go_on)

    async def board(self) -> Scoreboard:
        """The scoreboard as of the last turned page."""

        def work() -> Scoreboard:
            from picturebook_tui.game.scoreboard import Scoreboard

            return Scoreboard.of(self.run)

        # The epoch belongs to it: with its first page, before anything is turned, the figures of the epoch begin anew.
        made_of = (len(self.run.turned), len(self.run.unseen_turned), len(self.run.epochs), self.run.epoch)
        if self._board is None or self._board[0] != made_of:
            done = self._at_once(work) if len(self.run.turned) <= BOARD_AT_ONCE else None
            self._board = made_of, await self._on(work) if done is None else done[0]
        return self._board[1]

    async def pupil(self) -> PupilBoard:
        """The learner that is taught the child's labels, once it has been taught every turned page."""

        def work() -> PupilBoard:
            pupil = self._taught()
            while self._teach(pupil):
                pass
            return pupil.board

        return await self._on(work)

    def _taught(self) -> Pupil:
        from picturebook_tui.game.pupil import Pupil

        if self._pupil is None:
            learner = self._workshop.learner(self.run.settings, self.run.book)
            self._pupil = Pupil(self.run.settings, self.run.book, learner)
        return self._pupil

    def _teach(self, pupil: Pupil) -> bool:
        """Teach the next turned page; False where there is none."""
        done = len(pupil.pages)
        if done == len(self.run.turned):
            return False
        pupil.teach(self.run.turned[done])
        return True

    def _teach_later(self) -> None:
        """One page a job, so that no key waits for more than one, though a resumed run has many."""

        def work() -> None:
            if self._teach(self._taught()):
                self._teach_later()

        # A session that was closed meanwhile teaches nobody.
        with suppress(RuntimeError):
            self._executor.submit(work)

    async def _teach_soon(self) -> None:
        """``_teach_later`` without a thread, where the pupil lives elsewhere and one page is all there is to teach."""
        pupil = self._pupil

        async def ask() -> tuple[Pupil, StepResult, Saying] | None:
            if pupil is None or len(self.run.turned) != len(pupil.pages) + 1 or pupil.ends_epoch(self.run.turned[-1]):
                return None
            apply_soon = getattr(pupil.learner, "apply_soon", None)
            result = self.run.turned[-1]
            said = apply_soon and await apply_soon(say_and_learn, *pupil.lesson(result), learns=True)
            return (pupil, result, said) if said else None

        soon = getattr(self._executor, "soon", None)
        # What goes wrong with it is told when somebody asks for the pupil.
        with suppress(PictureBookError, RuntimeError):
            if soon is None or await soon(ask, lambda found: found[0].teach(*found[1:])) is None:
                self._teach_later()

    async def with_learner(self, look: Callable[Concatenate[Learner, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask something of the model between its steps, on the thread that it learns on.

        Parameters
        ----------
        look
            A function of a module, so that it can be sent to wherever the learner lives. It leaves the learner as it
            was, and returns frozen values: never the learner's own arrays.
        """

        def work() -> T:
            # A learner that lives elsewhere takes the function to where it lives.
            apply: Callable[..., T] | None = getattr(self.run.learner, "apply", None)
            return look(self.run.learner, *args, **kwargs) if apply is None else apply(look, *args, **kwargs)

        return await self._on(work)

    async def finish(self) -> dict[str, Any]:
        """Keep the finished run's summary in the history; returns it."""

        def work() -> dict[str, Any]:
            from picturebook_tui.game.summary import summarise
            from picturebook_tui.records.runs import bests, kind_of

            summary = summarise(self.run)
            self._save()
            if self._unsaved:
                return summary
            try:
                name = self.run.book.name
                others = [run for run in self.store.finished(name) if run.run_id != self.run_id]
                before = bests(others).get(kind_of(name, summary))
                self.best_before = None if before is None else before.score
                try:
                    self.store.finish(self.run_id, summary, finished_at=now())
                except RecordsLost:
                    self._begin_anew()
                    self._save()
                    if not self._unsaved:
                        self.store.finish(self.run_id, summary, finished_at=now())
            except PictureBookError as error:
                self.save_trouble = str(error)
            return summary

        return await self._on(work)

    def _save(self) -> None:
        """Append what is not saved yet, in order; what fails is tried again with the next command."""
        from picturebook_tui.game.codec import event_to_dict

        self.save_trouble = None
        while self._unsaved:
            event = self._unsaved[0]
            try:
                if self._lost:
                    self.run_id = self.store.begin(
                        self.run.settings.to_dict(), self.run.book.recipe(), created_at=now()
                    )
                    self._lost = False
                try:
                    self.store.append(self.run_id, event.kind, event_to_dict(event))
                except RecordsLost:
                    self._begin_anew()
                    continue
            except PictureBookError as error:
                self.save_trouble = str(error)
                return
            self._unsaved.pop(0)

    def _begin_anew(self) -> None:
        """The run's record is lost, and the store has a fresh place: all of it is to be saved there."""
        self.made_anew = True
        self._lost = True
        self._unsaved = list(self._events)

    async def try_to_save(self) -> None:
        """Once more, where the latest answers are not saved."""
        if self._unsaved:
            await self._on(self._save)

    async def _save_later(self) -> None:
        """Beside the game, until all is saved: perhaps no key comes any more."""
        # A closed session has tried for the last time.
        with suppress(TakenDown, RuntimeError):
            while self._unsaved and not self._closed:
                await asyncio.sleep(AGAIN_SECONDS)
                await self.try_to_save()

    def close(self) -> None:
        """Let the thread go; whatever was asked for before is still done and saved. Closing again does nothing."""
        if self._closed:
            return
        self._closed = True
        if self._held_up_by is not None:
            self._held_up_by.release()
        self._executor.submit(self._leave)
        self._executor.shutdown(wait=True)

    def _leave(self) -> None:
        """The last job: nothing of the run is held any more."""
        if self._unsaved:
            # The store may be closed already.
            with suppress(Exception):
                self._save()
        self.store.release(self.run_id)
        for learner in (self.run.learner, None if self._pupil is None else self._pupil.learner):
            close: Callable[[], None] | None = getattr(learner, "close", None)
            if close is not None:
                close()

    async def _note(self, command: Callable[[], tuple[Event, ...]]) -> tuple[Event, ...]:
        """``_do`` for what asks nothing of the learner: at once, where no thread is needed to save it."""
        done = self._at_once(lambda: self._work(command))
        return await self._do(command) if done is None else self._follow(done[0])

    async def _soon(
        self,
        look: Callable[..., T],
        args: tuple[Any, ...],
        command: Callable[[T], tuple[Event, ...]],
        *,
        learns: bool = False,
    ) -> tuple[Event, ...] | None:
        """``_do`` for a command of which all that it asks of a learner elsewhere is asked beforehand, without a thread;
        None where it belongs on the session's thread."""
        soon = getattr(self._executor, "soon", None)
        apply_soon = getattr(self.run.learner, "apply_soon", None)
        if soon is None or apply_soon is None or self._closed or not self._is_quick:
            return None
        done = await soon(
            lambda: apply_soon(look, *args, learns=learns), lambda found: self._work(lambda: command(found))
        )
        return None if done is None else self._follow(done[0])

    @property
    def _is_quick(self) -> bool:
        """What is saved is saved without a wait."""
        is_quick: Callable[[int], bool] | None = getattr(self.store, "is_quick", None)
        return is_quick is not None and is_quick(self.run_id)

    def _at_once(self, work: Callable[[], T]) -> tuple[T] | None:
        """Do something here and now; None where it belongs on the session's thread, as on a person's own machine."""
        at_once: Callable[[Callable[[], T]], tuple[T] | None] | None = getattr(self._executor, "at_once", None)
        if at_once is None or self._closed or not self._is_quick:
            return None
        return at_once(work)

    def _work(self, command: Callable[[], tuple[Event, ...]]) -> tuple[Event, ...]:
        events = command()
        self._events += events
        self._unsaved += events
        self._save()
        return events

    async def _do(self, command: Callable[[], tuple[Event, ...]]) -> tuple[Event, ...]:
        # Saved by the same job: whoever leaves meanwhile waits for nothing, and loses nothing.
        return self._follow(await self._on(lambda: self._work(command)))

    async def _on(self, work: Callable[[], T]) -> T:
        """Do something on the session's thread.

        Raises
        ------
        TakenDown
            The session is closed: whoever asks was left meanwhile, and nobody waits for an answer.
        """
        if self._closed:
            raise TakenDown
        return await _on(self._executor, work)

    def _follow(self, events: tuple[Event, ...]) -> tuple[Event, ...]:
        """What has to be done after some events."""
        if self._unsaved and not self._closed and (self._saving is None or self._saving.done()):
            self._saving = asyncio.create_task(self._save_later())
        if not self._closed and any(event.kind in ("page_turned", "epoch_ended") for event in events):
            # Not now: the screen is about to ask for the board, on the same thread.
            self._teaching = asyncio.create_task(self._teach_soon())
        return events


async def _on(executor: Executor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(executor, work)
