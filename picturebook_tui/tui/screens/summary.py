"""Epoch summary: a row joins the scoreboard, the curves grow by a point, and the numbers are said in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from picturebook_tui.game.glimpse import shown_told
from picturebook_tui.game.words import epoch_sentences, epoch_told, next_epoch_told, stopped_told, unseen_told
from picturebook_tui.tui.attract import Invitation
from picturebook_tui.tui.commands import EVERYWHERE, LEAVE, Command
from picturebook_tui.tui.screens.base import BookScreen
from picturebook_tui.tui.screens.leave import LeaveScreen
from picturebook_tui.tui.screens.tables import epoch_series, pupil_told, score_rows
from picturebook_tui.tui.widgets.curves import Curves
from picturebook_tui.tui.widgets.scoreboard import ScoreTable

if TYPE_CHECKING:
    from picturebook_tui.game.events import StepResult
    from picturebook_tui.game.pupil import PupilBoard
    from picturebook_tui.game.run import Run
    from picturebook_tui.game.scoreboard import Scoreboard

CURVES_FROM = 22
"""Rows of the terminal from which there is room for curves under the words and the table."""

ROWS_ELSE = 21
"""Rows that are not the table's: words, curves of a readable height, keys. Earlier epochs give way."""


class SummaryScreen(BookScreen[str]):
    """Answers "on" or "leave"."""

    COMMANDS_HERE = (
        Command("on", ("enter", "space"), "space", "go on", "On to the next epoch, or to the end."),
        Command("leave", ("escape", "q"), "q", "leave", "Back to Home; the run can be continued from there."),
    )
    DEFAULT_CSS = """
    SummaryScreen > #sentences { height: auto; padding: 1 2 0 2; }
    SummaryScreen > Curves { height: 1fr; padding: 0 2; max-height: 40; }
    SummaryScreen > ScoreTable { padding: 1 2 0 2; }
    SummaryScreen > #next { height: 1; padding: 0 2; text-style: bold; color: $accent; }
    """

    def __init__(self, run: Run, board: Scoreboard, pupil: PupilBoard, *, watched: bool) -> None:
        super().__init__()
        self._of = run
        self._board = board
        self._pupil = pupil
        self.watched = watched

    def compose_body(self) -> Iterable[Widget]:
        yield Static(self._sentences(), id="sentences")
        yield ScoreTable(score_rows(self._board, self._pupil))
        yield Curves(epoch_series(self._board, self._pupil, self.watched), x_count=self._of.settings.epochs)
        if self.watched:
            yield Invitation(id="invitation")
            return
        yield Static(Content(next_epoch_told(self._of.settings, len(self._board.epochs))), id="next")

    def _sentences(self, *, roomy: bool = True) -> Content:
        epochs = self._board.epochs
        before = epochs[-2] if len(epochs) > 1 else None
        said = (
            epoch_told(self._of),
            *epoch_sentences(self._of.settings, epochs[-1], before, "the child" if self.watched else "you"),
            # Where there is no room for it now, it is told at the end.
            unseen_told(self._of.book) if before is None and roomy else "",
            pupil_told(self._of, self._board, self._pupil, self.watched),
            shown_told(self._pages(), self._of.settings.glimpse_ms),
            stopped_told(self._of.stopped) if self._of.stopped is not None else "",
        )
        return Content("\n".join(sentence for sentence in said if sentence))

    def _pages(self) -> list[StepResult]:
        """This epoch's, the unseen ones too."""
        epoch = self._board.epochs[-1].epoch
        return [page for page in (*self._of.turned, *self._of.unseen_turned) if page.page.epoch == epoch]

    @property
    def commands(self) -> tuple[Command, ...]:
        if not self.watched:
            return super().commands
        # Any other key ends the demo.
        return (LEAVE, *EVERYWHERE) if self.book_app.attract.booth else ()

    def title_text(self) -> str:
        return f"{self._of.book.title} · Epoch {len(self._board.epochs)} of {self._of.settings.epochs} is read"

    def fit(self, width: int, height: int) -> None:
        super().fit(width, height)
        # Below this the curves would be a line or two high, and the table says the same.
        self.query_one(Curves).display = height >= CURVES_FROM
        self.query_one("#sentences", Static).update(self._sentences(roomy=height >= CURVES_FROM))
        pupils = 0 if self._pupil.twin else 1
        last = max(2, height - ROWS_ELSE - pupils)
        self.query_one(ScoreTable).set_rows(score_rows(self._board, self._pupil, last))

    def action_on(self) -> None:
        if self.is_current and not self.held():
            self.dismiss("on")

    async def action_leave(self) -> None:
        def answered(leave: bool | None) -> None:
            if leave:
                self.dismiss("leave")

        if self.watched:
            if self.is_active:
                self.dismiss("leave")
            return
        self.app.push_screen(LeaveScreen(self.book_app.options.no_save), answered)
