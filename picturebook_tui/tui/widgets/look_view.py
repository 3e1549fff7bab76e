"""One picture as the model sees it: what mattered in it, how sure the model is, and what it is near to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len
from textual.strip import Strip

from picturebook_tui.game.eye import Look
from picturebook_tui.game.eye_words import LEAST_POINT
from picturebook_tui.game.words import times
from picturebook_tui.percent import points, sure
from picturebook_tui.tui.widgets.card import CardView
from picturebook_tui.tui.widgets.drawing import Part, centred, fit, padded
from picturebook_tui.tui.widgets.heat import Frame, halved, heat_strips, levels_of
from picturebook_tui.tui.widgets.painted import Painted, beside, filled
from picturebook_tui.tui.widgets.pixels import card_size, picture_strips

GRID = 16
"""Places the map has along a side where the room is small; of larger pictures each is the mean of a block."""

GAP = 2
"""Columns between the map and what stands beside it."""

WORDS = 22
"""Columns below which words stand under a picture, not beside it."""

MOST_BARS = 9
"""Labels with a bar; of more, the likeliest."""

BAR = (4, 20)
"""Fewest and most columns of a bar."""


@dataclass(frozen=True, slots=True)
class Near:
    """A remembered picture's card and what is said of it."""

    card: CardView
    label: str
    distance: str


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Everything to show of one picture."""

    card: CardView
    facts: tuple[tuple[Part, ...], ...]
    """Lines beside the picture: its name, its label, what both said."""
    labels: tuple[str, ...]
    then: tuple[float, ...]
    """Probabilities when it was guessed."""
    now: Look | None
    """None while the model is being asked."""
    near_by: tuple[str, ...]
    """What the nearest are nearest by; the longest way to say it that has room is taken."""
    near: tuple[Near, ...]


class LookView(Painted):
    """Lays itself out for its width: a map and facts side by side, below each other where there is less room."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._seen: Seen | None = None

    def show(self, seen: Seen) -> None:
        """Show another picture, or more of the same."""
        self._seen = seen
        self.changed()

    def draw(self, width: int) -> list[Strip]:
        if self._seen is None:
            return []
        seen, large = self._seen, self._is_large(width)
        across = GRID * 4 if large else GRID * 2
        map_lines = self._map(seen, across, large)
        rest = width - across - GAP
        original = card_size(len(seen.card.pixels), self._scale(seen.card, large))[0]
        if rest < max(WORDS, original):
            lines = [*map_lines, *self._told(seen, width, large), *self._near(seen, width, large)]
            return [filled(self, line, width) for line in lines]
        right = [*self._told(seen, rest, large), *self._near(seen, rest, large)]
        return beside(self, [(map_lines, across), (right, rest)], GAP, width)

    def _is_large(self, width: int) -> bool:
        """Whether everything fits with two columns a pixel of the picture beside the map."""
        # A title, tabs, keys and three lines of sentences stand around it.
        return width >= GRID * 4 + GAP + GRID * 4 + WORDS and self.app.size.height >= GRID * 2 + 8

    @staticmethod
    def _scale(card: CardView, large: bool) -> int:
        return 2 if large and len(card.pixels) == GRID else 1

    # -- the map --------------------------------------------------------------------------------------------

    def _map(self, seen: Seen, across: int, large: bool) -> list[Strip]:
        pixels, now = seen.card.pixels, seen.now
        drops = None if now is None else np.array(now.occlusion.drops, np.float32)
        block = 1
        if len(pixels) > GRID and not large:
            block = len(pixels) // GRID
            pixels = halved(pixels.astype(np.float64)).round().astype(np.uint8)
            drops = None if drops is None else halved(drops.astype(np.float64)).astype(np.float32)
        levels, frame, legend = None, None, ""
        if now is not None and drops is not None:
            most = now.occlusion.most
            levels, legend = np.zeros(drops.shape, np.int64), "no place mattered by itself"
            # Next to nothing must not look like something.
            if most.drop >= LEAST_POINT:
                levels, legend = levels_of(drops), _legend(float(drops.max()))
                frame = Frame(most.top // block, most.left // block, most.side // block)
        room = self.background_colors[1]
        heading = "…" if now is None else f"What mattered to “{seen.labels[now.label]}”"
        scale = across // (2 * len(pixels))
        return [
            self.words([(heading, "title")], across),
            *heat_strips(pixels, levels, self.depth, room, scale=scale, frame=frame),
            self.words([(legend, "quiet")], across),
        ]

    # -- what it is and what was said ------------------------------------------------------------------------

    def _told(self, seen: Seen, width: int, large: bool) -> list[Strip]:
        picture = _picture(self, seen.card, self._scale(seen.card, large))
        across = picture[0].cell_length
        if width - across - 1 < WORDS - 4:
            words = [*seen.facts, *_bars(seen, width)]
            return [
                *(filled(self, line, width) for line in picture),
                *(self.words(parts, width) for parts in words),
            ]
        room = width - across - 1
        words = [*seen.facts, *_bars(seen, room)]
        return beside(self, [(picture, across), ([self.words(parts, room) for parts in words], room)], 1, width)

    # -- its nearest -----------------------------------------------------------------------------------------

    def _near(self, seen: Seen, width: int, large: bool) -> list[Strip]:
        heading = next(
            (text for text in seen.near_by if cell_len(text) <= width), seen.near_by[-1] if seen.near_by else ""
        )
        lines = [self.words([(heading, "title")], width)]
        if not seen.near:
            return lines
        scale = self._scale(seen.card, large)
        across = card_size(len(seen.card.pixels), scale)[0]
        fitting = max(1, (width + 1) // (across + 1))
        for start in range(0, len(seen.near), fitting):
            blocks: list[tuple[Sequence[Strip], int]] = []
            for near in seen.near[start : start + fitting]:
                label = f"{near.label} {near.distance}"
                captions = [(centred(label, across), "text"), (centred(near.card.name, across), "quiet")]
                words = [self.words([caption], across) for caption in captions]
                blocks.append(([*_picture(self, near.card, scale), *words], across))
            lines += beside(self, blocks, 1, width)
        return lines


def _legend(largest: float) -> str:
    """What the digits and the frame are."""
    lost = times(points(largest), "point") if largest >= LEAST_POINT else "less than a point"
    return f"9: {lost} lost · ┌┐ the most"


def _picture(widget: Painted, card: CardView, scale: int) -> list[Strip]:
    return picture_strips(card.pixels, widget.depth, scale, emoji=card.emoji, letter=card.letter)


def _bars(seen: Seen, width: int) -> list[tuple[Part, ...]]:
    """A bar for each label: how sure the model is now, beside how sure it was then."""
    now = seen.then if seen.now is None else seen.now.probabilities
    order = sorted(range(len(now)), key=lambda label: -max(now[label], seen.then[label]))[:MOST_BARS]
    name = min(max(cell_len(seen.labels[label]) for label in order), max(4, width - 16))
    room = max(BAR[0], min(BAR[1], width - name - 11))
    lines: list[tuple[Part, ...]] = [((padded("", name + room) + "  then→now", "quiet"),)]
    for label in sorted(order):
        full = round(room * now[label])
        chosen = seen.now is not None and label == seen.now.label
        told = f"{sure(seen.then[label]):>5}→{'…' if seen.now is None else sure(now[label])}"
        lines.append(
            (
                (padded(seen.labels[label], name) + " ", "title" if chosen else "text"),
                ("█" * full, "model"),
                ("░" * (room - full), "quiet"),
                (fit(told, width), "text"),
            )
        )
    if len(order) < len(now):
        lines.append(((f"and {len(now) - len(order)} less likely ones", "quiet"),))
    return lines
