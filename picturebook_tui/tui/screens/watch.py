"""A run that a simulated child plays, and after it the next: the demo, and what a booth shows between visitors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual.widget import Widget

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.child import SimulatedChild
from picturebook_tui.tui.attract import Invitation
from picturebook_tui.tui.commands import EVERYWHERE, LEAVE, Command
from picturebook_tui.tui.screens.finale import FinaleScreen
from picturebook_tui.tui.screens.page_lens import LENS, SLOW
from picturebook_tui.tui.screens.play import PlayScreen
from picturebook_tui.tui.screens.summary import SummaryScreen
from picturebook_tui.tui.session import Session
from picturebook_tui.tui.widgets.page_grid import PageGrid

WATCH_SECONDS = 0.5
"""The simulated child's pace, a card; pages stay longer."""

LOOKING_BEATS = 4
"""Beats a watched page stays revealed, and in slow motion each line of the model's step."""

SUMMARY_BEATS = 10
"""An epoch's summary stays so long: a row of numbers and two sentences."""

FINALE_BEATS = 24
"""The end of a run stays so long before the next begins: who was ahead where."""


class WatchScreen(PlayScreen):
    """The page, played by itself; the model beside it is the real one."""

    watched: ClassVar[bool] = True

    DEFAULT_CSS = "WatchScreen > #answers { display: none; }"

    def __init__(self, session: Session, child: SimulatedChild, *, speed: float = 1.0) -> None:
        super().__init__(session)
        self.child = child
        self._speed = speed
        self._beats = 0
        self._following: Session | None = None
        """The next run, from when it is made until it is begun."""

    def compose_body(self) -> Iterable[Widget]:
        yield from super().compose_body()
        yield Invitation(id="invitation")

    @property
    def commands(self) -> tuple[Command, ...]:
        """Any other key ends the demo. What can be looked at in it is in the palette, for whoever shows it around."""
        if not self.book_app.attract.booth:
            return ()
        shown = (replace(self._as_now(command), keys=(), shown=":", in_line=False) for command in (LENS, SLOW))
        return (*shown, LEAVE, *EVERYWHERE)

    async def on_mount(self) -> None:
        self.set_interval(WATCH_SECONDS / self._speed, self._beat)

    async def _beat(self) -> None:
        """One thing the simulated child does, or a moment that somebody has to look."""
        if self.book_app.attract.paused:
            return
        try:
            if self.is_active:
                await self._play()
            else:
                await self._look_on(self.app.screen)
        except PictureBookError:
            # Nobody asked for this run, so nobody is told what it has met.
            self.book_app.attract.stumble()

    async def _play(self) -> None:
        self._beats += 1
        if self._stepping:
            if self._beats % LOOKING_BEATS == 0:
                self._run_next_line()
            return
        async with self._turn:
            if self._answering:
                await self._child_answers()
                return
        if not self._reveal.under_way and self._beats >= LOOKING_BEATS:
            self._beats = 0
            await self._turn_or_go_on()

    async def _child_answers(self) -> None:
        run, grid = self.run, self.query_one(PageGrid)
        assert run.page is not None
        self._beats = 0
        if run.ready:
            await self._turn_page()
            return
        card = run.answers.index(None)
        page = run.page
        number = -1 - page.step_in_epoch - page.epoch * 1000 if page.unseen else page.global_step
        targets = (run.book.unseen if page.unseen else run.book.training).targets
        label = self.child.answer(int(targets[page.indices[card]]), len(run.book.labels), page=number, card=card)
        await self.session.answer(card, label, self.child.response_ms(page=number, card=card))
        grid.cursor = card
        await self._step_to_next(card)

    # -- what comes over the page ---------------------------------------------------------------------------

    async def _look_on(self, above: object) -> None:
        """Take a summary away, or go on after the end; while somebody has the help open, all waits."""
        if isinstance(above, SummaryScreen) and above.watched:
            self._beats += 1
            if self._beats >= SUMMARY_BEATS:
                self._beats = 0
                above.dismiss("on")
        elif isinstance(above, FinaleScreen) and above.watched and self._following is None:
            self._beats += 1
            if self._beats >= FINALE_BEATS:
                self._beats = 0
                self._following = await self.book_app.attract.another()
                # Somebody may have come while it was made.
                if above.is_active and not self.book_app.attract.paused:
                    above.dismiss("again")
                else:
                    self._following.close()
                    self._following = None

    async def _after_finale(self, answer: str | None) -> None:
        following, self._following = self._following, None
        if following is None:
            await super()._after_finale(answer)
            return
        async with self._turn:
            # On the same table, so that nothing flickers and no screen is made for a run that nobody plays.
            self.session.close()
            self.session, self.run = following, following.run
            self.child = self.book_app.attract.child_of(following)
            self._last_stage = None
            await self._carry_on()

    async def _close(self) -> None:
        # The session is closed when the last beat is done, which may be answering a card.
        self.dismiss(None)

    async def on_unmount(self) -> None:
        if self._following is not None:
            self._following.close()
