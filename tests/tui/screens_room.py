"""Runs that are already played, and eyes for what is on the screen."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from rich.style import Style
from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen

from picturebook_tui.book.load import load_book
from picturebook_tui.game.child import SimulatedChild
from picturebook_tui.game.codec import event_to_dict
from picturebook_tui.game.events import Event
from picturebook_tui.game.run import Phase, Run
from picturebook_tui.game.summary import summarise
from picturebook_tui.launch import LaunchOptions
from picturebook_tui.records.runs import RunStore
from picturebook_tui.records.settings import Preferences
from picturebook_tui.records.store import MemoryStore
from picturebook_tui.settings import RunSettings
from picturebook_tui.tui.app import PictureBookApp
from picturebook_tui.tui.screens.home import HomeScreen
from picturebook_tui.tui.screens.palette import PaletteScreen
from picturebook_tui.tui.screens.play import PlayScreen
from picturebook_tui.tui.widgets.page_grid import PageGrid

from .conftest import ENVIRON
from .siblings_room import Here

AnyScreen = TypeVar("AnyScreen", bound=Screen[Any])

PATIENCE = 400
"""Looks, at least 0.02 s apart, before something is given up: far longer than it ever takes."""

Cell = tuple[str, object, object, bool, bool, bool]
"""A character, its two colours, bold, reverse, underline."""


class Noon(datetime):
    """A clock that stands still."""

    @classmethod
    def now(cls, tz: object = None) -> Noon:
        return cls(2026, 1, 2, 12, 0)


def app_of(
    *,
    preferences: Preferences | None = None,
    save: Callable[[Preferences], None] = lambda preferences: None,
    store: Any = None,
    environ: dict[str, str] | None = None,
    clock: Callable[[], float] | None = None,
    jobs: Any = None,
    **options: Any,
) -> PictureBookApp:
    """An app that opens Home; whatever it remembers goes to ``save``. A second passes whenever it asks the clock."""
    return PictureBookApp(
        LaunchOptions(no_save=store is None, **options),
        store=MemoryStore() if store is None else store,
        preferences=preferences or Preferences(reduced_motion=True),
        save_preferences=save,
        environ=ENVIRON if environ is None else environ,
        clock=clock or itertools.count(0.0).__next__,
        jobs=jobs or Here(),
    )


# -- what is on the screen ----------------------------------------------------------------------------------


def text_of(app: App[Any]) -> str:
    """The screen's characters."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips(app.size))


def words_of(app: App[Any]) -> str:
    """The same as one long line, so that it does not matter where sentences were broken."""
    return " ".join(text_of(app).split())


def painted(app: App[Any]) -> list[list[Cell]]:
    """Every character with its style, as it goes out to the terminal."""
    lines = []
    for strip in app.screen._compositor.render_strips(app.size):
        line: list[Cell] = []
        for text, style, _ in strip:
            style = style or Style()
            look = (style.color, style.bgcolor, bool(style.bold), bool(style.reverse), bool(style.underline))
            line += [(character, *look) for character in text]
        lines.append(line)
    return lines


async def until(pilot: Pilot[int], true: Callable[[], object], what: str) -> None:
    """Wait for something that a thread or a timer brings about."""
    for _ in range(PATIENCE):
        if true():
            await pilot.pause()
            return
        if pilot.app._exception is not None:
            break
        await pilot.pause(0.02)
    raise AssertionError(f"{what} never came; the screen says:\n{text_of(pilot.app)}")


async def screen(pilot: Pilot[int], kind: type[AnyScreen]) -> AnyScreen:
    """Wait until a screen of this kind is up, and composed."""
    await until(pilot, lambda: type(pilot.app.screen) is kind and pilot.app.screen.is_mounted, kind.__name__)
    found = pilot.app.screen
    assert isinstance(found, kind)
    return found


async def home(pilot: Pilot[int]) -> HomeScreen:
    """Wait until Home is up and its row of pictures is painted."""
    found = await screen(pilot, HomeScreen)
    await until(pilot, lambda: found.query(PageGrid) and found.query_one(PageGrid).marks, "the row of pictures")
    return found


async def page(pilot: Pilot[int]) -> PlayScreen:
    """Wait until a page lies on the table."""
    found = await screen(pilot, PlayScreen)
    await until(pilot, lambda: any(grid.marks for grid in found.query(PageGrid)), "the page")
    return found


async def palette(pilot: Pilot[int]) -> PaletteScreen:
    """Open the palette."""
    await pilot.press("colon")
    return await screen(pilot, PaletteScreen)


async def from_palette(pilot: Pilot[int], words: str, title: str) -> None:
    """Open the palette, search, and choose what comes first, which must be ``title``."""
    here = await palette(pilot)
    await pilot.press(*words)
    await until(pilot, lambda: here.hits.shown and here.hits.shown[0].title == title, title)
    await pilot.press("enter")
    await until(pilot, lambda: pilot.app.screen is not here, "what lies under the palette")


# -- runs ---------------------------------------------------------------------------------------------------


@cache
def played(settings: RunSettings, accuracy: float) -> tuple[Run, tuple[Event, ...]]:
    """A run of a simulated child up to its last epoch's summary, and everything that happened in it."""
    assert settings.pictures is not None
    assert settings.unseen is not None
    book = load_book(settings.book, pictures=settings.pictures, unseen=settings.unseen, seed=settings.seed)
    run, child = Run(settings, book), SimulatedChild(accuracy, settings.seed)
    happened: list[Event] = []
    while len(run.epochs) < settings.epochs:
        if run.phase is Phase.DEALING:
            happened += run.deal()
        elif run.phase in (Phase.ANSWERING, Phase.UNSEEN):
            assert run.page is not None
            targets = (book.unseen if run.page.unseen else book.training).targets
            for card, index in enumerate(run.page.indices):
                label = child.answer(int(targets[index]), len(book.labels), page=len(happened), card=card)
                happened += run.answer(card, label, 700)
            happened += run.turn_page()
        else:
            happened += run.go_on()
    return run, tuple(happened)


def settings_of(**changes: object) -> RunSettings:
    """A small run's settings: two epochs of two pages, and an unseen page after each."""
    known = {"book": "cats-and-dogs", "pictures": 20, "unseen": 10, "epochs": 2, "seed": 7} | changes
    return RunSettings(**known)  # type: ignore[arg-type]


def keep_almost_finished(store: RunStore, *, accuracy: float = 0.8, **changes: object) -> int:
    """Save a run that stands at its last summary: one key from its end. Returns its number."""
    run, happened = played(settings_of(**changes), accuracy)
    run_id = store.begin(run.settings.to_dict(), run.book.recipe(), created_at="2026-01-02T03:04:05+00:00")
    for event in happened:
        store.append(run_id, event.kind, event_to_dict(event))
    store.release(run_id)
    return run_id


def keep_finished(store: RunStore, finished_at: str, *, accuracy: float = 0.8, **changes: object) -> int:
    """Save a finished run. Returns its number."""
    run, _ = played(settings_of(**changes), accuracy)
    run_id = store.begin(run.settings.to_dict(), run.book.recipe(), created_at=finished_at)
    store.finish(run_id, summarise(run), finished_at=finished_at)
    return run_id
