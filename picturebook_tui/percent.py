"""How a share is written, in the whole program: one rounding, so that the same figure reads the same everywhere.

Halves go up: 23 of 40 are 57.5%, and 58% wherever it stands. Python's own formatting would take the even neighbour of
an exact half and falls short of one that a float can't hold (0.575 is 0.57499… inside), so ``f"{share:.0%}"`` is not
used anywhere (a test looks for it).

A difference of two shares is told as the difference of the two figures that are shown, so that a reader can do the sum:
``points(0.826) - points(0.574)`` is 26, though the shares are 25.2 points apart.
"""

from __future__ import annotations

from math import floor

HAIR = 1e-9
"""What a float may lack of an exact half. Shares of counts that are no half are 0.5 ÷ count of a percent away from one
at least, and no run has 5 × 10⁸ answers."""


def points(share: float) -> int:
    """A share in whole percentage points."""
    return floor(100 * share + 0.5 + HAIR)


def percent(share: float | None, digits: int = 0) -> str:
    """A share as percent, whole ones unless ``digits`` are asked for: "58%"; "–" where there is none."""
    if share is None:
        return "–"
    scale = 10**digits
    return f"{floor(100 * share * scale + 0.5 + HAIR) / scale:.{digits}f}%"


def sure(confidence: float) -> str:
    """A probability as whole percent; no model is wholly sure, so that what rounds to 100 is ">99%", and 0 "<1%"."""
    whole = points(confidence)
    return ">99%" if whole >= 100 else "<1%" if whole <= 0 else f"{whole}%"


def done_so_far(done: int, total: int) -> str:
    """How far something is, rounded down: 100% is only said of what is finished."""
    return f"{100 * done // total}%"
