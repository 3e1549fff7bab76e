"""The attract mode: a simulated child plays on and on, a line says what to press, and any key ends it.

As a booth's own screen (``picturebook watch``, ``name+watch@`` over SSH) whoever presses a key plays a run of their
own, and where nobody does any more the demo begins again. Laid over somebody's game that nobody plays just now, any
key gives back what lay there. Either way the simulated run is nobody's: it is kept in no store.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from textual import events
from textual.screen import Screen

from picturebook_tui.errors import PictureBookError
from picturebook_tui.records.store import MemoryStore
from picturebook_tui.tui.screens.base import BookScreen, Line
from picturebook_tui.tui.widgets.key_line import KeyLine

if TYPE_CHECKING:
    from textual.worker import Worker

    from picturebook_tui.game.child import SimulatedChild
    from picturebook_tui.settings import RunSettings
    from picturebook_tui.tui.app import PictureBookApp
    from picturebook_tui.tui.session import Session

PLAYING = "picturebook_tui.tui.screens.watch"
"""Brings NumPy and everything a page needs; imported on a thread, so that Home stays alive on a slow disk."""

ATTRACT_SECONDS = 60.0
"""Without a key at a booth, before the demo begins again. Ten cards take somebody new half a minute, and whoever reads
a summary or the help twice is not done before that; a card that was left for longer invites nobody."""

LOOK_SECONDS = 1.0
"""Between two looks at how long a booth has been silent."""

WATCHED_ACCURACY = 0.93
"""How often the simulated child is right where nobody says: good, and not above a slip."""

ROOM_FOR_WORDS = 80
"""Columns from which the invitation has room for whole sentences."""

BOOTH = (
    "🧒 is a simulated child, 🤖 really learns. Press any key to play yourself.",
    "🧒 is simulated, 🤖 is real. Press any key to play.",
)
"""What a booth's screen says, and what it says where there is less room; 60 columns hold the second."""

OVER_PACE = 0.5
"""Of the usual pace, where a demo lies over somebody's game: a card a second, so that it costs no more than they do."""

OVER = (
    "🧒 is a simulated child, 🤖 really learns. Any key brings your own game back.",
    "🧒 is simulated. Any key brings your own game back.",
)
"""The same for a demo that lies over somebody's game."""

BOTTOM = 1
"""Screens that are never closed: the first of the game."""

ALWAYS = ("ctrl+c", "ctrl+q")
"""Keys that leave, whatever a screen says."""

SIGNS = (events.Key, events.MouseDown, events.MouseScrollDown, events.MouseScrollUp)
"""What tells that somebody is there and wants something. A mouse that is moved does not."""


def is_watched(screen: Screen[Any]) -> bool:
    """Whether a screen belongs to a run that a simulated child plays."""
    return bool(getattr(screen, "watched", False))


class Passing(MemoryStore):
    """Where a simulated run is kept for as long as it is played. It is nobody's: it is not offered to be continued, and
    counts in no history."""

    def release(self, run_id: int) -> None:
        # The last thing that is asked of a run's store.
        super().release(run_id)
        self.close()


class Invitation(Line):
    """Says what to press, on every screen of a demo."""

    # Docked above the key line, which is docked as well.
    DEFAULT_CSS = """
    Invitation {
        dock: bottom; margin-bottom: 1; padding: 0 1;
        text-style: bold; color: $background; background: $accent;
    }
    """

    def on_resize(self, event: events.Resize) -> None:
        app: PictureBookApp = self.app  # type: ignore[assignment]
        self.say(app.attract.invitation(self.app.size.width))


class Attract:
    """The demo of one app."""

    def __init__(self, app: PictureBookApp) -> None:
        self._app = app
        self.booth = False
        """The demo is what this screen is for."""
        self.after = ATTRACT_SECONDS
        """Seconds without a key at a booth, before the demo begins again."""
        self.stumbled = False
        """The last demo could not be made, or not be gone on with; so until the next key."""
        self._wanted = False
        """A demo is being made."""
        self._opening = False
        """It is the first, and Home lies there only until it is made."""
        self._heard_at = 0.0
        self._taking_over: Worker[None] | None = None
        self._up_due = False
        """A button was pressed for us, so its coming up is for nobody."""

    # -- how it stands --------------------------------------------------------------------------------------

    @property
    def showing(self) -> bool:
        """A demo is on the screen, with nothing over it."""
        return bool(self._app.screens_open) and is_watched(self._app.screen)

    @property
    def due(self) -> bool:
        """A demo is on the screen, or will be in a moment."""
        return self.showing or self._wanted

    @property
    def paused(self) -> bool:
        """It stands still: somebody is about to play, or so many play that it must not cost anything."""
        taken = self._taking_over is not None and not self._taking_over.is_finished
        return taken or self._app.busy

    def invitation(self, width: int) -> str:
        """What to press, in as many columns as there are."""
        whole, short = BOOTH if self.booth else OVER
        return whole if width >= ROOM_FOR_WORDS else short

    # -- beginning ------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Be a booth from now on, and begin."""
        self.booth = self._opening = True
        self._app.set_interval(LOOK_SECONDS, self._look)
        # The demo must not show the pages that everybody is to be dealt.
        self._start(self._app.first_settings(fresh=self._app.deals_all_the_same))

    def lay_over(self) -> None:
        """Begin over whatever is open, which stays as it is."""
        self._start(self._app.first_settings(fresh=True))

    def _look(self) -> None:
        """At a booth: begin again where nobody has pressed a key for long."""
        if self.due or self.paused:
            return
        if self._app.clock() - self._heard_at > self.after:
            self._start(self._app.first_settings(fresh=True))

    def _start(self, settings: RunSettings) -> None:
        self._heard_at = self._app.clock()
        self._wanted = True
        self._app.run_worker(self._begin(settings), exclusive=True, group="attract")

    async def _begin(self, settings: RunSettings) -> None:
        try:
            await asyncio.to_thread(import_module, PLAYING)
            from picturebook_tui.tui.screens.watch import WatchScreen

            session = await self._made(settings)
            if not self._wanted:
                # A key came while it was made.
                session.close()
                return
            if self.booth:
                self._clear()
            speed = self._app.options.speed * (1.0 if self.booth else OVER_PACE)
            await self._app.push_screen(WatchScreen(session, self.child_of(session), speed=speed))
        except PictureBookError as error:
            self.stumbled = True
            if self.booth:
                self._app.give_up(str(error))
        finally:
            self._wanted = self._opening = False

    def child_of(self, session: Session) -> SimulatedChild:
        """Who plays a run."""
        from picturebook_tui.game.child import SimulatedChild

        said = self._app.options.child_accuracy
        return SimulatedChild(WATCHED_ACCURACY if said is None else said, session.run.settings.seed)

    async def another(self) -> Session:
        """The run after this one: the same book and plan, with a seed of its own.

        Raises
        ------
        PictureBookError
            It can't be made.
        """
        return await self._made(self._app.first_settings(fresh=True))

    async def _made(self, settings: RunSettings) -> Session:
        # A simulated child doesn't look, so there is nothing to show it for a moment.
        alone = replace(settings, glimpse_ms=None)
        making = asyncio.ensure_future(self._app.new_session(alone, Passing()))
        try:
            return await asyncio.shield(making)
        except asyncio.CancelledError:
            # What a thread has begun it brings to its end, a learner and all.
            making.add_done_callback(_let_go)
            raise

    # -- ending ---------------------------------------------------------------------------------------------

    def takes(self, event: events.Event) -> bool:
        """Whether a key or a click is for the demo alone, and does nothing else; called with all there are."""
        if isinstance(event, events.MouseUp) and self._up_due:
            self._up_due = False
            return True
        if not isinstance(event, SIGNS):
            return False
        if self.booth:
            self._heard_at = self._app.clock()
        self.stumbled = False
        if self._opening and not self.showing:
            return not (isinstance(event, events.Key) and event.key in (*ALWAYS, "q"))
        self._wanted = self._up_due = False
        if not self.showing or (self.booth and self._means_something_else(event)):
            return False
        self._up_due = isinstance(event, events.MouseDown)
        if not self.booth:
            self.end()
        elif self._taking_over is None or self._taking_over.is_finished:
            settings = self._app.first_settings(fresh=not self._app.deals_all_the_same)
            self._taking_over = self._app.start_run(settings)
        return True

    def _means_something_else(self, event: events.Event) -> bool:
        """A key that the demo's own key line names, a click on those words, or a window in which nothing is seen."""
        screen = self._app.screen
        if not isinstance(screen, BookScreen) or screen.has_class("-too-small"):
            return True
        if isinstance(event, events.Key):
            return event.key in ALWAYS or any(event.key in command.keys for command in screen.commands)
        if isinstance(event, events.MouseDown):
            line = screen.query_one("#keys", KeyLine)
            return line.region.contains(event.x, event.y) and bool(line.action_at(event.x - line.region.x))
        return False

    def end(self) -> None:
        """Put the demo away; what lies under it is on the screen again."""
        self._wanted = False
        while self.showing and len(self._app.screen_stack) > BOTTOM:
            self._app.pop_screen()

    def stumble(self) -> None:
        """The run can't be gone on with: put it away, and begin another some time later."""
        self.stumbled = True
        self._heard_at = self._app.clock()
        self.end()

    def _clear(self) -> None:
        """Close whatever is open; a run among it is saved, and can be gone on with from Home."""
        if self._app.sweeping is not None:
            self._app.sweeping.leave()
        while len(self._app.screen_stack) > BOTTOM:
            self._app.pop_screen()


def _let_go(making: asyncio.Future[Session]) -> None:
    if not making.cancelled() and making.exception() is None:
        making.result().close()
