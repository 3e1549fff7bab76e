"""What every screen shares: a title line, a key line made from its commands, the way back, and room enough."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from picturebook_tui.tui.commands import EVERYWHERE, Command, bindings
from picturebook_tui.tui.compositor import LeanCompositor
from picturebook_tui.tui.direct import DirectScreen
from picturebook_tui.tui.kept import Kept
from picturebook_tui.tui.widgets.key_line import KeyLine

if TYPE_CHECKING:
    from picturebook_tui.tui.app import PictureBookApp

SMALLEST = (60, 20)
"""Columns and rows below which the page can't be shown."""

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

    A subclass names its ``COMMANDS``, yields its middle from ``compose_body`` and says its ``title_text``.
    """

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = ()
    AUTO_FOCUS = ""

    DEFAULT_CSS = """
    BookScreen { background: $background; color: $foreground; overflow: hidden; }
    BookScreen > #title { background: $panel; color: $foreground; text-style: bold; padding: 0 1; }
    BookScreen > #keys { dock: bottom; }
    BookScreen > #too-small { display: none; width: 100%; height: 100%; content-align: center middle; }
    BookScreen.-too-small > * { display: none; }
    BookScreen.-too-small > #too-small { display: block; }
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._compositor = LeanCompositor()

    def __init_subclass__(cls, *args: object, **kwargs: object) -> None:
        # Textual gathers a class's bindings in its own __init_subclass__, so they must stand there before.
        if "COMMANDS_HERE" in cls.__dict__:
            cls.BINDINGS = bindings((*cls.COMMANDS_HERE, *EVERYWHERE))
        super().__init_subclass__(*args, **kwargs)  # type: ignore[arg-type]

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
        """Nothing is done blindly: while the window is too small, no key acts (Ctrl+C still leaves)."""
        return not self.has_class("-too-small")

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
        self.app.action_command_palette()

    async def action_leave(self) -> None:
        """Esc and q: back to where one came from; Home asks the app to end."""
        self.dismiss(None)

    def _compositor_refresh(self) -> None:
        # Drawing is a third of what opening a screen costs; whoever comes to look has everything painted first.
        if self.book_app.drawn:
            super()._compositor_refresh()
        else:
            self._compositor._dirty_regions.clear()
            self._dirty_widgets.clear()

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
