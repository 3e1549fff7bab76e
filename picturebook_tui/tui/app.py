"""The app: which screen is up, what is remembered, and how many colours there are to paint with."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import replace
from functools import partial
from importlib import import_module
from inspect import isawaitable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual import events
from textual.app import SystemCommand
from textual.await_complete import AwaitComplete
from textual.screen import Screen
from textual.worker import Worker

from picturebook_tui.errors import PictureBookError
from picturebook_tui.launch import LaunchOptions
from picturebook_tui.records.settings import Preferences
from picturebook_tui.records.writer import Line, Writer
from picturebook_tui.settings import HIGHEST_SHORT_SEED, RunSettings
from picturebook_tui.tui.attract import PLAYING, Attract
from picturebook_tui.tui.depth import ColourDepth, detect_depth
from picturebook_tui.tui.filters import fit_to_depth
from picturebook_tui.tui.input_queue import InputQueue
from picturebook_tui.tui.screens.base import BookScreen
from picturebook_tui.tui.textual_internals import OwnApp, keep_nothing
from picturebook_tui.tui.theme import THEME_VARIABLE_DEFAULTS, THEMES

if TYPE_CHECKING:
    from picturebook_tui.book.book import Book
    from picturebook_tui.game.progress import Progress
    from picturebook_tui.jobs import JobQueue
    from picturebook_tui.records.store import RunStore
    from picturebook_tui.tui.lessons import Lessons, Load, Save
    from picturebook_tui.tui.session import Session
    from picturebook_tui.tui.siblings import Sweeping

T = TypeVar("T")

keep_nothing()

HELD_SECONDS = 0.1
"""Key repeats come every 30 to 80 ms; nobody presses the same key twice on purpose as fast as that."""


class PictureBookApp(OwnApp[int]):
    """Picture Book on one terminal.

    Parameters
    ----------
    options
        What was said on the command line.
    store
        Where runs are kept.
    preferences
        As remembered; changes go to ``save_preferences``.
    load_progress, save_progress
        How far somebody is in the chapters; None: nothing is kept.
    jobs
        Where slow work is done: experiments, the learning-rate test, the other learners of a run.
    environ
        The terminal's environment, which may not be this process's own.
    clock
        Seconds that only go forward; measures the child's response times.
    """

    TITLE = "Picture Book"
    ENABLE_COMMAND_PALETTE = False
    AT_ONCE: ClassVar[dict[str, str]] = {"ctrl+c": "interrupt", "ctrl+q": "quit"}
    """Keys that wait for no screen, and what they do: nobody is ever locked in."""
    # Whole, so that a subclass elsewhere finds it.
    CSS_PATH = str(Path(__file__).with_name("app.tcss"))

    def __init__(
        self,
        options: LaunchOptions,
        *,
        store: RunStore,
        preferences: Preferences,
        jobs: JobQueue,
        save_preferences: Callable[[Preferences], None] = lambda preferences: None,
        notices: Iterable[str] = (),
        load_progress: Load | None = None,
        save_progress: Save | None = None,
        saving: Line | None = None,
        environ: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        driver_class: Any = None,
    ) -> None:
        super().__init__(driver_class=driver_class)
        self.options = options
        self.store = store
        self.preferences = preferences
        self.clock = clock
        self.environ = dict(os.environ if environ is None else environ)
        self.depth: ColourDepth = "truecolor"
        self.notices = [notice for notice in notices if notice]
        self._save_preferences = save_preferences
        self._load_progress = load_progress
        self._save_progress = save_progress
        self._lessons: Lessons | None = None
        self.jobs = jobs
        self.saving = saving or Writer().line()
        self.sweeping: Sweeping | None = None
        """The other learners of the run that was begun last."""
        self.inputs = InputQueue(self)
        self.attract = Attract(self)
        self._interrupted_at: float | None = None
        self._moved_on_at: float | None = None
        self._last_key = ("", 0.0)
        for theme in THEMES:
            self.register_theme(theme)
        known = {theme.name for theme in THEMES}
        wanted = options.theme or preferences.theme
        self.theme = wanted if wanted in known else THEMES[0].name
        self.set_depth(options.colours or preferences.colours)

    # -- colours and motion ---------------------------------------------------------------------------------

    def set_depth(self, preference: str) -> None:
        """Paint with as many colours as the terminal, or its person, asks for."""
        self.depth = detect_depth(self.environ, preference)
        fit_to_depth(self, self.depth)
        self.set_class(self.depth in ("16", "none"), "-few-colours")

    @property
    def still(self) -> bool:
        """Nothing moves: asked for in the settings or by TEXTUAL_ANIMATIONS=none."""
        return self.preferences.reduced_motion or self.animation_level == "none"

    def prefer(self, **changes: Any) -> None:
        """Change preferences, show what changed, and remember it."""
        self.preferences = replace(self.preferences, **changes)
        if "theme" in changes:
            self.theme = self.preferences.theme
        if "colours" in changes:
            self.set_depth(self.preferences.colours)
            self.refresh_css(animate=False)
            self.screen.refresh(layout=True)
        if "curves" in changes:
            for screen in self.screen_stack:
                for curves in screen.query("Curves"):
                    curves.refresh()
        try:
            self._save_preferences(self.preferences)
        except PictureBookError as error:
            self.say(str(error))

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The game's own variables, for the moment before one of its themes is worn."""
        return dict(THEME_VARIABLE_DEFAULTS)

    # -- screens --------------------------------------------------------------------------------------------

    drawn = True
    """False while nobody looks (a server's app that waits for its visitor): then nothing is drawn."""

    @property
    def most_frames(self) -> int | None:
        """In how many frames something may move; None: in as many as it has parts. Where it is few, pages just lie
        there instead of being dealt."""
        return None

    @property
    def busy(self) -> bool:
        """Nothing may move that nobody asked for."""
        return False

    def first_screen(self) -> Screen[Any]:
        """What lies under everything else."""
        from picturebook_tui.tui.screens.home import HomeScreen

        return HomeScreen(self.given_at_home)

    def get_default_screen(self) -> Screen[Any]:
        # Textual's own would be an empty one under it, laid out and styled for nobody.
        return self.first_screen()

    async def on_mount(self) -> None:
        for notice in self.notices:
            self.say(notice)
        if self.options.start == "watch":
            self.attract.open()
        elif self.options.start == "play":
            self.start_run(self.first_settings())

    async def on_event(self, event: events.Event) -> None:
        if self.attract.takes(event):
            return
        if isinstance(event, events.Key | events.Paste):
            action = self.AT_ONCE.get(event.key) if isinstance(event, events.Key) else None
            if action is None:
                self.inputs.put(event)
            else:
                await self.run_action(action)
        elif not isinstance(event, events.MouseEvent) or event.is_forwarded or self._takes_clicks:
            await super().on_event(event)

    @property
    def front(self) -> BookScreen[Any] | None:
        """The screen in front; None where there is none that takes keys and clicks."""
        stack = self.screens_open
        screen = stack[-1] if stack else None
        return screen if isinstance(screen, BookScreen) and not screen.gone else None

    @property
    def _takes_clicks(self) -> bool:
        # A click on a screen that is not composed yet was meant for another.
        return self.front is not None and self.front.is_mounted

    def pop_screen(self) -> AwaitComplete:
        """Close the screen in front; the last one stays."""
        if len(self.screen_stack) <= 1:
            return AwaitComplete()
        leaving = self.screen
        if isinstance(leaving, BookScreen):
            leaving.gone = True
        popped = super().pop_screen()
        if isinstance(leaving, BookScreen):
            self.inputs.done(leaving)
        return popped

    def on_worker_state_changed(self) -> None:
        # It may have been about to open a screen.
        self.inputs.go_on()

    @property
    def given_at_home(self) -> Mapping[str, object]:
        """What Home's knobs begin with: what was asked for, unless it was asked of a run that was begun at once."""
        return self.options.settings_overrides if self.options.start == "home" else {}

    @property
    def deals_all_the_same(self) -> bool:
        """A seed was asked for everybody who comes, and not for one run."""
        return "seed" in self.given_at_home

    def first_settings(self, *, fresh: bool = False) -> RunSettings:
        """A run's settings as the command line asked for them; ``fresh``: with a seed of its own all the same."""
        asked = cast("dict[str, Any]", dict(self.options.settings_overrides))
        return RunSettings(**{"seed": _fresh_seed()} | asked | ({"seed": _fresh_seed()} if fresh else {}))

    def start_run(self, settings: RunSettings) -> Worker[None]:
        """Open the first page of a new run, unless one is being opened already."""
        return self.inputs.opening or self._open_by(self._begin(settings))

    def continue_run(self, run_id: int) -> None:
        """Open a saved run at the card it stopped at, unless one is being opened already."""
        if self.inputs.opening is None:
            self._open_by(self._resume(run_id))

    def _open_by(self, work: Coroutine[Any, Any, None]) -> Worker[None]:
        """Open a screen that takes a while to make; what is typed meanwhile is for that screen."""
        worker = self.run_worker(work, group="opening")
        self.inputs.hold_for(worker)
        return worker

    async def _begin(self, settings: RunSettings) -> None:
        await asyncio.to_thread(import_module, PLAYING)
        from picturebook_tui.tui.screens.glimpse import screen_of
        from picturebook_tui.tui.session import Session

        try:
            session = await Session.begin(settings, self.store, self.saving)
        except PictureBookError as error:
            self.give_up(str(error))
            return
        await self._open(screen_of(session), session)
        for warning in session.run.book.warnings:
            self.say(warning)

    async def _resume(self, run_id: int) -> None:
        await asyncio.to_thread(import_module, PLAYING)
        from picturebook_tui.tui.screens.glimpse import screen_of
        from picturebook_tui.tui.session import Session

        try:
            if not await self.on_records(lambda store: store.claim(run_id)):
                raise PictureBookError(
                    "This run is open in another window; finish it there, or close that window first."
                )
            session = await Session.resume(self.store, run_id, self.saving)
        except PictureBookError as error:
            self.say(str(error))
            return
        await self._open(screen_of(session), session)

    async def _open(self, screen: Screen[Any], session: Session) -> None:
        """Show a run, and have its other learners taught while it is played."""
        from picturebook_tui.tui.siblings import Sweeping, job_of

        def left(_: object) -> None:
            # Another run may have begun meanwhile.
            if self.sweeping is not None and self.sweeping.run is session.run:
                self.sweeping.leave()

        self.attract.end()
        await self.push_screen(screen, left)
        self.inputs.opened()
        job = await asyncio.to_thread(job_of, session.run, self.jobs.most_seconds)
        if screen in self.screen_stack:
            if self.sweeping is not None:
                self.sweeping.leave()
            self.sweeping = Sweeping(self.jobs, session.run, job)

    async def on_records(self, job: Callable[[RunStore], T]) -> T:
        """Ask something of the store, after all that is being saved: a slow disk holds up no key.

        Raises
        ------
        PictureBookError
            As the store does.
        """
        store = self.store
        return await asyncio.shield(asyncio.wrap_future(self.saving.submit(lambda: job(store))))

    async def new_session(self, settings: RunSettings, store: RunStore) -> Session:
        """A new run, kept in a store of its own.

        Raises
        ------
        PictureBookError
            Where the settings don't make a run.
        """
        from picturebook_tui.tui.session import Session

        return await Session.begin(settings, store, self.saving)

    def give_up(self, sentence: str) -> None:
        """A run asked for on the command line can't be: say why and end. From Home, say it and stay."""
        if self.options.start != "home":
            self.exit(2, message=None)
            self.parting_words = sentence
        else:
            self.say(sentence)

    parting_words: str | None = None
    """A sentence for standard error, once the terminal is the person's again."""

    def say(self, sentence: str, *, title: str = "") -> None:
        """Tell a person something that needs no answer."""
        self.notify(sentence, title=title, timeout=4, markup=False)

    def show_help(self, screen: BookScreen[Any]) -> None:
        """The help of a screen, made from its commands."""
        from picturebook_tui.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(screen.commands, screen.MOUSE_HELP))

    def show_palette(self, screen: BookScreen[Any]) -> None:
        """Everything that can be done on a screen, to be searched by name."""
        from picturebook_tui.tui.screens.palette import PaletteScreen

        async def chosen(command: SystemCommand | None) -> None:
            if command is not None:
                doing = command.callback()
                if isawaitable(doing):
                    await doing

        self.push_screen(PaletteScreen(tuple(self.get_system_commands(screen))), chosen)

    def show_settings(self) -> None:
        """Theme, colours, motion, curves, bell."""
        from picturebook_tui.tui.screens.settings import SettingsScreen

        self.push_screen(SettingsScreen())

    def show_credits(self) -> None:
        """Who drew the pictures."""
        from picturebook_tui.tui.screens.credits import CreditsScreen

        self.push_screen(CreditsScreen())

    def show_history(self) -> None:
        """Finished runs."""
        from picturebook_tui.tui.screens.history import HistoryScreen

        self.push_screen(HistoryScreen())

    def show_chapters(self) -> None:
        """Bets on how learning works, each settled by a run."""
        from picturebook_tui.tui.screens.chapters import ChaptersScreen

        if any(isinstance(screen, ChaptersScreen) for screen in self.screen_stack):
            self.say("The chapters are open: q or Esc goes back to them.")
        else:
            self.push_screen(ChaptersScreen())

    def show_speeds(self, settings: RunSettings, title: str, book: Book | None = None) -> None:
        """A hundred learning rates on the book of a run, or on the one that these settings would make."""

        async def show() -> None:
            name = "picturebook_tui.tui.screens.rate_test"
            # As for a page: Home may not have loaded NumPy yet.
            screen = (await asyncio.to_thread(import_module, name)).RateTestScreen(settings, title, book)
            self.push_screen(screen)

        if self.inputs.opening is None:
            self._open_by(show())

    async def lessons(self) -> Lessons:
        """The chapters and how far somebody is in them, read when they are first asked for."""
        from picturebook_tui.tui.lessons import Lessons

        if self._lessons is None:
            self._lessons = await Lessons.open(self._load_progress, self._save_progress, self.saving)
        return self._lessons

    def keep_lessons(self, lessons: Lessons, progress: Progress) -> None:
        """Go on with a progress, keep it off the event loop, and say so where it can't be kept."""
        # Shielded: leaving the game must not take back what is about to be written.
        written = asyncio.shield(asyncio.wrap_future(lessons.go_on(progress)))

        async def tell() -> None:
            if sentence := await written:
                self.say(sentence)

        self.run_worker(tell(), group="lessons")

    frame_written: Callable[[], None] | None = None
    """Called after everything that is written to the terminal, by whoever measures how long it stands there."""

    def post_display_hook(self) -> None:
        if self.frame_written is not None:
            self.frame_written()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette: everything this screen can do, then what can be done anywhere. No files, no suspending."""
        offered = {type(screen).__name__}
        if isinstance(screen, BookScreen):
            for command in screen.commands:
                if command.in_palette:
                    label = command.label.capitalize()
                    offered.add(label)
                    yield SystemCommand(
                        label, f"{command.help} ({command.shown})", partial(screen.run_action, command.action)
                    )
        for label, help_text, show in (
            ("Settings", "Theme, colours, motion, curves, bell.", self.show_settings),
            ("History", "Runs you have finished, and your best of each book.", self.show_history),
            ("Credits", "Who drew the pictures, and under which licences.", self.show_credits),
            ("Quit", "Close Picture Book.", self.action_quit),
        ):
            if not offered & {label, f"{label}Screen"}:
                yield SystemCommand(label, help_text, show)
        for theme in THEMES:
            name = theme.name
            yield SystemCommand(
                f"Theme: {name.removeprefix('picturebook-')}",
                "Wear this theme, and remember it.",
                lambda name=name: self.prefer(theme=name),
            )

    def repeated(self, key: str) -> bool:
        """Whether a key came so soon after the same key that it is being held down, or mashed."""
        now = self.clock()
        (last, at), self._last_key = self._last_key, (key, now)
        return key == last and now - at < HELD_SECONDS

    def held(self) -> bool:
        """Whether Enter or space came so soon after the last one that the key is being held down."""
        now = self.clock()
        last, self._moved_on_at = self._moved_on_at, now
        return last is not None and now - last < HELD_SECONDS

    async def action_interrupt(self) -> None:
        """Ctrl+C once says how to leave; a second time within two seconds leaves."""
        now = self.clock()
        if self._interrupted_at is not None and now - self._interrupted_at < 2:
            self.exit(0)
            return
        self._interrupted_at = now
        saved = "" if self.options.no_save else " Every answer is saved."
        self.say(f"Once more to leave.{saved}")


def _fresh_seed() -> int:
    """A seed short enough to be read out across a room: 0 to 9999."""
    import secrets

    return secrets.randbelow(HIGHEST_SHORT_SEED + 1)
