"""One step line by line: the update that ``Learner.step`` makes, told of after each of its four stages.

It is the ordinary step, operation for operation, with looks in between; the looks read and never write, so that who
watches gets the same learner bit for bit. What is told is frozen and small: it crosses threads and processes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import sqrt
from typing import TYPE_CHECKING, Literal

import numpy as np

from picturebook_tui.learner.arrays import FloatArray, IntArray
from picturebook_tui.learner.conv import CNN
from picturebook_tui.learner.dense import MLP
from picturebook_tui.learner.networks import Buffers, Network

if TYPE_CHECKING:
    from picturebook_tui.learner.learner import Learner

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
    """What the optimizer remembers of it; momentum: its velocity, Adam: Σ β₁ᵏ g and Σ β₂ᵏ g²."""
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
"""Called after each stage, on the thread that runs the step; the next one runs when it returns."""


def observed_step(learner: Learner, network: Network, prepared: FloatArray, targets: IntArray, tell: Observer) -> float:
    """``Learner.step`` from prepared pictures and checked targets, telling of each stage.

    A learner that has stopped makes two of the four stages, as it makes no update.

    Returns
    -------
    float : the batch's mean cross-entropy in nats, measured before the update.
    """
    rule = learner._optimizer
    buffers: Buffers = network.buffers(len(targets))
    network.load(prepared, buffers)
    network.guess(buffers)
    first = tuple(float(share) for share in buffers.probabilities[0])
    seen = Stage("forward", learner.global_step, len(targets), forward_products(network, buffers), first)
    tell(seen)

    loss = network.loss(buffers, targets)
    seen = replace(seen, name="loss", products=(), first_truth=int(targets[0]), loss=loss)
    tell(seen)
    if learner.stopped is not None:
        return loss

    with learner._overflow_expected():
        bound = network.backward(buffers, rule.scale)
        # The update below makes the same numbers again, part by part, as every step does.
        gradient = network.gradient(buffers)
        gradient /= rule.scale
        length = sqrt(float(np.dot(gradient, gradient)))
    index = _followed_index(learner, network, gradient)
    name, place = _place_of(network, index)
    memory = tuple(float(array[index]) for array in rule.memory)
    followed = Followed(name, place, float(gradient[index]), float(network.parameters[index]), memory_before=memory)
    products = backward_products(network, buffers)
    seen = replace(seen, name="backward", products=products, gradient_length=length, followed=followed)
    tell(seen)

    gradient[:] = network.parameters
    with learner._overflow_expected():
        learner._update(network, loss, network.parts(buffers), bound)
    if learner.stopped is not None:
        learner._explain(network, buffers, targets)
        tell(replace(seen, name="update", products=(), refused=True))
        return loss
    np.subtract(network.parameters, gradient, out=gradient)
    followed = replace(
        followed,
        after=float(network.parameters[index]),
        memory_after=tuple(float(array[index]) for array in rule.memory),
    )
    moved = sqrt(float(np.dot(gradient, gradient)))
    tell(replace(seen, name="update", products=(), followed=followed, moved=moved))
    return loss


def _followed_index(learner: Learner, network: Network, gradient: FloatArray) -> int:
    """The weight to follow: of the last layer's, the one that the first step looked at pulls at most.

    A weight between a pixel and a unit may never get a gradient (paper is white in every picture, some units are
    silent); this one has one, and it is the same through the whole run.
    """
    if learner.followed is None:
        name = "weight2" if isinstance(network, MLP) else "weight"
        place = network.places[name]
        learner.followed = place.start + int(np.argmax(np.abs(gradient[place])))
    return learner.followed


def _place_of(network: Network, index: int) -> tuple[str, tuple[int, ...]]:
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
