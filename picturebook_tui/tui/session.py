"""The one bridge between the screens and everything else: it owns the run and its place in the store.

A command is done on the event loop, and what takes longer than a key may wait is done a slice at a time. Its events
are saved on the player's writer line before the command returns, so an answer is on disk before the next card is asked
for, and a slow disk holds up nobody else. What comes back are frozen events.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from picturebook_tui.errors import PictureBookError, RecordsLost, TakenDown
from picturebook_tui.game.events import Event
from picturebook_tui.records.writer import Line, Writer
from picturebook_tui.settings import RunSettings

if TYPE_CHECKING:
    from picturebook_tui.game.pupil import Pupil, PupilBoard
    from picturebook_tui.game.run import Run
    from picturebook_tui.game.scoreboard import Scoreboard
    from picturebook_tui.learner.learner import Learner
    from picturebook_tui.learner.stages import Stage
    from picturebook_tui.records.store import RunStore

T = TypeVar("T")
P = ParamSpec("P")

Work = Generator["asyncio.Future[None] | None", None, tuple[Event, ...]]
"""A command: yields between two slices, where it may have to wait for something, and returns what happened."""

AGAIN_SECONDS = 1.0
"""Between two attempts to save what could not be saved, beside the one that comes with each command."""

SLICE_SECONDS = 0.004
"""After which others have their turn on the loop."""

BOARD_ON_LOOP = 40
"""Turned pages up to which the scoreboard is worked out on the loop: so many take a millisecond or two."""


def now() -> str:
    """The present moment in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Session:
    """A run being played, saved as it goes. One command at a time; whoever calls meanwhile waits.

    Make one with ``begin`` or ``resume``; both may take a moment (the drawings are read), so both work on a thread.
    """

    def __init__(self, run: Run, store: RunStore, run_id: int, saving: Line | None = None) -> None:
        self.run = run
        self.store = store
        self.run_id = run_id
        self.resumed = False
        self._saving = saving or Writer().line()
        self._turn = asyncio.Lock()
        """Held while something is asked of the run."""
        self._work: Work | None = None
        """The command under way, which ``close`` does to its end."""
        self._board: tuple[tuple[int, ...], Scoreboard] | None = None
        """The last one, and what it was made of."""
        self._pupil: Pupil | None = None
        self._pupils_turn = asyncio.Lock()
        self._events: list[Event] = []
        """All of the run, should its record be lost."""
        self._unsaved: list[Event] = []
        self._lost = False
        """The record is, and the run is to be begun anew in the store."""
        self._again: asyncio.Task[None] | None = None
        self._closed: asyncio.Future[None] | None = None
        self._teaching: asyncio.Task[None] | None = None
        """Held here, since the loop holds tasks weakly."""
        self.best_before: float | None = None
        """The best share of right answers in earlier runs of this kind, once this one is finished."""
        self.save_trouble: str | None = None
        """Why the latest answer could not be saved, where it could not; the run goes on in memory."""
        self.made_anew = False
        """Its record was lost while it was played, and written again from memory."""

    @classmethod
    async def begin(cls, settings: RunSettings, store: RunStore, saving: Line | None = None) -> Session:
        """Make the book and the learner, and a place in the store.

        Parameters
        ----------
        saving
            The player's; None: one of the session's own.

        Raises
        ------
        PictureBookError
            Where the settings don't make a run, or the run can't be saved.
        """

        def make() -> Run:
            # Late: NumPy and the drawings load while Home is already on screen.
            from picturebook_tui.game.making import make_book
            from picturebook_tui.game.run import Run

            book = make_book(settings)
            # A person's own book may hold fewer pictures than were asked for; what is kept is what is read.
            return Run(replace(settings, pictures=len(book.training), unseen=book.unseen_cards), book)

        run = await asyncio.to_thread(make)
        line = saving or Writer().line()
        kept = run.settings.to_dict(), run.book.recipe()
        run_id = await _on(line, lambda: store.begin(*kept, created_at=now()))
        return cls(run, store, run_id, line)

    @classmethod
    async def resume(cls, store: RunStore, run_id: int, saving: Line | None = None) -> Session:
        """Bring a saved run back to the card it stopped at.

        Raises
        ------
        PictureBookError
            Where the run is no longer there or can't be read.
        """
        line = saving or Writer().line()
        saved = await _on(line, lambda: store.load(run_id))

        def make() -> tuple[Run, list[Event]]:
            from picturebook_tui.book.book import book_from_recipe
            from picturebook_tui.game.codec import event_from_dict
            from picturebook_tui.game.run import Run

            book = book_from_recipe(saved.recipe)
            events = [event_from_dict(kind, payload) for kind, payload in saved.events]
            return Run.restore(RunSettings.from_dict(dict(saved.settings)), book, events), events

        run, events = await asyncio.to_thread(make)
        session = cls(run, store, run_id, line)
        session._events = events
        session.resumed = True
        return session

    @property
    def is_closed(self) -> bool:
        """Nothing may be asked of it any more."""
        return self._closed is not None

    # -- commands -------------------------------------------------------------------------------------------

    async def deal(self) -> tuple[Event, ...]:
        """Lay out the next page."""
        return await self._do(_whole(self.run.deal))

    async def show(self, card: int, shown_ms: int) -> tuple[Event, ...]:
        """Keep that a card has had its glimpse."""
        return await self._do(_whole(self.run.show, card, shown_ms))

    async def answer(self, card: int, label: int, response_ms: int) -> tuple[Event, ...]:
        """Label a card."""
        return await self._do(_whole(self.run.answer, card, label, response_ms))

    async def take_back(self, card: int) -> tuple[Event, ...]:
        """Forget a card's label."""
        return await self._do(_whole(self.run.take_back, card))

    async def turn_page(self, look: Callable[[Stage], asyncio.Future[None] | None] | None = None) -> tuple[Event, ...]:
        """Tell the truth, and let the learner make its step.

        Parameters
        ----------
        look
            Given each stage of that step when it has run. Where it returns something to wait for, the next stage runs
            after that, and nothing else may be asked of the session meanwhile; ``close`` waits for nothing.
        """

        def turn_page() -> Work:
            stages = self.run.stages()
            while True:
                try:
                    stage = next(stages)
                except StopIteration as end:
                    events: tuple[Event, ...] = end.value
                    self.run.learner.rest()
                    return events
                yield None if look is None or self._closed is not None else look(stage)

        return await self._do(turn_page())

    async def go_on(self) -> tuple[Event, ...]:
        """To the next page, which is laid out, to a summary, or to the end."""

        def go_on() -> Work:
            from picturebook_tui.game.run import Phase

            events = yield from self.run.going_on()
            return (*events, *self.run.deal()) if self.run.phase is Phase.DEALING else events

        return await self._do(go_on())

    async def board(self) -> Scoreboard:
        """The scoreboard as of the last turned page."""
        from picturebook_tui.game.scoreboard import Scoreboard

        # The epoch belongs to it: with its first page, before anything is turned, the figures of the epoch begin anew.
        run = self.run
        made_of = (len(run.turned), len(run.unseen_turned), len(run.epochs), run.epoch)
        if self._board is None or self._board[0] != made_of:
            if len(run.turned) <= BOARD_ON_LOOP:
                self._board = made_of, Scoreboard.of(run)
            else:
                async with self._turn:
                    self._board = made_of, await asyncio.to_thread(Scoreboard.of, run)
        return self._board[1]

    async def pupil(self) -> PupilBoard:
        """The learner that is taught the child's labels, once it has been taught every turned page."""
        if self._closed is not None:
            raise TakenDown
        return (await self._taught()).board

    async def _taught(self) -> Pupil:
        """The pupil, a page at a time up to the last that was turned."""
        from picturebook_tui.game.pupil import Pupil

        async with self._pupils_turn:
            pupil = self._pupil = self._pupil or Pupil(self.run.settings, self.run.book)
            while len(pupil.pages) < len(self.run.turned) and self._closed is None:
                await _in_slices(pupil.teaching(self.run.turned[len(pupil.pages)]))
                await asyncio.sleep(0)
            pupil.learner.rest()
            return pupil

    async def with_learner(self, look: Callable[Concatenate[Learner, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask something of the model between its steps, on a thread: it may take a while.

        Parameters
        ----------
        look
            Leaves the learner as it was, and returns frozen values: never the learner's own arrays.
        """
        async with self._turn:
            if self._closed is not None:
                raise TakenDown
            return await asyncio.to_thread(look, self.run.learner, *args, **kwargs)

    async def finish(self) -> dict[str, Any]:
        """Keep the finished run's summary in the history; returns it."""
        from picturebook_tui.game.summary import summarise
        from picturebook_tui.records.runs import bests, kind_of

        if self._closed is not None:
            raise TakenDown
        summary = summarise(self.run)

        def work() -> dict[str, Any]:
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

        async with self._turn:
            return await self._saved(work)

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
            await self._saved(self._save)

    async def _save_later(self) -> None:
        """Beside the game, until all is saved: perhaps no key comes any more."""
        # A closed session has tried for the last time.
        with suppress(TakenDown):
            while self._unsaved and self._closed is None:
                await asyncio.sleep(AGAIN_SECONDS)
                await self.try_to_save()

    def close(self) -> asyncio.Future[None]:
        """Ask nothing more of the run: a command under way is done to its end and saved, and the run is let go.

        Returns
        -------
        Future : done when that is on disk. It comes so even where nobody waits for it.
        """
        if self._closed is None:
            self._closed = asyncio.get_running_loop().create_future()
            _to_the_end(self._work)
            self._saving.submit(self._leave).add_done_callback(partial(_tell, self._closed))
        return self._closed

    def _leave(self) -> None:
        """The last job of the run: nothing of it is held any more."""
        # The store may be closed already.
        with suppress(Exception):
            if self._unsaved:
                self._save()
            self.store.release(self.run_id)

    async def _do(self, work: Work) -> tuple[Event, ...]:
        """Do a command a slice at a time, and save what came of it.

        Raises
        ------
        TakenDown
            The session is closed: whoever asks was left meanwhile, and nobody waits for an answer.
        """
        async with self._turn:
            if self._closed is not None:
                raise TakenDown
            self._work = self._recorded(work)
            try:
                events = await _in_slices(self._work)
                await self._saved(self._save)
            except asyncio.CancelledError:
                # Whoever asked is gone; what was done is saved all the same.
                self._saving.submit(self._save)
                raise
            finally:
                self._work = None
        if events is None:
            # It was done to its end by ``close``.
            raise TakenDown
        self._follow(events)
        return events

    def _recorded(self, work: Work) -> Work:
        events = yield from work
        self._events += events
        self._unsaved += events
        return events

    async def _saved(self, job: Callable[[], T]) -> T:
        return await _on(self._saving, job)

    def _follow(self, events: tuple[Event, ...]) -> None:
        """What has to be done after some events."""
        if self._closed is not None:
            return
        if self._unsaved and (self._again is None or self._again.done()):
            self._again = asyncio.create_task(self._save_later())
        if any(event.kind in ("page_turned", "epoch_ended") for event in events):
            # Not now: the screen is about to ask for the board.
            self._teaching = asyncio.create_task(self._teach_beside())

    async def _teach_beside(self) -> None:
        # What goes wrong with it is told when somebody asks for the pupil.
        with suppress(PictureBookError):
            await self._taught()


async def _on(line: Line, job: Callable[[], T]) -> T:
    """Have a job done on a writer's line. Whoever waits may be cancelled: it is done all the same."""
    return await asyncio.shield(asyncio.wrap_future(line.submit(job)))


def _tell(waiting: asyncio.Future[None], _: Future[None]) -> None:
    """Done, on the writer's thread; nobody waits where the loop has ended."""

    def tell() -> None:
        if not waiting.done():
            waiting.set_result(None)

    with suppress(RuntimeError):
        waiting.get_loop().call_soon_threadsafe(tell)


def _whole(command: Callable[P, tuple[Event, ...]], *args: P.args, **kwargs: P.kwargs) -> Work:
    """A command that is done in one slice."""
    yield from ()
    return command(*args, **kwargs)


async def _in_slices(work: Generator[asyncio.Future[None] | None, None, T]) -> T:
    """Do something on the loop; others have their turn every few milliseconds, and whenever it waits for something."""
    began = time.perf_counter()
    while True:
        try:
            wait = next(work)
        except StopIteration as end:
            found: T = end.value
            return found
        try:
            if wait is not None:
                await wait
            elif time.perf_counter() - began < SLICE_SECONDS:
                continue
            else:
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            # Half a step is none, and can't be saved.
            _to_the_end(work)
            raise
        began = time.perf_counter()


def _to_the_end(work: Generator[object, None, object] | None) -> None:
    for _ in work or ():
        pass
