"""The chapters: ten short lessons, each with bets that a run settles, and what was believed before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.words import times
from picturebook_tui.tui.commands import LEAVE, Command
from picturebook_tui.tui.screens.base import Line
from picturebook_tui.tui.screens.help import SCROLLING, ScrollScreen
from picturebook_tui.tui.screens.knob_screen import KNOB_COMMANDS, KnobScreen
from picturebook_tui.tui.widgets.knobs import Knob, KnobList

if TYPE_CHECKING:
    from picturebook_tui.game.lessons import Chapter
    from picturebook_tui.game.progress import Progress, Row, Summary
    from picturebook_tui.tui.lessons import Lessons


ROOMY = 40
"""Rows from which words stand a little below the title; a chapter has as much room."""


class ChaptersScreen(KnobScreen[None]):
    """A row a chapter, with how many of its bets are settled."""

    COMMANDS_HERE = (
        *KNOB_COMMANDS[:2],
        Command(
            "choose",
            ("enter", "space", "right", "l"),
            "⏎",
            "open",
            "The chapter, where you stopped in it.",
            in_palette=False,
        ),
        Command("summary", ("s",), "s", "before and after", "What you bet, and what the runs said."),
        replace(LEAVE, help="Back to where you were."),
    )
    DEFAULT_CSS = """
    ChaptersScreen > #middle { height: 1fr; align-horizontal: center; }
    ChaptersScreen > #middle > * { max-width: 104; }
    ChaptersScreen KnobList { margin: 1 0; height: 1fr; }
    ChaptersScreen.-roomy KnobList { margin: 4 0 1 0; height: auto; }
    ChaptersScreen #told { padding: 0 2; }
    """

    lessons: Lessons | None = None
    """None while the texts are being read."""
    _shown: Progress | None = None

    def compose_body(self) -> Iterable[Widget]:
        with Vertical(id="middle"):
            yield KnobList(id="knobs")
            yield Line("", id="told")

    async def on_mount(self) -> None:
        self.run_worker(self._open(), exclusive=True, group="open")

    def on_screen_resume(self) -> None:
        """Back from a chapter."""
        if self.lessons is not None:
            self._show(self.lessons)

    def title_text(self) -> str:
        return "Chapters"

    def fit(self, width: int, height: int) -> None:
        super().fit(width, height)
        self.set_class(height >= ROOMY, "-roomy")

    async def _open(self) -> None:
        try:
            self.lessons = await self.book_app.lessons()
        except PictureBookError as error:
            self.query_one("#told", Line).say(str(error))
            return
        if self.lessons.notice:
            self.book_app.say(self.lessons.notice)
            self.lessons.notice = ""
        self._show(self.lessons)

    def _show(self, lessons: Lessons) -> None:
        progress, chapters = lessons.progress, lessons.chapters
        here = progress.place.chapter if progress.place is not None else ""
        wide = max(cell_len(chapter.title) for chapter in chapters)
        self.knobs.set_rows([_row(chapter, progress, chapter.key == here, wide) for chapter in chapters])
        self.query_one("#told", Line).say(settled_told(progress.summary(chapters)))
        # Back from a chapter the cursor is where to go on; back from the help it stays.
        where = progress.resume(chapters)
        if progress is not self._shown and where is not None:
            self.knobs.move_to([chapter.key for chapter in chapters].index(where.chapter))
        self._shown = progress

    def chosen(self, knob: Knob) -> None:
        from picturebook_tui.tui.screens.chapter import ChapterScreen

        if self.lessons is None or self.held():
            return
        chapter = next(chapter for chapter in self.lessons.chapters if chapter.key == knob.id)
        self.app.push_screen(ChapterScreen(self.lessons, chapter))

    def action_summary(self) -> None:
        if self.lessons is not None:
            self.app.push_screen(BeforeAfterScreen(self.lessons.progress.summary(self.lessons.chapters)))


def _row(chapter: Chapter, progress: Progress, here: bool, wide: int) -> Knob:
    done, bets = progress.done(chapter), len(chapter.bets)
    sign = "✓" if done == bets else "◐" if done else "○"
    title = chapter.title + " " * (wide - cell_len(chapter.title))
    note = f"{sign} {done} of {times(bets, 'bet')}{' · go on here' if here else ''}"
    return Knob(chapter.key, f"{chapter.number:2}  {title}", None, note)


def settled_told(summary: Summary) -> str:
    """How many bets are settled, and how many of them were right the first time."""
    if not summary.settled:
        return f"{times(summary.bets, 'bet')}, each settled by a run of your own."
    return f"{summary.settled} of {times(summary.bets, 'bet')} settled, {summary.right_before} right the first time."


def before_and_after(rows: Sequence[Row]) -> Content:
    """Every settled bet of these rows: what was believed, what was bet first, what the run said."""
    parts: list[Content] = []
    for row in rows:
        if not row.after:
            continue
        sign, tone = ("✓", "$ok") if row.right_before else ("✗", "$miss")
        parts.append(Content.styled(f"{row.bet.question}\n", "bold"))
        parts.append(Content.styled(sign, f"bold {tone}") + Content(f" before: {row.before}\n"))
        parts.append(Content.styled("➜", "bold $lamp") + Content(f" after:  {row.after}\n\n"))
    return Content("").join(parts).rstrip()


class BeforeAfterScreen(ScrollScreen):
    """All chapters' bets, settled and open."""

    COMMANDS_HERE = (*SCROLLING, Command("leave", ("escape", "q", "enter"), "q", "back", "Back to the chapters."))

    def __init__(self, summary: Summary) -> None:
        super().__init__()
        self._summary = summary

    def title_text(self) -> str:
        return "Before and after"

    def text(self) -> Content:
        told = Content(settled_told(self._summary))
        rows = before_and_after(self._summary.rows)
        return Content("\n\n").join([told, rows]) if self._summary.settled else told
