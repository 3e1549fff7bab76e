"""The model's eye: what one picture is to the model now, and what in it made the difference.

``look`` and ``look_at_weights`` (``eye_weights.py``) are asked of the learner between its steps, wherever it lives:
they take arrays, leave the learner as it was, and return frozen plain values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.learner.inputs import PAPER
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.looking import features

if TYPE_CHECKING:
    from picturebook_tui.game.run import Run

SCRAPS = 4
"""A scrap of paper is a quarter of the picture's side: 4 pixels of 16, enough for an eye or an ear. Scraps of 3 change
half as much, and a model that is sure changes its mind about none of them; of 5 or more blur where it was."""

STRIDE = {16: 1, 32: 2}
"""Pixels from one scrap to the next, by the side of the picture: 169 scraps at either size."""

NEAREST = 6
"""Remembered pictures that are told of; more are further off than most people look."""

MOST_REMEMBERED = 1000
"""Pictures compared, the ones read last: the small CNN takes 40 ms for them, and they fit through a pipe."""


@dataclass(frozen=True, slots=True)
class Scrap:
    """One place that was covered, and what that did; positions and lengths in pixels from the top left corner."""

    top: int
    left: int
    side: int
    drop: float
    """Probability that the chosen label lost by it, −1 to 1; below 0 it gained."""
    says: int
    """The label chosen with the scrap in place."""


@dataclass(frozen=True, slots=True)
class Occlusion:
    """How much the chosen label depends on each place (Zeiler & Fergus 2014, fig. 7).

    A scrap of paper is laid on every place in turn. The paper's colour is the background's, so that covering blank
    paper changes nothing.
    """

    drops: tuple[tuple[float, ...], ...]
    """(height, width): the ``drop`` of the costliest scrap that lies over the pixel.

    The largest is therefore ``most.drop``, and stands all over that scrap: means of the scraps over a pixel would let
    those that gain hide it, and favour the edges, over which fewer lie.
    """
    most: Scrap
    """The scrap that cost the chosen label most."""
    least: Scrap
    """The one that cost it least; it may have gained."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A picture read before, and how alike it is to the model."""

    position: int
    """Among the remembered pictures that were handed over."""
    distance: float
    """Euclidean, between the two pictures' features (see ``learner.looking.features``)."""
    copies: int
    """Remembered pictures with these very pixels, this one counted."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a picture is to the model as it is now."""

    probabilities: tuple[float, ...]
    """A label each; they sum to 1."""
    label: int
    """The likeliest; of equals the first, as everywhere."""
    occlusion: Occlusion
    neighbours: tuple[Neighbour, ...]
    """Nearest first, no two with the same pixels, none with the picture's own."""
    typical: float | None
    """Median distance of the remembered pictures that are not this one; None where there are none."""
    updates: int
    """That the model had made."""

    @property
    def confidence(self) -> float:
        """Probability of ``label``."""
        return self.probabilities[self.label]


def remembered(run: Run) -> tuple[int, ...]:
    """The training pictures the model has read, each once, in the order of their latest reading; at most
    ``MOST_REMEMBERED``, the last ones."""
    last = dict.fromkeys(index for result in reversed(run.turned) for index in reversed(result.page.indices))
    return tuple(reversed(list(last)[:MOST_REMEMBERED]))


def look(learner: Learner, picture: NDArray[np.uint8], remembered: NDArray[np.uint8]) -> Look:
    """Look at one picture with the model's eye.

    Parameters
    ----------
    picture : uint8 (size, size, 3), as both players were shown it.
    remembered : uint8 (n, size, size, 3), pictures the model has read; ``picture`` may be among them.
    """
    likely = learner.predict_proba(picture[None])[0]
    label = int(likely.argmax())
    neighbours, typical = nearest(learner, picture, remembered)
    return Look(
        probabilities=tuple(float(p) for p in likely),
        label=label,
        occlusion=occlude(learner, picture, label, float(likely[label])),
        neighbours=neighbours,
        typical=typical,
        updates=learner.global_step,
    )


def occlude(learner: Learner, picture: NDArray[np.uint8], label: int, confidence: float) -> Occlusion:
    """Cover every place of ``picture``, uint8 (size, size, 3), in turn; all at once in one stack of pictures."""
    size = len(picture)
    side = size // SCRAPS
    starts = range(0, size - side + 1, STRIDE[size])
    corners = [(top, left) for top in starts for left in starts]
    covered = np.repeat(picture[None], len(corners), axis=0)
    for one, (top, left) in zip(covered, corners, strict=True):
        one[top : top + side, left : left + side] = PAPER
    likely = learner.predict_proba(covered)
    drops = confidence - likely[:, label].astype(np.float64)
    # A picture on its own goes through other kernels than one in a stack: what only rounds differently is no drop.
    drops[(covered == picture).all(axis=(1, 2, 3))] = 0.0
    costliest = np.full((size, size), -1.0)
    for drop, (top, left) in zip(drops, corners, strict=True):
        here = costliest[top : top + side, left : left + side]
        np.maximum(here, drop, out=here)

    def scrap(number: int) -> Scrap:
        return Scrap(*corners[number], side, float(drops[number]), int(likely[number].argmax()))

    return Occlusion(
        drops=tuple(tuple(float(np.float32(value)) for value in row) for row in costliest),
        most=scrap(int(drops.argmax())),
        least=scrap(int(drops.argmin())),
    )


def nearest(
    learner: Learner, picture: NDArray[np.uint8], remembered: NDArray[np.uint8]
) -> tuple[tuple[Neighbour, ...], float | None]:
    """The remembered pictures most like this one to the model, and the median distance of them all.

    Parameters
    ----------
    picture : uint8 (size, size, 3)
    remembered : uint8 (n, size, size, 3); pictures with the very pixels of ``picture`` are passed over, and of equal
        ones only the first is told.
    """
    if not len(remembered):
        return (), None
    flat = np.ascontiguousarray(remembered).reshape(len(remembered), -1)
    others = np.flatnonzero((flat != picture.reshape(-1)).any(axis=1))
    if not len(others):
        return (), None
    here = features(learner, picture[None])[0]
    distances = np.linalg.norm(features(learner, remembered[others]) - here, axis=1)
    first: dict[bytes, int] = {}
    copies: dict[bytes, int] = {}
    for number in np.argsort(distances, kind="stable"):
        pixels = flat[others[number]].tobytes()
        first.setdefault(pixels, int(number))
        copies[pixels] = copies.get(pixels, 0) + 1
    found = tuple(
        Neighbour(int(others[number]), float(distances[number]), copies[pixels])
        for pixels, number in list(first.items())[:NEAREST]
    )
    return found, float(np.median(distances))
