"""Beside the page on wide terminals: the curves as they grow, and what the learner is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from picturebook_tui.tui.widgets.curves import Curves, Series
from picturebook_tui.tui.widgets.step_bar import StepBar


@dataclass(frozen=True, slots=True)
class SideView:
    """What the panel shows."""

    heading: str
    pages: int
    """Pages of the whole run: how far the curves will go."""
    series: Sequence[Series]
    lines: tuple[str, ...]
    steps: tuple[int, int]
    """Steps made in this epoch, and how many it has."""


class SidePanel(Vertical):
    """How far the epoch is, the curves, and plain facts below."""

    DEFAULT_CSS = """
    SidePanel { width: 38; height: 1fr; padding: 0 1; background: $surface; }
    SidePanel > .side--heading { color: $foreground-muted; height: 1; }
    SidePanel > Curves { height: 1fr; max-height: 14; }
    SidePanel > #facts { height: auto; margin-top: 1; }
    """

    def compose(self) -> Iterable[Widget]:
        yield StepBar()
        yield Static("", classes="side--heading")
        yield Curves()
        yield Static("", id="facts")

    def show(self, view: SideView) -> None:
        """Show a view; each part repaints only where it changed."""
        self.query_one(".side--heading", Static).update(Content(view.heading))
        self.query_one(StepBar).set_steps(*view.steps)
        self.query_one(Curves).set_series(view.series, x_count=view.pages, x_label="page")
        self.query_one("#facts", Static).update(Content("\n".join(view.lines)))
