"""A bare app with the game's themes and a driver that keeps what is written, for looking at single widgets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyte
from numpy.typing import NDArray
from textual.app import App, ComposeResult
from textual.drivers.headless_driver import HeadlessDriver
from textual.message import Message
from textual.widget import Widget

from picturebook_tui.tui.depth import ColourDepth
from picturebook_tui.tui.filters import fit_to_depth
from picturebook_tui.tui.theme import THEME_VARIABLE_DEFAULTS, THEMES
from picturebook_tui.tui.widgets.page_grid import CardView

PAPER = (246, 241, 228)


class KeepingDriver(HeadlessDriver):
    """Writes to a list, as a real terminal's driver writes to its terminal."""

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        written: list[str] = getattr(self._app, "written", [])
        written.append(data)


class Room(App[None]):
    """Shows the given widgets, one below the other, and remembers their messages."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *widgets: Widget, depth: ColourDepth = "truecolor", theme: str = THEMES[0].name) -> None:
        super().__init__(driver_class=KeepingDriver)
        self.written: list[str] = []
        self.said: list[Message] = []
        self.depth = depth
        self._widgets_given = widgets
        for each in THEMES:
            self.register_theme(each)
        self.theme = theme
        fit_to_depth(self, depth)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return THEME_VARIABLE_DEFAULTS

    def compose(self) -> ComposeResult:
        yield from self._widgets_given

    def on_page_grid_card_clicked(self, message: Message) -> None:
        self.said.append(message)

    def on_page_grid_window_moved(self, message: Message) -> None:
        self.said.append(message)

    def on_key_line_pressed(self, message: Message) -> None:
        self.said.append(message)

    def run_shown(self, size: tuple[int, int] = (80, 24)) -> Any:
        """``run_test`` with a driver that writes."""
        return self.run_test(headless=False, size=size)

    def take_written(self) -> str:
        """What was written since this was last asked."""
        text = "".join(self.written)
        self.written.clear()
        return text

    def lines(self) -> list[str]:
        """The screen's text, line by line."""
        return [strip.text for strip in self.screen._compositor.render_strips()]


def emulate(written: str, size: tuple[int, int]) -> pyte.Screen:
    """What a terminal shows after what was written."""
    screen = pyte.Screen(*size)
    pyte.Stream(screen).feed(written)
    return screen


def drawing(seed: int, size: int = 16) -> NDArray[np.uint8]:
    """uint8 (size, size, 3): a round blob of a few colours on paper."""
    random = np.random.default_rng(seed)
    pixels = np.full((size, size, 3), PAPER, dtype=np.uint8)
    rows, columns = np.mgrid[:size, :size]
    inside = (rows - size / 2) ** 2 + (columns - size / 2) ** 2 < (size / 2 - 2) ** 2
    colours = random.integers(0, 200, (4, 3), dtype=np.uint8)
    pixels[inside] = colours[(rows // 3 + columns // 4) % 4][inside]
    return pixels


def cards(count: int, size: int = 16, emoji: Iterable[str] = "🐱🐶") -> list[CardView]:
    signs = list(emoji)
    return [
        CardView(key=i, pixels=drawing(i, size), emoji=signs[i % len(signs)], letter="ABCDEFGHI"[i % 9], name="pet")
        for i in range(count)
    ]
