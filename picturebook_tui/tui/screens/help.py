"""Help: the keys of the screen one came from, made from its commands, and what the words mean."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from picturebook_tui.tui.commands import Command, keys_told
from picturebook_tui.tui.screens.base import BookScreen

SCROLLING = (
    Command("scroll(-1)", ("up", "k"), "↑", "up", "Scroll up.", in_line=False),
    Command("scroll(1)", ("down", "j"), "↓", "down", "Scroll down."),
    Command("scroll(-15)", ("pageup", "b"), "PgUp", "page up", "Scroll up a screenful.", in_line=False),
    Command("scroll(15)", ("pagedown", "space"), "space", "page down", "Scroll down a screenful."),
)

WORDS = (
    ("picture", "one sample of the dataset, which is the picture book."),
    ("batch", "the pictures on one page. Batch size: how many."),
    ("step", "one page read and learned: exactly one update of the model's weights."),
    ("epoch", "once through the whole book, every time in a new order."),
    ("steps per epoch", "ceil(pictures ÷ batch size); the last page may be short, and is read like any other."),
    (
        "learning rate",
        "how far each update moves the weights. Too small and little is learned in the"
        " epochs there are; too big and the steps overshoot.",
    ),
    ("loss", "how surprised the model was by the right labels, in nats: 0.69 is a fair coin's."),
    (
        "accuracy",
        "the share of pictures guessed right. On the book it is counted before each update, so only the"
        " first epoch says how either of you does on pictures not met before.",
    ),
    (
        "unseen pages",
        "validation: pictures by artists that are not in the book. Nobody is told, nothing is learned.",
    ),
    (
        "gap",
        "the model's accuracy on the book, measured again with its weights held still, minus its accuracy on"
        " unseen pages.",
    ),
    ("overfitting", "a gap that grows because unseen pages suffer. It is a matter of degree, so we say points."),
    ("short last page", "the update is the mean over its pictures, so each picture on it weighs a little more."),
)


class ScrollScreen(BookScreen[None]):
    """A screen whose middle is a text to scroll."""

    DEFAULT_CSS = """
    ScrollScreen > VerticalScroll { padding: 1 2; scrollbar-size-vertical: 1; }
    ScrollScreen Static { width: 1fr; height: auto; max-width: 100; }
    """

    def text(self) -> Content | str:
        """The whole text."""
        return ""

    def compose_body(self) -> Iterable[Widget]:
        scroll = VerticalScroll(Static(self.text(), id="text"))
        scroll.can_focus = False
        yield scroll

    def action_scroll(self, by: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)


class HelpScreen(ScrollScreen):
    """Keys first: that is what one comes here for."""

    COMMANDS_HERE = (
        *SCROLLING,
        Command("leave", ("escape", "q", "question_mark"), "Esc", "back", "Back to where you were."),
    )

    def __init__(self, commands: tuple[Command, ...]) -> None:
        super().__init__()
        self._of = commands

    def title_text(self) -> str:
        return "Help"

    def action_help(self) -> None:
        self.dismiss(None)

    def text(self) -> Content:
        keys = [(keys_told(command), command.help) for command in self._of]
        return Content.assemble(
            ("Keys here\n\n", "bold"),
            *_two_columns(keys),
            ("\nWith the mouse: click a card to go to it, click it again to change its label; click any word in the"
             " key lines.\n\n", ""),
            ("What the words mean\n\n", "bold"),
            *_two_columns(list(WORDS)),
        )  # fmt: skip


def _two_columns(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Words in bold, then what they mean, indented alike where the words are short."""
    column = min(17, max(cell_len(word) for word, _ in rows)) + 2
    parts = []
    for word, meaning in rows:
        parts.append((word + " " * max(2, column - cell_len(word)), "bold"))
        parts.append((meaning + "\n", ""))
    return parts
