"""Keys in a hurry: each reaches the screen that the keys before it led to, between its composition and its end."""

from __future__ import annotations

from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from picturebook_tui.errors import TakenDown
from picturebook_tui.tui.screens.help import HelpScreen
from picturebook_tui.tui.screens.home import HomeScreen
from picturebook_tui.tui.screens.leave import LeaveScreen
from picturebook_tui.tui.screens.palette import LONGEST, PaletteScreen
from picturebook_tui.tui.screens.play import PlayScreen
from picturebook_tui.tui.screens.settings import SettingsScreen

from .conftest import Make
from .screens_room import app_of, page, palette, screen, until

NAMES = {":": "colon", "?": "question_mark", "\r": "enter", " ": "space"}


def type_at_once(pilot: Pilot[int], *keys: str) -> None:
    """As a terminal sends what was typed while the game had no turn."""
    for key in keys:
        character = key if len(key) == 1 else None
        pilot.app.post_message(events.Key(NAMES.get(key, key), character))


async def settled(pilot: Pilot[int], app: Any) -> None:
    await until(pilot, lambda: not len(app.inputs) and app.inputs.opening is None, "the end of what was typed")
    await pilot.pause()


async def test_enter_twice_in_the_palette_chooses_once_and_presses_nothing_below() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        type_at_once(pilot, ":", *"settings", "\r", "\r")
        await screen(pilot, SettingsScreen)
        await settled(pilot, app)
        assert [type(one) for one in app.screen_stack] == [HomeScreen, SettingsScreen]


@pytest.mark.parametrize("key", ["pageup", "pagedown", "home", "end", "up", "down", "ctrl+home", "backspace"])
async def test_the_palette_takes_every_key_from_its_first_moment(key: str) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        type_at_once(pilot, ":", key, key, "z", "z", "z", key, key, "\r", "escape")
        await settled(pilot, app)
        await screen(pilot, HomeScreen)


async def test_the_palette_is_open_once_and_help_is_not_opened_from_it() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        type_at_once(pilot, "ctrl+p", "ctrl+p", ":", "f1", "ctrl+p")
        await settled(pilot, app)
        assert [type(one) for one in app.screen_stack] == [HomeScreen, PaletteScreen]
        assert (await screen(pilot, PaletteScreen)).query_text == ":"


async def test_a_pasted_page_is_searched_for_and_presses_nothing() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        app.post_message(events.Paste("q\rsettings\r"))
        await palette(pilot)
        app.post_message(events.Paste("set\r\x1b[A" + "\x07" + "9" * 3000))
        here = await screen(pilot, PaletteScreen)
        await until(pilot, lambda: here.query_text, "the paste")
        assert here.query_text.startswith("set[A999")
        assert len(here.query_text) == LONGEST
        await pilot.press("ctrl+u")
        app.post_message(events.Paste("settings"))
        await pilot.press("enter")
        await screen(pilot, SettingsScreen)


async def test_labels_typed_while_the_page_is_being_made_are_for_that_page() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        type_at_once(pilot, "\r", "c", "d", "d")
        table = await page(pilot)
        await until(pilot, lambda: table.run.answers[2] is not None, "three labels")
        assert table.run.answers[:4] == [0, 1, 1, None]


async def test_a_second_enter_opens_no_second_run() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        for _ in range(3):
            app.start_run(app.first_settings())
        await page(pilot)
        await settled(pilot, app)
        assert [type(one) for one in app.screen_stack] == [HomeScreen, PlayScreen]


async def test_leaving_twice_leaves_once(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await page(pilot)
        type_at_once(pilot, "escape", "y", "y", "q", "q")
        await screen(pilot, HomeScreen)
        await settled(pilot, app)
        assert app.is_running
        assert [type(one) for one in app.screen_stack] == [HomeScreen]


async def test_a_key_that_is_held_down_asks_and_does_not_leave(make_app: Make) -> None:
    # Every repeat comes 30 ms after the last.
    app = make_app(clock=(number * 0.01 for number in range(10**9)).__next__)
    async with app.run_test(size=(80, 24)) as pilot:
        await page(pilot)
        type_at_once(pilot, *"qqqqqqqqqq")
        await screen(pilot, LeaveScreen)
        await settled(pilot, app)
        assert [type(one) for one in app.screen_stack] == [HomeScreen, PlayScreen, LeaveScreen]


async def test_a_screen_that_ends_under_others_takes_them_along_and_ends_once(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        table = await page(pilot)
        await pilot.press("question_mark")
        await screen(pilot, HelpScreen)
        for _ in range(3):
            table.dismiss(None)
        await screen(pilot, HomeScreen)
        assert [type(one) for one in app.screen_stack] == [HomeScreen]
        app.pop_screen()
        assert [type(one) for one in app.screen_stack] == [HomeScreen]


async def test_a_session_that_is_closed_takes_no_work(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        session = (await page(pilot)).session
        await session.close()
        await session.close()
        for asked in (session.answer(0, 0, 1), session.deal(), session.turn_page(), session.pupil(), session.finish()):
            with pytest.raises(TakenDown):
                await asked
        # Whoever presses keys on its page just now is not thrown out.
        type_at_once(pilot, "c", "\r", "backspace", "left")
        await pilot.pause()
        assert app.is_running


async def test_a_cat_on_the_keyboard_does_not_play_on_when_it_has_gone(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await page(pilot)
        type_at_once(pilot, *(["left"] * 5000))
        await settled(pilot, app)
        assert app.is_running
