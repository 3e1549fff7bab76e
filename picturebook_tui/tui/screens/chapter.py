"""One chapter: what it is about, then bet by bet a question, the run that settles it, and what came out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from secrets import randbelow
from typing import TYPE_CHECKING

from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from picturebook_tui.game.lessons import OWN
from picturebook_tui.game.progress import Place, Stage, Taken
from picturebook_tui.tui.commands import EVERYWHERE, Command
from picturebook_tui.tui.screens import chapter_words
from picturebook_tui.tui.screens.base import BookScreen
from picturebook_tui.tui.screens.chapters import ROOMY
from picturebook_tui.tui.screens.trial_view import TrialView
from picturebook_tui.tui.widgets.choices import ChoiceRow
from picturebook_tui.tui.widgets.knobs import KnobList, next_value

if TYPE_CHECKING:
    from picturebook_tui.game.lessons import Bet, Chapter
    from picturebook_tui.tui.lessons import Lessons

SEEDS = 10_000
"""Seeds of runs: as short as Home's."""

TALL = 23
"""Rows from which a question stays above its answer."""


class ChapterScreen(BookScreen[None]):
    """Introduction, bets, what is to be played, and what was believed before and after; every step of it is kept."""

    COMMANDS_HERE = chapter_words.EVERY
    MOUSE_HELP = "With the mouse: click a choice to bet on it, or any word in the key line; the wheel scrolls."
    DEFAULT_CSS = """
    ChapterScreen > #middle { height: 1fr; align-horizontal: center; }
    ChapterScreen > #middle > * { width: 1fr; max-width: 104; padding: 0 2; }
    ChapterScreen #words { height: auto; max-height: 100%; padding: 1 2 0 2; scrollbar-size-vertical: 1; }
    ChapterScreen.-roomy #words { padding: 4 2 0 2; }
    ChapterScreen.-drawing #words { max-height: 70%; }
    ChapterScreen #words Static { height: auto; }
    ChapterScreen #question { margin-bottom: 1; }
    ChapterScreen.-drawing #question { color: $foreground-muted; }
    ChapterScreen.-answer.-short #question { display: none; }
    ChapterScreen.-answer.-short #words { padding: 0 2; }
    ChapterScreen #choices { height: auto; }
    ChapterScreen #verdict, ChapterScreen #paragraph { display: none; }
    ChapterScreen.-drawing #verdict, ChapterScreen.-answer #paragraph, ChapterScreen.-knobs #paragraph {
        display: block;
    }
    ChapterScreen.-answer #paragraph, ChapterScreen.-knobs #paragraph { margin-top: 1; }
    ChapterScreen TrialView { display: none; margin-top: 1; }
    ChapterScreen.-drawing TrialView { display: block; }
    """

    def __init__(self, lessons: Lessons, chapter: Chapter) -> None:
        super().__init__()
        self._lessons = lessons
        self._chapter = chapter
        self._place: Place | None = None
        """None where the chapter is at its end."""
        self._cursor = 0
        self._turned: Mapping[str, str | int | float] = {}
        """Where the knobs of the chapter's own experiment stand."""
        self._knob = 0
        self._played = False
        """The run that the chapter invites to was begun from here."""
        self._marked: Mapping[str, tuple[int, ...]] = {}
        """Pictures of the answer that is shown; {} until its run is over."""

    def compose_body(self) -> Iterable[Widget]:
        with Vertical(id="middle"):
            with VerticalScroll(id="words", can_focus=False):
                yield Static("", id="question", markup=False)
                yield Container(id="choices")
                yield Static("", id="verdict")
                yield Static("", id="paragraph", markup=False)
            yield TrialView(id="trial")

    async def on_mount(self) -> None:
        place = self._lessons.progress.place
        keys = ["", *(bet.key for bet in self._chapter.bets)]
        if self._chapter.own is not None:
            keys.append(OWN)
        if place is None or place.chapter != self._chapter.key or place.bet not in keys:
            place = Place(self._chapter.key)
        await self._go(place)

    async def on_screen_resume(self) -> None:
        """Back from the run that the chapter invited to."""
        if self._played and self._stage is Stage.PLAY:
            await self._show()

    def title_text(self) -> str:
        return chapter_words.title(self._chapter, self._place, self._bet)

    # -- where one is ---------------------------------------------------------------------------------------

    @property
    def _bet(self) -> Bet | None:
        if self._place is None or not self._place.bet:
            return None
        own = self._chapter.own
        if self._place.bet == OWN and own is not None:
            return own.bet(self._turned)
        return self._chapter.bet(self._place.bet)

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
        here = chapter_words.commands(
            self._chapter,
            self._place,
            bet=self._bet,
            marked=bool(self._marked),
            scrolls=bool(self.query("#words")) and self.query_one("#words", VerticalScroll).max_scroll_y > 0,
            played=self._played,
            last=self._chapter is self._lessons.chapters[-1],
        )
        return (*here, *EVERYWHERE)

    async def _go(self, place: Place | None) -> None:
        """Show a place of this chapter; None: its end."""
        progress = self._lessons.progress
        if place is not None and place.stage in (Stage.RUN, Stage.ANSWER):
            taken = progress.find(place.chapter, place.bet)
            if taken is None or (place.stage is Stage.ANSWER and not taken.settled):
                place = Place(place.chapter, stage=Stage.PLAY) if place.bet == OWN else replace(place, stage=Stage.BET)
        if self._chapter.own is not None and (not self._turned or (place and place.stage in (Stage.RUN, Stage.ANSWER))):
            self._turned = chapter_words.chosen(self._chapter.own, progress.find(self._chapter.key, OWN))
        self.query_one(TrialView).leave()
        self._marked = {}
        self._place = place
        self.book_app.keep_lessons(self._lessons, progress.at(place))
        await self._show()
        if self._stage in (Stage.RUN, Stage.ANSWER):
            # An answer that is looked up again has its curves drawn anew: the same seed, the same points.
            self._begin()

    def _begin(self) -> None:
        bet, taken = self._bet, self._taken
        assert bet is not None
        assert taken is not None
        self.query_one(TrialView).begin(bet, taken.seed, whole=self._stage is Stage.ANSWER)

    async def _show(self) -> None:
        bet, stage, own = self._bet, self._stage, self._chapter.own
        knobs = stage is Stage.PLAY and own is not None
        self.set_class(stage in (Stage.RUN, Stage.ANSWER), "-drawing")
        self.set_class(stage is Stage.ANSWER, "-answer")
        self.set_class(knobs, "-knobs")
        choices = self.query_one("#choices")
        await choices.remove_children()
        lead = chapter_words.lead(self._chapter, self._place, bet, self._lessons.progress, played=self._played)
        self.query_one("#question", Static).update(lead)
        taken = self._taken
        paragraph: Content | str = taken.paragraph if taken is not None else ""
        if stage is Stage.BET and bet is not None:
            await choices.mount_all(ChoiceRow(number, choice.text) for number, choice in enumerate(bet.choices))
            self._mark(0)
        elif knobs and own is not None:
            list_of_knobs = KnobList(chapter_words.knob_rows(own, self._turned))
            # Whoever changes one thing at a time wants the same knob again.
            list_of_knobs.cursor = self._knob
            await choices.mount(list_of_knobs)
            paragraph = chapter_words.notebook(self._lessons.progress, self._chapter)
        self.query_one("#verdict", Static).update(chapter_words.verdict(taken, stage))
        self.query_one("#paragraph", Static).update(paragraph)
        self.query_one("#words", VerticalScroll).scroll_home(animate=False)
        self.show_title()
        self.show_keys()
        self.call_after_refresh(self.show_keys)

    # -- the run --------------------------------------------------------------------------------------------

    async def on_trial_view_over(self, event: TrialView.Over) -> None:
        """The run is drawn to its end: here is the answer."""
        event.stop()
        bet, taken, outcome = self._bet, self._taken, event.outcome
        if bet is None or taken is None or (bet.key, taken.seed) != (outcome.bet, outcome.seed):
            return
        self._marked = outcome.marked
        if self._stage is not Stage.RUN:
            self.show_keys()
            return
        progress = self._lessons.progress.settle(self._chapter, bet, outcome)
        self._place = progress.place
        self.book_app.keep_lessons(self._lessons, progress)
        await self._show()

    def on_trial_view_failed(self, event: TrialView.Failed) -> None:
        event.stop()
        self.query_one("#verdict", Static).update(Content(event.sentence))

    # -- keys and mouse -------------------------------------------------------------------------------------

    async def action_go_on(self) -> None:
        if self.held():
            return
        match self._stage:
            case Stage.BET:
                await self.action_bet(self._cursor)
            case Stage.RUN:
                # Draw all there is; a run that was stopped by an error is begun again.
                trial = self.query_one(TrialView)
                if trial.under_way:
                    trial.hurry()
                else:
                    self._begin()
            case Stage.PLAY if self._chapter.own is not None:
                await self._go(Place(self._chapter.key, OWN, Stage.BET))
            case Stage.PLAY if not self._played:
                self._play()
            case Stage.INTRODUCTION | Stage.ANSWER | Stage.PLAY:
                await self._go_further()
            case None:
                await self._next_chapter()

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
        self._chapter, self._played, self._turned = self._lessons.chapters[number], False, {}
        await self._go(Place(self._chapter.key))

    def _play(self) -> None:
        """The run that the chapter invites to; its pages are others every time."""
        if self._chapter.play is not None:
            self._played = True
            self.book_app.start_run(replace(self._chapter.play, seed=randbelow(SEEDS)))

    async def action_not_now(self) -> None:
        if self._stage is Stage.PLAY:
            await self._go_further()

    async def action_bet(self, number: int) -> None:
        bet = self._bet
        if bet is None or self._stage is not Stage.BET or number >= len(bet.choices):
            return
        seed, progress = randbelow(SEEDS), self._lessons.progress
        if bet.key == OWN:
            self._lessons.progress = progress.try_own(self._chapter, bet, self._turned, number, seed)
        else:
            self._lessons.progress = progress.take(self._chapter, bet, number, seed)
        await self._go(self._lessons.progress.place)

    async def on_choice_row_chosen(self, event: ChoiceRow.Chosen) -> None:
        event.stop()
        await self.action_bet(event.number)

    async def action_again(self) -> None:
        if self._place is None:
            return
        if self._stage is Stage.PLAY and self._played:
            self._play()
        elif self._stage is Stage.ANSWER and self._place.bet == OWN:
            await self._go(Place(self._place.chapter, stage=Stage.PLAY))
        elif self._stage is Stage.ANSWER:
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

    def action_turn(self, by: int) -> None:
        for knobs in self.query(KnobList):
            if (knob := knobs.current) is not None and knob.value is not None:
                self._turn(knob.id, by)

    def on_knob_list_turned(self, event: KnobList.Turned) -> None:
        self._turn(event.knob.id, event.direction)

    def _turn(self, name: str, by: int) -> None:
        own = self._chapter.own
        if own is not None:
            # Books come round again, numbers end.
            value = next_value(own.knobs[name], self._turned[name], by, around=name == "book")
            self._turned = {**self._turned, name: value}
            self.query_one(KnobList).set_rows(chapter_words.knob_rows(own, self._turned))

    def _move(self, by: int) -> None:
        if self._stage is Stage.BET:
            self._mark(self._cursor + by)
        elif self.query(KnobList):
            self.query_one(KnobList).move(by)
            self._knob = self.query_one(KnobList).cursor
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
        self.set_class(height >= ROOMY, "-roomy")
