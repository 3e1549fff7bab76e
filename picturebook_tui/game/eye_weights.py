"""A learner's weights drawn as pictures: what each label, hidden unit or filter looks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.learner.inputs import COLOUR
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.looking import features, starting_weights, weights

MOST_DRAWN = 24
"""Pictures of weights: more than anybody compares."""

GREY = 128
"""The level of a weight of 0; weights reach from 1 to 255 around it."""

Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class WeightPicture:
    """One array of weights as a picture: grey for 0, lighter and darker for more and less of red, green and blue."""

    pixels: bytes
    """uint8 (side, side, 3)."""
    side: int
    number: int
    """Of the label, hidden unit or filter, from 0."""
    label: int | None
    """What it pulls towards; None of a filter, which later layers use as they like."""
    pull: float | None
    """By how much a hidden unit raises the label's logit above the labels' mean, on average over the pictures read
    (nats); None of whatever is no hidden unit."""


@dataclass(frozen=True, slots=True)
class WeightWall:
    """The weights as they are, and what training added to those it began with."""

    kind: str
    """"softmax", "mlp" or "cnn"."""
    whole: tuple[WeightPicture, ...]
    change: tuple[WeightPicture, ...]
    """The same ones in the same order."""
    of: int
    """How many labels, hidden units or filters there are."""
    updates: int
    share: float
    """Length of the change as a share of the length of the weights it began with."""


def look_at_weights(learner: Learner, remembered: NDArray[np.uint8]) -> WeightWall:
    """Draw a learner's first layer; to be asked of it as ``eye.look`` is.

    Parameters
    ----------
    remembered : uint8 (n, size, size, 3), pictures the model has read: hidden units are ranked by what they do there.
    """
    now, before = weights(learner), starting_weights(learner)
    first = {"softmax": "weight", "mlp": "weight1", "cnn": "filters1"}[learner.kind]
    if learner.kind == "softmax":
        chosen: list[tuple[int, int | None, float | None]] = [(label, label, None) for label in _labels(now["weight"])]
        arrays = [_centred(one["weight"]).T for one in (now, before)]
    elif learner.kind == "mlp":
        chosen = _strongest_units(features(learner, remembered), now["weight2"])
        arrays = [one["weight1"].T for one in (now, before)]
    else:
        arrays = [_seen_colours(one["filters1"]) for one in (now, before)]
        length = np.linalg.norm(arrays[0].reshape(len(arrays[0]), -1), axis=1)
        chosen = [(int(number), None, None) for number in np.argsort(-length, kind="stable")[:MOST_DRAWN]]
    numbers = [number for number, _, _ in chosen]
    whole = arrays[0][numbers]
    change = whole - arrays[1][numbers]
    return WeightWall(
        kind=learner.kind,
        whole=_pictures(whole, chosen),
        change=_pictures(change, chosen),
        of=len(arrays[0]),
        updates=learner.global_step,
        share=float(np.linalg.norm(now[first] - before[first]) / np.linalg.norm(before[first])),
    )


def _labels(weight: NDArray[np.float32]) -> range:
    return range(min(weight.shape[1], MOST_DRAWN))


def _centred(weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Less the labels' mean: what all labels share makes no difference to which is chosen."""
    centred: NDArray[np.float32] = weight - weight.mean(axis=1, keepdims=True)
    return centred


def _strongest_units(
    hidden: NDArray[np.float32], weight: NDArray[np.float32]
) -> list[tuple[int, int | None, float | None]]:
    """For each label the hidden units that raise it most on average: (unit, label, by how much), strongest first.

    Parameters
    ----------
    hidden : float32 (n, units), activations on the pictures read; with none of them every unit counts alike.
    weight : float32 (units, labels)
    """
    units, labels = weight.shape
    active = hidden.mean(axis=0) if len(hidden) else np.ones(units, np.float32)
    pulls = active[:, None] * _centred(weight)
    each = max(1, min(4, 12 // labels))
    return [
        (int(unit), label, float(pulls[unit, label]))
        for label in _labels(weight)
        for unit in np.argsort(-pulls[:, label], kind="stable")[:each]
        if pulls[unit, label] > 0
    ]


def _seen_colours(filters: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 (filters, 3, 3, 4) to (filters, 27): silhouette and colours together, as red, green and blue.

    The silhouette's channel falls with ink (see ``inputs.ink_channels``), as the colours do on dark ink: its weight
    counts for all three alike, theirs ``COLOUR`` times.
    """
    together = filters[..., :1] + COLOUR * filters[..., 1:]
    return together.reshape(len(filters), -1)


def _pictures(
    rows: NDArray[np.float32], chosen: list[tuple[int, int | None, float | None]]
) -> tuple[WeightPicture, ...]:
    """Each row, float32 (side · side · 3), by its own greatest weight: shapes can be compared, strengths can't."""
    drawn = []
    for row, (number, label, pull) in zip(rows, chosen, strict=True):
        largest = float(np.abs(row).max())
        levels = GREY + 127 * (row / largest if largest > 0 else row)
        side = round((len(row) // 3) ** 0.5)
        drawn.append(WeightPicture(levels.round().astype(np.uint8).tobytes(), side, number, label, pull))
    return tuple(drawn)
