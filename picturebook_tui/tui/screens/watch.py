"""A run that a simulated child plays: the demo, and what a booth shows between visitors."""

from __future__ import annotations

from typing import ClassVar

from picturebook_tui.game.child import SimulatedChild
from picturebook_tui.tui.commands import EVERYWHERE, LEAVE, Command
from picturebook_tui.tui.screens.page_lens import LENS, SLOW
from picturebook_tui.tui.screens.play import PlayScreen
from picturebook_tui.tui.session import Session
from picturebook_tui.tui.widgets.page_grid import PageGrid

WATCH_SECONDS = 0.5
"""The simulated child's pace, a card; pages stay longer."""

LOOKING_BEATS = 4
"""Beats a watched page stays revealed, and in slow motion each line of the model's step."""


class WatchScreen(PlayScreen):
    """The page, played by itself; the model beside it is the real one."""

    watched: ClassVar[bool] = True

    def __init__(self, session: Session, child: SimulatedChild, *, speed: float = 1.0) -> None:
        super().__init__(session, speed=speed)
        self.child = child
        self._beats = 0

    @property
    def commands(self) -> tuple[Command, ...]:
        return (*(self._as_now(command) for command in (LENS, SLOW)), LEAVE, *EVERYWHERE)

    async def on_mount(self) -> None:
        self.set_interval(WATCH_SECONDS / self._speed, self._beat)

    async def _beat(self) -> None:
        """One thing the simulated child does."""
        if not self.is_current:
            return
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
