"""The page: the child labels cards, turns the page, and sees what both of them said.

One screen for all four phases of a page, because it is one piece of paper: answered, revealed, and the same for the
unseen pages. How it looks is ``page.py``'s business.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from textual import events
from textual.content import Content

from picturebook_tui.game.run import Phase
from picturebook_tui.tui.commands import EYE, LEAVE, Command
from picturebook_tui.tui.screens import page_words
from picturebook_tui.tui.screens.leave import LeaveScreen
from picturebook_tui.tui.screens.page_lens import LENS, SLOW, PageLens
from picturebook_tui.tui.session import Session
from picturebook_tui.tui.widgets.page_grid import PageGrid


class PlayScreen(PageLens):
    """One run, from its first page to its end."""

    COMMANDS_HERE = (
        Command("turn", ("enter", "space"), "⏎", "turn the page", "When every card has a label, turn the page."),
        Command("take_back", ("backspace",), "⌫", "undo", "Take back the label of this card, or of the one before."),
        Command(
            "left",
            ("left", "h"),
            "←",
            "first label",
            "With two labels: the first. Otherwise: the card before.",
            in_line=False,
            in_palette=False,
        ),
        Command(
            "right",
            ("right", "l"),
            "→",
            "second label",
            "With two labels: the second. Otherwise: the next card.",
            in_line=False,
            in_palette=False,
        ),
        Command(
            "move(-1)", ("shift+tab",), "⇧⇥", "card before", "Go to the card before.", in_line=False, in_palette=False
        ),
        Command("move(1)", ("tab",), "⇥", "next card", "Go to the next card.", in_line=False, in_palette=False),
        Command("row(-1)", ("up", "k"), "↑", "row above", "Go to the card above.", in_line=False, in_palette=False),
        Command("row(1)", ("down", "j"), "↓", "row below", "Go to the card below.", in_line=False, in_palette=False),
        EYE,
        LENS,
        SLOW,
        LEAVE,
    )

    MOUSE_HELP = (
        "With the mouse: click a card to go to it, click it again to change its label; click any word in the key lines."
    )

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._turn = asyncio.Lock()
        self._asked_at = 0.0

    async def on_mount(self) -> None:
        self.set_interval(10, self.show_title)
        async with self._turn:
            await self._carry_on()
        if self.session.resumed and self._answering and not self.run.ready:
            self._welcome_back = "Here is where you stopped. What is this?"
            self._prompt(self._welcome_back)

    # -- going from phase to phase --------------------------------------------------------------------------

    async def _carry_on(self) -> None:
        """Show whatever phase the run is in, dealing where a page is due."""
        if self.run.phase is Phase.DEALING:
            await self.session.deal()
            self._tell_trouble()
        if self.run.phase is Phase.EPOCH_SUMMARY:
            await self._show_summary()
        elif self.run.phase is Phase.FINISHED:
            await self._show_finale()
        else:
            await self._show_page()

    async def _show_page(self) -> None:
        run, grid = self.run, self.query_one(PageGrid)
        self._reveal.stop()
        turned = run.last_result
        fresh = turned is None and not any(answer is not None for answer in run.answers)
        dealt = fresh and not self.book_app.still and self.book_app.most_frames is None
        self._lay_out(face_down=dealt)
        if dealt:
            self._dealing.start(len(run.answers), still=False)
        grid.cursor = run.answers.index(None) if turned is None and None in run.answers else None
        if turned is None and grid.cursor is None:
            grid.cursor = len(run.answers) - 1
        self._asked_at = self.book_app.clock()
        await self._show_words()

    @property
    def _is_there(self) -> bool:
        """A run may be put away while something is worked out for it: a demo is, at any moment."""
        return self in self.app.screen_stack

    async def _show_summary(self) -> None:
        from picturebook_tui.tui.screens.summary import SummaryScreen

        board, pupil = await self.session.board(), await self.session.pupil()
        if self._is_there:
            self.app.push_screen(SummaryScreen(self.run, board, pupil, watched=self.watched), self._after_summary)

    async def _after_summary(self, answer: str | None) -> None:
        if answer == "leave":
            await self._close()
            return
        async with self._turn:
            await self.session.go_on()
            await self._carry_on()

    async def _show_finale(self) -> None:
        from picturebook_tui.tui.screens.finale import FinaleScreen

        summary = await self.session.finish()
        self._tell_trouble()
        board, pupil = await self.session.board(), await self.session.pupil()
        if not self._is_there:
            return
        self.app.push_screen(
            FinaleScreen(
                self.run,
                board,
                summary,
                pupil=pupil,
                best_before=self.session.best_before,
                watched=self.watched,
                session=self.session,
            ),
            self._after_finale,
        )

    async def _after_finale(self, answer: str | None) -> None:
        app, settings = self.book_app, self.run.settings
        await self._close()
        if answer == "again":
            app.start_run(settings)

    # -- answering ------------------------------------------------------------------------------------------

    async def pressed(self, event: events.Key) -> None:
        self.in_hand = True
        try:
            label = page_words.label_of_key(self.run.book, event.character)
            if label is not None and self._answering and not self.watched:
                await self._label(label)
            else:
                await super().pressed(event)
        finally:
            self.in_hand = False
        self.paint()

    async def _label(self, label: int) -> None:
        async with self._turn:
            grid = self.query_one(PageGrid)
            card = grid.cursor
            if not self._answering or card is None or self.watched:
                return
            now = self.book_app.clock()
            await self.session.answer(card, label, round(1000 * (now - self._asked_at)))
            self._tell_trouble()
            await self._step_to_next(card)

    async def _step_to_next(self, card: int) -> None:
        """After an answer: the next card without one, looking forward first; the last stays where none is left."""
        grid, answers = self.query_one(PageGrid), self.run.answers
        waiting = [other for other in (*range(card + 1, len(answers)), *range(card)) if answers[other] is None]
        grid.mark(card, page_words.answer_mark(self.run, card))
        if waiting:
            self._go_to(waiting[0])
        self._after_answer()

    def begin_to_look(self) -> None:
        """Whoever answers sees the page from now on: their time for the card counts from here."""
        self._asked_at = self.book_app.clock()

    def _after_answer(self) -> None:
        self._welcome_back = ""
        self._asked_at = self.book_app.clock()
        self._prompt()

    def _go_to(self, card: int) -> None:
        grid = self.query_one(PageGrid)
        grid.cursor = card
        self._welcome_back = ""
        if self._answering:
            self._asked_at = self.book_app.clock()
        self._prompt()

    async def action_label(self, label: int) -> None:
        await self._label(label)

    async def action_left(self) -> None:
        if self._answering and len(self.run.book.labels) == 2:
            await self._label(0)
        else:
            self.action_move(-1)

    async def action_right(self) -> None:
        if self._answering and len(self.run.book.labels) == 2:
            await self._label(1)
        else:
            self.action_move(1)

    def action_move(self, by: int) -> None:
        if self.watched:
            return
        if self.run.phase is Phase.UNSEEN_TURNED:
            return
        self._reveal.hurry()
        cards = len(self.run.answers)
        cursor = self.query_one(PageGrid).cursor
        if cursor is None:
            self._go_to(0 if by > 0 else cards - 1)
        elif 0 <= cursor + by < cards:
            self._go_to(cursor + by)

    def action_row(self, by: int) -> None:
        grid = self.query_one(PageGrid)
        cursor = grid.cursor
        if cursor is None:
            self.action_move(by)
        elif 0 <= cursor + by * grid.columns < len(self.run.answers):
            self.action_move(by * grid.columns)

    async def action_take_back(self) -> None:
        async with self._turn:
            if not self._answering or self.watched:
                return
            grid, answers = self.query_one(PageGrid), self.run.answers
            card = grid.cursor or 0
            while card > 0 and answers[card] is None:
                card -= 1
            if answers[card] is None:
                return
            await self.session.take_back(card)
            self._tell_trouble()
            self._go_to(card)
            self._after_answer()

    async def on_page_grid_card_clicked(self, event: PageGrid.CardClicked) -> None:
        """A click goes to a card; a second click on it labels it with the next label in turn."""
        event.stop()
        if self.watched:
            return
        here = self.query_one(PageGrid).cursor == event.index
        if not self._answering or not here:
            self._reveal.hurry()
            self._go_to(event.index)
            return
        given = self.run.answers[event.index]
        label = 0 if given is None else (given + 1) % len(self.run.book.labels)
        async with self._turn:
            now = self.book_app.clock()
            await self.session.answer(event.index, label, round(1000 * (now - self._asked_at)))
            self._tell_trouble()
            # The cursor stays: the next click may change this label again.
            self.query_one(PageGrid).mark(event.index, page_words.answer_mark(self.run, event.index))
            self._after_answer()

    # -- turning the page -----------------------------------------------------------------------------------

    async def action_turn(self) -> None:
        """Enter and space: turn, hurry the uncovering, or go on; whichever is next."""
        if self._stepping:
            if not self.held():
                self._run_next_line()
        elif not self.watched and not self.held():
            await self._turn_or_go_on()

    async def _turn_or_go_on(self) -> None:
        async with self._turn:
            if self._answering:
                if self.run.ready:
                    await self._turn_page()
                elif None in self.run.answers:
                    self._go_to(self.run.answers.index(None))
                    left = self.run.answers.count(None)
                    self._prompt(f"{left} card{' still waits' if left == 1 else 's still wait'} for a label.")
            elif self._reveal.under_way:
                self._reveal.hurry()
            elif self.run.phase in (Phase.REVEALED, Phase.UNSEEN_TURNED):
                await self.session.go_on()
                await self._carry_on()

    async def _turn_page(self) -> None:
        await self._read(self._page_turned)

    async def _page_turned(self) -> None:
        self._tell_trouble()
        grid = self.query_one(PageGrid)
        grid.cursor = None
        grid.scroll_rows(-len(self.run.answers))
        if self.book_app.preferences.bell:
            self.app.bell()
        self._reveal.start(len(self.run.answers), still=self.book_app.still)
        if self._reveal.under_way:
            # Once all is uncovered they are said anyway.
            await self._show_words()

    async def action_eye(self) -> None:
        """See the card under the cursor as the model sees it, once its page is told."""
        async with self._turn:
            result, grid = self.run.last_result, self.query_one(PageGrid)
            if self.watched:
                return
            if result is None or result.page.unseen:
                self._prompt(page_words.eye_shut(result))
                return
            from picturebook_tui.tui.screens.eye import EyeScreen, subjects_of

            self._reveal.hurry()
            self.app.push_screen(EyeScreen(self.session, subjects_of(result), start=grid.cursor or 0), self._seen)

    def _seen(self, card: int | None) -> None:
        """Back from the model's eye, at the picture it looked at last."""
        if card is not None and self.run.phase is Phase.REVEALED:
            self._go_to(card)

    # -- words ----------------------------------------------------------------------------------------------

    def title_text(self) -> Content | str:
        return page_words.title(self.run, self.size.width, datetime.now().strftime("%H:%M"))

    @property
    def commands(self) -> tuple[Command, ...]:
        return page_words.commands_now(self.run, super().commands)

    # -- leaving --------------------------------------------------------------------------------------------

    async def action_leave(self) -> None:
        if self.watched:
            await self._close()
            return

        async def answered(leave: bool | None) -> None:
            if leave:
                await self._close()

        await self.session.try_to_save()
        no_save, trouble = self.book_app.options.no_save, self.session.save_trouble
        self.app.push_screen(LeaveScreen(no_save, trouble, answered=self.run.answered), answered)

    async def _close(self) -> None:
        self._abandon_step()
        # Home is about to look at what is kept.
        await self.session.close()
        self.dismiss(None)

    async def on_unmount(self) -> None:
        self._abandon_step()
        await self.session.close()
