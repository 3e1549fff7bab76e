"""Glimpses: the page's pictures one after another, each for a moment, then a mask, then the answer.

Everything else is the ordinary page: once it is turned, all its cards lie there with what both players said. A picture
is shown once. It is not shown again when its answer is taken back, nor when the run was left before it was answered;
only where the mark before it, or its very first frame, was cut short, it comes anew.

How long a picture stood is measured from the moment its frame was written to the terminal to the moment the mask's was.
What the terminal and the line between add to either is not known here.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from textual.timer import Timer

from picturebook_tui.book.masks import mask
from picturebook_tui.game.glimpse import FIXATION_MS, MASK_MS
from picturebook_tui.settings import LEAST_MS, MOST_MS, USUAL_MS
from picturebook_tui.tui.commands import Command
from picturebook_tui.tui.screens import glimpse_words, page_words
from picturebook_tui.tui.screens.base import Line
from picturebook_tui.tui.screens.play import PlayScreen
from picturebook_tui.tui.session import Session
from picturebook_tui.tui.widgets.glimpse_sheet import Face, GlimpseRoom, GlimpseSheet
from picturebook_tui.tui.widgets.page_grid import PageGrid

MOST_LEAD = 0.003
"""Seconds by which the mask is begun early at most. A frame takes one to three milliseconds; where the picture's took
longer the machine was busy, and the mask's may be quicker."""


class Stage(StrEnum):
    """Where a card is on its way to an answer."""

    AWAY = "away"
    """No glimpse: the page lies there with all its cards."""
    READY = "ready"
    """Nothing moves before somebody says so, so that nobody misses the first picture."""
    MARK = "mark"
    PICTURE = "picture"
    MASK = "mask"
    ASKING = "asking"
    """A blank sheet, or one with the label given."""

    @property
    def under_way(self) -> bool:
        """It goes on by itself."""
        return self in (Stage.MARK, Stage.PICTURE)


class GlimpseScreen(PlayScreen):
    """One run whose pictures are glimpsed."""

    DEFAULT_CSS = """
    GlimpseScreen { layers: default glimpse; }
    GlimpseScreen > GlimpseRoom { layer: glimpse; width: 100%; height: 1fr; margin: 1 0 3 0; display: none; }
    GlimpseScreen.-glimpsing > GlimpseRoom { display: block; }
    GlimpseScreen.-too-small > GlimpseRoom { display: none; }
    /* Or every frame would be made of what lies under the sheet, too: three to ten times the work. The grid itself
       stays, because it must know its size. */
    GlimpseScreen.-glimpsing PageGrid > Card { visibility: hidden; }
    GlimpseScreen.-glimpsing > #score, GlimpseScreen.-glimpsing #table > * { visibility: hidden; }
    GlimpseScreen.-glimpsing #table > PageGrid { visibility: visible; }
    """

    MOUSE_HELP = (
        "A picture is shown once: there is no second look, not even after an undo. Keys count from the mask on. How "
        "long a picture stood is measured from writing its frame to writing the mask's; the terminal, and the line to "
        "it, add times of their own that nobody here can know.\n\n"
        "With the mouse: click the sheet to start the pictures, and a label's word to answer; once the page is turned, "
        "click a card to go to it."
    )

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        # A save may hold anything.
        asked = session.run.settings.glimpse_ms or USUAL_MS
        self._glimpse = min(max(asked, LEAST_MS), MOST_MS) / 1000
        self._stage = Stage.AWAY
        self._since: float | None = None
        """When the frame with the picture was written; None before that."""
        self._lead = 0.0
        """Seconds it takes to paint a frame: the mask's is begun so much earlier."""
        self._begun = 0.0
        self._glimpsed: set[int] = set()
        """Cards of this page that had their glimpse."""
        self._next_stage: Timer | None = None
        self._recalled = False
        self._hint = ""
        """Something to know, until the next stage."""

    async def on_mount(self) -> None:
        # Before the page's own: it lays out the first page.
        app, run = self.book_app, self.run
        hidden = page_words.artists_hidden(run.book)
        self.sheet = GlimpseSheet(app.clock, self._painted, hide_artist=hidden)
        await self.mount(GlimpseRoom(self.sheet, id="glimpse"))
        app.frame_written = self.sheet.frame_written

    # -- from page to page ----------------------------------------------------------------------------------

    async def _show_page(self) -> None:
        run = self.run
        if self._answering and run.page is not None:
            page = run.page
            pixels = run.pixels(page)
            seed = (run.book.seed, page.epoch, page.step_in_epoch, int(page.unseen))
            self.sheet.set_page(
                page_words.card_views(run, page), [mask(pixels, (*seed, card)) for card in range(len(pixels))]
            )
            self._glimpsed = {card for card, shown in enumerate(run.shown_ms) if shown is not None}
            self._recalled = False
        await super()._show_page()
        if not self._answering:
            self._put_away()
        elif (card := self._card) in self._glimpsed:
            self._ask(card, recalled=True)
        else:
            self._get_ready(card)

    async def _turn_page(self) -> None:
        self._put_away()
        await super()._turn_page()

    def _put_away(self) -> None:
        self._enter(Stage.AWAY)
        self.set_class(False, "-glimpsing")

    # -- from stage to stage --------------------------------------------------------------------------------

    @property
    def _lens_covers(self) -> bool:
        # While pictures are glimpsed the sheet lies over the lens, and is answered.
        return self.run.last_result is not None and super()._lens_covers

    @property
    def _cursor(self) -> int | None:
        return self.query_one(PageGrid).cursor

    @property
    def _card(self) -> int:
        """The card that is asked about."""
        return self._cursor or 0

    def _enter(self, stage: Stage) -> None:
        if self._next_stage is not None:
            self._next_stage.stop()
            self._next_stage = None
        before, self._stage, self._hint = self._stage, stage, ""
        if (before is Stage.READY) != (stage is Stage.READY):
            self.show_keys()

    def _get_ready(self, card: int) -> None:
        self._enter(Stage.READY)
        self.set_class(True, "-glimpsing")
        self.sheet.show("cross", card)
        self._prompt()

    def _look_at(self, card: int) -> None:
        """A mark to look at, then the picture."""
        self._since = None
        self._recalled = False
        self._enter(Stage.MARK)
        self.sheet.show("cross", card)
        self._prompt()

    def _show_picture(self) -> None:
        if self._stage is Stage.MARK:
            self._enter(Stage.PICTURE)
            self._begun = self.book_app.clock()
            self.sheet.show("picture", self._card)
            self._paint_now()

    def _end_picture(self) -> None:
        """The glimpse is over, unless the timer came early."""
        if self._stage is not Stage.PICTURE or self._since is None:
            return
        left = self._since + self._glimpse - self._lead - self.book_app.clock()
        if left > 0:
            self._next_stage = self.set_timer(left, self._end_picture)
            return
        self._enter(Stage.MASK)
        self.sheet.show("mask", self._card)
        self._paint_now()

    def _ask(self, card: int, *, recalled: bool = False) -> None:
        """A sheet that waits for the answer, or says which one was given."""
        self._enter(Stage.ASKING)
        self.set_class(True, "-glimpsing")
        self._recalled = recalled
        answer = self.run.answers[card]
        self.sheet.show("blank", card, "?" if answer is None else self.run.book.labels[answer])
        self._prompt()

    def _painted(self, face: Face, card: int, at: float) -> None:
        """A frame was written: time runs from here. Called between two lines of Textual's; nothing is done here."""
        match self._stage, face:
            case Stage.MARK, "cross":
                self.sheet.prepare(card)
                self._next_stage = self.set_timer(FIXATION_MS / 1000, self._show_picture)
            case Stage.PICTURE, "picture":
                self._since = at
                self._lead = min(at - self._begun, MOST_LEAD)
                self._next_stage = self.set_timer(self._glimpse - self._lead, self._end_picture)
            case Stage.MASK, "mask":
                self._keep(card, at)
                self._next_stage = self.set_timer(MASK_MS / 1000, self._end_mask)

    def _end_mask(self) -> None:
        if self._stage is Stage.MASK:
            self._ask(self._card)

    def _keep(self, card: int, until: float) -> None:
        """Write down for how long a card was shown; answers are timed from here."""
        if self._since is None or card in self._glimpsed:
            return
        self._glimpsed.add(card)
        self._asked_at = until
        shown = round(1000 * (until - self._since))
        self.call_later(self._save_shown, card, shown)

    async def _save_shown(self, card: int, shown: int) -> None:
        if self._answering:
            self._prompt()
            await self.session.show(card, shown)
            self._tell_trouble()

    def _paint_now(self) -> None:
        self.paint_now(self.sheet)

    def _cut_short(self) -> None:
        """Something lies over the sheet now. What had begun to be seen was seen."""
        if self._stage in (Stage.PICTURE, Stage.MASK) and self._since is not None:
            self._keep(self._card, self.book_app.clock())
            self._ask(self._card)
        elif self._stage.under_way:
            self._get_ready(self._card)

    def on_screen_suspend(self) -> None:
        self._cut_short()

    def fit(self, width: int, height: int) -> None:
        super().fit(width, height)
        if self.has_class("-too-small"):
            self._cut_short()

    # -- answering ------------------------------------------------------------------------------------------

    async def _label(self, label: int) -> None:
        # A key that comes while the picture is on its way was meant for the one before, or for none.
        if self._stage in (Stage.MASK, Stage.ASKING):
            await super()._label(label)

    def _go_to(self, card: int) -> None:
        if self._stage is Stage.AWAY:
            super()._go_to(card)
        elif self._stage is not Stage.PICTURE:
            super()._go_to(card)
            if card in self._glimpsed:
                self._ask(card, recalled=True)
            else:
                self._look_at(card)

    def _after_answer(self) -> None:
        super()._after_answer()
        if self.run.ready and self._stage is not Stage.AWAY:
            self._ask(self._card)

    async def action_take_back(self) -> None:
        if self._stage is not Stage.PICTURE:
            await super().action_take_back()

    def action_move(self, by: int) -> None:
        if self._stage not in (Stage.PICTURE, Stage.READY):
            super().action_move(by)

    def action_row(self, by: int) -> None:
        # There are no rows to see while one card lies there.
        if self._stage is Stage.AWAY:
            super().action_row(by)
        else:
            self.action_move(by)

    async def _turn_or_go_on(self) -> None:
        if self._stage is Stage.READY:
            self._start()
        elif not self._stage.under_way:
            await super()._turn_or_go_on()

    def _start(self) -> None:
        # Whatever was said lies over the sheet's corner.
        self.app.clear_notifications()
        self._look_at(self._card)

    async def action_lens(self) -> None:
        if not self._stage.under_way:
            await super().action_lens()
            self._tell_lens()

    def action_slow(self) -> None:
        if not self._stage.under_way:
            super().action_slow()
            self._tell_lens()

    def _tell_lens(self) -> None:
        if self._stage is not Stage.AWAY:
            self._hint = "The code lens opens when the page is turned." if self._lens_open else ""
            self._prompt()

    async def on_glimpse_sheet_clicked(self, event: GlimpseSheet.Clicked) -> None:
        event.stop()
        if self._stage is Stage.READY:
            self._start()

    # -- words ----------------------------------------------------------------------------------------------

    def _prompt(self, text: str | None = None) -> None:
        if self._stage is not Stage.AWAY:
            text = glimpse_words.prompt(
                self.run, self._stage.value, self._card, self._glimpse, text or self._hint, recalled=self._recalled
            )
        super()._prompt(text)
        result, line = self.run.last_result, self.query_one("#prompt", Line)
        if text is None and result is not None and not self._reveal.under_way and self._cursor is None:
            line.say(glimpse_words.turned(result, str(line.said), self.size.width - 2))

    @property
    def commands(self) -> tuple[Command, ...]:
        return tuple(self._as_here(command) for command in super().commands)

    def _as_here(self, command: Command) -> Command:
        if self._stage is Stage.READY and command.action == "turn":
            return replace(command, label="start", help="Start the pictures of this page.")
        if command.action in ("lens", "slow") and self._stage is not Stage.AWAY:
            # The sheet lies over the lens, which comes out when the page is turned.
            return replace(command, in_line=False)
        if command.action == "take_back":
            return replace(command, help=f"{command.help} Its picture is not shown again.")
        return command

    # -- leaving --------------------------------------------------------------------------------------------

    async def on_unmount(self) -> None:
        self.book_app.frame_written = None


def screen_of(session: Session) -> PlayScreen:
    """The screen on which a run is played."""
    return PlayScreen(session) if session.run.settings.glimpse_ms is None else GlimpseScreen(session)
