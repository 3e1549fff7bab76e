"""What ``Learner.stages`` tells of a step when each of its four stages has run; frozen and small."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from picturebook_tui.learner.arrays import FloatArray
from picturebook_tui.learner.conv import CNN
from picturebook_tui.learner.dense import MLP
from picturebook_tui.learner.networks import Buffers, Network

Shape = tuple[int, ...]
StageName = Literal["forward", "loss", "backward", "update"]

STAGES: tuple[StageName, ...] = ("forward", "loss", "backward", "update")
"""In the order in which a step makes them."""


@dataclass(frozen=True, slots=True)
class Product:
    """Two arrays made into a third."""

    left: Shape
    right: Shape
    out: Shape
    filters: bool = False
    """Filters (filters, 3, 3, channels) slid over pictures (n, side, side, channels); otherwise a matrix product."""
    then: str = ""
    """What is done to every number of the result: "relu", "softmax", "pool, relu"."""


@dataclass(frozen=True, slots=True)
class Followed:
    """The one weight that is looked at in every step."""

    name: str
    """Of its array among the network's weights."""
    place: tuple[int, ...]
    """In that array."""
    gradient: float
    """Of the batch's mean loss with respect to it."""
    before: float
    after: float | None = None
    """None before the update, and where it was refused."""
    memory_before: tuple[float, ...] = ()
    """What the optimizer remembers of it, as ``Optimizer.memory`` holds it."""
    memory_after: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """What is known when a stage of the step has just run; later stages still hold what the earlier ones told."""

    name: StageName
    global_step: int
    """Updates made before this step."""
    pictures: int
    products: tuple[Product, ...] = ()
    """Those of this stage alone, in their order."""
    first_guess: tuple[float, ...] = ()
    """The probabilities of the labels for the batch's first picture."""
    first_truth: int | None = None
    """The label of that picture; from "loss" on."""
    loss: float | None = None
    """Mean cross-entropy of the batch, nats; from "loss" on."""
    gradient_length: float | None = None
    """Euclidean length of the whole gradient; from "backward" on."""
    followed: Followed | None = None
    """From "backward" on."""
    moved: float | None = None
    """How far the update took the weights (Euclidean length); None before it, and where it was refused."""
    refused: bool = False
    """The steps were too big: the update was not made, and the learner makes no more."""


Observer = Callable[[Stage], None]
"""Called when a stage has run; the next one runs when it returns."""


def weight_to_follow(network: Network, gradient: FloatArray) -> int:
    """Of the last layer's weights, the place in ``parameters`` of the one that this gradient (p,) pulls at most.

    A weight between a pixel and a unit may never get a gradient (paper is white in every picture, some units are
    silent); this one has one.
    """
    place = network.places["weight2" if isinstance(network, MLP) else "weight"]
    return int(place.start + np.argmax(np.abs(gradient[place])))


def place_of(network: Network, index: int) -> tuple[str, tuple[int, ...]]:
    """The array that the weight number ``index`` lies in, and where in it."""
    name, place = next((n, p) for n, p in network.places.items() if p.start <= index < p.stop)
    where = np.unravel_index(index - place.start, network.weights[name].shape)
    return name, tuple(int(i) for i in where)


def forward_products(network: Network, buffers: Buffers) -> tuple[Product, ...]:
    """What makes the guesses of the pictures that lie in ``buffers``."""
    last = buffers.logits.shape
    if isinstance(network, CNN):
        products = [
            Product(
                (*here, channels), network.weights[f"filters{number}"].shape, (*halved, filters), True, "pool, relu"
            )
            for number, here, channels, halved, filters in _rounds(network, buffers)
        ]
        weight = network.weights["weight"].shape
        return (*products, Product((buffers.pictures, weight[0]), weight, last, then="softmax"))
    inputs = buffers.inputs.shape
    if isinstance(network, MLP):
        weight1, weight2 = network.weights["weight1"].shape, network.weights["weight2"].shape
        hidden = (buffers.pictures, network.hidden)
        return Product(inputs, weight1, hidden, then="relu"), Product(hidden, weight2, last, then="softmax")
    return (Product(inputs, network.weights["weight"].shape, last, then="softmax"),)


def backward_products(network: Network, buffers: Buffers) -> tuple[Product, ...]:
    """What makes the gradient, from the last layer to the first."""
    delta, pictures = buffers.delta.shape, buffers.pictures
    if isinstance(network, CNN):
        features, labels = network.weights["weight"].shape
        products = [
            Product((features, pictures), delta, (features, labels)),
            Product(delta, (labels, features), (pictures, features)),
        ]
        for number, here, channels, _, filters in reversed(_rounds(network, buffers)):
            shape = network.weights[f"filters{number}"].shape
            products.append(Product((*here, channels), (*here, filters), shape, True))
            if number > 1:
                products.append(Product((*here, filters), shape, (*here, channels), True))
        return tuple(products)
    inputs = buffers.inputs.shape
    if isinstance(network, MLP):
        hidden, labels = network.hidden, network.labels
        return (
            Product((hidden, pictures), delta, (hidden, labels)),
            Product(delta, (labels, hidden), (pictures, hidden)),
            Product(inputs[::-1], (pictures, hidden), (inputs[1], hidden)),
        )
    return (Product(inputs[::-1], delta, network.weights["weight"].shape),)


def _rounds(network: CNN, buffers: Buffers) -> list[tuple[int, Shape, int, Shape, int]]:
    """Of each round: its number, (n, side, side) before it, channels, (n, side, side) after it, filters."""
    rounds: list[tuple[int, Shape, int, Shape, int]] = []
    side, channels = network.size, network.channels
    for number, filters in enumerate(network.filters, 1):
        half = side // 2
        rounds.append((number, (buffers.pictures, side, side), channels, (buffers.pictures, half, half), filters))
        side, channels = half, filters
    return rounds
