"""Help: the keys of the screen one came from, made from its commands, and what the words mean."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from picturebook_tui.tui.commands import Command, keys_told
from picturebook_tui.tui.screens.base import BookScreen

SCROLLING = (
    Command("scroll(-1)", ("up", "k"), "↑", "up", "Scroll up.", in_line=False, in_palette=False),
    Command("scroll(1)", ("down", "j"), "↓", "down", "Scroll down.", in_palette=False),
    Command(
        "scroll(-15)", ("pageup", "b"), "PgUp", "page up", "Scroll up a screenful.", in_line=False, in_palette=False
    ),
    Command("scroll(15)", ("pagedown", "space"), "space", "page down", "Scroll down a screenful.", in_palette=False),
)

WORDS = (
    ("dataset", "the picture book: all its pictures, each with its label."),
    ("picture", "one sample of the dataset."),
    (
        "label",
        "what a picture is said to be: one of the book's few words. It is told after the guess, and may be wrong.",
    ),
    ("batch", "the pictures on one page. Batch size: how many."),
    ("step", "one page read and learned: exactly one update of the model's weights."),
    ("epoch", "once through the whole book, every time in a new order."),
    ("steps per epoch", "ceil(pictures ÷ batch size); the last page may be short, and is read like any other."),
    (
        "learning rate",
        "how far each update moves the weights. Too small, and little is learned in the epochs there are; too big, and"
        " the steps overshoot.",
    ),
    ("loss", "how surprised the model was by the right labels, in nats: 0.69 is a fair coin's."),
    ("weights", "the numbers that the model's guesses are made with, thousands of them. To learn is to change them."),
    ("gradient", "for every weight, how fast the loss would rise if that weight grew. An update goes the other way."),
    (
        "accuracy",
        "the share of pictures guessed right. On the book it is counted before each update, so only the first epoch"
        " says how either of you does on pictures not met before.",
    ),
    (
        "unseen pages",
        "validation: pictures by artists, or of things, that are not in the book. Nobody is told which were right, and"
        " nothing is learned.",
    ),
    (
        "validation steps",
        "how many pages of unseen pictures are looked at after an epoch, in tools that let you choose. Here it is"
        " always all of them; fewer would change no weight, only the figure, which would rest on fewer pictures.",
    ),
    ("again", "the whole book asked once more after an epoch, with the model's weights held still."),
    ("new", "every unseen picture there is, asked with the weights held still: more than the cards you are shown."),
    (
        "gap",
        "“again” minus “new”, in points, each label counting the same. Few pictures leave it uncertain: nineteen times"
        " in twenty (95%) it lies in the range told; where that holds 0, they were too few to tell.",
    ),
    (
        "🎒 your pupil",
        "a second learner, taught your labels instead of the book's. It starts from the model's weights and reads the"
        " model's pages, so whatever it does otherwise is of your making.",
    ),
    ("run of this kind", "the same book, as many cards, looked at in the same way: only such runs are compared."),
    (
        "overfitting",
        "a gap that grows because unseen pages suffer. It is a matter of degree, so we say points. Other artists and"
        " other things make a gap as well.",
    ),
    (
        "short last page",
        "the update is the mean over its pictures, so each picture on it weighs a little more.",
    ),
    (
        "first good stretch",
        "how many pictures it took until your faded accuracy (each older answer counts a tenth less) first passed 90%."
        " No proof of being that good: somebody always right on 80% has one in nearly every run of 120 pictures.",
    ),
    (
        "d′ and c",
        "how well two labels are told apart (0: not at all, 3: hardly ever wrong), and which way one leans: above 0,"
        " to the second label.",
    ),
    (
        "κ",
        "error consistency: 0 where your mistakes and the model's fall together as often as chance has it, 1 where they"
        " are always the same. It is of the latest epoch, from 100 different pictures on: what is shown again with the"
        " same pixels counts once. Over several epochs two who both learn would seem to agree by chance: both are wrong"
        " early and right late.",
    ),
)


class ScrollScreen(BookScreen[None]):
    """A screen whose middle is a text to scroll."""

    DEFAULT_CSS = """
    ScrollScreen > VerticalScroll { padding: 1 2; scrollbar-size-vertical: 1; }
    ScrollScreen Static { width: 1fr; height: auto; max-width: 100; }
    """

    def text(self) -> RenderableType | Content:
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

    def __init__(self, commands: tuple[Command, ...], mouse: str) -> None:
        super().__init__()
        self._of = commands
        self._with_mouse = mouse

    def title_text(self) -> str:
        return "Help"

    def action_help(self) -> None:
        self.dismiss(None)

    def text(self) -> RenderableType:
        return Group(
            Text("Keys here\n", "bold"),
            _two_columns(
                [(keys, command.help) for keys, command in zip(keys_told(self._of), self._of, strict=True) if keys]
            ),
            Text(f"\n{self._with_mouse}\n"),
            Text("What the words mean\n", "bold"),
            _two_columns(list(WORDS)),
        )


def _two_columns(rows: list[tuple[str, str]]) -> Table:
    """Words in bold, and what they mean beside them."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", max_width=17)
    table.add_column(ratio=1)
    for word, meaning in rows:
        table.add_row(word, meaning)
    return table
