"""Home, settings, credits and help, and every way out, as a person meets them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from picturebook_tui.book.atlas import open_atlas
from picturebook_tui.book.shelf import SHELF
from picturebook_tui.errors import PictureBookError
from picturebook_tui.records.settings import Preferences, load_preferences, save_preferences
from picturebook_tui.records.store import Store
from picturebook_tui.tui.commands import keys_told
from picturebook_tui.tui.screens import play as play_module
from picturebook_tui.tui.screens.base import BookScreen
from picturebook_tui.tui.screens.credits import CreditsScreen
from picturebook_tui.tui.screens.help import HelpScreen
from picturebook_tui.tui.screens.home import HomeScreen
from picturebook_tui.tui.screens.leave import LeaveScreen
from picturebook_tui.tui.screens.palette import PaletteScreen
from picturebook_tui.tui.screens.play import PlayScreen
from picturebook_tui.tui.screens.settings import SettingsScreen
from picturebook_tui.tui.screens.summary import SummaryScreen

from .conftest import ENVIRON, Make
from .screens_room import (
    Noon,
    app_of,
    from_palette,
    home,
    keep_almost_finished,
    page,
    painted,
    palette,
    screen,
    settings_of,
    text_of,
    until,
    words_of,
)

BRAILLE = re.compile("[\u2801-\u28ff]")


# -- Home ---------------------------------------------------------------------------------------------------


async def test_q_on_home_closes_the_game() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        await pilot.press("q")
    assert app.return_value == 0


async def test_esc_never_closes_the_game() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        for way in ((), ("s",), ("i",), ("r",), ("s", "question_mark", "colon")):
            await pilot.press(*way)
            assert len(app.screen_stack) == 1 + len(way)
            await pilot.press(*["escape"] * (len(way) + 2))
            assert isinstance(app.screen, HomeScreen)
            assert app.return_value is None


async def test_knobs_tell_what_follows_from_them_and_the_run_is_what_they_say() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        here = await home(pilot)
        await pilot.press("down", "down", *["right"] * 3)
        await until(pilot, lambda: "ceil(95 / 10) = 10" in words_of(app), "the steps of 95 pictures")
        assert "30 steps" in words_of(app)
        # The other knobs, by the letters that vim has for it: batch of 16, four epochs, no unseen pictures, softmax.
        await pilot.press("j", "l", "j", "l", "j", "h", "j", "l")
        await until(pilot, lambda: here.settings.learner == "softmax", "softmax")
        assert "ceil(95 / 16) = 6" in words_of(app)
        wanted = here.settings
        assert (wanted.pictures, wanted.batch_size, wanted.epochs, wanted.unseen) == (95, 16, 4, 0)
        await pilot.press("enter")
        assert (await page(pilot)).run.settings == wanted


async def test_a_knob_turned_with_the_mouse_goes_both_ways() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        here = await screen(pilot, HomeScreen)
        row = next(y for y, line in enumerate(text_of(app).split("\n")) if line.startswith("   Pictures"))
        line = text_of(app).split("\n")[row]
        await pilot.click(offset=(line.index("▸"), row))
        await pilot.pause()
        assert here.settings.pictures == 60
        for _ in range(2):
            await pilot.click(offset=(line.index("◂"), row))
        await pilot.pause()
        assert here.settings.pictures == 20


async def test_another_book_shows_its_own_pictures_and_words() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        here = await home(pilot)
        first, before = here.settings.book, painted(app)[2:11]
        await pilot.press("right")
        await until(pilot, lambda: here.settings.book != first, "another book")
        assert SHELF[here.settings.book].title in text_of(app)
        assert SHELF[here.settings.book].about in words_of(app)
        assert painted(app)[2:11] != before
        await pilot.press("left")
        await until(pilot, lambda: here.settings.book == first, "the first book")
        assert painted(app)[2:11] == before


async def test_home_says_what_it_needs_in_a_window_too_small_and_comes_back() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await home(pilot)
        await pilot.press("down", "down")
        before = painted(app)
        await pilot.resize_terminal(59, 24)
        await pilot.pause()
        assert "needs 60×20" in words_of(app)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert painted(app) == before


async def test_enter_pressed_twice_opens_one_page() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await home(pilot)
        await pilot.press("enter", "enter")
        await screen(pilot, PlayScreen)
        await pilot.pause(0.2)
        assert [type(each) for each in app.screen_stack] == [HomeScreen, PlayScreen]


# -- leaving ------------------------------------------------------------------------------------------------


async def test_ctrl_c_says_how_to_leave_and_a_second_one_leaves() -> None:
    now = 100.0
    app = app_of(clock=lambda: now)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await screen(pilot, HomeScreen)
        await pilot.press("ctrl+c")
        await until(pilot, lambda: "Once more to leave" in words_of(app), "how to leave")
        assert app.return_value is None
        # Much later it is the first one again.
        now += 10
        await pilot.press("ctrl+c")
        await pilot.pause()
        assert app.return_value is None
        now += 1
        await pilot.press("ctrl+c")
    assert app.return_value == 0


async def test_ctrl_c_twice_leaves_even_from_the_palette() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        await pilot.press("s", "colon")
        await screen(pilot, PaletteScreen)
        await pilot.press("ctrl+c", "ctrl+c")
    assert app.return_value == 0


async def test_leaving_says_whether_anything_is_saved(make_app: Make, tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        for kept, words in ((store, "Every answer is saved"), (None, "(--no-save)")):
            app = make_app(store=kept)
            async with app.run_test(size=(80, 24)) as pilot:
                await screen(pilot, PlayScreen)
                await pilot.press("left", "escape")
                await screen(pilot, LeaveScreen)
                assert words in words_of(app)


# -- settings -----------------------------------------------------------------------------------------------


async def test_every_setting_is_worn_at_once_and_remembered() -> None:
    kept: list[Preferences] = []
    app = app_of(preferences=Preferences(), save=kept.append)
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        await pilot.press("s", "right", "down", "left", "down", "right", "down", "right", "down", "right")
        await until(pilot, lambda: len(kept) >= 5, "the fifth setting")
        wanted = Preferences("picturebook-light", True, "none", "blocks", True)
        assert kept[-1] == app.preferences == wanted
        assert len(kept) == 5
        assert (app.theme, app.depth, app.still) == ("picturebook-light", "none", True)
        for words in ("◂ light ▸", "◂ no colour ▸", "◂ on ▸", "◂ blocks ▸"):
            assert words in text_of(app)


async def test_enter_turns_a_setting_on() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        await pilot.press("s", "enter")
        await pilot.pause()
        assert app.theme == "picturebook-light"


async def test_the_settings_of_yesterday_are_worn_today(tmp_path: Path) -> None:
    app = app_of(save=lambda preferences: save_preferences(tmp_path, preferences))
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        await pilot.press("s", "left", "down", "left", "left")
        await pilot.pause()
    preferences, notice = load_preferences(tmp_path)
    assert not notice
    again = app_of(preferences=preferences)
    async with again.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        assert (again.theme, again.depth) == ("picturebook-contrast", "16")


async def test_the_command_lines_theme_is_for_this_time_only() -> None:
    kept: list[Preferences] = []
    app = app_of(save=kept.append, theme="picturebook-light")
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        assert app.theme == "picturebook-light"
        await pilot.press("s", *["down"] * 4, "right")
        await pilot.pause()
        assert app.theme == "picturebook-light"
    assert kept[-1] == Preferences(bell=True, reduced_motion=True)


async def test_settings_that_cannot_be_kept_are_worn_all_the_same_and_it_is_said() -> None:
    def refuse(preferences: Preferences) -> None:
        raise PictureBookError("The disk is full: make room.")

    app = app_of(save=refuse)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await screen(pilot, HomeScreen)
        await pilot.press("s", "right")
        await until(pilot, lambda: "The disk is full: make room." in words_of(app), "why it is not kept")
        assert app.theme == "picturebook-light"


async def test_a_page_turned_rings_only_for_those_who_asked(make_app: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[str] = []
    for bell in (False, True):
        app = make_app(preferences=Preferences(reduced_motion=True, bell=bell), pictures=2, unseen=0)
        monkeypatch.setattr(app, "bell", lambda: rung.append("ding"))
        async with app.run_test(size=(80, 24)) as pilot:
            await page(pilot)
            await pilot.press("c", "c", "enter")
            await until(pilot, lambda: "One update" in words_of(pilot.app), "the turned page")
        assert len(rung) == bell


@pytest.mark.parametrize(
    ("before", "keys", "after"),
    [
        ({}, ("right", "down", "left", "left"), {"theme": "picturebook-light", "colours": "16"}),
        ({}, ("down", "right", "right"), {"colours": "256"}),
        (
            {"theme": "picturebook-light", "colours": "16"},
            ("left", "down", "left", "left"),
            {"theme": "picturebook-dark", "colours": "truecolor"},
        ),
    ],
    ids=["light in 16", "256 colours", "dark in all colours"],
)
async def test_what_is_already_on_the_screen_changes_its_colours_too(
    monkeypatch: pytest.MonkeyPatch, before: dict[str, Any], keys: tuple[str, ...], after: dict[str, Any]
) -> None:
    """Settings, the page below and Home below that, after a change, are what they are when started so."""
    monkeypatch.setattr(play_module, "datetime", Noon)
    monkeypatch.setattr("secrets.randbelow", lambda bound: 7)
    first = Preferences(reduced_motion=True, **before)
    screens = []
    for preferences, turned in ((first, keys), (replace(first, **after), ())):
        app = app_of(preferences=preferences)
        async with app.run_test(size=(80, 24)) as pilot:
            await home(pilot)
            app.start_run(settings_of())
            table = await page(pilot)
            await pilot.press("c", "d")
            app.show_settings()
            await screen(pilot, SettingsScreen)
            await pilot.press(*(turned or [key for key in keys if key == "down"]))
            await pilot.pause()
            screens.append(painted(app))
            await pilot.press("escape")
            await screen(pilot, PlayScreen)
            screens.append(painted(app))
            table.dismiss(None)
            await home(pilot)
            screens.append(painted(app))
    for changed, fresh in zip(screens[:3], screens[3:], strict=True):
        assert changed == fresh


async def test_curves_already_drawn_change_to_blocks() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        app.continue_run(keep_almost_finished(app.store))
        await screen(pilot, SummaryScreen)
        assert BRAILLE.search(text_of(app))
        await from_palette(pilot, "settings", "Settings")
        await screen(pilot, SettingsScreen)
        await pilot.press("down", "down", "down", "right", "escape")
        await screen(pilot, SummaryScreen)
        await pilot.pause()
        assert not BRAILLE.search(text_of(app))


async def test_without_colours_nothing_has_any_and_the_cursor_still_shows() -> None:
    app = app_of(environ=ENVIRON | {"NO_COLOR": "1"})
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await home(pilot)
        app.say("Somebody said something.")
        await until(pilot, lambda: "Somebody said something." in text_of(app), "the toast")
        for way in ((), ("s",), ("r",), ("question_mark",), ("colon",)):
            if way == ("colon",):
                await palette(pilot)
            else:
                await pilot.press(*way)
            cells = [cell for line in painted(app) for cell in line]
            assert {cell[1:3] for cell in cells} == {(None, None)}
            if way in ((), ("s",)):
                assert "\n ▸ " in text_of(app)
            await pilot.press(*["escape"] * len(way))
            await screen(pilot, HomeScreen)


# -- credits and help ---------------------------------------------------------------------------------------


async def test_the_credits_name_every_artist_with_author_and_licence() -> None:
    app = app_of()
    async with app.run_test(size=(80, 60)) as pilot:
        await screen(pilot, HomeScreen)
        await pilot.press("r")
        await screen(pilot, CreditsScreen)
        shown = words_of(app)
        artists = open_atlas().artists
        assert len(artists) == 9
        for artist in artists:
            assert f"{artist.title} {artist.author} · {artist.licence} · " in shown
        assert "MIT licence" in shown


async def test_a_long_text_is_read_to_its_end() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        await pilot.press("r")
        await screen(pilot, CreditsScreen)
        assert "MIT licence" not in words_of(app)
        await pilot.press("space", "pagedown", "down")
        await pilot.pause()
        assert "MIT licence" in words_of(app)
        await pilot.press("pageup", "b", "up")
        await pilot.pause()
        assert "nine artists" in words_of(app)


async def test_help_has_every_command_of_the_screen_it_was_asked_on() -> None:
    app = app_of()
    async with app.run_test(size=(80, 70)) as pilot:
        await screen(pilot, HomeScreen)
        for way, leave in (((), "escape"), (("s",), "question_mark"), (("i",), "q"), (("r",), "escape")):
            await pilot.press(*way)
            asked = app.screen
            assert isinstance(asked, BookScreen)
            await pilot.press("question_mark")
            await screen(pilot, HelpScreen)
            shown = words_of(app)
            for command, keys in zip(asked.commands, keys_told(asked.commands), strict=True):
                assert command.help in shown
                assert keys in shown
            assert "exactly one update of the model's weights" in shown
            await pilot.press(leave)
            assert app.screen is asked
            await pilot.press("escape")
