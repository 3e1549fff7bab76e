"""The one bridge between the screens and everything else: it owns the run, its thread and its place in the store.

Every command runs on one worker thread, in the order it was asked for: the learner never holds up a key, and an
answer is on disk before the command that gave it returns. What comes back are frozen events.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.events import Event, RunSettings
from picturebook_tui.tui.slow_motion import SlowMotion
from picturebook_tui.tui.task import Task

if TYPE_CHECKING:
    from picturebook_tui.book.book import Book
    from picturebook_tui.game.pupil import Pupil, PupilBoard
    from picturebook_tui.game.run import Run
    from picturebook_tui.game.scoreboard import Scoreboard
    from picturebook_tui.learner.learner import Learner
    from picturebook_tui.learner.stages import Observer
    from picturebook_tui.records.store import RunStore
    from picturebook_tui.tui.task import Working

T = TypeVar("T")
P = ParamSpec("P")

SUMMARY_VERSION = 1
"""Of the summary kept with a finished run; readers refuse what they don't know."""


def now() -> str:
    """The present moment in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Workshop(Protocol):
    """Where runs are worked on. A server's players share one."""

    def thread(self) -> Executor:
        """Does one run's jobs, one after another; its ``shutdown`` still does what was asked for before."""
        ...

    def learner(self, settings: RunSettings, book: Book) -> Learner | None:
        """A new learner for a run, which may live in another process and is closed after it; None: made here."""
        ...

    def task(self, name: str, work: Callable[..., T], *args: Any) -> Working[Any, T]:
        """Begin ``work(*args, tell)``, which takes a while.

        Parameters
        ----------
        work
            A function of a module, or a method of a frozen value, so that it can be sent to another process together
            with what it is given, and what it tells and returns can be sent back.
        """
        ...


class OwnWorkshop:
    """A thread for each run and for whatever else takes a while, learners in this process."""

    def thread(self) -> Executor:
        return ThreadPoolExecutor(max_workers=1, thread_name_prefix="picturebook-run")

    def learner(self, settings: RunSettings, book: Book) -> Learner | None:
        return None

    def task(self, name: str, work: Callable[..., T], *args: Any) -> Working[Any, T]:
        return Task(name, work, *args)


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
        self._board: Scoreboard | None = None
        self._pupil: Pupil | None = None
        """Of the session's thread alone."""
        self._unsaved: list[Event] = []
        self._held_up_by: SlowMotion | None = None
        self.best_before: float | None = None
        """The best share of right answers in earlier runs of this kind, once this one is finished."""
        self.save_trouble: str | None = None
        """Why the latest answer could not be saved, where it could not; the run goes on in memory."""

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
            true = replace(settings, pictures=len(book.training), unseen=len(book.unseen))
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

        def work() -> Run:
            from picturebook_tui.book.book import book_from_recipe
            from picturebook_tui.game.codec import event_from_dict
            from picturebook_tui.game.run import Run

            saved = store.load(run_id)
            book = book_from_recipe(saved.recipe)
            events = [event_from_dict(kind, payload) for kind, payload in saved.events]
            settings = RunSettings.from_dict(dict(saved.settings))
            return Run.restore(settings, book, events, where.learner(settings, book))

        executor = where.thread()
        session = cls(await _on(executor, work), store, run_id, executor, where)
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

    async def go_on(self) -> tuple[Event, ...]:
        """To the next page, which is laid out, to a summary, or to the end."""

        def go_on() -> tuple[Event, ...]:
            from picturebook_tui.game.run import Phase

            events = self.run.go_on()
            # In one go: each turn of a thread is a wait for it.
            return (*events, *self.run.deal()) if self.run.phase is Phase.DEALING else events

        return await self._do(go_on)

    async def board(self) -> Scoreboard:
        """The scoreboard as of the last turned page."""

        def work() -> Scoreboard:
            from picturebook_tui.game.scoreboard import Scoreboard

            return Scoreboard.of(self.run)

        if self._board is None:
            self._board = await _on(self._executor, work)
        return self._board

    async def pupil(self) -> PupilBoard:
        """The learner that is taught the child's labels, once it has been taught every turned page."""

        def work() -> PupilBoard:
            pupil = self._taught()
            while self._teach(pupil):
                pass
            return pupil.board

        return await _on(self._executor, work)

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

        return await _on(self._executor, work)

    async def finish(self) -> dict[str, Any]:
        """Keep the finished run's summary in the history; returns it."""

        def work() -> dict[str, Any]:
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
                self.store.finish(self.run_id, summary, finished_at=now())
            except PictureBookError as error:
                self.save_trouble = str(error)
            return summary

        return await _on(self._executor, work)

    def _save(self) -> None:
        """Append what is not saved yet, in order; what fails is tried again with the next command."""
        from picturebook_tui.game.codec import event_to_dict

        self.save_trouble = None
        while self._unsaved:
            event = self._unsaved[0]
            try:
                self.store.append(self.run_id, event.kind, event_to_dict(event))
            except PictureBookError as error:
                self.save_trouble = str(error)
                return
            self._unsaved.pop(0)

    def close(self) -> None:
        """Let the thread go; whatever was asked for before is still done and saved."""
        if self._held_up_by is not None:
            self._held_up_by.release()
        # Closed before, it takes nothing more.
        with suppress(RuntimeError):
            self._executor.submit(self._leave)
        self._executor.shutdown(wait=True)

    def _leave(self) -> None:
        """The last job: nothing of the run is held any more."""
        self.store.release(self.run_id)
        for learner in (self.run.learner, None if self._pupil is None else self._pupil.learner):
            close: Callable[[], None] | None = getattr(learner, "close", None)
            if close is not None:
                close()

    async def _note(self, command: Callable[[], tuple[Event, ...]]) -> tuple[Event, ...]:
        """``_do`` for what asks nothing of the learner: at once, where no thread is needed to save it."""
        done = self._at_once(lambda: self._work(command))
        return await self._do(command) if done is None else done[0]

    def _at_once(self, work: Callable[[], T]) -> tuple[T] | None:
        """Do something here and now; None where it belongs on the session's thread, as on a person's own machine."""
        at_once: Callable[[Callable[[], T]], tuple[T] | None] | None = getattr(self._executor, "at_once", None)
        is_quick: Callable[[int], bool] | None = getattr(self.store, "is_quick", None)
        if at_once is None or is_quick is None or not is_quick(self.run_id):
            return None
        return at_once(work)

    def _work(self, command: Callable[[], tuple[Event, ...]]) -> tuple[Event, ...]:
        events = command()
        self._unsaved += events
        self._save()
        return events

    async def _do(self, command: Callable[[], tuple[Event, ...]]) -> tuple[Event, ...]:
        # Saved by the same job: whoever leaves meanwhile waits for nothing, and loses nothing.
        events = await _on(self._executor, lambda: self._work(command))
        if any(event.kind in ("page_turned", "epoch_ended") for event in events):
            self._board = None
            # Not now: the screen is about to ask for the board, on the same thread.
            asyncio.get_running_loop().call_soon(self._teach_later)
        return events


def summarise(run: Run) -> dict[str, Any]:
    """What the history keeps of a finished run; see ``records/store.py`` for who reads it."""
    from dataclasses import asdict

    from picturebook_tui.game.scoreboard import Scoreboard
    from picturebook_tui.game.share import share_grid

    board = Scoreboard.of(run)
    return {
        "version": SUMMARY_VERSION,
        "book": run.book.name,
        "title": run.book.title,
        "labels": list(run.book.labels),
        "child_accuracy": board.child.book.accuracy,
        "model_accuracy": board.model.book.accuracy,
        "child_right": sum(r.child_right for r in (*run.turned, *run.unseen_turned)),
        "child_answered": sum(len(r.truth) for r in (*run.turned, *run.unseen_turned)),
        "child_unseen": board.child.unseen.accuracy,
        "model_unseen": board.model.unseen.accuracy,
        "epochs": [asdict(epoch) for epoch in run.epochs],
        "settings": run.settings.to_dict(),
        "order_hash": run.plan.order_hash(run.book),
        "pictures_to_90": {"child": board.child.pictures_to_90, "model": board.model.pictures_to_90},
        "kappa": None if board.agreement is None else board.agreement.kappa,
        "share": share_grid(run),
    }


async def _on(executor: Executor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(executor, work)
