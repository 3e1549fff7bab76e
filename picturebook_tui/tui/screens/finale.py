"""The end: who was ahead where, the curves, the pictures each of them missed, and a grid to share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Static

from picturebook_tui.game.eye_words import confusion_told
from picturebook_tui.game.glimpse import harder_sentence, shown_sentence
from picturebook_tui.game.words import (
    agreement_sentence,
    best_sentence,
    good_stretch_sentence,
    sensitivity_sentence,
    stopped_told,
    unseen_told,
    verdicts,
)
from picturebook_tui.tui.attract import Invitation
from picturebook_tui.tui.commands import EVERYWHERE, EYE, LEAVE, Command
from picturebook_tui.tui.screens import confusions
from picturebook_tui.tui.screens.base import BookScreen, Line
from picturebook_tui.tui.screens.missed import missed_cards, missed_told
from picturebook_tui.tui.screens.tables import epoch_series, pupil_told, score_rows
from picturebook_tui.tui.widgets.curves import Curves
from picturebook_tui.tui.widgets.key_line import KeyLine
from picturebook_tui.tui.widgets.page_grid import PageGrid
from picturebook_tui.tui.widgets.scoreboard import ScoreTable

if TYPE_CHECKING:
    from picturebook_tui.game.pupil import PupilBoard
    from picturebook_tui.game.run import Run
    from picturebook_tui.game.scoreboard import Scoreboard
    from picturebook_tui.tui.session import Session

VIEWS = (
    ("result", "result"),
    ("curves", "curves"),
    ("pictures", "missed"),
    ("share", "share"),
    ("confusions", "confusions"),
)

SHOWN_AROUND = ("show(0)", "show(1)", "show(2)", "show(4)")
"""Views of a watched run that can be come to; there is nobody who would share it."""

TALL = 46
"""Rows from which the curves have room under the result as well."""


class FinaleScreen(BookScreen[str]):
    """Answers "again" or "home"."""

    COMMANDS_HERE = (
        Command("view(1)", ("tab", "space"), "⇥", "next view", "Result, curves, missed pictures, share, confusions."),
        EYE,
        Command("view(-1)", ("shift+tab",), "⇧⇥", "view before", "Back by one view.", in_line=False),
        Command("show(0)", ("1",), "1", "result", "Who was ahead where.", in_line=False),
        Command("show(1)", ("2",), "2", "curves", "Both curves.", in_line=False),
        Command("show(2)", ("3",), "3", "missed pictures", "What only you missed, and only the model.", in_line=False),
        Command("show(3)", ("4",), "4", "share", "The run as text to paste.", in_line=False),
        Command("show(4)", ("5",), "5", "confusions", "Who took what for what, and how often.", in_line=False),
        Command(
            "move(-1)",
            ("left", "h"),
            "←",
            "picture before",
            "Among the missed pictures.",
            in_line=False,
            in_palette=False,
        ),
        Command(
            "move(1)",
            ("right", "l"),
            "→",
            "next picture",
            "Among the missed pictures.",
            in_line=False,
            in_palette=False,
        ),
        Command(
            "row(-1)", ("up", "k"), "↑", "row above", "Among the missed pictures.", in_line=False, in_palette=False
        ),
        Command(
            "row(1)", ("down", "j"), "↓", "row below", "Among the missed pictures.", in_line=False, in_palette=False
        ),
        Command("what_if", ("w",), "w", "what if?", "Other batch sizes and learning rates on the same pages."),
        Command(
            "copy",
            ("c", "y"),
            "c",
            "copy grid",
            "Put the share grid on your clipboard (the terminal must allow it).",
            in_line=False,
        ),
        Command(
            "again",
            ("r",),
            "r",
            "again",
            "The same book and the same seed: the same pages in the same order.",
        ),
        Command("leave", ("escape", "q", "enter"), "⏎", "home", "Back to Home."),
        Command("speeds", ("t",), "t", "try speeds", "A hundred learning rates on this book."),
    )
    DEFAULT_CSS = """
    FinaleScreen > #tabs { padding: 0 1; margin-top: 1; }
    FinaleScreen #beside { display: none; height: 24; padding: 1 0; }
    FinaleScreen.-tall #beside { display: block; }
    FinaleScreen > ContentSwitcher { height: 1fr; }
    FinaleScreen #result, FinaleScreen #share, FinaleScreen #confusions { padding: 1 2 0 2; }
    FinaleScreen #verdicts { height: auto; text-style: bold; }
    FinaleScreen #small-print { height: auto; margin-top: 1; }
    FinaleScreen ScoreTable { margin-top: 1; }
    FinaleScreen Curves { padding: 1 2; max-height: 40; }
    FinaleScreen > #told { padding: 0 1; text-overflow: ellipsis; text-wrap: nowrap; }
    """

    def __init__(
        self,
        run: Run,
        board: Scoreboard,
        summary: Mapping[str, Any],
        *,
        pupil: PupilBoard,
        best_before: float | None,
        watched: bool,
        session: Session | None = None,
    ) -> None:
        super().__init__()
        self._session = session
        self._of = run
        self._board = board
        self._pupil = pupil
        self._summary = summary
        self._best_before = best_before
        self._player = "the child" if watched else "you"
        self.watched = watched
        self._view = 0
        self._missed = (*board.only_model_missed, *board.only_child_missed, *board.both_missed)

    def compose_body(self) -> Iterable[Widget]:
        yield KeyLine(id="tabs")
        with ContentSwitcher(initial="result"):
            with VerticalScroll(id="result", can_focus=False):
                told = [verdict.sentence for verdict in verdicts(self._board, self._player)]
                yield Static(Content("\n".join(told)), id="verdicts")
                yield ScoreTable(score_rows(self._board, self._pupil))
                yield Static(Content(self._small_print()), id="small-print")
                yield Curves(epoch_series(self._board, self._pupil, self.watched), id="beside")
            yield Curves(epoch_series(self._board, self._pupil, self.watched), id="curves")
            yield PageGrid(id="pictures")
            with VerticalScroll(id="share", can_focus=False):
                yield Static(Content(str(self._summary["share"])), id="grid")
            with VerticalScroll(id="confusions", can_focus=False):
                yield confusions.tables(self._of, self._player, over=True)
        yield Line("", id="told")
        if self.watched:
            yield Invitation(id="invitation")

    async def on_mount(self) -> None:
        grid = self.query_one(PageGrid)
        cards, marks = missed_cards(self._of, self._missed)
        grid.set_cards(cards, marks)
        grid.cursor = 0 if cards else None
        self._show_view(0)

    def title_text(self) -> str:
        return f"{self._of.book.title} · The end"

    @property
    def commands(self) -> tuple[Command, ...]:
        """The way out and the help first, so that they keep their place in a narrow window."""
        if self.watched:
            # Any other key ends the demo. Its views are in the palette, for whoever shows them around.
            shown = [command for command in self.COMMANDS_HERE if command.action in SHOWN_AROUND]
            views = (replace(command, keys=(), shown=":") for command in shown)
            return (*views, LEAVE, *EVERYWHERE) if self.book_app.attract.booth else ()
        # Without a session there is no model to ask any more.
        known = [command for command in super().commands if self._session is not None or command is not EYE]
        first = [command for command in known if command.action in ("view(1)", "leave", "help")]
        return (*first, *(command for command in known if command not in first))

    def _small_print(self) -> str:
        said = [
            self._of.book.secret,
            unseen_told(self._of.book),
            pupil_told(self._of, self._board, self._pupil, self.watched),
            ""
            if self.watched
            else best_sentence(self._summary["child_right"], self._summary["child_answered"], self._best_before),
            good_stretch_sentence(
                self._board.child.first_good_stretch, self._board.model.first_good_stretch, self._player
            ),
            sensitivity_sentence(self._board, self._of.book.labels, self._player),
            agreement_sentence(self._board),
            harder_sentence(self._of.book.distortion),
            shown_sentence((*self._of.turned, *self._of.unseen_turned), self._of.settings.glimpse_ms),
            stopped_told(self._of.stopped) if self._of.stopped is not None else "",
        ]
        return "\n".join(sentence for sentence in said if sentence)

    def _show_view(self, view: int) -> None:
        self._view = view % len(VIEWS)
        self.query_one(ContentSwitcher).current = VIEWS[self._view][0]
        # No key of a watched run's goes there.
        self.query_one("#tabs", KeyLine).display = not self.watched
        self.query_one("#tabs", KeyLine).set_keys(
            [(f"▸{i + 1}" if i == self._view else f" {i + 1}", name, f"show({i})") for i, (_, name) in enumerate(VIEWS)]
        )
        self._tell()

    def _tell(self) -> None:
        line = self.query_one("#told", Line)
        if VIEWS[self._view][0] == "pictures":
            cursor = self.query_one(PageGrid).cursor
            line.say(missed_told(self._of, self._missed, cursor))
        elif VIEWS[self._view][0] == "share":
            line.say("A shape is a page; after | the unseen ones. c copies it.")
        elif VIEWS[self._view][0] == "confusions":
            both = confusions.of_the_book(self._of)
            whole, short = confusion_told(both, self._of.book.labels, self._player)
            line.say(whole if cell_len(whole) <= self.size.width - 2 else short)
        else:
            scroll = self.query_one("#result", VerticalScroll)
            more = self._view == 0 and scroll.max_scroll_y > 0 and not self.watched
            line.say("↓ more below" if more else "")

    def action_view(self, by: int) -> None:
        self._show_view(self._view + by)

    def action_show(self, view: int) -> None:
        self._show_view(view)

    def action_move(self, by: int) -> None:
        if VIEWS[self._view][0] != "pictures":
            self.action_view(by)
            return
        grid = self.query_one(PageGrid)
        if grid.cursor is not None and 0 <= grid.cursor + by < len(self._missed):
            grid.cursor += by
            self._tell()

    def action_row(self, by: int) -> None:
        view = VIEWS[self._view][0]
        if view == "pictures":
            self.action_move(by * self.query_one(PageGrid).columns)
        elif view != "curves":
            self.query_one(f"#{view}", VerticalScroll).scroll_relative(y=by, animate=False)

    def on_page_grid_card_clicked(self, event: PageGrid.CardClicked) -> None:
        event.stop()
        self.query_one(PageGrid).cursor = event.index
        self._tell()

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(str(self._summary["share"]))
        self.book_app.say("The grid is on your clipboard, if your terminal lets programs put things there.")

    def action_speeds(self) -> None:
        self.book_app.show_speeds(self._of.settings, self._of.book.title, self._of.book)

    def action_eye(self) -> None:
        """The missed picture under the cursor as the model sees it; from the other views, its weights."""
        if self._session is None:
            return
        from picturebook_tui.tui.screens.eye import PICTURE, WEIGHTS, EyeScreen, subjects_missed

        grid = self.query_one(PageGrid)
        view = PICTURE if VIEWS[self._view][0] == "pictures" and self._missed else WEIGHTS
        self.app.push_screen(
            EyeScreen(
                self._session,
                subjects_missed(self._missed),
                start=grid.cursor or 0,
                view=view,
                over=True,
                name=self._player,
            ),
            self._seen,
        )

    def _seen(self, picture: int | None) -> None:
        """Back from the model's eye, at the picture it looked at last."""
        if picture is not None and self._missed:
            self.query_one(PageGrid).cursor = picture
            self._tell()

    def action_what_if(self) -> None:
        from picturebook_tui.tui.screens.what_if import WhatIfScreen
        from picturebook_tui.tui.siblings import NOT_HERE, Sweeping

        sweeping = self.book_app.sweeping
        if sweeping is None or sweeping.run is not self._of:
            sweeping = Sweeping(None, self._of, NOT_HERE)
        self.app.push_screen(WhatIfScreen(self._of, sweeping, player=self._player))

    def action_again(self) -> None:
        if self.is_current:
            self.dismiss("again")

    async def action_leave(self) -> None:
        if not self.held():
            self.dismiss("home")

    def fit(self, width: int, height: int) -> None:
        super().fit(width, height)
        self.set_class(height >= TALL, "-tall")
        self.call_after_refresh(self._tell)
