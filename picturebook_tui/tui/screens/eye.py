"""The model's eye: what one picture is to the model, what its weights look for, and who took what for what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Static

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.events import Guess, Page, StepResult
from picturebook_tui.game.eye import Look, look, remembered
from picturebook_tui.game.eye_weights import WeightPicture, WeightWall, look_at_weights
from picturebook_tui.game.eye_words import alike, as_of, confusion_told, helped, mattered, nearness, weights_told
from picturebook_tui.game.run import Run
from picturebook_tui.game.scoreboard import Missed
from picturebook_tui.tui.commands import Command
from picturebook_tui.tui.screens import confusions
from picturebook_tui.tui.screens.base import BookScreen
from picturebook_tui.tui.screens.page_words import artist_told, card_views
from picturebook_tui.tui.session import Session
from picturebook_tui.tui.widgets.drawing import Part
from picturebook_tui.tui.widgets.key_line import KeyLine
from picturebook_tui.tui.widgets.look_view import LookView, Near, Seen
from picturebook_tui.tui.widgets.weight_gallery import Hung, WeightGallery

VIEWS = (
    ("picture", "this picture"),
    ("weights", "what it looks for"),
    ("confusions", "confusions"),
)

PICTURE, WEIGHTS, CONFUSIONS = range(3)


@dataclass(frozen=True, slots=True)
class Subject:
    """A picture to look at, and what both players said of it."""

    index: int
    """Into the training pictures, or the unseen ones."""
    unseen: bool
    child: int
    then: Guess


def subjects_of(result: StepResult) -> tuple[Subject, ...]:
    """The pictures of a turned page of the book."""
    cards = zip(result.page.indices, result.child, result.model, strict=True)
    return tuple(Subject(index, result.page.unseen, child, guess) for index, child, guess in cards)


def subjects_missed(missed: Iterable[Missed]) -> tuple[Subject, ...]:
    """The missed pictures of a finished run."""
    return tuple(Subject(each.pixels_index, each.unseen, each.child, each.model) for each in missed)


class EyeScreen(BookScreen[int]):
    """Looks while the run stands still: the model is as it was after its latest update. Answers which picture was last.

    Parameters
    ----------
    subjects
        Pictures to go through; there may be none, where nobody missed any.
    start
        The one to begin with.
    over
        The run is: what was kept back about unseen pages and mixed-up labels is told.
    """

    COMMANDS_HERE = (
        Command("view(1)", ("tab", "space"), "⇥", "next view", "This picture, the weights, the mistakes."),
        Command("view(-1)", ("shift+tab",), "⇧⇥", "view before", "Back by one view.", in_line=False),
        Command("show(0)", ("1",), "1", "this picture", "What it is to the model as it is now.", in_line=False),
        Command("show(1)", ("2",), "2", "what it looks for", "The model's weights as pictures.", in_line=False),
        Command("show(2)", ("3",), "3", "confusions", "Who took what for what, and how often.", in_line=False),
        Command("move(-1)", ("left", "h"), "←", "picture before", "The picture before.", in_line=False),
        Command("move(1)", ("right", "l"), "← →", "picture", "The next picture."),
        Command("scroll(-1)", ("up", "k"), "↑", "up", "Scroll up.", in_line=False, in_palette=False),
        Command("scroll(1)", ("down", "j"), "↓", "down", "Scroll down.", in_line=False, in_palette=False),
        Command("change", ("d",), "d", "all weights", "What training changed, or the weights as they are."),
        Command("leave", ("escape", "q", "e", "enter"), "e", "back", "Back to where you were."),
    )
    DEFAULT_CSS = """
    EyeScreen > #tabs { padding: 0 1; }
    EyeScreen > ContentSwitcher { height: 1fr; }
    EyeScreen VerticalScroll { padding: 0 1; scrollbar-size-vertical: 1; }
    EyeScreen > #told { padding: 0 1; height: auto; max-height: 4; }
    """

    def __init__(
        self,
        session: Session,
        subjects: Sequence[Subject],
        *,
        start: int = 0,
        view: int = PICTURE,
        over: bool = False,
        name: str = "you",
    ) -> None:
        super().__init__()
        self._session = session
        self._of: Run = session.run
        self._subjects = tuple(subjects)
        self._at = start
        self._view = view
        self._over = over
        self._player = name
        self._read = remembered(self._of)
        self._looks: dict[int, Look] = {}
        self._wall: WeightWall | None = None
        self._change = True
        self._trouble = ""

    def compose_body(self) -> Iterable[Widget]:
        yield KeyLine(id="tabs")
        with ContentSwitcher(initial=VIEWS[self._view][0]):
            with VerticalScroll(id="picture", can_focus=False):
                yield LookView()
            with VerticalScroll(id="weights", can_focus=False):
                yield WeightGallery()
            with VerticalScroll(id="confusions", can_focus=False):
                yield confusions.tables(self._of, self._player, over=self._over)
        yield Static("", id="told")

    async def on_mount(self) -> None:
        self._show_view(self._view)

    def title_text(self) -> str:
        if self._view != PICTURE or not self._subjects:
            return "The model's eye"
        kind = "missed" if self._over else "picture"
        place = f"{kind} {self._at + 1} of {len(self._subjects)}"
        now = self._looks.get(self._at)
        return f"The model's eye · {place}" + ("" if now is None else f" · {as_of(now.updates)}")

    @property
    def commands(self) -> tuple[Command, ...]:
        """Those that do something in this view."""
        hidden = {"change"} if self._view != WEIGHTS else set()
        if self._view != PICTURE or len(self._subjects) < 2:
            hidden |= {"move(-1)", "move(1)"}
        label = "all weights" if self._change else "only what changed"
        kept = (command for command in super().commands if command.action not in hidden)
        return tuple(
            Command("change", ("d",), "d", label, command.help) if command.action == "change" else command
            for command in kept
        )

    # -- asking the model -----------------------------------------------------------------------------------

    async def _look(self, at: int) -> None:
        subject = self._subjects[at]
        pixels = self._of.book.training.pixels[list(self._read)]
        try:
            self._looks[at] = await self._session.with_learner(look, self._pixels(subject), pixels)
        except PictureBookError as error:
            self._trouble = str(error)
        if self._at == at and self._view == PICTURE:
            self._show_picture()

    async def _look_at_weights(self) -> None:
        pixels = self._of.book.training.pixels[list(self._read)]
        try:
            self._wall = await self._session.with_learner(look_at_weights, pixels)
        except PictureBookError as error:
            self._trouble = str(error)
        self._show_weights()

    # -- what is shown --------------------------------------------------------------------------------------

    def _show_view(self, view: int) -> None:
        self._view = view % len(VIEWS)
        self.query_one(ContentSwitcher).current = VIEWS[self._view][0]
        self.query_one("#tabs", KeyLine).set_keys(
            [(f"▸{i + 1}" if i == self._view else f" {i + 1}", name, f"show({i})") for i, (_, name) in enumerate(VIEWS)]
        )
        self._trouble = ""
        if self._view == PICTURE:
            self._show_picture()
        elif self._view == WEIGHTS:
            self._show_weights()
        else:
            self._tell(confusion_told(confusions.of_the_book(self._of), self._of.book.labels, self._player)[0])
        self.show_title()
        self.show_keys()

    def _tell(self, text: str) -> None:
        self.query_one("#told", Static).update(Content(self._trouble or text))

    def _show_picture(self) -> None:
        if not self._subjects:
            self._tell("Nobody missed a picture in the last epoch.")
            return
        subject, now = self._subjects[self._at], self._looks.get(self._at)
        self.query_one(LookView).show(self._seen(subject, now))
        if now is not None:
            labels, pixels = self._of.book.labels, self._pixels(subject)
            self.show_title()
            self._tell(f"{mattered(now, pixels, labels)} {helped(now, len(pixels), labels)}".rstrip())
        elif not self._trouble:
            self._tell("The model is looking …")
            self.run_worker(self._look(self._at), exclusive=True, group="eye")

    def _seen(self, subject: Subject, now: Look | None) -> Seen:
        run, labels = self._of, self._of.book.labels
        cards = card_views(run, _page((subject.index,), subject.unseen))
        near: list[Near] = []
        if now is not None:
            for one in now.neighbours:
                index = self._read[one.position]
                copies = f" ({one.copies}×)" if one.copies > 1 else ""
                (card,) = card_views(run, _page((index,), False))
                label = labels[run.book.training.pictures[index].label]
                near.append(Near(card, label + copies, nearness(one.distance, now.typical)))
        cut = len(self._read) < len({index for result in run.turned for index in result.page.indices})
        return Seen(
            card=cards[0],
            facts=self._facts(subject),
            labels=labels,
            then=subject.then.probabilities,
            now=now,
            near_by=() if now is None else alike(now, run.settings.learner, len(self._read), cut),
            near=tuple(near),
        )

    def _facts(self, subject: Subject) -> tuple[tuple[Part, ...], ...]:
        book = self._of.book
        picture = (book.unseen if subject.unseen else book.training).pictures[subject.index]
        labels, truth = book.labels, picture.label
        artist = artist_told(book, picture).removeprefix(", ")
        mixed = " (mixed up)" if self._over and picture.mixed_up else ""
        lines: list[tuple[Part, ...]] = [((picture.name, "title"),)]
        if artist:
            lines.append(((artist, "quiet"),))
        lines.append((("it is  ", "quiet"), (labels[truth] + mixed, "text")))
        for who, said in ((self._player.removeprefix("the "), subject.child), ("model", subject.then.label)):
            right = said == truth
            sign, tone = ("✓", "right") if right else ("✗", "wrong")
            lines.append(((f"{who:<7}", "quiet"), (f"{sign} {labels[said]}", tone)))
        return tuple(lines)

    def _pixels(self, subject: Subject) -> NDArray[np.uint8]:
        """uint8 (size, size, 3), as both players were shown it."""
        pixels: NDArray[np.uint8] = self._of.pixels(_page((subject.index,), subject.unseen))[0]
        return pixels

    def _show_weights(self) -> None:
        wall = self._wall
        if wall is None:
            if not self._trouble:
                self.run_worker(self._look_at_weights(), exclusive=True, group="eye")
            self._tell("The model is looking …")
            return
        pictures = wall.change if self._change else wall.whole
        self.query_one(WeightGallery).show([self._hung(one) for one in pictures])
        if self._view == WEIGHTS:
            self._tell(weights_told(wall, change=self._change, signs=self.book_app.depth == "none"))

    def _hung(self, one: WeightPicture) -> Hung:
        pixels = np.frombuffer(one.pixels, np.uint8).reshape(one.side, one.side, 3)
        if one.label is None:
            return Hung(pixels, (f"filter {one.number + 1}",))
        label = self._of.book.labels[one.label]
        return Hung(pixels, (f"for {label}" if one.pull is None else f"{label}, unit {one.number + 1}",))

    # -- keys -----------------------------------------------------------------------------------------------

    def action_view(self, by: int) -> None:
        self._show_view(self._view + by)

    def action_show(self, view: int) -> None:
        self._show_view(view)

    def action_move(self, by: int) -> None:
        if self._view != PICTURE:
            self.action_view(by)
        elif 0 <= self._at + by < len(self._subjects):
            self._at += by
            self.query_one("#picture", VerticalScroll).scroll_home(animate=False)
            self._show_view(PICTURE)

    def action_scroll(self, by: int) -> None:
        self.query_one(f"#{VIEWS[self._view][0]}", VerticalScroll).scroll_relative(y=by, animate=False)

    def action_change(self) -> None:
        if self._view == WEIGHTS:
            self._change = not self._change
            self._show_weights()
            self.show_keys()

    async def action_leave(self) -> None:
        if not self.held():
            self.dismiss(self._at)


def _page(indices: tuple[int, ...], unseen: bool) -> Page:
    return Page(0, 0, 0, indices, 1, len(indices), unseen=unseen)
