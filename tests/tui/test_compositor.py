"""What goes to the terminal, piece by piece, makes the same screen as painting it whole."""

from __future__ import annotations

import random

import pyte
import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.widgets import Static

from picturebook_tui.tui.textual_internals import LeanCompositor, LeanUpdate, keep_nothing
from picturebook_tui.tui.widgets.pixels import PictureStrip

COLUMNS, ROWS = 40, 12


class Heap(App[None]):
    """Things that lie over each other, one of them sticking out of the screen, one full of wide characters.

    No edge lies under the middle of one: Textual would cut it there, although nobody sees the edge.
    """

    CSS = """
    Screen { layers: below above; overflow: hidden; }
    #a { layer: below; width: 100%; height: 100%; }
    #b { layer: above; offset: 5 2; width: 17; height: 5; background: red; }
    #c { layer: above; offset: 12 -1; width: 40; height: 6; background: blue; }
    #d { layer: above; offset: 3 1; width: 7; height: 3; background: green; }
    """

    def compose(self) -> ComposeResult:
        yield Static("abcdefghij" * 60, id="a")
        yield Static("b" * 80, id="b")
        yield Static("🐱🐶" * 60, id="c")
        yield Static("d" * 21, id="d")


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_changes_the_screen_is_what_painting_it_whole_would_give(seed: int) -> None:
    dice = random.Random(seed)
    app = Heap()
    async with app.run_test(size=(COLUMNS, ROWS)):
        compositor = app.screen._compositor
        lean = LeanCompositor()
        lean.reflow(app.screen, app.size)
        whole = [strip.text for strip in compositor.render_strips(app.size)]
        terminal = pyte.Screen(COLUMNS, ROWS)
        stream = pyte.Stream(terminal)
        full = lean.render_full_update()
        assert isinstance(full, LeanUpdate)
        stream.feed(full.render_segments(app.console))
        assert [_plain(line) for line in terminal.display] == [_plain(line) for line in whole]
        # Now let parts of it go, and paint only those anew.
        dirty = set()
        for _ in range(dice.randint(1, 5)):
            x, y = dice.randrange(COLUMNS), dice.randrange(ROWS)
            dirty.add(Region(x, y, dice.randint(1, COLUMNS), dice.randint(1, ROWS)).intersection(app.size.region))
        lean._dirty_regions = set(dirty)
        some = lean.render_partial_update()
        assert isinstance(some, LeanUpdate)
        covered = {(y, x) for region in dirty for y in region.line_range for x in region.column_range}
        drawn = [(y, x + cell) for y, x, strip in some.pieces for cell in range(strip.cell_length)]
        # Every cell that changed, no other, and none of them twice.
        assert sorted(drawn) == sorted(covered)
        for y, x, strip in some.pieces:
            # A wide character that is cut in two leaves a space.
            expected = compositor.render_strips(app.size)[y].crop(x, x + strip.cell_length)
            assert strip.text == expected.text


async def test_nothing_is_painted_where_nothing_changed() -> None:
    app = Heap()
    async with app.run_test(size=(COLUMNS, ROWS)):
        lean = LeanCompositor()
        lean.reflow(app.screen, app.size)
        lean._dirty_regions.clear()
        assert lean.render_partial_update() is None


def test_a_strip_that_keeps_nothing_can_still_be_cut() -> None:
    keep_nothing()
    strip = PictureStrip([16, 16, 20, 20], [16, 17, 20, 21], "256")
    assert strip.crop(1, 3).cell_length == 2
    assert strip.crop(1, 3).text == strip.text[1:3]
    assert [part.text for part in strip.divide([1, 4])] == [strip.text[:1], strip.text[1:]]


def _plain(line: str) -> str:
    # pyte leaves an empty cell behind a wide character, Textual's text does not.
    return line.replace("\x00", "").rstrip()
