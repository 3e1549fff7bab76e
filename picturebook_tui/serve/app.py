"""The game as a visitor meets it: the same app, with everything refused that would act on the server.

Every key, palette entry, link and escape sequence ends up in one of the methods below where it would write a file,
open a browser, suspend the process or print a traceback.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from textual.await_remove import AwaitRemove
from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget

from picturebook_tui.game.progress import Progress
from picturebook_tui.jobs import PlayerJobs
from picturebook_tui.records.progress import load_progress, save_progress
from picturebook_tui.records.settings import Preferences, save_preferences
from picturebook_tui.serve.allowance import Allowance
from picturebook_tui.serve.driver import ChannelDriver
from picturebook_tui.serve.keeping import PlayerStore, discreetly
from picturebook_tui.serve.terminals import Visitor
from picturebook_tui.tui.app import PictureBookApp
from picturebook_tui.tui.screens.home import HomeScreen
from picturebook_tui.tui.screens.play import PlayScreen
from picturebook_tui.tui.textual_internals import forget_styled

MOST_COPIED = 16 * 1024
"""Characters that a visitor may have copied into the own terminal's clipboard."""

APART_SECONDS = 30.0
"""A widget that was removed is nobody's any more by then."""

RESUME_LOOKS = 300
RESUME_SECONDS = 0.01
"""A run of a hundred pages is read back in a second; after three, Home is shown, and the page comes when it comes."""

_SHEETS = 1024
"""Parsed sources of style kept for all apps that wear one theme: there are about a hundred."""


def _progress(folder: Path) -> tuple[Progress, str]:
    """As ``load_progress``, without a path in what it says."""
    progress, notice = load_progress(folder)
    return progress, "What was kept of your bets can't be read, so the chapters begin anew." if notice else ""


def _save_progress(folder: Path, progress: Progress) -> None:
    with discreetly():
        save_progress(folder, progress)


class SharedStylesheet(Stylesheet):
    """A stylesheet that parses nothing which another app of the same theme has parsed already.

    Rules are never changed once they are parsed. Without this an app costs 20 ms and 0.5 MB more.
    """

    _parsed: ClassVar[dict[tuple[tuple[str, str], ...], LRUCache[tuple[Any, ...], Any]]] = {}

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._share()

    def _share(self) -> None:
        worn = tuple(sorted(self._variables.items()))
        self._parse_cache = self._parsed.setdefault(worn, LRUCache(_SHEETS))

    def set_variables(self, variables: dict[str, str]) -> None:
        # What is cleared here must not be what others share.
        self._parse_cache = LRUCache(1)
        super().set_variables(variables)
        self._share()

    def reparse(self) -> None:
        self.parse()


class Hall(Screen[None]):
    """What lies under the first page of those who come for one book; Home is made when they first leave that page."""

    was_covered = False

    def on_screen_suspend(self) -> None:
        self.was_covered = True

    def on_screen_resume(self) -> None:
        # Another page may have come over it since this was sent.
        if self.was_covered and self.app.screen is self:
            assert isinstance(self.app, ServedApp)
            self.app.push_screen(HomeScreen(self.app.given_at_home))


class ServedApp(PictureBookApp):
    """One visitor's game.

    Parameters
    ----------
    book
        They come for its first page; None: to Home.
    frames
        Of how many motion is made while so many play in this process; None: of as many as there are.
    """

    jobs: PlayerJobs

    def __init__(
        self, *args: Any, book: str | None = None, frames: Callable[[], int | None] = lambda: None, **kwargs: Any
    ) -> None:
        self.book = book
        self._frames = frames
        self.allowance = Allowance()
        """Of the loop's time; the watchdog counts."""
        self._removed: deque[tuple[float, Widget]] = deque()
        self._last_nodes: list[DOMNode] = []
        super().__init__(*args, driver_class=ChannelDriver, **kwargs)
        self.stylesheet = SharedStylesheet(variables=self.get_css_variables())
        # Textual would send what anybody prints to the app started last, and hold on to it for ever.
        self._capture_stdout = self._capture_stderr = sys.stdout  # type: ignore[assignment]
        self._capture_stderr = sys.stderr  # type: ignore[assignment]

    @property
    def driver(self) -> ChannelDriver:
        """Of an app that was started."""
        assert isinstance(self._driver, ChannelDriver)
        return self._driver

    @property
    def drawn(self) -> bool:  # type: ignore[override]
        """Somebody looks, and their terminal takes what is painted."""
        return self._driver is not None and not self._driver.is_headless

    @property
    def most_frames(self) -> int | None:
        return self._frames()

    @property
    def busy(self) -> bool:
        return self._frames() is not None

    def first_screen(self) -> Screen[Any]:
        return HomeScreen(self.given_at_home) if self.book is None else Hall()

    def give_up(self, sentence: str) -> None:
        if isinstance(self.screen, Hall):
            self.push_screen(HomeScreen(self.given_at_home))
        super().give_up(sentence)

    # -- whose game it is -----------------------------------------------------------------------------------

    @property
    def is_at_home(self) -> bool:
        """Home is in front."""
        return bool(self._screen_stack) and isinstance(self.screen, HomeScreen)

    @property
    def is_at_page(self) -> bool:
        """A page lies open for its answers."""
        from picturebook_tui.tui.screens.page import PageScreen
        from picturebook_tui.tui.widgets.page_grid import PageGrid

        if not self._screen_stack or not isinstance(self.screen, PageScreen):
            return False
        return bool(self.screen.query(PageGrid)) and bool(self.screen.query_one(PageGrid).marks)

    @property
    def is_settled(self) -> bool:
        """Nothing waits to be done or laid out just now."""
        if not self._screen_stack or self._message_queue.qsize() or self._next_callbacks:
            return False
        screen = self.screen
        return not (screen._message_queue.qsize() or screen._next_callbacks or screen._layout_required)

    async def belong(self, visitor: Visitor, folder: Path, preferences: Preferences) -> None:
        """Become somebody's own: their colours, their preferences, their records in ``folder``."""

        def remember(changed: Preferences) -> None:
            # Whoever is known by a code alone gets no folder for a colour; for a card they do.
            if visitor.fingerprint is not None or folder.exists():
                self.saving.submit(lambda: save_preferences(folder, changed))

        self._save_preferences = remember
        self._load_progress = lambda: _progress(folder)
        self._save_progress = lambda progress: _save_progress(folder, progress)
        self.environ = dict(visitor.environ)
        self.options = replace(self.options, colours=visitor.wish.colours)
        with self._context():
            worn, few = self.theme, self.has_class("-few-colours")
            self.preferences = preferences
            if preferences.theme in self.available_themes:
                self.theme = preferences.theme
            self.set_depth(self.options.colours or preferences.colours)
            if self.has_class("-few-colours") != few or self.theme != worn:
                self.refresh_css(animate=False)
            if isinstance(self.screen, PlayScreen):
                self.screen.begin_to_look()

    async def go_on_with(self, run_id: int) -> None:
        """Open a run at the card it stopped at, whatever was prepared instead."""
        with self._context():
            if isinstance(self.screen, PlayScreen):
                await self.pop_screen()
            await self._until(lambda: isinstance(self.screen, HomeScreen))
            self.continue_run(run_id)
            await self._until(lambda: not isinstance(self.screen, HomeScreen))

    async def open_demo(self) -> None:
        """Be a booth's screen, whatever was prepared instead."""
        with self._context():
            self.attract.open()
            await self._until(lambda: self.attract.showing and self.is_at_page)

    async def _until(self, true: Callable[[], bool]) -> None:
        for _ in range(RESUME_LOOKS):
            if true():
                return
            await asyncio.sleep(RESUME_SECONDS)

    def _prune(self, *nodes: Widget, parent: DOMNode | None = None) -> AwaitRemove:
        # Whatever is removed comes by here, screens too.
        now = time.monotonic()
        if self._removed and now - self._removed[0][0] > APART_SECONDS:
            forget_styled()
        while self._removed and now - self._removed[0][0] > APART_SECONDS:
            vars(self._removed.popleft()[1]).clear()
        for node in nodes:
            self._removed.extend((now, part) for part in node.walk_children(with_self=True) if isinstance(part, Widget))
        return super()._prune(*nodes, parent=parent)

    async def _shutdown(self) -> None:
        self._last_nodes = [*self._registry, *(screen for stack in self._screen_stacks.values() for screen in stack)]
        await super()._shutdown()

    def forget(self) -> None:
        """Some time after the end: take everything apart.

        The parts of an app hold each other, and only a walk over all apps' objects would find that nobody else does:
        12 ms for each app that is still played.
        """
        forget_styled()
        parts = [*self._last_nodes, *(widget for _, widget in self._removed), self._driver, self]
        for part in parts:
            if part is not None:
                vars(part).clear()

    # -- nothing on the server ------------------------------------------------------------------------------

    def deliver_text(self, *args: Any, **kwargs: Any) -> str | None:
        return None

    def deliver_binary(self, *args: Any, **kwargs: Any) -> str | None:
        return None

    def deliver_screenshot(self, *args: Any, **kwargs: Any) -> str | None:
        return None

    def save_screenshot(self, *args: Any, **kwargs: Any) -> str:
        return ""

    def action_screenshot(self, *args: Any, **kwargs: Any) -> None:
        """Would be saved on the server."""

    def action_suspend_process(self) -> None:
        """Would suspend everybody."""

    @contextmanager
    def suspend(self) -> Iterator[None]:
        yield

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Would open on the server."""

    def copy_to_clipboard(self, text: str) -> None:
        super().copy_to_clipboard(text[:MOST_COPIED])

    def _handle_exception(self, error: Exception) -> None:
        # Before the screens go and let go of the run: they will come back to its card.
        if isinstance(self.store, PlayerStore):
            self.store.dropped = True
        super()._handle_exception(error)

    # -- nothing from the server ----------------------------------------------------------------------------

    shows_pointer = False
    """The mouse is heard of where it clicks, and nowhere else."""

    def _set_pointer_shape(self, shape: str) -> None:
        """The pointer doesn't move here that anybody would know of."""
