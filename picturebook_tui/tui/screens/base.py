"""What every screen shares: a title line, a key line made from its commands, the way back, and room enough."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual import events
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.content import Content
from textual.css.query import NoMatches
from textual.widget import Widget
from textual.widgets import Static

from picturebook_tui.errors import TakenDown
from picturebook_tui.tui.commands import EVERYWHERE, Command
from picturebook_tui.tui.kept import Kept
from picturebook_tui.tui.textual_internals import DirectScreen
from picturebook_tui.tui.widgets.key_line import KeyLine

if TYPE_CHECKING:
    from picturebook_tui.tui.app import PictureBookApp

SMALLEST = (60, 20)
"""Columns and rows below which the page can't be shown."""

LEAVING = ("leave", "yes")
"""Actions that a key held down must not do on one screen after another, out of the run and out of the game."""

Result = TypeVar("Result")


class Line(Kept, Static):
    """One line of text that is painted again only when it says something else."""

    DEFAULT_CSS = "Line { height: 1; width: 1fr; }"

    said: Content | str = ""

    def said_here(self) -> Hashable:
        shown = self.content
        return (shown.plain, tuple(shown.spans)) if isinstance(shown, Content) else str(shown)

    def say(self, text: Content | str) -> None:
        """Show a text; plain strings are taken as they are, without markup."""
        if text == self.said:
            return
        self.said = text
        self.update(Content(text) if isinstance(text, str) else text, layout=False)


class BookScreen(DirectScreen[Result]):
    """A screen of the game.

    A subclass names its ``COMMANDS_HERE``, yields its middle from ``compose_body`` and says its ``title_text``.

    What is typed comes from the app's ``InputQueue``, between composition and dismissal, one key after another; a
    subclass that takes more than its commands' keys overrides ``pressed``.
    """

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = ()
    ACTIONS: ClassVar[dict[str, str]] = {key: command.action for command in EVERYWHERE for key in command.keys}
    """What each key does here."""
    AUTO_FOCUS = ""

    DEFAULT_CSS = """
    BookScreen { background: $background; color: $foreground; overflow: hidden; }
    BookScreen > #title { background: $panel; color: $foreground; text-style: bold; padding: 0 1; }
    BookScreen > #keys { dock: bottom; }
    BookScreen > #too-small { display: none; width: 100%; height: 100%; content-align: center middle; }
    BookScreen.-too-small > * { display: none; }
    BookScreen.-too-small > #too-small { display: block; }
    """

    def __init_subclass__(cls, *args: Any, **kwargs: Any) -> None:
        super().__init_subclass__(*args, **kwargs)
        if "COMMANDS_HERE" in cls.__dict__:
            cls.ACTIONS = cls.ACTIONS | {key: one.action for one in cls.COMMANDS_HERE for key in one.keys}

    def compose(self) -> ComposeResult:
        yield Line("", id="title")
        yield from self.compose_body()
        yield KeyLine(id="keys")
        yield Static("", id="too-small")

    def compose_body(self) -> Iterable[Widget]:
        """The screen's middle."""
        yield from ()

    @property
    def book_app(self) -> PictureBookApp:
        """The app, by its own type."""
        return cast("PictureBookApp", self.app)

    # -- commands -------------------------------------------------------------------------------------------

    @property
    def commands(self) -> tuple[Command, ...]:
        """What can be done here now: the key line, the palette and the help are made from it."""
        return (*self.COMMANDS_HERE, *EVERYWHERE)

    def show_keys(self) -> None:
        """Make the key line anew from ``commands``."""
        self.query_one("#keys", KeyLine).set_keys(
            [(command.shown, command.label, command.action) for command in self.commands if command.in_line]
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is done blindly: not while the window is too small (Ctrl+C still leaves), nor on a screen that was
        left or lies under another."""
        return self.is_active and not self.gone and not self.has_class("-too-small")

    # -- from composition to dismissal -----------------------------------------------------------------------

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Answer with ``result`` and go, along with whatever was opened on top. Once: later calls do nothing."""
        stack = self.app.screen_stack
        if self.gone or self not in stack:
            return AwaitComplete()
        while self.app.screen is not self:
            self.app.pop_screen()
        return super().dismiss(result)

    if not TYPE_CHECKING:  # It has the types of Widget's own.

        def query_one(self, *args: Any, **kwargs: Any) -> Any:
            """As ``Widget.query_one``.

            Raises
            ------
            TakenDown
                The screen was left meanwhile, and its parts with it.
            """
            try:
                return super().query_one(*args, **kwargs)
            except NoMatches:
                if self.gone:
                    raise TakenDown from None
                raise

    # -- what is typed --------------------------------------------------------------------------------------

    @property
    def more_to_come(self) -> bool:  # type: ignore[override]
        return len(self.book_app.inputs) > 0

    async def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        inputs = self.book_app.inputs
        if not inputs.takes(self, event):
            return
        repeated = self.book_app.repeated(event.key)
        try:
            if not self.has_class("-too-small") and not (repeated and self.ACTIONS.get(event.key) in LEAVING):
                await self.pressed(event)
        finally:
            inputs.done(self)

    async def on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        inputs = self.book_app.inputs
        if inputs.takes(self, event):
            self.pasted(event.text)
            inputs.done(self)

    async def pressed(self, event: events.Key) -> None:
        """A key was pressed: do what the command says that has it."""
        action = self.ACTIONS.get(event.key)
        if action is not None:
            await self.run_action(action)

    def pasted(self, text: str) -> None:
        """A text was pasted: nothing, where nothing is written."""

    def held(self) -> bool:
        """Whether the key that moves things on came so soon after the last that it is being held down."""
        return self.book_app.held()

    async def on_key_line_pressed(self, event: KeyLine.Pressed) -> None:
        event.stop()
        await self.run_action(event.action)

    def action_help(self) -> None:
        self.book_app.show_help(self)

    MOUSE_HELP: ClassVar[str] = "With the mouse: click any word in the key line; the wheel scrolls."

    def action_palette(self) -> None:
        self.book_app.show_palette(self)

    async def action_leave(self) -> None:
        """Esc and q: back to where one came from; Home asks the app to end."""
        self.dismiss(None)

    @property
    def is_seen(self) -> bool:
        return self.book_app.drawn

    # -- title and room -------------------------------------------------------------------------------------

    def title_text(self) -> Content | str:
        """What the first line says."""
        return ""

    def show_title(self) -> None:
        """Say the title line anew."""
        self.query_one("#title", Line).say(self.title_text())

    async def on_mount(self) -> None:
        # Textual calls this after the subclass's own, so nobody calls it by super().
        self.show_title()
        self.show_keys()

    def on_resize(self, event: events.Resize) -> None:
        self.fit(event.size.width, event.size.height)

    def fit(self, width: int, height: int) -> None:
        """Ask for more room where there is too little, and take it back as soon as there is enough."""
        columns, rows = SMALLEST
        small = width < columns or height < rows
        self.set_class(small, "-too-small")
        if small:
            self.query_one("#too-small", Static).update(
                f"Picture Book needs {columns}×{rows}.\nThis window is {width}×{height}.\nMake it larger to go on."
            )
