"""Hidden rules: properties that drawings have or lack, told from the pixels themselves or from what is drawn.

Each rule sorts drawings into two sides and leaves those near its boundary out, so that a person who has found it is
never in doubt. Mirroring a drawing or moving it by a pixel never changes its side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.atlas import AIR, SIZE, Atlas, Drawing, on_paper
from picturebook_tui.book.emoji import Emoji

RGBA = NDArray[np.uint8]
"""uint8 (32, 32, 4), straight alpha, as ``Atlas.rgba`` gives it."""

COLOURED = 48
"""Least difference of a pixel's highest and lowest channel, of 255, from which it has a hue that people name."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One property, and how it is told."""

    key: str
    first: str
    """After "a dax": what the drawings of the first side are."""
    second: str
    measure: Callable[[Emoji, RGBA], float | None]
    """What is compared; None where the question makes no sense."""
    at_least: float
    """From here on a drawing is of the first side."""
    at_most: float
    """Down from here it is of the second."""

    def side(self, entry: Emoji, rgba: RGBA) -> int | None:
        """0 or 1; None for a drawing too near the boundary, which is left out."""
        value = self.measure(entry, rgba)
        if value is None or self.at_most < value < self.at_least:
            return None
        return 0 if value >= self.at_least else 1


def _ink(rgba: RGBA) -> NDArray[np.int64]:
    """Colours of the pixels that are drawn: int64 (n, 3). Sums of whole numbers are the same everywhere."""
    return rgba[..., :3][rgba[..., 3] >= 128].astype(np.int64)


def _chroma(ink: NDArray[np.int64]) -> NDArray[np.int64]:
    result: NDArray[np.int64] = ink.max(axis=1) - ink.min(axis=1)
    return result


def warm(_: Emoji, rgba: RGBA) -> float | None:
    """Share of red, orange, yellow, brown and pink among its colour; None where less than half of it has any."""
    ink = _ink(rgba)
    chroma = _chroma(ink)
    coloured = chroma >= COLOURED
    if 2 * int(coloured.sum()) < len(ink) or not len(ink):
        return None
    # Red is the strongest channel, or as strong as green where it is yellow.
    is_warm = (ink[:, 0] >= ink[:, 1]) & (ink[:, 0] > ink[:, 2])
    return int(chroma[coloured & is_warm].sum()) / int(chroma[coloured].sum())


def tall(_: Emoji, rgba: RGBA) -> float | None:
    """Height of the drawn part ÷ its width."""
    rows, columns = np.nonzero(rgba[..., 3] >= 128)
    if not len(rows):
        return None
    return int(np.ptp(rows) + 1) / int(np.ptp(columns) + 1)


def light(_: Emoji, rgba: RGBA) -> float | None:
    """Mean lightness of what is drawn, 0 to 1 (Rec. 601 luma of the sRGB values)."""
    ink = _ink(rgba)
    return int((ink @ np.array([299, 587, 114])).sum()) / (255_000 * len(ink)) if len(ink) else None


def vivid(_: Emoji, rgba: RGBA) -> float | None:
    """Mean chroma of what is drawn: 0 grey, 1 pure colour."""
    ink = _ink(rgba)
    return int(_chroma(ink).sum()) / (255 * len(ink)) if len(ink) else None


def lopsided(_: Emoji, rgba: RGBA) -> float | None:
    """Root-mean-square difference to its own mirror image, levels, over as many pixels as are drawn."""
    drawn = rgba[..., 3] >= 128
    if not drawn.any():
        return None
    columns = np.flatnonzero(drawn.any(axis=0))
    page = on_paper(rgba)[:, columns[0] : columns[-1] + 1].astype(np.int64)
    squares = int(((page - page[:, ::-1]) ** 2).sum())
    return float(np.sqrt(squares / (3 * int(drawn.sum()))))


def full(_: Emoji, rgba: RGBA) -> float:
    """Share of the page that is drawn on, leaving out the air around every drawing."""
    return int((rgba[..., 3] >= 128).sum()) / (SIZE - 2 * AIR) ** 2


_DOUBTFUL = frozenset("🐲🐉🦄💐💮🏵")
"""Nobody has seen them alive, or they are cut, stamped or sewn."""

_MADE = ("transport-", "clothing", "sound", "musical", "phone", "computer", "light-", "book-", "writing", "office")
_TOOLS = ("lock", "tool", "science", "household")


def alive(entry: Emoji, _: RGBA) -> float | None:
    """1 for animals, trees and flowers, 0 for things people make; food and fabled beasts are left out."""
    if entry.emoji in _DOUBTFUL:
        return None
    if entry.category == "animals" or entry.subgroup.startswith("plant"):
        return 1.0
    return 0.0 if entry.subgroup.startswith((*_MADE, *_TOOLS)) else None


def edible(entry: Emoji, _: RGBA) -> float | None:
    """1 for food and drinks, 0 for things people make; animals and plants are left out."""
    if entry.category == "food" or entry.subgroup == "drink":
        return 1.0
    return 0.0 if entry.subgroup.startswith((*_MADE, *_TOOLS)) else None


# The limits were set by looking at the drawings: on either side of each pair, one in four to one in eight of them, and
# none that two people would call differently.
_RULES = (
    Rule("warm", "is warm in colour (red, orange, yellow)", "is cool (green, blue, violet)", warm, 0.9, 0.1),
    Rule("tall", "is taller than wide", "is wider than tall", tall, 1.3, 1 / 1.3),
    Rule("light", "is light", "is dark", light, 0.75, 0.35),
    Rule("vivid", "is brightly coloured", "is grey, black or white", vivid, 0.6, 0.14),
    Rule("lopsided", "has two different halves", "has a left half that mirrors its right", lopsided, 90.0, 18.0),
    Rule("full", "fills its page", "leaves most of its page empty", full, 0.7, 0.33),
    Rule("alive", "is alive or grows", "is a thing that people made", alive, 1.0, 0.0),
    Rule("edible", "can be eaten or drunk", "cannot: it is a thing that people made", edible, 1.0, 0.0),
)

RULES = MappingProxyType({rule.key: rule for rule in _RULES})
"""All of them by key."""

SUBJECTS = (
    "animal", "plant", "food", "drink", "transport-", "sport", "game", "event", "award", "clothing", "sound",
    "musical", "phone", "computer", "light-", "book-", "money", "writing", "office", "lock", "tool", "science",
    "household", "arts-",
)  # fmt: skip
"""Beginnings of the Unicode subgroups that are sorted: things one can see, no signs, faces or people."""

ARTISTS_NEEDED = 7
"""Of nine, so that whoever is held out drew most things."""


def subjects(atlas: Atlas) -> list[Emoji]:
    """What a hidden rule may sort, in Unicode's order: some 450 emoji."""
    return [
        entry
        for entry in atlas.emoji
        if not entry.joined
        and len(entry.artists) >= ARTISTS_NEEDED
        and entry.category not in ("places", "feelings", "signs")
        and entry.subgroup.startswith(SUBJECTS)
    ]


def choose_rule(rng: np.random.Generator) -> tuple[Rule, bool]:
    """Draw a rule by lot, and whether its sides are swapped between the labels."""
    return _RULES[int(rng.integers(len(_RULES)))], bool(rng.integers(2))


def sorted_by(rule: Rule, entry: Emoji, atlas: Atlas) -> tuple[list[Drawing], list[Drawing]]:
    """Every drawing of an emoji that is plainly of one side, by side."""
    sides: tuple[list[Drawing], list[Drawing]] = ([], [])
    for drawing in atlas.drawings(emoji=entry.emoji):
        side = rule.side(entry, atlas.rgba(drawing))
        if side is not None:
            sides[side].append(drawing)
    return sides
