"""The views of the what-if screen: the map of all siblings, and walks along either of its axes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from picturebook_tui.game.what_if import (
    Axis,
    Figure,
    HeatMap,
    Replay,
    Walk,
    child_epochs,
    heat_map,
    model_epochs,
    own_cell,
    own_rate,
    replay,
    replay_sentence,
    walk,
)
from picturebook_tui.game.what_if_words import against_all, map_sentences, sibling_sentence, walk_sentence
from picturebook_tui.tui.commands import Command
from picturebook_tui.tui.screens.base import Line
from picturebook_tui.tui.widgets import heat_map as drawn
from picturebook_tui.tui.widgets.curves import Curves, Series

if TYPE_CHECKING:
    from picturebook_tui.game.run import Run
    from picturebook_tui.learner.sweep import Sibling, SweepResult
    from picturebook_tui.tui.siblings import Sweeping

Cell = tuple[int, int]
"""Row (batch size) and column (learning rate) on the map, from 0."""

BESIDE_CURVES = 20
"""Columns of a walk that are not the curves' own: the axis, and the names of the lines."""


class WhatIf:
    """A finished run among its siblings, and the cell that is looked at; the views share one.

    Parameters
    ----------
    player
        "you", or "the child" of a watched run.
    """

    def __init__(self, run: Run, sweeping: Sweeping, player: str) -> None:
        self.run = run
        self.sweeping = sweeping
        self.player = player
        self.last = run.epochs[-1] if run.epochs else None
        self.result: SweepResult | None = sweeping.look()
        epochs = run.settings.epochs
        self._child = child_epochs(run.turned, epochs)
        self.own_replay = Replay(
            run.settings.batch_size, own_rate(run.settings), self._child, model_epochs(run.turned, epochs)
        )
        self.own = None if self.result is None else own_cell(self.result, run.settings)
        self.cursor: Cell = self.own or (0, 0)

    def look(self) -> bool:
        """Take in what has come since; whether there is anything new to show."""
        before, trouble = self.result, self.sweeping.trouble
        self.result = self.sweeping.look()
        return self.result is not before or self.sweeping.trouble != trouble

    def go(self, rows: int, columns: int) -> bool:
        """Move the cursor; at the edges it stays."""
        if self.result is None:
            return False
        row, column = self.cursor[0] + rows, self.cursor[1] + columns
        if not (0 <= row < len(self.result.batch_sizes) and 0 <= column < len(self.result.learning_rates)):
            return False
        self.cursor = row, column
        return True

    def map(self, figure: Figure) -> HeatMap:
        assert self.result is not None
        return heat_map(self.result, self.run.settings, figure, self.last)

    def walk(self, along: Axis) -> Walk:
        assert self.result is not None
        found = walk(self.result, self.run.settings, along, self.cursor, self.last)
        assert found is not None
        return found

    def _sibling(self) -> Sibling:
        assert self.result is not None
        return self.result.siblings[self.cursor[0] * len(self.result.learning_rates) + self.cursor[1]]

    def cell_told(self) -> tuple[str, ...]:
        """The cell under the cursor, and the child's answers against it."""
        if self.result is None:
            return ()
        sibling = self._sibling()
        shares = self.map("book").value(self.cursor), self.map("unseen").value(self.cursor)
        mine = "Your run" if self.player == "you" else "This run"
        said = [sibling_sentence(sibling, self.result.epochs, shares, mine if self.cursor == self.own else "")]
        if self.cursor == self.own:
            said.append(replay_sentence(self.own_replay, self.own_replay, self.player))
        elif shares[0] is not None:
            said.append(replay_sentence(self.own_replay, replay(self._child, sibling), self.player))
        return tuple(sentence for sentence in said if sentence)

    def all_told(self) -> str:
        """The child's answers against every sibling, once all are done."""
        if self.result is None or not self.result.complete:
            return ""
        return against_all(self._child, self.result, self.own_replay, self.player)


class WhatIfView(Vertical):
    """One view of the screen; a subclass says what it is called, what it shows, and what it tells beneath."""

    label = ""
    """Two words for the tabs."""
    about = ""
    """One sentence for the help."""
    COMMANDS: ClassVar[tuple[Command, ...]] = ()
    """What can be done in this view beside moving; an action "in_view('flip')" calls the view's ``flip``."""

    DEFAULT_CSS = """
    WhatIfView { height: 1fr; }
    """

    class Moved(Message):
        """Something changed by the mouse; what stands beneath has to be told anew."""

    def show(self) -> None:
        """Paint what there is now: the view has come up, or there is news, or the cursor moved."""

    def move(self, across: int, down: int) -> bool:
        """An arrow was pressed; whether anything moved."""
        return False

    def told(self) -> Sequence[str]:
        """Sentences for beneath the view, the most important first; the last ones go where there is little room."""
        return ()


class MapView(WhatIfView):
    """Batch size × learning rate."""

    label = "map"
    about = "Every batch size with every learning rate, and how much each got right."
    COMMANDS = (
        Command("in_view('flip')", ("u",), "u", "book / unseen", "The book or the unseen pages on the map."),
        Command("in_view('home')", ("o",), "o", "own run", "Back to the cell of the run itself.", in_line=False),
    )
    DEFAULT_CSS = """
    MapView > Line { padding: 0 1; }
    MapView > #signs { color: $foreground-muted; }
    """

    def __init__(self, of: WhatIf) -> None:
        super().__init__()
        self._of = of
        self.figure: Figure = "book"

    def compose(self) -> ComposeResult:
        yield Line("", id="caption")
        yield drawn.HeatMap()
        yield Line("", id="signs")

    def show(self) -> None:
        of, grid = self._of, self.query_one(drawn.HeatMap)
        grid.display = of.result is not None
        if of.result is None:
            return
        grid.set_table(table_of(of.map(self.figure), len(of.run.book.labels)))
        grid.cursor = of.cursor
        where = "unseen pages" if self.figure == "unseen" else "the book"
        self.query_one("#caption", Line).say(f"% of {where} right · ↓ batch size · → learning rate")
        self.query_one("#signs", Line).say(signs(of.map(self.figure), of.player))

    def move(self, across: int, down: int) -> bool:
        return self._of.go(down, across)

    def flip(self) -> None:
        """From the book to the unseen pages, and back."""
        if self._of.last is None or self._of.last.model_unseen is None:
            return
        self.figure = "book" if self.figure == "unseen" else "unseen"
        self.show()

    def home(self) -> None:
        """Back to the run's own cell."""
        self._of.cursor = self._of.own or self._of.cursor
        self.show()

    def told(self) -> Sequence[str]:
        of = self._of
        if of.result is None:
            return ()
        yours = "yours" if of.player == "you" else "this run's"
        read = map_sentences(of.map(self.figure), of.result, of.run.book.unseen_by_label, yours)
        first = 2 if self.figure == "unseen" else 1
        return (*of.cell_told(), *read[:first], of.all_told(), *read[first:])

    def on_heat_map_cell_clicked(self, event: drawn.HeatMap.CellClicked) -> None:
        event.stop()
        self._of.cursor = event.cell
        self.show()
        self.post_message(self.Moved())


class WalkView(WhatIfView):
    """One knob turned, the other left where the cursor is."""

    DEFAULT_CSS = """
    WalkView > Line { padding: 0 1; }
    WalkView > Curves { padding: 0 1; max-height: 30; }
    """

    def __init__(self, of: WhatIf, along: Axis) -> None:
        super().__init__()
        self._of = of
        self._along: Axis = along
        if along == "batch_size":
            self.label, self.about = "batch sizes", "From batch size to batch size, all at one learning rate."
        else:
            self.label, self.about = "learning rates", "From learning rate to learning rate, all at one batch size."

    def compose(self) -> ComposeResult:
        yield Line("", id="caption")
        yield Curves(x_label="batch size" if self._along == "batch_size" else "rate")

    def on_resize(self) -> None:
        self.show()

    def show(self) -> None:
        of, curves = self._of, self.query_one(Curves)
        curves.display = of.result is not None
        if of.result is None:
            return
        path = of.walk(self._along)
        lines = [Series("book", path.book, "model", "◆")]
        if of.last is not None and of.last.model_unseen is not None:
            lines.append(Series("unseen", path.unseen, "model", "◇", dashed=True))
        curves.set_series(lines)
        curves.set_ticks(self._ticks(path))
        row, column = of.cursor
        if self._along == "batch_size":
            fixed = f"learning rate {of.result.learning_rates[column]:g}"
        else:
            fixed = f"batch {of.result.batch_sizes[row]}"
        self.query_one("#caption", Line).say(f"All at {fixed}. ← → walks, ↑ ↓ changes it.")

    def _ticks(self, path: Walk) -> dict[float, str]:
        """As many names as fit, the cursor's among them: "▸10" is looked at, "[10]" the run, "100×" stopped."""
        here = self._of.cursor[0 if self._along == "batch_size" else 1]
        names = []
        for place, position in enumerate(path.positions):
            name = str(position) if self._along == "batch_size" else min(drawn.spelt(position), key=len)
            name = f"[{name}]" if place == path.own else name
            names.append(f"{'▸' if place == here else ''}{name}{'×' if path.stopped[place] else ''}")
        apart = max(1.0, (self.content_size.width - BESIDE_CURVES) / max(1, len(names) - 1))
        every = next(step for step in range(1, len(names) + 1) if _fit(names[here % step :: step], apart * step))
        return {place: name for place, name in enumerate(names) if (place - here) % every == 0}

    def move(self, across: int, down: int) -> bool:
        # The curves rise where the map's rows fall.
        return self._of.go(across, down) if self._along == "batch_size" else self._of.go(down, across)

    def told(self) -> Sequence[str]:
        if self._of.result is None:
            return ()
        return (*self._of.cell_told(), walk_sentence(self._of.walk(self._along)))


def _fit(names: Sequence[str], apart: float) -> bool:
    """Names written so many columns apart stay apart."""
    return all((len(one) + len(other)) / 2 + 1 <= apart for one, other in pairwise(names))


def table_of(table: HeatMap, labels: int) -> drawn.HeatTable:
    """A map of siblings for the widget."""
    leaders = table.leaders if all(value is not None for row in table.values for value in row) else ()
    return drawn.HeatTable(
        rows=tuple(map(str, table.batch_sizes)),
        columns=tuple(drawn.spelt(rate) for rate in table.learning_rates),
        cells=tuple(
            tuple(
                drawn.HeatCell(value, (row, column) == table.own, (row, column) in leaders, table.stopped[row][column])
                for column, value in enumerate(values)
            )
            for row, values in enumerate(table.values)
        ),
        floor=1 / labels,
    )


def signs(table: HeatMap, player: str) -> str:
    """What the signs on the map mean, those that are on it."""
    whose = "your run" if player == "you" else "this run"
    return "   ".join(_signs(table, whose))


def _signs(table: HeatMap, whose: str) -> Iterable[str]:
    waiting = any(value is None for row in table.values for value in row)
    if table.own is not None:
        yield f"[ ] {whose}"
    if not waiting:
        yield "★ best"
    if any(map(any, table.stopped)):
        yield "× stopped: steps too big"
    if waiting:
        yield f"{drawn.NOT_YET} still reading"
