"""A hundred speeds: the loss against the learning rate, growing as a new model tries one after another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.speeds import Speeds, about, found, place_of, rate_told, try_speeds
from picturebook_tui.learner.rate_test import HIGHEST, LOWEST, RATES, RateTried
from picturebook_tui.tui.commands import Command
from picturebook_tui.tui.screens.base import BookScreen
from picturebook_tui.tui.widgets.curves import Curves, Range, Series, more_to_draw, nice_range

if TYPE_CHECKING:
    from picturebook_tui.book.book import Book
    from picturebook_tui.jobs import Job
    from picturebook_tui.settings import RunSettings

LOOK_SECONDS = 0.1
"""Between two looks at what was tried."""

LATE = 6
"""Each look draws a sixth of what is still to be drawn: a hundred rates take about two seconds."""

ROOM_ABOVE = 1.25
"""A loss that rises further than this beyond its beginning leaves by the top."""

TICKS = {place: rate_told(rate) for rate in (LOWEST, 1e-3, 0.1, 10.0, HIGHEST) if (place := place_of(rate)) is not None}
"""Every hundredfold rate: what sixty columns have room for."""


class RateTestScreen(BookScreen[None]):
    """The learning-rate range test on a run's book, with several seeds; leaving it ends it."""

    COMMANDS_HERE = (
        Command("leave", ("escape", "q", "enter", "t"), "q", "back", "Back to where you were; a test under way ends."),
    )
    DEFAULT_CSS = """
    RateTestScreen > #middle { height: 1fr; align-horizontal: center; }
    RateTestScreen > #middle > * { width: 1fr; max-width: 124; padding: 0 2; }
    RateTestScreen #about { height: auto; padding: 1 2; color: $foreground-muted; }
    RateTestScreen #legend { height: 1; }
    RateTestScreen #found { height: auto; min-height: 3; }
    """

    def __init__(self, settings: RunSettings, title: str, book: Book | None = None) -> None:
        super().__init__()
        self._settings = settings
        self._title_of_book = title
        self._book = book
        """None: made from the settings, by the test."""
        self._test: Job[RateTried, Speeds] | None = None
        self._speeds: Speeds | None = None
        self._drawn = 0

    def compose_body(self) -> Iterable[Widget]:
        with Vertical(id="middle"):
            yield Static(Content(about()), id="about")
            yield Static("", id="legend")
            yield Curves(y_range=self._range(0.0), percent=False, x_label="rate", x_count=RATES, x_ticks=TICKS)
            yield Static("", id="found")

    async def on_mount(self) -> None:
        self._test = self.book_app.jobs.submit(try_speeds, self._settings, self._book, urgent=True)
        self.set_interval(LOOK_SECONDS, self._look)
        self.run_worker(self._wait(self._test), exclusive=True, group="speeds")

    def on_unmount(self) -> None:
        if self._test is not None:
            self._test.leave()

    def title_text(self) -> str:
        made_of = "" if self._speeds is None else f" · {self._speeds.made_of}"
        return f"{self._title_of_book} · A hundred speeds{made_of}"

    # -- the test -------------------------------------------------------------------------------------------

    async def _wait(self, test: Job[RateTried, Speeds]) -> None:
        try:
            self._speeds = await test.outcome()
        except PictureBookError as error:
            self.query_one("#found", Static).update(Content(str(error)))

    def _look(self) -> None:
        """Draw a little more of what was tried; after the last rate comes what was found."""
        test, over = self._test, self._speeds is not None
        if test is None or not self.is_current:
            return
        # The run's own test grows; the others come behind it when all of them are over.
        first = [tried for tried in test.told if tried.test == 0]
        told = len(first)
        if self.book_app.still:
            # Nothing grows before one's eyes.
            self._drawn = told if over else 0
        else:
            # In a crowd all there is: a curve drawn is 8 ms of everybody's, and the test itself is sooner over.
            self._drawn = more_to_draw(self._drawn, told, LATE if self.book_app.most_frames is None else 1)
        if over and self._drawn == told:
            self._test = None
            self._tell(first)
        elif self._drawn:
            self._draw(first[: self._drawn], [], [])

    def _tell(self, tried: Sequence[RateTried]) -> None:
        assert self._speeds is not None
        self._draw(tried, marks(self._speeds), others(self._speeds))
        self.query_one("#found", Static).update(Content("\n".join(found(self._speeds))))
        self.show_title()

    def _draw(self, tried: Sequence[RateTried], marked: list[Series], behind: list[Series]) -> None:
        losses = [one.smoothed for one in tried]
        line = Series("", losses, "model", "◆", ended=False)
        curves = self.query_one(Curves)
        curves.set_range(self._range(losses[0]))
        # What is marked lies on top of the line, and that on top of the others'.
        curves.set_series([*marked, line, *behind])
        said = [
            ("◆", "loss", "model"),
            *((mark.marker, mark.label, mark.tone) for mark in marked),
        ]
        parts = [Content.styled(marker, f"bold ${tone}") + f" {name}" for marker, name, tone in said]
        self.query_one("#legend", Static).update(Content("   ").join(parts))

    @staticmethod
    def _range(first: float) -> Range:
        """Room for the first loss, or a coin's, and a little more."""
        return nice_range([Series("", [ROOM_ABOVE * max(first, log(2))], "text", " ")])


def marks(speeds: Speeds) -> list[Series]:
    """Of the first test: where the loss falls fastest, has run away, and the run's rate where the test came to it."""
    test = speeds.first
    own = place_of(speeds.own)
    places = (
        (test.steepest, "▲", "falls fastest", "ok"),
        (test.diverged, "■", "has run away", "miss"),
        (None if own is None else round(own), "●", "this run", "you"),
    )
    return [
        Series(name, [*[None] * place, test.smoothed[place]], tone, marker, ended=False)
        for place, marker, name, tone in places
        if place is not None and place < len(test.smoothed)
    ]


def others(speeds: Speeds) -> list[Series]:
    """The losses of the tests with other seeds."""
    return [Series("", test.smoothed, "quiet", "·", dashed=True, ended=False) for test in speeds.tests[1:]]
