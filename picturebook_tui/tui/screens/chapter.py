"""One chapter: what it is about, then bet by bet a question, the run that settles it, and what came out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from secrets import randbelow
from typing import TYPE_CHECKING

from textual.containers import Container, Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.progress import Place, Stage, Taken
from picturebook_tui.game.words import times
from picturebook_tui.tui.commands import LEAVE, Command
from picturebook_tui.tui.lessons import Trial
from picturebook_tui.tui.screens.base import BookScreen, Line
from picturebook_tui.tui.screens.chapters import before_and_after
from picturebook_tui.tui.screens.trial_curves import draw, legend
from picturebook_tui.tui.widgets.choices import ChoiceRow
from picturebook_tui.tui.widgets.curves import Curves, Range
from picturebook_tui.tui.widgets.step_bar import StepBar

if TYPE_CHECKING:
    from picturebook_tui.game.lessons import Bet, Chapter, Outcome
    from picturebook_tui.tui.lessons import Lessons

SEEDS = 10_000
"""Seeds of runs: as short as Home's."""

LOOK_SECONDS = 0.1
"""Between two looks at what the run has told."""

LATE = 6
"""Each look draws a sixth of what is still to be drawn: nine points take a second, a thousand under four."""

TALL = 23
"""Rows from which a question stays above its answer."""


class ChapterScreen(BookScreen[None]):
    """Introduction, bets, and what was believed before and after; every step of it is kept."""

    COMMANDS_HERE = (
        Command("go_on", ("enter", "space"), "⏎", "go on", "Go on; on a question, bet on the marked choice."),
        Command("up", ("up", "k"), "↑", "up", "The choice above, or scroll.", in_line=False, in_palette=False),
        Command("down", ("down", "j"), "↑↓", "choose", "The choice below, or scroll.", in_palette=False),
        *(
            Command(
                f"bet({number})",
                (str(number + 1),),
                str(number + 1),
                f"bet on {number + 1}",
                "Bet on this choice.",
                in_line=False,
            )
            for number in range(4)
        ),
        Command("pictures", ("p",), "p", "pictures", "The pictures that this answer is about, one by one."),
        Command("again", ("r",), "r", "bet again", "The same question, and a run with other pictures."),
        replace(LEAVE, help="Back to the list; the place is kept, and a run that was left begins again."),
    )
    MOUSE_HELP = "With the mouse: click a choice to bet on it, or any word in the key line; the wheel scrolls."
    DEFAULT_CSS = """
    ChapterScreen > #words { height: auto; max-height: 100%; padding: 1 2 0 2; scrollbar-size-vertical: 1; }
    ChapterScreen.-drawing > #words { max-height: 70%; }
    ChapterScreen #words Static { height: auto; }
    ChapterScreen #words > * { max-width: 90; }
    ChapterScreen #question { margin-bottom: 1; }
    ChapterScreen.-drawing #question { color: $foreground-muted; }
    ChapterScreen.-answer.-short #question { display: none; }
    ChapterScreen.-answer.-short > #words { padding: 0 2; }
    ChapterScreen #choices { height: auto; }
    ChapterScreen #verdict, ChapterScreen #paragraph { display: none; }
    ChapterScreen.-drawing #verdict, ChapterScreen.-answer #paragraph { display: block; }
    ChapterScreen.-answer #paragraph { margin-top: 1; }
    ChapterScreen > #legend, ChapterScreen > #drawn, ChapterScreen > #progress { display: none; }
    ChapterScreen > #legend { height: auto; max-height: 3; padding: 0 2; margin-top: 1; }
    ChapterScreen > #drawn { height: 1fr; padding: 0 2; }
    ChapterScreen > #drawn > Curves { max-height: 30; max-width: 120; }
    ChapterScreen > #progress { height: 1; padding: 0 2; }
    ChapterScreen #progress > Line { width: 40; max-width: 60%; text-wrap: nowrap; text-overflow: ellipsis; }
    ChapterScreen.-drawing > #legend, ChapterScreen.-drawing > #drawn { display: block; }
    ChapterScreen.-running > #progress { display: block; }
    """

    def __init__(self, lessons: Lessons, chapter: Chapter) -> None:
        super().__init__()
        self._lessons = lessons
        self._chapter = chapter
        self._place: Place | None = None
        """None where the chapter is at its end."""
        self._cursor = 0
        self._trial: Trial | None = None
        self._outcome: Outcome | None = None
        self._marked: Mapping[str, tuple[int, ...]] = {}
        """Pictures of the answer that is shown; {} until its run is over."""
        self._drawn = 0
        self._range: Range | None = None

    def compose_body(self) -> Iterable[Widget]:
        with VerticalScroll(id="words", can_focus=False):
            yield Static("", id="question", markup=False)
            yield Container(id="choices")
            yield Static("", id="verdict")
            yield Static("", id="paragraph", markup=False)
        yield Static("", id="legend")
        yield Container(id="drawn")
        with Horizontal(id="progress"):
            yield Line("", id="who")
            yield StepBar(id="steps")

    async def on_mount(self) -> None:
        self.set_interval(LOOK_SECONDS, self._look)
        place = self._lessons.progress.place
        keys = ("", *(bet.key for bet in self._chapter.bets))
        if place is None or place.chapter != self._chapter.key or place.bet not in keys:
            place = Place(self._chapter.key)
        await self._go(place)

    def on_unmount(self) -> None:
        self._leave_trial()

    def title_text(self) -> str:
        head = f"{self._chapter.number} · {self._chapter.title}"
        bet = self._bet
        if bet is None or len(self._chapter.bets) == 1:
            return head
        return f"{head} · bet {self._chapter.bets.index(bet) + 1} of {len(self._chapter.bets)}"

    # -- where one is ---------------------------------------------------------------------------------------

    @property
    def _bet(self) -> Bet | None:
        return self._chapter.bet(self._place.bet) if self._place is not None and self._place.bet else None

    @property
    def _stage(self) -> Stage | None:
        """None at the chapter's end."""
        return None if self._place is None else self._place.stage

    @property
    def _taken(self) -> Taken | None:
        return None if self._place is None else self._lessons.progress.find(self._place.chapter, self._place.bet)

    @property
    def commands(self) -> tuple[Command, ...]:
        """Those that do something at this stage."""
        bet, stage = self._bet, self._stage
        choices = len(bet.choices) if bet is not None and stage is Stage.BET else 0
        hidden = {f"bet({number})" for number in range(choices, 4)}
        if stage is not Stage.BET:
            hidden |= {"down", "up"} if not self._can_scroll else set()
        if stage is not Stage.ANSWER:
            hidden.add("again")
        if stage is not Stage.ANSWER or not self._marked:
            hidden.add("pictures")
        return tuple(command for command in super().commands if command.action not in hidden)

    @property
    def _can_scroll(self) -> bool:
        return bool(self.query("#words")) and self.query_one("#words", VerticalScroll).max_scroll_y > 0

    async def _go(self, place: Place | None) -> None:
        """Show a place of this chapter; None: its end."""
        if place is not None and place.stage in (Stage.RUN, Stage.ANSWER):
            taken = self._lessons.progress.find(place.chapter, place.bet)
            if taken is None or (place.stage is Stage.ANSWER and not taken.settled):
                place = Place(place.chapter, place.bet, Stage.BET)
        self._leave_trial()
        self._marked = {}
        self._place = place
        self.book_app.keep_lessons(self._lessons, self._lessons.progress.at(place))
        await self._show()
        if self._stage in (Stage.RUN, Stage.ANSWER):
            # An answer that is looked up again has its curves drawn anew: the same seed, the same points.
            self._begin()

    async def _show(self) -> None:
        bet, stage = self._bet, self._stage
        self.set_class(stage in (Stage.RUN, Stage.ANSWER), "-drawing")
        self.set_class(stage is Stage.ANSWER, "-answer")
        self.set_class(stage is Stage.RUN, "-running")
        choices = self.query_one("#choices")
        await choices.remove_children()
        self.query_one("#question", Static).update(self._lead(bet))
        if stage is Stage.BET and bet is not None:
            await choices.mount_all(ChoiceRow(number, choice.text) for number, choice in enumerate(bet.choices))
            self._mark(0)
        self.query_one("#verdict", Static).update(self._verdict())
        taken = self._taken
        self.query_one("#paragraph", Static).update(taken.paragraph if taken is not None else "")
        self.query_one("#words", VerticalScroll).scroll_home(animate=False)
        self.show_title()
        self.show_keys()
        self.call_after_refresh(self.show_keys)

    def _lead(self, bet: Bet | None) -> Content | str:
        if bet is not None:
            return bet.question
        if self._stage is Stage.INTRODUCTION:
            return f"{self._chapter.introduction}\n\n{times(len(self._chapter.bets), 'bet')} ahead."
        rows = self._lessons.progress.summary([self._chapter]).rows
        return before_and_after(rows)

    def _verdict(self) -> Content:
        taken, stage = self._taken, self._stage
        if taken is None or stage not in (Stage.RUN, Stage.ANSWER):
            return Content("")
        if stage is Stage.RUN or not taken.settled:
            return Content(f"Your bet: {taken.choice}")
        if taken.right:
            return Content.styled(f"✓ You bet, and the run said: {taken.answer}", "bold $ok")
        return Content.styled(f"✗ You bet:      {taken.choice}", "bold $miss") + Content.styled(
            f"\n➜ The run said: {taken.answer}", "bold $lamp"
        )

    # -- the run --------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        bet, taken = self._bet, self._taken
        assert bet is not None
        assert taken is not None
        self._outcome, self._drawn = None, 0
        self.query_one("#legend", Static).update("")
        self.query("#drawn > Curves").remove()
        self.query_one("#who", Line).say("")
        self.query_one("#steps", StepBar).set_steps(0, 0)
        self._trial = Trial(bet, taken.seed)
        self.run_worker(self._wait(self._trial), exclusive=True, group="trial")

    async def _wait(self, trial: Trial) -> None:
        try:
            outcome = await trial.outcome()
        except PictureBookError as error:
            if trial is self._trial:
                self._leave_trial()
                self.query_one("#verdict", Static).update(Content(str(error)))
            return
        if trial is self._trial:
            self._outcome = outcome

    def _leave_trial(self) -> None:
        if self._trial is not None:
            self._trial.leave()
        self._trial = self._outcome = None

    async def _look(self) -> None:
        """Draw a little more of what the run has told; after the last of it comes the answer."""
        trial = self._trial
        if trial is None or not self.is_current:
            return
        told, over = len(trial.told), self._outcome is not None
        if self.book_app.still or self._stage is Stage.ANSWER:
            # Nothing grows before one's eyes: the bar says how far it is, the curves come whole.
            if over:
                self._draw(trial, told)
            self._tell_steps(trial, told)
        else:
            self._draw(trial, min(told, self._drawn + max(1, (told - self._drawn) // LATE)))
            self._tell_steps(trial, self._drawn)
        if over and self._drawn >= told:
            await self._settle()

    def _draw(self, trial: Trial, count: int) -> None:
        if count == self._drawn:
            return
        self._drawn = count
        drawing = draw(trial.bet, trial.told[:count])
        if drawing is None:
            return
        self.query_one("#legend", Static).update(legend(drawing, self.size.width - 4))
        curves = self.query("#drawn > Curves")
        if curves and drawing.y_range == self._range:
            curves.first(Curves).set_series(drawing.lines, x_count=drawing.x_count, x_label=drawing.x_label)
            return
        self._range = drawing.y_range
        curves.remove()
        self.query_one("#drawn").mount(
            Curves(
                drawing.lines,
                y_range=drawing.y_range,
                percent=drawing.percent,
                x_count=drawing.x_count,
                x_label=drawing.x_label,
            )
        )

    def _tell_steps(self, trial: Trial, count: int) -> None:
        if count:
            told = trial.told[count - 1]
            self.query_one("#who", Line).say(trial.bet.names[told.series])
            self.query_one("#steps", StepBar).set_steps(told.step, told.steps, under_way=False)

    async def _settle(self) -> None:
        bet, outcome = self._bet, self._outcome
        self._trial = self._outcome = None
        if bet is None or outcome is None:
            return
        self._marked = outcome.marked
        if self._stage is not Stage.RUN:
            self.show_keys()
            return
        progress = self._lessons.progress.settle(self._chapter, bet, outcome)
        self._place = progress.place
        self.book_app.keep_lessons(self._lessons, progress)
        await self._show()

    # -- keys and mouse -------------------------------------------------------------------------------------

    async def action_go_on(self) -> None:
        if self.held():
            return
        match self._stage:
            case Stage.BET:
                await self.action_bet(self._cursor)
            case Stage.RUN:
                await self._hurry()
            case Stage.INTRODUCTION | Stage.ANSWER:
                await self._go_further()
            case None:
                await self._next_chapter()

    async def _hurry(self) -> None:
        """Draw all there is; a run that was stopped by an error is begun again."""
        if self._trial is None:
            self._begin()
        elif self._outcome is not None:
            self._draw(self._trial, len(self._trial.told))
            await self._settle()

    async def _go_further(self) -> None:
        assert self._place is not None
        following = self._lessons.progress.following(self._lessons.chapters, self._place)
        if self._stage is Stage.INTRODUCTION:
            # Somebody who has begun this chapter goes on with what is open.
            taken = [self._lessons.progress.find(self._chapter.key, bet.key) for bet in self._chapter.bets]
            still_open = [
                bet.key for bet, one in zip(self._chapter.bets, taken, strict=True) if one is None or not one.settled
            ]
            if still_open:
                following = Place(self._chapter.key, still_open[0], Stage.BET)
        here = following is not None and following.chapter == self._chapter.key
        await self._go(following if here else None)

    async def _next_chapter(self) -> None:
        number = self._lessons.chapters.index(self._chapter) + 1
        if number >= len(self._lessons.chapters):
            self.dismiss(None)
            return
        self._chapter = self._lessons.chapters[number]
        await self._go(Place(self._chapter.key))

    async def action_bet(self, number: int) -> None:
        bet = self._bet
        if bet is None or self._stage is not Stage.BET or number >= len(bet.choices):
            return
        self._lessons.progress = self._lessons.progress.take(self._chapter, bet, number, randbelow(SEEDS))
        await self._go(self._lessons.progress.place)

    async def on_choice_row_chosen(self, event: ChoiceRow.Chosen) -> None:
        event.stop()
        await self.action_bet(event.number)

    async def action_again(self) -> None:
        if self._place is not None and self._stage is Stage.ANSWER:
            await self._go(Place(self._place.chapter, self._place.bet, Stage.BET))

    def action_pictures(self) -> None:
        bet, taken = self._bet, self._taken
        if bet is not None and taken is not None and self._stage is Stage.ANSWER and self._marked:
            from picturebook_tui.tui.screens.marked import MarkedScreen

            self.app.push_screen(MarkedScreen(bet, taken.seed, self._marked))

    def action_up(self) -> None:
        self._move(-1)

    def action_down(self) -> None:
        self._move(1)

    def _move(self, by: int) -> None:
        if self._stage is Stage.BET:
            self._mark(self._cursor + by)
        else:
            self.query_one("#words", VerticalScroll).scroll_relative(y=by, animate=False)

    def _mark(self, number: int) -> None:
        rows = list(self.query(ChoiceRow))
        self._cursor = max(0, min(len(rows) - 1, number))
        for place, row in enumerate(rows):
            row.set_here(place == self._cursor)
        rows[self._cursor].scroll_visible(animate=False)

    def fit(self, width: int, height: int) -> None:
        super().fit(width, height)
        self.set_class(height < TALL, "-short")
