"""What if? The run among its siblings: other batch sizes and learning rates on the same pages, from the same start."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.content import Content
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Static

from picturebook_tui.game.words import times
from picturebook_tui.learner.sweep_axes import LEARNING_RATES
from picturebook_tui.tui.commands import EVERYWHERE, Command
from picturebook_tui.tui.screens.base import BookScreen
from picturebook_tui.tui.screens.what_if_views import MapView, WalkView, WhatIf, WhatIfView
from picturebook_tui.tui.widgets.key_line import KeyLine

if TYPE_CHECKING:
    from picturebook_tui.game.run import Run
    from picturebook_tui.tui.siblings import Sweeping

LOOKS = 0.25
"""Seconds between two looks at what has come."""

FRAME = 3
"""Rows of title, tabs and keys."""

TOLD = 8
"""Rows for the sentences, where there are enough; the view has what is left."""

LEAST, MOST = 11, 28
"""Rows of a view: the map needs one for each of eight batch sizes, for its heading, its caption and its signs; with
three for each it is as large as it gets."""

AIR = 30
"""Rows of the terminal from which there is room for air: two rows around the tabs, two around the sentences."""


class WhatIfScreen(BookScreen[None]):
    """The run among its siblings.

    Parameters
    ----------
    run
        Finished.
    sweeping
        Its siblings, which may still be learning.
    player
        "you", or "the child" of a watched run.
    more
        Views of others, after the map and the walks.
    """

    COMMANDS_HERE = (
        Command("view(1)", ("tab", "space"), "⇥", "next view", "The map, then a walk along either of its axes."),
        Command("view(-1)", ("shift+tab",), "⇧⇥", "view before", "Back by one view.", in_line=False),
        Command("move(-1, 0)", ("left", "h"), "←", "left", "To the cell on the left.", in_line=False, in_palette=False),
        Command(
            "move(1, 0)", ("right", "l"), "→", "right", "To the cell on the right.", in_line=False, in_palette=False
        ),
        Command("move(0, -1)", ("up", "k"), "↑", "up", "To the cell above.", in_line=False, in_palette=False),
        Command("move(0, 1)", ("down", "j"), "↓", "down", "To the cell below.", in_line=False, in_palette=False),
        Command("leave", ("escape", "q"), "q", "back", "Back to the end of the run."),
    )
    MOUSE_HELP = "With the mouse: click a cell to look at it; click any word in the tabs or the key line."
    DEFAULT_CSS = """
    WhatIfScreen > #tabs { padding: 0 1; }
    WhatIfScreen.-airy > #tabs { margin: 1 0; }
    WhatIfScreen > #told { padding: 0 1; height: auto; }
    WhatIfScreen.-airy > #told { padding: 1; }
    """

    def __init__(self, run: Run, sweeping: Sweeping, *, player: str = "you", more: Sequence[WhatIfView] = ()) -> None:
        super().__init__()
        self._what = WhatIf(run, sweeping, player)
        self.views = (
            MapView(self._what), WalkView(self._what, "batch_size"), WalkView(self._what, "learning_rate"), *more
        )  # fmt: skip
        self._view = 0

    def compose_body(self) -> Iterable[Widget]:
        yield KeyLine(id="tabs")
        for number, view in enumerate(self.views):
            view.id = f"view{number}"
        with ContentSwitcher(initial="view0"):
            yield from self.views
        yield Static("", id="told", markup=False)

    async def on_mount(self) -> None:
        self._looking = self.set_interval(LOOKS, self._look)
        self._show_view(0)
        self._look()

    @property
    def view(self) -> WhatIfView:
        """The one that is up."""
        return self.views[self._view]

    @property
    def commands(self) -> tuple[Command, ...]:
        shown = tuple(
            Command(
                f"show({number})",
                (str(number + 1),),
                str(number + 1),
                view.label,
                view.about,
                in_line=False,
            )
            for number, view in enumerate(self.views)
        )
        first, *others = self.COMMANDS_HERE
        return (first, *self.view.COMMANDS, *shown, *others, *EVERYWHERE)

    async def pressed(self, event: events.Key) -> None:
        """Also the keys of the view that is up, and its number."""
        for command in self.commands:
            if event.key in command.keys and event.key not in self.ACTIONS:
                await self.run_action(command.action)
                return
        await super().pressed(event)

    # -- what is shown --------------------------------------------------------------------------------------

    def title_text(self) -> str:
        sweeping = self._what.sweeping
        told = f"{self._what.run.book.title} · What if?"
        if not sweeping.all:
            return told
        done = f"{sweeping.done} of " if sweeping.done < sweeping.all else ""
        return f"{told} · {done}{times(sweeping.all, 'learner')}{' done' if done else ''}"

    def _look(self) -> None:
        new = self._what.look()
        if self._what.sweeping.over:
            self._looking.stop()
        if new:
            self._show()

    def _show(self) -> None:
        self.show_title()
        self.view.show()
        self._tell()

    def _show_view(self, view: int) -> None:
        self._view = view % len(self.views)
        self.query_one(ContentSwitcher).current = f"view{self._view}"
        self.query_one("#tabs", KeyLine).set_keys(
            [
                (f"▸{i + 1}" if i == self._view else f" {i + 1}", one.label, f"show({i})")
                for i, one in enumerate(self.views)
            ]
        )
        self.show_keys()
        self._show()

    def _tell(self) -> None:
        what = self._what
        said = [what.sweeping.trouble or "", *self.view.told(), self._fewer()]
        width, room = max(1, self.size.width - 2), self._room[1]
        lines: list[str] = []
        for sentence in said:
            wrapped = textwrap.wrap(sentence, width)
            if len(lines) + len(wrapped) > room:
                break
            lines += wrapped
        self.query_one("#told", Static).update(Content("\n".join(lines)))

    def _fewer(self) -> str:
        job = self._what.sweeping.job
        if job is None or len(job.learning_rates) >= LEARNING_RATES:
            return ""
        return f"Only {job.siblings} of them, not 64: on these pages each takes its time."

    # -- what can be done -----------------------------------------------------------------------------------

    def action_view(self, by: int) -> None:
        self._show_view(self._view + by)

    def action_show(self, view: int) -> None:
        self._show_view(view)

    def action_move(self, across: int, down: int) -> None:
        if self.view.move(across, down):
            self._show()

    def action_in_view(self, name: str) -> None:
        getattr(self.view, name)()
        self._show()

    def on_what_if_view_moved(self, event: WhatIfView.Moved) -> None:
        event.stop()
        self._show()

    @property
    def _room(self) -> tuple[int, int]:
        """Rows of the view, and of the sentences."""
        free = self.size.height - FRAME - (4 if self.size.height >= AIR else 0)
        view = min(MOST, max(LEAST, free - TOLD))
        return view, max(1, free - view)

    def fit(self, width: int, height: int) -> None:
        super().fit(width, height)
        self.set_class(height >= AIR, "-airy")
        self.query_one(ContentSwitcher).styles.height = self._room[0]
        self.call_after_refresh(self._tell)
