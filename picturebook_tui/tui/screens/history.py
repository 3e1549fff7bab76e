"""History: runs to go on with, runs you have finished, your best of each book, and each run's board once more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.codec import epoch_result_from_dict
from picturebook_tui.game.words import times
from picturebook_tui.percent import percent
from picturebook_tui.records.runs import bests
from picturebook_tui.tui.commands import LEAVE, Command
from picturebook_tui.tui.screens.base import BookScreen, Line
from picturebook_tui.tui.screens.knob_screen import KNOB_COMMANDS, KnobScreen
from picturebook_tui.tui.screens.tables import epoch_rows, local_time, series_of
from picturebook_tui.tui.widgets.curves import Curves
from picturebook_tui.tui.widgets.knobs import Knob, KnobList
from picturebook_tui.tui.widgets.scoreboard import ScoreTable

if TYPE_CHECKING:
    from picturebook_tui.records.runs import FinishedRun, RunHead

GO_ON = "go on "
"""Before the number of a run that is not finished, in its row's id."""

LATEST = 200
"""Runs listed; ``picturebook history export`` has all of them."""


class HistoryScreen(KnobScreen[None]):
    """A line a run, newest first; ★ is the best of its kind."""

    COMMANDS_HERE = (
        *KNOB_COMMANDS[:2],
        Command(
            "choose",
            ("enter", "right", "l"),
            "⏎",
            "look",
            "The run's board, curves and share grid; an unfinished run is gone on with.",
        ),
        Command("discard", ("x", "delete"), "x", "throw away", "An unfinished run, once you have said so twice."),
        LEAVE,
    )
    DEFAULT_CSS = """
    HistoryScreen > KnobList { margin: 1 0; height: 1fr; }
    HistoryScreen > #none { padding: 0 2; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._runs: tuple[FinishedRun, ...] = ()
        self._unfinished: tuple[RunHead, ...] = ()

    def compose_body(self) -> Iterable[Widget]:
        yield KnobList(id="knobs")
        yield Line("", id="none")

    async def on_mount(self) -> None:
        await self._load()

    async def on_screen_resume(self) -> None:
        """Back from a run that was gone on with."""
        await self._load()

    async def _load(self) -> None:
        try:
            heads, finished = await self.book_app.on_records(lambda store: (store.unfinished(), store.finished()))
            self._unfinished = tuple(head for head in heads if head.answers > 0)
        except PictureBookError as error:
            self.query_one("#none", Line).say(str(error))
            return
        self._runs = finished[:LATEST]
        stars = {run.run_id for run in bests(finished).values()}
        self.knobs.set_rows(
            [
                *(self._unfinished_row(head) for head in self._unfinished),
                *(self._row(run, run.run_id in stars) for run in self._runs),
            ]
        )
        self.show_keys()
        none = "No run finished yet. The first one will stand here."
        self.query_one("#none", Line).say("★ your best of that book and length" if self._runs else none)

    def title_text(self) -> str:
        return "History"

    @property
    def commands(self) -> tuple[Command, ...]:
        """Throwing away is offered on an unfinished run."""
        here = self._unfinished_here is not None
        return tuple(command for command in super().commands if here or command.action != "discard")

    @property
    def _unfinished_here(self) -> RunHead | None:
        """The unfinished run under the cursor."""
        row = self.knobs.current if self.query(KnobList) else None
        if row is None or not row.id.startswith(GO_ON):
            return None
        return next((head for head in self._unfinished if f"{GO_ON}{head.run_id}" == row.id), None)

    def on_knob_list_moved(self, event: KnobList.Moved) -> None:
        self.show_keys()

    def action_discard(self) -> None:
        from picturebook_tui.tui.screens.discard import DiscardScreen

        head = self._unfinished_here
        if head is None:
            return

        async def answered(gone: bool | None) -> None:
            if gone:
                await self._discard(head)

        self.app.push_screen(DiscardScreen(head), answered)

    async def _discard(self, head: RunHead) -> None:
        try:
            await self.book_app.on_records(lambda store: store.forget(head.run_id))
        except PictureBookError as error:
            self.book_app.say(str(error))
        await self._load()

    @staticmethod
    def _unfinished_row(head: RunHead) -> Knob:
        told = f"{local_time(head.created_at)}  {head.title}"
        given = times(head.answers, "answer")
        return Knob(
            f"{GO_ON}{head.run_id}", f"  {told}", None, f"not finished, {given}: ⏎ goes on", f"not finished, {given}"
        )

    @staticmethod
    def _row(run: FinishedRun, best: bool) -> Knob:
        summary = run.summary
        told = (
            f"{local_time(run.finished_at)}  {run.title}  🧒 {percent(summary.get('child_accuracy'))}"
            f"  🤖 {percent(summary.get('model_accuracy'))}"
        )
        unseen = summary.get("child_unseen")
        note = "" if unseen is None else f"unseen 🧒 {percent(unseen)} 🤖 {percent(summary.get('model_unseen'))}"
        # Half a figure would mislead: the run's own screen has them all.
        return Knob(str(run.run_id), f"{'★' if best else ' '} {told}", None, note, "…" if note else "")

    def chosen(self, knob: Knob) -> None:
        if knob.id.startswith(GO_ON):
            self.book_app.continue_run(int(knob.id.removeprefix(GO_ON)))
            return
        for run in self._runs:
            if str(run.run_id) == knob.id:
                self.app.push_screen(PastRunScreen(run))


class PastRunScreen(BookScreen[None]):
    """One finished run."""

    COMMANDS_HERE = (
        Command(
            "copy",
            ("c", "y"),
            "c",
            "copy grid",
            "Put the share grid on your clipboard (the terminal must allow it).",
        ),
        Command("leave", ("escape", "q", "left", "h", "enter"), "q", "back", "Back to the list."),
    )
    DEFAULT_CSS = """
    PastRunScreen > #facts { padding: 1 2 0 2; height: auto; }
    PastRunScreen > ScoreTable { padding: 1 2 0 2; }
    PastRunScreen > Curves { padding: 1 2; height: 1fr; max-height: 24; }
    """

    def __init__(self, run: FinishedRun) -> None:
        super().__init__()
        self._of = run

    def compose_body(self) -> Iterable[Widget]:
        settings = self._of.settings
        epochs = [epoch_result_from_dict(row) for row in self._of.summary.get("epochs", [])]
        facts = (
            f"{times(settings.get('pictures', 0), 'picture')} · batch {settings.get('batch_size')} · "
            f"{times(settings.get('epochs', 0), 'epoch')} · {settings.get('learner')} · seed {settings.get('seed')}"
        )
        yield Static(Content(facts), id="facts")
        yield ScoreTable(epoch_rows(epochs))
        yield Curves(series_of(epochs))

    def title_text(self) -> str:
        return f"{self._of.title} · {local_time(self._of.finished_at)}"

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(str(self._of.summary.get("share", "")))
        self.book_app.say("The grid is on your clipboard, if your terminal lets programs put things there.")
