"""What the model's eye saw, in plain sentences filled from its figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.game.eye import Look, Scrap
from picturebook_tui.game.words import times
from picturebook_tui.learner.inputs import PAPER
from picturebook_tui.percent import percent, points

if TYPE_CHECKING:
    from picturebook_tui.game.confusion import Confusion, Confusions
    from picturebook_tui.game.eye_weights import WeightWall

LEAST_POINT = 0.01
"""A drop of less than a percentage point is not called one."""

TOLD_GAIN = 0.05
"""Points that a label must gain by a scrap for it to be worth a sentence."""

BARE = 24
"""Levels (of 255) that a pixel's red, green or blue must lie from the paper's to count as drawn on."""

SHADE = 25
"""Levels of lightness that a place must lie from the drawing's middle to be called dark or light."""

BASIS = {"softmax": "by their pixels", "mlp": "by its hidden layer", "cnn": "by its last filters"}
"""What makes two pictures alike to each kind of learner; the straight-line one has no layer to compare."""


def where(scrap: Scrap, size: int) -> str:
    """ "at the top left", "in the middle"; in thirds of a picture of ``size`` pixels."""
    thirds = [int(3 * (start + scrap.side / 2) / size) for start in (scrap.top, scrap.left)]
    row, column = ("top", "", "bottom")[thirds[0]], ("left", "", "right")[thirds[1]]
    if not row and not column:
        return "in the middle"
    if not row:
        return f"on the {column}"
    return f"at the {row} {column}".rstrip()


def shade(picture: NDArray[np.uint8], scrap: Scrap) -> str:
    """ "dark ", "light " or "": the place beside the drawing's own middle; ``picture`` is uint8 (size, size, 3)."""
    wide = picture.astype(np.int64)
    inked = np.abs(wide - PAPER).max(axis=2) > BARE
    light = wide.mean(axis=2)
    here = slice(scrap.top, scrap.top + scrap.side), slice(scrap.left, scrap.left + scrap.side)
    if not inked[here].any():
        return ""
    difference = float(np.median(light[here][inked[here]]) - np.median(light[inked]))
    return "dark " if difference < -SHADE else "light " if difference > SHADE else ""


def mattered(seen: Look, picture: NDArray[np.uint8], labels: Sequence[str]) -> str:
    """Which place the chosen label depended on most, and by how much."""
    most, label = seen.occlusion.most, labels[seen.label]
    if most.drop < LEAST_POINT:
        return f"No single place mattered: wherever a scrap of paper lies, “{label}” loses less than a point."
    place = f"The {shade(picture, most)}place {where(most, len(picture))}"
    cost = f"covering it takes {_points(most.drop)} from “{label}”"
    instead = "" if most.says == seen.label else f", and the model says “{labels[most.says]}”"
    return f"{place} mattered most: {cost}{instead}."


def helped(seen: Look, size: int, labels: Sequence[str]) -> str:
    """Where a scrap makes the model surer of its label; "" where that is not worth telling."""
    least = seen.occlusion.least
    if least.drop > -TOLD_GAIN:
        return ""
    return f"Covered {where(least, size)}, “{labels[seen.label]}” gains {_points(-least.drop)}."


def _points(share: float) -> str:
    return times(points(share), "point")


def alike(seen: Look, kind: str, remembered: int, cut: bool) -> tuple[str, ...]:
    """What the nearest pictures are nearest by, and among how many; the longest way to say it first.

    Parameters
    ----------
    remembered : distinct pictures compared.
    cut : it has read more, and these are the last ones.
    """
    if not seen.neighbours:
        return ("It has read no other picture yet.",)
    among = f"{'the last ' if cut else ''}{times(remembered, 'picture')}"
    return (
        f"Nearest {BASIS[kind]}, of {among} it has read; 1× is the usual distance",
        f"Nearest {BASIS[kind]} (1× is usual)",
        "Nearest (1× is usual)",
    )


def nearness(distance: float, typical: float | None) -> str:
    """A distance beside the usual one, the median of all pictures compared: "0.31×"."""
    return f"{distance / typical:.2f}×" if typical else f"{distance:.2g}"


def as_of(updates: int) -> str:
    """Which model it is that looks."""
    return f"now, after {times(updates, 'update')}"


# -- weights ------------------------------------------------------------------------------------------------


def weights_told(wall: WeightWall, *, change: bool, signs: bool = False) -> str:
    """What the pictures of the weights are, and how to read them; ``signs``: they are drawn as + and -."""
    if change and not wall.updates:
        return "The model has made no update yet, so nothing has changed: d shows the weights it began with."
    later = ""
    light = "Light, or a colour: it speaks for the label there. Dark: darkness does. Grey: no matter."
    if signs:
        light = "+: brightness there speaks for the label. -: darkness does."
    if wall.kind == "cnn":
        what = f"Its {times(wall.of, 'filter')} of 3×3 pixels, looked for all over the picture"
        light = "-: ink there. +: bare paper." if signs else "Dark: ink there. Light: bare paper."
        later = " What its later filters make of them can't be drawn like this."
    elif wall.kind == "mlp":
        what = f"Each label's strongest of {times(wall.of, 'hidden unit')}"
    else:
        what = "A weight for every pixel, colour and label"
    return f"{what}, {_grown(wall) if change else _whole(wall)}. {light}{later}"


def _grown(wall: WeightWall) -> str:
    share = "less than 1%" if wall.share < LEAST_POINT else percent(wall.share)
    return f"as {times(wall.updates, 'update')} changed them: by {share} of what they were"


def _whole(wall: WeightWall) -> str:
    return "with the chance they began with" if wall.updates else "by chance, as they begin"


# -- confusions ---------------------------------------------------------------------------------------------


def confusion_told(both: Confusions, labels: Sequence[str], name: str = "you") -> tuple[str, str]:
    """Each player's most frequent mistake: in a sentence each, and in fewer words for one narrow line."""
    players = ((name.capitalize(), both.child), ("Model", both.model))
    return (
        " ".join(_worst(player, table, labels) for player, table in players),
        f"🧒 {_worst_in_short(both.child, labels)} · 🤖 {_worst_in_short(both.model, labels)}",
    )


def _worst(name: str, table: Confusion, labels: Sequence[str]) -> str:
    if not table.mistakes:
        return f"{name}: not one mistake."
    worst = table.mistakes[0]
    return f"{name}: {labels[worst.truth]} taken for {labels[worst.said]}, {times(worst.count, 'time')}."


def _worst_in_short(table: Confusion, labels: Sequence[str]) -> str:
    if not table.mistakes:
        return "no mistake"
    worst = table.mistakes[0]
    return f"{worst.count}× {labels[worst.truth]} as {labels[worst.said]}"
