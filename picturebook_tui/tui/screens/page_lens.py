"""The code lens on the page, and the step that is read through it line by line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from picturebook_tui.game.code_lens import lens_of, stepping_prompt
from picturebook_tui.learner.stages import Stage
from picturebook_tui.tui.commands import Command
from picturebook_tui.tui.screens.page import SIDE_FROM, PageScreen
from picturebook_tui.tui.session import Session
from picturebook_tui.tui.widgets.code_lens import NARROWEST, WIDEST, CodeLens
from picturebook_tui.tui.widgets.key_line import KeyLine
from picturebook_tui.tui.widgets.page_grid import PageGrid
from picturebook_tui.tui.widgets.side_panel import SidePanel

GOOD_WIDTH = 56
"""Columns left to the lens before a second card, and a third, has room beside it."""

MOST_BESIDE = 5
"""Cards in a row beside the lens; what is wider than that becomes air."""

ROOM_FOR_WORDS = 72
"""Columns from which the key line has room for the lens's keys in two words each, beside the others."""

ROOM_FOR_ALL = 80
"""Columns from which slow motion's key has room beside those of a page that is turned."""

LENS = Command(
    "lens",
    ("c", "f2"),
    "c",
    "code lens",
    "The code lens: the loop that both of you are in, as Python, with the running line marked and the real values"
    " beside it. Where c is a label's letter, F2 while you answer.",
)
SLOW = Command(
    "slow",
    ("s", "f3"),
    "s",
    "slow motion",
    "Slow motion: turning the page runs the model's step a line at a time, a line a key. Where s is a label's letter,"
    " F3 while you answer.",
)

SLOW_FROM_NEXT = "Slow motion: the model's next step runs a line a key."
FULL_SPEED = "Full speed again: the model's next step runs at once."


def lens_width(width: int, card: int) -> int:
    """Columns for the lens on a page of ``width`` columns with cards of ``card``; 0: it has to lie over the page."""
    beside = min(MOST_BESIDE, max(1, (width - GOOD_WIDTH) // card))
    room = min(WIDEST, width - beside * card)
    return room if room >= NARROWEST else 0


class PageLens(PageScreen):
    """A page with a code lens."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._lens_open = False
        self._in_slow_motion = False
        self._step: asyncio.Future[None] | None = None
        """The step under way, in slow motion: done, the next line runs."""
        self._last_stage: Stage | None = None
        """Of the latest step."""

    # -- where it lies --------------------------------------------------------------------------------------

    @property
    def _lens_covers(self) -> bool:
        return self._lens_open and lens_width(self.size.width, self.run.book.size) == 0

    @property
    def _answering(self) -> bool:
        # Nobody labels a card that can't be seen, nor one of a page that is being turned.
        return super()._answering and self._step is None and not self._lens_covers

    def fit(self, width: int, height: int) -> None:
        super().fit(width, height)
        room = lens_width(width, self.run.book.size)
        lens, side = self.query_one(CodeLens), self.query_one(SidePanel)
        lens.styles.width = room or "1fr"
        lens.display = self._lens_open
        self.query_one(PageGrid).display = not self._lens_open or room > 0
        side.display = width >= SIDE_FROM and not self._lens_open

    async def action_lens(self) -> None:
        """Open the lens, or put it away; slow motion goes with it."""
        self._lens_open = not self._lens_open
        if not self._lens_open:
            self._leave_slow_motion()
        self.fit(self.size.width, self.size.height)

    def action_slow(self) -> None:
        """Switch slow motion on, which opens the lens, or off, which runs the rest of a step at once."""
        if self._in_slow_motion:
            self._leave_slow_motion()
        else:
            self._in_slow_motion = True
            self._lens_open = True
        self.fit(self.size.width, self.size.height)
        page = self.run.page
        if self._step is None and not self.watched and (self.run.last_result is not None or (page and page.unseen)):
            # No step is due on this page, so little else on it would tell that the key did something. After the
            # page's own words, which a new layout says again.
            self.call_after_refresh(self._prompt, SLOW_FROM_NEXT if self._in_slow_motion else FULL_SPEED)

    # -- a step at a time, or a line --------------------------------------------------------------------------

    async def _read(self, after: Callable[[], Awaitable[None]]) -> None:
        """Turn the page: at once, or in slow motion where the model makes a step; then do what comes ``after``."""
        page = self.run.page
        self._last_stage = self._last_stage if page is None or page.unseen else None
        if not self._in_slow_motion or page is None or page.unseen or self.run.stopped is not None:
            await self.session.turn_page(self._note)
            await after()
            return
        self._step = self._next_line()
        # Card 1 is the one that the lens takes as its example.
        grid = self.query_one(PageGrid)
        grid.cursor = None
        grid.scroll_rows(-len(self.run.answers))
        # Not awaited here: the keys that let it go on come through this very screen.
        self.run_worker(self._read_slowly(after), group="step")

    async def _read_slowly(self, after: Callable[[], Awaitable[None]]) -> None:
        await self.session.turn_page(self._wait_for_key)
        if self._step is not None:
            self._step = None
            await after()

    def _note(self, stage: Stage) -> None:
        self._last_stage = stage

    def _wait_for_key(self, stage: Stage) -> asyncio.Future[None] | None:
        """Show what a line has done; the next one runs with the next key. Nobody waits any more at full speed."""
        self._note(stage)
        if self._step is None or not self._in_slow_motion:
            return None
        # A key that came before there was something to see is not saved up.
        self._step = self._next_line()
        self._show_stepping()
        return self._step

    @staticmethod
    def _next_line() -> asyncio.Future[None]:
        return asyncio.get_running_loop().create_future()

    @property
    def _stepping(self) -> bool:
        """A step is being read line by line."""
        return self._step is not None

    def _run_next_line(self) -> None:
        if self._step is not None and not self._step.done():
            self._step.set_result(None)

    def _leave_slow_motion(self) -> None:
        self._in_slow_motion = False
        self._run_next_line()

    def _abandon_step(self) -> None:
        """The page is left: the step is made to its end, and nobody waits for it."""
        self._run_next_line()
        self._step = None

    # -- words ----------------------------------------------------------------------------------------------

    async def _show_words(self) -> None:
        # While a step is under way nothing may be asked of the session.
        if self._step is None:
            await super()._show_words()
        else:
            self._show_stepping()
        self._show_lens()

    def _show_stepping(self) -> None:
        self.show_title()
        self._prompt()
        self.query_one("#answers", KeyLine).set_keys([("", "Slow motion: a line of code a key.", "")])
        self.show_keys()

    def _show_lens(self) -> None:
        # While cards are being uncovered it stays as it was, or it would tell before they do.
        if self._lens_open and not self._reveal.under_way:
            self.query_one(CodeLens).show(
                lens_of(self.run, self._last_stage, stepping=self._step is not None, watched=self.watched)
            )

    def _prompt(self, text: str | None = None) -> None:
        if text is None and self._step is not None and self._last_stage is not None:
            text = stepping_prompt(self._last_stage)
        elif text is None and self._lens_covers and super()._answering:
            text = f"The lens lies over the page: {self._key_now(LENS)} puts it away."
        super()._prompt(text)
        self._show_lens()

    @property
    def commands(self) -> tuple[Command, ...]:
        """With the keys of the lens that work now, and what Enter does in the middle of a step."""
        return tuple(self._as_now(command) for command in super().commands)

    def _as_now(self, command: Command) -> Command:
        roomy = self.size.width >= ROOM_FOR_WORDS
        if command is LENS:
            label = ("close lens" if roomy else "close") if self._lens_open else command.label
            return replace(command, shown=self._key_now(command), label=label)
        if command is SLOW:
            label = "full speed" if self._in_slow_motion else command.label if roomy else "slow"
            # Once the page is turned there is nothing left to slow down, and other keys want a narrow line's room.
            in_line = self._lens_open and (self.run.last_result is None or self.size.width >= ROOM_FOR_ALL)
            return replace(command, shown=self._key_now(command), label=label, in_line=in_line)
        if self._step is not None:
            if command.action == "turn":
                return replace(command, label="next line", help="Run the next line of the model's step.")
            if command.action == "take_back":
                return replace(command, in_line=False)
        return command

    def _key_now(self, command: Command) -> str:
        """The letter, or the function key where a label of the page being answered has the letter."""
        letter, function = command.keys
        taken = letter in self.run.book.keys and self._answering and not self.watched
        return function.upper() if taken else letter
