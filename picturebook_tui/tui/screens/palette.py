"""The palette: everything that can be done here, found by a few letters of its name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.app import SystemCommand
from textual.fuzzy import Matcher
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from picturebook_tui.tui.commands import Command
from picturebook_tui.tui.screens.base import BookScreen, Line

LONGEST = 60
"""Letters of a search; a pasted page is cut."""

NAME_COLUMNS = 26
"""Names stand in a column of this width, and what they mean beside them."""


def found(commands: Sequence[SystemCommand], query: str) -> list[SystemCommand]:
    """The commands whose names hold the letters of ``query`` in this order, best first; all of them for none."""
    if not query.strip():
        return list(commands)
    matcher = Matcher(query)
    scored = [(matcher.match(command.title), command) for command in commands]
    return [command for score, command in sorted(scored, key=lambda pair: -pair[0]) if score > 0]


class Hits(Widget, can_focus=False):
    """Names and what they mean, with a cursor; scrolls by itself."""

    DEFAULT_CSS = """
    Hits { height: 1fr; width: 1fr; padding: 0 1; color: $foreground; background: $background; }
    Hits > .hits--help { color: $foreground-muted; }
    Hits > .hits--cursor { color: $background; background: $accent; text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"hits--help", "hits--cursor"}

    class Clicked(Message):
        """Somebody clicked on a name."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self) -> None:
        super().__init__()
        self.shown: tuple[SystemCommand, ...] = ()
        self.cursor = 0

    @property
    def current(self) -> SystemCommand | None:
        """What the cursor is on."""
        return self.shown[self.cursor] if self.shown else None

    def show(self, commands: Iterable[SystemCommand]) -> None:
        """Show these, the cursor on the first."""
        self.shown, self.cursor = tuple(commands), 0
        self.refresh()

    def move(self, by: int) -> None:
        """Move the cursor; it stays within the list."""
        self.cursor = max(0, min(len(self.shown) - 1, self.cursor + by))
        self.refresh()

    @property
    def rows(self) -> int:
        """Names that fit on the screen."""
        return max(1, self.content_size.height)

    @property
    def _top(self) -> int:
        # The cursor moves over the window, which turns when it is left.
        return self.cursor // self.rows * self.rows

    def render_line(self, y: int) -> Strip:
        width, place = self.content_size.width, self._top + y
        if place >= len(self.shown):
            words = "Nothing is called that." if y == 0 and not self.shown else ""
            return Strip([Segment(words, self.rich_style)]).adjust_cell_length(width, self.rich_style)
        command, here = self.shown[place], place == self.cursor
        style = self.get_component_rich_style("hits--cursor") if here else self.rich_style
        quiet = style if here else self.rich_style + self.get_component_rich_style("hits--help", partial=True)
        name = f"{'▸' if here else ' '} {command.title}"
        gap = " " * max(2, NAME_COLUMNS - cell_len(name))
        line = Strip([Segment(name, style), Segment(gap + command.help, quiet)])
        if line.cell_length > width:
            line = Strip([*line.crop(0, width - 1), Segment("…", quiet)])
        return line.adjust_cell_length(width, style)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Clicked(self._top + event.y))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move(+1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move(-1)


class PaletteScreen(BookScreen[SystemCommand]):
    """Answers with what was chosen; whoever opened it does that."""

    COMMANDS_HERE = (
        Command("choose", ("enter",), "⏎", "do it", "Do what the cursor is on."),
        Command("move(-1)", ("up", "shift+tab"), "↑", "up", "The name above.", in_line=False),
        Command("move(1)", ("down", "tab"), "↑↓", "choose", "The name below."),
        Command("page(-1)", ("pageup",), "PgUp", "page up", "A screenful up.", in_line=False),
        Command("page(1)", ("pagedown",), "PgDn", "page down", "A screenful down.", in_line=False),
        Command("end(-1)", ("home", "ctrl+home"), "Home", "first", "The first name.", in_line=False),
        Command("end(1)", ("end", "ctrl+end"), "End", "last", "The last name.", in_line=False),
        Command("rub_out", ("backspace",), "⌫", "rub out", "Rub out the last letter.", in_line=False),
        Command("clear", ("ctrl+u",), "^U", "clear", "Rub out everything.", in_line=False),
        Command("leave", ("escape",), "Esc", "back", "Back to where you were."),
    )
    MOUSE_HELP = "With the mouse: click a name to do it; the wheel moves the cursor."
    DEFAULT_CSS = """
    PaletteScreen > #query { padding: 0 1; margin: 1 0; }
    """

    def __init__(self, commands: Sequence[SystemCommand]) -> None:
        super().__init__()
        self.offered = tuple(commands)
        self.query_text = ""

    def compose_body(self) -> Iterable[Widget]:
        yield Line("", id="query")
        yield Hits()

    async def on_mount(self) -> None:
        self._search("")

    def title_text(self) -> str:
        return "What would you like to do?"

    @property
    def commands(self) -> tuple[Command, ...]:
        # No help and no palette of its own: what is typed here is searched for.
        return self.COMMANDS_HERE

    @property
    def hits(self) -> Hits:
        """The list."""
        return self.query_one(Hits)

    async def pressed(self, event: events.Key) -> None:
        if event.character is not None and event.is_printable:
            self._search(self.query_text + event.character)
        elif event.key in self._keys:
            await super().pressed(event)

    _keys = frozenset(key for command in COMMANDS_HERE for key in command.keys)

    def pasted(self, text: str) -> None:
        self._search(self.query_text + "".join(character for character in text if character.isprintable()))

    def _search(self, query: str) -> None:
        self.query_text = query[:LONGEST]
        self.query_one("#query", Line).say(f"› {self.query_text}▏" if self.query_text else "› ▏ type a few letters")
        self.hits.show(found(self.offered, self.query_text))

    def action_rub_out(self) -> None:
        self._search(self.query_text[:-1])

    def action_clear(self) -> None:
        self._search("")

    def action_move(self, by: int) -> None:
        self.hits.move(by)

    def action_page(self, by: int) -> None:
        self.hits.move(by * self.hits.rows)

    def action_end(self, by: int) -> None:
        self.hits.move(by * len(self.offered))

    def action_choose(self) -> None:
        if (command := self.hits.current) is not None:
            self.dismiss(command)

    def on_hits_clicked(self, event: Hits.Clicked) -> None:
        event.stop()
        if event.place < len(self.hits.shown):
            self.dismiss(self.hits.shown[event.place])
