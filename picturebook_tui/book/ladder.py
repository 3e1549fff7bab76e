"""The distortion ladder: which kinds there are and how far each rung goes, without NumPy.

Home and the command line offer them before NumPy is loaded; ``distort.py`` does it to pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import SupportsIndex

from picturebook_tui.book.counting import whole_number
from picturebook_tui.errors import PictureBookError
from picturebook_tui.percent import points

NOISE_WIDTHS = (0, 38, 77, 128, 191)
"""Each pixel is made lighter or darker by up to this much of 255 (0, 15, 30, 50 and 75%); all three channels by the
same. Geirhos et al. (2018) draw uniform noise too, but on grey pictures of less contrast; here colours stay."""

CONTRASTS = (100, 50, 25, 12, 6)
"""Percent of the picture's difference from the paper that is left."""

BLURS = (0, 50, 80, 120, 180)
"""Standard deviation of the Gaussian in hundredths of a pixel of a 16×16 picture; twice that at 32×32, so that both
sizes look the same from afar."""

GREYS = (0, 100)
"""Percent of the colour that is taken away."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One way of making pictures harder to see."""

    name: str
    """As typed: "blur"."""
    strengths: tuple[int, ...]
    """Level by level; level 0 changes nothing."""
    usual: int
    """The level where nobody says."""
    told: str
    """What it does to a picture, as the end of a sentence; {strength} is filled in."""

    @property
    def most(self) -> int:
        """The highest level."""
        return len(self.strengths) - 1


_KINDS = (
    Kind("noise", NOISE_WIDTHS, 2, "each pixel up to {strength}% lighter or darker"),
    Kind("contrast", CONTRASTS, 2, "{strength}% of the contrast is left"),
    Kind("blur", BLURS, 2, "blurred, by {strength} pixels of 16"),
    Kind("grey", GREYS, 1, "without colour"),
)

KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _KINDS})
"""By name, in the order offered."""

MOST_LEVEL = max(kind.most for kind in _KINDS)


@dataclass(frozen=True, slots=True)
class Distortion:
    """A kind and a level, checked."""

    kind: str
    level: int

    @property
    def strength(self) -> int:
        """In the unit of its kind: see the tables above."""
        return KINDS[self.kind].strengths[self.level]

    @property
    def title(self) -> str:
        """Two words at most: "noise 2", "grey"."""
        return self.kind if KINDS[self.kind].most == 1 else f"{self.kind} {self.level}"

    @property
    def told(self) -> str:
        """What it does, in words: "25% of the contrast is left"."""
        strength = self.strength
        shown = {"noise": str(points(strength / 255)), "blur": f"{strength / 100:g}"}
        return KINDS[self.kind].told.format(strength=shown.get(self.kind, strength))


RUNGS: tuple[Distortion | None, ...] = (
    None,
    *(Distortion(kind.name, level) for kind in _KINDS for level in range(1, kind.most + 1)),
)
"""Everything there is to choose from, none first."""


def distortion_of(kind: str | None, level: SupportsIndex | None) -> Distortion | None:
    """Read what was asked for; None where nothing is changed.

    Raises
    ------
    PictureBookError
        For a kind or a level that isn't there, and for a level without a kind.
    """
    if kind is None:
        if level is None:
            return None
        raise PictureBookError(f"A level of distortion needs its kind: choose {_or(tuple(KINDS))}.")
    known = KINDS.get(kind) if isinstance(kind, str) else None
    if known is None:
        raise PictureBookError(f"There is no distortion {_brief(kind)}: choose {_or(tuple(KINDS))}.")
    if level is None:
        level = known.usual
    wish = "choose 0 (as drawn) or 1" if known.most == 1 else f"choose 0 (as drawn) to {known.most}"
    number = whole_number(level, f"level of {kind}", least=0, most=known.most, advice=wish)
    return Distortion(kind, number) if number else None


def _or(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
