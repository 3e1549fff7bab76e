"""The run that settles a bet, drawn while it goes on: names of its lines, the curves, and how far it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from textual.containers import Container, Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from picturebook_tui.errors import PictureBookError
from picturebook_tui.tui.screens.base import Line
from picturebook_tui.tui.screens.trial_curves import draw, legend
from picturebook_tui.tui.widgets.curves import Curves, Range, Ticks, more_to_draw
from picturebook_tui.tui.widgets.step_bar import StepBar

if TYPE_CHECKING:
    from picturebook_tui.game.experiments.catalogue import Told
    from picturebook_tui.game.lessons import Bet, Outcome
    from picturebook_tui.jobs import Job
    from picturebook_tui.tui.app import PictureBookApp

    Trial = Job[Told, Outcome]

LOOK_SECONDS = 0.1
"""Between two looks at what the run has told."""

LATE = 6
"""Each look draws a sixth of what is still to be drawn: nine points take a second, a thousand under four."""


class TrialView(Vertical):
    """One bet's run at a time; says ``Over`` when all of it is drawn."""

    DEFAULT_CSS = """
    TrialView { height: 1fr; }
    TrialView > #legend { height: auto; max-height: 3; }
    TrialView > #drawn { height: 1fr; }
    TrialView > #drawn > Curves { max-height: 40; }
    TrialView > #progress { height: 1; display: none; }
    TrialView.-running > #progress { display: block; }
    TrialView Line { width: 40; max-width: 60%; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    class Over(Message):
        """The run has ended, and its curves are drawn."""

        def __init__(self, outcome: Outcome) -> None:
            super().__init__()
            self.outcome = outcome

    class Failed(Message):
        """The run can't be made."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._bet: Bet | None = None
        """Whose run was begun last."""
        self._trial: Trial | None = None
        self._outcome: Outcome | None = None
        self._whole = False
        self._drawn = 0
        self._axes: tuple[Range, Ticks | None] | None = None

    def compose(self) -> Iterable[Widget]:
        yield Static("", id="legend")
        yield Container(id="drawn")
        with Horizontal(id="progress"):
            yield Line("", id="who")
            yield StepBar(id="steps")

    def on_mount(self) -> None:
        self.set_interval(LOOK_SECONDS, self._look)

    def on_unmount(self) -> None:
        self.leave()

    @property
    def book_app(self) -> PictureBookApp:
        return cast("PictureBookApp", self.app)

    @property
    def under_way(self) -> bool:
        """A run has begun, and is not over."""
        return self._trial is not None

    def begin(self, bet: Bet, seed: int, *, whole: bool) -> None:
        """Run a bet's experiment.

        Parameters
        ----------
        whole
            The curves come at once, at the end: they were seen growing before.
        """
        self.leave()
        self._drawn, self._whole = 0, whole
        self.set_class(not whole, "-running")
        self.query_one("#legend", Static).update("")
        self.query("#drawn > Curves").remove()
        self.query_one("#who", Line).say("")
        self.query_one("#steps", StepBar).set_steps(0, 0)
        self._bet = bet
        self._trial = self.book_app.jobs.submit(bet.running, seed, urgent=True)
        self.run_worker(self._wait(self._trial), exclusive=True, group="trial")

    def leave(self) -> None:
        """End the run that is under way, if one is."""
        if self._trial is not None:
            self._trial.leave()
        self._trial = self._outcome = None

    def hurry(self) -> None:
        """Draw all there is, where the run itself is over."""
        if self._trial is not None and self._outcome is not None:
            self._draw(self._trial, len(self._trial.told))
            self._end()

    async def _wait(self, trial: Trial) -> None:
        try:
            outcome = await trial.outcome()
        except PictureBookError as error:
            if trial is self._trial:
                self.leave()
                self.post_message(self.Failed(str(error)))
            return
        if trial is self._trial:
            self._outcome = outcome

    def _look(self) -> None:
        """Draw a little more of what the run has told."""
        trial = self._trial
        if trial is None or not self.screen.is_current:
            return
        told, over = len(trial.told), self._outcome is not None
        if self._whole or self.book_app.still:
            # Nothing grows before one's eyes: the bar says how far it is, the curves come whole.
            if over:
                self._draw(trial, told)
            self._tell_steps(trial, told)
        else:
            # In a crowd all there is: a curve drawn is 8 ms of everybody's.
            self._draw(trial, more_to_draw(self._drawn, told, LATE if self.book_app.most_frames is None else 1))
            self._tell_steps(trial, self._drawn)
        if over and self._drawn >= told:
            self._end()

    def _end(self) -> None:
        outcome, self._trial, self._outcome = self._outcome, None, None
        self.remove_class("-running")
        if outcome is not None:
            self.post_message(self.Over(outcome))

    def _draw(self, trial: Trial, count: int) -> None:
        if count == self._drawn:
            return
        self._drawn = count
        assert self._bet is not None
        drawing = draw(self._bet, trial.told[:count])
        if drawing is None:
            return
        self.query_one("#legend", Static).update(legend(drawing, self.content_size.width))
        curves = self.query("#drawn > Curves")
        if curves and (drawing.y_range, drawing.x_ticks) == self._axes:
            curves.first(Curves).set_series(drawing.lines, x_count=drawing.x_count, x_label=drawing.x_label)
            return
        self._axes = (drawing.y_range, drawing.x_ticks)
        curves.remove()
        self.query_one("#drawn").mount(
            Curves(
                drawing.lines,
                y_range=drawing.y_range,
                percent=drawing.percent,
                x_count=drawing.x_count,
                x_label=drawing.x_label,
                x_ticks=drawing.x_ticks,
            )
        )

    def _tell_steps(self, trial: Trial, count: int) -> None:
        if count and self._bet is not None:
            told = trial.told[count - 1]
            self.query_one("#who", Line).say(self._bet.names[told.series])
            self.query_one("#steps", StepBar).set_steps(told.step, told.steps, under_way=False)
