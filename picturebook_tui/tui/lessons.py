"""The chapters at a screen's hand: their texts, how far somebody is, and experiments on threads of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Thread
from typing import TYPE_CHECKING

from picturebook_tui.errors import PictureBookError

if TYPE_CHECKING:
    from picturebook_tui.game.experiments.catalogue import Told
    from picturebook_tui.game.lessons import Bet, Chapter, Outcome
    from picturebook_tui.game.progress import Progress

Load = Callable[[], "tuple[Progress, str]"]
"""Reads the progress that was kept, and a notice ("" where there is nothing to tell)."""

Save = Callable[["Progress"], None]


class Lessons:
    """All chapters, and the one progress that every screen of them goes on with.

    Parameters
    ----------
    save
        Keeps a progress; runs on a thread, one after another.
    notice
        What is to be told about the progress as it was found.
    """

    def __init__(self, chapters: tuple[Chapter, ...], progress: Progress, save: Save, notice: str = "") -> None:
        self.chapters = chapters
        self.progress = progress
        self.notice = notice
        self._save = save
        # One thread, so that an older progress never overwrites a newer one.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="lessons")

    @classmethod
    async def open(cls, load: Load | None, save: Save | None) -> Lessons:
        """Read texts and progress off the event loop; without ``load`` and ``save`` nothing is kept.

        Raises
        ------
        PictureBookError
            Where a chapter's text can't be read.
        """
        from picturebook_tui.game.lesson_files import load_chapters
        from picturebook_tui.game.progress import Progress

        chapters = await asyncio.to_thread(load_chapters)
        progress, notice = (Progress(), "") if load is None else await asyncio.to_thread(load)
        return cls(chapters, progress, save or (lambda _: None), notice)

    def go_on(self, progress: Progress) -> Future[str]:
        """Take the next progress, and begin to keep it.

        Returns
        -------
        Done when it is on disk, with ""; else with a sentence that says why it can't be.
        """
        self.progress = progress
        return self._writer.submit(self._keep, progress)

    def _keep(self, progress: Progress) -> str:
        try:
            self._save(progress)
        except PictureBookError as error:
            return str(error)
        return ""


class Left(Exception):
    """Somebody left while the experiment ran."""


class Trial:
    """One bet's experiment under way.

    Its thread dies with the game and holds nobody up: whoever leaves is not waited for.
    """

    def __init__(self, bet: Bet, seed: int) -> None:
        self.bet = bet
        self.told: list[Told] = []
        """Points of the curves in the order in which they came; only ever grows."""
        self._left = Event()
        self._future: Future[Outcome | None] = Future()
        Thread(target=self._run, args=(bet, seed), name=f"bet {bet.key}", daemon=True).start()

    def _run(self, bet: Bet, seed: int) -> None:
        try:
            self._future.set_result(bet.run(seed, self._tell))
        except BaseException as error:
            if self._left.is_set():
                # Nobody is there any more to be told.
                self._future.set_result(None)
            else:
                self._future.set_exception(error)

    def _tell(self, told: Told) -> None:
        if self._left.is_set():
            raise Left
        self.told.append(told)

    def leave(self) -> None:
        """End it at the next point it tells."""
        self._left.set()

    async def outcome(self) -> Outcome | None:
        """Wait for the end, None where it was left; raises what ended it otherwise."""
        # Shielded: a screen that goes away cancels its own waiting, not the thread's future.
        return await asyncio.shield(asyncio.wrap_future(self._future))
