"""The palette: everything that can be done, by name."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from picturebook_tui.records.settings import Preferences
from picturebook_tui.tui.app import PictureBookApp
from picturebook_tui.tui.screens.base import BookScreen
from picturebook_tui.tui.screens.home import HomeScreen

from .conftest import ENVIRON, Make
from .screens_room import (
    app_of,
    from_palette,
    page,
    painted,
    palette,
    screen,
    until,
)


def offered(app: PictureBookApp) -> list[str]:
    """The titles in the palette here."""
    return [command.title for command in app.get_system_commands(app.screen)]


async def test_a_theme_from_the_palette_is_worn_and_remembered() -> None:
    kept: list[Preferences] = []
    app = app_of(save=kept.append)
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        await from_palette(pilot, "theme light", "Theme: light")
        await until(pilot, lambda: kept, "what is remembered")
        assert app.theme == "picturebook-light"
        assert kept == [Preferences(theme="picturebook-light", reduced_motion=True)]


async def test_the_palette_does_what_its_screen_can_do(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        table = await page(pilot)
        await from_palette(pilot, "say dog", "Say dog")
        await until(pilot, lambda: table.run.answers[0] is not None, "the label")
        assert table.run.answers[:2] == [1, None]
        await from_palette(pilot, "undo", "Undo")
        await until(pilot, lambda: table.run.answers[0] is None, "no label")


async def test_every_command_of_a_screen_is_in_the_palette_and_nothing_that_touches_files() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        for way in ((), ("s",), ("i",), ("r",), ("question_mark",)):
            await pilot.press(*way)
            here = app.screen
            assert isinstance(here, BookScreen)
            titles = offered(app)
            assert {command.label.capitalize() for command in here.commands if command.in_palette} <= set(titles)
            assert {"Theme: dark", "Theme: light", "Theme: contrast", "Quit"} <= set(titles)
            assert not re.search("screenshot|suspend|maximi|keys", " ".join(titles).lower())
            await pilot.press("escape")


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"COLORTERM": "", "TERM": "xterm"}], ids=["none", "16"])
async def test_the_chosen_command_shows_with_few_colours_too(environ: dict[str, str]) -> None:
    app = app_of(environ=ENVIRON | environ)
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        hits = (await palette(pilot)).hits
        chosen, other = (command.title for command in hits.shown[:2])
        looks = {}
        for line in painted(app):
            text = "".join(character for character, *_ in line).lstrip(" ▸")
            for name in (chosen, other):
                if text.startswith(f"{name}  "):
                    looks[name] = {cell[1:] for cell in line if cell[0].isalpha()}
        assert looks[chosen] != looks[other]


@pytest.mark.parametrize("way", [(), ("s",)], ids=["home", "settings"])
async def test_the_palette_offers_nothing_twice(way: tuple[str, ...]) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        await pilot.press(*way)
        titles = offered(app)
        assert sorted(set(titles)) == sorted(titles)
        # Nor the screen that one is already on.
        assert not way or "Settings" not in titles


async def test_a_label_with_brackets_is_still_a_label_in_the_palette(make_app: Make, tmp_path: Path) -> None:
    book = tmp_path / "brackets.json"
    cards = [{"image": "🐱", "label": "[/cat]"}, {"image": "🐶", "label": "[bold]"}] * 3
    book.write_text(json.dumps(cards), encoding="utf-8")
    app = make_app(book=str(book), pictures=6, unseen=0)
    async with app.run_test(size=(80, 24)) as pilot:
        await page(pilot)
        shown = [f"{command.title} {command.help}" for command in (await palette(pilot)).offered]
        for label in ("[/cat]", "[bold]"):
            assert any(f"“{label}”" in text and f"ay {label}" in text for text in shown)
