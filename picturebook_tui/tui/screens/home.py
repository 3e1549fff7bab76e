"""Home: choose a book, turn the knobs, see what follows, and start; or go on where one stopped.

Painted before NumPy and the drawings are loaded: the row of pictures comes a moment later.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from picturebook_tui.book.ladder import RUNGS, Distortion, distortion_of
from picturebook_tui.book.shelf import SHELF
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.events import RunSettings
from picturebook_tui.game.glimpse import GLIMPSES_MS
from picturebook_tui.tui.commands import HELP, LEAVE, PALETTE, Command
from picturebook_tui.tui.screens.base import Line
from picturebook_tui.tui.screens.knob_screen import KNOB_COMMANDS, KnobScreen
from picturebook_tui.tui.widgets.knobs import Knob, KnobList

if TYPE_CHECKING:
    from picturebook_tui.records.runs import RunHead
    from picturebook_tui.tui.widgets.page_grid import CardView

Value = TypeVar("Value")

HIGHEST_SEED = 9_999
"""Seeds stay short enough to be read out across a room."""

TALL = (160, 36)
"""Columns and rows from which the row of pictures is drawn twice as large."""

PREVIEW_CARDS = 5
"""What fits one row of 80 columns."""


@dataclass(frozen=True, slots=True)
class Preset:
    """Knobs turned together."""

    name: str
    pictures: int
    unseen: int
    batch_size: int
    epochs: int


PRESETS = (
    Preset("Quick", 40, 10, 10, 3),
    Preset("The picture book", 100, 20, 10, 3),
)

PICTURES = (10, 20, 40, 60, 80, 95, 100, 150, 200, 300)
UNSEEN = (0, 10, 20, 30, 40)
BATCH_SIZES = (1, 2, 4, 5, 8, 10, 16, 20, 32, 40, 64, 100)
EPOCHS = (1, 2, 3, 4, 5, 6, 8, 10)
LEARNERS = {
    "mlp": "one hidden layer (MLP)",
    "softmax": "no hidden layer (softmax)",
    "cnn": "small convolutional (CNN)",
}
WRONG_LABELS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
LEARNING_RATES = (None, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
"""None: the learner's own, chosen by measurement."""


class HomeScreen(KnobScreen[None]):
    """The first screen, and the one every run comes back to."""

    COMMANDS_HERE = (
        Command(
            "choose", ("enter", "space"), "⏎", "start", "Open the first page; on “Go on”, the page you stopped at."
        ),
        KNOB_COMMANDS[0],
        replace(KNOB_COMMANDS[1], shown="↑↓←→"),
        *(replace(command, in_line=False) for command in KNOB_COMMANDS[2:]),
        Command("go_on", ("c",), "c", "go on", "Continue the latest unfinished run.", in_line=False),
        # The way out and the help before the rest: a narrow key line leaves away the last.
        replace(LEAVE, keys=("q",), label="quit", help="Close Picture Book."),
        HELP,
        Command(
            "chapters",
            ("b",),
            "b",
            "chapters",
            "Ten short lessons: bet on how learning works; a run settles it.",
        ),
        Command("history", ("i",), "i", "history", "Runs you have finished, and those you can go on with."),
        Command("settings", ("s",), "s", "settings", "Theme, colours, motion, curves, bell."),
        Command("speeds", ("t",), "t", "try speeds", "A hundred learning rates on this book, drawn.", in_line=False),
        Command("credits", ("r",), "r", "credits", "Who drew the pictures.", in_line=False),
    )
    DEFAULT_CSS = """
    HomeScreen > #welcome { padding: 0 1; color: $foreground-muted; }
    HomeScreen > #preview { height: 9; }
    HomeScreen.-tall > #preview { height: 19; margin-bottom: 1; }
    HomeScreen > #about { padding: 0 3; height: auto; max-height: 2; text-wrap: wrap; }
    HomeScreen > KnobList { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.settings = RunSettings(
            pictures=PRESETS[0].pictures, unseen=PRESETS[0].unseen, seed=secrets.randbelow(HIGHEST_SEED + 1)
        )
        self._unfinished: tuple[RunHead, ...] = ()
        self._previews: dict[str, list[CardView]] = {}

    def compose_body(self) -> Iterable[Widget]:
        yield Line("🧒 You and 🤖 a small network read the same pages.", id="welcome")
        yield Container(id="preview")
        yield Static("", id="about", markup=False)
        yield KnobList(id="knobs")

    async def on_mount(self) -> None:
        self._look_for_unfinished()
        self._show()
        self.knobs.move_to(0)
        self.call_after_refresh(self._load_pictures)

    def on_screen_resume(self) -> None:
        """Back from a run, which may have been left unfinished; the next one gets a seed of its own."""
        offered = bool(self._unfinished)
        self._look_for_unfinished()
        self._show()
        if self._unfinished and not offered:
            self.knobs.move_to(0)

    @property
    def commands(self) -> tuple[Command, ...]:
        return (*self.COMMANDS_HERE, PALETTE)

    def title_text(self) -> str:
        return "Picture Book"

    # -- what is shown --------------------------------------------------------------------------------------

    def _look_for_unfinished(self) -> None:
        try:
            self._unfinished = tuple(head for head in self.book_app.store.unfinished() if head.answers > 0)
        except PictureBookError as error:
            self.book_app.say(str(error))

    def _show(self) -> None:
        self.knobs.set_rows(self._rows())
        self.query_one("#about", Static).update(SHELF[self.settings.book].about)
        self._show_preview()

    def _rows(self) -> list[Knob]:
        from picturebook_tui.book.counting import steps_per_epoch
        from picturebook_tui.game.words import steps_sentence, times

        s = self.settings
        assert s.pictures is not None
        steps = steps_per_epoch(s.pictures, s.batch_size)
        preset = next((p.name for p in PRESETS if self._fits(p)), "your own")
        rows = []
        if self._unfinished:
            head = self._unfinished[0]
            told = f"{head.title}, {times(head.answers, 'answer')} given"
            rows.append(Knob("go_on", "Go on where you stopped", None, told))
        return [
            *rows,
            Knob("book", "Book", SHELF[s.book].title),
            *self._book_knobs(),
            Knob(
                "preset",
                "Size",
                preset,
                f"{times(s.pictures, 'picture')} · batch {s.batch_size} · {times(s.epochs, 'epoch')}",
            ),
            Knob("pictures", "Pictures", str(s.pictures)),
            Knob("batch_size", "Batch size", str(s.batch_size), steps_sentence(s, s.pictures, steps)),
            Knob("epochs", "Epochs", str(s.epochs), f"{times(s.epochs * steps, 'step')}: the model's updates in all"),
            Knob("unseen", "Unseen pictures", str(s.unseen), "after each epoch; nobody learns from them"),
            Knob("learner", "Model", LEARNERS[s.learner]),
            Knob("learning_rate", "Learning rate", "as usual" if s.learning_rate is None else f"{s.learning_rate:g}"),
            *self._looking_knobs(),
            Knob("seed", "Seed", str(s.seed), "the same seed deals the same pages"),
        ]

    def _book_knobs(self) -> list[Knob]:
        """What can be turned in this book alone."""
        s, book = self.settings, SHELF[self.settings.book]
        knobs = []
        if book.wrong_labels is not None:
            share = book.wrong_labels if s.wrong_labels is None else s.wrong_labels
            knobs.append(Knob("wrong_labels", "Wrong labels", f"{share:.0%}", "of the book's; unseen pages are right"))
        if book.kinds:
            told = "by lot" if s.kind is None else f"{s.kind} of {len(book.kinds)}"
            knobs.append(Knob("kind", "Kind of rule", told, "ways to part eight creatures in two fours"))
        return knobs

    def _looking_knobs(self) -> list[Knob]:
        """What makes pictures harder: a moment to look, or less to see."""
        glimpse, harder = self.settings.glimpse_ms, self._distortion
        return [
            Knob("glimpse", "Glimpse", "off", "look as long as you like")
            if glimpse is None
            else Knob("glimpse", "Glimpse", f"{glimpse:,} ms", "a picture at a time, then a mask"),
            Knob("distortion", "Distortion", "none", "pictures as they were drawn")
            if harder is None
            else Knob("distortion", "Distortion", harder.title, harder.told),
        ]

    @property
    def _distortion(self) -> Distortion | None:
        return distortion_of(self.settings.distortion, self.settings.distortion_level)

    def _fits(self, preset: Preset) -> bool:
        s = self.settings
        return (s.pictures, s.unseen, s.batch_size, s.epochs) == (
            preset.pictures,
            preset.unseen,
            preset.batch_size,
            preset.epochs,
        )

    def fit(self, width: int, height: int) -> None:
        super().fit(width, height)
        # From here on pictures of twice the size leave room enough for every knob.
        self.set_class(height >= TALL[1] and width >= TALL[0], "-tall")

    # -- turning knobs --------------------------------------------------------------------------------------

    def on_knob_list_turned(self, event: KnobList.Turned) -> None:
        s, by = self.settings, event.direction
        match event.knob.id:
            case "book":
                name = _turned(list(SHELF), s.book, by, around=True)
                self.settings = replace(s, book=name, wrong_labels=None, kind=None)
            case "wrong_labels":
                share = SHELF[s.book].wrong_labels if s.wrong_labels is None else s.wrong_labels
                self.settings = replace(s, wrong_labels=_turned(WRONG_LABELS, share, by))
            case "kind":
                kinds = (None, *SHELF[s.book].kinds)
                self.settings = replace(s, kind=_turned(kinds, s.kind, by, around=True))
            case "preset":
                now = next((i for i, preset in enumerate(PRESETS) if self._fits(preset)), -1)
                preset = PRESETS[(now + by) % len(PRESETS)]
                self.settings = replace(
                    s,
                    pictures=preset.pictures,
                    unseen=preset.unseen,
                    batch_size=preset.batch_size,
                    epochs=preset.epochs,
                )
            case "pictures":
                self.settings = replace(s, pictures=_turned(PICTURES, s.pictures, by))
            case "batch_size":
                self.settings = replace(s, batch_size=_turned(BATCH_SIZES, s.batch_size, by))
            case "epochs":
                self.settings = replace(s, epochs=_turned(EPOCHS, s.epochs, by))
            case "unseen":
                self.settings = replace(s, unseen=_turned(UNSEEN, s.unseen, by))
            case "learner":
                self.settings = replace(s, learner=_turned(list(LEARNERS), s.learner, by, around=True))
            case "learning_rate":
                self.settings = replace(s, learning_rate=_turned(LEARNING_RATES, s.learning_rate, by))
            case "glimpse":
                self.settings = replace(s, glimpse_ms=_turned(GLIMPSES_MS, s.glimpse_ms, by))
            case "distortion":
                rung = _turned(RUNGS, self._distortion, by)
                kind, level = (None, None) if rung is None else (rung.kind, rung.level)
                self.settings = replace(s, distortion=kind, distortion_level=level)
            case "seed":
                self.settings = replace(s, seed=(s.seed + by) % (HIGHEST_SEED + 1))
        self._show()

    def on_knob_list_chosen(self, event: KnobList.Chosen) -> None:
        if self.held():
            return
        if event.knob.id == "go_on":
            self.action_go_on()
        else:
            self.book_app.start_run(self.settings)
            self.settings = replace(self.settings, seed=secrets.randbelow(HIGHEST_SEED + 1))

    def action_go_on(self) -> None:
        if self._unfinished:
            self.book_app.continue_run(self._unfinished[0].run_id)
        else:
            self.book_app.say("There is no unfinished run to go on with.")

    def action_chapters(self) -> None:
        self.book_app.show_chapters()

    def action_history(self) -> None:
        self.book_app.show_history()

    def action_settings(self) -> None:
        self.book_app.show_settings()

    def action_speeds(self) -> None:
        self.book_app.show_speeds(self.settings, SHELF[self.settings.book].title)

    def action_credits(self) -> None:
        self.book_app.show_credits()

    async def action_leave(self) -> None:
        self.app.exit(0)

    # -- the row of pictures --------------------------------------------------------------------------------

    def _load_pictures(self) -> None:
        self.run_worker(self._fill_previews(), exclusive=True, group="previews")

    async def _fill_previews(self) -> None:
        try:
            self._previews = await asyncio.to_thread(_preview_cards)
        except PictureBookError as error:
            self.book_app.say(str(error))
            return
        from picturebook_tui.tui.widgets.page_grid import PageGrid

        await self.query_one("#preview", Container).mount(PageGrid(id="pictures"))
        self._show_preview()

    def _show_preview(self) -> None:
        from_book = self._previews.get(self.settings.book)
        if from_book is None or not self.query("#pictures"):
            return
        from picturebook_tui.tui.widgets.page_grid import CardMark, PageGrid

        grid = self.query_one("#pictures", PageGrid)
        grid.set_cards(from_book, [CardMark(card.name, "note") for card in from_book])


def _turned(values: Sequence[Value], now: Value, by: int, *, around: bool = False) -> Value:
    """The value one place on in a ladder; at its ends it stays, or comes round again."""
    place = values.index(now) + by if now in values else 0
    return values[place % len(values) if around else max(0, min(place, len(values) - 1))]


def _preview_cards() -> dict[str, list[CardView]]:
    """A few pictures of each shelf book, each by another artist; runs on a thread of its own."""
    from picturebook_tui.book.atlas import open_atlas
    from picturebook_tui.book.previews import preview_pictures
    from picturebook_tui.tui.screens.page_words import artist_title, card_letter
    from picturebook_tui.tui.widgets.page_grid import CardView

    atlas = open_atlas()
    previews: dict[str, list[CardView]] = {}
    for name, shelf_book in SHELF.items():
        cards = []
        for place, picture in enumerate(preview_pictures(shelf_book, atlas)[:PREVIEW_CARDS]):
            cards.append(
                CardView(
                    key=("preview", name, place),
                    pixels=picture.pixels,
                    emoji=picture.emoji,
                    letter=card_letter(picture.artist, picture.name),
                    name=picture.caption or artist_title(picture.artist),
                )
            )
        previews[name] = cards
    return previews
