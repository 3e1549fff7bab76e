"""Widgets that tell their screen directly: what is painted is what Textual itself would paint, only sooner."""

from __future__ import annotations

from typing import Any

import pyte
import pytest
from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Offset, Region
from textual.screen import Screen
from textual.selection import SELECT_ALL
from textual.widget import Widget

from picturebook_tui.tui.depth import DEPTHS, ColourDepth
from picturebook_tui.tui.filters import fit_to_depth
from picturebook_tui.tui.kept import Kept
from picturebook_tui.tui.screens.base import Line
from picturebook_tui.tui.textual_internals import DirectScreen
from picturebook_tui.tui.theme import THEMES
from picturebook_tui.tui.widgets.card import Card
from picturebook_tui.tui.widgets.key_line import KeyLine
from picturebook_tui.tui.widgets.page_grid import PageGrid
from picturebook_tui.tui.widgets.score_lines import PlayerLine, ScoreLines, ScoreView
from tests.tui.screens_room import until
from tests.tui.widgets_room import Room, cards

CHILD = PlayerLine("You", "🧒", 0.5, ("5 of 10", "page 1"))
VIEW = ScoreView(CHILD, PlayerLine("Model", "🤖", 0.75, ("hidden", "page 1"), hidden=True))
KEYS = (("c", "cat", "label(0)"), ("d", "dog", "label(1)"), ("⏎", "turn", "turn"))


class Table(DirectScreen[None]):
    """Three kinds of lines; a key says its own name on the first."""

    DEFAULT_CSS = "Table #first { padding: 0 1; text-style: bold; }"

    def compose(self) -> ComposeResult:
        yield Line("What is this?", id="first")
        yield Line(Content.from_markup("[b]one[/b] and [i]two[/i] 🐱"), id="second")
        yield ScoreLines(VIEW)
        yield KeyLine(KEYS)

    async def on_key(self, event: events.Key) -> None:
        self.in_hand = True
        try:
            self.query_one("#first", Line).say(f"key {event.key}")
        finally:
            self.in_hand = False
        self.paint()


class Restaurant(Room):
    def on_mount(self) -> None:
        self.push_screen(Table())


def shown(screen: pyte.Screen, written: str) -> list[str]:
    pyte.Stream(screen).feed(written)
    return [line.rstrip() for line in screen.display]


async def settled(room: Room, pilot: Any) -> pyte.Screen:
    await pilot.pause()
    while room.screen.message_queue_size:
        await pilot.pause()
    screen = pyte.Screen(40, 8)
    shown(screen, room.take_written())
    return screen


async def test_a_key_is_painted_in_the_turn_that_answers_it() -> None:
    room = Restaurant()
    async with room.run_shown((40, 8)) as pilot:
        terminal = await settled(room, pilot)
        frames: list[str] = []
        original = room._display

        def display(*args: Any) -> None:
            original(*args)
            frames.append(room.take_written())

        room._display = display  # type: ignore[method-assign]
        await room.screen.on_key(events.Key("x", "x"))  # type: ignore[attr-defined]
        # Before anybody else had a turn.
        assert len(frames) == 1
        assert shown(terminal, frames[0])[0] == " key x"
        await pilot.pause()
        assert len(frames) == 1


async def test_keys_that_come_together_are_painted_together() -> None:
    room = Restaurant()
    async with room.run_shown((40, 8)) as pilot:
        terminal = await settled(room, pilot)
        frames: list[Any] = []
        original = room._display
        room._display = lambda *args: (frames.append(args), original(*args))[1]  # type: ignore[method-assign]
        for key in "abcdefghij":
            room.screen.post_message(events.Key(key, key))
        await pilot.pause()
        assert shown(terminal, room.take_written())[0] == " key j"
        # Textual believes itself idle when a single one is left.
        assert len(frames) <= 2


async def test_what_changes_by_itself_is_painted_soon_and_what_does_not_is_not() -> None:
    room = Restaurant()
    async with room.run_shown((40, 8)) as pilot:
        terminal = await settled(room, pilot)
        room.screen.query_one("#second", Line).say("new")
        room.screen.query_one(KeyLine).set_keys(KEYS)
        await pilot.pause()
        written = room.take_written()
        assert shown(terminal, written)[1] == "new"
        assert "cat" not in written
        assert "this" not in written


async def test_behind_another_screen_and_before_it_is_laid_out_nothing_is_lost() -> None:
    room = Restaurant()
    async with room.run_shown((40, 8)) as pilot:
        await pilot.pause()
        line = room.screen.query_one("#first", Line)
        room.push_screen(Table())
        line.say("said in the dark")
        await pilot.pause()
        room.screen.query_one("#first", Line).say("said in front")
        with room.batch_update():
            room.screen.query_one("#second", Line).say("said in a batch")
            await pilot.pause()
        terminal = await settled(room, pilot)
        assert terminal.display[0].rstrip() == " said in front"
        assert terminal.display[1].rstrip() == "said in a batch"
        room.pop_screen()
        await pilot.pause()
        assert shown(terminal, room.take_written())[0] == " said in the dark"


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
@pytest.mark.parametrize("depth", DEPTHS)
async def test_a_kept_line_looks_as_textual_draws_it(theme: str, depth: ColourDepth) -> None:
    # Two apps: the second finds what the first has drawn.
    for _ in range(2):
        room = Restaurant(depth=depth, theme=theme)
        async with room.run_shown((40, 8)) as pilot:
            await pilot.pause()
            for widget in room.screen.query(Kept):
                whole = Region(0, 0, *widget.outer_size)
                plain = Widget.render_lines(widget, whole)
                kept = widget.render_lines(whole)
                assert [line.render(room.console) for line in kept] == [line.render(room.console) for line in plain]
                cut = widget.render_lines(Region(3, 0, 9, 1))
                assert [line.text for line in cut] == [plain[0].crop(3, 12).text]
            fit_to_depth(room, "none")
            first = room.screen.query_one("#first", Line)
            assert "38;" not in first.render_lines(Region(0, 0, 40, 1))[0].render(room.console)


async def test_the_same_words_in_other_clothes_are_drawn_anew() -> None:
    room = Restaurant()
    async with room.run_shown((40, 8)) as pilot:
        await pilot.pause()
        first, second = room.screen.query_one("#first", Line), room.screen.query_one("#second", Line)

        def written(line: Line) -> str:
            return line.render_lines(Region(0, 0, *line.outer_size))[0].render(room.console)

        second.say("What is this?")
        await pilot.pause()
        assert written(first) != written(second)
        second.styles.padding = (0, 1)
        second.styles.text_style = "bold"
        await until(pilot, lambda: written(first) == written(second), "the same clothes")
        second.styles.background = "red"
        await until(pilot, lambda: written(first) != written(second), "other clothes")
        before = written(first)
        room.screen.selections = {first: SELECT_ALL}
        assert written(first) != before
        assert room.screen.get_widget_at(*Offset(2, 0))[0] is first


class Page(DirectScreen[None]):
    """Cards, and what is asked about them."""

    def compose(self) -> ComposeResult:
        yield PageGrid()
        yield Line("", id="prompt")

    async def on_key(self, event: events.Key) -> None:
        self.query_one(PageGrid).set_cards(cards(int(event.key)))
        self.query_one("#prompt", Line).say(f"{event.key} cards")


class Desk(Room):
    def on_mount(self) -> None:
        self.push_screen(Page())


async def test_words_are_never_painted_before_the_cards_that_they_are_about() -> None:
    desk = Desk()
    async with desk.run_shown((80, 20)) as pilot:
        await pilot.pause()
        seen: list[tuple[str, int]] = []
        original = desk._display

        def display(screen: Screen[Any], *rest: Any) -> None:
            shown = [one for one in screen._compositor.visible_widgets if isinstance(one, Card)]
            seen.append((str(screen.query_one("#prompt", Line).content), len(shown)))
            original(screen, *rest)

        desk._display = display  # type: ignore[method-assign]
        for number in (3, 5, 4, 5, 5):
            await pilot.press(str(number))
            await pilot.pause()
        assert {f"{cards} cards" for _, cards in seen} == {words for words, _ in seen}
        assert [words for words, cards in seen if words != f"{cards} cards"] == []
        assert seen[-1] == ("5 cards", 5)
